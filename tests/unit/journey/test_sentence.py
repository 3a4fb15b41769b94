"""A scenario says itself as a short indented list."""

from typing import Any

import pytest

from tenshu.journey.definition import parse_journey
from tenshu.journey.sentence import sentence
from tests.unit.journey.examples import IN_OSAKA, SEND_AND_END, definition, journey, on_event


def lines(language: str = "en", **changes: Any) -> list[str]:
    """Return the lines of the example with other values at the top."""
    return sentence(journey(**changes), language).split("\n")


def test_scenario_is_said_in_english() -> None:
    assert lines() == [
        "Welcome back (welcome-back)",
        "  Enters: every day at 10:00, whoever fits: prefecture is “大阪府”",
        "  Enters again: never",
        "  Hold-out: 10 % get nothing, so that the effect can be measured; priority 50",
        "  Goal: 5 % within 14 day(s): placed an order; whoever reaches it leaves",
        "  Result reviewed on 2026-03-01",
        "  - [hello] Send welcome-back-1 by email",
        "  - [wait] Wait until 10:00, 3 day(s) later",
        "  - [asked] Branch",
        "    - if prefecture is “大阪府”:",
        "      - [again] Send welcome-back-2 by email",
        "      - [end] End (done)",
        "    - if prefecture is “東京都”:",
        "      - go on at [end]",
        "    - otherwise:",
        "      - [draw] Split by chance",
        "        - a, 25 %:",
        "          - go on at [again]",
        "        - b, 75 %:",
        "          - [later] Wait 2 hour(s)",
        "          - go on at [end]",
    ]


def test_scenario_is_said_in_japanese() -> None:
    said = lines("ja")
    assert said[0] == "お久しぶりの方へ(welcome-back)"
    assert said[1].startswith("  開始: 毎日 10:00、条件に合う人(都道府県が「大阪府」")
    assert "  再開始: なし(一人一度だけ)" in said
    assert "  非配信群(効果検証用): 10 %、優先度: 50" in said
    assert "  - [hello] メールで「welcome-back-1」を送る" in said
    assert "  - [wait] 3 日後の 10:00 まで待つ" in said
    assert "        - a (25 %):" in said


def test_both_languages_have_the_same_lines_and_indents() -> None:
    english, japanese = lines("en"), lines("ja")
    indents = [[len(line) - len(line.lstrip()) for line in said] for said in (english, japanese)]
    assert indents[0] == indents[1]


def test_every_step_is_told_exactly_once() -> None:
    said = sentence(journey(), "en")
    for step in journey().steps:
        assert said.count(f"- [{step}] ") == 1


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            {"kind": "broadcast", "at": "2026-01-06T09:30", "condition": IN_OSAKA},
            "  Enters: once, on 2026-01-06 09:30, whoever fits: prefecture is “大阪府”",
        ),
        ({"kind": "event", "event": "order_completed"}, "  Enters: as soon as this happens: placed an order"),
        (
            {"kind": "event", "event": "cart_left", "condition": IN_OSAKA},
            "  Enters: as soon as this happens: cart_left; whoever fits: prefecture is “大阪府”",
        ),
    ],
)
def test_entry_is_said(entry: dict[str, Any], said: str) -> None:
    assert lines(entry=entry)[1] == said


def test_tests_on_the_event_are_said_with_money() -> None:
    scenario = on_event(where=[{"field": "amount", "cmp": "gte", "value": 500000}])
    assert "£5,000" in sentence(scenario, "en", currency="GBP").split("\n")[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reentry": {"kind": "after", "days": 30}}, "  Enters again: 30 day(s) after the last entry at the earliest"),
        ({"reentry": {"kind": "always"}}, "  Enters again: as soon as the last walk is over"),
        ({"purpose": "service"}, "  Service message: no hold-out, no frequency cap, no quiet hours"),
        ({"exit_when": IN_OSAKA}, "  Leaves as soon as: prefecture is “大阪府”"),
        ({"holdout_rate": 0.125}, "  Hold-out: 12.5 % get nothing, so that the effect can be measured; priority 50"),
        (
            {"goal": {"event": "order_completed", "within_days": 7, "target_rate": 0.2, "ends_journey": False}},
            "  Goal: 20 % within 7 day(s): placed an order",
        ),
    ],
)
def test_rules_are_said(changes: dict[str, Any], said: str) -> None:
    assert said in lines(**changes)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"kind": "wait", "days": 2, "next": "end"}, "Wait 2 day(s)"),
        ({"kind": "wait", "at": "18:00", "next": "end"}, "Wait until it is 18:00"),
        (
            {"kind": "wait", "days": 1, "hours": 1.5, "at": "18:00", "next": "end"},
            "Wait 1 day(s), then 1.5 hour(s), then until it is 18:00",
        ),
        (
            {"kind": "send", "channel": "email", "template": "t", "next": "end", "expires_after_hours": 48},
            "Send t by email, within 48 hour(s) or not at all",
        ),
    ],
)
def test_steps_are_said(step: dict[str, Any], said: str) -> None:
    found = parse_journey(definition(first_step="one", steps={"one": step, "end": SEND_AND_END["end"]}))
    assert f"  - [one] {said}" in sentence(found, "en").split("\n")


def test_braces_in_a_title_are_only_text() -> None:
    assert lines(title={"en": "{name} {0} {__class__}"})[0] == "{name} {0} {__class__} (welcome-back)"
