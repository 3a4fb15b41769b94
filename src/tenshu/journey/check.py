"""Check that the steps of a scenario hang together: no loose ends, no circle without a wait."""

import math
from collections.abc import Iterator

from tenshu.journey.conditions import conditions_of, entry_tests
from tenshu.journey.errors import (
    ArmTwice,
    EndlessCircle,
    SharesNotWhole,
    TitleMissing,
    UnknownStep,
    UnreachableStep,
    WaitOfNothing,
)
from tenshu.journey.grammar import Journey, Split, Wait
from tenshu.journey.graph import exits_of, reachable_from, running_order


def check_journey(journey: Journey) -> None:
    """Refuse a scenario that could not run.

    Raises:
        JourneyInvalid: with the place, in the order in which a person would put it right.
    """
    if not journey.title:
        raise TitleMissing(path="$.title")
    _check_steps(journey)
    for path, step in _every_exit(journey):
        if step not in journey.steps:
            raise UnknownStep(path=path, step=step, steps=", ".join(journey.steps))
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


def _check_steps(journey: Journey) -> None:
    for name, step in journey.steps.items():
        path = f"$.steps.{name}"
        if isinstance(step, Wait) and not (step.days or step.hours or step.at):
            raise WaitOfNothing(path=path)
        if isinstance(step, Split):
            total = math.fsum(arm.share for arm in step.arms)
            if not math.isclose(total, 1.0, abs_tol=1e-9):
                raise SharesNotWhole(path=f"{path}.arms", total=f"{total:g}")
            names = [arm.name for arm in step.arms]
            for arm in names:
                if names.count(arm) > 1:
                    raise ArmTwice(path=f"{path}.arms", arm=arm)
