"""Turn a local time into an instant, in any zone, on the days when clocks change too.

A local time that the clocks skip becomes the first valid minute after the gap; one that they
show twice is the first of the two. So a daily step happens exactly once a local day. `now` is one instant
for a whole tick, hence all of this is worked out once a zone and never once a customer.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenshu.store.ledger import INSTANT

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def is_zone(name: str) -> bool:
    """Say whether the name is a time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def local(instant: datetime, zone: str) -> datetime:
    """Return what the clocks of the zone show at the instant, without a zone.

    >>> local(datetime(2026, 1, 1, tzinfo=UTC), "Asia/Tokyo")
    datetime.datetime(2026, 1, 1, 9, 0)
    """
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def instant_of(shown: datetime, zone: str) -> datetime:
    """Return the first instant at which the clocks of the zone show this or, over a gap, more.

    >>> instant_of(datetime(2026, 3, 8, 2, 30), "America/New_York")  # skipped: the clocks go 02:00 -> 03:00
    datetime.datetime(2026, 3, 8, 7, 0, tzinfo=datetime.timezone.utc)
    >>> instant_of(datetime(2026, 11, 1, 1, 30), "America/New_York")  # shown twice: the first
    datetime.datetime(2026, 11, 1, 5, 30, tzinfo=datetime.timezone.utc)
    """
    here = ZoneInfo(zone)
    guess = shown.replace(tzinfo=here, fold=0).astimezone(UTC)
    if guess.astimezone(here).replace(tzinfo=None) == shown:
        return guess
    # In a gap the two readings lie on its two sides.
    return _change_between(shown.replace(tzinfo=here, fold=1).astimezone(UTC), guess, here)


def both_instants_of(shown: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the first and the last instant at which the clocks show this; one and the same on most days."""
    first = instant_of(shown, zone)
    second = shown.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    return first, max(first, second)


def day_instant(day: date, at: time, zone: str) -> datetime | None:
    """Return the instant of this time on this local day; None when the zone skips the whole day.

    Where the clocks skip from this time to the next day (Nuuk in March), it is the day's last minute.
    """
    instant = instant_of(datetime.combine(day, at), zone)
    if local(instant, zone).date() == day:
        return instant
    is_skipped = local(instant_of(datetime.combine(day, time()), zone), zone).date() != day
    return None if is_skipped else instant - _MINUTE


def next_daily(after: datetime, at: time, zone: str) -> datetime:
    """Return the first instant later than `after` at which it is `at` o'clock in the zone.

    >>> next_daily(datetime(2026, 1, 1, 1, tzinfo=UTC), time(10), "Asia/Tokyo")
    datetime.datetime(2026, 1, 2, 1, 0, tzinfo=datetime.timezone.utc)
    """
    day = local(after, zone).date() - _DAY
    while (instant := day_instant(day, at, zone)) is None or instant <= after:
        day += _DAY
    return instant


def after_days(now: datetime, days: int, zone: str) -> datetime:
    """Return the instant so many local days later at the same time of the local day."""
    return instant_of(local(now, zone) + timedelta(days=days), zone) if days else now


def by_zone(zones: pl.Series, default: str, work_out: Callable[[str], datetime]) -> pl.Series:
    """Return an instant per row, worked out once for every zone that occurs.

    Args:
        zones: IANA names; null and names that nobody knows count as the default.
        default: the shop's zone.
        work_out: zone to instant.
    """
    names = _known_zones(zones, default)
    table = {name: work_out(name) for name in names.unique().to_list()}
    if len(table) <= 1:
        instant = next(iter(table.values()), None)
        return pl.repeat(instant, len(names), dtype=INSTANT, eager=True).alias("at")
    return names.replace_strict(list(table), list(table.values()), return_dtype=INSTANT).alias("at")


def local_days(at: pl.Series, zones: pl.Series, default: str) -> pl.Series:
    """Return the local day of each instant as a number of days since 1970; null stays null.

    Args:
        at: instants.
        zones: one IANA name a row; null and names that nobody knows count as the default.
        default: the shop's zone.
    """
    micros = at.dt.epoch("us").fill_null(0).to_numpy()
    names = _known_zones(zones, default)
    days = np.zeros(len(micros), dtype=np.int64)
    for name in names.unique().to_list():
        is_here = (names == name).to_numpy()
        days[is_here] = _days_in(micros[is_here], name)
    return pl.Series("day", days).to_frame().select(pl.when(at.is_not_null()).then("day")).to_series()


def _known_zones(zones: pl.Series, default: str) -> pl.Series:
    names = zones.cast(pl.String)
    strangers = [name for name in names.drop_nulls().unique().to_list() if not is_zone(name)]
    return names.replace(strangers, None).fill_null(default) if strangers else names.fill_null(default)


def _days_in(micros: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    first, last = (_EPOCH + int(edge) * _MICROSECOND for edge in (micros.min(), micros.max()))
    changes = offset_changes(zone, first, last)
    starts = np.array([(instant - _EPOCH) // _MICROSECOND for instant, _ in changes[1:]], dtype=np.int64)
    offsets = np.array([offset // _MICROSECOND for _, offset in changes], dtype=np.int64)
    return (micros + offsets[np.searchsorted(starts, micros, side="right")]) // (_DAY // _MICROSECOND)


def offset_changes(zone: str, first: datetime, last: datetime) -> list[tuple[datetime, timedelta]]:
    """Return the offsets from UTC between two instants, each with the instant from which it holds."""
    here = ZoneInfo(zone)
    found = [(first, _offset(first, here))]
    instant = first
    while instant < last:
        following = min(instant + _DAY, last)
        if (offset := _offset(following, here)) != found[-1][1]:
            found.append((_change_between(instant, following, here), offset))
        instant = following
    return found


def _change_between(before: datetime, after: datetime, here: ZoneInfo) -> datetime:
    """Halve until the second is found from which the offset is the later one."""
    offset = _offset(after, here)
    before = before.replace(microsecond=0)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if _offset(middle, here) == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def _offset(instant: datetime, here: ZoneInfo) -> timedelta:
    return instant.astimezone(here).utcoffset() or timedelta()
