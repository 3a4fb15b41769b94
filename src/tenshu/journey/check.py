"""Check that the steps of a scenario hang together: no loose ends, no circle without a wait."""

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from tenshu.journey.conditions import conditions_of, entry_tests
from tenshu.journey.errors import (
    ArmTwice,
    DayUnusable,
    EndlessCircle,
    OutcomeReserved,
    SharesNotWhole,
    TitleMissing,
    UnknownChannel,
    UnknownStep,
    UnreachableStep,
    WaitOfNothing,
    WaitTooShort,
)
from tenshu.journey.grammar import CHANNELS, OWN_OUTCOMES, Broadcast, Exit, Journey, Send, Split, Step, Wait
from tenshu.journey.graph import exits_of, reachable_from, running_order

#: Years that every zone can turn into an instant.
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9998
SHORTEST_WAIT: Final = timedelta(minutes=1)


def check_journey(journey: Journey) -> None:
    """Refuse a scenario that could not run.

    Raises:
        JourneyInvalid: with the place, in the order in which a person would put it right.
    """
    if not journey.title:
        raise TitleMissing(path="$.title")
    _check_days(journey)
    for name, step in journey.steps.items():
        _check_step(step, f"$.steps.{name}")
    for path, target in _every_exit(journey):
        if target not in journey.steps:
            raise UnknownStep(path=path, step=target, steps=", ".join(journey.steps))
    reached = reachable_from(journey, [journey.first_step])
    for name in journey.steps:
        if name not in reached:
            raise UnreachableStep(path=f"$.steps.{name}", step=name)
    _, circle = running_order(journey)
    if circle:
        raise EndlessCircle(path=f"$.steps.{circle[0]}", steps=" → ".join([*circle, circle[0]]))
    conditions_of(journey)
    entry_tests(journey)


def _every_exit(journey: Journey) -> Iterator[tuple[str, str]]:
    yield "$.first_step", journey.first_step
    for name, step in journey.steps.items():
        for path, target in exits_of(step):
            yield f"$.steps.{name}.{path}", target


def _check_days(journey: Journey) -> None:
    days: list[tuple[str, str, date | None]] = [("$.review_on", journey.review_on.isoformat(), journey.review_on)]
    if isinstance(journey.entry, Broadcast):
        days.append(("$.entry.at", journey.entry.at, _day_of(journey.entry.at)))
    for path, given, day in days:
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise DayUnusable(path=path, given=given, first=FIRST_YEAR, last=LAST_YEAR)


def _day_of(written: str) -> date | None:
    try:
        return datetime.fromisoformat(written).date()
    except ValueError:  # the pattern of the grammar lets 30 February through
        return None


def _check_step(step: Step, path: str) -> None:
    if isinstance(step, Send) and step.channel not in CHANNELS:
        raise UnknownChannel(path=f"{path}.channel", channel=step.channel, channels=", ".join(CHANNELS))
    if isinstance(step, Exit) and step.outcome in OWN_OUTCOMES:
        raise OutcomeReserved(path=f"{path}.outcome", outcome=step.outcome, reserved=", ".join(OWN_OUTCOMES))
    if isinstance(step, Wait):
        _check_wait(step, path)
    if isinstance(step, Split):
        _check_split(step, path)


def _check_wait(wait: Wait, path: str) -> None:
    """Refuse a wait that may be over at the instant it begins: a circle through it would never end a tick."""
    if wait.days or wait.at:
        return
    if not wait.hours:
        raise WaitOfNothing(path=path)
    if timedelta(hours=wait.hours) < SHORTEST_WAIT:
        raise WaitTooShort(path=path, hours=f"{wait.hours:g}")


def _check_split(split: Split, path: str) -> None:
    total = math.fsum(arm.share for arm in split.arms)
    if not math.isclose(total, 1.0, abs_tol=1e-9):
        raise SharesNotWhole(path=f"{path}.arms", total=f"{total:g}")
    names = [arm.name for arm in split.arms]
    for arm in names:
        if names.count(arm) > 1:
            raise ArmTwice(path=f"{path}.arms", arm=arm)
