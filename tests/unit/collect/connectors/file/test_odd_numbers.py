"""Numbers that no column can hold, and texts that only look like numbers: every row is accepted or refused."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenshu.collect.connectors.file import StagedImport
from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    facts_of,
    line,
    purchases,
    rejects_of,
    stage,
    write_csv,
)

ALMOST = ["E1", "e99", "1e99", "1e-99", "-1E-99", "9" * 60, "0." + "0" * 50 + "1", "1e10", "-0", "なし", "-"]
#: Numbers in every spelling, and what is almost one.
NUMBERISH = st.one_of(
    st.text(alphabet="0123456789eE+-.,()¥△▲円個 １９Ｅ．", max_size=14),
    st.builds("{}e{}{}".format, st.integers(-(10**12), 10**12), st.sampled_from(["+", "-", ""]), st.integers(0, 120)),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.floats().map(repr),
    st.integers(-(10**30), 10**30).map(str),
    st.sampled_from(ALMOST),
    st.text(max_size=10),
)


def closes(staged: StagedImport) -> bool:
    facts = facts_of(staged)
    return (
        staged.rows == staged.accepted + sum(staged.rejects.values())
        and staged.accepted == facts.height
        and facts.select(pl.col("quantity", "unit_price", "amount").null_count()).row(0) == (0, 0, 0)
    )


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(st.tuples(NUMBERISH, NUMBERISH), min_size=1, max_size=12))
@example(cells=[("1e-99", "1e-99"), ("1e99", "1e99"), ("E1", "E99"), ("1e10", "1e10"), ("1e-3", "1e-6")])
def test_whatever_stands_for_quantity_and_price_the_rows_are_told(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    rows = [line(quantity=quantity, unit_price=price) for quantity, price in cells]
    staged = stage(purchases(tmp_path_factory.mktemp("any") / "a.csv", line(), *rows), kind="purchases")
    assert closes(staged)
    assert staged.rows == len(cells) + 1


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(st.tuples(NUMBERISH, NUMBERISH), min_size=1, max_size=12))
@example(cells=[("99999999999", "0.001"), ("-99999999999", "0.001"), ("1", "1e-99"), ("1e-99", "1"), ("1", "0")])
def test_whatever_stands_for_an_amount_the_rows_are_told(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    header = ("注文番号", "商品名", "金額", "数量", "注文日", "会員番号")
    rows = [["1", "花束", amount, quantity, "2024/05/01", "77"] for amount, quantity in [("1500", "1"), *cells]]
    staged = stage(write_csv(tmp_path_factory.mktemp("any") / "a.csv", [header, *rows]), kind="purchases")
    assert "amount" in staged.mapping
    assert closes(staged)


@settings(max_examples=40, deadline=None)
@given(cells=st.lists(st.tuples(NUMBERISH, NUMBERISH, NUMBERISH), min_size=1, max_size=12))
def test_whatever_stands_for_numbers_the_guess_without_a_kind_breaks_nothing(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str, str]]
) -> None:
    rows = [line(order_no=order, quantity=quantity, unit_price=price) for order, quantity, price in cells]
    assert closes(stage(purchases(tmp_path_factory.mktemp("any") / "a.csv", line(), *rows)))


@pytest.mark.parametrize("word", ["E1", "E11", "E99", "e12", "1E5"])
def test_what_looks_like_an_exponent_may_be_a_number_of_an_order_or_a_name(tmp_path: Path, word: str) -> None:
    rows = [line(order_no=word), line(product_id=word), line(description=word), line(customer_no=word)]
    staged = stage(purchases(tmp_path / "a.csv", *rows))
    assert staged.rejects == {}
    facts = facts_of(staged)
    assert facts["order_no"][0] == facts["product_id"][1] == facts["description"][2] == word
    assert facts["identifiers"][3].to_list() == [{"kind": "customer_no", "value": word}]


def test_a_whole_column_of_such_order_numbers_is_guessed_as_one(tmp_path: Path) -> None:
    rows = [line(order_no=f"E{number}", product_id=f"A-{number}") for number in range(1, 100)]
    staged = stage(purchases(tmp_path / "a.csv", *rows))
    assert (staged.accepted, staged.mapping["order_no"]) == (99, ["伝票番号"])


@pytest.mark.parametrize("number", ["E1", "e99", "1e-99", "1e99", "-1e99", "1E-7", "100000000000", "0.0000001"])
@pytest.mark.parametrize(("field", "column"), [("quantity", "数量"), ("unit_price", "単価")])
def test_number_that_its_column_cannot_hold_is_refused_with_its_place(
    tmp_path: Path, number: str, field: str, column: str
) -> None:
    staged = stage(purchases(tmp_path / "a.csv", line(), line(**{field: number})))
    ((row, told, value, reason),) = rejects_of(staged)
    assert (row, told, value.lstrip("'"), reason) == (3, column, number, "bad_number")
    assert staged.accepted == 1


@pytest.mark.parametrize(
    ("changes", "quantity", "price", "amount"),
    [
        ({"quantity": "0.001"}, "0.001", "1500", 2),  # 1.5 rounds up
        ({"unit_price": "1.5E+3"}, "2", "1500", 3000),
        ({"unit_price": "0.30000000000000004"}, "2", "0.3", 1),  # 0.6; what a program makes of 0.1 + 0.2
        ({"unit_price": "0e50"}, "2", "0", 0),
        ({"quantity": "1", "unit_price": "99999999999"}, "1", "99999999999", 99_999_999_999),
    ],
)
def test_number_at_the_border_is_kept(
    tmp_path: Path, changes: dict[str, str], quantity: str, price: str, amount: int
) -> None:
    fact = facts_of(stage(purchases(tmp_path / "a.csv", line(**changes)), kind="purchases")).row(0, named=True)
    assert (fact["quantity"], fact["unit_price"], fact["amount"]) == (Decimal(quantity), Decimal(price), amount)


def test_one_bad_cell_costs_one_row_of_a_long_file(tmp_path: Path) -> None:
    rows = [line(order_no=str(number)) for number in range(500)]
    rows[250] = line(order_no="250", unit_price="1e-99")
    staged = stage(purchases(tmp_path / "a.csv", *rows))
    assert (staged.accepted, staged.rejects) == (499, {"bad_number": 1})
    assert rejects_of(staged) == [(252, PURCHASE_HEADER[5], "1e-99", "bad_number")]
