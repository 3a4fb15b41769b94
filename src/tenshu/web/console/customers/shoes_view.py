"""In the customer's shoes: what thirty days with this shop have been like, and what is to come."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from tenshu.kit.i18n import _
from tenshu.web.console import figures
from tenshu.web.console.customers.card_view import title_in
from tenshu.web.console.customers.person_view import PersonView, person_view
from tenshu.web.console.customers.telling import Names, Told, lines
from tenshu.web.console.customers.timeline_view import DayView, days_of

#: Kinds of lines that a customer notices, or that are about what they did not get.
_NOTICED: Final = ("sent", "silence", "deed", "answer", "word")


class CellView(msgspec.Struct, frozen=True, kw_only=True):
    """One day of the strip.

    Attributes:
        label: the day and what was on it, for those who cannot see the drawing.
        day: of the month; of a first day with the month.
        marks: sent | silence | deed | planned, each once.
        is_today: whether it is.
        is_ahead: whether it is still to come.
    """

    label: str
    day: str
    marks: tuple[str, ...]
    is_today: bool
    is_ahead: bool


class ShoesView(msgspec.Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        person: who.
        lead: what it was like, in a sentence.
        cap: how it stands with the cap on messages.
        is_full: whether the cap has been reached.
        cells: the days, oldest first.
        days: what happened, newest first.
        planned: when and what is to come.
    """

    person: PersonView
    lead: str
    cap: str
    is_full: bool
    cells: tuple[CellView, ...]
    days: tuple[DayView, ...]
    planned: tuple[tuple[str, str], ...]


def shoes_view(told: dict[str, Any], names: Names, *, days: int, zone: str) -> ShoesView:
    """Return the page from what the owner told.

    Args:
        told: the answer of `answers.shoes`.
        names: what people call scenarios and templates.
        days: back and ahead.
        zone: in which days are meant.
    """
    now: datetime = told["now"]
    noticed = [line for line in lines(told["rows"], names) if line.kind in _NOTICED]
    ahead = [one for one in told["planned"] if one["due_at"] < now + timedelta(days=days)]
    most = most_within(
        [one["ended_at"] for one in told["mails"] if one["purpose"] != "service"], told["cap"].get("days", 7)
    )
    return ShoesView(
        person=person_view(told, zone),
        lead=_lead(noticed, days),
        cap=_cap(most, told["cap"]),
        is_full=bool(told["cap"]) and most >= told["cap"]["limit"],
        cells=_cells(noticed, ahead, now=now, days=days, zone=zone),
        days=days_of(noticed, zone),
        planned=_planned(told, now=now, days=days, zone=zone),
    )


def most_within(instants: list[datetime], days: int) -> int:
    """Return how many of the instants lie within so many days of each other at most.

    >>> from datetime import UTC
    >>> most_within([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 9, 10, 11)], 7)
    3
    """
    ordered = sorted(instants)
    window = timedelta(days=days)
    return max((sum(first <= one < first + window for one in ordered) for first in ordered), default=0)


def _lead(noticed: list[Told], days: int) -> str:
    count = {kind: sum(line.kind == kind for line in noticed) for kind in _NOTICED}
    if not noticed:
        return _("Nothing has passed between them and the shop in {days} days.", days=days)
    return _(
        "Mails from the shop in {days} days: {sent}, of which they answered {answers}. Came by themselves: {deeds}. "
        "Times that the shop kept silent: {silences}.",
        days=days,
        sent=count["sent"],
        answers=min(count["answer"], count["sent"]),
        deeds=count["deed"],
        silences=count["silence"],
    )


def _cap(most: int, cap: dict[str, Any]) -> str:
    if not cap:
        return _("The shop has set itself no limit for a week.")
    return _(
        "Most mails within {days} days: {most}. The shop allows itself {limit}.",
        most=most, days=cap["days"], limit=cap["limit"],
    )  # fmt: skip


def _cells(
    noticed: list[Told], ahead: list[dict[str, Any]], *, now: datetime, days: int, zone: str
) -> tuple[CellView, ...]:
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    marks: dict[date, list[str]] = {}
    for line in noticed:
        kind = line.kind if line.kind in {"sent", "silence"} else "deed"
        marks.setdefault(line.at.astimezone(place).date(), []).append(kind)
    for one in ahead:
        marks.setdefault(max(one["due_at"].astimezone(place).date(), today), []).append("planned")
    dates = [today + timedelta(days=offset) for offset in range(-days, days + 1)]
    return tuple(_cell(day, marks.get(day, []), today, is_first=day == dates[0]) for day in dates)


def _cell(day: date, marks: list[str], today: date, *, is_first: bool) -> CellView:
    words = {"sent": _("a mail"), "silence": _("kept silent"), "deed": _("came by themselves"), "planned": _("planned")}
    each = tuple(dict.fromkeys(marks))
    said = _(", ").join(words[one] for one in each) or _("nothing on this day")
    return CellView(
        label=f"{figures.date_on(day)}: {said}",
        day=f"{day.month}/{day.day}" if is_first or day.day == 1 or day == today else str(day.day),
        marks=each,
        is_today=day == today,
        is_ahead=day > today,
    )


def _planned(told: dict[str, Any], *, now: datetime, days: int, zone: str) -> tuple[tuple[str, str], ...]:
    until = now + timedelta(days=days)
    waiting = [(one["due_at"], title_in(one["title"], one["journey"])) for one in told["planned"]]
    walking = [
        (
            one["due_at"],
            _("“{title}” goes on, and looks again whether to write.", title=title_in(one["title"], one["journey"])),
        )
        for one in told["walks"]
        if one["status"] == "active" and one["due_at"] is not None and one["arm"] != "held_out"
    ]
    known = sorted([one for one in (*waiting, *walking) if one[0] < until], key=lambda one: one[0])
    return tuple((figures.moment(max(at, now), zone), what) for at, what in known)
