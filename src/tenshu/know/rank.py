"""Name customers by rank: best, loyal, regular, trial, dormant; the borders are the shop's.

The questions in order: is the last order too long ago (dormant)? does the customer stand in the first
decile with more than a trial (best)? only a trial so far (trial)? ordered often (loyal)? else regular.
Computed in `know.cuts`, so that a rank can be published; here are the shop's borders and the count.
"""

import msgspec
import polars as pl

from tenshu.condition.fields import RANK_NAMES
from tenshu.know.cuts import RankBorders
from tenshu.know.publish import SETTING
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.settings import read_setting, write_setting


def read_borders(ledger: Ledger) -> RankBorders:
    """Return the shop's borders, or the defaults of a fresh home."""
    return msgspec.convert(read_setting(ledger, SETTING, {}), RankBorders)


def write_borders(tx: Transaction, borders: RankBorders) -> None:
    """Save the shop's borders; they hold from the next publication on."""
    write_setting(tx, SETTING, msgspec.to_builtins(borders))


def rank_table(analysed: pl.DataFrame) -> pl.DataFrame:
    """Return one row per rank of a frame of `rfm.analysed`, best first, empty ranks included.

    Returns:
        rank, customers, revenue (ever, minor units).
    """
    found = analysed.group_by("rank").agg(customers=pl.len().cast(pl.Int64), revenue=pl.col("revenue").sum())
    named = pl.DataFrame({"rank": RANK_NAMES}).join(found, on="rank", how="left", maintain_order="left")
    return named.with_columns(pl.col("customers", "revenue").fill_null(0))
