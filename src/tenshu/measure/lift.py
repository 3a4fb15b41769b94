"""Estimate what a scenario changed, not what happened after it.

Some of the people who enter a scenario are held out by a lottery and get nothing. They live through
the same days, the same weather and the same sales, so the difference between the arms is what the
scenario did. Everybody who entered counts in the arm drawn at entry, reached or not (intent to
treat); dropping the unreached would compare people who differ in more than the message.

Assumptions: 1. the arms were drawn by chance (checked by `sample_ratio`); 2. one person's message
does not change another's outcome; 3. the outcome of a person is one number over one window.

The interval is Welch's (Welch 1947; degrees of freedom after Satterthwaite 1946) with one guard:
each arm's variance is taken no smaller than the pooled one. Orders are rare and skewed and the
hold-out is small, so a hold-out that happened to hold few buyers has at once a low mean and a low
variance, and the plain interval is too narrow just when the estimate is too high: with 40 held out
and one buyer in twelve it covers the truth in 91 % of cases, guarded in more than 95 %.
"""

import math
from enum import StrEnum
from types import ModuleType
from typing import Final, cast

import msgspec
import numpy as np
from numpy.typing import ArrayLike

CONFIDENCE: Final = 0.95
POWER: Final = 0.8
#: Below this the arms' sizes are not chance (Fabijan et al. 2019 use the same strict border).
SUSPECT_P: Final = 0.001
#: No plan reaches further: an effect that small counts as none.
MOST_PEOPLE: Final = 1e9


class Verdict(StrEnum):
    """What may be said about the difference between the arms."""

    CANNOT_KNOW_YET = "cannot_know_yet"
    NO_DIFFERENCE = "no_difference"
    HELPED = "helped"
    HURT = "hurt"


class SampleStats(msgspec.Struct, frozen=True, kw_only=True):
    """One arm in three numbers: enough for the difference of means.

    Attributes:
        people: how many entered.
        mean: of the outcome per person.
        variance: of the sample (divided by people - 1); 0 for fewer than two people.
    """

    people: int
    mean: float
    variance: float


class Lift(msgspec.Struct, frozen=True, kw_only=True):
    """The difference treated minus held out, in units of the outcome per entered person.

    Attributes:
        estimate: difference of the arms' means; None when it cannot be known at all.
        low: lower end of the 95 % interval.
        high: upper end of the 95 % interval.
        verdict: what may be said.
        more_people: about how many more people must enter (both arms together, at this hold-out
            share) before the effect can be told from nothing; None when it is known already or
            when the data cannot say.
        truth: what the scenario really changed, known only in a rehearsal.
    """

    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: Verdict = Verdict.CANNOT_KNOW_YET
    more_people: int | None = None
    truth: float | None = None


