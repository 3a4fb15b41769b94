"""Tell the story of one customer's messages: every decision, what became of it, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import and_, select

from tenshu.decide.reasons import decision_sentence, sentence
from tenshu.decide.tables import decisions
from tenshu.deliver.tables import outbox
from tenshu.identify.tables import node_map
from tenshu.kit.i18n import N_, _
from tenshu.store.ledger import Ledger

_SENT: Final = N_("Sent on {at}.")
_FAILED: Final = N_("It could not be delivered: {reason}")
_IN_DOUBT: Final = N_("It was handed over, but nobody can say whether it arrived.")
_PENDING: Final = N_("It is waiting to be sent, not before {at}.")
_STOPPED: Final = N_("It was stopped just before sending. {reason}")


def decisions_of(ledger: Ledger, customer: int) -> pl.DataFrame:
    """Return every decision about a customer, newest first, with what became of it.

    Decisions about customers that were merged into this one belong to the story.

    Returns:
        A frame [decided_at, journey, step, enrolment, visit, outcome, reason, state, state_reason, due_at, ended_at];
        `state` and what follows is null for what never got to the outbox.
    """
    same_visit = and_(decisions.c.enrolment == outbox.c.enrolment, decisions.c.visit == outbox.c.visit)
    themselves = select(node_map.c.node).where(node_map.c.customer == customer)
    query = (
        select(
            decisions.c.decided_at,
            decisions.c.journey,
            decisions.c.step,
            decisions.c.enrolment,
            decisions.c.visit,
            decisions.c.outcome,
            decisions.c.reason,
            outbox.c.state,
            outbox.c.reason.label("state_reason"),
            outbox.c.due_at,
            outbox.c.ended_at,
        )
        .select_from(decisions.outerjoin(outbox, same_visit))
        .where((decisions.c.customer == customer) | decisions.c.customer.in_(themselves))
        .order_by(decisions.c.decided_at.desc(), decisions.c.enrolment.desc(), decisions.c.visit.desc())
    )
    with ledger.reading() as tx:
        return tx.frame(query)


def story(row: Mapping[str, Any], zone: str, language: str | None = None) -> str:
    """Say one decision, and what became of it, in a sentence or two.

    Args:
        row: a row of `decisions_of`.
        zone: IANA zone in which times are told.
        language: ja or en; the current one when not given.
    """
    state = row["state"]
    if row["outcome"] != "send":
        return decision_sentence(row["outcome"], row["reason"], language)
    if state == "sent":
        return _(_SENT, language, at=local_text(row["ended_at"], zone))
    if state == "suppressed":
        return _(_STOPPED, language, reason=sentence(row["state_reason"] or "unknown", language))
    if state == "failed":
        return _(_FAILED, language, reason=sentence(row["state_reason"] or "unknown", language))
    if state == "in_doubt":
        return _(_IN_DOUBT, language)
    return _(_PENDING, language, at=local_text(row["due_at"] or row["decided_at"], zone))


def local_text(instant: datetime, zone: str) -> str:
    """Return an instant as the shop's clock shows it.

    >>> from datetime import UTC
    >>> local_text(datetime(2026, 1, 1, 0, 30, tzinfo=UTC), "Asia/Tokyo")
    '2026-01-01 09:30'
    """
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
