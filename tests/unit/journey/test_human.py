"""A branch on a click asks for people, unless the scenario says otherwise."""

from typing import Any

import pytest

from tenshu.condition import parse
from tenshu.journey.conditions import conditions_of, entry_tests
from tenshu.journey.definition import parse_journey
from tenshu.journey.human import HUMAN, asked_of_people, by_people

CLICKED: dict[str, Any] = {"kind": "did", "event": "email_clicked"}
ANY = {"field": "by", "cmp": "one_of", "value": ["human", "machine", "unknown"]}


def journey(**changes: Any) -> Any:
    definition: dict[str, Any] = {
        "tenshu": "journey/1",
        "name": "looked",
        "title": {"en": "Looked"},
        "entry": {"kind": "daily", "at": "10:00", "condition": CLICKED},
        "goal": {"event": "order_completed", "within_days": 14, "target_rate": 0.1},
        "review_on": "2026-09-01",
        "first_step": "way",
        "steps": {
            "way": {"kind": "branch", "cases": [{"when": CLICKED, "next": "end"}], "otherwise": "end"},
            "end": {"kind": "exit"},
        },
    }
    return parse_journey({**definition, **changes})


@pytest.mark.parametrize("event", ["email_clicked", "email_opened"])
@pytest.mark.parametrize("kind", ["did", "did_not"])
def test_a_question_about_answers_is_about_people(kind: str, event: str) -> None:
    asked: Any = by_people(parse({"kind": kind, "event": event}))
    assert asked.where == (HUMAN,)


def test_a_scenario_that_says_otherwise_is_left_alone() -> None:
    said = parse({**CLICKED, "where": [ANY]})
    assert by_people(said) == said


def test_other_events_are_left_alone() -> None:
    said = parse({"kind": "did", "event": "order_completed"})
    assert by_people(said) == said
    trait = parse({"kind": "trait", "trait": "country", "cmp": "is", "value": "Japan"})
    assert by_people(trait) == trait


def test_the_question_is_found_however_deep_it_lies() -> None:
    deep: Any = by_people(parse({"kind": "and", "of": [{"kind": "not", "of": {"kind": "or", "of": [CLICKED]}}]}))
    assert deep.of[0].of.of[0].where == (HUMAN,)


def test_asking_twice_changes_nothing() -> None:
    once = by_people(parse(CLICKED))
    assert by_people(once) == once


def test_the_other_tests_on_the_event_stay() -> None:
    asked: Any = by_people(parse({**CLICKED, "where": [{"field": "journey", "cmp": "is", "value": "hello"}]}))
    assert [test.field for test in asked.where] == ["journey", "by"]


def test_every_condition_of_a_scenario_asks_for_people() -> None:
    asked: Any = conditions_of(journey())
    assert {name: condition.where for name, condition in asked.items()} == {"entry": (HUMAN,), "way_0": (HUMAN,)}


def test_a_scenario_that_a_click_opens_is_opened_by_people() -> None:
    opened = journey(entry={"kind": "event", "event": "email_clicked"})
    assert entry_tests(opened) == (HUMAN,)
    assert asked_of_people("order_completed", ()) == ()
