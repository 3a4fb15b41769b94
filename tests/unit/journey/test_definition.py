"""Definitions are read, checked as a whole and written back."""

import json
from typing import Any

import jsonschema
import pytest

from tenshu.journey.definition import parse_journey, schema, to_json
from tenshu.journey.errors import (
    ArmTwice,
    ConditionInvalid,
    EndlessCircle,
    JourneyInvalid,
    SharesNotWhole,
    TitleMissing,
    UnknownStep,
    UnreachableStep,
    WaitOfNothing,
)
from tests.unit.journey.examples import IN_OSAKA, SEND_AND_END, definition, journey


def steps_with(**more: dict[str, Any]) -> dict[str, Any]:
    """Return a definition whose steps are a mail and an end, and these."""
    return definition(steps={**SEND_AND_END, **more})


def test_definition_is_read_from_bytes_text_and_values_alike() -> None:
    data = definition()
    text = json.dumps(data)
    assert parse_journey(data) == parse_journey(text) == parse_journey(text.encode())


def test_defaults_are_those_of_a_careful_shop() -> None:
    found = journey()
    assert (found.purpose, found.priority, found.holdout_rate) == ("marketing", 50, 0.1)
    assert found.goal.ends_journey


def test_definition_written_back_is_the_same_scenario() -> None:
    found = journey(exit_when=IN_OSAKA, priority=7)
    assert parse_journey(to_json(found)) == found


def test_definition_fits_its_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(definition(), schema())
    jsonschema.validate(json.loads(to_json(journey())), schema())


@pytest.mark.parametrize(
    "broken",
    [
        definition(first_step=1),
        definition(unknown=True),
        definition(entry={"kind": "broadcast", "at": "2026-01-05T10:00", "condition": {"kind": "magic"}}),
        definition(exit_when={"kind": "magic"}),
    ],
)
def test_json_schema_refuses_what_the_reader_refuses(broken: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema())
    with pytest.raises(JourneyInvalid):
        parse_journey(broken)


@pytest.mark.parametrize("missing", ["goal", "review_on", "entry", "first_step", "steps", "title", "name", "tenshu"])
def test_definition_without_an_essential_part_is_refused(missing: str) -> None:
    data = definition()
    del data[missing]
    with pytest.raises(JourneyInvalid, match=missing):
        parse_journey(data)


def test_goal_needs_a_target() -> None:
    with pytest.raises(JourneyInvalid, match="target_rate"):
        parse_journey(definition(goal={"event": "order_completed", "within_days": 14}))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"holdout_rate": 1.0}, "$.holdout_rate"),
        ({"holdout_rate": -0.1}, "$.holdout_rate"),
        ({"priority": 101}, "$.priority"),
        ({"name": "Bad Name"}, "$.name"),
        ({"name": "x\n"}, "$.name"),
        ({"purpose": "spam"}, "$.purpose"),
        ({"review_on": "tomorrow"}, "$.review_on"),
        ({"entry": {"kind": "daily", "at": "24:00", "condition": IN_OSAKA}}, "$.entry.at"),
        ({"entry": {"kind": "daily", "at": "9:00", "condition": IN_OSAKA}}, "$.entry.at"),
        ({"entry": {"kind": "hourly"}}, "$.entry.kind"),
        ({"reentry": {"kind": "after", "days": 0}}, "$.reentry.days"),
        ({"goal": {"event": "e", "within_days": 0, "target_rate": 0.1}}, "$.goal.within_days"),
        ({"tenshu": "journey/2"}, "$.tenshu"),
    ],
)
def test_error_names_the_place(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(JourneyInvalid) as caught:
        parse_journey(definition(**changes))
    assert caught.value.given["path"] == path


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({"kind": "send", "channel": "email", "next": "end"}, "$.steps.odd"),  # no template named
        ({"kind": "teleport"}, "$.steps.odd.kind"),
        ({"kind": "wait", "days": -1, "next": "end"}, "$.steps.odd.days"),
        ({"kind": "wait", "at": "noon", "next": "end"}, "$.steps.odd.at"),
        ({"kind": "branch", "cases": [], "otherwise": "end"}, "$.steps.odd.cases"),
        ({"kind": "branch", "cases": [{"when": IN_OSAKA}], "otherwise": "end"}, "$.steps.odd.cases[0]"),
        ({"kind": "split", "arms": [{"name": "a", "share": 1, "next": "end"}]}, "$.steps.odd.arms"),
        ({"kind": "exit", "surprise": 1}, "$.steps.odd"),
    ],
)
def test_error_in_a_step_names_the_step(step: dict[str, Any], path: str) -> None:
    with pytest.raises(JourneyInvalid) as caught:
        parse_journey(steps_with(odd=step))
    assert caught.value.given["path"] == path


@pytest.mark.parametrize("text", ["", "{", "[]", "null", b"\xff\xfe", '{"tenshu": "journey/1"}', '"journey"'])
def test_what_is_no_definition_is_refused(text: str | bytes) -> None:
    with pytest.raises(JourneyInvalid):
        parse_journey(text)


def test_definition_that_is_not_even_an_object_of_steps_is_refused() -> None:
    with pytest.raises(JourneyInvalid):
        parse_journey(definition(steps=[1, 2]))


def test_step_that_leads_nowhere_is_refused() -> None:
    data = steps_with()
    data["steps"]["hello"]["next"] = "gone"
    with pytest.raises(UnknownStep) as caught:
        parse_journey(data)
    assert caught.value.given == {"path": "$.steps.hello.next", "step": "gone", "steps": "hello, end"}


