"""Rows that were refused, each with its place, its value and the reason.

A reject names file, sheet, row, column and value, so that the owner of the file can find the cell and
mend it, and repeats the whole row, so that the mended list can be imported. Everything else of the file goes in.
The list is a CSV file that spreadsheets open safely: a value that a spreadsheet would run as a formula is text.
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl
import xlsxwriter

from tenshu.kit.i18n import LANGUAGES, N_, _

#: What a reader of files hands over for each refused cell. Row 1 is the first row of the sheet or file.
REJECT_SCHEMA: Final[dict[str, pl.DataType]] = {
    "row": pl.UInt32(),
    "column": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
}

#: Longer values are cut in the list of rejects.
VALUE_LENGTH: Final = 200

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
#: Spaces and control characters, which a spreadsheet may leave out in front of a formula.
_UNSEEN: Final = "".join(map(chr, range(0x21))) + "\u00a0\u3000"


#: What `safe_cell` put in front of a formula, as it is taken away again.
_MADE_SAFE: Final = "^'([\x00-\x20\u00a0\u3000]*[=+\\-@\t\r＝＋－＠])"
#: The columns that the list adds to a row's own.
_ADDED: Final = (N_("file"), N_("sheet"), N_("row"), N_("column"), N_("value"), N_("reason"), N_("explanation"))
#: What a sheet and a cell of Excel hold.
_SHEET_ROWS: Final = 1_048_576
_LONGEST_CELL: Final = 32_767


class Reason(StrEnum):
    """Why a row was refused."""

    TOO_FEW_COLUMNS = "too_few_columns"
    TOO_MANY_COLUMNS = "too_many_columns"
    UNCLOSED_QUOTE = "unclosed_quote"
    TOO_LONG = "too_long"
    UNREADABLE_TEXT = "unreadable_text"
    CONTROL_CHARACTER = "control_character"
    MISSING_VALUE = "missing_value"
    BAD_DATE = "bad_date"
    FUTURE_DATE = "future_date"
    BAD_NUMBER = "bad_number"
    BAD_EMAIL = "bad_email"
    BAD_PHONE = "bad_phone"
    BAD_POSTAL_CODE = "bad_postal_code"
    BAD_CONSENT = "bad_consent"
    NOBODY = "nobody"


SENTENCES: Final[dict[str, str]] = {
    Reason.TOO_FEW_COLUMNS: N_("The row has fewer columns than the header."),
    Reason.TOO_MANY_COLUMNS: N_("The row has more columns than the header."),
    Reason.UNCLOSED_QUOTE: N_("A quotation mark is opened and never closed properly."),
    Reason.TOO_LONG: N_("The line is too long to be a row of a table."),
    Reason.UNREADABLE_TEXT: N_("The value holds bytes that are no characters in this file's encoding."),
    Reason.CONTROL_CHARACTER: N_("The value holds control characters."),
    Reason.MISSING_VALUE: N_("A value is needed here and the cell is empty."),
    Reason.BAD_DATE: N_("This is no date that we can read. Write it like 2026-04-01 or 令和8年4月1日."),
    Reason.FUTURE_DATE: N_("This date lies in the future."),
    Reason.BAD_NUMBER: N_("This is no number that we can read. Write it like 1234 or 1,234.50."),
    Reason.BAD_EMAIL: N_("This is no single, valid e-mail address."),
    Reason.BAD_PHONE: N_("This is no valid telephone number."),
    Reason.BAD_POSTAL_CODE: N_("This is no valid postal code."),
    Reason.BAD_CONSENT: N_("We cannot tell whether this means yes or no. Write ○ or ×, yes or no."),
    Reason.NOBODY: N_("The row has no customer number, e-mail address or telephone number to know the person by."),
}


def no_rejects() -> pl.DataFrame:
    """Return a frame of rejects with no rows."""
    return pl.DataFrame(schema=REJECT_SCHEMA)


def safe_cell(value: str) -> str:
    """Return the value so that no spreadsheet runs it as a formula.

    >>> safe_cell("=1+1"), safe_cell("佐藤")
    ("'=1+1", '佐藤')
    """
    is_formula = value.startswith(_FORMULA_STARTS) or value.lstrip(_UNSEEN).startswith(_FORMULA_STARTS)
    return f"'{value}" if is_formula else value


def added_headers(language: str | None = None) -> list[str]:
    """Return the headers of the columns that the list puts in front of the refused rows' own."""
    return [f"[{_(word, language)}]" for word in _ADDED]


