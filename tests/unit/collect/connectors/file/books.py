"""Write .ods and .xls workbooks by hand: the least that a spreadsheet program would write."""

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

_OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_SPACES: Final = (
    f'xmlns:office="{_OFFICE}" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
_TYPE: Final = "application/vnd.oasis.opendocument.spreadsheet"
_END: Final = 0xFFFFFFFE
_FREE: Final = 0xFFFFFFFF
_SECTOR: Final = 512
Cell = str | int | float | None


def write_ods(path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], *, comment: str = "") -> Path:
    """Write a workbook of OpenDocument; a cell of None is covered by the merged one above it."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(_ods_row(row, comment) for row in rows)}</table:table>'
        for name, rows in sheets.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("mimetype", _TYPE)
        target.writestr("content.xml", content)
        entry = f'<m:file-entry m:full-path="/" m:media-type="{_TYPE}"/>'
        target.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{manifest}">{entry}</m:manifest>')
    return path


def _ods_row(row: Sequence[Cell], comment: str) -> str:
    return f"<table:table-row>{''.join(_ods_cell(cell, comment) for cell in row)}</table:table-row>"


def _ods_cell(cell: Cell, comment: str) -> str:
    if cell is None:
        return "<table:covered-table-cell/>"
    if isinstance(cell, str):
        note = f"<office:annotation><text:p>{comment}</text:p></office:annotation>" if comment else ""
        return f'<table:table-cell office:value-type="string">{note}<text:p>{escape(cell)}</text:p></table:table-cell>'
    return (
        f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    )


def write_xls(
    path: Path,
    name: str,
    rows: Sequence[Sequence[Cell]],
    *,
    merges: Sequence[tuple[int, int, int, int]] = (),
    password: bytes = b"",
) -> Path:
    """Write a workbook of Excel 97 with one sheet; merges are (first row, last row, first column, last column)."""
    locked = _record(0x2F, struct.pack("<HHHH", 1, 1, 1, 0) + password.ljust(46, b"\0")) if password else b""
    book = _biff(name, rows, merges, locked)
    book += b"\0" * (-len(book) % _SECTOR if len(book) > 4096 else 4096 - len(book))
    count = len(book) // _SECTOR
    fat = [0xFFFFFFFD, _END, *range(3, 2 + count), _END]
    fat += [_FREE] * (_SECTOR // 4 - len(fat))
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry("Workbook", 2, 2, len(book))
    directory += b"\0" * (_SECTOR - len(directory))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16
    header += struct.pack("<HHHHH6xLLLLLLLLL", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109L", 0, *[_FREE] * 108)
    path.write_bytes(header + struct.pack("<128L", *fat) + directory + book)
    return path


def _entry(name: str, kind: int, start: int, size: int, *, child: int = _FREE) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    place = struct.pack("<HBBLLL16xL8x8xLQ", len(text), kind, 1, _FREE, _FREE, child, 0, start, size)
    return text.ljust(64, b"\0") + place


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _biff(
    name: str, rows: Sequence[Sequence[Cell]], merges: Sequence[tuple[int, int, int, int]], locked: bytes
) -> bytes:
    start = struct.pack("<HHHHLL", 0x600, 5, 0x0DBB, 0x07CC, 0, 6)
    first = _record(0x809, start) + locked + _record(0x42, struct.pack("<H", 1200))
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    offset = len(first) + 4 + 6 + len(title) + 4
    first += _record(0x85, struct.pack("<LBB", offset, 0, 0) + title) + _record(0x0A, b"")
    sheet = _record(0x809, struct.pack("<HHHHLL", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6))
    width = max(map(len, rows))
    sheet += _record(0x200, struct.pack("<LLHHH", 0, len(rows), 0, width, 0))
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(cell, str) and cell:
                text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                sheet += _record(0x204, place + text)
            elif isinstance(cell, (int, float)):
                sheet += _record(0x203, place + struct.pack("<d", cell))
    if merges:
        sheet += _record(0xE5, struct.pack("<H", len(merges)) + b"".join(struct.pack("<4H", *one) for one in merges))
    return first + sheet + _record(0x0A, b"")
