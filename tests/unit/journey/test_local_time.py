"""Local times become instants, on the days when clocks change too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.journey.local_time import (
    after_days,
    both_instants_of,
    by_zone,
    day_instant,
    instant_of,
    is_zone,
    local,
    local_days,
    next_daily,
    offset_changes,
)
from tenshu.store.ledger import INSTANT
from tests.unit.journey.examples import shown

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)
#: Hours at which some zone somewhere changes its clocks, and one at which none does.
AWKWARD = [time(0), time(0, 30), time(1, 30), time(2), time(2, 30), time(3), time(12), time(22, 30), time(23, 59)]
ZONES = sorted(available_timezones())


def changing_days(zone: str) -> list[datetime]:
    """Return the instants of 2026 and 2027 at which the zone changes its clocks."""
    return [instant for instant, _ in offset_changes(zone, START, END)[1:]]


@pytest.mark.parametrize(
    ("minute", "zone", "utc"),
    [
        # An ordinary day: 10:00 in Tokyo is 01:00 UTC.
        (shown("2026-01-05T10:00"), "Asia/Tokyo", shown("2026-01-05T01:00")),
        # New York skips 02:00-03:00: the first valid minute is 03:00 EDT = 07:00 UTC.
        (shown("2026-03-08T02:30"), "America/New_York", shown("2026-03-08T07:00")),
        # New York shows 01:30 twice: the first is EDT = 05:30 UTC.
        (shown("2026-11-01T01:30"), "America/New_York", shown("2026-11-01T05:30")),
        # Lord Howe skips half an hour, 02:00-02:30, from +10:30 to +11: 02:10 -> 02:30 = 15:30 UTC the day before.
        (shown("2026-10-04T02:10"), "Australia/Lord_Howe", shown("2026-10-03T15:30")),
        # Samoa skipped the whole of 2011-12-30: noon of it -> midnight of the 31st at +14 = 10:00 UTC on the 30th.
        (shown("2011-12-30T12:00"), "Pacific/Apia", shown("2011-12-30T10:00")),
    ],
)
def test_local_minute_becomes_the_first_valid_instant(minute: datetime, zone: str, utc: datetime) -> None:
    assert instant_of(minute, zone) == utc.replace(tzinfo=UTC)


def test_local_time_shown_twice_has_two_instants() -> None:
    first, second = both_instants_of(shown("2026-11-01T01:30"), "America/New_York")
    assert second - first == timedelta(hours=1)


def test_local_time_in_a_gap_has_one_instant() -> None:
    first, second = both_instants_of(shown("2026-03-08T02:30"), "America/New_York")
    assert first == second == datetime(2026, 3, 8, 7, tzinfo=UTC)


def test_skipped_day_has_no_daily_instant() -> None:
    assert day_instant(date(2011, 12, 30), time(12), "Pacific/Apia") is None


def test_time_skipped_until_midnight_is_the_last_minute_of_its_day() -> None:
    # Nuuk, 2026-03-28: 22:59 at -02 is followed by 00:00 of the 29th at -01.
    instant = day_instant(date(2026, 3, 28), time(23, 30), "America/Nuuk")
    assert instant == datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert local(instant, "America/Nuuk") == shown("2026-03-28T22:59")


def test_daily_step_skips_the_skipped_day() -> None:
    noon_on_29th = datetime(2011, 12, 29, 22, tzinfo=UTC)  # 12:00 at -10
    following = next_daily(noon_on_29th, time(12), "Pacific/Apia")
    assert local(following, "Pacific/Apia") == shown("2011-12-31T12:00")


def test_daily_instant_is_later_than_the_last_one() -> None:
    at_ten = datetime(2026, 1, 5, 1, tzinfo=UTC)
    assert next_daily(at_ten, time(10), "Asia/Tokyo") == at_ten + timedelta(days=1)
    assert next_daily(at_ten - timedelta(microseconds=1), time(10), "Asia/Tokyo") == at_ten


def test_daily_step_happens_exactly_once_a_local_day_in_every_zone_when_clocks_change() -> None:
    """P11 and Mautic #8802: each local day around each change of 2026-2027 has one instant for each hour."""
    for zone in ZONES:
        for change in changing_days(zone):
            first = local(change, zone).date() - timedelta(days=2)
            for at in AWKWARD:
                days = []
                instant = instant_of(datetime.combine(first, at), zone) - timedelta(seconds=1)
                for _ in range(5):
                    instant = next_daily(instant, at, zone)
                    days.append(local(instant, zone).date())
                assert days == [first + timedelta(days=day) for day in range(5)], (zone, change, at)