def is_added(header: str) -> bool:
    """Say whether a header is one that a list of rejects adds, in any language.

    >>> is_added("[行]"), is_added("行")
    (True, False)
    """
    return header.strip() in _all_added()


@cache
def _all_added() -> frozenset[str]:
    return frozenset(header for language in LANGUAGES for header in added_headers(language))


def plain_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the cells of a list of rejects as they were before `safe_cell`."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(pl.col(texts).str.replace(_MADE_SAFE, "${1}"))


class RejectFile:
    """The list of rejects of one import, written as they come: one line a refused row, with all of the row's cells.

    Whoever mends the cells there can import the list as it is: the columns it adds are known by their headers.

    Args:
        path: the CSV file (UTF-8 with BOM, so that Excel reads it).
        name: the imported file's name.
        columns: the headers of the imported tables.
    """

    def __init__(self, path: Path, name: str, columns: Sequence[str] = ()) -> None:
        self._handle = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._handle)
        self._name = safe_cell(name)
        self._columns = [column for column in dict.fromkeys(columns) if not is_added(column)]
        #: Refused rows by the reason of their first fault.
        self.rows: Counter[str] = Counter()
        self._writer.writerow([*added_headers(), *map(safe_cell, self._columns)])

    def __enter__(self) -> Self:
        """Return the open list."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._handle.close()

    def write(
        self, rejects: pl.DataFrame, *, sheet: str = "", rows: pl.DataFrame | None = None, names: Sequence[str] = ()
    ) -> None:
        """Append refused rows; the rows of one frame are not continued in the next.

        Args:
            rejects: refused cells (REJECT_SCHEMA).
            sheet: where they stand.
            rows: the cells of their rows (columns `row`, c0, c1, ...), others may be among them.
            names: the headers of c0, c1, ...
        """
        if rejects.is_empty():
            return
        refused = rejects.group_by("row", maintain_order=True).agg(pl.all())
        self.rows.update(refused["reason"].list.first().to_list())
        own = self._own_cells(refused["row"], rows, names)
        for (row, columns, values, reasons), cells in zip(refused.iter_rows(), own, strict=True):
            said = dict.fromkeys(_(SENTENCES[reason]) for reason in reasons)
            told = (", ".join(filter(None, columns)), " / ".join((each or "")[:VALUE_LENGTH] for each in values))
            first = (self._name, safe_cell(sheet), row, *map(safe_cell, told))
            last = (", ".join(dict.fromkeys(reasons)), " ".join(said))
            self._writer.writerow((*first, *last, *(safe_cell(cell or "") for cell in cells)))

    def _own_cells(self, refused: pl.Series, rows: pl.DataFrame | None, names: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the cells of each refused row in the order of the list's columns."""
        if rows is None or not self._columns:
            return [("",) * len(self._columns)] * len(refused)
        place = {name: number for number, name in enumerate(names) if f"c{number}" in rows.columns}
        found = refused.to_frame("row").join(
            rows.with_columns(pl.col("row").cast(pl.UInt32)), on="row", how="left", maintain_order="left"
        )
        cells = [
            pl.col(f"c{place[column]}").alias(f"own{number}") if column in place else pl.lit("").alias(f"own{number}")
            for number, column in enumerate(self._columns)
        ]
        return found.select(cells).rows()

    @property
    def total(self) -> int:
        """How many rows were refused."""
        return self.rows.total()


def write_book(listed: Path, target: Path) -> None:
    """Write a list of rejects as a workbook, whose cells all are text: no zero is lost, no formula is run.

    Rows beyond what a sheet holds stay in the CSV file only.
    """
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_urls": False})
    sheet = book.add_worksheet(_("refused rows"))
    with listed.open(encoding="utf-8-sig", newline="") as handle:
        for row, cells in enumerate(islice(csv.reader(handle), _SHEET_ROWS)):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, re.sub(_MADE_SAFE, r"\1", cell)[:_LONGEST_CELL])
    book.close()
