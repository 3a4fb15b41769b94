"""Periods: which instants they mean, in every zone, on days with a clock change too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.condition import Between, Within
from tenshu.condition.window import Window, days_before, local_midnight, window

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)  # noon in Tokyo, 03:00 in London, 23:00 the day before in New York

_ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
_INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("zone", "days", "expected"),
    [
        ("Asia/Tokyo", 0, datetime(2026, 3, 9, 15, tzinfo=UTC)),  # today begins at 00:00 JST = 15:00 UTC the day before
        ("Asia/Tokyo", 7, datetime(2026, 3, 2, 15, tzinfo=UTC)),
        ("Europe/London", 0, datetime(2026, 3, 10, 0, tzinfo=UTC)),
        ("America/New_York", 0, datetime(2026, 3, 9, 4, tzinfo=UTC)),  # still the 9th there; summer time since the 8th
        ("America/New_York", 2, datetime(2026, 3, 7, 5, tzinfo=UTC)),  # winter time on the 7th: 5 hours behind
        ("Pacific/Kiritimati", 0, datetime(2026, 3, 9, 10, tzinfo=UTC)),  # 14 hours ahead
        ("Asia/Kathmandu", 1, datetime(2026, 3, 8, 18, 15, tzinfo=UTC)),  # 5:45 ahead
    ],
)
def test_days_begin_at_the_local_midnight(zone: str, days: int, expected: datetime) -> None:
    assert window(Within(days=days), None, now=NOW, zone=zone) == Window(expected, None)


def test_hours_begin_exactly_so_many_hours_before_now() -> None:
    assert window(Within(hours=24), None, now=NOW, zone="Asia/Tokyo") == Window(NOW - timedelta(hours=24), None)


@pytest.mark.parametrize(
    ("between", "since", "until"),
    [
        (Between(date(2026, 3, 1), date(2026, 3, 1)), datetime(2026, 2, 28, 15), datetime(2026, 3, 1, 15)),  # noqa: DTZ001
        (Between(date(2026, 3, 1), None), datetime(2026, 2, 28, 15), None),  # noqa: DTZ001
        (Between(None, date(2026, 2, 28)), None, datetime(2026, 2, 28, 15)),  # noqa: DTZ001
    ],
)
def test_both_dates_are_included(between: Between, since: datetime | None, until: datetime | None) -> None:
    found = window(None, between, now=NOW, zone="Asia/Tokyo")
    assert found.since_at == (since.replace(tzinfo=UTC) if since else None)
    assert found.until_at == (until.replace(tzinfo=UTC) if until else None)


def test_no_period_is_always() -> None:
    assert window(None, None, now=NOW, zone="Asia/Tokyo") == Window(None, None)


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        # Beirut goes from 00:00 straight to 01:00 on 29 March 2026: the day begins at the change.
        ("Asia/Beirut", date(2026, 3, 29), datetime(2026, 3, 28, 22, tzinfo=UTC)),
        # Havana has 00:00-01:00 twice on 1 November 2026: the day begins at the first of them.
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
        # Samoa left out 30 December 2011: the next day begins where the missing one would have ended.
        ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_clock_changes_at_midnight_are_met(zone: str, day: date, expected: datetime) -> None:
    assert local_midnight(day, zone) == expected


@given(instant=_INSTANTS, zone=_ZONES, days=st.integers(0, 400))
def test_the_begin_of_a_day_is_its_first_instant(instant: datetime, zone: str, days: int) -> None:
    begin = days_before(instant, days, zone)
    wanted = instant.astimezone(ZoneInfo(zone)).date() - timedelta(days=days)
    assert begin.astimezone(ZoneInfo(zone)).date() == wanted
    assert (begin - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() < wanted


@given(instant=_INSTANTS, zone=_ZONES, days=st.integers(0, 400))
def test_a_longer_window_begins_earlier_and_holds_now(instant: datetime, zone: str, days: int) -> None:
    shorter = window(Within(days=days), None, now=instant, zone=zone)
    longer = window(Within(days=days + 1), None, now=instant, zone=zone)
    assert longer.since_at is not None
    assert shorter.since_at is not None
    assert longer.since_at < shorter.since_at <= instant
    assert shorter.holds(instant)


@given(instant=_INSTANTS, other=_INSTANTS, zone=_ZONES, days=st.integers(0, 30))
def test_every_hour_of_a_day_means_the_same_window_of_days(
    instant: datetime, other: datetime, zone: str, days: int
) -> None:
    same_day = instant.astimezone(ZoneInfo(zone)).date() == other.astimezone(ZoneInfo(zone)).date()
    is_same = days_before(instant, days, zone) == days_before(other, days, zone)
    assert is_same == same_day


@pytest.mark.parametrize(
    ("instant", "is_in"),
    [
        (datetime(2026, 2, 28, 14, 59, 59, 999999, tzinfo=UTC), False),
        (datetime(2026, 2, 28, 15, tzinfo=UTC), True),
        (datetime(2026, 3, 1, 14, 59, 59, 999999, tzinfo=UTC), True),
        (datetime(2026, 3, 1, 15, tzinfo=UTC), False),
    ],
)
def test_a_window_holds_its_first_instant_and_not_its_end(instant: datetime, *, is_in: bool) -> None:
    day = window(None, Between(date(2026, 3, 1), date(2026, 3, 1)), now=NOW, zone="Asia/Tokyo")
    assert day.holds(instant) == is_in
