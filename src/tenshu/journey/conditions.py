"""The conditions inside a scenario, each under a name of its own."""

from collections.abc import Iterable, Mapping
from typing import Final

from tenshu.condition import Condition, Where, parse, parse_where
from tenshu.journey.errors import ConditionInvalid
from tenshu.journey.grammar import Branch, Journey, OnEvent, RawCondition
from tenshu.journey.human import asked_of_people, by_people
from tenshu.kit.errors import TenshuError

ENTRY: Final = "entry"
EXIT_WHEN: Final = "exit_when"


def case_name(step: str, index: int) -> str:
    """Return the name of the condition of one case of a branch."""
    return f"{step}_{index}"


def conditions_of(journey: Journey) -> Mapping[str, Condition]:
    """Return every condition of the scenario by its name.

    Raises:
        ConditionInvalid: one cannot be read.
    """
    return {name: read_condition(raw, path) for name, path, raw in _written(journey)}


def entry_tests(journey: Journey) -> tuple[Where, ...]:
    """Return the tests on the event that opens the scenario.

    Raises:
        ConditionInvalid: one cannot be asked of this event.
    """
    if not isinstance(journey.entry, OnEvent):
        return ()
    path = "$.entry.where"
    try:
        tests = parse_where(list(journey.entry.where), journey.entry.event, path)
    except TenshuError as error:
        raise ConditionInvalid(path=path, problem=error.text()) from error
    return asked_of_people(journey.entry.event, tests)


def asked_at(journey: Journey, steps: Iterable[str]) -> Mapping[str, Condition]:
    """Return the conditions that people at these steps may be asked: leaving, and the cases of branches."""
    wanted = {EXIT_WHEN} | {case_name(step, index) for step in steps for index in range(len(_cases(journey, step)))}
    return {name: read_condition(raw, path) for name, path, raw in _written(journey) if name in wanted}


def read_condition(raw: RawCondition, path: str) -> Condition:
    """Read one condition; openings and clicks in it are people's unless it says otherwise.

    Raises:
        ConditionInvalid: with the path of the condition in the scenario.
    """
    try:
        return by_people(parse(raw))
    except TenshuError as error:
        raise ConditionInvalid(path=path, problem=error.text()) from error


def _cases(journey: Journey, step: str) -> tuple[object, ...]:
    found = journey.steps[step]
    return found.cases if isinstance(found, Branch) else ()


def _written(journey: Journey) -> list[tuple[str, str, RawCondition]]:
    named: list[tuple[str, str, RawCondition | None]] = [
        (ENTRY, "$.entry.condition", journey.entry.condition),
        (EXIT_WHEN, "$.exit_when", journey.exit_when),
    ]
    named += [
        (case_name(name, index), f"$.steps.{name}.cases[{index}].when", case.when)
        for name, step in journey.steps.items()
        if isinstance(step, Branch)
        for index, case in enumerate(step.cases)
    ]
    return [(name, path, raw) for name, path, raw in named if raw is not None]
