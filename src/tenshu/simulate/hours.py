"""When shops are open and people awake: local days and hours to instants, for whole columns.

Instants are microseconds since 1970 in UTC, local times the same count of the wall clock of
the shop's zone, days whole days since 1970.
"""

from datetime import date, datetime, timedelta
from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenshu.simulate.behaviour import Behaviour
from tenshu.store.tables import to_micros

Micros = NDArray[np.int64]
Chance = NDArray[np.float64]

SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR
_EPOCH: Final = date(1970, 1, 1)


def to_local(instants: Micros, zone: str) -> Micros:
    """Return what the wall clock of the zone shows at each instant."""
    shown = pl.Series(instants, dtype=pl.Int64).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    return np.asarray(shown.dt.replace_time_zone(None).to_physical().to_numpy(), dtype=np.int64)


def to_instants(local: Micros, zone: str) -> Micros:
    """Return the instants of wall clock times: the first of two, an hour on where there is none."""
    shown = pl.Series(local, dtype=pl.Int64).cast(pl.Datetime("us"))
    instants = shown.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    later = shown.dt.offset_by("1h").dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    known = instants.fill_null(later).dt.convert_time_zone("UTC")
    return np.asarray(known.to_physical().to_numpy(), dtype=np.int64)


class OpeningHours(msgspec.Struct, frozen=True):
    """The days and hours in which orders come in.

    Attributes:
        days: the days on which the shop is open, in order.
        day_shares: cumulated share of orders by these days, ends in 1.
        hour_shares: cumulated share of orders by hour from `opening_hour` on, ends in 1.
        opening_hour: 0..23.
        zone: IANA name of the shop's zone.
    """

    days: Micros
    day_shares: Chance
    hour_shares: Chance
    opening_hour: int
    zone: str

    def any_day(self, chance: Chance) -> Micros:
        """Return a day for each chance in [0, 1): busy weekdays more often."""
        return self._nth_day(np.searchsorted(self.day_shares, chance, side="right"))

    def open_day(self, days: Micros) -> Micros:
        """Return each day, or the next one on which the shop is open; the last known one at the end."""
        return self._nth_day(np.searchsorted(self.days, days, side="left"))

    def time_on(self, days: Micros, hour_chance: Chance, second_chance: Chance) -> Micros:
        """Return an instant within the opening hours of each day, to the whole second."""
        hours = np.searchsorted(self.hour_shares, hour_chance, side="right").clip(max=len(self.hour_shares) - 1)
        seconds = np.floor(second_chance * 3600).astype(np.int64)
        return to_instants(days * DAY + (self.opening_hour + hours) * HOUR + seconds * SECOND, self.zone)

    def _nth_day(self, places: Micros) -> Micros:
        return self.days.take(np.minimum(places, len(self.days) - 1))


def opening_hours(behaviour: Behaviour, *, start_at: datetime, end_at: datetime, zone: str) -> OpeningHours:
    """Lay out the opening days from start to end, and some weeks on for orders that come late."""
    first, last = (int(day) for day in to_local(np.array([to_micros(start_at), to_micros(end_at)]), zone) // DAY)
    span = np.arange(first, last + 1 + 31, dtype=np.int64)
    named = [_EPOCH + timedelta(days=int(day)) for day in span]
    weights = np.array(
        [0.0 if f"{day:%m-%d}" in behaviour.closed_days else behaviour.weekday_weights[day.weekday()] for day in named]
    )
    is_open = weights > 0
    within = np.where(span <= last, weights, 0.0)[is_open]
    hours = np.array(behaviour.hour_weights, dtype=np.float64)
    return OpeningHours(
        days=span[is_open],
        day_shares=np.cumsum(within) / max(within.sum(), 1e-12),
        hour_shares=np.cumsum(hours) / hours.sum(),
        opening_hour=behaviour.opening_hour,
        zone=zone,
    )


def when_awake(instants: Micros, behaviour: Behaviour, zone: str) -> Micros:
    """Put off what falls into the night until after waking up: the later in the night, the later in the morning."""
    local = to_local(instants, zone)
    wakes, sleeps = behaviour.waking_hour * HOUR, behaviour.sleeping_hour * HOUR
    since_midnight = local % DAY
    night_ends = local - since_midnight + wakes
    evening = since_midnight >= sleeps
    morning = since_midnight < wakes
    into_night = np.where(evening, since_midnight - sleeps, since_midnight + DAY - sleeps) // 4
    moved = np.where(evening, night_ends + DAY + into_night, np.where(morning, night_ends + into_night, local))
    return to_instants(moved, zone)
