"""The outbox in words, in both languages and in any zone: hours, colours, limits, what is held and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.deliver.breaker import OVERDUE, REASONS, Tripped
from tenshu.deliver.limits import Limits, Pace
from tenshu.deliver.standstill import BY_HAND, RESTORED, Standstill
from tenshu.kit.i18n import speaking
from tenshu.store.ledger import INSTANT
from tenshu.web.console.outbox.outbox_view import COLOURS, HOURS, Queue, queue_view

NOW = datetime(2026, 6, 1, 3, 20, tzinfo=UTC)
FREE = Pace(limits=Limits(), last_hour=0, last_day=0, room=None, next_at=None)
KINDS: dict[str, Any] = {"journey": pl.String, "status": pl.String, "messages": pl.Int64, "hour_at": INSTANT}
FOUND: dict[str, Any] = {"count": 1_200, "people": 30, "hours": 24}


def queue(
    *rows: tuple[str, int, int], language: str = "en", zone: str = "Asia/Tokyo", status: str = "active", **changes: Any
) -> Queue:
    """Return the page of a queue: journey, hours from this one, messages."""
    told = [(name, status, count, NOW.replace(minute=0) + timedelta(hours=hours)) for name, hours, count in rows]
    given = {"titles": {}, "tripped": {}, "standing_still": None, "pace": FREE, "in_hands": 0, **changes}
    with speaking(language):
        return queue_view(pl.DataFrame(told, schema=KINDS, orient="row"), now=NOW, zone=zone, **given)


@pytest.mark.parametrize(
    ("zone", "labels"),
    [
        ("Asia/Tokyo", ["now", "15:00", "18:00", "21:00", "0:00", "3:00", "6:00", "9:00", "later"]),
        ("UTC", ["now", "6:00", "9:00", "12:00", "15:00", "18:00", "21:00", "0:00", "later"]),
        ("America/New_York", ["now", "2:00", "5:00", "8:00", "11:00", "14:00", "17:00", "20:00", "later"]),
        ("Asia/Kolkata", ["now", "11:30", "14:30", "17:30", "20:30", "23:30", "2:30", "5:30", "later"]),
        ("Asia/Kathmandu", ["now", "11:45", "14:45", "17:45", "20:45", "23:45", "2:45", "5:45", "later"]),
    ],
)
def test_hours_are_those_of_the_shops_clock(zone: str, labels: list[str]) -> None:
    drawn = queue(("a", 0, 1), zone=zone)
    assert [bar.label for bar in drawn.bars if bar.label] == labels
    assert [number for number, bar in enumerate(drawn.bars) if bar.label] == [0, 3, 6, 9, 12, 15, 18, 21, HOURS]


def test_the_clock_that_is_put_back_shows_its_hour_as_it_is_then() -> None:
    night = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)  # 01:00 in Berlin, which puts the clock back at 03:00
    rows = pl.DataFrame([("a", "active", 1, night)], schema=KINDS, orient="row")
    with speaking("en"):
        drawn = queue_view(
            rows,
            titles={},
            tripped={},
            standing_still=None,
            pace=FREE,
            in_hands=0,
            now=night,
            zone="Europe/Berlin",
        )
    assert [bar.label for bar in drawn.bars[:7] if bar.label] == ["now", "3:00", "6:00"]


@pytest.mark.parametrize(
    ("language", "total", "hands", "due", "later"),
    [
        (
            "en",
            "1,503 messages wait to be sent.",
            "64 messages are being handed over at this moment.",
            "due now",
            "from 1 June 2026, 14:00 on",
        ),
        ("ja", "1,503", "64", "", "2026年6月1日"),
    ],
)
def test_what_waits_is_summed_and_each_says_when_it_goes(
    language: str, total: str, hands: str, due: str, later: str
) -> None:
    drawn = queue(("a", 0, 1_500), ("b", 2, 3), language=language, in_hands=64)
    assert total in drawn.total
    assert hands in drawn.in_hands
    first, second = drawn.lines
    assert (first.name, second.name) == ("a", "b")
    assert due in first.next_at
    assert later in second.next_at


def test_nobodys_hands_and_an_empty_queue_are_not_spoken_of() -> None:
    drawn = queue()
    assert (drawn.total, drawn.in_hands, drawn.standing_still, drawn.pace) == ("", "", "", "")
    assert not drawn.is_at_limit


def test_the_largest_have_colours_and_the_others_share_the_last() -> None:
    names = ["f", "e", "d", "c", "b", "a"]
    drawn = queue(*((name, 0, 10 * (number + 1)) for number, name in enumerate(names)))
    assert [line.name for line in drawn.lines] == ["a", "b", "c", "d", "e", "f"]
    assert [line.colour for line in drawn.lines] == [1, 2, 3, COLOURS, COLOURS, COLOURS]
    assert [piece.colour for piece in drawn.bars[0].pieces] == [1, 2, 3, 4, 4, 4]


def test_of_equally_large_ones_the_name_decides() -> None:
    assert [line.name for line in queue(("b", 0, 5), ("a", 3, 5), ("c", 1, 5)).lines] == ["a", "b", "c"]


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_reason_to_stop_is_said_with_its_numbers(reason: str, language: str) -> None:
    tripped = {"a": Tripped(journey="a", tripped_at=NOW, reason=reason, found=FOUND)}
    (line,) = queue(("a", 0, 5), language=language, tripped=tripped).lines
    assert "1,200" in line.held
    assert "{" not in line.held
    assert line.is_tripped
    assert line.may_skip is (reason == OVERDUE)


@pytest.mark.parametrize(("language", "held"), [("en", "It is paused."), ("ja", "一時停止")])
def test_a_paused_scenario_says_so_and_its_bars_are_held(language: str, held: str) -> None:
    drawn = queue(("a", 0, 5), language=language, status="paused")
    assert held in drawn.lines[0].held
    assert not drawn.lines[0].is_tripped
    assert all(piece.is_held for bar in drawn.bars for piece in bar.pieces)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("reason", [BY_HAND, RESTORED, "Stocktaking until Friday"])
def test_why_all_stands_still_is_said_or_quoted(language: str, reason: str) -> None:
    still = Standstill(reason=reason, since=NOW)
    assert queue(language=language, standing_still=still).standing_still == still.text(language)
    assert still.text(language) == reason or reason in (BY_HAND, RESTORED)


@pytest.mark.parametrize(
    ("limits", "english", "japanese"),
    [
        (Limits(per_hour=400), ["40 of 400 in the last hour"], ["400"]),
        (Limits(per_day=15_000), ["1,234 of 15,000 in the last 24 hours"], ["1,234", "15,000"]),
        (
            Limits(per_hour=400, per_day=15_000),
            ["40 of 400 in the last hour, 1,234 of 15,000 in the last 24 hours"],
            ["400", "、", "15,000"],
        ),
    ],
)
def test_each_limit_that_is_set_is_told_with_what_went(limits: Limits, english: list[str], japanese: list[str]) -> None:
    pace = Pace(limits=limits, last_hour=40, last_day=1_234, room=360, next_at=None)
    for language, words in (("en", english), ("ja", japanese)):
        drawn = queue(language=language, pace=pace)
        assert all(word in drawn.pace for word in words)
        assert not drawn.is_at_limit


@pytest.mark.parametrize(("zone", "at"), [("Asia/Tokyo", "12:45"), ("Asia/Kolkata", "09:15"), ("UTC", "03:45")])
def test_when_it_goes_on_is_said_on_the_shops_clock(zone: str, at: str) -> None:
    pace = Pace(limits=Limits(per_hour=30), last_hour=30, last_day=30, room=0, next_at=NOW + timedelta(minutes=25))
    drawn = queue(("a", 0, 9), zone=zone, pace=pace)
    assert drawn.is_at_limit
    assert f"sending goes on at 1 June 2026, {at}" in drawn.pace


def test_pieces_name_their_scenario_and_count_for_a_pointer() -> None:
    drawn = queue(("a", 0, 1_500), ("b", 0, 2), titles={"a": "Welcome <b>"})
    assert [piece.said for piece in drawn.bars[0].pieces] == ["Welcome <b>: 1,500", "b: 2"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(0, 30), st.integers(1, 9_999)), min_size=1, max_size=9)
)
def test_even_one_message_can_be_seen_beside_thousands(rows: list[tuple[str, int, int]]) -> None:
    drawn = queue(*rows)
    pieces = [piece for bar in drawn.bars for piece in bar.pieces]
    assert min(piece.height for piece in pieces) >= 3
    assert all(0 <= piece.y < drawn.height for piece in pieces)
