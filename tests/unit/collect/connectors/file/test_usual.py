"""What rows usually are like is judged without the rows that are none, and a total must lack it."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.connectors.file.cells.raw import RawWriter
from tenshu.collect.connectors.file.layout.header import Header
from tenshu.collect.connectors.file.layout.leftout import Usual, find_left_out, notes_of
from tenshu.kit.dates import parse_date, parse_month_day

NAMES = ["日付", "商品名", "数量", "金額"]
ROWS = [["2024/5/1", "花", "1", "100"], ["2024/5/2", "鉢", "2", "200"], ["2024/5/3", "苗", "3", "300"]]


def columns(rows: list[list[str]]) -> list[list[str | None]]:
    return [list(column) for column in zip(*rows, strict=True)]


def left_out(folder: Path, rows: list[list[str]], *, above: list[list[str]] | None = None) -> dict[int, str]:
    path = folder / "raw.parquet"
    cells = [*(above or []), NAMES]
    header = Header(len(cells), NAMES, cells=cells)
    with RawWriter(path, len(NAMES)) as writer:
        for number, row in enumerate(rows, len(cells) + 1):
            writer.add(number, row)
    found = find_left_out(path, header, Usual(columns(rows)))
    return dict(found.select("row", "code").iter_rows())


def test_rows_that_are_none_do_not_spoil_what_is_usual() -> None:
    rows = [*ROWS, ["合計", "", "6", "600"], ["計", "", "", "600"], ["※税込", "", "", ""]]
    assert Usual(columns(rows)).filled == [0, 1, 2, 3]
    assert Usual(columns(rows)).typed == [0, 2, 3]


def test_columns_that_are_none_of_the_tables_own_do_not_count() -> None:
    assert Usual(columns(ROWS), but={0, 2}).filled == [1, 3]


def test_column_that_is_often_blank_is_not_usual() -> None:
    rows = [[*row, "○" if number else ""] for number, row in enumerate(ROWS)]
    assert Usual(columns(rows)).filled == [0, 1, 2, 3]


def test_each_row_is_left_out_for_one_reason(tmp_path: Path) -> None:
    rows = [*ROWS, ["合計", "", "6", "600"], NAMES, ["※税込", "", "", ""], ["売上一覧", "", "", ""], *ROWS]
    found = left_out(tmp_path, rows, above=[["売上一覧", "", "", ""]])
    assert found == {6: "total", 7: "header_again", 8: "remark", 9: "header_again"}


def test_nothing_is_left_out_of_a_plain_table(tmp_path: Path) -> None:
    assert left_out(tmp_path, ROWS * 5) == {}


def test_rows_above_are_told_only_where_there_are_any() -> None:
    plain = Header(1, NAMES, cells=[NAMES])
    titled = Header(3, NAMES, cells=[["売上", "", "", ""], NAMES])
    nothing = find_nothing()
    assert notes_of(nothing, plain) == ()
    assert [each.text("en") for each in notes_of(nothing, titled)] == ["Rows above the header are left out: 1-2."]


def find_nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.UInt32, "code": pl.String, "text": pl.String})


@pytest.mark.parametrize("word", ["合計", "小計", "総計", "累計"])
def test_total_that_lacks_nothing_stays(tmp_path: Path, word: str) -> None:
    assert left_out(tmp_path, [*ROWS, ["2024/5/4", word, "1", "100"]]) == {}
    assert left_out(tmp_path, [*ROWS, ["", word, "6", "600"]]) == {5: "total"}


@given(st.dates())
def test_any_day_loses_its_year_only(day: date) -> None:
    for written in (f"{day.month}/{day.day}", f"{day.month}月{day.day}日", f"{day.month:02}-{day.day:02}"):
        assert parse_month_day(written) == (day.month, day.day)
    assert parse_month_day(day.isoformat()) is None


@given(st.text(max_size=20))
def test_text_is_a_day_with_its_year_or_without_never_both(text: str) -> None:
    assert parse_month_day(text) is None or parse_date(text) is None
