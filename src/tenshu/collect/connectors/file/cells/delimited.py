"""Read CSV and TSV as people's programs write them, row by row, and say which rows are broken.

Each record keeps the row number that a spreadsheet would show. A record that never closes its quotation
mark costs its first line only: reading goes on at the next line. No line and no field can grow without bound.
"""

import csv
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from tenshu.collect.reject import Reason

#: A longer line is no row of a table.
LONGEST_LINE: Final = 1 << 18
#: A cell with more lines than this is taken for a quotation mark that was never closed.
MOST_LINES: Final = 100
DELIMITERS: Final = (",", "\t", ";", "|")


class Record(NamedTuple):
    """One record: its row number from 1, and its cells or the reason why it has none."""

    row: int
    cells: list[str]
    fault: Reason | None = None


class _TooLong(Exception):
    pass


class _NeverClosed(Exception):
    pass


class _CutLine(str):
    """The start of a line that was too long to keep."""

    __slots__ = ()


class _Lines:
    """Hands lines to the csv parser and can take back those of a record that failed."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle
        self._again: deque[str] = deque()
        self.held: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        if not line:
            raise StopIteration
        self.held.append(line)
        if isinstance(line, _CutLine):
            raise _TooLong if len(self.held) == 1 else _NeverClosed
        if len(self.held) > MOST_LINES:
            raise _NeverClosed
        return line

    def take_back(self) -> None:
        """Let everything but the first line of the failed record be read again."""
        self._again.extendleft(reversed(self.held[1:]))

    def _read(self) -> str:
        line = self._handle.readline(LONGEST_LINE)
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            return line
        while (rest := self._handle.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
            pass
        return _CutLine(line[:1000])


def read_records(path: Path, *, encoding: str, delimiter: str, width: int | None = None) -> Iterator[Record]:
    """Yield the records of the file that are not blank.

    Args:
        path: the file.
        encoding: how its text is written; broken bytes become U+FFFD.
        delimiter: what stands between two cells.
        width: how many cells a record must have; None takes any number.
    """
    with path.open(encoding=encoding, errors="replace", newline="") as handle:
        lines = _Lines(handle)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        row = 0
        while True:
            row += 1
            held = lines.held
            held.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _NeverClosed, _TooLong) as error:
                first = held[0]
                lines.take_back()
                broken = Reason.TOO_LONG if isinstance(error, _TooLong) else Reason.UNCLOSED_QUOTE
                yield Record(row, [first.rstrip("\r\n")], broken)
                continue
            if width is not None and len(cells) != width:
                if _is_blank(cells):
                    continue
                cells, fault = _fit(cells, width)
                if fault and len(held) > 1:
                    lines.take_back()
                    yield Record(row, [held[0].rstrip("\r\n")], Reason.UNCLOSED_QUOTE)
                    continue
                yield Record(row, cells, fault)
            elif not _is_blank(cells):
                yield Record(row, cells)


def _is_blank(cells: list[str]) -> bool:
    return not "".join(cells).strip()


def _fit(cells: list[str], width: int) -> tuple[list[str], Reason | None]:
    if len(cells) < width:
        return cells, Reason.TOO_FEW_COLUMNS
    if any(cell.strip() for cell in cells[width:]):
        return cells, Reason.TOO_MANY_COLUMNS
    return cells[:width], None


def find_delimiter(path: Path, encoding: str) -> str:
    """Return what stands between two cells: the mark that gives most rows the same number of them."""

    def regularity(delimiter: str) -> tuple[float, int]:
        # A broken record counts as one without cells: a mark that breaks all rows but one is not regular.
        sizes = Counter(
            len(record.cells) if record.fault is None else 0
            for record in islice(read_records(path, encoding=encoding, delimiter=delimiter), 100)
        )
        if not sizes:
            return (0.0, 0)
        width, rows = max(sizes.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        return (rows / sizes.total(), width) if width > 1 else (0.0, 0)

    return max(DELIMITERS, key=regularity)
