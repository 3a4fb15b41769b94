"""Refuse bombs before anything is unpacked.

A workbook is a zip file: its directory tells how much it would unpack to. What the directory hides, the
limits of the child process catch that reads it (see `workbook`).
"""

import re
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import Final

from tenshu.collect.connectors.file.cells.encoding import without_mark
from tenshu.collect.connectors.file.errors import EmptyFile, FileProtected, FileTooBig, NoSuchFile, NoTable

MEBIBYTE: Final = 1 << 20
#: A sheet of a million ordinary rows unpacks to about 600 MiB.
MOST_UNPACKED: Final = 1024 * MEBIBYTE
MOST_ENTRIES: Final = 10_000
#: Deflate reaches about 1,000; real sheets stay below 40.
MOST_RATIO: Final = 100
#: Below this size the ratio of an entry does no harm.
HARMLESS: Final = 8 * MEBIBYTE
#: A zip directory is read as a whole, so the file itself has a limit too.
MOST_PACKED: Final = 512 * MEBIBYTE

_ZIP: Final = b"PK"
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_PARQUET: Final = b"PAR1"
#: Archives, papers, pictures, sounds, programs and data of other kinds, whatever they are called.
_OTHER_STARTS: Final = (
    b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"%PDF", b"\x28\xb5\x2f\xfd", b"\x89PNG", b"\xff\xd8\xff",
    b"GIF8", b"RIFF", b"II*\0", b"MM\0*", b"MZ\x90", b"\x7fELF", b"SQLite format", b"{\\rtf", b"ID3", b"OggS", b"8BPS",
    b"BEGIN:V", b"MIME-Version:", b"From: ",
)  # fmt: skip
_MARKUP: Final = re.compile(rb"<(?:!doctype|html|head|meta|body|table|style|tr|div|\?xml|!--|workbook)", re.IGNORECASE)
_TABLE: Final = re.compile(rb"<table|<tr[\s>]|office:spreadsheet", re.IGNORECASE)
_JSON: Final = re.compile(rb"[\[{]\s*[\[{\"]")
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
#: So much is looked at to tell a text from other bytes, and so many control characters no text has.
_LOOKED_AT: Final = 1 << 16
_MOST_CONTROLS: Final = 0.03
_FEW: Final = 8
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1b"))


class Container(StrEnum):
    """What kind of file it is by its first bytes, whatever its name says."""

    WORKBOOK = "workbook"
    PARQUET = "parquet"
    PAGE = "page"
    TEXT = "text"


def inspect(path: Path) -> Container:
    """Return what the file is, or refuse it.

    Raises:
        NoSuchFile, EmptyFile, FileTooBig, FileProtected, NoTable: what is wrong with it.
    """
    if not path.is_file():
        raise NoSuchFile(name=path.name)
    with path.open("rb") as handle:
        start = handle.read(16)
    if not start:
        raise EmptyFile(name=path.name)
    if start.startswith(_ZIP):
        _inspect_zip(path)
        return Container.WORKBOOK
    if start.startswith(_OLE):
        _inspect_ole(path)
        return Container.WORKBOOK
    if start.startswith(_PARQUET):
        _refuse_above(path, path.stat().st_size, MOST_PACKED)
        return Container.PARQUET
    if start.startswith(_OTHER_STARTS):
        raise NoTable(name=path.name)
    return _text_or_page(path)


def _text_or_page(path: Path) -> Container:
    """Return whether a file that is no workbook is text or a page with a table, or refuse it."""
    with path.open("rb") as handle:
        start = handle.read(_LOOKED_AT)
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    is_page = _MARKUP.match(text) is not None
    if (is_page and not _TABLE.search(start)) or _JSON.match(text) or start[4:8] == b"ftyp":
        raise NoTable(name=path.name)
    if is_page:
        return Container.PAGE
    controls = len(start) - len(start.translate(None, _CONTROLS))
    is_wide = start.startswith(_MARKS) or without_mark(start) is not None
    if controls > max(_MOST_CONTROLS * len(start), _FEW) and not is_wide:
        raise NoTable(name=path.name)
    return Container.TEXT


def parts_of(path: Path) -> list[str]:
    """Return the names of the parts of a workbook that is a zip file, in small letters; nothing for others."""
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        return [name.casefold() for name in archive.namelist()]


def _inspect_zip(path: Path) -> None:
    _refuse_above(path, path.stat().st_size, MOST_PACKED)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise NoTable(name=path.name) from error
    names = {entry.filename for entry in entries}
    if "content.xml" not in names and not any(name.lstrip("/").casefold().startswith("xl/") for name in names):
        raise NoTable(name=path.name)
    if len(entries) > MOST_ENTRIES:
        raise FileTooBig(name=path.name, given=f"{len(entries):,} files", allowed=f"{MOST_ENTRIES:,}")
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileProtected(name=path.name)
    _refuse_above(path, sum(entry.file_size for entry in entries), MOST_UNPACKED)
    for entry in entries:
        if entry.file_size > HARMLESS and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise FileTooBig(
                name=path.name, given=_size(entry.file_size), allowed=_size(MOST_RATIO * entry.compress_size)
            )


def _inspect_ole(path: Path) -> None:
    _refuse_above(path, path.stat().st_size, MOST_PACKED)
    with path.open("rb") as handle:
        # The names in a compound file are UTF-16; its directory may lie anywhere.
        mark = "EncryptedPackage".encode("utf-16-le")
        tail = b""
        while block := handle.read(MEBIBYTE):
            if mark in tail + block:
                raise FileProtected(name=path.name)
            tail = block[-len(mark) :]


def _refuse_above(path: Path, size: int, most: int) -> None:
    if size > most:
        raise FileTooBig(name=path.name, given=_size(size), allowed=_size(most))


def _size(count: int) -> str:
    return f"{count / MEBIBYTE:,.0f} MiB"
