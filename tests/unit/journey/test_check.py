"""What is refused before it starts, because it could not run or would surprise its owner."""

import json
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from tenshu.journey.advance import advance, wakes_at
from tenshu.journey.definition import parse_journey, schema
from tenshu.journey.entry import by_event, enrol
from tenshu.journey.errors import (
    DayUnusable,
    EndlessCircle,
    JourneyInvalid,
    OutcomeReserved,
    UnknownChannel,
    WaitOfNothing,
    WaitTooShort,
)
from tenshu.journey.grammar import CHANNELS, OWN_OUTCOMES, Exit, Wait
from tests.unit.journey.examples import (
    IN_OSAKA,
    NOW,
    SEND_AND_END,
    TOKYO,
    definition,
    entered,
    facts,
    holding,
    journey,
    no_past,
    on_event,
)


def waiting(**wait: Any) -> dict[str, Any]:
    """Return a definition whose only step is a wait that leads to itself."""
    return definition(first_step="w", steps={"w": {"kind": "wait", "next": "w", **wait}})


class TestWaits:
    """A wait takes time."""

    # timedelta counts microseconds: 1e-12 h is 0.0036 us and rounds to nothing. 0.0166 h is 59.76 s.
    @pytest.mark.parametrize("hours", [1e-300, 1e-12, 1e-9, 0.001, 0.0166])
    def test_wait_of_less_than_a_minute_is_refused(self, hours: float) -> None:
        with pytest.raises(WaitTooShort) as caught:
            parse_journey(waiting(hours=hours))
        assert caught.value.given == {"path": "$.steps.w", "hours": f"{hours:g}"}

    def test_wait_of_nothing_keeps_its_own_sentence(self) -> None:
        with pytest.raises(WaitOfNothing):
            parse_journey(waiting(hours=0))

    # 1/60 h is a minute to the microsecond; 0.02 h, which the sentence recommends, is 72 s.
    @pytest.mark.parametrize("hours", [1 / 60, 0.0167, 0.02, 1, 87600])
    def test_circle_through_a_wait_moves_on_by_a_minute_at_least(self, hours: float) -> None:
        scenario = parse_journey(waiting(hours=hours))
        moved = advance(entered(scenario, [1]), scenario, holds=holding(), now=NOW, zone=TOKYO).moved
        assert moved["due_at"][0] - NOW >= timedelta(minutes=1)

    @pytest.mark.parametrize("given", [{"days": 1}, {"at": "10:00"}, {"days": 1, "at": "00:00"}])
    @pytest.mark.parametrize("hours", [0.0, 1e-12])
    def test_wait_with_days_or_a_time_may_have_any_hours_and_still_ends_later(
        self, given: dict[str, Any], hours: float
    ) -> None:
        parse_journey(waiting(**given, hours=hours))
        # NOW is 10:00 in Tokyo to the second, and midnight exactly in Etc/GMT+1.
        for zone in (TOKYO, "Etc/GMT+1", "America/New_York"):
            assert wakes_at(Wait(next="w", hours=hours, **given), NOW, zone) > NOW

    def test_circle_without_a_wait_is_still_named_as_one(self) -> None:
        steps = {"a": {"kind": "send", "channel": "email", "template": "t", "next": "a"}}
        with pytest.raises(EndlessCircle):
            parse_journey(definition(first_step="a", steps=steps))


class TestHours:
    """No figure of a definition reaches beyond the calendar."""

    @staticmethod
    def expiring(hours: object) -> dict[str, Any]:
        steps = json.loads(json.dumps(SEND_AND_END))
        steps["hello"]["expires_after_hours"] = hours
        return definition(steps=steps)

    @pytest.mark.parametrize("hours", [1e300, 87600.5, 10**30, float("inf"), float("nan"), 0, -1])
    def test_message_that_waits_longer_than_ten_years_or_not_at_all_is_refused(self, hours: float) -> None:
        with pytest.raises(JourneyInvalid) as caught:
            parse_journey(self.expiring(hours))
        assert caught.value.given["path"] == "$.steps.hello.expires_after_hours"

    def test_message_may_wait_ten_years(self) -> None:
        scenario = parse_journey(self.expiring(87600))
        result = advance(entered(scenario, [1]), scenario, holds=holding(), now=NOW, zone=TOKYO)
        assert result.proposals["expires_at"].to_list() == [NOW + timedelta(days=3650)]  # 87,600 h / 24

    @pytest.mark.parametrize("figure", [float("nan"), float("inf")])
    def test_figure_that_is_no_number_is_refused_everywhere(self, figure: float) -> None:
        goal = {"event": "order_completed", "within_days": 14, "target_rate": figure}
        for broken in (definition(holdout_rate=figure), definition(goal=goal), waiting(hours=figure)):
            with pytest.raises(JourneyInvalid):
                parse_journey(broken)


