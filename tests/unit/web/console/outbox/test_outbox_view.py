"""The chart shows every message that waits, once, in the hour in which it goes; what is held says why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.deliver.breaker import OVERDUE, Tripped
from tenshu.deliver.limits import Limits, Pace
from tenshu.deliver.standstill import BY_HAND, Standstill
from tenshu.kit.i18n import speaking
from tenshu.store.ledger import INSTANT
from tenshu.web.console.outbox.outbox_view import HOURS, Queue, queue_view

NOW = datetime(2026, 6, 1, 3, 20, tzinfo=UTC)
FREE = Pace(limits=Limits(), last_hour=0, last_day=0, room=None, next_at=None)
ROW = st.tuples(st.sampled_from(["a", "b", "c", "d", "e", "f"]), st.integers(-50, 90), st.integers(1, 10_000))


def waiting(rows: list[tuple[str, int, int]]) -> pl.DataFrame:
    """Return a queue: journey, hours from now, messages."""
    hour = NOW.replace(minute=0)
    kinds: dict[str, Any] = {"journey": pl.String, "status": pl.String, "messages": pl.Int64, "hour_at": INSTANT}
    told = [(name, "active", count, hour + timedelta(hours=hours)) for name, hours, count in rows]
    return pl.DataFrame(told, schema=kinds, orient="row")


def view(rows: list[tuple[str, int, int]], **changes: object) -> Queue:
    given: dict[str, Any] = {"titles": {}, "tripped": {}, "standing_still": None, "pace": FREE, "in_hands": 0}
    return queue_view(waiting(rows), now=NOW, zone="Asia/Tokyo", **{**given, **changes})


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=30, unique_by=lambda row: row[:2]))
def test_the_bars_hold_every_message_once(rows: list[tuple[str, int, int]]) -> None:
    with speaking("en"):
        drawn = view(rows)
    total = sum(count for _name, _hours, count in rows)
    assert sum(int(bar.count.replace(",", "") or 0) for bar in drawn.bars) == total
    assert sum(int(line.count.replace(",", "")) for line in drawn.lines) == total
    assert len(drawn.bars) == HOURS + 1
    assert {line.name for line in drawn.lines} == {name for name, _hours, _count in rows}


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=30, unique_by=lambda row: row[:2]))
def test_no_two_bars_overlap_and_pieces_stand_on_each_other(rows: list[tuple[str, int, int]]) -> None:
    drawn = view(rows)
    for left, right in zip(drawn.bars, drawn.bars[1:], strict=False):
        assert left.x + left.width <= right.x
    assert drawn.bars[-1].x + drawn.bars[-1].width <= 100
    for bar in drawn.bars:
        floor = drawn.height
        for piece in bar.pieces:
            assert piece.y + piece.height == pytest.approx(floor, abs=0.02)
            floor = piece.y


def test_what_is_due_stands_in_the_first_bar_and_what_is_far_in_the_last() -> None:
    with speaking("en"):
        drawn = view([("a", -30, 3), ("a", 0, 2), ("a", 1, 4), ("a", 70, 5)])
    assert [bar.count for bar in drawn.bars if bar.count] == ["5", "4", "5"]
    assert (drawn.bars[0].label, drawn.bars[-1].label) == ("now", "later")
    assert [bar.label for bar in drawn.bars[1:4]] == ["", "", "15:00"]


def test_nothing_that_waits_has_no_bars() -> None:
    drawn = view([])
    assert (drawn.bars, drawn.lines, drawn.total) == ((), (), "")


def test_what_stopped_itself_says_why_and_may_be_skipped_only_when_overdue() -> None:
    stopped = {
        "a": Tripped(journey="a", tripped_at=NOW, reason=OVERDUE, found={"count": 2_000, "hours": 24}),
        "b": Tripped(journey="b", tripped_at=NOW, reason="flood", found={"count": 9_000, "people": 10}),
    }
    with speaking("en"):
        drawn = view([("a", 0, 2_000), ("b", 0, 9_000), ("c", 0, 1)], tripped=stopped, titles={"a": "Welcome"})
    by_name = {line.name: line for line in drawn.lines}
    assert "2,000 messages" in by_name["a"].held
    assert (by_name["a"].may_skip, by_name["b"].may_skip, by_name["c"].is_tripped) == (True, False, False)
    assert by_name["a"].title == "Welcome"
    assert [piece.is_held for piece in drawn.bars[0].pieces] == [True, True, False]


def test_a_limit_says_how_far_it_is_used_and_when_it_goes_on() -> None:
    pace = Pace(limits=Limits(per_day=500), last_hour=20, last_day=500, room=0, next_at=NOW + timedelta(hours=5))
    with speaking("en"):
        drawn = view([("a", 0, 1)], pace=pace)
        free = view([("a", 0, 1)])
    assert "500 of 500 in the last 24 hours" in drawn.pace
    assert "sending goes on at 1 June 2026, 17:20" in drawn.pace
    assert (drawn.is_at_limit, free.is_at_limit, free.pace) == (True, False, "")


def test_a_standstill_is_told_with_its_reason() -> None:
    with speaking("en"):
        drawn = view([], standing_still=Standstill(reason=BY_HAND, since=NOW))
    assert drawn.standing_still == "Somebody has paused all sending."
