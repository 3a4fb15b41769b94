"""The doubtful: messages of which nobody can say whether they arrived, scenario by scenario, for a person to decide."""

from typing import Final

import msgspec
import polars as pl

from tenshu.deliver.breaker import ALREADY_SENT
from tenshu.deliver.outbox import DIED
from tenshu.kit.i18n import N_, _
from tenshu.web.console import figures

#: So many are listed a scenario; the others are decided on together.
LISTED: Final = 50
_WHY: Final = {
    DIED: N_("The program stopped while it was handing it over."),
    ALREADY_SENT: N_("The receiver has it already."),
}


class Doubtful(msgspec.Struct, frozen=True, kw_only=True):
    """One message.

    Attributes:
        key: of the message, `enrolment.visit`.
        customer: number.
        name: what the person is called.
        address: where it was sent.
        when: when it was handed over.
        why: what is known about it.
        may_resend: whether it may be sent again at all.
    """

    key: str
    customer: int
    name: str
    address: str
    when: str
    why: str
    may_resend: bool


class Doubts(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario's messages in doubt."""

    name: str
    title: str
    count: str
    messages: tuple[Doubtful, ...]
    more: str
    may_resend: bool


def doubts_view(journey: str, title: str, found: pl.DataFrame, names: dict[int, str], *, zone: str) -> Doubts:
    """Return one scenario's doubtful messages in words.

    Args:
        journey: its name.
        title: what people call it.
        found: `deliver.doubt.doubts`.
        names: what the people are called, by number.
        zone: the shop's.
    """
    listed = found.head(LISTED)
    left = len(found) - len(listed)
    return Doubts(
        name=journey,
        title=title,
        count=figures.count(len(found)),
        messages=tuple(_message(row, names, zone) for row in listed.iter_rows(named=True)),
        more=_("and {count} more", count=figures.count(left)) if left else "",
        may_resend=bool((found["reason"].ne_missing(ALREADY_SENT)).any()),
    )


def parse_key(text: str) -> tuple[int, int] | None:
    """Return enrolment and visit of a message's key, or None when it is none.

    >>> parse_key("12.0"), parse_key("12"), parse_key("x.1")
    ((12, 0), None, None)
    """
    enrolment, _dot, visit = text.partition(".")
    if not (enrolment.isascii() and enrolment.isdecimal() and visit.isascii() and visit.isdecimal()):
        return None
    return (int(enrolment), int(visit)) if len(text) <= 30 else None


def _message(row: dict[str, object], names: dict[int, str], zone: str) -> Doubtful:
    customer, reason = int(str(row["customer"])), str(row["reason"] or "")
    handed = row["claimed_at"]
    return Doubtful(
        key=f"{row['enrolment']}.{row['visit']}",
        customer=customer,
        name=names.get(customer) or _("Customer {number}", number=customer),
        address=str(row["address"]),
        when="" if handed is None else figures.moment(handed, zone),  # type: ignore[arg-type]
        why=_(_WHY[reason]) if reason in _WHY else reason,
        may_resend=reason != ALREADY_SENT,
    )
