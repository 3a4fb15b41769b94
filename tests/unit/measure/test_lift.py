"""The lift is right about as often as it says, and silent when it cannot know."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from scipy import stats

from tenshu.measure.lift import Lift, SampleStats, Verdict, lift, sample_ratio, sample_stats

Floats = NDArray[np.float64]


def arm(people: int, mean: float, variance: float) -> SampleStats:
    """Return an arm by its three numbers."""
    return SampleStats(people=people, mean=mean, variance=variance)


def width(found: Lift) -> float:
    """Return how wide the range is."""
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def test_three_numbers_sum_an_arm_up() -> None:
    # mean 6 / 4; (2.25 + 0.25 + 0.25 + 6.25) / 3 = 3
    found = sample_stats([0, 1, 1, 4])
    assert found == arm(4, 1.5, 3.0)


@pytest.mark.parametrize("values", [[], [5.0]])
def test_arm_of_nobody_or_one_has_no_spread(values: list[float]) -> None:
    assert sample_stats(values).variance == 0.0
    assert sample_stats(values).people == len(values)


def test_equal_variances_give_the_interval_of_welch() -> None:
    one = np.array([3.0, 5.0, 7.0, 9.0, 1.0, 5.0])
    other = one - 2.0
    expected = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    found = lift(sample_stats(one), sample_stats(other))
    assert found.estimate == pytest.approx(2.0)
    assert found.low == pytest.approx(expected.low)
    assert found.high == pytest.approx(expected.high)


def test_interval_is_never_narrower_than_that_of_welch() -> None:
    rng = default_rng(1)
    for _round in range(50):
        one, other = rng.poisson(0.4, 300).astype(float), rng.poisson(0.3, 40).astype(float)
        plain = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
        found = lift(sample_stats(one), sample_stats(other))
        assert width(found) >= (plain.high - plain.low) * 0.999


def test_lucky_hold_out_does_not_make_the_interval_narrow() -> None:
    treated = arm(900, 0.2, 0.3)
    # one buyer among 40: its own variance is 0.025, but the treated show that orders spread far more
    found = lift(treated, arm(40, 0.025, 0.025))
    as_if_equal = lift(treated, arm(40, 0.025, 0.3))
    assert width(found) == pytest.approx(width(as_if_equal), rel=0.05)


VERDICTS = [
    # treated mean, held out mean, variance, people an arm, target -> verdict; half width about 1.96 x sqrt(2 v / n)
    (0.30, 0.10, 0.25, 500, None, Verdict.HELPED),  # 0.20 against 0.062
    (0.10, 0.30, 0.25, 500, None, Verdict.HURT),
    (0.12, 0.10, 0.25, 500, None, Verdict.CANNOT_KNOW_YET),  # 0.02 against 0.062
    (0.12, 0.10, 0.25, 500, 0.05, Verdict.CANNOT_KNOW_YET),  # up to 0.082: more than the target
    (0.12, 0.10, 0.25, 500, 0.10, Verdict.NO_DIFFERENCE),  # within -0.042 .. 0.082
    (0.30, 0.10, 0.25, 500, 0.50, Verdict.HELPED),  # less than hoped for is still a help
]


@pytest.mark.parametrize(("here", "there", "variance", "people", "target", "verdict"), VERDICTS)
def test_verdict_follows_from_the_range(
    here: float, there: float, variance: float, people: int, target: float | None, verdict: Verdict
) -> None:
    found = lift(arm(people, here, variance), arm(people, there, variance), target=target)
    assert found.verdict is verdict


UNKNOWABLE = [
    (arm(0, 0, 0), arm(0, 0, 0)),
    (arm(100, 0.2, 0.3), arm(0, 0, 0)),  # nobody held out
    (arm(100, 0.2, 0.3), arm(1, 1.0, 0)),  # one person has no spread
    (arm(1, 1.0, 0), arm(100, 0.2, 0.3)),
    (arm(100, 0.2, 0.3), arm(10, 0, 0)),  # nobody of the held out bought: its spread cannot be judged
    (arm(100, 0, 0), arm(10, 0, 0)),
]


@pytest.mark.parametrize(("treated", "held_out"), UNKNOWABLE)
def test_arm_that_shows_no_spread_gives_no_numbers(treated: SampleStats, held_out: SampleStats) -> None:
    found = lift(treated, held_out, truth=0.1)
    assert (found.estimate, found.low, found.high) == (None, None, None)
    assert found.verdict is Verdict.CANNOT_KNOW_YET
    assert found.truth == 0.1


def test_numbers_come_with_an_unknown_verdict_too() -> None:
    found = lift(arm(500, 0.12, 0.25), arm(500, 0.10, 0.25))
    assert found.estimate == pytest.approx(0.02)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_more_people_follows_from_the_textbook() -> None:
    # v = 0.25 in both arms of equal size, effect 0.02: n an arm = 2 x 0.25 x (1.95996 + 0.84162)² / 0.02² = 9811,
    # so 19 622 in all, 18 622 more than the 1 000 there are; told as a round number, upwards.
    assert lift(arm(500, 0.12, 0.25), arm(500, 0.10, 0.25)).more_people == 19_000


def test_small_hold_out_needs_more_people() -> None:
    half = lift(arm(500, 0.12, 0.25), arm(500, 0.10, 0.25)).more_people
    tenth = lift(arm(900, 0.12, 0.25), arm(100, 0.10, 0.25)).more_people
    assert half is not None
    assert tenth is not None
    # 1 / (h (1 - h)): 11.1 against 4
    assert tenth / half == pytest.approx(2.85, rel=0.1)


def test_target_sets_the_size_when_there_is_one() -> None:
    # 0.05 instead of the observed 0.02: (0.02 / 0.05)² of 19 622 = 3 140, minus 1 000
    assert lift(arm(500, 0.12, 0.25), arm(500, 0.10, 0.25), target=0.05).more_people == 2_200


def test_known_effect_needs_nobody_more() -> None:
    assert lift(arm(500, 0.3, 0.25), arm(500, 0.1, 0.25)).more_people is None


def test_no_effect_and_no_target_has_no_size() -> None:
    assert lift(arm(500, 0.1, 0.25), arm(500, 0.1, 0.25)).more_people is None


@pytest.mark.parametrize("effect", [1e-230, 1e-9, 1e-5])
def test_effect_that_no_shop_has_the_people_for_has_no_size(effect: float) -> None:
    # 1e-5 at v = 0.25 would take 7.8e10 people
    assert lift(arm(500, 0.0 + effect, 0.25), arm(500, 0.0, 0.25)).more_people is None


def test_hold_out_without_buyers_still_tells_how_many_more() -> None:
    # the spread is that of both arms together
    more = lift(arm(90, 0.1, 0.1), arm(10, 0.0, 0.0)).more_people
    assert more is not None
    assert 500 < more < 2_000


@given(
    people=st.tuples(st.integers(2, 5000), st.integers(2, 5000)),
    means=st.tuples(st.floats(-5, 5), st.floats(-5, 5)),
    variances=st.tuples(st.floats(0.01, 9), st.floats(0.01, 9)),
)
def test_swapping_the_arms_turns_the_sign(
    people: tuple[int, int], means: tuple[float, float], variances: tuple[float, float]
) -> None:
    one, other = (arm(*numbers) for numbers in zip(people, means, variances, strict=True))
    there, back = lift(one, other), lift(other, one)
    assert there.estimate is not None
    assert there.low is not None
    assert there.high is not None
    assert back.low is not None
    assert there.low <= there.estimate <= there.high
    assert back.estimate == pytest.approx(-there.estimate)
    assert back.low == pytest.approx(-there.high)
    opposite = {Verdict.HELPED: Verdict.HURT, Verdict.HURT: Verdict.HELPED}
    assert back.verdict is opposite.get(there.verdict, there.verdict)


@given(
    values=st.lists(st.integers(0, 20), min_size=3, max_size=30),
    others=st.lists(st.integers(0, 20), min_size=3, max_size=30),
    factor=st.integers(2, 1000),
)
def test_another_unit_changes_nothing_but_the_unit(values: list[int], others: list[int], factor: int) -> None:
    plain = lift(sample_stats(values), sample_stats(others))
    scaled = lift(sample_stats(np.array(values) * factor), sample_stats(np.array(others) * factor))
    assert scaled.verdict is plain.verdict
    if plain.low is not None and scaled.low is not None:
        assert scaled.low == pytest.approx(plain.low * factor, rel=1e-6, abs=1e-6)


@given(people=st.integers(10, 2000), extra=st.integers(1, 2000), variance=st.floats(0.05, 4))
def test_more_people_never_make_the_range_wider(people: int, extra: int, variance: float) -> None:
    few = lift(arm(people, 1.0, variance), arm(people, 0.5, variance))
    many = lift(arm(people + extra, 1.0, variance), arm(people + extra, 0.5, variance))
    assert few.low is not None
    assert many.low is not None
    assert many.low > few.low


def orders(rng: Generator, people: int, *, buyers: float, again: float) -> Floats:
    """Draw orders per person: most have none, some one, a few many."""
    is_buyer = (rng.random(people) < buyers).astype(np.float64)
    return is_buyer * rng.geometric(1 - again, people).astype(np.float64)


COVERAGE = [
    # share of buyers, chance of one more order, held out, orders added per treated person
    (0.08, 0.3, 40, 0.05),
    (0.08, 0.3, 100, 0.0),
    (0.20, 0.3, 40, 0.05),
    (0.20, 0.6, 70, 0.05),  # far out in the tail: a few order ten times
    (0.40, 0.3, 100, 0.1),
]


@pytest.mark.parametrize(("buyers", "again", "held_out", "added"), COVERAGE)
def test_range_holds_the_truth_at_least_as_often_as_it_says(
    buyers: float, again: float, held_out: int, added: float
) -> None:
    rng = default_rng(20260302)
    held, told = 0, 0
    for _round in range(600):
        there = orders(rng, held_out, buyers=buyers, again=again)
        silent = orders(rng, held_out * 9, buyers=buyers, again=again)
        here = silent + (rng.random(silent.size) < added)
        found = lift(sample_stats(here), sample_stats(there))
        if found.low is None or found.high is None:
            continue
        told += 1
        held += found.low <= float((here - silent).mean()) <= found.high
    assert told > 500
    # 95 % minus three standard errors of 600 rounds (0.027), for the simulation's own chance
    assert held / told >= 0.923


def test_scenario_that_does_nothing_is_seldom_praised() -> None:
    rng = default_rng(7)
    verdicts = [
        lift(
            sample_stats(orders(rng, 900, buyers=0.2, again=0.3)), sample_stats(orders(rng, 100, buyers=0.2, again=0.3))
        ).verdict
        for _round in range(600)
    ]
    praised = sum(verdict in {Verdict.HELPED, Verdict.HURT} for verdict in verdicts)
    assert praised / 600 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 600)


def test_as_many_people_as_said_do_find_the_effect() -> None:
    rng = default_rng(11)
    first = lift(arm(900, 0.30, 0.30), arm(100, 0.25, 0.30))
    assert first.more_people is not None
    people = 1000 + first.more_people
    held_out = people // 10
    found = 0
    for _round in range(200):
        here = rng.normal(0.30, math.sqrt(0.30), people - held_out)
        there = rng.normal(0.25, math.sqrt(0.30), held_out)
        found += lift(sample_stats(here), sample_stats(there)).verdict is Verdict.HELPED
    # power 0.8; three standard errors of 200 rounds are 0.085
    assert 0.70 <= found / 200 <= 0.92


RATIOS = [
    # treated, held out, expected -> suspect
    (900, 100, 0.1, False),
    (920, 80, 0.1, False),  # 2.1 standard errors: chance does that
    (940, 60, 0.1, True),  # 4.2 standard errors
    (800, 200, 0.1, True),
    (9, 1, 0.1, False),
    (500, 500, 0.5, False),
]


@pytest.mark.parametrize(("treated", "held_out", "expected", "is_suspect"), RATIOS)
def test_arms_of_the_wrong_size_are_suspect(treated: int, held_out: int, expected: float, is_suspect: bool) -> None:  # noqa: FBT001
    found = sample_ratio(treated, held_out, expected)
    assert found.is_suspect is is_suspect
    assert found.observed_rate == held_out / (treated + held_out)
    assert found.p_value is not None


def test_nobody_entered_is_not_suspect() -> None:
    found = sample_ratio(0, 0, 0.1)
    assert (found.observed_rate, found.p_value, found.is_suspect) == (None, None, False)


def test_scenario_without_a_hold_out_has_no_ratio_to_test() -> None:
    found = sample_ratio(500, 0, 0.0)
    assert (found.observed_rate, found.p_value, found.is_suspect) == (0.0, None, False)
