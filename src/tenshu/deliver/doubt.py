"""Messages in doubt: nobody can say whether they arrived. A person decides, and each word becomes a fact."""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import select

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import EMAIL_DOUBT_RESOLVED, EMAIL_SENT
from tenshu.deliver.breaker import ALREADY_SENT
from tenshu.deliver.tables import IS_IN_DOUBT, KEY, outbox
from tenshu.deliver.witness import record_accepted
from tenshu.store.ledger import INSTANT, Ledger, Transaction

RESENT: Final = "resent"
COUNTED_AS_SENT: Final = "counted_as_sent"
_PART: Final = 10_000
_TOLD: Final = ("journey", "step", "enrolment", "visit", "template", "reason")


def doubts(ledger: Ledger, journey: str, only: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return a scenario's messages in doubt, the oldest first.

    Args:
        ledger: the ledger.
        journey: the scenario.
        only: `enrolment`, `visit` of the messages that are meant; None = all of them.

    Returns:
        `enrolment`, `visit`, `step`, `customer`, `address`, `attempt`, `claimed_at`, `reason`.
    """
    names = (*KEY, "step", "customer", "address", "attempt", "claimed_at", "reason")
    query = select(*[outbox.c[name] for name in names]).where(outbox.c.journey == journey, IS_IN_DOUBT)
    with ledger.reading() as tx:
        found = tx.frame(query.order_by(outbox.c.claimed_at, outbox.c.enrolment, outbox.c.visit))
    return found if only is None else found.join(only, on=KEY, how="semi", maintain_order="left")


def resend(ledger: Ledger, journey: str, *, now: datetime, only: pl.DataFrame | None = None) -> int:
    """Queue a scenario's messages in doubt (all, or only those) again, due now; return how many.

    Whoever has it already for certain is left out; everybody else may get it twice, which is the person's choice.
    """
    asked = doubts(ledger, journey, only).filter(pl.col("reason").ne_missing(ALREADY_SENT))
    moved = 0
    for part in asked.iter_slices(_PART):
        with ledger.writing() as tx:
            rows = _still_in_doubt(tx, part)
            rows = rows.with_columns(due_at=pl.lit(now, INSTANT), reason=pl.lit(RESENT), state=pl.lit("queued"))
            ended = rows.select("state", "due_at", *KEY, reason=pl.lit(None, pl.String), ended_at=pl.lit(None, INSTANT))
            tx.update(outbox, ended, keys=KEY)
            tell(tx, EMAIL_DOUBT_RESOLVED, rows, _TOLD, at=now)
            moved += len(rows)
    return moved


def count_as_sent(ledger: Ledger, journey: str, *, now: datetime, only: pl.DataFrame | None = None) -> int:
    """Count a scenario's messages in doubt (all, or only those) as sent; return how many. They are never sent again."""
    moved = 0
    for part in doubts(ledger, journey, only).iter_slices(_PART):
        with ledger.writing() as tx:
            rows = _still_in_doubt(tx, part)
            rows = rows.with_columns(
                state=pl.lit("sent"), ended_at=pl.lit(now, INSTANT), reason=pl.lit(COUNTED_AS_SENT)
            )
            tx.update(outbox, rows.select("state", "reason", "ended_at", *KEY), keys=KEY)
            record_accepted(tx, rows, now=now)
            tell(tx, EMAIL_DOUBT_RESOLVED, rows, _TOLD, at=now)
            tell(tx, EMAIL_SENT, rows, _TOLD, at=now)
            moved += len(rows)
    return moved


def _still_in_doubt(tx: Transaction, part: pl.DataFrame) -> pl.DataFrame:
    query = select(outbox).where(IS_IN_DOUBT, tx.among(outbox.c.enrolment, part["enrolment"]))
    return tx.frame(query).join(part, on=KEY, how="semi")
