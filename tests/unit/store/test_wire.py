"""The wire: what goes in at one end comes out at the other, however long, and a broken end is noticed."""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.store.wire import (
    CHUNK,
    LONGEST_MESSAGE,
    Done,
    Order,
    Question,
    Wire,
    WireCut,
    connect_to,
    listen_at,
    packed,
)


@pytest.fixture
def ends() -> Iterator[tuple[Wire, Wire]]:
    one, other = socket.socketpair()
    here, there = Wire(one), Wire(other)
    yield here, there
    here.close()
    there.close()


PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20) | st.binary(max_size=20)
TIMED = st.datetimes(timezones=st.none() | st.just(UTC)) | st.dates() | st.decimals(allow_nan=False)
VALUES = st.recursive(PLAIN | TIMED, lambda some: st.lists(some, max_size=3), max_leaves=8)


@given(VALUES)
def test_a_parameter_arrives_as_it_left(value: object) -> None:
    one, other = socket.socketpair()
    with Wire(one) as here, Wire(other) as there:
        here.say(Done(packed(value)))
        said = there.hear()
    assert isinstance(said, Done)
    assert said.result == value
    assert type(said.result) is type(value)


def test_named_parameters_and_tuples_are_packed_too() -> None:
    at = datetime(2026, 1, 1)  # noqa: DTZ001 - the warehouse keeps times without a zone
    assert list(packed({"at": at})) == ["at"]
    assert len(packed((1, date(2026, 1, 1), Decimal("1.50")))) == 3


def test_messages_keep_their_order_and_kind(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    here.say(Question(sql="SELECT 1", given=[1], tables=["lent"]))
    here.say(Order(name="tick", given={}, language="ja"))
    assert there.hear() == Question(sql="SELECT 1", given=[1], tables=["lent"])
    assert there.hear() == Order(name="tick", given={}, language="ja")


@pytest.mark.parametrize("rows", [0, 1, 5, 400_000])
def test_a_table_arrives_whole_in_chunks(ends: tuple[Wire, Wire], rows: int) -> None:
    here, there = ends
    frame = pl.DataFrame({"n": pl.Series(range(rows), dtype=pl.Int64), "s": ["花"] * rows})
    sending = threading.Thread(target=here.send_table, args=(frame,))
    sending.start()
    assert there.receive_table().equals(frame)
    sending.join()
    here.say(Done())
    assert there.hear() == Done()


def test_no_frame_of_a_table_is_longer_than_a_chunk() -> None:
    one, other = socket.socketpair()
    lengths: list[int] = []

    def read() -> None:
        with other.makefile("rb") as file:
            while (length := struct.unpack(">I", file.read(4))[0]) > 0:
                lengths.append(length)
                file.read(length)

    reading = threading.Thread(target=read)
    reading.start()
    with other, Wire(one) as here:  # whoever reads does not hang up before the end is told
        with here.table() as sink:
            for size in (1, CHUNK - 1, 3 * CHUNK + 7):
                sink.write(bytes(size))
        reading.join()
    assert max(lengths) == CHUNK
    assert sum(lengths) == 4 * CHUNK + 7


def test_a_table_that_breaks_off_ends_so_that_the_reason_can_follow(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    with pytest.raises(ZeroDivisionError), here.table() as sink:  # noqa: PT012 - the block is what breaks off
        sink.write(bytes(100))
        raise ZeroDivisionError
    here.say(Done("why"))
    there.receive_bytes()
    assert there.hear() == Done("why")


def test_an_end_that_is_gone_is_noticed(ends: tuple[Wire, Wire]) -> None:
    here, there = ends
    there.hang_up()
    with pytest.raises(WireCut):
        here.hear()
    there.hang_up()  # once more does no harm


@pytest.mark.parametrize(
    "frame",
    [b"\x00\x00\x00\x03abc", struct.pack(">I", LONGEST_MESSAGE + 1), b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00\x00\x09ab"],
    ids=["no message", "too long", "another protocol", "broken off"],
)
def test_what_is_no_message_cuts_the_wire(frame: bytes) -> None:
    one, other = socket.socketpair()
    one.sendall(frame)
    one.close()
    with Wire(other) as there, pytest.raises(WireCut):
        there.hear()


@pytest.mark.parametrize("depth", [1, 3, 12])
def test_a_socket_can_lie_however_deep(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["deeper and deeper"] * depth)
    folder.mkdir(parents=True)
    listener = listen_at(folder / "s")
    with connect_to(folder / "s") as here:
        connection, _ = listener.accept()
        with Wire(connection) as there:
            here.say(Done(1))
            assert there.hear() == Done(1)
    listener.close()


def test_a_socket_is_this_users_alone_and_replaces_a_left_over_one(tmp_path: Path) -> None:
    listen_at(tmp_path / "s").close()
    with pytest.raises(ConnectionRefusedError):
        connect_to(tmp_path / "s")
    listener = listen_at(tmp_path / "s")
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600
    connect_to(tmp_path / "s").close()
    listener.close()


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        connect_to(folder / "s")
    listen_at(folder / "s").close()
    assert len(os.listdir("/proc/self/fd")) == before
