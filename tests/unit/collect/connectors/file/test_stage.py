"""A file becomes facts and rejects: nothing lost, nothing twice, whatever writes it, in bounded memory."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.connectors.file import Mapping, read_mapping, stage_file
from tenshu.collect.connectors.file.cells import raw
from tenshu.collect.connectors.file.errors import BadMapping, EmptyFile, FileRefused, NotRecognised, TooManyColumns
from tenshu.collect.connectors.file.layout import table
from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    facts_of,
    line,
    purchases,
    rejects_of,
    stage,
    write_book,
    write_csv,
    write_text,
)

ENGLISH = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
LINES = [line(order_no=str(1000 + n), customer_no=str(n % 7), quantity=str(1 + n % 5)) for n in range(40)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_gives_the_same_facts(tmp_path: Path, encoding: str) -> None:
    usual = facts_of(stage(purchases(tmp_path / "usual.csv", *LINES)))
    other = facts_of(stage(write_csv(tmp_path / "other.csv", [PURCHASE_HEADER, *LINES], encoding)))
    assert other.equals(usual)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_every_delimiter_gives_the_same_facts(tmp_path: Path, delimiter: str) -> None:
    usual = facts_of(stage(purchases(tmp_path / "usual.csv", *LINES)))
    with (tmp_path / "other.txt").open("w", newline="") as handle:
        csv.writer(handle, delimiter=delimiter).writerows([PURCHASE_HEADER, *LINES])
    assert facts_of(stage(tmp_path / "other.txt")).equals(usual)


def test_workbook_gives_the_same_facts_as_text(tmp_path: Path) -> None:
    usual = facts_of(stage(purchases(tmp_path / "usual.csv", *LINES)))
    typed = [
        [int(order), code, name, int(count), datetime(2024, 5, 1, 10, 0, tzinfo=UTC), 1500, int(customer)]
        for order, code, name, count, _when, _price, customer in LINES
    ]
    book = write_book(tmp_path / "a.xlsx", {"売上": [["売上一覧"], [], PURCHASE_HEADER, *typed]})
    assert facts_of(stage(book)).equals(usual)


def test_headers_in_english_give_the_same_facts(tmp_path: Path) -> None:
    usual = facts_of(stage(purchases(tmp_path / "usual.csv", *LINES)))
    assert facts_of(stage(purchases(tmp_path / "english.csv", *LINES, header=ENGLISH))).equals(usual)


def test_rows_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    facts = facts_of(stage(purchases(tmp_path / "a.csv", *LINES)))
    assert facts["order_no"].to_list() == [row[0] for row in LINES]


def test_account_of_rows_closes(tmp_path: Path) -> None:
    rows = [line(), line(quantity="x"), line()[:3], [*line(), "more"], line(order_no="")]
    staged = stage(purchases(tmp_path / "a.csv", *rows))
    assert (staged.rows, staged.accepted) == (5, 1)
    assert staged.rejects == {"bad_number": 1, "missing_value": 1, "too_few_columns": 1, "too_many_columns": 1}
    assert staged.rows == staged.accepted + sum(staged.rejects.values())


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(["", "1", "x", "2024/05/01", "=1+1", '"', "花\x00", "△5", ",,", "\n"]), min_size=7, max_size=35
    )
)
def test_account_closes_whatever_stands_in_the_cells(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    rows = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    path = purchases(tmp_path_factory.mktemp("any") / "a.csv", line(), *rows)
    staged = stage(path, kind="purchases")
    assert staged.rows == staged.accepted + sum(staged.rejects.values())
    assert staged.facts == staged.accepted == facts_of(staged).height


def test_equal_lines_of_an_order_all_count(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv", line(), line(), line(), line(order_no="2")))
    facts = facts_of(staged)
    assert (staged.facts, staged.repeats) == (4, 2)
    assert facts["fact_id"].n_unique() == 4
    assert facts["amount"].sum() == 12000


def test_same_lines_in_another_file_are_the_same_facts(tmp_path: Path) -> None:
    first = facts_of(stage(purchases(tmp_path / "april.csv", line(), line(), line(order_no="2"))))
    second = facts_of(stage(purchases(tmp_path / "may.csv", line(order_no="3"), line(order_no="2"), line(), line())))
    assert set(first["fact_id"]) < set(second["fact_id"])


def test_equal_lines_far_apart_are_counted_over_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "ROWS_A_CHUNK", 10)
    monkeypatch.setattr(table, "ROWS_A_CHUNK", 10)
    small = facts_of(stage(purchases(tmp_path / "a.csv", line(), *LINES, line(), *LINES[:3])))
    monkeypatch.undo()
    whole = facts_of(stage(purchases(tmp_path / "a.csv", line(), *LINES, line(), *LINES[:3])))
    assert small.equals(whole)
    assert small["fact_id"].n_unique() == small.height == 45


def test_same_file_is_the_same_import(tmp_path: Path) -> None:
    first = stage(purchases(tmp_path / "a.csv", *LINES))
    renamed = stage(purchases(tmp_path / "b.csv", *LINES))
    assert first.import_id == renamed.import_id
    assert first.facts_path.name.startswith(first.import_id)


def test_another_reading_of_a_file_is_another_import(tmp_path: Path) -> None:
    path = purchases(tmp_path / "a.csv", *LINES)
    ids = {
        stage(path).import_id,
        stage(path, currency="GBP").import_id,
        stage(path, zone="Europe/London").import_id,
        stage(path, mapping=Mapping(columns={"description": "商品コード", "product_id": "商品名"})).import_id,
        stage(purchases(tmp_path / "a.csv", *LINES[:-1])).import_id,
    }
    assert len(ids) == 5


def test_nothing_but_facts_and_rejects_is_left(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv", *LINES))
    assert {path.name for path in (tmp_path / "staged").iterdir()} == {staged.facts_path.name, staged.rejects_path.name}


def test_months_on_sheets_of_their_own_are_all_read(tmp_path: Path) -> None:
    months: dict[str, list[Any]] = {
        "4月": [PURCHASE_HEADER, *LINES[:20]],
        "5月": [PURCHASE_HEADER, *LINES[20:]],
        "メモ": [["ご確認ください"]],
    }
    staged = stage(write_book(tmp_path / "a.xlsx", months))
    assert staged.sheets == ["4月", "5月"]
    assert staged.facts == 40


def test_named_sheet_is_the_only_one(tmp_path: Path) -> None:
    months: dict[str, list[Any]] = {"4月": [PURCHASE_HEADER, *LINES[:20]], "5月": [PURCHASE_HEADER, *LINES[20:]]}
    path = write_book(tmp_path / "a.xlsx", months)
    assert stage(path, mapping=Mapping(sheet="5月")).facts == 20
    with pytest.raises(EmptyFile):
        stage(path, mapping=Mapping(sheet="6月"))


def test_reject_names_its_sheet_and_its_row_there(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"5月": [["売上"], PURCHASE_HEADER, line(), line(quantity="x")]})
    staged = stage(path)
    with staged.rejects_path.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    assert rows[1][:6] == ["a.xlsx", "5月", "4", "数量", "x", "bad_number"]


def test_formula_in_a_refused_cell_is_text_in_the_list(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "=1+1.csv", line(), line(quantity="=cmd|'/c calc'!A1")))
    with staged.rejects_path.open(encoding="utf-8-sig", newline="") as handle:
        row = list(csv.reader(handle))[1]
    assert row[0] == "'=1+1.csv"
    assert row[4] == "'=cmd|'/c calc'!A1"


def test_refused_row_tells_the_line_as_it_was(tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "a.csv",
        ",".join(PURCHASE_HEADER)
        + "\n1001,A,花束\n"
        + ",".join(["1", "A", "花", "1", "2024/05/01", "100", "7"])
        + "\n",
    )
    assert rejects_of(stage(path)) == [(2, "", "1001,A,花束", "too_few_columns")]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["12/1/2010 8:26", "12/13/2010 9:00"], (2010, 12, 1)),  # no thirteenth month
        (["12/1/2010 8:26", "13/1/2010 9:00"], (2010, 1, 12)),
        (["12/1/2010 8:26"] * 2, (2010, 1, 12)),  # either: not in dollars
        (["1/2/2010 8:26", "3/4/2010 9:00"], (2010, 2, 1)),  # short days with a time behind
        (["1/2/10 8:26", "1/13/10 9:00"], (2010, 1, 2)),
        (["10/1/2 8:26", "10/1/13 9:00"], (2010, 1, 2)),
        (["2010/12/1 8:26", "2010/12/13"], (2010, 12, 1)),
    ],
)
def test_whole_column_settles_the_order_of_day_and_month(
    tmp_path: Path, dates: list[str], expected: tuple[int, int, int]
) -> None:
    rows = [line(ordered_at=day, order_no=str(number)) for number, day in enumerate(dates, 1)]
    first = facts_of(stage(purchases(tmp_path / "a.csv", *rows), zone="UTC"))["occurred_at"][0]
    assert (first.year, first.month, first.day) == expected


def test_dollars_put_the_month_first_where_nothing_else_tells(tmp_path: Path) -> None:
    path = purchases(tmp_path / "a.csv", line(ordered_at="12/1/2010"))
    assert facts_of(stage(path, currency="USD", zone="UTC"))["occurred_at"][0].month == 12
    assert stage(path, mapping=Mapping(date_order="dmy"), currency="USD").facts == 1


def test_last_day_of_the_file_can_settle_the_order(tmp_path: Path) -> None:
    rows = [line(ordered_at="12/1/2010", order_no=str(number)) for number in range(600)]
    facts = facts_of(stage(purchases(tmp_path / "a.csv", *rows, line(ordered_at="12/31/2010")), zone="UTC"))
    assert facts["occurred_at"].dt.month().unique().to_list() == [12]


def test_mapping_overrules_the_guess(tmp_path: Path) -> None:
    header = ("a", "b", "c", "d", "e", "f", "g")
    columns: dict[str, str | list[str]] = dict(
        zip(
            ["order_no", "product_id", "description", "quantity", "ordered_at", "unit_price", "customer_no"],
            header,
            strict=True,
        )
    )
    staged = stage(
        purchases(tmp_path / "a.csv", *LINES, header=header), mapping=Mapping(kind="purchases", columns=columns)
    )
    assert facts_of(staged).equals(facts_of(stage(purchases(tmp_path / "usual.csv", *LINES))))
    assert staged.mapping["order_no"] == ["a"]


def test_mapping_may_count_columns(tmp_path: Path) -> None:
    columns: dict[str, str | list[str]] = {
        "order_no": "#1",
        "ordered_at": "#5",
        "unit_price": "#6",
        "description": ["#2", "#3"],
    }
    staged = stage(purchases(tmp_path / "a.csv", line()), mapping=Mapping(kind="purchases", columns=columns, only=True))
    assert facts_of(staged)["description"].to_list() == ["A-1 花束"]
    assert set(staged.mapping) == set(columns)


@pytest.mark.parametrize(
    "mapping",
    [
        Mapping(kind="flowers"),
        Mapping(columns={"order_no": "no such header"}),
        Mapping(columns={"order_no": "#99"}),
        Mapping(columns={"order_no": "#x"}),
        Mapping(kind="purchases", columns={"birthday": "購入日時"}),
    ],
)
def test_mapping_that_names_what_is_not_there_is_told(tmp_path: Path, mapping: Mapping) -> None:
    with pytest.raises(BadMapping) as refused:
        stage(purchases(tmp_path / "a.csv", line()), mapping=mapping)
    assert "a.csv" in refused.value.text("en")
    assert "a.csv" in refused.value.text("ja")


def test_mapping_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text(json.dumps({"kind": "purchases", "columns": {"order_no": "伝票"}, "date_order": "mdy"}))
    assert read_mapping(path) == Mapping(kind="purchases", columns={"order_no": "伝票"}, date_order="mdy")


@pytest.mark.parametrize("text", ["", "[]", '{"columns": 3}', '{"kolumns": {}}', '{"date_order": "ydm"}'])
def test_mapping_file_that_holds_something_else_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.json"
    path.write_text(text)
    with pytest.raises(BadMapping):
        read_mapping(path)


def test_table_of_something_else_is_told_with_its_columns(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "weather.csv", [["気温", "湿度"], ["20", "50"], ["21", "51"]])
    with pytest.raises(NotRecognised) as refused:
        stage(path)
    assert "気温, 湿度" in refused.value.text("ja")
    assert "--map" in refused.value.text("en")


@pytest.mark.parametrize("text", ["\n\n\n", " , \n , \n", "\ufeff\n"])
def test_file_of_blanks_is_empty(tmp_path: Path, text: str) -> None:
    with pytest.raises(EmptyFile):
        stage(write_text(tmp_path / "a.csv", text))


def test_header_alone_is_no_crash(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv"))
    assert (staged.rows, staged.facts, facts_of(staged).height) == (0, 0, 0)


def test_rows_all_refused_leave_an_empty_file_of_facts(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv", line(quantity="x"), line(quantity="y")), kind="purchases")
    assert (staged.accepted, facts_of(staged).height) == (0, 0)


def test_thousands_of_columns_are_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "wide.csv", [[f"h{number}" for number in range(20_000)], ["1"] * 20_000])
    with pytest.raises(TooManyColumns):
        stage(path)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_facts_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_bytes(content)
    try:
        staged = stage(path)
    except FileRefused as refused:
        said = refused.text("ja")
    else:
        said = "a.csv" if staged.rows == staged.accepted + sum(staged.rejects.values()) else ""
    assert "a.csv" in said


class Watching:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float, float | None]] = []

    def step(self, text: str, done: float, total: float | None = None) -> None:
        self.told.append((text, done, total))


def test_progress_ends_at_the_number_of_rows(tmp_path: Path) -> None:
    watching = Watching()
    stage_file(
        purchases(tmp_path / "a.csv", *LINES),
        shop_zone="UTC",
        currency="JPY",
        received_at=datetime(2024, 6, 1, tzinfo=UTC),
        folder=tmp_path / "staged",
        progress=watching,
    )
    assert watching.told[-1] == ("Checking a.csv: rows", 40, 40)


def test_time_of_receipt_names_its_zone(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="names no time zone"):
        stage(purchases(tmp_path / "a.csv", line()), received_at=datetime(2024, 6, 1, tzinfo=UTC).replace(tzinfo=None))


def test_staged_file_is_plain_parquet(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv", *LINES))
    assert pl.read_parquet_schema(staged.facts_path)["fact_id"] == pl.Binary