class TestDays:
    """Days are in the calendar."""

    @pytest.mark.parametrize(
        "at",
        [
            "2026-02-30T12:00",
            "2026-13-01T12:00",
            "2026-00-10T12:00",
            "2025-02-29T12:00",
            "0000-01-01T12:00",
            "0001-01-01T00:00",
            "1969-12-31T23:59",
            "9999-12-31T23:59",
        ],
    )
    def test_broadcast_on_a_day_that_is_in_no_calendar_is_refused(self, at: str) -> None:
        with pytest.raises(DayUnusable) as caught:
            parse_journey(definition(entry={"kind": "broadcast", "at": at, "condition": IN_OSAKA}))
        assert (caught.value.given["path"], caught.value.given["given"]) == ("$.entry.at", at)

    @pytest.mark.parametrize("at", ["1970-01-01T00:00", "2024-02-29T23:59", "9998-12-31T23:59"])
    def test_broadcast_on_a_real_day_is_taken(self, at: str) -> None:
        assert journey(entry={"kind": "broadcast", "at": at, "condition": IN_OSAKA}).entry.at == at  # type: ignore[union-attr]

    @pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9999-01-01"])
    def test_review_outside_the_calendar_of_people_is_refused(self, day: str) -> None:
        with pytest.raises(DayUnusable, match=r"\$\.review_on"):
            parse_journey(definition(review_on=day))


class TestKeys:
    """The key of an entry is a plain field."""

    @pytest.mark.parametrize("key", ['a"]..$[*]', '"', "a.b", "a b", "$", "", "[0]", "a\n", "x" * 65, "*"])
    def test_key_that_is_no_field_name_is_refused(self, key: str) -> None:
        with pytest.raises(JourneyInvalid) as caught:
            parse_journey(definition(entry={"kind": "event", "event": "cart_filled", "key": key}))
        assert caught.value.given["path"] == "$.entry.key"

    @pytest.mark.parametrize("key", ["order_no", "cart", "カート番号", "9", "_", "x" * 64])
    def test_any_field_name_is_found_in_the_properties(self, key: str) -> None:
        told = facts((7, "cart_filled", NOW, None, json.dumps({key: "c-9"})))
        found = by_event(on_event(event="cart_filled", key=key), told, started_at=NOW, now=NOW)
        assert found["entry_key"].to_list() == ["c-9"]

    def test_order_is_the_same_entry_by_its_number_unless_another_key_is_named(self) -> None:
        assert on_event().entry.same_by == "order_no"  # type: ignore[union-attr]
        assert on_event(key="source").entry.same_by == "source"  # type: ignore[union-attr]
        assert on_event(event="cart_filled").entry.same_by is None  # type: ignore[union-attr]

    def test_order_told_in_two_batches_enters_once(self) -> None:
        """The second batch brings an earlier line of the order: another moment, the same order."""
        scenario = on_event()
        first = by_event(scenario, facts((7, "order_completed", NOW, "A-1", None)), started_at=NOW, now=NOW)
        walks = enrol(first, no_past(), scenario, version=1, now=NOW, next_enrolment=1)
        past = walks.with_columns(status=walks["status"].replace("active", "ended")).select(no_past().columns)
        soon = NOW + timedelta(minutes=20)
        told = facts((7, "order_completed", NOW + timedelta(minutes=1), "A-1", None))
        again = by_event(scenario, told, started_at=NOW, now=soon)
        assert enrol(again, past, scenario, version=1, now=soon, next_enrolment=2).is_empty()
        told = facts((7, "order_completed", NOW + timedelta(minutes=1), "A-2", None))
        other = by_event(scenario, told, started_at=NOW, now=soon)
        assert enrol(other, past, scenario, version=1, now=soon, next_enrolment=2)["entry_key"].to_list() == ["A-2"]

    def test_order_without_a_number_is_an_entry_of_its_moment(self) -> None:
        found = by_event(on_event(), facts((7, "order_completed", NOW, None, None)), started_at=NOW, now=NOW)
        assert found["entry_key"].to_list() == ["2026-01-05T01:00:00.000000Z"]


class TestOutcomes:
    """What tenshu says about an end, no scenario says."""

    @pytest.mark.parametrize("outcome", OWN_OUTCOMES)
    def test_outcome_that_would_cancel_queued_messages_is_refused(self, outcome: str) -> None:
        broken = definition(steps={**SEND_AND_END, "end": {"kind": "exit", "outcome": outcome}})
        with pytest.raises(OutcomeReserved) as caught:
            parse_journey(broken)
        assert caught.value.given["path"] == "$.steps.end.outcome"
        assert "such as done" in caught.value.text("en")
        assert "ほかの言葉" in caught.value.text("ja")
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema())

    @pytest.mark.parametrize("outcome", ["done", "clicked", "goals", "exit-early"])
    def test_other_outcomes_are_the_owners(self, outcome: str) -> None:
        steps = {**SEND_AND_END, "end": {"kind": "exit", "outcome": outcome}}
        jsonschema.validate(definition(steps=steps), schema())
        scenario = journey(steps=steps)
        moved = advance(entered(scenario, [1]), scenario, holds=holding(), now=NOW, zone=TOKYO).moved
        assert moved["outcome"].to_list() == [outcome]

    def test_the_usual_outcome_is_done(self) -> None:
        assert Exit().outcome == "done"
        assert "done" not in OWN_OUTCOMES


class TestChannels:
    """Everybody would be decided away in silence by a channel that nobody has."""

    @pytest.mark.parametrize("channel", ["fax", "e-mail", "mail", "line"])
    def test_channel_that_tenshu_does_not_have_is_refused(self, channel: str) -> None:
        steps = json.loads(json.dumps(SEND_AND_END))
        steps["hello"]["channel"] = channel
        with pytest.raises(UnknownChannel) as caught:
            parse_journey(definition(steps=steps))
        assert caught.value.given == {"path": "$.steps.hello.channel", "channel": channel, "channels": "email"}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(definition(steps=steps), schema())

    def test_mail_is_a_channel(self) -> None:
        assert "email" in CHANNELS
        assert journey(steps=SEND_AND_END).templates() == ["t"]
