"""Limits as people write them and as they are kept: what is read, what is refused, what counts when."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.deliver.limits import (
    DAY,
    HOUR,
    LINGERS,
    MINUTE,
    MOST,
    LimitRefused,
    Limits,
    Pace,
    gave_back,
    is_holding_back,
    pace,
    parse_limit,
    read_limits,
    room,
    took,
    write_limits,
)
from tenshu.deliver.tables import handed_by_minute
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.settings import settings as kept_settings
from tenshu.testing.small_shop import MONDAY

CLAIMED = pl.Schema({"claimed_at": pl.Datetime("us", "UTC")})


@contextmanager
def counting() -> Iterator[Transaction]:
    """Open a transaction of a ledger in memory that only counts."""
    ledger = Ledger(Path(":memory:"))
    with ledger.engine.connect() as connection:
        handed_by_minute.metadata.create_all(connection, tables=[handed_by_minute, kept_settings])
        with ledger.writing() as tx:
            yield tx
    ledger.close()


def back(at: datetime, messages: int) -> pl.DataFrame:
    return pl.DataFrame({"claimed_at": [at] * messages}, schema=CLAIMED)


@given(st.integers(1, MOST))
def test_a_number_is_read_however_it_is_written(most: int) -> None:
    wide = str(most).translate({ord("0") + digit: chr(0xFF10 + digit) for digit in range(10)})
    for text in (str(most), f"{most:,}", f" {most}\t", wide, f"　{wide}　", f"{most:,}".replace(",", "，")):
        assert parse_limit("per_hour", text) == most


@pytest.mark.parametrize("text", ["", " ", "　", "\t\n"])
def test_nothing_is_no_limit(text: str) -> None:
    assert parse_limit("per_day", text) is None


@pytest.mark.parametrize(
    "text",
    ["0", "00", ",", "、", "-5", "+5", "1e3", "0x10", "5.0", "500通", "無制限", "∞", "½", "1 000", str(MOST + 1)],
)
def test_what_is_no_number_from_one_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(LimitRefused) as refused:
        parse_limit("per_day", text)
    english, japanese = refused.value.text("en"), refused.value.text("ja")
    assert english.startswith(f"per_day cannot be {text}.")
    assert f"「{text}」は使えません" in japanese


def test_a_very_long_text_is_cut_where_it_is_said() -> None:
    with pytest.raises(LimitRefused) as refused:
        parse_limit("per_day", "9" * 5_000)
    assert refused.value.given["value"] == "9" * 40


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_limit_nothing_or_refused(text: str) -> None:
    try:
        found = parse_limit("per_day", text)
    except LimitRefused:
        return
    assert found is None or 1 <= found <= MOST
    assert (found is None) == (not text.strip())


@pytest.mark.parametrize(
    ("limits", "windows"),
    [
        (Limits(), []),
        (Limits(per_hour=3), [(HOUR, 3)]),
        (Limits(per_day=9), [(DAY, 9)]),
        (Limits(per_hour=3, per_day=9), [(HOUR, 3), (DAY, 9)]),
    ],
)
def test_each_limit_is_a_window_and_is_kept(limits: Limits, windows: list[tuple[timedelta, int]]) -> None:
    assert limits.windows() == windows
    with counting() as tx:
        assert read_limits(tx) == Limits()
        write_limits(tx, limits)
        assert read_limits(tx) == limits


@pytest.mark.parametrize("kept", [{"per_hour": 0}, {"per_day": -1}, {"per_day": MOST + 1}, {"per_hour": "5"}])
def test_a_setting_that_no_form_writes_is_not_believed(kept: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(kept, Limits)


def test_without_a_limit_there_is_room_for_all() -> None:
    with counting() as tx:
        took(tx, 10**6, now=MONDAY)
        assert room(tx, Limits(), now=MONDAY) is None
        found = pace(tx, now=MONDAY)
    assert found == Pace(limits=Limits(), last_hour=10**6, last_day=10**6, room=None, next_at=None)


@pytest.mark.parametrize(
    ("after", "left"),
    [
        (timedelta(0), 3),
        (HOUR, 3),
        (HOUR + LINGERS - timedelta(microseconds=1), 3),
        (HOUR + LINGERS, 10),
        (DAY, 10),
        (-HOUR, 3),
        (-HOUR - MINUTE, 10),
    ],
)
def test_a_minute_counts_until_its_window_and_its_lingering_are_over(after: timedelta, left: int) -> None:
    with counting() as tx:
        took(tx, 7, now=MONDAY)
        assert room(tx, Limits(per_hour=10), now=MONDAY + after) == left


def test_the_tighter_of_two_limits_decides() -> None:
    with counting() as tx:
        took(tx, 7, now=MONDAY - 2 * HOUR)
        took(tx, 2, now=MONDAY)
        for limits, left in (
            (Limits(per_hour=10, per_day=20), 8),
            (Limits(per_hour=10, per_day=12), 3),
            (Limits(per_hour=10, per_day=5), 0),
            (Limits(per_hour=2, per_day=500), 0),
        ):
            assert room(tx, limits, now=MONDAY) == left


@pytest.mark.parametrize(
    ("limits", "went", "expected"),
    [
        (Limits(), 10**6, False),
        (Limits(per_day=500), 124, False),
        (Limits(per_day=500), 125, True),
        (Limits(per_hour=10), 59, False),
        (Limits(per_hour=10), 60, True),
        (Limits(per_hour=10, per_day=100), 24, False),
        (Limits(per_hour=10, per_day=100), 25, True),
    ],
)
def test_limits_hold_back_from_a_quarter_of_a_day_on(limits: Limits, went: int, *, expected: bool) -> None:
    with counting() as tx:
        write_limits(tx, limits)
        took(tx, went, now=MONDAY - 30 * HOUR)
        assert is_holding_back(tx, now=MONDAY) is expected


EVENTS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30), st.integers(0, 30)), max_size=15)


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_what_was_taken_less_what_was_given_back_is_what_counts(events: list[tuple[int, int, int]]) -> None:
    went = 0
    with counting() as tx:
        for minute, taken, refused in sorted(events):
            now = MONDAY + minute * MINUTE
            took(tx, taken, now=now)
            gave_back(tx, back(now, min(taken, refused)))
            went += taken - min(taken, refused)
        found = pace(tx, now=MONDAY + 50 * MINUTE)
    assert (found.last_hour, found.last_day) == (went, went)


def test_nothing_taken_and_nothing_given_back_leaves_no_trace() -> None:
    with counting() as tx:
        took(tx, 0, now=MONDAY)
        gave_back(tx, back(MONDAY, 0))
        gave_back(tx, pl.DataFrame({"claimed_at": [None]}, schema=CLAIMED))
        assert pace(tx, now=MONDAY).last_day == 0
        assert tx.frame(handed_by_minute.select()).is_empty()
