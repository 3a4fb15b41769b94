"""Rows that were refused, each with its place, its value and the reason.

A reject names file, sheet, row, column and value, so that the owner of the file can find the cell and
mend it. Everything else of the file goes in. The list is a CSV file that spreadsheets open safely:
a value that a spreadsheet would run as a formula is written as text.
"""

import csv
from collections import Counter
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl

from tenshu.kit.i18n import N_, _

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


class RejectFile:
    """The list of rejects of one import, written as they come.

    Args:
        path: the CSV file (UTF-8 with BOM, so that Excel reads it).
        name: the imported file's name.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._handle = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._handle)
        self._name = safe_cell(name)
        #: Refused rows by the reason of their first fault.
        self.rows: Counter[str] = Counter()
        header = (_("file"), _("sheet"), _("row"), _("column"), _("value"), _("reason"), _("explanation"))
        self._writer.writerow(header)

    def __enter__(self) -> Self:
        """Return the open list."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._handle.close()

    def write(self, rejects: pl.DataFrame, *, sheet: str = "") -> None:
        """Append refused cells; the rows of one frame are not continued in the next."""
        firsts = rejects.unique("row", keep="first", maintain_order=True)["reason"]
        self.rows.update(firsts.to_list())
        for row, column, value, reason in rejects.iter_rows():
            cells = (safe_cell(column or ""), safe_cell((value or "")[:VALUE_LENGTH]))
            self._writer.writerow((self._name, safe_cell(sheet), row, *cells, reason, _(SENTENCES[reason])))

    @property
    def total(self) -> int:
        """How many rows were refused."""
        return self.rows.total()
