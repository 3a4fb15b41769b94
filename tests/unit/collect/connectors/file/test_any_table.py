"""However a table is laid out, written and broken: the same lines are the same facts, every row is told once."""

import csv
import io
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.connectors.file import StagedImport
from tenshu.collect.connectors.file.cells import raw
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
)

ENGLISH = ("Invoice No", "Stock Code", "Description", "Quantity", "Invoice Date", "Unit Price", "Customer ID")
LINES = [
    line(
        order_no=str(1000 + n // 3),
        product_id=f"A-{n % 4}",
        description=f"花束{n % 4}番",
        quantity=str(1 + n % 5),
        ordered_at=f"2024/05/{1 + n // 3:02} 10:00",
        unit_price=str(500 * (1 + n % 4)),
        customer_no=str(70 + n // 6),
    )
    for n in range(24)
]
PEOPLE_HEADER = ("会員番号", "氏名", "フリガナ", "メールアドレス", "電話番号", "郵便番号", "登録日", "メール配信希望")
PEOPLE = [
    (
        str(100 + n),
        "佐藤　花子",
        "さとうはなこ",
        f"hana{n}@example.jp",
        f"090-1234-{n:04}",
        f"150-{n:04}",
        "令和5年4月1日",
        "○×"[n % 2],
    )
    for n in range(12)
]


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(7)), st.sampled_from([PURCHASE_HEADER, ENGLISH]))
def test_columns_of_purchases_in_any_order_are_the_same_facts(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], header: tuple[str, ...]
) -> None:
    folder = tmp_path_factory.mktemp("columns")
    usual = facts_of(stage(purchases(folder / "usual.csv", *LINES)))
    rows = [[row[place] for place in order] for row in [header, *LINES]]
    assert facts_of(stage(write_csv(folder / "other.csv", rows))).equals(usual)


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(8)))
def test_columns_of_a_customer_list_in_any_order_are_the_same_facts(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("columns")
    usual = facts_of(stage(write_csv(folder / "usual.csv", [PEOPLE_HEADER, *PEOPLE])))
    rows = [[row[place] for place in order] for row in [PEOPLE_HEADER, *PEOPLE]]
    assert facts_of(stage(write_csv(folder / "other.csv", rows))).equals(usual)


@settings(max_examples=10, deadline=None)
@given(st.permutations(LINES))
def test_rows_in_any_order_are_the_same_facts(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    folder = tmp_path_factory.mktemp("rows")
    usual = facts_of(stage(purchases(folder / "usual.csv", *LINES)))
    other = facts_of(stage(purchases(folder / "other.csv", *rows)))
    assert other.sort("fact_id").equals(usual.sort("fact_id"))
    assert other["order_no"].to_list() == [row[0] for row in rows]


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [[], [""], ["売上明細"], ["2024年5月度", "", "作成: 2024/06/01"], ["株式会社サンプル", "本店"]]
        ),
        max_size=6,
    ),
    st.integers(0, 24),
)
def test_title_rows_and_blank_rows_are_no_rows_of_the_table(
    tmp_path_factory: pytest.TempPathFactory, above: list[list[str]], blank_after: int
) -> None:
    folder = tmp_path_factory.mktemp("titles")
    usual = facts_of(stage(purchases(folder / "usual.csv", *LINES)))
    rows = [*above, PURCHASE_HEADER, *LINES[:blank_after], ["", "", "", "", "", "", ""], [], *LINES[blank_after:]]
    staged = stage(write_csv(folder / "titled.csv", rows))
    assert (staged.rows, staged.accepted) == (24, 24)
    assert facts_of(staged).equals(usual)
    book = stage(write_book(folder / "titled.xlsx", {"売上": rows})) if blank_after == 7 else staged
    assert facts_of(book).equals(usual)


def test_reject_below_title_rows_stands_where_a_spreadsheet_shows_it(tmp_path: Path) -> None:
    # Row 1 title, row 2 blank, row 3 header, row 4 good, row 5 broken, row 6 blank, row 7 broken.
    rows = [["売上"], [], PURCHASE_HEADER, line(), line(quantity="x"), [], line(unit_price="y")]
    expected = [(5, "数量", "x", "bad_number"), (7, "単価", "y", "bad_number")]
    assert rejects_of(stage(write_csv(tmp_path / "a.csv", rows))) == expected
    assert rejects_of(stage(write_book(tmp_path / "a.xlsx", {"5月": rows}))) == expected


