"""The customers as they are: profile, RFM, decile, rank, and the cut points that are published."""

from tenshu.know.cuts import Cuts, RankBorders
from tenshu.know.decile import decile_table, deciles
from tenshu.know.profile import profiles
from tenshu.know.publish import publish_ranks, published_cuts
from tenshu.know.rank import rank_table, read_borders, write_borders
from tenshu.know.rfm import analysed, cells, rfm

__all__ = [
    "Cuts",
    "RankBorders",
    "analysed",
    "cells",
    "decile_table",
    "deciles",
    "profiles",
    "publish_ranks",
    "published_cuts",
    "rank_table",
    "read_borders",
    "rfm",
    "write_borders",
]
