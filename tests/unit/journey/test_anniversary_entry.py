"""A daily entry may ask for a day of the year; what it asks for can be written, read again and said."""

import pytest

from tenshu.journey.definition import parse_journey, schema, to_json
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.grammar import Anniversary, Daily
from tenshu.journey.sentence import entry_note, entry_sentence
from tests.unit.journey.examples import IN_OSAKA, SEND_AND_END, definition, journey, on_event


def daily(**on: object) -> dict[str, object]:
    return {"kind": "daily", "at": "10:00", "condition": IN_OSAKA, "on": on}


def test_it_is_the_birthday_itself_unless_said_otherwise() -> None:
    entry = parse_journey(definition(entry=daily())).entry
    assert isinstance(entry, Daily)
    assert entry.on == Anniversary(trait="birthday", days_before=0)


def test_a_daily_entry_without_it_asks_for_no_day() -> None:
    entry = journey().entry
    assert isinstance(entry, Daily)
    assert entry.on is None
    assert '"on"' not in to_json(journey())


@pytest.mark.parametrize("days", [0, 3, 60])
def test_it_comes_back_as_it_was_written(days: int) -> None:
    scenario = parse_journey(definition(entry=daily(trait="joined_on", days_before=days)))
    assert parse_journey(to_json(scenario)) == scenario


@pytest.mark.parametrize("on", [{"days_before": -1}, {"days_before": 61}, {"trait": ""}, {"trait": "a b"}, {"day": 1}])
def test_what_is_no_day_of_the_year_is_refused_with_its_place(on: dict[str, object]) -> None:
    with pytest.raises(JourneyInvalid, match=r"entry\.on|entry"):
        parse_journey(definition(entry=daily(**on)))


@pytest.mark.parametrize("kind", ["broadcast", "event"])
def test_other_entries_have_none(kind: str) -> None:
    entry = {
        "broadcast": {"kind": "broadcast", "at": "2026-06-01T10:00", "condition": IN_OSAKA, "on": {}},
        "event": {"kind": "event", "event": "order_completed", "on": {}},
    }[kind]
    with pytest.raises(JourneyInvalid):
        parse_journey(definition(entry=entry))


def test_it_is_said_in_both_languages() -> None:
    scenario = journey(entry=daily(days_before=3))
    assert entry_sentence(scenario, "en") == (
        "Enters: every day at 10:00, whoever's birthday is in 3 day(s) and who fits: prefecture is “大阪府”"
    )
    assert "誕生日" in entry_sentence(scenario, "ja")
    assert "3日後" in entry_sentence(scenario, "ja")


def test_a_trait_that_nobody_has_words_for_speaks_for_itself() -> None:
    assert "contract_end" in entry_sentence(journey(entry=daily(trait="contract_end")), "en")


def test_the_schema_knows_it() -> None:
    properties = schema()["$defs"]["Daily"]["properties"]
    assert "on" in properties
    assert schema()["$defs"]["Anniversary"]["properties"]["days_before"]["maximum"] == 60


def test_who_enters_is_said_without_when() -> None:
    broadcast = journey(entry={"kind": "broadcast", "at": "2026-06-01T10:00", "condition": IN_OSAKA})
    for scenario in (journey(), broadcast):
        assert entry_note(scenario, "en") == "prefecture is “大阪府”"
    assert entry_note(on_event(), "en") == "placed an order at least once"
    narrowed = journey(entry={"kind": "event", "event": "order_completed", "condition": IN_OSAKA}, steps=SEND_AND_END)
    assert entry_note(narrowed, "en") == "placed an order at least once and prefecture is “大阪府”"
