"""Totals, repeated headers and remarks are left out and told; people and products that look like them stay."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tenshu.collect.connectors.file.layout.leftout import is_remark, says_total
from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    facts_of,
    line,
    look,
    purchases,
    stage,
    write_book,
    write_csv,
    write_text,
)

PEOPLE = ["会員番号", "氏名", "電話番号", "メール"]
SATO = ["1", "佐藤 花子", "03-1234-5678", "a@example.jp"]
SUZUKI = ["2", "鈴木 一郎", "03-1234-5679", "b@example.jp"]
LINES = [line(order_no=str(1000 + n)) for n in range(6)]


def notes(path: Path) -> dict[str, str]:
    return {each.code: each.text("ja") for each in stage(path).notes}


@pytest.mark.parametrize(
    "cell",
    [
        "合計",
        "合　計",
        "小計",
        "総計",
        "総合計",
        "4月度小計",
        "【合計】",
        "合計:",
        "合計 120件",
        "東京店 合計",
        "累計金額",
        "月計",
    ],
)
def test_words_of_totals_are_known(cell: str) -> None:
    assert says_total(cell)


@pytest.mark.parametrize(
    "cell", ["腕時計", "体重計", "設計 花子", "計 良子", "合計額の説明が長く続く商品", "小計算ドリル", ""]
)
def test_words_that_only_hold_one_are_no_totals(cell: str) -> None:
    assert not says_total(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "※税込",
        "＊は予約品",
        "注) 概算です",
        "1 / 3 ページ",
        "- 2 -",
        "以上",
        "【東京店】",
        "出力日: 2024/5/1",
        "2024年4月",
    ],
)
def test_remarks_are_known(cell: str) -> None:
    assert is_remark(cell)


@pytest.mark.parametrize("cell", ["佐藤 花子", "1001", "○", "03-1234-5678", "注文", "*", ""])
def test_values_are_no_remarks(cell: str) -> None:
    assert not is_remark(cell)


@pytest.mark.parametrize(
    "total",
    [
        ["合計", "", "", "12", "", "18,000", ""],
        ["", "", "小計", "12", "", "18,000", ""],
        ["合計", "", "", "", "", "", ""],
        ["計", "", "", "12", "", "", ""],
        ["4月計", "", "", "12", "", "", ""],
        ["Total", "", "", "12", "", "", ""],
    ],
)
def test_totals_are_no_purchases(tmp_path: Path, total: Sequence[str]) -> None:
    path = purchases(tmp_path / "a.csv", *LINES[:3], total, *LINES[3:], total)
    staged = stage(path)
    assert (staged.rows, staged.accepted, staged.rejects) == (6, 6, {})
    assert facts_of(staged).equals(facts_of(stage(purchases(tmp_path / "clean.csv", *LINES))))
    assert "5, 9行目" in notes(path)["total"]


def test_total_beside_a_day_column_alone_is_known_by_where_it_stands(tmp_path: Path) -> None:
    days = [[f"2024/5/{day}", "1,000"] for day in range(1, 9)]
    staged = stage(write_csv(tmp_path / "a.csv", [["日付", "売上金額"], *days, ["合計", "8,000"]]))
    assert (staged.rows, staged.accepted) == (8, 8)


def test_product_that_is_called_a_total_stays(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv", *LINES, line(order_no="9", description="合計")))
    assert staged.accepted == 7


def test_person_whose_name_is_a_total_stays(tmp_path: Path) -> None:
    staged = stage(
        write_csv(tmp_path / "a.csv", [PEOPLE, SATO, SUZUKI, ["3", "計 良子", "03-1234-5670", "c@example.jp"]])
    )
    assert staged.accepted == 3


def test_number_of_people_below_a_list_is_nobody(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [PEOPLE, SATO, SUZUKI, ["合計", "2名", "", ""], ["※退会者を除く", "", "", ""]])
    staged = stage(path)
    assert (staged.rows, staged.facts) == (2, 2)
    assert "退会者" in notes(path)["remark"]


def test_header_of_every_printed_page_is_read_once(tmp_path: Path) -> None:
    title = ["売上一覧", *[""] * 6]
    pages = [title, PURCHASE_HEADER, *LINES[:3], title, PURCHASE_HEADER, *LINES[3:], ["- 2 -", *[""] * 6]]
    path = write_csv(tmp_path / "a.csv", pages)
    staged = stage(path)
    assert (staged.rows, staged.accepted) == (6, 6)
    assert "6-7行目" in notes(path)["header_again"]
    assert "1行目" in notes(path)["above"]


def test_ragged_remarks_and_totals_are_no_broken_rows(tmp_path: Path) -> None:
    text = "\r\n".join(
        [",".join(PURCHASE_HEADER), *(",".join(map(str, row)).replace("1,500", "1500") for row in LINES)]
    )
    path = write_text(tmp_path / "a.csv", f"{text}\r\n合計,,,12\r\n※価格は税込です\r\n1,2\r\n")
    staged = stage(path)
    assert (staged.rows, staged.accepted, staged.rejects) == (7, 6, {"too_few_columns": 1})
    assert {"total", "remark"} <= set(notes(path))


def test_left_out_rows_are_known_in_workbooks_too(tmp_path: Path) -> None:
    shown = {"売上": [["2024年5月 売上"], [], PURCHASE_HEADER, *LINES, ["合計", "", "", 12, "", 9000, ""], ["※速報値"]]}
    table = look(write_book(tmp_path / "a.xlsx", shown)).tables[0]
    assert (table.header_row, table.rows) == (3, 6)
    assert [each.code for each in table.skipped] == ["above", "total", "remark"]


def test_row_with_one_broken_cell_stays_a_refused_row(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv", *LINES, ["", "", "", "x", "", "", ""]))
    assert (staged.rows, sum(staged.rejects.values())) == (7, 1)


def test_blank_columns_are_not_shown(tmp_path: Path) -> None:
    rows = [["", *PEOPLE, ""], *(["", *person, ""] for person in (SATO, SUZUKI))]
    table = look(write_csv(tmp_path / "a.csv", rows)).tables[0]
    assert [column.header for column in table.columns] == PEOPLE
    assert table.sample_rows[0] == tuple(SATO)
