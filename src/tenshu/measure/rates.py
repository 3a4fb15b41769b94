"""Count answers against what was sent: opens, clicks, purchases, unsubscribes, each with its base.

Mail scanners open and click before anybody reads. Hits are told apart by `deliver.hits`; machines
and hits that nobody can tell are counted apart, so that a rate of people is a rate of people.
"""

from datetime import datetime
from typing import Final

import msgspec
import polars as pl

from tenshu.collect.vocabulary import (
    EMAIL_BOUNCED,
    EMAIL_CLICKED,
    EMAIL_COMPLAINED,
    EMAIL_OPENED,
    EMAIL_SENT,
    UNSUBSCRIBED,
)
from tenshu.deliver.hits import classify
from tenshu.store.tables import to_micros
from tenshu.store.warehouse import Warehouse

_HIT_NAMES: Final = {EMAIL_OPENED: "opened", EMAIL_CLICKED: "clicked"}
_OTHER_NAMES: Final = {EMAIL_BOUNCED: "bounced", EMAIL_COMPLAINED: "complained", UNSUBSCRIBED: "unsubscribed"}
#: Whose a message's answer is when several hit it: the first of these that did.
_BY: Final = {"human": 0, "unknown": 1, "machine": 2}
_SUFFIXES: Final = {0: "", 1: "_unknown", 2: "_by_machine"}

_HITS: Final = """
WITH said AS (
    SELECT
        event,
        occurred_at,
        properties ->> '$.journey' AS journey,
        properties ->> '$.step' AS step,
        (properties ->> '$.enrolment')::BIGINT AS enrolment,
        (properties ->> '$.visit')::BIGINT AS visit,
        (properties ->> '$.link')::BIGINT AS link,
        (properties ->> '$.links')::BIGINT AS links,
        properties ->> '$.method' AS method,
        properties ->> '$.user_agent' AS user_agent
    FROM facts
    WHERE event IN ($opened, $clicked, $sent) AND occurred_at <= make_timestamp($now)
), sent AS (
    SELECT enrolment, visit, min(occurred_at) AS sent_at, max(links) AS links
    FROM said
    WHERE event = $sent
    GROUP BY enrolment, visit
)
SELECT
    hit.journey, hit.step, hit.enrolment, hit.visit, hit.event, hit.link, hit.method, hit.user_agent, hit.occurred_at,
    sent.sent_at, sent.links
FROM said AS hit
LEFT JOIN sent USING (enrolment, visit)
WHERE hit.event <> $sent
ORDER BY hit.enrolment, hit.visit, hit.occurred_at, hit.event, hit.link
"""

_OTHERS: Final = """
SELECT journey, step, event, count(DISTINCT (enrolment, visit))::BIGINT AS messages
FROM (
    SELECT
        event,
        properties ->> '$.journey' AS journey,
        properties ->> '$.step' AS step,
        properties ->> '$.enrolment' AS enrolment,
        properties ->> '$.visit' AS visit
    FROM facts
    WHERE event IN ($bounced, $complained, $unsubscribed) AND occurred_at <= make_timestamp($now)
)
WHERE journey IS NOT NULL
GROUP BY journey, step, event
"""


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A share that never travels without its base.

    Attributes:
        count: how many did it.
        base: of how many.
        rate: count / base, 0..1; None when the base is 0.
    """

    count: int = 0
    base: int = 0
    rate: float | None = None


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """How an outreach was answered.

    A message counts once, however often it was opened. It is human when any hit on it was human,
    else unknown when any was unknown, else machine; the three never overlap.

    Attributes:
        opened, opened_unknown, opened_by_machine: of the sent messages.
        clicked, clicked_unknown, clicked_by_machine: of the sent messages.
        bounced, complained, unsubscribed: of the sent messages.
        converted: treated people with an order inside the goal's window, of the treated.
        converted_held_out: the same for the hold-out: what happens without the outreach.
    """

    opened: Rate = Rate()
    opened_unknown: Rate = Rate()
    opened_by_machine: Rate = Rate()
    clicked: Rate = Rate()
    clicked_unknown: Rate = Rate()
    clicked_by_machine: Rate = Rate()
    bounced: Rate = Rate()
    complained: Rate = Rate()
    unsubscribed: Rate = Rate()
    converted: Rate = Rate()
    converted_held_out: Rate = Rate()


def share(count: int, base: int) -> Rate:
    """Return a rate with its base.

    >>> share(1, 4).rate, share(0, 0).rate
    (0.25, None)
    """
    return Rate(count=count, base=base, rate=count / base if base else None)


_NOBODY: Final = Rate()


def answers(warehouse: Warehouse, *, now: datetime) -> pl.DataFrame:
    """Count the messages that were answered, by what the answer was.

    Returns:
        A frame [journey, step, answer, messages], ordered; `answer` is the name of a field of
        `Rates`. Each message counts once for an answer.
    """
    hits = warehouse.frame(
        _HITS, {"opened": EMAIL_OPENED, "clicked": EMAIL_CLICKED, "sent": EMAIL_SENT, "now": to_micros(now)}
    )
    others = warehouse.frame(
        _OTHERS,
        {"bounced": EMAIL_BOUNCED, "complained": EMAIL_COMPLAINED, "unsubscribed": UNSUBSCRIBED, "now": to_micros(now)},
    ).with_columns(answer=pl.col("event").replace_strict(_OTHER_NAMES, return_dtype=pl.String))
    columns = ["journey", "step", "answer", "messages"]
    return pl.concat([_by_whom(hits).select(columns), others.select(columns)]).sort(columns)


def rates(counted: pl.DataFrame, *, sent: int, treated: Rate = _NOBODY, held_out: Rate = _NOBODY) -> Rates:
    """Put counted answers on their base.

    Args:
        counted: rows of `answers`, of one step, one outreach or the whole shop.
        sent: messages that the receivers have.
        treated: who bought, of the treated.
        held_out: who bought, of the held out.
    """
    messages: dict[str, int] = dict(counted.group_by("answer").agg(pl.col("messages").sum()).iter_rows())
    return Rates(
        **{name: share(count, sent) for name, count in (dict.fromkeys(_MESSAGE_RATES, 0) | messages).items()},
        converted=treated,
        converted_held_out=held_out,
    )


_MESSAGE_RATES: Final = tuple(name for name in Rates.__struct_fields__ if not name.startswith("converted"))


def _by_whom(hits: pl.DataFrame) -> pl.DataFrame:
    """Return [journey, step, answer, messages]: every hit message once, by the most human of its hits."""
    if hits.is_empty():
        return pl.DataFrame(schema={"journey": pl.String, "step": pl.String, "answer": pl.String, "messages": pl.Int64})
    how_machine = classify(hits).replace_strict(_BY, return_dtype=pl.Int8)
    suffix = pl.col("how_machine").replace_strict(_SUFFIXES, return_dtype=pl.String)
    return (
        hits.with_columns(how_machine=how_machine)
        .group_by("journey", "step", "enrolment", "visit", "event")
        .agg(pl.col("how_machine").min())
        .with_columns(answer=pl.col("event").replace_strict(_HIT_NAMES, return_dtype=pl.String) + suffix)
        .group_by("journey", "step", "answer")
        .agg(messages=pl.len().cast(pl.Int64))
    )