def test_daily_step_happens_once_a_day_for_three_years_in_zones_with_odd_rules() -> None:
    for zone in ("America/New_York", "Europe/London", "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Tokyo"):
        instant, days = START, []
        while instant < datetime(2029, 1, 1, tzinfo=UTC):
            instant = next_daily(instant, time(1, 30), zone)
            days.append(local(instant, zone).date())
        assert len(days) == len(set(days)) == (days[-1] - days[0]).days + 1


def test_days_later_keeps_the_time_of_the_day_over_a_change_of_clocks() -> None:
    # Saturday 23:30 in New York + 1 day is Sunday 23:30, though the day has 23 hours.
    saturday = datetime(2026, 3, 8, 4, 30, tzinfo=UTC)
    assert after_days(saturday, 1, "America/New_York") == saturday + timedelta(hours=23)
    assert after_days(saturday, 0, "America/New_York") == saturday


def test_unknown_zones_are_told_from_known_ones() -> None:
    assert is_zone("Asia/Tokyo")
    assert not any(is_zone(name) for name in ("Mars/Olympus", "", "../../etc/passwd", "/etc/passwd", "Asia", "\x00"))


def test_instant_is_worked_out_once_a_zone() -> None:
    asked: list[str] = []

    def work_out(zone: str) -> datetime:
        asked.append(zone)
        return instant_of(shown("2026-01-05T10:00"), zone)

    zones = pl.Series(["Asia/Tokyo", "Europe/London", None, "Asia/Tokyo", "Nowhere/Land"] * 100)
    found = by_zone(zones, "Europe/London", work_out)
    assert sorted(asked) == ["Asia/Tokyo", "Europe/London"]
    assert found.dtype == INSTANT
    assert [instant.hour for instant in found[:5]] == [1, 10, 10, 1, 10]


def test_nobody_has_no_zones() -> None:
    empty = pl.Series([], dtype=pl.String)
    assert by_zone(empty, "Asia/Tokyo", lambda _: START).to_list() == []
    assert local_days(pl.Series([], dtype=INSTANT), empty, "Asia/Tokyo").to_list() == []


def test_local_day_begins_at_local_midnight() -> None:
    at = pl.Series(
        [datetime(2026, 1, 4, 14, 59, 59, tzinfo=UTC), datetime(2026, 1, 4, 15, tzinfo=UTC), None], dtype=INSTANT
    )
    days = local_days(at, pl.Series([None, None, None], dtype=pl.String), "Asia/Tokyo")
    assert days.to_list() == [
        (date(2026, 1, 4) - date(1970, 1, 1)).days,
        (date(2026, 1, 5) - date(1970, 1, 1)).days,
        None,
    ]


@given(
    st.lists(
        st.tuples(
            st.datetimes(shown("2026-01-01T00:00"), shown("2027-12-31T00:00"), timezones=st.just(UTC)),
            st.sampled_from([*ZONES[::23], "America/New_York", "Pacific/Chatham", "Nowhere", None]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_local_days_agree_with_the_calendar(rows: list[tuple[datetime, str | None]]) -> None:
    at = pl.Series([instant for instant, _ in rows], dtype=INSTANT)
    zones = pl.Series([zone for _, zone in rows], dtype=pl.String)
    expected = [
        (
            instant.astimezone(ZoneInfo(zone if zone and zone != "Nowhere" else "Asia/Tokyo")).date() - date(1970, 1, 1)
        ).days
        for instant, zone in rows
    ]
    assert local_days(at, zones, "Asia/Tokyo").to_list() == expected


def test_changes_of_the_clocks_are_found_to_the_second() -> None:
    changes = offset_changes("Europe/London", START, datetime(2027, 1, 1, tzinfo=UTC))
    assert changes == [
        (START, timedelta(0)),
        (datetime(2026, 3, 29, 1, tzinfo=UTC), timedelta(hours=1)),
        (datetime(2026, 10, 25, 1, tzinfo=UTC), timedelta(0)),
    ]
