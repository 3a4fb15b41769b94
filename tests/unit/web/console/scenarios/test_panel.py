"""The panel of a step says in sentences what happens there, and in figures who came by, waits and went which way."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenshu.journey.definition import Journey, parse_journey
from tenshu.journey.sentence import step_sentence, way_names
from tenshu.kit.i18n import speaking
from tenshu.measure.account import Account
from tenshu.measure.where_they_stand import DOOR, AtStep, WhereTheyStand
from tenshu.rehearse.demo.definitions import demo_journeys
from tenshu.web.console.scenarios.panel import Panel, called, panel
from tests.unit.journey.examples import definition

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)


def scenario() -> Journey:
    return parse_journey(definition())


def where(**steps: AtStep) -> WhereTheyStand:
    """Return counts with nothing at the other steps."""
    known = {name: steps.get(name, AtStep()) for name in scenario().steps}
    ways = {DOOR: 12, ("asked", 0): 3, ("asked", 1): 4, ("asked", 2): 5}
    return WhereTheyStand(entered=12, held_out=2, walking=7, outcomes={"done": 4, "goal": 1}, steps=known, ways=ways)


def told(made: Panel | None) -> dict[str, str]:
    """Return the figures by their words."""
    assert made is not None
    return {one.words: one.count for one in made.figures}


def show(key: str, counts: WhereTheyStand | None, language: str = "en") -> Panel | None:
    with speaking(language):
        return panel(scenario(), key, counts, currency="JPY")


def test_of_the_entry_it_says_who_entered_and_how_the_others_ended() -> None:
    assert told(show("entry", where())) == {
        "Entered": "12",
        "Held out": "2",
        "In it now": "7",
        "came to the end": "4",
        "reached the goal": "1",
    }


def test_of_the_entry_it_says_the_goal() -> None:
    made = show("entry", None)
    assert made is not None
    assert made.title.startswith("Enters: every day at 10:00")
    assert made.sentences == ("Goal: 5 % within 14 day(s): placed an order; whoever reaches it leaves",)
    assert made.figures == ()


def test_of_a_wait_it_says_who_waits_and_who_left_while_waiting() -> None:
    at = AtStep(waiting=1_200, waiting_held_out=130, stopped=7, passed=2_000)
    assert told(show("wait", where(wait=at))) == {
        "Came by": "2,000",
        "Wait here now": "1,200",
        "Wait here as held out": "130",
        "Left while waiting here": "7",
    }


def test_of_a_branch_it_says_who_went_which_way() -> None:
    found = told(show("asked", where(asked=AtStep(passed=12))))
    assert found == {
        "Came by": "12",
        "Went: prefecture is “大阪府”": "3",
        "Went: prefecture is “東京都”": "4",
        "Went: otherwise": "5",
    }


def test_a_way_that_cannot_be_told_is_left_out() -> None:
    found = told(show("draw", where(draw=AtStep(passed=None))))
    assert found == {}


def test_of_a_split_it_says_that_chance_decides() -> None:
    made = show("draw", where())
    assert made is not None
    assert made.sentences == ("Chance decides, and always the same for one customer.",)


def test_of_a_mail_it_shows_the_account_the_reasons_and_the_message() -> None:
    account = Account(planned=20, sent=10, held_out=2, suppressed={"capped": 5, "no_basis": 1}, failed=2)
    made = show("hello", where(hello=AtStep(passed=20, account=account)))
    assert made is not None
    assert made.template == "welcome-back-1"
    assert made.account is not None
    assert made.account.closes
    assert made.account.sentence == "Planned 20 = Sent 10 + Held out 2 + Not sent, for a reason 6 + Failed 2"
    assert [reason.count for reason in made.reasons] == ["5", "1"]


def test_of_an_end_it_says_how_many_ended_there() -> None:
    assert told(show("end", where(end=AtStep(stopped=5, passed=5)))) == {"Came by": "5", "Ended here": "5"}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_panel_of_the_demo_is_said_in_both_languages(language: str) -> None:
    for journey in demo_journeys():
        for key in ("entry", *journey.steps):
            with speaking(language):
                made = panel(journey, key, None, currency="GBP")
            assert made is not None
            said = made.title + "".join(made.sentences)
            assert said.isascii() is (language == "en") or "“" in said, said


def test_an_unknown_step_has_no_panel() -> None:
    assert show("nothing", where()) is None
    assert show("", None) is None


@pytest.mark.parametrize(
    ("traits", "name"),
    [
        ({"full_name": "佐藤 花子", "last_name": "佐藤"}, "佐藤 花子"),
        ({"last_name": "佐藤", "first_name": "花子"}, "佐藤 花子"),
        ({"last_name": "佐藤"}, "佐藤"),
        ({"company": "花屋株式会社", "email": "a@hanaya.test"}, "花屋株式会社"),
        ({"email": "a@hanaya.test"}, "a@hanaya.test"),
        ({}, ""),
        ({"full_name": None, "last_name": None, "first_name": "花子"}, "花子"),
    ],
)
def test_a_person_is_called_by_what_is_known(traits: dict[str, Any], name: str) -> None:
    assert called(traits) == name


def test_ways_have_names_only_where_there_are_several() -> None:
    steps = scenario().steps
    assert way_names(steps["hello"], "en") == []
    assert way_names(steps["wait"], "en") == []
    assert way_names(steps["end"], "en") == []
    assert way_names(steps["draw"], "en") == ["a 25 %", "b 75 %"]
    assert way_names(steps["asked"], "ja")[-1] == "それ以外"


def test_a_step_is_said_without_its_ways() -> None:
    steps = scenario().steps
    assert step_sentence(steps["wait"], "en") == "Wait until 10:00, 3 day(s) later"
    assert step_sentence(steps["later"], "en") == "Wait 2 hour(s)"
    assert step_sentence(steps["asked"], "en") == "Branch"
    assert step_sentence(steps["end"], "en") == "End (done)"
