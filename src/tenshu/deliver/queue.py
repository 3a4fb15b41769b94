"""What waits in the outbox, scenario by scenario: read from an index that holds nothing else."""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import ColumnElement, and_, func, not_, select

from tenshu.deliver.tables import IS_QUEUED, IS_SENDING, KEY, breakers, outbox
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
    first = (
        select(func.min(outbox.c.due_at))
        .where(IS_QUEUED, outbox.c.journey == journeys.c.journey, outbox.c.version == journeys.c.version)
        .scalar_subquery()
    )
    sending = journeys.c.status == "active"
    query = select(journeys.c.journey, journeys.c.version, first.label("due_at")).where(sending, is_closed())
    return tx.frame(query).drop_nulls("due_at").sort("due_at", "journey", "version")


def due_heads(tx: Transaction, now: datetime) -> pl.DataFrame:
    """Return `heads` of the scenarios that have waited longest and are due."""
    return heads(tx).filter(pl.col("due_at") <= now).head(SCENARIOS_A_CLAIM)


def next_due(ledger: Ledger) -> datetime | None:
    """Return when the next queued message of a scenario that sends is due, or None.

    What a dead dispatcher held was due, and is due to be listed.
    """
    with ledger.reading() as tx:
        held = select(func.min(outbox.c.due_at).label("due_at"))
        over = tx.frame(held.where(IS_SENDING, outbox.c.lease_at < tx.dialect.lease_clock()))
        due: datetime | None = pl.concat([heads(tx)["due_at"], over["due_at"]]).min()  # type: ignore[assignment]
    return due


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
            for journey, version in first.select("journey", "version").iter_rows()
        ]
        rows = pl.concat(parts) if parts else tx.frame(query.limit(0))
    return rows.sort("due_at", *KEY).head(limit).select("customer", "template")
