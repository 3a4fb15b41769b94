"""The list of refused rows is mended in a spreadsheet and imported as it is."""

import csv
from pathlib import Path
from typing import Any

import pytest

from tenshu.collect.connectors.file import StagedImport
from tenshu.collect.reject import write_book
from tenshu.kit.i18n import speaking
from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    codes_of,
    facts_of,
    line,
    look,
    purchases,
    stage,
    traits_of,
    write_csv,
)
from tests.unit.collect.connectors.file.support import write_book as write_sheets

GOOD = [line(order_no=str(1000 + n)) for n in range(6)]


def listed(staged: StagedImport) -> list[list[str]]:
    with staged.rejects_path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle))


def mended(staged: StagedImport, path: Path, **changes: str) -> Path:
    """Write the list with some cells mended, as a spreadsheet would save it."""
    header, *rows = listed(staged)
    return write_csv(path, [header, *([changes.get(cell, cell) for cell in row] for row in rows)], "utf-8-sig")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_mended_list_gives_the_facts_that_the_file_lacked(tmp_path: Path, language: str) -> None:
    rows = [*GOOD[:2], line(order_no="8", quantity="二"), *GOOD[2:], line(order_no="9", ordered_at="いつか")]
    with speaking(language):
        staged = stage(purchases(tmp_path / "a.csv", *rows))
    again = stage(mended(staged, tmp_path / "b.csv", 二="2", いつか="2024/05/02 9:00"))
    assert (again.rows, again.accepted, again.kind) == (2, 2, "purchases")
    assert "corrected" in codes_of(again)
    right = [*GOOD, line(order_no="8"), line(order_no="9", ordered_at="2024/05/02 9:00")]
    whole = facts_of(stage(purchases(tmp_path / "right.csv", *right)))
    assert set(facts_of(staged)["fact_id"]) | set(facts_of(again)["fact_id"]) == set(whole["fact_id"])


def test_list_holds_all_cells_of_a_row_and_says_all_its_faults_once(tmp_path: Path) -> None:
    row = line(quantity="二", ordered_at="いつか")
    header, told = listed(stage(purchases(tmp_path / "a.csv", *GOOD, row)))
    assert header[7:] == list(PURCHASE_HEADER)
    assert told[7:] == row
    assert told[2:6] == ["8", "購入日時, 数量", "いつか / 二", "bad_date, bad_number"]


def test_rows_with_too_few_or_too_many_cells_keep_those_they_have(tmp_path: Path) -> None:
    few, many = listed(stage(purchases(tmp_path / "a.csv", *GOOD, line()[:3], [*line(), "more"])))[1:]
    assert few[7:] == [*line()[:3], "", "", "", ""]
    assert many[7:] == line()
    assert many[4].endswith(",more")


def test_line_without_cells_is_left_out_of_the_mended_list(tmp_path: Path) -> None:
    path = purchases(tmp_path / "a.csv", *GOOD, line(order_no="8", quantity="二"))
    path.write_text(path.read_text(encoding="utf-8") + '"1001,A-1\n', encoding="utf-8")
    again = stage(mended(stage(path), tmp_path / "b.csv", 二="2"))
    assert (again.rows, again.accepted) == (1, 1)
    assert "no_cells" in codes_of(again)


def test_what_made_a_cell_safe_is_taken_away_again(tmp_path: Path) -> None:
    header = ["会員番号", "氏名", "電話番号", "メール"]
    rows = [header, ["1", "佐藤", "+81 90-1234-5678", "a@example.jp"], ["2", "=1+1", "+81 90-1234-5679", "not one"]]
    staged = stage(write_csv(tmp_path / "a.csv", rows))
    assert listed(staged)[1][8:10] == ["'=1+1", "'+81 90-1234-5679"]
    path = mended(staged, tmp_path / "b.csv")
    path.write_text(path.read_text(encoding="utf-8-sig").replace("not one", "b@example.jp"), encoding="utf-8-sig")
    (person,) = traits_of(stage(path))
    assert (person["full_name"], person["phone"]) == ("=1+1", "+819012345679")


def test_workbook_of_the_list_holds_text_only_and_comes_in_again(tmp_path: Path) -> None:
    rows = [*GOOD, line(order_no="0012", product_id="=1+1", description="@SUM(A1)", quantity="二")]
    staged = stage(purchases(tmp_path / "a.csv", *rows))
    write_book(staged.rejects_path, tmp_path / "b.xlsx")
    again = stage(tmp_path / "b.xlsx")
    assert (again.rows, again.rejects) == (1, {"bad_number": 1})
    told = listed(again)[1]
    assert told[7:10] == ["0012", "'=1+1", "'@SUM(A1)"]
    assert b"<f>" not in (tmp_path / "b.xlsx").read_bytes()


def test_list_of_sheets_with_other_columns_has_the_columns_of_all(tmp_path: Path) -> None:
    wide = [*PURCHASE_HEADER, "国"]
    sheets: dict[str, list[Any]] = {
        "4月": [PURCHASE_HEADER, *GOOD, line(order_no="8", quantity="二")],
        "5月": [wide, *([*row, "日本"] for row in GOOD), [*line(order_no="9", quantity="三"), "日本"]],
    }
    header, april, may = listed(stage(write_sheets(tmp_path / "a.xlsx", sheets)))
    assert header[7:] == wide
    assert (april[1], april[-1], may[1], may[-1]) == ("4月", "", "5月", "日本")


def test_filled_cells_stand_in_the_list_so_that_a_row_speaks_for_itself(tmp_path: Path) -> None:
    rows = [line(order_no=str(n // 2), quantity="二" if n == 5 else "1") for n in range(20)]
    once = [
        [("" if n % 2 and column in {0, 4, 6} else cell) for column, cell in enumerate(row)]
        for n, row in enumerate(rows)
    ]
    told = listed(stage(purchases(tmp_path / "a.csv", *once)))[1]
    assert told[7:] == rows[5]


def test_mended_list_is_shown_without_what_was_added(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv", *GOOD, line(order_no="8", quantity="二")))
    (table,) = look(staged.rejects_path).tables
    assert [column.header for column in table.columns] == list(PURCHASE_HEADER)
    assert (table.kind, table.rows) == ("purchases", 1)
