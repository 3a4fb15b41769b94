"""Facts on their way: a frame as an Arrow stream, and many streams as one frame.

A stream is a message that says what the columns are, messages with rows, and an end. Streams of the same columns are
therefore one stream without the ends and the beginnings between them, which is read at once.

A stream of many facts is packed whole: less has to be made durable, and less to be overwritten once it is digested.
"""

import io
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Any, Final

import polars as pl

from tenshu.collect.event import FACT_SCHEMA, no_facts

#: Fewer facts than these are not packed: there is little to gain, and who tells one need not load the packer.
WORTH_PACKING: Final = 20
#: What would be packed to a smaller share is left as it is: how much is read at once is measured by what lies there.
MOST_TIMES: Final = 6
#: What is packed begins so, as no stream does; then come four bytes with the length of the stream.
_PACKED: Final = b"LZ4\0"
#: A message of no length ends a stream.
_END: Final = b"\xff\xff\xff\xff" + bytes(4)


def to_stream(facts: pl.DataFrame) -> bytes:
    """Return the facts (`FACT_SCHEMA`) as one Arrow stream, packed when there are many."""
    written = io.BytesIO()
    facts.select(list(FACT_SCHEMA)).write_ipc_stream(written)
    stream = written.getvalue()
    if len(facts) < WORTH_PACKING:
        return stream
    packed: bytes = _packer().compress(stream, asbytes=True)
    is_fair = len(packed) * MOST_TIMES > len(stream)
    return _PACKED + len(stream).to_bytes(4, "little") + packed if is_fair else stream


def from_streams(streams: Iterable[bytes]) -> pl.DataFrame:
    """Return the facts of all streams, packed or not, in order, in one piece."""
    frames = [_read(_joined(head, alike)) for head, alike in groupby(map(_unpacked, streams), key=_head)]
    return pl.concat(frames).rechunk() if len(frames) > 1 else frames[0] if frames else no_facts()


def _read(stream: bytes) -> pl.DataFrame:
    """Return the rows of a stream in one piece; their texts lie where the stream lies, as long as one of them lives."""
    from pyarrow import ipc  # noqa: PLC0415 - heavy; it reads many small messages in half the time of polars

    facts = pl.from_arrow(ipc.open_stream(stream).read_all().combine_chunks())
    assert isinstance(facts, pl.DataFrame)  # noqa: S101 - a table is never a series
    return facts


@cache
def _packer() -> Any:
    from pyarrow import Codec  # noqa: PLC0415 - heavy, and who accepts a fact now and then needs none

    return Codec("lz4_raw")


def _unpacked(stream: bytes) -> bytes:
    if not stream.startswith(_PACKED):
        return stream
    size = int.from_bytes(stream[4:8], "little")
    unpacked: bytes = _packer().decompress(memoryview(stream)[8:], decompressed_size=size, asbytes=True)
    return unpacked


def _head(stream: bytes) -> bytes:
    """Return the message that says what the columns are: eight bytes, the last four of which tell how long it is."""
    return stream[: 8 + int.from_bytes(stream[4:8], "little")]


def _joined(head: bytes, streams: Iterable[bytes]) -> bytes:
    return b"".join([head, *(_rows(stream, len(head)) for stream in streams), _END])


def _rows(stream: bytes, first: int) -> memoryview:
    """Return what lies between the beginning of a stream and its end, which one that is cut off may lack."""
    return memoryview(stream)[first : -len(_END) if stream.endswith(_END) else None]
