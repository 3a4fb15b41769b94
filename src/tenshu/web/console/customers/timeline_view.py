"""Lay a timeline out by days, newest first; days on which nothing happened are counted, not drawn."""

from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from tenshu.kit.i18n import _
from tenshu.web.console import figures
from tenshu.web.console.customers.telling import Told


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """One line: the time of day, its kind, what happened."""

    time: str
    kind: str
    sentence: str
    note: str
    amount: str


class DayView(msgspec.Struct, frozen=True, kw_only=True):
    """One day.

    Attributes:
        day: written out.
        quiet: how many days without anything lie between it and the next later one shown; empty = none.
        lines: newest first.
    """

    day: str
    quiet: str
    lines: tuple[LineView, ...]


def days_of(lines: list[Told], zone: str, *, after: date | None = None) -> tuple[DayView, ...]:
    """Return the days of these lines.

    Args:
        lines: newest first.
        zone: in which days are meant.
        after: the day above the first one; None = the first one has nothing above it.
    """
    by_day: dict[date, list[Told]] = {}
    for line in lines:
        by_day.setdefault(line.at.astimezone(ZoneInfo(zone)).date(), []).append(line)
    found, above = [], after
    for day, some in by_day.items():
        gap = 0 if above is None else (above - day).days - 1
        found.append(
            DayView(day=figures.date_on(day), quiet=quiet_days(gap), lines=tuple(_line(one, zone) for one in some))
        )
        above = day
    return tuple(found)


def quiet_days(gap: int) -> str:
    """Return how long nothing happened, in words; nothing for no day."""
    if gap <= 0:
        return ""
    return _("one quiet day") if gap == 1 else _("{count} quiet days", count=figures.count(gap))


def _line(line: Told, zone: str) -> LineView:
    local = line.at.astimezone(ZoneInfo(zone))
    return LineView(
        time=local.strftime("%H:%M"), kind=line.kind, sentence=line.sentence, note=line.note, amount=line.amount
    )
