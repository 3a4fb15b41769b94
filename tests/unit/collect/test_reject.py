"""The list of rejects: where each stands, why, and safe to open in a spreadsheet."""

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.reject import REJECT_SCHEMA, SENTENCES, VALUE_LENGTH, Reason, RejectFile, no_rejects, safe_cell
from tenshu.kit.i18n import _, speaking


def rejects(*rows: tuple[int, str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=REJECT_SCHEMA, orient="row")


def written(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle))


def test_reject_is_written_with_its_place_and_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with RejectFile(path, "a.csv") as listed:
        listed.write(rejects((3, "数量", "x", "bad_number")), sheet="5月")
    assert written(path) == [
        ["[file]", "[sheet]", "[row]", "[column]", "[value]", "[reason]", "[explanation]"],
        ["a.csv", "5月", "3", "数量", "x", "bad_number", _(SENTENCES["bad_number"], "en")],
    ]


def test_list_speaks_the_language_of_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with speaking("ja"), RejectFile(path, "a.csv") as listed:
        listed.write(rejects((3, "数量", "x", "bad_number")))
    assert written(path)[0] == ["[ファイル]", "[シート]", "[行]", "[列]", "[値]", "[理由]", "[説明]"]
    assert "数値" in written(path)[1][6]


def test_excel_reads_the_list_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with RejectFile(path, "a.csv"):
        pass
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_row_with_two_faults_counts_once_by_its_first(tmp_path: Path) -> None:
    with RejectFile(tmp_path / "r.csv", "a.csv") as listed:
        listed.write(
            rejects((3, "数量", "x", "bad_number"), (3, "日付", "y", "bad_date"), (4, "日付", "z", "bad_date"))
        )
        listed.write(rejects((3, "数量", "x", "bad_number")))  # row 3 of another sheet
        assert dict(listed.rows) == {"bad_number": 2, "bad_date": 1}
        assert listed.total == 3
    lines = written(tmp_path / "r.csv")
    assert len(lines) == 4
    assert lines[1][3:6] == ["数量, 日付", "x / y", "bad_number, bad_date"]


def test_no_rejects_count_nothing(tmp_path: Path) -> None:
    with RejectFile(tmp_path / "r.csv", "a.csv") as listed:
        listed.write(no_rejects())
        assert listed.total == 0


def test_long_value_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with RejectFile(path, "a.csv") as listed:
        listed.write(rejects((3, "備考", "x" * 5000, "too_long")))
    assert len(written(path)[1][4]) == VALUE_LENGTH


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1+1", "＋1", "－1", "＠x", "=cmd|'/c calc'!A1"]
)
def test_formula_becomes_text(value: str) -> None:
    assert safe_cell(value) == "'" + value


@pytest.mark.parametrize("value", ["佐藤", "1+1", "a=b", "", "△500", "'=1"])
def test_other_text_stays_as_it_is(value: str) -> None:
    assert safe_cell(value) == value


@given(st.text())
def test_no_safe_cell_starts_a_formula(value: str) -> None:
    assert not safe_cell(value).startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence_in_both_languages(reason: Reason) -> None:
    english, japanese = _(SENTENCES[reason], "en"), _(SENTENCES[reason], "ja")
    assert english
    assert japanese != english
