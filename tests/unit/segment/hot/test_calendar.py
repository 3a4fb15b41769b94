"""Windows close exactly when the grammar says so, where clocks change too."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenshu.condition.grammar import Between, Within
from tenshu.condition.window import window
from tenshu.segment.hot.arrays import EVER, NEVER
from tenshu.segment.hot.calendar import Calendar
from tenshu.store.tables import from_micros, to_micros

_TICK = timedelta(microseconds=1)
#: Zones whose clocks change at midnight, at other hours, by half an hour, not at all, and that lost a day.
ZONES = ("Asia/Tokyo", "Europe/London", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia")
_instants = st.integers(to_micros(datetime(2008, 1, 1, tzinfo=UTC)), to_micros(datetime(2030, 1, 1, tzinfo=UTC))).map(
    from_micros
)
_days = st.builds(lambda days: Within(days=days), st.integers(0, 400))
_hours = st.builds(lambda hours: Within(hours=hours), st.integers(1, 9_000))


def closing(calendar: Calendar, within: Within, happened: datetime) -> datetime:
    return from_micros(int(calendar.closes(within, np.array([to_micros(happened)]))[0]))


@settings(max_examples=400, deadline=None)
@given(zone=st.sampled_from(ZONES), within=st.one_of(_days, _hours), happened=_instants)
@example(zone="America/Sao_Paulo", within=Within(days=1), happened=datetime(2018, 11, 3, 2, 59, 59, 999999, tzinfo=UTC))
@example(zone="Pacific/Apia", within=Within(days=1), happened=datetime(2011, 12, 29, 12, tzinfo=UTC))
def test_a_window_holds_a_fact_until_it_closes_and_not_a_microsecond_longer(
    zone: str, within: Within, happened: datetime
) -> None:
    closes = closing(Calendar(zone), within, happened)
    assert window(within, None, now=closes - _TICK, zone=zone).holds(happened)
    assert not window(within, None, now=closes, zone=zone).holds(happened)


@settings(max_examples=100, deadline=None)
@given(zone=st.sampled_from(ZONES), within=_days, happened=st.lists(_instants, min_size=1, max_size=20))
def test_many_instants_close_when_each_of_them_does(zone: str, within: Within, happened: list[datetime]) -> None:
    together = Calendar(zone).closes(within, np.array([to_micros(one) for one in happened]))
    assert [from_micros(int(one)) for one in together] == [closing(Calendar(zone), within, one) for one in happened]


def test_what_never_happened_never_closes() -> None:
    calendar = Calendar("Asia/Tokyo")
    for within in (Within(days=7), Within(hours=7)):
        assert calendar.closes(within, np.array([NEVER, NEVER])).tolist() == [NEVER, NEVER]


def test_a_window_that_ends_after_the_calendar_never_closes() -> None:
    at = np.array([to_micros(datetime(9990, 1, 1, tzinfo=UTC))])
    assert Calendar("Asia/Tokyo").closes(Within(days=36_600), at).tolist() == [NEVER]


def test_a_day_that_clocks_open_twice_closes_windows_at_its_first_beginning() -> None:
    # In St. John's clocks went back from 00:01 to 23:01 of the day before, so that 7 November 2010 began twice.
    happened = datetime(2010, 11, 5, 12, tzinfo=UTC)
    assert closing(Calendar("America/St_Johns"), Within(days=1), happened) == datetime(2010, 11, 7, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("between", "since", "until"),
    [
        (None, EVER, NEVER),
        (Between(from_on=date(2026, 3, 1)), datetime(2026, 2, 28, 15, tzinfo=UTC), NEVER),
        (Between(to_on=date(2026, 3, 1)), EVER, datetime(2026, 3, 1, 15, tzinfo=UTC)),
        (Between(from_on=date.min, to_on=date.max), EVER, NEVER),
    ],
    ids=["always", "from a date", "to a date", "from the first day to the last"],
)
def test_dates_reach_from_a_midnight_to_a_midnight(
    between: Between | None, since: int | datetime, until: int | datetime
) -> None:
    ends = [one if isinstance(one, int) else to_micros(one) for one in (since, until)]
    assert list(Calendar("Asia/Tokyo").between(between)) == ends
