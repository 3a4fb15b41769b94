"""End a scenario for good: nobody enters, every walk stops where it is, and what waits is not sent."""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import and_, select, update

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import MESSAGE_SUPPRESSED
from tenshu.deliver.tables import IS_QUEUED, KEY, outbox
from tenshu.journey.records import keep_moves, set_status
from tenshu.journey.tables import enrolments, journeys
from tenshu.store.ledger import INSTANT, Ledger

#: How the walks of an ended scenario end, and why its messages were not sent.
ENDED: Final = "ended"
_PART: Final = 10_000


def end_scenario(ledger: Ledger, name: str, *, now: datetime) -> int:
    """End every version of a scenario; return how many there were.

    What a dispatcher has in its hands at this moment is still handed over.
    """
    with ledger.writing() as tx:
        found = set_status(tx, name, ENDED)
        tx.execute(update(journeys).where(journeys.c.journey == name).values(due_at=None))
    end_walks(ledger, name, now=now)
    close_ended(ledger, now=now)
    return found


def end_walks(ledger: Ledger, name: str, *, now: datetime) -> int:
    """End the walks through a scenario where they stand; return how many."""
    query = select(enrolments).where(enrolments.c.journey == name, enrolments.c.status == "active")
    ended = 0
    while True:
        with ledger.writing() as tx:
            rows = tx.frame(query.limit(_PART)).with_columns(
                status=pl.lit("ended"),
                outcome=pl.lit(ENDED),
                due_at=pl.lit(None, INSTANT),
                ended_at=pl.lit(now, INSTANT),
            )
            keep_moves(tx, rows)
        ended += len(rows)
        if len(rows) < _PART:
            return ended


def close_ended(ledger: Ledger, *, now: datetime) -> int:
    """Suppress what ended scenarios still have in the queue, such as a message that was deferred; return how many."""
    of_journey = and_(journeys.c.journey == outbox.c.journey, journeys.c.version == outbox.c.version)
    query = select(outbox).join(journeys, of_journey).where(IS_QUEUED, journeys.c.status == ENDED).limit(_PART)
    closed = 0
    while True:
        with ledger.reading() as tx:
            if tx.frame(query.limit(1)).is_empty():
                return closed
        with ledger.writing() as tx:
            rows = tx.frame(query).with_columns(
                state=pl.lit("suppressed"), reason=pl.lit(ENDED), ended_at=pl.lit(now, INSTANT)
            )
            tx.update(outbox, rows.select("state", "reason", "ended_at", *KEY), keys=KEY)
            tell(tx, MESSAGE_SUPPRESSED, rows, ["journey", "step", *KEY, "reason"], at=now)
        closed += len(rows)
