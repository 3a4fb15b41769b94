"""How two processes of one shop talk: messages and tables over a local socket.

A frame is its length (4 bytes, big-endian) and so many bytes. A message is one frame of MessagePack. A table
follows a message as an Arrow stream in frames of at most `CHUNK` bytes and ends with an empty frame, so that
neither side ever holds more of it in buffers than a chunk.
"""

import io
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec
import polars as pl

CHUNK: Final = 1 << 20
#: A message carries words and parameters, never a table.
LONGEST_MESSAGE: Final = 64 << 20
#: A socket's address holds 108 bytes; longer ones are reached through their open folder.
_LONGEST_ADDRESS: Final = 100
_LENGTH: Final = struct.Struct(">I")


class Question(msgspec.Struct, tag=True):
    """A query, followed by one table for each lent name."""

    sql: str
    given: Any
    tables: list[str]


class Order(msgspec.Struct, tag=True):
    """A named operation that the owner is to do; its words are to be in this language."""

    name: str
    given: dict[str, Any]
    language: str


class Step(msgspec.Struct, tag=True):
    """How far an operation is."""

    text: str
    done: float
    total: float | None


class Answer(msgspec.Struct, tag=True):
    """A table follows, and after it `Done` or `Trouble`."""


class Done(msgspec.Struct, tag=True):
    """The operation's result, or the end of an answer."""

    result: Any = None


class Trouble(msgspec.Struct, tag=True):
    """Why there is no answer.

    Attributes:
        kind: the error's class.
        text: its sentence.
        is_ours: whether the sentence is meant for the user.
    """

    kind: str
    text: str
    is_ours: bool


Message = Question | Order | Step | Answer | Done | Trouble


class WireCut(ConnectionError):
    """The other side has gone, or speaks something else."""


class Wire(io.RawIOBase):
    """One side of a conversation; as a file it takes the bytes of one table."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._socket = connection
        self._held = bytearray()

    def say(self, message: Message) -> None:
        """Send one message."""
        self._send(_ENCODER.encode(message))

    def hear(self) -> Message:
        """Return the next message.

        Raises:
            WireCut: the other side has gone, or what it said is no message.
        """
        try:
            said: Message = _DECODER.decode(self._receive(LONGEST_MESSAGE))
        except msgspec.MsgspecError as problem:
            raise WireCut(str(problem)) from problem
        return said

    @contextmanager
    def table(self) -> Iterator["Wire"]:
        """Take one table's bytes as a file, then say that it ends, whole or broken off."""
        self._held.clear()
        try:
            yield self
            self._flush()
        except WireCut:
            raise
        except BaseException:
            self._send(b"")
            raise
        self._send(b"")

    def writable(self) -> bool:
        """Say that bytes may be written."""
        return True

    def write(self, some: Any) -> int:
        """Send bytes of a table, a chunk at a time."""
        view = memoryview(some).cast("B")
        for start in range(0, len(view), CHUNK):
            self._held += view[start : start + CHUNK]
            if len(self._held) >= CHUNK:
                self._flush()
        return len(view)

    def send_table(self, frame: pl.DataFrame) -> None:
        """Send a frame; text goes in the form that every engine reads."""
        with self.table() as sink:
            frame.write_ipc_stream(cast("IO[bytes]", sink), compat_level=pl.CompatLevel.oldest())

    def receive_table(self) -> pl.DataFrame:
        """Return the table that follows.

        Raises:
            WireCut: it broke off.
        """
        return pl.read_ipc_stream(self.receive_bytes())

    def receive_bytes(self) -> io.BytesIO:
        """Return the bytes of the table that follows; what comes after them says whether they are whole.

        Raises:
            WireCut: they broke off.
        """
        whole = io.BytesIO()
        while chunk := self._receive(CHUNK):
            whole.write(chunk)
        whole.seek(0)
        return whole

    def close(self) -> None:
        """Hang up; whoever waits for an answer on the other side hears so."""
        if not self.closed:
            self._socket.close()
        super().close()

    def hang_up(self) -> None:
        """End the conversation from another thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:  # it has ended already
            return

    def _flush(self) -> None:
        for start in range(0, len(self._held), CHUNK):
            self._send(self._held[start : start + CHUNK])
        self._held.clear()

    def _send(self, frame: bytes | bytearray) -> None:
        try:
            self._socket.sendall(_LENGTH.pack(len(frame)))
            self._socket.sendall(frame)
        except OSError as problem:
            raise WireCut(str(problem)) from problem

    def _receive(self, longest: int) -> bytearray:
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > longest:
            message = f"a frame of {length} bytes"
            raise WireCut(message)
        return self._exactly(length)

    def _exactly(self, length: int) -> bytearray:
        found = bytearray(length)
        view, have = memoryview(found), 0
        while have < length:
            try:
                got = self._socket.recv_into(view[have:])
            except OSError as problem:
                raise WireCut(str(problem)) from problem
            if not got:
                message = "the other side has gone"
                raise WireCut(message)
            have += got
        return found


def listen_at(path: Path) -> socket.socket:
    """Return a socket that listens there, for this user alone; whatever was left there is replaced.

    Only whoever owns the shop may call this: a socket that a killed owner left is nobody's.
    """
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _address(path) as address:
        made.bind(address)
    path.chmod(0o600)  # nobody could connect before `listen`
    made.listen(64)
    return made


def connect_to(path: Path) -> Wire:
    """Return a conversation with whoever listens there.

    Raises:
        OSError: nobody does.
    """
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(path) as address:
            made.connect(address)
    except OSError:
        made.close()
        raise
    return Wire(made)


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Yield an address of the path that a socket can hold, however long the path is."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def packed(value: Any) -> Any:
    """Return a query's parameters in a form in which times and decimals arrive as they left.

    MessagePack knows no time without a zone, and those are the ones that the warehouse keeps.
    """
    if isinstance(value, datetime):
        return msgspec.msgpack.Ext(_DATETIME, value.isoformat().encode())
    if isinstance(value, date):
        return msgspec.msgpack.Ext(_DATE, value.isoformat().encode())
    if isinstance(value, Decimal):
        return msgspec.msgpack.Ext(_DECIMAL, str(value).encode())
    if isinstance(value, dict):
        return {name: packed(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [packed(one) for one in value]
    return value


def _unpacked(code: int, data: memoryview) -> Any:
    said = bytes(data).decode()
    kinds: dict[int, Callable[[str], Any]] = {
        _DATETIME: datetime.fromisoformat,
        _DATE: date.fromisoformat,
        _DECIMAL: Decimal,
    }
    if code not in kinds:
        message = f"an unknown kind of value, {code}"
        raise WireCut(message)
    return kinds[code](said)


_DATETIME: Final = 1
_DATE: Final = 2
_DECIMAL: Final = 3
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Message, ext_hook=_unpacked)
