"""Close twin walks after customers were found to be one.

Two numbers that turn out to be one person may both walk through the same scenario. The earliest walk goes on
with its arm; the others end as `merged`, and what they have queued is cancelled at the last check.
"""

from datetime import datetime

import polars as pl

from tenshu.journey.advance import MOVED
from tenshu.store.ledger import INSTANT


def twins_closed(active: pl.DataFrame, *, now: datetime) -> pl.DataFrame:
    """Return the walks that end because their customer walks the same scenario already.

    Args:
        active: active enrolments with today's customer numbers: enrolment, journey, customer, step, visit, entered_at.
        now: business time.

    Returns:
        Rows as in `Advanced.moved`, with the outcome `merged`.
    """
    first = pl.col("enrolment").sort_by("entered_at", "enrolment").first().over("journey", "customer")
    return (
        active.filter(pl.col("enrolment") != first)
        .sort("enrolment")
        .select(
            "enrolment",
            "step",
            "visit",
            pl.lit("ended").alias("status"),
            pl.lit("merged").alias("outcome"),
            pl.lit(None, INSTANT).alias("due_at"),
            pl.lit(now, INSTANT).alias("ended_at"),
        )
        .cast(MOVED)
    )
