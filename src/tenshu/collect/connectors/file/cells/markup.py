"""Read tables that are written as HTML or as XML and called .xls, as many Japanese systems export them.

Runs in the child process that opens workbooks (see `sheets`). A cell that reaches over several is told as merged.
"""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from tenshu.collect.connectors.file.cells.encoding import find_encoding

Rows = list[list[str]]
#: First and last row from 1, first and last column from 0.
Spans = list[list[int]]
#: A page that is larger is no list of a shop.
MOST_BYTES: Final = 256 << 20
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[ \t\r\n\f\xa0]+")
_MOST_SPAN: Final = 10_000
_SHEET: Final = "{urn:schemas-microsoft-com:office:spreadsheet}"
_MIDNIGHT: Final = re.compile(r"T00:00:00(?:\.0+)?$")
_UNSEEN: Final = frozenset(("script", "style", "title", "head"))


def read_markup(path: Path) -> list[tuple[str, Rows, Spans]]:
    """Return name, rows and merged cells of each table that a page or an XML workbook holds.

    Raises:
        ValueError: it is too large, or no XML that can be read.
    """
    if path.stat().st_size > MOST_BYTES:
        message = f"{path.stat().st_size} bytes"
        raise ValueError(message)
    content = path.read_bytes()
    if b"schemas-microsoft-com:office:spreadsheet" in content[:4096] and b"<table" not in content[:65536]:
        return _workbook(content)
    page = _Page()
    page.feed(_decoded(path, content))
    page.close()
    found = [table for table in page.tables if len(table.rows) > 1 and max(map(len, table.rows), default=0) > 1]
    several = len(found) > 1
    return [(str(number) if several else "", table.rows, table.spans) for number, table in enumerate(found, 1)]


def _decoded(path: Path, content: bytes) -> str:
    said = _CHARSET.search(content[:4096])
    name = said.group(1).decode("ascii", "replace").casefold() if said else ""
    japanese = {"shift_jis": "cp932", "x-sjis": "cp932", "sjis": "cp932", "windows-31j": "cp932"}
    try:
        return content.decode(japanese.get(name, name) or find_encoding(path))
    except (LookupError, UnicodeDecodeError):
        return content.decode(find_encoding(path), "replace")


class _Table:
    """A table on its way: its rows, and how far the cells above reach down."""

    def __init__(self) -> None:
        self.rows: Rows = []
        self.spans: Spans = []
        self.text: list[str] | None = None
        self._down: dict[int, int] = {}
        self._place = 0
        self._reach = (1, 1)

    def open_row(self) -> None:
        self.close_cell()
        self.rows.append([])
        self._place = 0

    def open_cell(self, across: int, down: int) -> None:
        self.close_cell()
        if not self.rows:
            self.rows.append([])
        row = len(self.rows)
        while self._down.get(self._place, 0) >= row:
            self._place += 1
        self.text, self._reach = [], (across, down)

    def close_cell(self) -> None:
        if self.text is None:
            return
        across, down = self._reach
        row, cells = len(self.rows), self.rows[-1]
        cells.extend([""] * (self._place - len(cells)))
        cells.append(_BLANKS.sub(" ", "".join(self.text)).strip())
        if across > 1 or down > 1:
            self.spans.append([row, row + down - 1, self._place, self._place + across - 1])
        for column in range(self._place, self._place + across):
            self._down[column] = row + down - 1
        self._place += across
        self.text = None


class _Page(HTMLParser):
    """Collects the tables of a page, those inside others as well."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            self._open.append(_Table())
            self.tables.append(self._open[-1])
        elif self._open and tag == "tr":
            self._open[-1].open_row()
        elif self._open and tag in {"td", "th"}:
            told = dict(attrs)
            self._open[-1].open_cell(_span(told.get("colspan")), _span(told.get("rowspan")))
        elif tag == "br":
            self.handle_data(" ")
        elif tag in {"body", "meta"}:
            self._unseen = 0

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif self._open and tag == "table":
            self._open.pop().close_cell()
        elif self._open and tag in {"td", "th", "tr"}:
            self._open[-1].close_cell()

    def handle_data(self, data: str) -> None:
        if self._open and not self._unseen and self._open[-1].text is not None:
            self._open[-1].text.append(data)

    def close(self) -> None:
        super().close()
        for table in self._open:
            table.close_cell()


def _span(told: str | None) -> int:
    return min(max(int(told), 1), _MOST_SPAN) if told and told.strip().isdecimal() else 1


def _workbook(content: bytes) -> list[tuple[str, Rows, Spans]]:
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - in a child process with limits on memory and time
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    found = []
    for sheet in root.iter(f"{_SHEET}Worksheet"):
        rows: Rows = []
        spans: Spans = []
        for row in sheet.iter(f"{_SHEET}Row"):
            rows.extend([] for _row in range(_at(row, len(rows) + 1) - len(rows)))
            for cell in row.iter(f"{_SHEET}Cell"):
                _add_cell(cell, rows, spans)
        found.append((sheet.get(f"{_SHEET}Name", ""), rows, spans))
    return found


def _at(element: Any, usual: int) -> int:
    """Return the row or column, from 1, at which an element says that it stands; never one before the usual."""
    told = element.get(f"{_SHEET}Index", "")
    return min(max(int(told), usual), usual + _MOST_SPAN) if told.isdecimal() else usual


def _add_cell(cell: Any, rows: Rows, spans: Spans) -> None:
    cells = rows[-1]
    place = _at(cell, len(cells) + 1) - 1
    cells.extend([""] * (place - len(cells)))
    data = cell.find(f"{_SHEET}Data")
    text = "" if data is None else "".join(data.itertext()).strip()
    cells.append(_MIDNIGHT.sub("", text))
    across, down = (cell.get(f"{_SHEET}Merge{way}", "0") for way in ("Across", "Down"))
    wide, tall = (min(int(count), _MOST_SPAN) if count.isdecimal() else 0 for count in (across, down))
    if wide or tall:
        spans.append([len(rows), len(rows) + tall, place, place + wide])
        cells.extend([""] * wide)
