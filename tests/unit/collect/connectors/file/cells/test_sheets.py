"""What a cell of a workbook says as text, and which sheets are read."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.connectors.file.cells.raw import MOST_COLUMNS
from tenshu.collect.connectors.file.cells.sheets import cell_text, read_book
from tenshu.kit.japanese import parse_decimal
from tests.unit.collect.connectors.file.support import write_book


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("", ""),
        ("花束", "花束"),
        (True, "TRUE"),
        (False, "FALSE"),
        (17850.0, "17850"),  # a number of the shop, not 17850.0
        (-3.0, "-3"),
        (2.55, "2.55"),
        (0.1, "0.1"),
        (1e15, "1000000000000000.0"),  # beyond this a float does not know its last digit
        (datetime(2011, 1, 2), "2011-01-02"),  # noqa: DTZ001 - a spreadsheet knows no zones
        (datetime(2011, 1, 2, 3, 4), "2011-01-02 03:04:00"),  # noqa: DTZ001
        (date(2011, 1, 2), "2011-01-02"),
        (time(3, 4), "03:04:00"),
        (timedelta(hours=1), "1:00:00"),
    ],
)
def test_cell_is_the_text_that_its_owner_reads(cell: object, text: str) -> None:
    assert cell_text(cell) == text


@given(st.integers(-(10**14), 10**14) | st.floats(-1e9, 1e9).map(lambda number: round(number, 4)))
def test_number_of_a_cell_is_read_back_as_the_same_number(number: float) -> None:
    read = parse_decimal(cell_text(float(number)))
    assert read is not None
    assert float(read) == number


def test_visible_sheets_that_hold_anything_are_read_with_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    seen, hidden, _blank, low = (book.add_worksheet(name) for name in ("売上", "下書き", "空", "下の方"))
    seen.write_row(0, 0, ["code", "count"])
    seen.write_row(2, 0, [17850, 2.5])
    hidden.write(0, 0, "not for others")
    hidden.hide()
    low.write(4, 0, "from row five on")
    book.close()
    found = read_book(path, tmp_path)["sheets"]
    assert [(sheet["name"], sheet["rows"], sheet["width"]) for sheet in found] == [("売上", 2, 2), ("下の方", 1, 1)]
    cells = pl.read_parquet(tmp_path / found[0]["file"])
    assert cells.rows() == [(1, "code", "count"), (3, "17850", "2.5")]


def test_sheet_wider_than_any_table_is_refused_before_it_is_written(tmp_path: Path) -> None:
    path = write_book(tmp_path / "wide.xlsx", {"横": [list(range(MOST_COLUMNS + 1))]})
    with pytest.raises(ValueError, match=f"{MOST_COLUMNS + 1} columns"):
        read_book(path, tmp_path)
    assert not list(tmp_path.glob("*.parquet"))