def test_first_step_must_exist() -> None:
    with pytest.raises(UnknownStep, match="first_step"):
        parse_journey(definition(first_step="nowhere"))


def test_case_that_leads_nowhere_is_refused_with_its_number() -> None:
    data = definition()
    data["steps"]["asked"]["cases"][1]["next"] = "gone"
    with pytest.raises(UnknownStep) as caught:
        parse_journey(data)
    assert caught.value.given["path"] == "$.steps.asked.cases[1].next"


def test_step_that_nobody_can_reach_is_refused() -> None:
    with pytest.raises(UnreachableStep) as caught:
        parse_journey(steps_with(lonely={"kind": "exit"}))
    assert caught.value.given["step"] == "lonely"


def test_circle_without_a_wait_is_refused_when_saved() -> None:
    """Mautic #5975: segments and steps that feed each other never end."""
    data = steps_with(
        asked={"kind": "branch", "cases": [{"when": IN_OSAKA, "next": "hello"}], "otherwise": "end"},
    )
    data["steps"]["hello"]["next"] = "asked"
    with pytest.raises(EndlessCircle) as caught:
        parse_journey(data)
    assert set(str(caught.value.given["steps"]).split(" → ")) == {"hello", "asked"}


def test_step_that_leads_to_itself_is_refused() -> None:
    data = steps_with()
    data["steps"] = {"hello": {"kind": "send", "channel": "email", "template": "t", "next": "hello"}}
    with pytest.raises(EndlessCircle):
        parse_journey(data)


def test_circle_with_a_wait_may_go_round() -> None:
    steps = {
        "hello": {"kind": "send", "channel": "email", "template": "t", "next": "wait"},
        "wait": {"kind": "wait", "days": 7, "next": "hello"},
    }
    assert journey(steps=steps).first_step == "hello"


@pytest.mark.parametrize("shares", [(0.5, 0.4), (0.6, 0.6), (0.5, 0.500001)])
def test_shares_that_are_not_the_whole_are_refused(shares: tuple[float, float]) -> None:
    arms = [{"name": f"arm{index}", "share": share, "next": "end"} for index, share in enumerate(shares)]
    data = steps_with(draw={"kind": "split", "arms": arms})
    data["steps"]["hello"]["next"] = "draw"
    with pytest.raises(SharesNotWhole):
        parse_journey(data)


def test_ten_shares_of_a_tenth_are_the_whole() -> None:
    # 10 x 0.1 is 0.9999999999999999 when added up naively.
    arms = [{"name": f"arm{index}", "share": 0.1, "next": "end"} for index in range(10)]
    data = steps_with(draw={"kind": "split", "arms": arms})
    data["steps"]["hello"]["next"] = "draw"
    assert len(parse_journey(data).steps) == 3


def test_two_arms_of_one_name_are_refused() -> None:
    arms = [{"name": "a", "share": 0.5, "next": "end"}] * 2
    data = steps_with(draw={"kind": "split", "arms": arms})
    with pytest.raises(ArmTwice, match='"a"'):
        parse_journey(data)


def test_wait_without_a_length_is_refused() -> None:
    with pytest.raises(WaitOfNothing):
        parse_journey(steps_with(pause={"kind": "wait", "next": "end"}))


def test_scenario_needs_a_title() -> None:
    with pytest.raises(TitleMissing):
        parse_journey(definition(title={}))


def test_title_falls_back_to_the_other_language() -> None:
    assert journey(title={"ja": "夏"}).title_in("en") == "夏"
    assert journey(title={"en": "Summer"}).title_in("ja") == "Summer"
    assert journey(title={"ja": "夏", "en": "Summer"}).title_in("ja") == "夏"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"entry": {"kind": "daily", "at": "10:00", "condition": {"kind": "magic"}}}, "$.entry.condition"),
        ({"exit_when": {"kind": "and", "of": []}}, "$.exit_when"),
        (
            {"entry": {"kind": "event", "event": "order_completed", "where": [{"field": "amount", "cmp": "is"}]}},
            "$.entry.where",
        ),
        (
            {
                "entry": {
                    "kind": "event",
                    "event": "order_completed",
                    "where": [{"field": "colour", "cmp": "is", "value": "red"}],
                }
            },
            "$.entry.where",
        ),
    ],
)
def test_unreadable_condition_is_refused_with_its_place(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(ConditionInvalid) as caught:
        parse_journey(definition(**changes))
    assert caught.value.given["path"] == path


def test_unreadable_case_is_refused_with_its_place() -> None:
    data = definition()
    data["steps"]["asked"]["cases"][1]["when"] = {"kind": "trait"}
    with pytest.raises(ConditionInvalid) as caught:
        parse_journey(data)
    assert caught.value.given["path"] == "$.steps.asked.cases[1].when"


def test_code_in_a_definition_is_only_text() -> None:
    """Unomi CVE-2020-13942: expressions in definitions are data."""
    found = journey(title={"en": "${T(java.lang.Runtime)} {{ env }} {name}"})
    assert found.title_in("en") == "${T(java.lang.Runtime)} {{ env }} {name}"
    with pytest.raises(JourneyInvalid):
        parse_journey(definition(entry={"kind": "event", "event": "e", "where": [{"script": "1+1"}]}))


def test_templates_are_listed_once_each() -> None:
    assert journey().templates() == ["welcome-back-1", "welcome-back-2"]


def test_error_speaks_both_languages() -> None:
    with pytest.raises(UnreachableStep) as caught:
        parse_journey(steps_with(lonely={"kind": "exit"}))
    assert caught.value.text("en").startswith('Nobody can reach the step "lonely"')
    assert "誰もたどり着けません" in caught.value.text("ja")
