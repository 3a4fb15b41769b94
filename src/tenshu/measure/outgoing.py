"""What goes out next: the queue of the outbox by scenario and hour, and what holds it up."""

from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from sqlalchemy import BigInteger, Integer, Select, func, literal_column, select

from tenshu.deliver.tables import IS_IN_DOUBT, IS_QUEUED, IS_SENDING, outbox
from tenshu.journey.tables import journeys
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.tables import to_micros

HOUR: Final = timedelta(hours=1)
_MICROS: Final = HOUR // timedelta(microseconds=1)


def queued_by_hour(ledger: Ledger) -> pl.DataFrame:
    """Count what waits by scenario and hour: one look into an index that holds nothing else.

    Returns:
        `journey`, `hour_at` (the beginning, UTC), `status` of the scenario's newest version, `messages`; ordered.
    """
    with ledger.reading() as tx:
        rows = tx.frame(_by_hour())
    hour_at = (pl.col("hour") * _MICROS).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").cast(INSTANT)
    return rows.select("journey", "status", "messages", hour_at=hour_at).sort("hour_at", "journey")


def overdue(ledger: Ledger, *, now: datetime, after: timedelta) -> dict[str, int]:
    """Return how many messages of each scenario have been due for longer than that."""
    late = select(outbox.c.journey, func.count(type_=Integer)).where(
        IS_QUEUED, outbox.c.due_at < to_micros(now - after)
    )
    with ledger.reading() as tx:
        return dict(tx.frame(late.group_by(outbox.c.journey)).rows())


def in_hands(ledger: Ledger) -> tuple[int, int]:
    """Return how many messages are being handed over at this moment, and how many are in doubt."""
    with ledger.reading() as tx:
        counts = [
            tx.value(select(func.count()).select_from(outbox).where(state)) for state in (IS_SENDING, IS_IN_DOUBT)
        ]
    return int(counts[0] or 0), int(counts[1] or 0)


def _by_hour() -> Select[Any]:
    hour = literal_column(f"outbox.due_at / {_MICROS}", BigInteger).label("hour")
    of_version = (journeys.c.journey == outbox.c.journey) & (journeys.c.version == outbox.c.version)
    by = (outbox.c.journey, journeys.c.status, hour)
    counted = select(*by, func.count(type_=Integer).label("messages")).join(journeys, of_version)
    return counted.where(IS_QUEUED).group_by(*by)
