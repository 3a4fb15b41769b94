"""One file with everything that is held: the arrays one after the other, and what is said about them at the end.

It is written beside its place and moved there when it is on the disk, so that what lies there is always whole. A
check sum tells a file that was damaged later.
"""

import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from tenshu.segment.hot.arrays import Array

_MAGIC: Final = b"tenshu-hot-1\n"
_SIZE: Final = 8


class _Piece(msgspec.Struct, frozen=True, array_like=True):
    name: str
    kind: str
    shape: tuple[int, ...]
    check: int


def write(path: Path, said: Any, arrays: Iterable[tuple[str, Array]]) -> None:
    """Write the arrays, one at a time, and what is said about them, in place of an older file."""
    fresh = path.with_name(f".{path.name}.writing")
    path.parent.mkdir(parents=True, exist_ok=True)
    pieces = []
    with fresh.open("wb") as handle:
        handle.write(_MAGIC)
        for name, array in arrays:
            flat = np.ascontiguousarray(array)
            pieces.append(_Piece(name, flat.dtype.str, flat.shape, _check(flat)))
            flat.tofile(handle)
        told = msgspec.json.encode({"said": said, "pieces": pieces})
        handle.write(told)
        handle.write(zlib.crc32(told).to_bytes(_SIZE, "big") + len(told).to_bytes(_SIZE, "big"))
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path: Path) -> tuple[Any, dict[str, Array]] | None:
    """Return what was said and the arrays, or None when there is no whole file."""
    try:
        with path.open("rb") as handle:
            if handle.read(len(_MAGIC)) != _MAGIC:
                return None
            handle.seek(-2 * _SIZE, os.SEEK_END)
            check, size = (int.from_bytes(handle.read(_SIZE), "big") for _ in range(2))
            handle.seek(-2 * _SIZE - size, os.SEEK_END)
            text = handle.read(size)
            if zlib.crc32(text) != check:
                return None
            told = msgspec.json.decode(text)
            handle.seek(len(_MAGIC))
            arrays = {one.name: _array(handle, one) for one in msgspec.convert(told["pieces"], list[_Piece])}
    except (OSError, EOFError, ValueError, msgspec.MsgspecError):
        return None
    return told["said"], arrays


def _array(handle: Any, piece: _Piece) -> Array:
    array = np.fromfile(handle, np.dtype(piece.kind), int(np.prod(piece.shape, dtype=np.int64))).reshape(piece.shape)
    if _check(array) != piece.check:
        raise EOFError
    return array


def _check(array: Array) -> int:
    return zlib.crc32(array.data.cast("B")) if array.size else 0
