"""Layouts that were once misread: wide encodings with old newlines, marks that break all rows but one."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.connectors.file.cells.delimited import DELIMITERS, find_delimiter, read_records
from tenshu.collect.connectors.file.cells.encoding import find_encoding
from tests.unit.collect.connectors.file.support import facts_of, line, purchases, stage

HEADER = "伝票番号,商品コード,商品名,数量,購入日時,単価,会員番号"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_a_mark_is_known_by_any_newline(tmp_path: Path, encoding: str, newline: str) -> None:
    rows = newline.join([HEADER, *[",".join(line(unit_price="1500", order_no=str(n))) for n in range(3)]])
    path = tmp_path / "wide.csv"
    path.write_bytes((rows + newline).encode(encoding))
    usual = purchases(tmp_path / "usual.csv", *[line(order_no=str(n)) for n in range(3)])
    assert find_encoding(path) == encoding
    assert facts_of(stage(path)).equals(facts_of(stage(usual)))


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
def test_narrow_text_with_a_nul_in_it_is_not_taken_for_wide(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "narrow.csv"
    path.write_bytes((HEADER + "\n1001,A-1,花\x00束,2,2024/05/01,1500,77\n" * 30).encode(encoding))
    assert find_encoding(path) == encoding


def test_mark_that_breaks_all_rows_but_one_is_not_the_one_between_cells(tmp_path: Path) -> None:
    # With tabs seven rows have 7 cells and one has 2; with commas one row has 2 and all others are broken.
    rows = [HEADER.split(","), *[line(unit_price="500", order_no=str(n)) for n in range(6)], ["0", "1,500"]]
    path = tmp_path / "tabs.txt"
    text = io.StringIO()
    csv.writer(text, delimiter="\t", quoting=csv.QUOTE_ALL).writerows(rows)
    path.write_text(text.getvalue().replace('"0"', '0"', 1), encoding="utf-8", newline="")
    assert find_delimiter(path, "utf-8") == "\t"


CELLS = st.text(st.sampled_from("ab1,;|\t\"'\n 花"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 5).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)),
    st.sampled_from(DELIMITERS),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_cells_come_back_through_the_mark_they_were_written_with(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, newline: str
) -> None:
    path = tmp_path_factory.mktemp("cells") / "a.csv"
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows(rows)
    path.write_bytes(text.getvalue().encode())
    width = len(rows[0])
    records = list(read_records(path, encoding="utf-8", delimiter=delimiter, width=width))
    assert [record.fault for record in records] == [None] * len(records)
    filled = [(number, row) for number, row in enumerate(rows, 1) if "".join(row).strip()]
    assert [(record.row, record.cells) for record in records] == filled
