"""Keep the hours in which nobody is to be disturbed, by the clocks of each customer's zone.

A message that comes up in quiet hours waits for their end. What counts is what the clock on the customer's
wall shows, so an hour that is shown twice when summer time ends can be quiet twice.
"""

from datetime import datetime, time, timedelta

import polars as pl

from tenshu.decide.policy import QuietHours
from tenshu.journey.local_time import both_instants_of, by_zone, local


def is_quiet_time(shown: time, quiet: QuietHours) -> bool:
    """Say whether a time of the day lies in the quiet hours; the start does, the end does not.

    >>> is_quiet_time(time(7, 59), QuietHours(start="21:00", end="08:00"))
    True
    """
    start, end = quiet.start_time, quiet.end_time
    return start <= shown < end if start < end else shown >= start or shown < end


def is_quiet(instant: datetime, quiet: QuietHours | None, zone: str) -> bool:
    """Say whether the instant lies in the quiet hours of the zone."""
    return quiet is not None and is_quiet_time(local(instant, zone).time(), quiet)


def next_allowed(now: datetime, quiet: QuietHours | None, zone: str) -> datetime:
    """Return now, or the end of the quiet hours in which it lies.

    Where the clocks skip the end, it is the first valid minute after the gap.
    """
    if quiet is None or not is_quiet(now, quiet, zone):
        return now
    today = local(now, zone).date()
    ends = [
        instant
        for days in range(-1, 4)
        for instant in both_instants_of(datetime.combine(today + timedelta(days=days), quiet.end_time), zone)
    ]
    return min(instant for instant in ends if instant >= now and not is_quiet(instant, quiet, zone))


def allowed_at(zones: pl.Series, quiet: QuietHours | None, *, now: datetime, zone: str) -> pl.Series:
    """Return per customer the first instant from now on at which a message may be handed over.

    Args:
        zones: the customers' zones; null or unknown = the shop's.
        quiet: the hours, or None for none.
        now: business time.
        zone: the shop's.
    """
    return by_zone(zones, zone, lambda name: next_allowed(now, quiet, name))
