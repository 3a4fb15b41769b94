"""Nobody is disturbed in quiet hours, in no zone, on no day."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.decide.policy import QuietHours
from tenshu.decide.quiet_hours import allowed_at, is_quiet, is_quiet_time, next_allowed
from tenshu.journey.local_time import local, offset_changes
from tests.unit.decide.examples import NOW, TOKYO

NIGHT = QuietHours(start="21:00", end="08:00")
NOON = QuietHours(start="12:00", end="13:00")
#: Ends in the hour that New York skips in March and shows twice in November.
SMALL_HOURS = QuietHours(start="01:00", end="02:30")
EARLY = QuietHours(start="22:00", end="01:30")
ZONES = sorted(available_timezones())
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "minute", "expected"),
    [
        (NIGHT, time(20, 59), False),
        (NIGHT, time(21), True),
        (NIGHT, time(23, 59), True),
        (NIGHT, time(0), True),
        (NIGHT, time(7, 59, 59), True),
        (NIGHT, time(8), False),
        (NOON, time(11, 59), False),
        (NOON, time(12), True),
        (NOON, time(13), False),
        (QuietHours(start="00:00", end="08:00"), time(0), True),
        (QuietHours(start="21:00", end="00:00"), time(23, 59), True),
        (QuietHours(start="21:00", end="00:00"), time(0), False),
    ],
)
def test_start_is_quiet_and_end_is_not(quiet: QuietHours, minute: time, expected: bool) -> None:  # noqa: FBT001
    assert is_quiet_time(minute, quiet) == expected


def test_message_by_day_goes_at_once() -> None:
    assert next_allowed(NOW, NIGHT, TOKYO) == NOW


def test_message_in_the_evening_waits_for_the_next_morning() -> None:
    evening = datetime(2026, 1, 5, 13, tzinfo=UTC)  # 22:00 in Tokyo
    assert next_allowed(evening, NIGHT, TOKYO) == datetime(2026, 1, 5, 23, tzinfo=UTC)  # 08:00 on the 6th


def test_message_before_dawn_waits_for_the_same_morning() -> None:
    dawn = datetime(2026, 1, 4, 20, tzinfo=UTC)  # 05:00 of the 5th in Tokyo
    assert next_allowed(dawn, NIGHT, TOKYO) == datetime(2026, 1, 4, 23, tzinfo=UTC)


def test_without_quiet_hours_everything_goes_at_once() -> None:
    midnight = datetime(2026, 1, 5, 15, tzinfo=UTC)
    assert next_allowed(midnight, None, TOKYO) == midnight
    assert not is_quiet(midnight, None, TOKYO)


def test_end_that_the_clocks_skip_is_the_first_valid_minute() -> None:
    # New York, 2026-03-08: 01:10 EST; 02:30 does not exist, the clocks go 02:00 -> 03:00 = 07:00 UTC.
    now = datetime(2026, 3, 8, 6, 10, tzinfo=UTC)
    assert next_allowed(now, SMALL_HOURS, "America/New_York") == datetime(2026, 3, 8, 7, tzinfo=UTC)


def test_hour_that_is_shown_twice_is_quiet_twice() -> None:
    # New York, 2026-11-01: 01:30 EDT = 05:30 UTC is allowed, 01:10 EST = 06:10 UTC is quiet again until 06:30 UTC.
    assert not is_quiet(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), EARLY, "America/New_York")
    second = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    assert is_quiet(second, EARLY, "America/New_York")
    assert next_allowed(second, EARLY, "America/New_York") == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_skipped_day_delays_no_message_longer_than_its_night() -> None:
    # Samoa, 2011-12-29 23:00 at -10; the 30th does not exist; 08:00 of the 31st at +14 is 18:00 UTC on the 30th.
    now = datetime(2011, 12, 30, 9, tzinfo=UTC)
    assert next_allowed(now, NIGHT, "Pacific/Apia") == datetime(2011, 12, 30, 18, tzinfo=UTC)


def test_no_message_goes_in_quiet_hours_around_any_change_of_clocks_of_2026_and_2027() -> None:
    """P11, all IANA zones: allowed, not before now, and not one quarter of an hour later than needed."""
    quarter = timedelta(minutes=15)
    for zone in ZONES:
        for change, _ in offset_changes(zone, START, END)[1:]:
            for quiet in (NIGHT, SMALL_HOURS, EARLY):
                for quarters in range(-96, 8, 13):
                    now = change + quarters * quarter
                    then = next_allowed(now, quiet, zone)
                    assert then >= now
                    assert not is_quiet_time(then.astimezone(ZoneInfo(zone)).time(), quiet), (zone, now, then)
                    # Every earlier quarter of an hour was quiet.
                    waited = int((then - now) / quarter)
                    assert all(is_quiet(now + step * quarter, quiet, zone) for step in range(waited)), (zone, now, then)


@given(
    st.datetimes(START.replace(tzinfo=None), END.replace(tzinfo=None), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.tuples(st.times(), st.times()).filter(lambda pair: f"{pair[0]:%H:%M}" != f"{pair[1]:%H:%M}"),
)
def test_no_message_goes_in_quiet_hours_at_any_instant(now: datetime, zone: str, hours: tuple[time, time]) -> None:
    quiet = QuietHours(start=f"{hours[0]:%H:%M}", end=f"{hours[1]:%H:%M}")
    then = next_allowed(now, quiet, zone)
    assert then >= now
    assert not is_quiet(then, quiet, zone)
    assert then == now or is_quiet(now, quiet, zone)
    assert then - now <= timedelta(hours=26)


def test_customers_wait_by_their_own_clocks() -> None:
    zones = pl.Series(["America/New_York", None, "Europe/London", "Mars/Olympus"])
    found = allowed_at(zones, NIGHT, now=NOW, zone=TOKYO).to_list()
    # 20:00 in New York and 10:00 in Tokyo may; 01:00 in London waits until 08:00.
    assert found == [NOW, NOW, datetime(2026, 1, 5, 8, tzinfo=UTC), NOW]
    assert local(found[2], "Europe/London").time() == time(8)
