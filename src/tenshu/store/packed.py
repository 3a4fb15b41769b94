"""A backup as one file: a zip with a manifest in front that names every part with its digest."""

import errno
import hashlib
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import msgspec

from tenshu import __version__
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

MANIFEST: Final = "manifest.json"
#: Changes when an older version could not read the file any more.
FORMAT: Final = 1
_BLOCK: Final = 1 << 20
#: Parts that are small already.
_STORED: Final = (".parquet", ".zip")
#: What the library raises at a zip in which something has tipped over: a name, a length, a flag, what is packed.
_UNREADABLE: Final = (
    KeyError,
    EOFError,
    ValueError,
    RuntimeError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    msgspec.DecodeError,
)


class BackupDamaged(TenshuError):
    """A file is no backup, or not the whole of one."""

    template = N_(
        "{path} is no whole backup: {part} is missing or differs from what was written. "
        "Copy the file again, or take an older backup."
    )


class BackupNewer(TenshuError):
    """A backup was made by a version that knows more than this one."""

    template = N_(
        "{path} was made by tenshu {version}, which is newer than this one ({mine}). Install that version, and "
        "try again."
    )


class Part(msgspec.Struct, frozen=True):
    """One file in a backup: its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is.

    Attributes:
        format: of the file.
        version: of the program that made it.
        made_at: business time: the state is of this instant.
        shop: its name.
        schemas: version of each store's tables.
        parts: every file in it but this one.
    """

    format: int
    version: str
    made_at: datetime
    shop: str
    schemas: dict[str, str]
    parts: list[Part]


def pack(folder: Path, target: Path, *, made_at: datetime, shop: str, schemas: dict[str, str]) -> Manifest:
    """Put everything below the folder into one file that only its owner can read; return what it is."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    parts = [Part(path.relative_to(folder).as_posix(), path.stat().st_size, _digest_of(path)) for path in paths]
    manifest = Manifest(format=FORMAT, version=__version__, made_at=made_at, shop=shop, schemas=schemas, parts=parts)
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as packed:
            packed.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
            for path in paths:
                kind = zipfile.ZIP_STORED if path.suffix in _STORED else zipfile.ZIP_DEFLATED
                packed.write(path, path.relative_to(folder).as_posix(), compress_type=kind)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Return what a backup says of itself.

    Raises:
        BackupDamaged: it is no backup.
        BackupNewer: a newer version made it.
    """
    with _opened(path) as packed, _whole(path, MANIFEST):
        manifest = msgspec.json.decode(packed.read(MANIFEST), type=Manifest)
    if manifest.format > FORMAT:
        raise BackupNewer(path=path, version=manifest.version, mine=__version__)
    return manifest


def verify(path: Path) -> Manifest:
    """Read every part and hold it to its digest.

    Raises:
        BackupDamaged: a part is missing or differs.
        BackupNewer: a newer version made it.
    """
    return unpack(path, None)


def unpack(path: Path, folder: Path | None) -> Manifest:
    """Write every part into the folder (None = nowhere), each held to its digest.

    Raises:
        BackupDamaged: a part is missing or differs.
        BackupNewer: a newer version made it.
    """
    manifest = read_manifest(path)
    with _opened(path) as packed:
        for part in manifest.parts:
            _require_below(path, part.name)
            target = None if folder is None else folder / part.name
            with _whole(path, part.name):
                found = _read(packed, part.name, target)
            if found != (part.size, part.sha256):
                raise BackupDamaged(path=path, part=part.name)
    return manifest


def _read(packed: zipfile.ZipFile, name: str, target: Path | None) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with packed.open(name) as read, open(target or os.devnull, "wb") as written:
        for block in _blocks(read):
            digest.update(block)
            size += len(block)
            written.write(block)
    return size, digest.hexdigest()


def _require_below(path: Path, name: str) -> None:
    """A part lies below the folder, whatever a forged manifest says."""
    if name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise BackupDamaged(path=path, part=name)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with _whole(path, MANIFEST):
        packed = zipfile.ZipFile(path)
    with packed:
        yield packed


@contextmanager
def _whole(path: Path, part: str) -> Iterator[None]:
    """Say of what cannot be read that it is damaged; a disk that is full or gone says so itself."""
    try:
        yield
    except _UNREADABLE as problem:
        raise BackupDamaged(path=path, part=part) from problem
    except OSError as problem:
        # Not the disk's: a place in the file that lies before its beginning, or what was never packed that way.
        if problem.errno not in (None, errno.EINVAL):
            raise
        raise BackupDamaged(path=path, part=part) from problem


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as read:
        for block in _blocks(read):
            digest.update(block)
    return digest.hexdigest()


def _blocks(read: IO[bytes]) -> Iterator[bytes]:
    while block := read.read(_BLOCK):
        yield block
