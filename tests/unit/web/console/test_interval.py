"""An estimate is drawn as a range with zero, and with the truth only where somebody knows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.measure.lift import Lift
from tenshu.web.console import figures
from tenshu.web.console.interval import IntervalView, contains, interval_view

FINITE = st.floats(-1e4, 1e4, allow_nan=False).map(lambda value: round(value, 3))


def drawn(lift: Lift, *, factor: float = 1.0) -> IntervalView:
    """Return the drawing; there must be one."""
    view = interval_view(lift, figures.tick_number, factor=factor)
    assert view is not None
    return view


def test_the_estimate_stands_inside_its_range() -> None:
    view = drawn(Lift(estimate=0.5, low=-1.0, high=2.0))
    assert view.start < view.estimate < view.start + view.width
    assert view.start < view.zero < view.start + view.width


def test_zero_stands_outside_a_range_that_does_not_cross_it() -> None:
    view = drawn(Lift(estimate=2.0, low=1.0, high=3.0))
    assert view.zero < view.start


def test_a_harmful_range_stands_left_of_zero() -> None:
    view = drawn(Lift(estimate=-2.0, low=-3.0, high=-1.0))
    assert view.start + view.width < view.zero


@pytest.mark.parametrize(
    "lift",
    [
        Lift(),
        Lift(estimate=1.0),
        Lift(estimate=1.0, low=0.5),
        Lift(low=0.5, high=1.0),
        Lift(truth=3.0),
    ],
)
def test_there_is_no_drawing_without_an_interval(lift: Lift) -> None:
    assert interval_view(lift, figures.tick_number) is None


def test_the_truth_is_marked_only_where_it_is_known() -> None:
    assert drawn(Lift(estimate=1.0, low=0.0, high=2.0)).truth is None
    assert drawn(Lift(estimate=1.0, low=0.0, high=2.0, truth=1.5)).truth is not None


def test_a_truth_far_outside_is_still_in_the_frame() -> None:
    view = drawn(Lift(estimate=1.0, low=0.9, high=1.1, truth=40.0))
    assert view.truth is not None
    assert view.start + view.width < view.truth <= 100


def test_the_factor_is_on_the_axis() -> None:
    view = drawn(Lift(estimate=0.006, low=-0.039, high=0.051), factor=100)
    assert [tick.text for tick in view.ticks] == ["−2", "0", "+2", "+4"]


def test_a_very_narrow_range_can_still_be_seen() -> None:
    assert drawn(Lift(estimate=1000.0, low=999.999, high=1000.001)).width >= 0.4


@given(FINITE, FINITE, FINITE, st.none() | FINITE)
def test_everything_is_inside_the_frame(one: float, two: float, three: float, truth: float | None) -> None:
    low, estimate, high = sorted((one, two, three))
    view = drawn(Lift(estimate=estimate, low=low, high=high, truth=truth))
    places = [view.start, view.start + view.width, view.estimate, view.zero, *(tick.place for tick in view.ticks)]
    if view.truth is not None:
        places.append(view.truth)
    assert all(0 <= place <= 100 for place in places)


@pytest.mark.parametrize(
    ("lift", "holds"),
    [
        (Lift(estimate=1.0, low=0.0, high=2.0, truth=1.0), True),
        (Lift(estimate=1.0, low=0.0, high=2.0, truth=2.0), True),  # the end belongs to it
        (Lift(estimate=1.0, low=0.0, high=2.0, truth=2.1), False),
        (Lift(estimate=1.0, low=0.0, high=2.0), None),
        (Lift(truth=1.0), None),
    ],
)
def test_an_interval_says_whether_it_holds_the_truth(lift: Lift, *, holds: bool | None) -> None:
    assert contains(lift) is holds