ODD_CELLS = st.one_of(
    st.sampled_from(
        [
            *[
                "",
                " ",
                "　",
                "0",
                "-1",
                "1001",
                "A-1",
                "2024/05/01 10:00",
                "2024/02/30",
                "令和6年5月1日",
                "1,500",
                "△5",
            ],
            *[
                "=1+1",
                "+81",
                "@SUM(A1)",
                '=HYPERLINK("http://example.com")',
                "花束",
                "花\x00束",
                "なし",
                "#REF!",
                "9" * 400,
            ],
            *["a,b", "a;b", "a\tb", "a|b", "two\nlines", "two\r\nlines", 'a "quoted" word', "'"],
        ]
    ),
    st.text(alphabet=st.characters(codec="cp932", exclude_characters="¢£¬‖−〜"), max_size=12),
)
LAYOUTS = st.tuples(
    st.sampled_from(["utf-8", "utf-8-sig", "cp932", "euc_jis_2004", "utf-16", "utf-16-le"]),
    st.sampled_from([",", "\t", ";", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.lists(ODD_CELLS, min_size=1, max_size=9), st.sampled_from(LINES)), max_size=14),
    LAYOUTS,
)
def test_every_row_is_accepted_or_refused_and_never_both(
    tmp_path_factory: pytest.TempPathFactory, mixed: list[list[str]], layout: tuple[str, str, str, int]
) -> None:
    encoding, delimiter, newline, quoting = layout
    rows = [*LINES[:6], *mixed]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([PURCHASE_HEADER, *rows])
    path = tmp_path_factory.mktemp("odd") / "odd.csv"
    path.write_bytes(text.getvalue().encode(encoding, "replace"))
    staged = stage(path, kind="purchases")
    _assert_account_closes(staged)
    # Whatever stands beside them, the lines that were right are facts, as often as they stand there.
    usual = facts_of(stage(purchases(path.with_name("right.csv"), *(row for row in rows if row in LINES))))
    assert set(usual["fact_id"]) <= set(facts_of(staged)["fact_id"])


def _assert_account_closes(staged: StagedImport) -> None:
    refused = {row for row, _column, _value, _reason in rejects_of(staged)}
    assert staged.rows == staged.accepted + len(refused)
    assert len(refused) == sum(staged.rejects.values())
    facts = facts_of(staged)
    assert facts.height == facts["fact_id"].n_unique() == staged.accepted == staged.facts


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(2, 12))
def test_nth_of_its_like_does_not_depend_on_where_a_chunk_ends(
    tmp_path_factory: pytest.TempPathFactory, which: list[int], chunk: int
) -> None:
    path = purchases(tmp_path_factory.mktemp("chunks") / "a.csv", *(LINES[number] for number in which))
    whole = stage(path, kind="purchases")
    keys = facts_of(whole)["fact_id"].to_list()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(raw, "ROWS_A_CHUNK", chunk)
        patched.setattr(table, "ROWS_A_CHUNK", chunk)
        small = stage(path, kind="purchases")
    assert facts_of(small)["fact_id"].to_list() == keys
    assert small.repeats == whole.repeats == len(which) - len(set(which))
    assert small.import_id == whole.import_id


@settings(max_examples=15, deadline=None)
@given(*[st.lists(st.integers(0, 5), min_size=1, max_size=15) for _ in range(2)])
def test_overlapping_exports_together_tell_each_line_as_often_as_the_fuller_one(
    tmp_path_factory: pytest.TempPathFactory, april: list[int], may: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("overlap")
    keys = [
        set(facts_of(stage(purchases(folder / f"{n}.csv", *(LINES[i] for i in which)), kind="purchases"))["fact_id"])
        for n, which in enumerate((april, may))
    ]
    # A line that stands twice in April and three times in May's export was bought three times, not five.
    assert len(keys[0] | keys[1]) == (Counter(april) | Counter(may)).total()
    assert len(keys[0] & keys[1]) == (Counter(april) & Counter(may)).total()


FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "＝1+1",
    " =1+1",
    "\n=1+1",
    "　=cmd|' /C calc'!A0",
    "\x0b=1",
    "\x00=1",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_the_list_of_rejects_is_run_by_a_spreadsheet(tmp_path: Path, formula: str) -> None:
    staged = stage(purchases(tmp_path / "a.csv", line(), line(quantity=formula)), kind="purchases")
    ((_row, _column, value, _reason),) = rejects_of(staged)
    seen = value.lstrip("\x00\t\n\x0b\r 　")
    assert seen.startswith("'")
    assert value == "'" + formula


def test_formula_in_a_good_cell_is_kept_as_the_text_it_is(tmp_path: Path) -> None:
    (fact,) = facts_of(stage(purchases(tmp_path / "a.csv", line(description="=SUM(A1)")))).to_dicts()
    assert fact["description"] == "=SUM(A1)"


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 11), min_size=1, max_size=20), st.integers(2, 9))
def test_people_told_in_any_order_and_any_often_are_each_told_once(
    tmp_path_factory: pytest.TempPathFactory, which: list[int], chunk: int
) -> None:
    path = write_csv(tmp_path_factory.mktemp("people") / "a.csv", [PEOPLE_HEADER, *(PEOPLE[i] for i in which)])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(raw, "ROWS_A_CHUNK", chunk)
        patched.setattr(table, "ROWS_A_CHUNK", chunk)
        staged = stage(path, kind="customers")
    people = facts_of(staged).filter(pl.col("event") == "customer_described")
    numbers = people["identifiers"].list.first().struct.field("value").to_list()
    assert numbers == [str(100 + i) for i in dict.fromkeys(which)]
    assert (staged.rows, staged.accepted) == (len(which), len(which))