class SampleRatio(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the arms are as large as their shares say.

    Attributes:
        expected_rate: the hold-out share that the scenario asks for.
        observed_rate: the share that was found; None when nobody entered.
        p_value: chi-square test; None when nobody entered or there is no hold-out.
        is_suspect: p < .001: something sorted people between the arms, so the lift must not be trusted.
    """

    expected_rate: float = 0.0
    observed_rate: float | None = None
    p_value: float | None = None
    is_suspect: bool = False


def sample_stats(values: ArrayLike) -> SampleStats:
    """Sum an arm up.

    >>> sample_stats([0, 0, 3])
    SampleStats(people=3, mean=1.0, variance=3.0)
    """
    outcome = np.asarray(values, dtype=np.float64)
    if outcome.size == 0:
        return SampleStats(people=0, mean=0.0, variance=0.0)
    variance = float(outcome.var(ddof=1)) if outcome.size > 1 else 0.0
    return SampleStats(people=outcome.size, mean=float(outcome.mean()), variance=variance)


def lift(
    treated: SampleStats, held_out: SampleStats, *, target: float | None = None, truth: float | None = None
) -> Lift:
    """Estimate the difference with its 95 % interval, or say that it cannot be known yet.

    Args:
        treated: everybody whose arm is treated.
        held_out: everybody whose arm is held out.
        target: the smallest difference that would matter; without one, "no difference" is never
            said, because an interval around zero may always hide a small effect.
        truth: what the scenario really changed, in a rehearsal; it is only carried along.

    >>> known = lift(
    ...     SampleStats(people=900, mean=0.30, variance=0.25),
    ...     SampleStats(people=100, mean=0.10, variance=0.10),
    ... )
    >>> round(known.estimate, 2), round(known.low, 2), known.verdict.value
    (0.2, 0.1, 'helped')
    """
    if min(treated.people, held_out.people) < 2 or min(treated.variance, held_out.variance) <= 0:
        return Lift(more_people=_more_people(treated, held_out, target), truth=truth)
    estimate = treated.mean - held_out.mean
    half = _half_width(treated, held_out)
    low, high = estimate - half, estimate + half
    verdict = _verdict(low, high, target)
    more = _more_people(treated, held_out, target) if verdict is Verdict.CANNOT_KNOW_YET else None
    return Lift(estimate=estimate, low=low, high=high, verdict=verdict, more_people=more, truth=truth)


def sample_ratio(treated: int, held_out: int, expected_rate: float) -> SampleRatio:
    """Check that as many were held out as the scenario asks for.

    >>> sample_ratio(700, 300, 0.1).is_suspect
    True
    """
    people = treated + held_out
    if people == 0:
        return SampleRatio(expected_rate=expected_rate)
    observed = held_out / people
    if not 0 < expected_rate < 1:
        return SampleRatio(expected_rate=expected_rate, observed_rate=observed)
    expected = [people * (1 - expected_rate), people * expected_rate]
    p_value = _chi_square_p([treated, held_out], expected)
    return SampleRatio(
        expected_rate=expected_rate, observed_rate=observed, p_value=p_value, is_suspect=p_value < SUSPECT_P
    )


def _chi_square_p(found: list[int], expected: list[float]) -> float:
    squares = sum((one - other) ** 2 / other for one, other in zip(found, expected, strict=True))
    return float(_special().chdtrc(len(found) - 1, squares))


def _special() -> ModuleType:
    """Return the distributions: loaded by whoever computes, not by whoever only shows a report."""
    from scipy import special  # noqa: PLC0415

    return cast("ModuleType", special)


def _verdict(low: float, high: float, target: float | None) -> Verdict:
    if low > 0:
        return Verdict.HELPED
    if high < 0:
        return Verdict.HURT
    if target is not None and max(-low, high) < target:
        return Verdict.NO_DIFFERENCE
    return Verdict.CANNOT_KNOW_YET


def _half_width(treated: SampleStats, held_out: SampleStats) -> float:
    one, other = (part / arm.people for part, arm in zip(_guarded(treated, held_out), (treated, held_out), strict=True))
    freedom = (one + other) ** 2 / (one**2 / (treated.people - 1) + other**2 / (held_out.people - 1))
    return float(_special().stdtrit(freedom, (1 + CONFIDENCE) / 2)) * math.sqrt(one + other)


def _guarded(treated: SampleStats, held_out: SampleStats) -> tuple[float, float]:
    """Return both arms' variances, neither smaller than the pooled one."""
    freedom = max(treated.people - 1, 0) + max(held_out.people - 1, 0)
    spread = max(treated.people - 1, 0) * treated.variance + max(held_out.people - 1, 0) * held_out.variance
    pooled = spread / freedom if freedom else 0.0
    return max(treated.variance, pooled), max(held_out.variance, pooled)


def _more_people(treated: SampleStats, held_out: SampleStats, target: float | None) -> int | None:
    """Return about how many more must enter to see the effect with 80 % power, at this hold-out share."""
    people = treated.people + held_out.people
    if min(treated.people, held_out.people) == 0:
        return None
    one, other = _guarded(treated, held_out)
    share = held_out.people / people
    spread = one / (1 - share) + other / share  # variance of the difference, times people
    reach = float(_special().ndtri((1 + CONFIDENCE) / 2) + _special().ndtri(POWER))
    for effect in (target, abs(treated.mean - held_out.mean)):
        # An effect that would take more people than any shop has is as good as none.
        if effect and effect > reach * math.sqrt(spread / MOST_PEOPLE):
            more = spread * (reach / effect) ** 2 - people
            if more > 0:
                return _about(more)
    return None


def _about(number: float) -> int:
    """Round up to two significant figures: the answer is a plan, not a measurement."""
    unit = int(10 ** max(math.floor(math.log10(max(number, 1))) - 1, 0))
    return math.ceil(number / unit) * unit
