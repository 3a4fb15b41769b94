"""Tell the time: the only module that reads the wall clock.

Business time is an argument everywhere else, so that the same code runs live, in
fast-forward, in a replay of last month and in a test. Instants are aware and in UTC.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Whatever can say which instant it is for the business."""

    def now(self) -> datetime:
        """Return the current instant, aware and in UTC."""
        ...


class SystemClock:
    """The wall clock of this machine."""

    def now(self) -> datetime:
        """Return the current instant in UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is set: fast-forward, replays, tests.

    >>> clock = SetClock(datetime(2026, 1, 1, tzinfo=UTC))
    >>> clock.set(datetime(2026, 1, 2, tzinfo=UTC))
    >>> clock.now().day
    2
    """

    def __init__(self, instant: datetime) -> None:
        self._instant = require_aware(instant)

    def now(self) -> datetime:
        """Return the instant that was set last."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Move the clock; it may also move back."""
        self._instant = require_aware(instant)


def require_aware(instant: datetime) -> datetime:
    """Return the instant in UTC.

    Raises:
        ValueError: the instant names no zone.
    """
    if instant.tzinfo is None:
        message = f"{instant!r} names no time zone; give an aware instant"
        raise ValueError(message)
    return instant.astimezone(UTC)


def elapsed() -> float:
    """Return seconds on a clock that never jumps, for progress and time-outs only."""
    return time.monotonic()


def rest(span: timedelta) -> None:
    """Do nothing for a while."""
    time.sleep(span.total_seconds())
