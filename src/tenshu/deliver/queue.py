"""What waits in the outbox, scenario by scenario: read from an index that holds nothing else."""

from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import ColumnElement, Select, and_, func, not_, select

from tenshu.deliver.limits import pace
from tenshu.deliver.standstill import standstill
from tenshu.deliver.tables import IS_QUEUED, IS_SENDING, IS_SERVICE, KEY, breakers, outbox
from tenshu.journey.tables import journeys
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.tables import to_micros

#: So many scenarios, those with the longest waiting messages, share one claim.
SCENARIOS_A_CLAIM: Final = 8


def is_closed() -> ColumnElement[bool]:
    """Say of rows of `journeys` that no breaker holds their sending."""
    is_open = and_(breakers.c.journey == journeys.c.journey, breakers.c.cleared_at.is_(None))
    return not_(select(breakers.c.journey).where(is_open).exists())


def heads(tx: Transaction) -> pl.DataFrame:
    """Return `journey`, `version`, `due_at` of the first message that waits in each scenario that sends."""
    return tx.frame(_HEADS).drop_nulls("due_at").sort("due_at", "journey", "version")


def due_heads(tx: Transaction, now: datetime) -> list[tuple[str, int]]:
    """Return journey and version of the scenarios that have waited longest and are due."""
    found = [(row["due_at"], row["journey"], row["version"]) for row in tx.rows(_HEADS) if row["due_at"] is not None]
    return [(journey, version) for due_at, journey, version in sorted(found) if due_at <= now][:SCENARIOS_A_CLAIM]


def _heads() -> Select[Any]:
    first = (
        select(func.min(outbox.c.due_at))
        .where(IS_QUEUED, outbox.c.journey == journeys.c.journey, outbox.c.version == journeys.c.version)
        .scalar_subquery()
    )
    sending = journeys.c.status == "active"
    return select(journeys.c.journey, journeys.c.version, first.label("due_at")).where(sending, is_closed())


_HEADS: Final = _heads()


def next_due(ledger: Ledger, *, now: datetime | None = None) -> datetime | None:
    """Return when the next queued message of a scenario that sends is due, or None.

    What a dead dispatcher held was due, and is due to be listed.

    Args:
        ledger: the ledger.
        now: business time; when given, what stands still is never due, and what the provider's limits keep back is due
            when they have room again.
    """
    with ledger.reading() as tx:
        held = select(func.min(outbox.c.due_at).label("due_at"))
        over = tx.frame(held.where(IS_SENDING, outbox.c.lease_at < tx.dialect.lease_clock()))
        waiting = heads(tx)["due_at"]
        if now is not None and len(waiting):
            waiting = _as_allowed(tx, waiting, now)
        due: datetime | None = pl.concat([waiting, over["due_at"]]).min()  # type: ignore[assignment]
    return due


def _as_allowed(tx: Transaction, due: pl.Series, now: datetime) -> pl.Series:
    if standstill(tx) is not None:
        return due.clear()
    free_at = pace(tx, now=now).next_at
    return due if free_at is None else due.clip(lower_bound=free_at)


def is_awaited() -> ColumnElement[bool]:
    """Say of rows of the outbox that a customer waits for them, and that their scenario sends."""
    of_journey = and_(journeys.c.journey == outbox.c.journey, journeys.c.version == outbox.c.version)
    is_open = select(journeys.c.journey).where(of_journey, journeys.c.status == "active", is_closed()).exists()
    return and_(IS_QUEUED, IS_SERVICE, is_open)


def coming(ledger: Ledger, now: datetime, limit: int) -> pl.DataFrame:
    """Return `customer`, `template` of messages that are due and wait, about those claimed next."""
    with ledger.reading() as tx:
        first = due_heads(tx, now)
        query = (
            select(outbox.c.due_at, outbox.c.enrolment, outbox.c.visit, outbox.c.customer, outbox.c.template)
            .where(IS_QUEUED, outbox.c.due_at <= to_micros(now))
            .order_by(outbox.c.due_at, outbox.c.enrolment, outbox.c.visit)
            .limit(limit)
        )
        parts = [
            tx.frame(query.where(outbox.c.journey == journey, outbox.c.version == version))
            for journey, version in first
        ]
        rows = pl.concat(parts) if parts else tx.frame(query.limit(0))
    return rows.sort("due_at", *KEY).head(limit).select("customer", "template")
