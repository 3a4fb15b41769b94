"""Every kind of step, entry and rule is said word for word, and each way out of a step has its name."""

from typing import Any

import pytest
from hypothesis import given, settings

from tenshu.journey.definition import Journey, parse_journey
from tenshu.journey.grammar import Branch, Send, Split, Wait
from tenshu.journey.graph import exits_of
from tenshu.journey.sentence import entry_note, entry_sentence, goal_sentence, sentence, step_sentence, way_names
from tests.unit.journey.drawn import journeys
from tests.unit.journey.examples import IN_OSAKA, IN_TOKYO, SEND_AND_END, definition, journey

BIG = {"kind": "did", "event": "order_completed", "where": [{"field": "amount", "cmp": "gte", "value": 500000}]}


def step(language: str, **fields: Any) -> str:
    """Return what is said of one step."""
    made = parse_journey(definition(first_step="one", steps={"one": fields, "end": SEND_AND_END["end"]}))
    return step_sentence(made.steps["one"], language)


@pytest.mark.parametrize(
    ("fields", "english", "japanese"),
    [
        ({"days": 1}, "Wait 1 day(s)", "待つ: 1 日"),
        ({"days": 3650}, "Wait 3650 day(s)", "待つ: 3650 日"),
        ({"hours": 0.5}, "Wait 0.5 hour(s)", "待つ: 0.5 時間"),
        ({"hours": 36}, "Wait 36 hour(s)", "待つ: 36 時間"),
        ({"at": "00:00"}, "Wait until it is 00:00", "待つ: 次の 00:00 まで"),
        ({"days": 0, "at": "07:30"}, "Wait until it is 07:30", "待つ: 次の 07:30 まで"),
        ({"days": 2, "at": "07:30"}, "Wait until 07:30, 2 day(s) later", "2 日後の 07:30 まで待つ"),
        ({"hours": 2, "at": "07:30"}, "Wait 2 hour(s), then until it is 07:30", "待つ: 2 時間、その後 次の 07:30 まで"),
        ({"days": 1, "hours": 2}, "Wait 1 day(s), then 2 hour(s)", "待つ: 1 日、その後 2 時間"),
    ],
)
def test_a_wait_says_its_days_hours_and_time(fields: dict[str, Any], english: str, japanese: str) -> None:
    assert step("en", kind="wait", next="end", **fields) == english
    assert step("ja", kind="wait", next="end", **fields) == japanese


@pytest.mark.parametrize(
    ("expires", "english"),
    [
        (None, "Send news-1 by email"),
        (72, "Send news-1 by email, within 72 hour(s) or not at all"),
        (1.5, "Send news-1 by email, within 1.5 hour(s) or not at all"),
    ],
)
def test_a_mail_says_what_goes_and_until_when(expires: float | None, english: str) -> None:
    fields: dict[str, Any] = {"kind": "send", "channel": "email", "template": "news-1", "next": "end"}
    if expires is not None:
        fields["expires_after_hours"] = expires
    assert step("en", **fields) == english
    assert "「news-1」" in step("ja", **fields)


def test_an_end_says_its_outcome() -> None:
    made = journey(first_step="one", steps={"one": {"kind": "exit", "outcome": "bought"}})
    assert step_sentence(made.steps["one"], "en") == "End (bought)"
    assert "bought" in step_sentence(made.steps["one"], "ja")


def test_the_ways_of_a_branch_are_its_conditions_and_the_rest() -> None:
    cases = [{"when": IN_OSAKA, "next": "end"}, {"when": BIG, "next": "end"}, {"when": IN_TOKYO, "next": "end"}]
    made = journey(
        first_step="b",
        steps={"b": {"kind": "branch", "cases": cases, "otherwise": "end"}, "end": {"kind": "exit"}},
    )
    english = way_names(made.steps["b"], "en", "JPY")
    assert english[0] == "prefecture is “大阪府”"
    assert "¥500,000" in english[1]
    assert english[2:] == ["prefecture is “東京都”", "otherwise"]
    assert "都道府県が「大阪府」" in way_names(made.steps["b"], "ja")[0]


@pytest.mark.parametrize(
    ("shares", "names"),
    [
        ([0.5, 0.5], ["a0 50 %", "a1 50 %"]),
        ([0.125, 0.875], ["a0 12.5 %", "a1 87.5 %"]),
        ([0.1, 0.2, 0.7], ["a0 10 %", "a1 20 %", "a2 70 %"]),
    ],
)
def test_the_ways_of_a_split_are_its_arms_with_their_shares(shares: list[float], names: list[str]) -> None:
    arms = [{"name": f"a{number}", "share": share, "next": "end"} for number, share in enumerate(shares)]
    made = journey(first_step="s", steps={"s": {"kind": "split", "arms": arms}, "end": {"kind": "exit"}})
    assert way_names(made.steps["s"], "en") == way_names(made.steps["s"], "ja") == names


