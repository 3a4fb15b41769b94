"""Clocks: instants are aware, a set clock stands still."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tenshu.kit.clock import SetClock, SystemClock, elapsed, require_aware, rest


def test_system_clock_is_aware_and_in_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC


def test_set_clock_stands_still_until_it_is_set() -> None:
    clock = SetClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now() == clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    clock.set(datetime(2025, 1, 1, tzinfo=UTC))
    assert clock.now().year == 2025


def test_naive_instants_are_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the very thing that is refused
    with pytest.raises(ValueError, match="names no time zone"):
        require_aware(naive)
    with pytest.raises(ValueError, match="names no time zone"):
        SetClock(naive)


def test_instants_of_other_zones_come_back_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert require_aware(datetime(2026, 1, 1, 9, tzinfo=tokyo)) == datetime(2026, 1, 1, tzinfo=UTC)
    assert require_aware(datetime(2026, 1, 1, 9, tzinfo=tokyo)).utcoffset() == timedelta(0)


def test_elapsed_never_goes_back_over_a_rest() -> None:
    before = elapsed()
    rest(timedelta(milliseconds=1))
    assert elapsed() > before
