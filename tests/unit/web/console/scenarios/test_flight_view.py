"""The pre-flight's page: the funnel ends where the account will begin, and what stops it stands first."""

from datetime import UTC, date, datetime

import pytest

from tenshu.deliver.preflight import Check, Level
from tenshu.journey.foreseen import Foreseen
from tenshu.journey.recipes import Choices, make_journey
from tenshu.kit.i18n import speaking
from tenshu.web.console.scenarios.flight import Flight
from tenshu.web.console.scenarios.flight_view import FlightView, flight_view

AT = datetime(2026, 6, 2, 1, tzinfo=UTC)
NEWS = make_journey(
    "news",
    Choices(recipe="broadcast", title="News", language="en", template="t", review_on=date(2026, 7, 1)),
    segment=None,
    today_minute="2026-06-01T12:00",
)


def check(level: Level, code: str = "x") -> Check:
    return Check(code=code, level=level, said=f"{level} {code}")


def seen(*, entering: int = 1_000, is_by_event: bool = False, **suppressed: int) -> Foreseen:
    """Return a first hour with a tenth held out."""
    held_out = entering // 10
    return Foreseen(
        at=AT,
        is_by_event=is_by_event,
        entering=entering,
        sent=entering - held_out - sum(suppressed.values()),
        held_out=held_out,
        suppressed=suppressed,
    )


def view(found: Foreseen, *checks: Check) -> FlightView:
    with speaking("en"):
        return flight_view(NEWS, Flight(seen=found, checks=checks, sample=None), zone="Asia/Tokyo", currency="JPY")


def test_the_funnel_adds_up() -> None:
    drawn = view(seen(capped=250, no_basis=50))
    counts = [int(bar.count.replace(",", "")) for bar in drawn.funnel]
    assert counts[0] == sum(counts[1:]) == 1_000
    assert [bar.kind for bar in drawn.funnel] == ["people", "silent", "silent", "held_out", "people"]
    assert [bar.width for bar in drawn.funnel] == [100.0, 25.0, 5.0, 10.0, 60.0]


def test_the_size_is_a_number_for_the_form_and_a_sentence_for_the_person() -> None:
    drawn = view(seen(capped=250))
    assert drawn.people == 650
    assert drawn.summary == "650 of 1,000 people get a mail. A mail costs nothing."
    assert drawn.when == "2 June 2026, 10:00"


def test_of_an_event_the_last_weeks_stand_for_the_next() -> None:
    drawn = view(seen(is_by_event=True))
    assert drawn.summary == "In the last 28 days it would have been 1,000 people, 900 of them with a mail."


def test_nobody_is_drawn_as_nobody() -> None:
    drawn = view(seen(entering=0))
    assert {bar.width for bar in drawn.funnel} == {0.0}
    assert drawn.people == 0


def test_what_stops_it_stands_first_then_what_to_think_about() -> None:
    drawn = view(seen(), check("ok"), check("warn"), check("stop"), check("ok"), check("stop"))
    assert [one.level for one in drawn.checks] == ["stop", "stop", "warn", "ok", "ok"]
    assert (drawn.stops, drawn.warns) == ("2 to be put right first", "1 to think about")
    assert not drawn.may_start


def test_warnings_alone_stop_nothing() -> None:
    drawn = view(seen(), check("warn"), check("ok"))
    assert drawn.may_start
    assert drawn.stops == ""


def test_of_the_same_gravity_they_keep_their_order() -> None:
    drawn = view(seen(), *(check("warn", str(number)) for number in range(5)))
    assert [one.code for one in drawn.checks] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("code", "may_test"), [("server", False), ("template", False), ("test", True), ("links", True)]
)
def test_a_test_is_offered_where_one_can_be_sent(code: str, *, may_test: bool) -> None:
    assert view(seen(), check("stop", code)).may_test is may_test


def test_it_says_what_it_would_do() -> None:
    drawn = view(seen())
    assert drawn.who.startswith("Enters: once, on 2026-06-01 12:00")
    assert drawn.goal == "Goal: 5 % within 14 day(s): placed an order"
