"""CSV and TSV as programs write them: every record keeps its row, and a broken one costs itself only."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.connectors.file.cells.delimited import LONGEST_LINE, MOST_LINES, find_delimiter, read_records
from tenshu.collect.reject import Reason
from tests.unit.collect.connectors.file.support import write_csv, write_text


def read(path: Path, width: int | None = None, delimiter: str = ",") -> list[tuple[int, list[str], Reason | None]]:
    return [tuple(record) for record in read_records(path, encoding="utf-8", delimiter=delimiter, width=width)]  # type: ignore[misc]


def test_records_have_the_row_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "h1,h2\n\n1,2\n,\n3,4\n")
    assert read(path, 2) == [(1, ["h1", "h2"], None), (3, ["1", "2"], None), (5, ["3", "4"], None)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_newline_ends_a_record(tmp_path: Path, end: str) -> None:
    path = write_text(tmp_path / "a.csv", end.join(["a,b", "1,2", "3,4", ""]))
    assert [cells for _row, cells, _fault in read(path, 2)] == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_mixed_newlines_are_one_table(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "a,b\r\n1,2\n3,4\r5,6")
    assert [cells[0] for _row, cells, _fault in read(path, 2)] == ["a", "1", "3", "5"]


def test_newline_inside_quotes_belongs_to_the_cell(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", 'a,b\n"1\n2",3\n4,5\n')
    assert read(path, 2)[1:] == [(2, ["1\n2", "3"], None), (3, ["4", "5"], None)]


def test_doubled_quotes_are_one(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", 'a,b\n"say ""hi""",2\n')
    assert read(path, 2)[1][1] == ['say "hi"', "2"]


def test_quote_inside_an_unquoted_cell_is_a_character(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", 'a,b\n24" monitor,2\n')
    assert read(path, 2)[1] == (2, ['24" monitor', "2"], None)


def test_row_with_too_few_cells_is_told(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "a,b,c\n1,2\n3,4,5\n")
    assert [(row, fault) for row, _cells, fault in read(path, 3)] == [(1, None), (2, Reason.TOO_FEW_COLUMNS), (3, None)]


def test_row_with_too_many_cells_is_told(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "a,b\n1,2,3\n4,5\n")
    assert [(row, fault) for row, _cells, fault in read(path, 2)] == [
        (1, None),
        (2, Reason.TOO_MANY_COLUMNS),
        (3, None),
    ]


def test_blank_cells_too_many_do_no_harm(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "a,b\n1,2,,\n")
    assert read(path, 2)[1] == (2, ["1", "2"], None)


def test_quote_that_never_closes_costs_one_line(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", 'a,b\n1,2\n3,"four\n5,6\n7,8\n')
    records = read(path, 2)
    assert [row for row, _cells, fault in records if fault] == [3]
    assert [cells for _row, cells, fault in records if not fault] == [["a", "b"], ["1", "2"], ["5", "6"], ["7", "8"]]


def test_quote_that_the_next_quote_closes_costs_one_line(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", 'a,b\n3,"four\n5,"six"\n7,8\n')
    records = read(path, 2)
    assert [(row, fault) for row, _cells, fault in records if fault] == [(2, Reason.UNCLOSED_QUOTE)]
    assert [cells for _row, cells, fault in records if not fault] == [["a", "b"], ["5", "six"], ["7", "8"]]


def test_quote_that_swallows_a_line_of_the_right_width_is_found_by_its_width(tmp_path: Path) -> None:
    # "x\n2,3\n4,"y" would be one record of three cells; the table has two
    path = write_text(tmp_path / "a.csv", 'a,b\n"x,1\n2,3\n4","y",z\n')
    records = read(path, 2)
    assert (2, Reason.UNCLOSED_QUOTE) in [(row, fault) for row, _cells, fault in records]
    assert ["2", "3"] in [cells for _row, cells, fault in records if not fault]


def test_text_behind_a_closing_quote_is_told(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", 'a,b\n"x"y,2\n3,4\n')
    assert [(row, fault) for row, _cells, fault in read(path, 2)] == [(1, None), (2, Reason.UNCLOSED_QUOTE), (3, None)]


def test_every_line_unclosed_is_every_line_told(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "a,b\n" + '"x,1\n' * 3 * MOST_LINES)
    faults = [fault for _row, _cells, fault in read(path, 2) if fault]
    assert len(faults) >= 3 * MOST_LINES / 2  # two of them can close each other
    assert set(faults) <= {Reason.UNCLOSED_QUOTE}


def test_cell_with_many_lines_is_still_a_cell(tmp_path: Path) -> None:
    memo = "\n".join(["line"] * (MOST_LINES - 1))
    path = write_csv(tmp_path / "a.csv", [["a", "b"], [memo, "2"], ["3", "4"]])
    assert read(path, 2)[1][1] == [memo, "2"]


def test_line_without_end_is_cut_and_told(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "a,b\n" + "x" * (3 * LONGEST_LINE) + "\n1,2\n")
    records = read(path, 2)
    assert [(row, fault) for row, _cells, fault in records] == [(1, None), (2, Reason.TOO_LONG), (3, None)]
    assert len(records[1][1][0]) <= 1000


def test_cell_beyond_the_limit_of_a_field_is_told(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "a,b\n" + "x" * 200_000 + ",1\n3,4\n")
    assert [row for row, _cells, fault in read(path, 2) if fault] == [2]


def test_nul_does_not_stop_the_reader(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "a,b\n1\x00,2\n3,4\n")
    assert [row for row, _cells, _fault in read(path, 2)] == [1, 2, 3]


def test_broken_bytes_become_the_mark_of_broken_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n\xff\xfe,2\n")
    assert "\ufffd" in read(path, 2)[1][1][0]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    rows = [["order", "name", "price"], ["1", "a b", "2"], ["2", "c", "3"]]
    path = write_text(tmp_path / "a.txt", "\n".join(delimiter.join(row) for row in rows))
    assert find_delimiter(path, "utf-8") == delimiter


def test_semicolons_win_over_decimal_commas(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "name;price;qty\nx;1,5;2\ny;2,50;3\nz;10;4\n")
    assert find_delimiter(path, "utf-8") == ";"


def test_commas_in_quotes_do_not_mislead(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.tsv", 'name\tprice\n"a, b, c"\t1\n"d, e, f"\t2\n')
    assert find_delimiter(path, "utf-8") == "\t"


CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00\r"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS.map(lambda text: text + "x")), min_size=1, max_size=8))
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]) -> None:
    path = write_csv(tmp_path_factory.mktemp("csv") / "a.csv", rows)
    assert [tuple(cells) for _row, cells, _fault in read(path, 3)] == rows


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(content)
    for _record in read_records(path, encoding="cp932", delimiter=",", width=2):
        pass
