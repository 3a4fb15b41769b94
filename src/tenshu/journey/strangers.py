"""End the walks of people who are not known any more: nobody who is left tells of them."""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import select

from tenshu.journey.records import keep_moves
from tenshu.journey.tables import enrolments
from tenshu.store.ledger import INSTANT, ROWS_A_TRANSACTION, Ledger

#: How such a walk ends; the last check lets no message of it out.
UNKNOWN: Final = "unknown"


def end_walks_of(ledger: Ledger, customers: pl.Series, *, now: datetime) -> int:
    """End the walks of these customers where they stand; return how many. Those that have ended stay as they are."""
    ended = 0
    for some in customers.to_frame("customer").iter_slices(ROWS_A_TRANSACTION):
        with ledger.writing() as tx:
            query = select(enrolments).where(
                enrolments.c.status == "active", tx.among(enrolments.c.customer, some["customer"])
            )
            rows = tx.frame(query).with_columns(
                status=pl.lit("ended"),
                outcome=pl.lit(UNKNOWN),
                due_at=pl.lit(None, INSTANT),
                ended_at=pl.lit(now, INSTANT),
            )
            keep_moves(tx, rows)
        ended += len(rows)
    return ended
