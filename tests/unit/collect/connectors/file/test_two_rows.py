"""A header of two rows: 氏名 over 姓 and 名, 住所 over 〒 and 都道府県; and what is none."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from tenshu.collect.connectors.file.cells.workbook import Merge
from tenshu.collect.connectors.file.layout.header import find_header, header_of
from tests.unit.collect.connectors.file.support import codes_of, look, stage, traits_of, write_csv

UPPER = ["会員番号", "氏名", "", "フリガナ", "", "住所", "", "電話番号"]
LOWER = ["", "姓", "名", "セイ", "メイ", "〒", "都道府県", ""]
SATO = ["77", "佐藤", "花子", "サトウ", "ハナコ", "150-0001", "東京都", "03-1234-5678"]
SUZUKI = ["78", "鈴木", "一郎", "スズキ", "イチロウ", "530-0001", "大阪府", "06-1234-5678"]


def rows(*cells: Sequence[str]) -> list[tuple[int, Sequence[str]]]:
    return list(enumerate(cells, 1))


def test_parts_are_named_with_their_groups() -> None:
    header = find_header(rows(UPPER, LOWER, SATO, SUZUKI))
    assert (header.row, header.rows) == (2, 2)
    assert header.names[:3] == ["会員番号", "氏名 姓", "氏名 名"]
    assert header.names[5:] == ["住所 〒", "住所 都道府県", "電話番号"]
    assert header.above == []


def test_title_stands_above_both_rows() -> None:
    header = find_header([(1, ["顧客名簿", *[""] * 7]), (3, UPPER), (4, LOWER), (5, SATO), (6, SUZUKI)])
    assert (header.row, header.rows, header.above) == (4, 2, ["顧客名簿"])


def test_merged_cell_says_how_far_its_group_reaches() -> None:
    upper, lower = ["氏名", "", "", "電話番号"], ["姓", "名", "会員番号", ""]
    told = find_header(rows(upper, lower, ["佐藤", "花子", "7", "03-1234-5678"]), [Merge(1, 1, 0, 1)])
    assert told.names == ["氏名 姓", "氏名 名", "会員番号", "電話番号"]
    guessed = find_header(rows(upper, lower, ["佐藤", "花子", "7", "03-1234-5678"]))
    assert guessed.names == ["氏名 姓", "氏名 名", "氏名 会員番号", "電話番号"]


@pytest.mark.parametrize(
    "sample",
    [
        rows(["売上", "", "", ""], ["日付", "商品名", "数量", "金額"], ["2024/5/1", "花", "1", "100"]),  # a title
        rows(["顧客名簿", "", "担当 佐藤"], ["会員番号", "氏名", "電話"], ["1", "佐藤 花", "03-1111-2222"]),
        rows(["部外秘", "", ""], ["会員番号", "氏名", "電話"], ["1", "佐藤 花", "03-1111-2222"]),
        [(1, UPPER), (3, LOWER), (4, SATO)],  # not one below the other
    ],
)
def test_rows_that_only_stand_above_a_header_are_no_part_of_it(sample: list[tuple[int, Sequence[str]]]) -> None:
    assert find_header(sample).rows == 1


def test_words_of_the_first_person_are_no_second_row() -> None:
    people = ["氏名", "都道府県", "フリガナ"]
    header = find_header(rows(people, ["佐藤花子", "東京都", "サトウハナコ"], ["鈴木一郎", "大阪府", "スズキイチロウ"]))
    assert (header.row, header.rows) == (1, 1)


def test_names_of_a_parquet_file_are_its_header_whatever_they_are() -> None:
    assert header_of(["0", "1"]).names == ["0", "1"]
    assert header_of(["0", "1"]).row == 1


def test_people_below_two_rows_are_read_part_by_part(tmp_path: Path) -> None:
    staged = stage(write_csv(tmp_path / "a.csv", [UPPER, LOWER, SATO, SUZUKI]))
    assert "two_row_header" in codes_of(staged)
    assert staged.mapping["last_kana"] == ["フリガナ セイ"]
    person = traits_of(staged)[0]
    assert (person["full_name"], person["name_kana"]) == ("佐藤 花子", "サトウ ハナコ")
    assert (person["postal_code"], person["prefecture"]) == ("150-0001", "東京都")


def test_group_decides_between_two_parts_of_one_name(tmp_path: Path) -> None:
    upper = ["会員番号", "氏名", "", "フリガナ", ""]
    path = write_csv(tmp_path / "a.csv", [upper, ["", "姓", "名", "姓", "名"], SATO[:5], SUZUKI[:5]])
    person = traits_of(stage(path))[0]
    assert (person["full_name"], person["name_kana"]) == ("佐藤 花子", "サトウ ハナコ")


def test_merged_header_of_a_workbook_is_two_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("名簿")
    sheet.merge_range(0, 0, 0, 7, "顧客名簿")
    sheet.write_row(2, 0, UPPER)
    for first, name in ((1, "氏名"), (3, "フリガナ"), (5, "住所")):
        sheet.merge_range(2, first, 2, first + 1, name)
    for column in (0, 7):
        sheet.merge_range(2, column, 3, column, UPPER[column])
    for column, name in enumerate(LOWER):
        if name:
            sheet.write(3, column, name)
    sheet.write_row(4, 0, SATO)
    sheet.write_row(5, 0, SUZUKI)
    book.close()
    table = look(path).tables[0]
    assert (table.header_row, table.rows, table.kind) == (4, 2, "customers")
    assert [column.field for column in table.columns] == [
        "customer_no",
        "last_name",
        "first_name",
        "last_kana",
        "first_kana",
        "postal_code",
        "prefecture",
        "phone",
    ]
