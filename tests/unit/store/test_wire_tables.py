"""What goes over the wire: parameters of every kind, tables of every column, words of every message."""

import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.store.wire import Answer, Done, Message, Order, Question, Step, Trouble, Wire, WireCut, packed

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@pytest.fixture(scope="module")
def ends() -> Iterator[tuple[Wire, Wire]]:
    one, other = socket.socketpair()
    with Wire(one) as here, Wire(other) as there:
        yield here, there


def sent(ends: tuple[Wire, Wire], message: Message) -> Message:
    here, there = ends
    here.say(message)
    return there.hear()


COLUMNS = st.sampled_from(
    [
        (pl.Int64(), st.integers(-(2**63), 2**63 - 1)),
        (pl.Int32(), st.integers(-(2**31), 2**31 - 1)),
        (pl.Float64(), st.floats(allow_nan=False)),
        (pl.String(), TEXTS),
        (pl.Binary(), st.binary(max_size=8)),
        (pl.Boolean(), st.booleans()),
        (pl.Date(), st.dates()),
        (pl.Datetime("us", "UTC"), st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001
        (pl.Datetime("us"), st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))),  # noqa: DTZ001
        (pl.Decimal(18, 2), st.decimals(-(10**9), 10**9, places=2)),
        (pl.List(pl.Int64()), st.lists(st.integers(-9, 9), max_size=3)),
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kinds=st.lists(COLUMNS, min_size=1, max_size=4), rows=st.integers(0, 5))
def test_a_table_of_any_columns_arrives_as_it_left(
    ends: tuple[Wire, Wire], data: st.DataObject, kinds: list[tuple[pl.DataType, st.SearchStrategy[Any]]], rows: int
) -> None:
    frame = pl.DataFrame(
        [
            pl.Series(f"c{place}", data.draw(st.lists(st.none() | values, min_size=rows, max_size=rows)), dtype=kind)
            for place, (kind, values) in enumerate(kinds)
        ]
    )
    here, there = ends
    here.send_table(frame)
    found = there.receive_table()
    assert found.schema == frame.schema
    assert found.equals(frame)


def test_a_table_without_rows_keeps_its_columns(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    frame = pl.DataFrame(schema={"customer": pl.Int64, "seen_at": pl.Datetime("us", "UTC"), "名前": pl.String})
    here.send_table(frame)
    assert there.receive_table().schema == frame.schema


MESSAGES = st.one_of(
    st.builds(Question, sql=TEXTS, given=st.lists(st.integers(-9, 9) | TEXTS, max_size=3), tables=st.lists(TEXTS)),
    st.builds(Order, name=TEXTS, given=st.dictionaries(TEXTS, st.integers(-9, 9), max_size=3), language=TEXTS),
    st.builds(Step, text=TEXTS, done=st.floats(0, 1e9), total=st.none() | st.floats(0, 1e9)),
    st.just(Answer()),
    st.builds(Done, result=st.none() | TEXTS | st.integers(-9, 9)),
    st.builds(Trouble, kind=TEXTS, text=TEXTS, is_ours=st.booleans()),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(MESSAGES, min_size=1, max_size=5))
def test_every_message_is_heard_as_it_was_said_in_its_order(ends: tuple[Wire, Wire], messages: list[Message]) -> None:
    here, there = ends
    for message in messages:
        here.say(message)
    assert [there.hear() for _message in messages] == messages


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=9))),
        datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
        datetime(1, 1, 1),  # noqa: DTZ001 - the warehouse keeps times without a zone
        datetime(9999, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001
        date(2024, 2, 29),
        date(1, 1, 1),
        Decimal("0.10"),
        Decimal("-1E+30"),
        Decimal("123456789012345678901234567890.123"),
        2**64 - 1,
        -(2**63),
        0.1,
        float("inf"),
        "",
        "\x00 花 🌸",
        b"\x00\xff",
        True,
        None,
    ],
    ids=repr,
)
def test_a_parameter_keeps_its_kind_its_zone_and_its_last_digit(ends: tuple[Wire, Wire], value: object) -> None:
    found = sent(ends, Done(packed({"one": value, "many": [value, [value]]})))
    assert isinstance(found, Done)
    one, (first, (deep,)) = found.result["one"], found.result["many"]
    for each in (one, first, deep):
        assert each == value
        assert type(each) is type(value)
        assert str(each) == str(value)
    if isinstance(value, datetime):
        assert one.utcoffset() == value.utcoffset()


@given(values=st.lists(st.integers() | TEXTS, max_size=5))
def test_packing_changes_nothing_that_needs_no_packing_and_makes_lists_of_what_is_many(values: list[object]) -> None:
    assert packed(values) == packed(tuple(values)) == values
    assert packed({"many": values}) == {"many": values}
    assert sorted(map(repr, packed(set(values)))) == sorted(map(repr, set(values)))


@pytest.mark.parametrize("code", [0, 4, 127])
def test_a_kind_of_value_that_nobody_knows_cuts_the_wire(ends: tuple[Wire, Wire], code: int) -> None:
    here, there = ends
    here.say(Done(msgspec.msgpack.Ext(code, b"2026")))
    with pytest.raises(WireCut):
        there.hear()


@pytest.mark.parametrize(
    "message",
    [
        {"type": "Nobody"},
        {"type": "Question", "sql": 1, "given": None, "tables": []},
        {"type": "Order", "name": "tick"},
        {"sql": "SELECT 1"},
        [],
        "SELECT 1",
        None,
    ],
    ids=repr,
)
def test_words_that_make_no_message_cut_the_wire(ends: tuple[Wire, Wire], message: object) -> None:
    here, there = ends
    here._send(msgspec.msgpack.encode(message))
    with pytest.raises(WireCut):
        there.hear()


def test_tables_and_messages_take_turns_on_one_wire(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    frame = pl.DataFrame({"n": [1, 2, 3]})
    here.say(Question("SELECT 1", [], ["a", "b"]))
    here.send_table(frame)
    here.send_table(frame.head(1))
    here.say(Done())
    assert isinstance(there.hear(), Question)
    assert there.receive_table().equals(frame)
    assert there.receive_table().equals(frame.head(1))
    assert there.hear() == Done()


def test_a_file_of_the_wire_takes_bytes_in_any_form_and_counts_them(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    with here.table() as sink:
        assert sink.writable()
        written = [sink.write(some) for some in (b"ab", bytearray(b"cd"), memoryview(b"ef"), b"")]
    assert written == [2, 2, 2, 0]
    assert there.receive_bytes().read() == b"abcdef"


def test_a_wire_that_was_hung_up_takes_no_more_words_and_closes_twice_without_harm() -> None:
    one, other = socket.socketpair()
    here, there = Wire(one), Wire(other)
    there.close()
    with pytest.raises(WireCut):
        here.hear()
    here.close()
    here.close()
    assert here.closed