@settings(max_examples=40, deadline=None)
@given(journeys())
def test_as_many_ways_are_named_as_there_are_where_they_part(drawn: Journey) -> None:
    for one in drawn.steps.values():
        names = way_names(one, "ja")
        assert len(names) == (len(exits_of(one)) if isinstance(one, Branch | Split) else 0)
        assert all(names)


@settings(max_examples=40, deadline=None)
@given(journeys())
def test_every_step_is_told_once_and_each_further_way_to_it_names_it(drawn: Journey) -> None:
    lines = sentence(drawn, "en").split("\n")
    for name, one in drawn.steps.items():
        told = [line for line in lines if line.lstrip().startswith(f"- [{name}] ")]
        assert len(told) == 1
        assert told[0].endswith(step_sentence(one, "en"))
        ways = sum(target == name for other in drawn.steps.values() for _place, target in exits_of(other))
        again = sum(line.lstrip() == f"- go on at [{name}]" for line in lines)
        assert again == ways + (name == drawn.first_step) - 1


@settings(max_examples=30, deadline=None)
@given(journeys())
def test_what_follows_a_mail_or_a_wait_stands_right_below_it(drawn: Journey) -> None:
    lines = sentence(drawn, "en").split("\n")
    for name, one in drawn.steps.items():
        if isinstance(one, Send | Wait):
            (place,) = (at for at, line in enumerate(lines) if line.lstrip().startswith(f"- [{name}] "))
            depth = len(lines[place]) - len(lines[place].lstrip())
            after = lines[place + 1]
            assert len(after) - len(after.lstrip()) == depth
            assert f"[{one.next}]" in after


@pytest.mark.parametrize(
    ("entry", "english", "note"),
    [
        (
            {"kind": "daily", "at": "09:00", "condition": IN_OSAKA, "on": {"trait": "birthday", "days_before": 7}},
            "Enters: every day at 09:00, whoever's birthday is in 7 day(s) and who fits: prefecture is “大阪府”",
            "prefecture is “大阪府”",
        ),
        (
            {"kind": "broadcast", "at": "2026-12-24T08:00", "condition": IN_TOKYO},
            "Enters: once, on 2026-12-24 08:00, whoever fits: prefecture is “東京都”",
            "prefecture is “東京都”",
        ),
        (
            {"kind": "event", "event": "order_completed", "condition": IN_TOKYO},
            "Enters: as soon as this happens: placed an order; whoever fits: prefecture is “東京都”",
            "placed an order and prefecture is “東京都”",
        ),
        ({"kind": "event", "event": "cart_left"}, "Enters: as soon as this happens: cart_left", "cart_left"),
    ],
)
def test_an_entry_is_said_whole_and_as_a_note(entry: dict[str, Any], english: str, note: str) -> None:
    made = journey(entry=entry)
    assert entry_sentence(made, "en") == english
    said = entry_note(made, "en")
    assert all(part in said for part in note.split(" and "))


def test_an_entry_for_a_large_order_names_the_amount_in_the_shops_money() -> None:
    entry = {
        "kind": "event",
        "event": "order_completed",
        "where": [{"field": "amount", "cmp": "gte", "value": 1000000}],
    }
    made = journey(entry=entry)
    assert "￥1,000,000" in entry_sentence(made, "ja", "JPY")
    assert "$10,000" in entry_note(made, "en", "USD")


@pytest.mark.parametrize(
    ("goal", "english"),
    [
        ({"event": "order_completed", "within_days": 1, "target_rate": 1}, "100 % within 1 day(s): placed an order"),
        ({"event": "order_completed", "within_days": 730, "target_rate": 0.001}, "0.1 % within 730 day(s)"),
        ({"event": "visited_us", "within_days": 7, "target_rate": 0.025}, "2.5 % within 7 day(s): visited_us"),
    ],
)
def test_a_goal_says_its_share_its_days_and_its_event(goal: dict[str, Any], english: str) -> None:
    for ends in (True, False):
        made = journey(goal={**goal, "ends_journey": ends})
        said = goal_sentence(made, "en")
        assert said.startswith(f"Goal: {english}")
        assert said.endswith("whoever reaches it leaves") is ends
        assert goal_sentence(made, "ja") != said


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_service_message_speaks_of_no_hold_out(language: str) -> None:
    service = sentence(journey(purpose="service"), language)
    marketing = sentence(journey(purpose="marketing"), language)
    word = {"ja": "非配信群(", "en": "priority"}[language]
    assert word in marketing
    assert word not in service
    assert len(service.split("\n")) == len(marketing.split("\n"))
