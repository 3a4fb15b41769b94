"""A row of purchases becomes one order line: what happened, for how much, by whom, and whether it is goods."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.connectors.file.rows.purchases import _rounded
from tenshu.collect.event import FACT_SCHEMA
from tenshu.kit.money import to_minor
from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    facts_of,
    line,
    purchases,
    rejects_of,
    stage,
)


def one(tmp_path: Path, currency: str = "JPY", **changes: str) -> dict[str, Any]:
    """Stage one line and return its fact."""
    staged = stage(purchases(tmp_path / "p.csv", line(**changes)), kind="purchases", currency=currency)
    facts = facts_of(staged)
    assert facts.height == 1, rejects_of(staged)
    return facts.row(0, named=True)


def refused(tmp_path: Path, **changes: str) -> tuple[int, str, str, str]:
    """Stage one line that is refused and return how."""
    staged = stage(purchases(tmp_path / "p.csv", line(), line(**changes)), kind="purchases")
    assert staged.accepted == 1
    (only,) = rejects_of(staged)
    return only


def test_line_is_a_fact_with_every_column(tmp_path: Path) -> None:
    fact = one(tmp_path)
    assert len(fact.pop("fact_id")) == 16
    assert fact == {
        "event": "product_purchased",
        "occurred_at": datetime(2024, 5, 1, 1, 0, tzinfo=UTC),  # 10:00 in Tokyo
        "received_at": datetime(2024, 6, 1, 3, 0, tzinfo=UTC),
        "source": "file",
        "identifiers": [{"kind": "customer_no", "value": "77"}],
        "properties": None,
        "order_no": "1001",
        "product_id": "A-1",
        "description": "花束",
        "quantity": Decimal("2.000"),
        "unit_price": Decimal("1500.0000"),
        "amount": 3000,
        "is_goods": True,
    }


def test_staged_file_has_the_columns_of_facts(tmp_path: Path) -> None:
    facts = facts_of(stage(purchases(tmp_path / "p.csv", line())))
    assert dict(facts.schema) == {
        **FACT_SCHEMA,
        "quantity": facts.schema["quantity"],
        "unit_price": facts.schema["unit_price"],
    }
    assert facts["quantity"].dtype.scale == 3  # type: ignore[attr-defined]
    assert facts["unit_price"].dtype.scale == 4  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "event", "amount"),
    [
        ({}, "product_purchased", 3000),
        ({"quantity": "-2"}, "product_returned", -3000),
        ({"quantity": "△2"}, "product_returned", -3000),
        ({"order_no": "C1001", "quantity": "-2"}, "product_returned", -3000),
        ({"order_no": "c1001", "quantity": "-2"}, "product_returned", -3000),
        ({"order_no": "C1001", "quantity": "-2", "unit_price": "0"}, "product_returned", 0),
        ({"unit_price": "0"}, "product_given", 0),
        ({"unit_price": "-1500"}, "order_adjusted", -3000),
        ({"quantity": "0"}, "order_adjusted", 0),
        ({"quantity": "-2", "unit_price": "0"}, "order_adjusted", 0),  # stock written off
        ({"description": "Adjust bad debt"}, "order_adjusted", 3000),
        ({"order_no": "CUSTOM-7"}, "product_purchased", 3000),  # a C that stands before no number cancels nothing
    ],
)
def test_numbers_say_what_happened(tmp_path: Path, changes: dict[str, str], event: str, amount: int) -> None:
    fact = one(tmp_path, **changes)
    assert (fact["event"], fact["amount"]) == (event, amount)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("キャンセル", "product_returned"),
        ("返品", "product_returned"),
        ("cancelled", "product_returned"),
        ("Refunded", "product_returned"),
        ("1", "product_returned"),
        ("0", "product_purchased"),
        ("", "product_purchased"),
        ("出荷済", "product_purchased"),
        ("キャンセル待ち", "product_purchased"),
        ("返品なし", "product_purchased"),
    ],
)
def test_cancel_column_is_heard(tmp_path: Path, status: str, event: str) -> None:
    header = (*PURCHASE_HEADER, "ステータス")
    staged = stage(purchases(tmp_path / "p.csv", [*line(), status], header=header))
    assert facts_of(staged)["event"].to_list() == [event]


@pytest.mark.parametrize(
    ("quantity", "price", "currency", "amount"),
    [
        ("3", "0.85", "GBP", 255),
        ("1", "0.005", "GBP", 1),  # 0.5 pence rounds up
        ("-1", "0.005", "GBP", -1),  # and away from zero
        ("1", "0.0049", "GBP", 0),
        ("3", "0.333", "GBP", 100),  # 99.9
        ("7", "1.115", "GBP", 781),  # 780.5 exactly; binary fractions would say 780
        ("2", "1,500", "JPY", 3000),
        ("1.5", "333", "JPY", 500),  # 499.5
        ("0.25", "398", "JPY", 100),  # 99.5
        ("80995", "2.08", "GBP", 16846960),
        ("1", "38970.00", "GBP", 3897000),
        ("1", "1.2345", "BHD", 1235),  # a dinar has 1,000 fils; 1234.5
        ("１０", "￥１，２００", "JPY", 12000),
    ],
)
def test_amount_is_rounded_half_up_line_by_line(
    tmp_path: Path, quantity: str, price: str, currency: str, amount: int
) -> None:
    assert one(tmp_path, currency, quantity=quantity, unit_price=price)["amount"] == amount


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), st.sampled_from(["JPY", "GBP", "BHD"]))
def test_vectorised_rounding_agrees_with_money(amount: Decimal, currency: str) -> None:
    digits = {"JPY": 0, "GBP": 2, "BHD": 3}[currency]
    parts = pl.Series([int(amount.scaleb(6))], dtype=pl.Int128)
    assert _rounded(parts, digits, 6).to_list() == [to_minor(amount, currency)]


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"order_no": ""}, "伝票番号", "missing_value"),
        ({"order_no": "なし"}, "伝票番号", "missing_value"),
        ({"product_id": " "}, "商品コード", "missing_value"),
        ({"ordered_at": ""}, "購入日時", "missing_value"),
        ({"quantity": ""}, "数量", "missing_value"),
        ({"unit_price": ""}, "単価", "missing_value"),
        ({"ordered_at": "不明"}, "購入日時", "bad_date"),
        ({"ordered_at": "2024/02/30"}, "購入日時", "bad_date"),
        ({"ordered_at": "2101/12/09 10:00"}, "購入日時", "future_date"),
        ({"quantity": "六個"}, "数量", "bad_number"),
        ({"quantity": "-"}, "数量", "bad_number"),
        ({"unit_price": "#REF!"}, "単価", "bad_number"),
        ({"unit_price": "1e20"}, "単価", "bad_number"),
        ({"quantity": "99999999999", "unit_price": "99999999999"}, "単価", "bad_number"),
        ({"description": "花\x00束"}, "商品名", "control_character"),
        ({"description": "花\ufffd束"}, "商品名", "unreadable_text"),
    ],
)
def test_broken_cell_is_told_with_row_column_value_and_reason(
    tmp_path: Path, changes: dict[str, str], column: str, reason: str
) -> None:
    row, told_column, value, told_reason = refused(tmp_path, **changes)
    assert (row, told_column, told_reason) == (3, column, reason)
    assert value.lstrip("'") == next(iter(changes.values())) or len(changes) > 1


def test_a_day_ahead_of_the_clock_is_let_in(tmp_path: Path) -> None:
    assert one(tmp_path, ordered_at="2024/06/02 11:00")["event"] == "product_purchased"


def test_every_broken_cell_of_a_row_is_told_and_the_row_counts_once(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "p.csv", line(), line(quantity="x", unit_price="y")), kind="purchases")
    assert [(row, column) for row, column, _value, _reason in rejects_of(staged)] == [(3, "数量, 単価")]
    assert staged.rejects == {"bad_number": 1}


@pytest.mark.parametrize("customer", ["", "-", "0", "00000", "99999999", "不明"])
def test_purchase_without_a_customer_is_a_fact_without_one(tmp_path: Path, customer: str) -> None:
    assert one(tmp_path, customer_no=customer)["identifiers"] == []


@pytest.mark.parametrize(
    ("written", "number"), [("17850.0", "17850"), ("00077", "00077"), ("Ａ−７７", "A−77"), ("k 77", "k 77")]
)
def test_customer_number_has_one_form(tmp_path: Path, written: str, number: str) -> None:
    assert one(tmp_path, customer_no=written)["identifiers"] == [{"kind": "customer_no", "value": number}]


def test_address_and_telephone_number_identify_too(tmp_path: Path) -> None:
    header = (*PURCHASE_HEADER, "メールアドレス", "電話番号")
    staged = stage(purchases(tmp_path / "p.csv", [*line(), "A@Example.jp", "090-1234-5678"], header=header))
    assert facts_of(staged)["identifiers"].to_list() == [
        [
            {"kind": "customer_no", "value": "77"},
            {"kind": "email", "value": "a@example.jp"},
            {"kind": "phone", "value": "+819012345678"},
        ]
    ]


def test_address_that_anybody_types_identifies_nobody(tmp_path: Path) -> None:
    header = (*PURCHASE_HEADER, "メールアドレス")
    staged = stage(purchases(tmp_path / "p.csv", [*line(customer_no=""), "test@test.com"], header=header))
    assert facts_of(staged)["identifiers"].to_list() == [[]]


def test_line_total_stands_in_for_a_price(tmp_path: Path) -> None:
    header = ("注文番号", "商品名", "数量", "注文日", "金額", "会員番号")
    staged = stage(purchases(tmp_path / "p.csv", ["1", "花束", "3", "2024-05-01", "1,000", "77"], header=header))
    fact = facts_of(staged).row(0, named=True)
    assert (fact["amount"], fact["unit_price"], fact["product_id"]) == (1000, Decimal("333.3333"), "花束")


def test_order_total_is_one_line_that_is_no_product(tmp_path: Path) -> None:
    header = ("注文番号", "注文日", "合計金額", "会員番号")
    staged = stage(purchases(tmp_path / "p.csv", ["1", "2024-05-01", "5,400円", "77"], header=header))
    fact = facts_of(staged).row(0, named=True)
    assert (fact["amount"], fact["product_id"], fact["is_goods"]) == (5400, "order-total", False)
    assert (fact["event"], fact["quantity"]) == ("product_purchased", Decimal(1))


def test_purchase_without_an_order_number_column_is_an_order_of_its_customer_and_time(tmp_path: Path) -> None:
    header = ("購入日時", "商品コード", "商品名", "数量", "単価", "会員番号")
    rows = [["2024/05/01 10:00", "A", "花", "1", "100", "77"], ["2024/05/01 10:00", "B", "葉", "1", "50", "77"]]
    rows.append(["2024/05/01 10:00", "A", "花", "1", "100", "78"])
    orders = facts_of(stage(purchases(tmp_path / "p.csv", *rows, header=header)))["order_no"].to_list()
    assert orders[0] == orders[1] != orders[2]


def test_day_and_time_in_two_columns_are_one_instant(tmp_path: Path) -> None:
    header = ("伝票番号", "商品コード", "数量", "購入日", "購入時刻", "単価", "会員番号")
    rows = [["1", "A", "1", "令和6年5月1日", "15:30", "100", "77"], ["2", "A", "1", "R6.5.1", "99:99", "100", "77"]]
    staged = stage(purchases(tmp_path / "p.csv", *rows, header=header))
    assert facts_of(staged)["occurred_at"].to_list() == [datetime(2024, 5, 1, 6, 30, tzinfo=UTC)]
    assert staged.rejects == {"bad_date": 1}


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-01 10:00",
        "2024/5/1 10:00",
        "令和6年5月1日 10時",
        "R6.5.1 10:00",
        "45413.4166666667",
        "２０２４／０５／０１　１０：００",
    ],
)
def test_one_instant_in_many_spellings_is_one_fact(tmp_path: Path, written: str) -> None:
    usual = one(tmp_path)
    assert one(tmp_path, ordered_at=written)["occurred_at"] == usual["occurred_at"]
    assert one(tmp_path, ordered_at=written)["fact_id"] == usual["fact_id"]


@pytest.mark.parametrize(
    "changes",
    [
        {"order_no": "1002"},
        {"product_id": "A-2"},
        {"quantity": "3"},
        {"unit_price": "1501"},
        {"ordered_at": "2024/05/01 10:01"},
        {"customer_no": "78"},
    ],
)
def test_another_line_is_another_fact(tmp_path: Path, changes: dict[str, str]) -> None:
    assert one(tmp_path, **changes)["fact_id"] != one(tmp_path)["fact_id"]


def test_the_name_of_a_product_may_change_without_making_a_new_line(tmp_path: Path) -> None:
    assert one(tmp_path, description="花束(大)")["fact_id"] == one(tmp_path)["fact_id"]
