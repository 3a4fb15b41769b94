"""Cards and heads say where a scenario stands and offer only what a person can do there now."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tenshu.deliver.breaker import FLOOD, OVERDUE, Tripped
from tenshu.journey.definition import parse_journey
from tenshu.journey.drafts import Draft
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.recipes import Choices, make_journey
from tenshu.journey.records import Resting, Running
from tenshu.kit.i18n import speaking
from tenshu.measure.state import ScenarioState, Standing
from tenshu.web.console.scenarios.finding import Found
from tenshu.web.console.scenarios.list_view import Card, arranged, draft_card, resting_card, started_card
from tenshu.web.console.scenarios.show_view import Head, head_view
from tenshu.web.console.scenarios.words import (
    STANDINGS,
    entry_kind,
    entry_title,
    outcome_words,
    standing_words,
    step_note,
    step_title,
    tripped_sentence,
)
from tests.unit.journey.examples import IN_OSAKA, definition, journey, on_event

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
TOKYO = "Asia/Tokyo"
NO_ACCOUNT = {"journey": pl.String, "step": pl.String, "state": pl.String, "reason": pl.String, "people": pl.Int64}


def state(standing: Standing = Standing.RUNNING, **changes: Any) -> ScenarioState:
    given = {"name": "welcome-back", "version": 2, "title": {"en": "Welcome back"}, "standing": standing}
    return ScenarioState(**{**given, **changes})


def running(**changes: Any) -> Running:
    given = {"version": 2, "status": "active", "started_at": NOW, "due_at": NOW + timedelta(days=1), "newest": 2}
    return Running(journey=parse_journey(definition()), **{**given, **changes})


def card(found: ScenarioState, one: Running | None = None, rows: list[tuple[Any, ...]] | None = None) -> Card:
    accounts = pl.DataFrame(rows or [], schema=NO_ACCOUNT, orient="row")
    with speaking("en"):
        return started_card(one or running(), found, accounts, now=NOW, zone=TOKYO, currency="JPY")


def head(found: ScenarioState | None, **changes: Any) -> Head:
    given = {"journey": parse_journey(definition()), "version": 2, "newest": 2, "versions": (2, 1), "status": "active"}
    with speaking("en"):
        return head_view(Found(**{**given, "started_at": NOW, **changes}), found, now=NOW, zone=TOKYO, currency="JPY")


@pytest.mark.parametrize(
    ("standing", "may"),
    [
        (Standing.WAITING, "pause end"),
        (Standing.RUNNING, "pause end"),
        (Standing.FINISHING, "pause end"),
        (Standing.PAUSING, "resume end"),
        (Standing.PAUSED, "resume end"),
        (Standing.FINISHED, ""),
        (Standing.ENDED, ""),
    ],
)
def test_only_what_makes_sense_is_offered(standing: Standing, may: str) -> None:
    found = head(state(standing))
    offered = {"pause": found.may_pause, "resume": found.may_resume, "end": found.may_end}
    assert " ".join(name for name, is_offered in offered.items() if is_offered) == may


def test_a_draft_offers_nothing_that_runs() -> None:
    found = head(None, version=0, newest=0, versions=(), status="draft", started_at=None)
    assert (found.may_pause, found.may_resume, found.may_end, found.stopped) == (False, False, False, None)
    assert found.standing_words == "draft"
    assert [words for words, _value in found.facts] == ["Held out", "To be judged"]


def test_the_head_says_version_start_and_next_entry() -> None:
    facts = dict(head(state(walking=1_234), due_at=NOW + timedelta(hours=22)).facts)
    assert facts == {
        "Held out": "10%",
        "To be judged": "1 March 2026",
        "Started": "1 June 2026, 12:00",
        "Version": "2",
        "In it now": "1,234",
        "People enter next": "2 June 2026, 10:00",
    }


def test_what_is_due_already_enters_at_this_moment() -> None:
    assert dict(head(state(), due_at=NOW).facts)["People enter next"] == "at this moment"


def test_a_paused_scenario_promises_no_entry() -> None:
    facts = dict(head(state(Standing.PAUSED), status="paused", due_at=NOW + timedelta(hours=1)).facts)
    assert "People enter next" not in facts


def test_older_versions_are_named() -> None:
    assert head(state()).older == (1,)


@pytest.mark.parametrize(("reason", "may_skip"), [(OVERDUE, True), (FLOOD, False)])
def test_sending_that_stopped_itself_says_why_and_what_to_do(reason: str, may_skip: bool) -> None:  # noqa: FBT001
    found_in = {"count": 5_000, "hours": 24, "people": 100}
    tripped = Tripped(journey="welcome-back", tripped_at=NOW, reason=reason, found=found_in)
    stopped = head(state(queued=5_000, tripped=tripped)).stopped
    assert stopped is not None
    assert "5,000" in stopped.reason
    assert (stopped.waiting, stopped.may_skip) == ("5,000", may_skip)


def test_a_card_counts_who_is_in_it_and_what_waits() -> None:
    facts = card(state(walking=12, queued=3)).facts
    assert facts[:3] == (
        "12 people are in it now.",
        "3 messages wait to be sent.",
        "People enter next on 2 June 2026, 12:00.",
    )


def test_a_card_without_anything_urgent_says_nothing_urgent() -> None:
    assert card(state()).urgent == ""
    assert not card(state()).has_verdict
    assert card(state(entered=1)).has_verdict


def test_a_card_with_both_troubles_says_both() -> None:
    tripped = Tripped(journey="welcome-back", tripped_at=NOW, reason=OVERDUE, found={"count": 40, "hours": 24})
    urgent = card(state(tripped=tripped, in_doubt=2)).urgent
    assert "Sending has stopped itself" in urgent
    assert "2 messages are in doubt" in urgent


def test_the_account_of_a_card_is_of_its_scenario_alone() -> None:
    rows = [("welcome-back", "hello", "sent", None, 7), ("other", "hello", "sent", None, 100)]
    account = card(state(), rows=rows).account
    assert account is not None
    assert account.planned == "7"
    assert account.closes


def test_what_is_over_stands_last_and_the_newest_first() -> None:
    cards = [
        Card(name=name, title=name, standing=standing.value, standing_words="", who="", goal="")
        for name, standing in (
            ("a", Standing.FINISHED),
            ("b", Standing.RUNNING),
            ("c", Standing.ENDED),
            ("d", Standing.PAUSED),
        )
    ]
    page = arranged(cards, [])
    assert [one.name for one in page.running] == ["d", "b"]
    assert [one.name for one in page.over] == ["c", "a"]
    assert not page.is_empty
    assert arranged([], []).is_empty


def test_a_draft_that_cannot_be_made_says_why_and_keeps_its_recipe() -> None:
    chosen = Choices(recipe="welcome", title="春", template="t", review_on=date(2026, 7, 1))
    draft = Draft(name="welcome-1", choices=chosen, saved_at=NOW, saved_by="山田")
    with speaking("en"):
        broken = draft_card(draft, None, "The segment is gone.", currency="JPY")
        sound = draft_card(
            draft, make_journey("a", chosen, segment=None, today_minute="2026-06-01T12:00"), "", currency="JPY"
        )
    assert (broken.urgent, broken.goal) == ("The segment is gone.", "")
    assert broken.who == "Whoever has ordered for the first time, some days later."
    assert sound.urgent == ""
    assert sound.who.startswith("Enters: as soon as this happens")


def test_a_version_that_rests_says_which_and_why() -> None:
    with speaking("en"):
        found = resting_card(Resting("old", 3, "active", JourneyInvalid(path="$.x", problem="unknown")))
    assert "Version 3 cannot be read" in found.who
    assert "$.x" in found.urgent


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_standing_and_outcome_has_words(language: str) -> None:
    with speaking(language):
        assert len({standing_words(name) for name in STANDINGS}) == len(STANDINGS)
        assert outcome_words("goal") != "goal"
        assert outcome_words("clicked") == "clicked"  # a scenario's own speaks for itself


def test_entries_are_told_apart_by_title_and_drawing() -> None:
    broadcast = journey(entry={"kind": "broadcast", "at": "2026-06-01T09:30", "condition": IN_OSAKA})
    with speaking("en"):
        told = [(entry_kind(one), entry_title(one)) for one in (broadcast, journey(), on_event())]
    assert told == [
        ("broadcast", "Broadcast"),
        ("daily", "Every day, 10:00"),
        ("event", "When it happens"),
    ]


def test_steps_have_a_title_and_a_note_that_tells_them_apart() -> None:
    steps = journey().steps
    with speaking("en"):
        told = {name: (step_title(step), step_note(step)) for name, step in steps.items()}
    assert told == {
        "hello": ("Send a mail", "welcome-back-1"),
        "wait": ("Wait", "Wait until 10:00, 3 day(s) later"),
        "asked": ("Branch", "3 ways"),
        "again": ("Send a mail", "welcome-back-2"),
        "draw": ("Split by chance", "2 ways"),
        "later": ("Wait", "Wait 2 hour(s)"),
        "end": ("The end", "came to the end"),
    }


def test_why_sending_stopped_has_its_numbers_readable() -> None:
    tripped = Tripped(journey="a", tripped_at=NOW, reason=FLOOD, found={"count": 1_234_567, "people": 1_000})
    with speaking("en"):
        assert tripped_sentence(tripped) == "1,234,567 messages are due at once, for 1,000 people."
