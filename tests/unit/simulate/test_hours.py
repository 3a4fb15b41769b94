"""Opening hours and nights are the shop's own, in every zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.simulate.behaviour import Behaviour
from tenshu.simulate.hours import DAY, HOUR, OpeningHours, opening_hours, to_instants, to_local, when_awake
from tenshu.store.tables import from_micros, to_micros

START, END = datetime(2011, 12, 10, tzinfo=UTC), datetime(2012, 2, 8, tzinfo=UTC)
ZONES = ("Europe/London", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati")
CHANCES = np.linspace(0, 1, 400, endpoint=False)


def hours_of(zone: str, behaviour: Behaviour | None = None) -> OpeningHours:
    """Return the opening hours of the demo's weeks."""
    return opening_hours(behaviour or Behaviour(), start_at=START, end_at=END, zone=zone)


def shown(instants: np.ndarray, zone: str) -> list[datetime]:
    """Return the instants as people in the zone read them."""
    return [from_micros(int(instant)).astimezone(ZoneInfo(zone)) for instant in instants]


@pytest.mark.parametrize("zone", ZONES)
def test_orders_come_only_while_the_shop_is_open(zone: str) -> None:
    hours = hours_of(zone)
    times = shown(hours.time_on(hours.any_day(CHANCES), CHANCES[::-1], CHANCES), zone)
    assert all(8 <= at.hour <= 18 for at in times)


@pytest.mark.parametrize("zone", ZONES)
def test_no_order_comes_on_a_saturday_or_a_holiday(zone: str) -> None:
    hours = hours_of(zone)
    times = shown(hours.time_on(hours.any_day(CHANCES), CHANCES, CHANCES), zone)
    assert not {at.weekday() for at in times} & {5}
    assert not {f"{at:%m-%d}" for at in times} & Behaviour().closed_days


def test_every_open_weekday_gets_orders() -> None:
    times = shown(hours_of("Europe/London").any_day(CHANCES) * DAY, "UTC")
    assert {at.weekday() for at in times} == {0, 1, 2, 3, 4, 6}


def test_orders_of_the_window_stay_in_the_window() -> None:
    days = hours_of("Europe/London").any_day(np.array([0.0, 1 - 1e-12]))
    first, last = (from_micros(int(day) * DAY) for day in days)
    assert first == datetime(2011, 12, 11, tzinfo=UTC)  # the 10th is a Saturday
    assert last == datetime(2012, 2, 8, tzinfo=UTC)


# 2011-12-10 is a Saturday; the shop is closed from the 24th to the 3rd of January.
OPEN_DAYS = [
    ((2011, 12, 9), (2011, 12, 11)),  # before the first known day
    ((2011, 12, 10), (2011, 12, 11)),
    ((2011, 12, 12), (2011, 12, 12)),
    ((2011, 12, 24), (2012, 1, 4)),
    ((2012, 1, 3), (2012, 1, 4)),
]


@pytest.mark.parametrize(("wanted", "found"), OPEN_DAYS)
def test_closed_day_is_put_off_to_the_next_open_one(wanted: tuple[int, int, int], found: tuple[int, int, int]) -> None:
    day = np.array([to_micros(datetime(*wanted, tzinfo=UTC)) // DAY])
    assert from_micros(int(hours_of("Europe/London").open_day(day)[0]) * DAY) == datetime(*found, tzinfo=UTC)


def test_busy_hours_get_more_orders_than_quiet_ones() -> None:
    hours = hours_of("Europe/London")
    noon = [at.hour for at in shown(hours.time_on(np.full(400, hours.days[3]), CHANCES, CHANCES), "UTC")]
    assert noon.count(12) > noon.count(8) > 0


@pytest.mark.parametrize("zone", ZONES)
def test_nobody_reads_at_night(zone: str) -> None:
    instants = to_micros(START) + np.arange(0, 5 * 24 * 4) * (HOUR // 4)
    awake = when_awake(instants, Behaviour(), zone)
    assert all(7 <= at.hour < 23 for at in shown(awake, zone))


@pytest.mark.parametrize("zone", ZONES)
def test_reading_is_put_off_and_never_moved_forward(zone: str) -> None:
    instants = to_micros(START) + np.arange(0, 5 * 24 * 4) * (HOUR // 4)
    moved = when_awake(instants, Behaviour(), zone) - instants
    assert (moved >= 0).all()
    assert (moved <= 11 * HOUR).all()


def test_by_day_nothing_is_moved() -> None:
    noon = np.array([to_micros(datetime(2011, 12, 12, 12, 34, tzinfo=UTC))])
    assert when_awake(noon, Behaviour(), "Europe/London").tolist() == noon.tolist()


# 23:00 is 0 h into the night -> 7:00; 3:00 is 4 h into it, a quarter of which is 1 h -> 8:00.
NIGHTS = [((12, 23, 0), (13, 7, 0)), ((12, 23, 40), (13, 7, 10)), ((13, 3, 0), (13, 8, 0)), ((13, 6, 59), (13, 8, 59))]


@pytest.mark.parametrize(("asleep", "awake"), NIGHTS)
def test_the_night_is_spread_over_the_morning(asleep: tuple[int, int, int], awake: tuple[int, int, int]) -> None:
    at = np.array([to_micros(datetime(2011, 12, *asleep, tzinfo=UTC))])
    found = from_micros(int(when_awake(at, Behaviour(), "Europe/London")[0]))
    assert found.replace(second=0) == datetime(2011, 12, *awake, tzinfo=UTC)


def test_wall_time_that_does_not_exist_becomes_the_one_an_hour_on() -> None:
    local = np.array([to_micros(datetime(2012, 3, 25, 1, 30, tzinfo=UTC))])
    assert from_micros(int(to_instants(local, "Europe/London")[0])) == datetime(2012, 3, 25, 1, 30, tzinfo=UTC)


def test_wall_time_that_is_there_twice_is_the_first() -> None:
    local = np.array([to_micros(datetime(2012, 10, 28, 1, 30, tzinfo=UTC))])
    assert from_micros(int(to_instants(local, "Europe/London")[0])) == datetime(2012, 10, 28, 0, 30, tzinfo=UTC)


@given(days=st.integers(0, 800), zone=st.sampled_from(ZONES))
def test_local_noon_and_back_is_the_same_instant(days: int, zone: str) -> None:
    noon = datetime(2011, 1, 1, 12, tzinfo=ZoneInfo(zone)) + timedelta(days=days)
    instant = np.array([to_micros(noon.astimezone(UTC))])
    assert to_instants(to_local(instant, zone), zone).tolist() == instant.tolist()
