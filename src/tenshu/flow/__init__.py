"""The tick: what happens, in which order, on one page (`tick.py`)."""

from tenshu.flow.advancing import advance_all, advance_due
from tenshu.flow.entering import enter_due
from tenshu.flow.following import follow, follow_time
from tenshu.flow.live import Live
from tenshu.flow.publishing import FIT_EVERY, publish, publish_due
from tenshu.flow.tick import digest_all, next_due, tick
from tenshu.flow.ticked import Ticked
from tenshu.flow.undoing import Undone, undo_import

__all__ = [
    "FIT_EVERY",
    "Live",
    "Ticked",
    "Undone",
    "advance_all",
    "advance_due",
    "digest_all",
    "enter_due",
    "follow",
    "follow_time",
    "next_due",
    "publish",
    "publish_due",
    "tick",
    "undo_import",
]
