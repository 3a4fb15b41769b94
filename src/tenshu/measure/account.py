"""Close the account of every outreach: what became of each person it was planned for.

The unit is one person at one visit of a send step. Planned = sent + held out + suppressed (by
reason) + failed + in doubt + pending, at any moment (DESIGN 7). The plan side are the decisions,
the other side is the outbox; both are read in one statement, so the account is of one moment.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from tenshu.decide.tables import decisions
from tenshu.deliver.tables import outbox
from tenshu.store.ledger import Ledger

#: The parts of the account, in the order in which they are told.
STATES: Final = ("sent", "held_out", "suppressed", "failed", "in_doubt", "pending")
#: A message that left although nobody planned it: it can be in no account, so it is shown apart.
STRAY: Final = "stray"
_OTHER: Final = "other"
_UNSAID: Final = "unknown"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What became of everybody an outreach was planned for.

    Attributes:
        planned: visits of send steps that were decided, each person and visit once.
        sent: the receiver has the message.
        held_out: in the hold-out, so that the effect can be known.
        suppressed: not sent for a reason, at the decision or at the last check: reason -> visits.
        failed: refused for good, or given up.
        in_doubt: handed over, and nobody can say whether it arrived.
        pending: waiting in the outbox.
        strays: messages in the outbox that nothing planned; more than 0 means a fault.

    >>> Account(planned=3, sent=1, suppressed={"capped": 2}).closes
    True
    """

    planned: int = 0
    sent: int = 0
    held_out: int = 0
    suppressed: dict[str, int] = msgspec.field(default_factory=dict)
    failed: int = 0
    in_doubt: int = 0
    pending: int = 0
    strays: int = 0

    @property
    def suppressed_total(self) -> int:
        """Return how many were suppressed, for whatever reason."""
        return sum(self.suppressed.values())

    @property
    def closes(self) -> bool:
        """Say whether the parts make up the plan, with nothing beside it."""
        parts = self.sent + self.held_out + self.suppressed_total + self.failed + self.in_doubt + self.pending
        return self.planned == parts and self.strays == 0


def account(ledger: Ledger, *, now: datetime | None = None, journey: str | None = None) -> pl.DataFrame:
    """Count every decision by what became of it.

    Args:
        ledger: the shop's ledger.
        now: nothing decided later counts, and what ended later was pending then; None = as it stands.
        journey: of one scenario only; None = of all.

    Returns:
        A frame [journey, step, state, reason, people], ordered; `state` is one of `STATES`, or
        `stray` for messages without a decision, or `other` for what this version does not know;
        `reason` is null unless suppressed, failed or stray.
    """
    with ledger.reading() as tx:
        return tx.frame(_counted(now, journey))


def as_account(rows: pl.DataFrame) -> Account:
    """Sum rows of `account` into one account.

    Args:
        rows: [state, reason, people], of one step, one outreach or the whole shop.
    """
    people: dict[str, int] = dict(rows.group_by("state").agg(pl.col("people").sum()).iter_rows())
    reasons = (
        rows.filter(pl.col("state") == "suppressed")
        .group_by(pl.col("reason").fill_null(_UNSAID))
        .agg(pl.col("people").sum())
        .sort("people", "reason", descending=[True, False])
    )
    return Account(
        planned=sum(count for state, count in people.items() if state != STRAY),
        suppressed=dict(reasons.iter_rows()),
        strays=people.get(STRAY, 0),
        **{state: people.get(state, 0) for state in STATES if state != "suppressed"},
    )


def _counted(now: datetime | None, journey: str | None) -> Select[Any]:
    planned, strays = _planned(now), _strays()
    if journey is not None:
        planned, strays = planned.where(decisions.c.journey == journey), strays.where(outbox.c.journey == journey)
    rows = union_all(planned, strays).subquery()
    return (
        select(rows.c.journey, rows.c.step, rows.c.state, rows.c.reason, func.count(type_=Integer).label("people"))
        .group_by(rows.c.journey, rows.c.step, rows.c.state, rows.c.reason)
        .order_by(rows.c.journey, rows.c.step, rows.c.state, rows.c.reason)
    )


def _planned(now: datetime | None) -> Select[Any]:
    refused = decisions.c.outcome.in_(("held_out", "suppressed"))
    ended_later = and_(outbox.c.ended_at.is_not(None), outbox.c.ended_at > now) if now is not None else false()
    state = case(
        (refused, decisions.c.outcome),
        (decisions.c.outcome != "send", _OTHER),
        (and_(outbox.c.state.in_(("sent", "failed", "in_doubt", "suppressed")), not_(ended_later)), outbox.c.state),
        (ended_later, "pending"),
        (or_(outbox.c.state.is_(None), outbox.c.state.in_(("queued", "sending"))), "pending"),
        else_=_OTHER,
    )
    # For the held out, the decision's reason says what would have stopped the message: no part of the account.
    reason = case(
        (decisions.c.outcome == "suppressed", decisions.c.reason),
        (ended_later, null()),
        (and_(decisions.c.outcome == "send", outbox.c.state.in_(("suppressed", "failed"))), outbox.c.reason),
        else_=null(),
    )
    planned = select(
        decisions.c.journey, decisions.c.step, type_coerce(state, String).label("state"), reason.label("reason")
    ).select_from(decisions.outerjoin(outbox, _same_visit()))
    return planned if now is None else planned.where(decisions.c.decided_at <= now)


def _strays() -> Select[Any]:
    return (
        select(outbox.c.journey, outbox.c.step, literal(STRAY, String).label("state"), outbox.c.state.label("reason"))
        .select_from(outbox.outerjoin(decisions, _same_visit()))
        .where(or_(decisions.c.outcome.is_(None), decisions.c.outcome != "send"))
    )


def _same_visit() -> ColumnElement[bool]:
    return and_(decisions.c.enrolment == outbox.c.enrolment, decisions.c.visit == outbox.c.visit)
