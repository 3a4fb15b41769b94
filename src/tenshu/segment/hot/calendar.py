"""When windows open and close, in microseconds since 1970, for many instants at once."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from tenshu.condition.grammar import Between, Within
from tenshu.condition.window import local_midnight, window
from tenshu.segment.hot.arrays import EVER, NEVER, Array
from tenshu.store.tables import from_micros, to_micros

_HOUR: Final = 3_600_000_000
_MICROSECOND: Final = timedelta(microseconds=1)
#: Days whose midnight lies within the calendar in every zone.
_FIRST: Final = date.min.toordinal() + 2
_LAST: Final = date.max.toordinal() - 2


class Calendar:
    """The days of a zone."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._begun = self._ended = 0
        self._midnights: Array = np.empty(0, np.int64)
        self._opens: dict[int, int] = {}

    def since(self, within: Within, now: datetime) -> int:
        """Return where a window that ends now begins."""
        begins = window(within, None, now=now, zone=self.zone).since_at
        return EVER if begins is None else to_micros(begins)

    def between(self, between: Between | None) -> tuple[int, int]:
        """Return from where (included) to where (not included) two dates reach."""
        period = window(None, between, now=datetime.max.replace(tzinfo=UTC), zone=self.zone)
        since = EVER if period.since_at is None else to_micros(period.since_at)
        return since, NEVER if period.until_at is None else to_micros(period.until_at)

    def closes(self, within: Within, instants: Array) -> Array:
        """Return the first instant at which the window no longer holds what happened then; NEVER stays NEVER."""
        found = np.full(len(instants), NEVER, np.int64)
        real = np.flatnonzero(instants != NEVER)
        if not len(real):
            return found
        happened = instants[real]
        if within.days is None:
            found[real] = happened + (within.hours or 0) * _HOUR + 1
            return found
        self._cover(int(happened.min()), int(happened.max()))
        days, places = np.unique(
            np.searchsorted(self._midnights, happened, side="right") + self._begun + within.days, return_inverse=True
        )
        found[real] = np.array([self._opening(day) for day in days.tolist()], np.int64)[places]
        return found

    def _opening(self, day: int) -> int:
        """Return the first instant of a local day; clocks that are set back at midnight make it come twice."""
        if day not in self._opens:
            self._opens[day] = NEVER if day > _LAST else self._first_of(date.fromordinal(day))
        return self._opens[day]

    def _first_of(self, day: date) -> int:
        midnight = local_midnight(day, self.zone)
        late = to_micros(midnight)
        if self._day(midnight - _MICROSECOND) < day:
            return late
        early = late - 26 * _HOUR
        while late - early > 1:
            middle = (early + late) // 2
            early, late = (early, middle) if self._day(from_micros(middle)) >= day else (middle, late)
        return late

    def _day(self, instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def _cover(self, first: int, last: int) -> None:
        begun = max(_ordinal(first) - 2, _FIRST)
        ended = min(_ordinal(last) + 3, _LAST)
        if self._begun <= begun and ended <= self._ended:
            return
        if self._ended:
            begun, ended = min(begun, self._begun), max(ended, self._ended)
        self._begun, self._ended = begun, ended
        midnights = (local_midnight(date.fromordinal(day), self.zone) for day in range(begun, ended))
        self._midnights = np.fromiter((to_micros(one) for one in midnights), np.int64)


def _ordinal(micros: int) -> int:
    return from_micros(micros).toordinal()
