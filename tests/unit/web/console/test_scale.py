"""A scale shows every value and zero, with few round ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.web.console.scale import Scale, digits_for, round_step, scale_for

VALUES = st.lists(
    st.floats(-1e6, 1e6, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-6), min_size=1
)


@pytest.mark.parametrize(
    ("size", "step"),
    [
        (1.0, 1.0),
        (1.01, 2.0),
        (2.0, 2.0),
        (2.5, 5.0),
        (5.1, 10.0),
        (0.13, 0.2),
        (30.0, 50.0),
        (0.0004, 0.0005),
        (99.0, 100.0),
    ],
)
def test_a_step_is_1_2_or_5_times_a_power_of_ten(size: float, step: float) -> None:
    assert round_step(size) == pytest.approx(step)


@given(st.floats(1e-6, 1e9))
def test_a_step_is_never_smaller_than_asked(size: float) -> None:
    assert size * (1 - 1e-6) <= round_step(size) <= size * 10


@pytest.mark.parametrize(
    ("step", "digits"), [(100.0, 0), (5.0, 0), (1.0, 0), (0.5, 1), (0.2, 1), (0.05, 2), (0.001, 3)]
)
def test_ticks_have_the_digits_that_tell_them_apart(step: float, digits: int) -> None:
    assert digits_for(step) == digits


@given(VALUES)
def test_every_value_and_zero_stand_inside_the_frame(values: list[float]) -> None:
    scale = scale_for(values)
    for value in [*values, 0.0]:
        assert 0 <= scale.place(value) <= 100


@given(VALUES)
def test_larger_values_never_stand_further_left(values: list[float]) -> None:
    scale = scale_for(values)
    places = [scale.place(value) for value in sorted(values)]
    assert places == sorted(places)


@given(VALUES, st.integers(3, 6))
def test_there_are_few_ticks_and_zero_is_one(values: list[float], most: int) -> None:
    scale = scale_for(values)
    ticks = scale.ticks(scale.step(most))
    assert len(ticks) <= most
    assert 0.0 in [abs(tick) for tick in ticks]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (-3.9, 5.1, [-2, 0, 2, 4]),  # a step of 1 would make 9
        (0.0, 33.8, [0, 10, 20, 30]),  # 5 would make 7
        (-0.4, 0.3, [-0.4, -0.2, 0, 0.2]),
        (-31.0, 0.0, [-30, -20, -10, 0]),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    scale = scale_for([low, high])
    assert scale.ticks(scale.step(5)) == pytest.approx(ticks)


def test_the_ends_keep_their_distance_from_the_frame() -> None:
    scale = Scale(-1.0, 1.0, margin=7.0)
    assert (scale.place(-1.0), scale.place(0.0), scale.place(1.0)) == (7.0, 50.0, 93.0)


def test_nothing_but_zero_still_has_a_line() -> None:
    assert scale_for([0.0]).place(0.0) == 50.0
