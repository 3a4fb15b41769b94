"""Cells become values column by column; what cannot be read is noted with its place."""

from decimal import Decimal

import polars as pl
import pytest

from tenshu.collect.connectors.file.rows.reading import Reading, converted
from tenshu.collect.reject import REJECT_SCHEMA, Reason
from tenshu.kit.japanese import parse_decimal

NAMES = ["番号", "数量", "住所1", "住所2"]
COLUMNS = {"no": [0], "quantity": [1], "address": [2, 3]}


def reading(*rows: tuple[str | None, ...], as_written: tuple[str, ...] = ()) -> Reading:
    cells = [list(column) for column in zip(*rows, strict=True)]
    frame = pl.DataFrame(
        {"row": pl.Series(range(2, 2 + len(rows)), dtype=pl.UInt32)}
        | {f"c{number}": pl.Series(column, dtype=pl.String) for number, column in enumerate(cells)}
    )
    return Reading(frame, COLUMNS, NAMES, as_written=as_written)


def test_text_comes_in_one_form() -> None:
    texts = reading(("　Ａ－１ ", "1", "渋谷区", "神宮前  1"))
    assert texts.text("no").to_list() == ["A-1"]


def test_columns_of_one_field_are_joined() -> None:
    assert reading(("1", "1", "渋谷区", "神宮前1-1")).text("address").to_list() == ["渋谷区 神宮前1-1"]
    assert reading(("1", "1", "渋谷区", "")).text("address").to_list() == ["渋谷区"]
    assert reading(("1", "1", None, None)).text("address").to_list() == [None]


@pytest.mark.parametrize("blank", ["", "  ", "　", "なし", "不明", "-", "N/A", None])
def test_words_for_nothing_are_null(blank: str | None) -> None:
    assert reading((blank, "1", "", "")).text("no").to_list() == [None]


def test_words_for_nothing_stay_where_they_are_wanted() -> None:
    assert reading(("なし", "1", "", ""), as_written=("no",)).text("no").to_list() == ["なし"]
    assert reading((" ", "1", "", ""), as_written=("no",)).text("no").to_list() == [None]


def test_field_that_the_table_lacks_is_null_everywhere() -> None:
    found = reading(("1", "1", "", ""), ("2", "2", "", ""))
    assert not found.has("email")
    assert found.text("email").to_list() == [None, None]
    assert found.read("email", str, pl.String(), Reason.BAD_EMAIL).to_list() == [None, None]
    assert found.accepted().to_list() == [True, True]


def test_value_that_cannot_be_read_is_noted_with_its_place_as_written() -> None:
    found = reading(("1", "２", "", ""), ("2", " 六個 ", "", ""))
    values = found.read("quantity", parse_decimal, pl.Decimal(18, 3), Reason.BAD_NUMBER)
    assert values.to_list() == [Decimal(2), None]
    assert found.rejects().rows() == [(3, "数量", " 六個 ", "bad_number")]
    assert found.accepted().to_list() == [True, False]


def test_blank_value_is_not_broken() -> None:
    found = reading(("1", "", "", ""))
    assert found.read("quantity", parse_decimal, pl.Decimal(18, 3), Reason.BAD_NUMBER).to_list() == [None]
    assert found.accepted().to_list() == [True]


def test_needed_value_that_is_blank_is_missing() -> None:
    found = reading(("1", "", "", ""), ("2", "2", "", ""))
    found.need("quantity")
    assert found.rejects().rows() == [(2, "数量", "", "missing_value")]


def test_first_fault_of_a_cell_is_the_one_that_is_told() -> None:
    found = reading(("1", "x\x00", "", ""))
    found.read("quantity", parse_decimal, pl.Decimal(18, 3), Reason.BAD_NUMBER)
    assert found.rejects()["reason"].to_list() == ["control_character"]


def test_rejects_are_in_the_order_of_the_rows() -> None:
    found = reading(("1", "x", "", ""), ("", "y", "", ""), ("", "1", "", ""))
    found.need("no")
    found.read("quantity", parse_decimal, pl.Decimal(18, 3), Reason.BAD_NUMBER)
    assert found.rejects()["row"].to_list() == [2, 3, 3, 4]


def test_rows_without_a_fault_make_no_rejects() -> None:
    found = reading(("1", "1", "", ""))
    assert found.rejects().is_empty()
    assert dict(found.rejects().schema) == REJECT_SCHEMA


@pytest.mark.parametrize("mark", ["\x00", "\x07", "\x1b[31m", "\x7f"])
def test_control_characters_are_refused(mark: str) -> None:
    found = reading((f"a{mark}b", "1", "", ""))
    assert found.rejects()["reason"].to_list() == ["control_character"]


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\t"])
def test_line_breaks_in_a_cell_are_spaces(mark: str) -> None:
    found = reading((f"a{mark}b", "1", "", ""))
    assert found.text("no").to_list() == ["a b"]
    assert found.accepted().to_list() == [True]


def test_each_distinct_text_is_converted_once() -> None:
    seen = []

    def convert(text: str) -> int:
        seen.append(text)
        return len(text)

    texts = pl.Series("t", ["aa", "b", "aa", None, "aa", "b"])
    assert converted(texts, convert, pl.Int64()).to_list() == [2, 1, 2, None, 2, 1]
    assert sorted(seen) == ["aa", "b"]


def test_no_texts_are_no_values() -> None:
    assert converted(pl.Series("t", [], dtype=pl.String), len, pl.Int64()).to_list() == []
