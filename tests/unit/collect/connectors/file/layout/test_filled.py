"""What stands above for several rows counts for each of them: merged cells, an order's first line, 〃."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from tenshu.collect.connectors.file import Mapping
from tenshu.collect.connectors.file.cells import raw
from tenshu.collect.connectors.file.layout import table
from tests.unit.collect.connectors.file.books import write_ods, write_xls
from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    codes_of,
    facts_of,
    line,
    purchases,
    stage,
    write_book,
    write_csv,
)

ORDER = (0, 4, 6)  # number, day and customer stand once an order
FULL = [
    line(order_no=str(1000 + n // 3), product_id=f"A-{n}", ordered_at=f"2024/05/{n // 3 + 1:02}") for n in range(30)
]


def once_an_order(rows: Sequence[Sequence[str]], blank: str = "") -> list[list[str]]:
    return [
        [blank if column in ORDER and number % 3 else cell for column, cell in enumerate(row)]
        for number, row in enumerate(rows)
    ]


def same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    return one.equals(other)


def merged_book(path: Path, rows: Sequence[Sequence[str]], columns: Sequence[int]) -> Path:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("売上")
    sheet.write_row(0, 0, PURCHASE_HEADER)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if column not in columns:
                sheet.write(number, column, cell)
            elif (number - 1) % 3 == 0:
                sheet.merge_range(number, column, number + 2, column, cell)
    book.close()
    return path


def test_merged_cells_count_for_each_row(tmp_path: Path) -> None:
    usual = facts_of(stage(purchases(tmp_path / "usual.csv", *FULL)))
    staged = stage(merged_book(tmp_path / "a.xlsx", FULL, ORDER))
    assert same(facts_of(staged), usual)
    assert "merged_filled" in codes_of(staged)


def test_merged_customer_alone_is_told_by_the_merge(tmp_path: Path) -> None:
    staged = stage(merged_book(tmp_path / "a.xlsx", FULL, (6,)))
    assert facts_of(staged)["identifiers"].list.len().to_list() == [1] * 30


def test_merged_cells_of_an_old_workbook_count_for_each_row(tmp_path: Path) -> None:
    rows = [list(PURCHASE_HEADER), *once_an_order(FULL)]
    merges = [(first, first + 2, column, column) for first in range(1, 31, 3) for column in ORDER]
    staged = stage(write_xls(tmp_path / "a.xls", "売上", rows, merges=merges))
    assert same(facts_of(staged), facts_of(stage(purchases(tmp_path / "usual.csv", *FULL))))


def test_covered_cells_of_opendocument_are_blanks_below_an_order(tmp_path: Path) -> None:
    covered = [[cell or None for cell in row] for row in once_an_order(FULL)]
    staged = stage(write_ods(tmp_path / "a.ods", {"売上": [list(PURCHASE_HEADER), *covered]}))
    assert same(facts_of(staged), facts_of(stage(purchases(tmp_path / "usual.csv", *FULL))))


def test_lines_below_the_first_of_an_order_are_lines_of_it(tmp_path: Path) -> None:
    usual = facts_of(stage(purchases(tmp_path / "usual.csv", *FULL)))
    staged = stage(purchases(tmp_path / "a.csv", *once_an_order(FULL)))
    assert same(facts_of(staged), usual)
    assert "blank_means_above" in codes_of(staged)


@pytest.mark.parametrize("mark", ["〃", "同上", "″"])
def test_mark_for_the_same_as_above_is_understood(tmp_path: Path, mark: str) -> None:
    staged = stage(purchases(tmp_path / "a.csv", *once_an_order(FULL, mark)))
    assert same(facts_of(staged), facts_of(stage(purchases(tmp_path / "usual.csv", *FULL))))


def test_order_goes_on_over_the_end_of_a_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = facts_of(stage(purchases(tmp_path / "usual.csv", *FULL)))
    monkeypatch.setattr(raw, "ROWS_A_CHUNK", 4)
    monkeypatch.setattr(table, "ROWS_A_CHUNK", 4)
    assert same(facts_of(stage(purchases(tmp_path / "a.csv", *once_an_order(FULL)))), usual)
    monkeypatch.undo()
    assert same(facts_of(stage(merged_book(tmp_path / "a.xlsx", FULL, ORDER))), usual)


def test_blank_customer_is_nobody_and_no_order_that_goes_on(tmp_path: Path) -> None:
    rows = [line(order_no=str(n), customer_no="" if n % 2 else "77") for n in range(20)]
    staged = stage(purchases(tmp_path / "a.csv", *rows))
    assert facts_of(staged)["identifiers"].list.len().sum() == 10
    assert "blank_means_above" not in codes_of(staged)


def test_order_number_that_is_missing_now_and_then_is_refused(tmp_path: Path) -> None:
    rows = [line(order_no="" if n in {3, 9} else str(n)) for n in range(20)]
    assert stage(purchases(tmp_path / "a.csv", *rows)).rejects == {"missing_value": 2}


def test_blanks_can_be_left_blank(tmp_path: Path) -> None:
    path = purchases(tmp_path / "a.csv", *once_an_order(FULL))
    assert stage(path, mapping=Mapping(options={"fill": "no"})).rejects == {"missing_value": 20}


def test_company_over_several_people_is_everybodys(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("名簿")
    sheet.write_row(0, 0, ["会社名", "氏名", "メール"])
    for number in range(1, 5):
        sheet.write_row(number, 1, [f"佐藤 花{number}", f"a{number}@example.jp"])
    sheet.merge_range(1, 0, 4, 0, "花屋")
    book.close()
    properties = facts_of(stage(path))["properties"].to_list()
    assert all('"company":"花屋"' in each for each in properties)


def test_sheet_without_merged_cells_is_read_as_it_stands(tmp_path: Path) -> None:
    book = write_book(tmp_path / "a.xlsx", {"売上": [PURCHASE_HEADER, *FULL]})
    assert codes_of(stage(book)).isdisjoint({"merged_filled", "blank_means_above", "amount_spread"})


def test_ditto_without_anything_above_is_a_blank(tmp_path: Path) -> None:
    rows = [["会員番号", "氏名", "メール", "会社名"], ["1", "佐藤 花子", "a@example.jp", "〃"]]
    (properties,) = facts_of(stage(write_csv(tmp_path / "a.csv", rows)))["properties"]
    assert "company" not in properties


def test_book_of_sales_tells_the_day_once_whoever_bought(tmp_path: Path) -> None:
    rows = [
        ["日付", "会員番号", "品名", "金額"],
        ["2024/4/1", "7", "花束", "3,000"],
        ["", "〃", "リボン", "100"],
        ["", "8", "鉢植え", "2,500"],
        ["2024/4/3", "9", "花束", "3,000"],
        ["", "", "カード", "200"],
        ["合計", "", "", "8,800"],
    ]
    facts = facts_of(stage(write_csv(tmp_path / "a.csv", rows)))
    days = facts["occurred_at"].dt.convert_time_zone("Asia/Tokyo").dt.day().to_list()
    assert days == [1, 1, 1, 3, 3]
    assert [told[0]["value"] for told in facts["identifiers"]] == ["7", "7", "8", "9", "9"]


def test_single_day_that_is_missing_is_refused(tmp_path: Path) -> None:
    rows = [["2024/4/1", "7", "花束", "3,000"], ["", "8", "花束", "100"], ["2024/4/2", "9", "花束", "2,500"]]
    staged = stage(write_csv(tmp_path / "a.csv", [["日付", "会員番号", "品名", "金額"], *rows]))
    assert staged.rejects == {"missing_value": 1}
