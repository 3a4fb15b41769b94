"""The pre-flight's page in both languages: each reason not to write is a bar, each recipe says what it would do."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.decide.reasons import SENTENCES, Reason
from tenshu.deliver.preflight import Check, Level
from tenshu.journey.foreseen import Foreseen
from tenshu.journey.grammar import Journey
from tenshu.journey.recipes import RECIPES, Choices, make_journey
from tenshu.kit.i18n import _, speaking
from tenshu.web.console.scenarios.flight import Flight
from tenshu.web.console.scenarios.flight_view import FlightView, flight_view

AT = datetime(2026, 6, 1, 15, 30, tzinfo=UTC)
LEVELS: tuple[Level, ...] = ("ok", "warn", "stop")


def scenario(recipe: str = "broadcast", **changes: Any) -> Journey:
    usual = {"title": "News", "language": "en", "template": "t", "review_on": date(2026, 7, 1), "days": 5, **changes}
    return make_journey("news", Choices(recipe=recipe, **usual), segment=None, today_minute="2026-06-01T12:00")


def seen(sent: int = 0, held_out: int = 0, *, is_by_event: bool = False, **suppressed: int) -> Foreseen:
    return Foreseen(
        at=AT,
        is_by_event=is_by_event,
        entering=sent + held_out + sum(suppressed.values()),
        sent=sent,
        held_out=held_out,
        suppressed=suppressed,
    )


def view(
    found: Foreseen, *checks: Check, language: str = "en", zone: str = "Asia/Tokyo", journey: Journey | None = None
) -> FlightView:
    flight = Flight(seen=found, checks=checks, sample=None)
    with speaking(language):
        return flight_view(journey or scenario(), flight, zone=zone, currency="JPY")


def check(level: Level, code: str = "x") -> Check:
    return Check(code=code, level=level, said="said")


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_reason_is_a_bar_with_its_sentence(reason: Reason, language: str) -> None:
    drawn = view(seen(3, 0, is_by_event=False, **{reason.value: 1}), language=language)
    (bar,) = (bar for bar in drawn.funnel if bar.kind == "silent")
    assert bar.words == _(SENTENCES[reason], language)
    assert (bar.count, bar.width) == ("1", 25.0)


def test_reasons_come_in_the_order_in_which_they_were_counted() -> None:
    drawn = view(seen(sent=1, capped=900, refused=90, no_basis=9))
    assert [bar.count for bar in drawn.funnel] == ["1,000", "900", "90", "9", "0", "1"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Fit the scenario", "Held out by lot, to measure the effect", "Get the mail"]),
        ("ja", None),
    ],
)
def test_the_funnel_begins_with_who_fits_and_ends_with_who_gets_it(language: str, words: list[str] | None) -> None:
    drawn = view(seen(sent=9, held_out=1), language=language)
    told = [bar.words for bar in drawn.funnel]
    assert told == words or (words is None and all(not word.isascii() for word in told))
    assert [bar.kind for bar in drawn.funnel] == ["people", "held_out", "people"]


@pytest.mark.parametrize(
    ("sent", "held_out", "summary"),
    [
        (0, 0, "0 of 0 people get a mail. A mail costs nothing."),
        (1, 0, "1 of 1 people get a mail. A mail costs nothing."),
        (12_345, 1_000, "12,345 of 13,345 people get a mail. A mail costs nothing."),
    ],
)
def test_the_size_is_said_with_its_base(sent: int, held_out: int, summary: str) -> None:
    drawn = view(seen(sent=sent, held_out=held_out))
    assert (drawn.summary, drawn.people) == (summary, sent)
    assert view(seen(sent=sent, held_out=held_out), language="ja").summary != summary


@pytest.mark.parametrize(
    ("zone", "when"),
    [
        ("Asia/Tokyo", "2 June 2026, 00:30"),
        ("UTC", "1 June 2026, 15:30"),
        ("America/Los_Angeles", "1 June 2026, 08:30"),
    ],
)
def test_when_it_begins_is_on_the_shops_clock(zone: str, when: str) -> None:
    assert view(seen(sent=1), zone=zone).when == when


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_recipe_says_what_it_would_do(recipe: str, language: str) -> None:
    drawn = view(seen(sent=1), language=language, journey=scenario(recipe, target_rate=0.25, within_days=7))
    assert drawn.who
    assert "25 %" in drawn.goal
    assert "7" in drawn.goal
    assert any("ぁ" <= letter <= "ん" for letter in drawn.who) is (language == "ja")


@pytest.mark.parametrize(
    ("checks", "stops", "warns"),
    [
        ([], "", ""),
        (["ok", "ok"], "", ""),
        (["warn"], "", "1 to think about"),
        (["stop"], "1 to be put right first", ""),
        (["stop", "warn", "stop", "warn", "warn"], "2 to be put right first", "3 to think about"),
    ],
)
def test_what_is_to_do_is_counted_above(checks: list[Level], stops: str, warns: str) -> None:
    drawn = view(seen(sent=1), *(check(level) for level in checks))
    assert (drawn.stops, drawn.warns) == (stops, warns)
    japanese = view(seen(sent=1), *(check(level) for level in checks), language="ja")
    assert (bool(japanese.stops), bool(japanese.warns)) == (bool(stops), bool(warns))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("code", ["server", "template", "links"])
def test_only_a_missing_server_or_message_forbids_the_test(code: str, level: Level) -> None:
    drawn = view(seen(sent=1), check(level, code))
    assert drawn.may_test is not (level == "stop" and code != "links")
    assert drawn.may_start is (level != "stop")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(LEVELS), max_size=10))
def test_no_check_is_lost_and_the_gravest_stands_first(levels: list[Level]) -> None:
    checks = [check(level, str(number)) for number, level in enumerate(levels)]
    drawn = view(seen(sent=1), *checks)
    assert sorted(one.code for one in drawn.checks) == sorted(one.code for one in checks)
    gravity = [("stop", "warn", "ok").index(one.level) for one in drawn.checks]
    assert gravity == sorted(gravity)
    assert drawn.may_start is ("stop" not in levels)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.lists(st.integers(1, 10**6), max_size=3))
def test_the_bars_below_the_first_make_up_the_first(sent: int, held_out: int, lost: list[int]) -> None:
    reasons = dict(zip(("refused", "capped", "no_basis"), lost, strict=False))
    whole, *parts = view(seen(sent, held_out, is_by_event=False, **reasons)).funnel
    assert sum(int(bar.count.replace(",", "")) for bar in parts) == int(whole.count.replace(",", ""))
    assert sum(bar.width for bar in parts) == pytest.approx(whole.width, abs=0.05)
    assert whole.width in (0.0, 100.0)
