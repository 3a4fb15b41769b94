"""Workbooks are opened in a child that may take so much and no more; whatever happens to it, we get a sentence."""

import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from tenshu.collect.connectors.file.cells.sheets import cell_text
from tenshu.collect.connectors.file.cells.workbook import read_workbook
from tenshu.collect.connectors.file.errors import EmptyFile, FileRefused, WorkbookUnreadable
from tests.unit.collect.connectors.file.support import stage, write_book

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def with_sheet(path: Path, xml: str) -> Path:
    """Put the XML in place of the first sheet of a good workbook."""
    good = write_book(path.with_suffix(".good.xlsx"), {"Sheet1": [["a", "b"], [1, 2]]})
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            content = xml.encode() if entry.filename == "xl/worksheets/sheet1.xml" else source.read(entry)
            target.writestr(entry.filename, content)
    return path


def cells(path: Path, scratch: Path) -> list[tuple[Any, ...]]:
    scratch.mkdir()
    sheets = read_workbook(path, scratch).sheets
    return pl.read_parquet(scratch / sheets[0].file).rows()


def test_cells_come_as_their_owner_reads_them(tmp_path: Path) -> None:
    moment = datetime(2024, 5, 1, 10, 30, tzinfo=UTC)
    path = write_book(tmp_path / "a.xlsx", {"売上": [["番号", "単価", "日時", "可否"], [17850, 2.55, moment, True]]})
    assert cells(path, tmp_path / "out") == [
        (1, "番号", "単価", "日時", "可否"),
        (2, "17850", "2.55", "2024-05-01 10:30:00", "TRUE"),
    ]


def test_rows_keep_their_numbers_over_gaps(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"S": [[], ["a"], [], ["b"]]})
    assert [row for row, *_rest in cells(path, tmp_path / "out")] == [2, 4]


def test_text_that_looks_like_a_number_stays_text(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"S": [["code"], ["00123"], ["1e5"]]})
    assert [cell for _row, cell in cells(path, tmp_path / "out")] == ["code", "00123", "1e5"]


def test_hidden_and_empty_sheets_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("shown").write_row(0, 0, ["a"])
    hidden = book.add_worksheet("hidden")
    hidden.write_row(0, 0, ["b"])
    hidden.hide()
    book.add_worksheet("empty")
    book.close()
    (tmp_path / "out").mkdir()
    assert [sheet.name for sheet in read_workbook(path, tmp_path / "out").sheets] == ["shown"]


def test_workbook_without_a_cell_is_empty(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"S": []})
    with pytest.raises(EmptyFile):
        read_workbook(path, tmp_path)


def test_sparse_sheet_ends_within_its_limits(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    path = with_sheet(tmp_path / "sparse.xlsx", SHEET.format(rows))
    with pytest.raises(FileRefused):
        read_workbook(path, tmp_path, seconds=20)


def test_twenty_thousand_columns_are_refused(tmp_path: Path) -> None:
    path = write_book(tmp_path / "wide.xlsx", {"S": [list(range(16_000)), list(range(16_000))]})
    with pytest.raises(WorkbookUnreadable) as refused:
        read_workbook(path, tmp_path)
    assert "16000 columns" in refused.value.text("en")


def test_child_that_needs_too_much_memory_is_a_sentence(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"S": [["a", "b"]] * 1000})
    with pytest.raises(WorkbookUnreadable) as refused:
        read_workbook(path, tmp_path, memory=64 << 20)
    assert "a.xlsx" in refused.value.text("ja")


def test_billion_laughs_are_not_expanded(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    sheet = SHEET.format('<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>')
    path = with_sheet(
        tmp_path / "laughs.xlsx", f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY l0 "lol">{entities}]>{sheet}'
    )
    try:
        found = cells(path, tmp_path / "out")
    except FileRefused:
        return
    assert all(len(str(cell)) < 100 for row in found for cell in row)


def test_outside_entity_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET-7f3a")
    sheet = SHEET.format('<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>')
    xml = f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file://{secret}">]>{sheet}'
    path = with_sheet(tmp_path / "xxe.xlsx", xml)
    try:
        found = cells(path, tmp_path / "out")
    except FileRefused:
        return
    assert "SECRET-7f3a" not in str(found)


def test_broken_xml_is_a_sentence(tmp_path: Path) -> None:
    path = with_sheet(tmp_path / "broken.xlsx", "<worksheet><sheetData><row><c></worksheet>")
    with pytest.raises(FileRefused):
        read_workbook(path, tmp_path)


def test_nothing_is_left_behind_by_a_refused_workbook(tmp_path: Path) -> None:
    path = with_sheet(tmp_path / "broken.xlsx", "<worksheet><sheetData><row><c></worksheet>")
    with pytest.raises(FileRefused):
        stage(path)
    assert list((tmp_path / "staged").iterdir()) == []


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("花", "花"),
        ("", ""),
        (None, ""),
        (True, "TRUE"),
        (False, "FALSE"),
        (0.0, "0"),
        (-3.0, "-3"),
        (2.55, "2.55"),
        (0.1, "0.1"),
        (9012345678.0, "9012345678"),
        (1e300, "1e+300"),
        (7, "7"),
        (datetime(2011, 1, 2, 3, 4, tzinfo=UTC).replace(tzinfo=None), "2011-01-02 03:04:00"),
        (datetime(2011, 1, 2, tzinfo=UTC).replace(tzinfo=None), "2011-01-02"),
        (date(2011, 1, 2), "2011-01-02"),
        (time(3, 4), "03:04:00"),
    ],
)
def test_cell_has_the_text_that_its_owner_reads(cell: object, text: str) -> None:
    assert cell_text(cell) == text
