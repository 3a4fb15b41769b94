"""What has reached a customer, or is promised: what frequency caps count."""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import case, func, select

from tenshu.deliver.tables import outbox
from tenshu.store.ledger import Transaction
from tenshu.store.tables import to_micros

#: States that count for caps: the last check counts what was handed over, a decision also what is queued.
REACHED: Final = ("sending", "sent", "in_doubt")
PROMISED: Final = ("queued", *REACHED)
#: As an expression, so that SQLite looks contacts up by customer and not, state by state, through the whole outbox.
_state: Final = outbox.c.state.concat("")


def read_contacts(
    tx: Transaction, customers: pl.Series | None, *, since: datetime, states: tuple[str, ...]
) -> pl.DataFrame:
    """Return these customers' (None = everybody's) contacts in those states since then.

    Returns:
        `enrolment`, `visit`, `customer`, `channel`, `journey`, `purpose`, `at` (handed over, else due).
    """
    at = case((outbox.c.state == "queued", outbox.c.due_at), else_=func.coalesce(outbox.c.claimed_at, outbox.c.due_at))
    query = select(
        outbox.c.enrolment,
        outbox.c.visit,
        outbox.c.customer,
        outbox.c.channel,
        outbox.c.journey,
        outbox.c.purpose,
        at.label("contacted_at"),
    ).where(_state.in_(states), at >= to_micros(since))
    if customers is not None:
        query = query.where(tx.among(outbox.c.customer, customers))
    return tx.frame(query).rename({"contacted_at": "at"})
