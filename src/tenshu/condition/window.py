"""When a period begins and ends: from words in the shop's zone to two instants.

A window of N days ends now and begins at the local midnight that opened the day N days before
today, so that it does not matter at which hour of the day it is asked; 0 days is today. A window of
hours begins that many hours before now. Both ends are included, and nothing after now is ever seen.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from tenshu.condition.grammar import Between, Within

#: Days at the ends of the calendar, where another zone's day would lie outside of it.
_FIRST: Final = date.min + timedelta(days=1)
_LAST: Final = date.max - timedelta(days=1)


class Window(NamedTuple):
    """From `since_at` (included) to before `until_at`; None = open on that side."""

    since_at: datetime | None
    until_at: datetime | None

    def holds(self, instant: datetime) -> bool:
        """Return whether the instant lies in the window."""
        is_begun = self.since_at is None or instant >= self.since_at
        return is_begun and (self.until_at is None or instant < self.until_at)


def local_midnight(day: date, zone: str) -> datetime:
    """Return the instant at which a local day begins; where a clock change skips midnight, the change itself.

    >>> local_midnight(date(2026, 1, 1), "Asia/Tokyo").isoformat()
    '2025-12-31T15:00:00+00:00'
    """
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def days_before(now: datetime, days: int, zone: str) -> datetime:
    """Return the local midnight that opened the day so many days before today."""
    return local_midnight(now.astimezone(ZoneInfo(zone)).date() - timedelta(days=days), zone)


def window(within: Within | None, between: Between | None, *, now: datetime, zone: str) -> Window:
    """Return the instants that a condition's period means at `now`."""
    if within is not None:
        if within.days is not None:
            return Window(days_before(now, within.days, zone), None)
        return Window(now - timedelta(hours=within.hours or 0), None)
    if between is None:
        return Window(None, None)
    first, last = between.from_on, between.to_on
    # 9999-12-31 is how people write "for ever"; the calendar has no midnight after it, nor one before its first day.
    since = None if first is None or first <= _FIRST else local_midnight(first, zone)
    until = None if last is None or last >= _LAST else local_midnight(last + timedelta(days=1), zone)
    return Window(since, until)
