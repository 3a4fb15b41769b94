"""Typed fields of order lines and orders: every comparison is judged alike, and sums are exact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from tenshu.condition import Condition, parse
from tenshu.condition.fields import LINE_FIELDS, ORDER_FIELDS
from tenshu.segment import evaluate
from tenshu.store.warehouse import Warehouse
from tests.unit.segment import oracle
from tests.unit.segment.oracle import Line, World
from tests.unit.segment.worlds import fill

ZONE = "Asia/Tokyo"
NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
PLAIN = Line(
    fact_id=b"0" * 16,
    node=1,
    event="product_purchased",
    source="shop",
    order_no="536365",
    product_id="85123A",
    description="WHITE HANGING HEART T-LIGHT HOLDER",
    quantity=Decimal("6.000"),
    unit_price=Decimal("2.5500"),
    amount=1530,
    is_goods=True,
    occurred_at=NOW - timedelta(days=1),
)
#: One customer each, told apart by one field.
CHANGES: list[dict[str, Any]] = [
    {},
    {"source": "web"},
    {"order_no": "536366"},
    {"order_no": "C536365"},
    {"product_id": "85123a"},  # a product code is not folded
    {"product_id": "POST", "is_goods": False},
    {"description": None},
    {"description": "手紙　セット"},
    {"quantity": Decimal("0.001")},
    {"quantity": Decimal("80995.000")},
    {"unit_price": Decimal("0.0001")},
    {"unit_price": Decimal("2.5501")},
    {"amount": 0},
    {"amount": 16846960},
    {"amount": 2**40},
]
LINES = [
    replace(PLAIN, **change, node=node, fact_id=node.to_bytes(16, "big"))
    for node, change in enumerate(CHANGES, start=1)
]
SHOP = World((), tuple(LINES), {node: node for node in range(1, len(LINES) + 2)}, ZONE)
VALUES: dict[str, list[Any]] = {
    "text": [
        "shop",
        "536365",
        "C",
        "85123A",
        "85123a",
        "POST",
        "手紙",
        "",
        "T-LIGHT",
        "WHITE HANGING HEART T-LIGHT HOLDER",
    ],
    "number": [0, 0.001, 1, 2, 2.55, 2.5501, 6, 1530, 80995, 16846960, 2**40],
    "flag": [True, False],
}
CMPS = {
    "text": ("is", "is_not", "contains", "starts", "ends", "gt", "gte", "lt", "lte"),
    "number": ("is", "is_not", "gt", "gte", "lt", "lte"),
    "flag": ("is", "is_not"),
}


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    store = Warehouse(threads=1)
    fill(store, SHOP)
    return store


def asked(event: str, fields: dict[str, Any]) -> dict[str, Condition]:
    wheres = [
        {"field": field, "cmp": cmp, "value": value}
        for field, kind in fields.items()
        for cmp, value in product(CMPS[kind], VALUES[kind])
    ]
    wheres += [{"field": field, "cmp": "exists", "value": value} for field in fields for value in (True, False)]
    wheres += [
        {"field": field, "cmp": "one_of", "value": VALUES[kind][:3]} for field, kind in fields.items() if kind != "flag"
    ]
    return {f"c{n}": parse({"kind": "did", "event": event, "where": [where]}) for n, where in enumerate(wheres)}


@pytest.mark.parametrize(
    ("event", "fields"),
    [("product_purchased", LINE_FIELDS), ("order_completed", ORDER_FIELDS)],
    ids=["lines", "orders"],
)
def test_every_comparison_of_every_field_is_judged_alike(
    warehouse: Warehouse, event: str, fields: dict[str, Any]
) -> None:
    conditions = asked(event, fields)
    found = evaluate(warehouse, conditions, now=NOW, zone=ZONE)
    for name, condition in conditions.items():
        judged = [oracle.holds(SHOP, condition, customer, NOW) for customer in SHOP.customers()]
        assert found[name].to_list() == judged, condition


def who(store: Warehouse, data: dict[str, Any]) -> list[int]:
    found = evaluate(store, {"met": parse(data)}, now=NOW, zone=ZONE)
    return found.filter("met")["customer"].to_list()


def test_quantities_add_up_exactly() -> None:
    # In doubles 0.1 + 0.1 + 0.1 is more than 0.3; decimals are added up before they become a double.
    store = Warehouse(threads=1)
    tenths = [replace(PLAIN, fact_id=n.to_bytes(16, "big"), quantity=Decimal("0.100")) for n in range(3)]
    fill(store, World((), tuple(tenths), {1: 1}, ZONE))
    total = {"kind": "did", "event": "product_purchased", "sum": {"field": "quantity", "cmp": "is", "value": 0.3}}
    assert who(store, total) == [1]


def test_a_sum_counts_only_what_the_comparisons_let_through() -> None:
    store = Warehouse(threads=1)
    lines = [
        replace(PLAIN, fact_id=b"1" * 16, amount=100),
        replace(PLAIN, fact_id=b"2" * 16, amount=900, is_goods=False),  # postage
    ]
    fill(store, World((), tuple(lines), {1: 1}, ZONE))
    goods = {"kind": "did", "event": "product_purchased", "where": [{"field": "is_goods", "cmp": "is", "value": True}]}
    assert who(store, {**goods, "sum": {"field": "amount", "cmp": "is", "value": 100}}) == [1]
    assert who(store, {**goods, "sum": {"field": "amount", "cmp": "is", "value": 1000}}) == []


def test_returns_are_not_taken_off_what_was_bought() -> None:
    store = Warehouse(threads=1)
    back = replace(PLAIN, fact_id=b"3" * 16, event="product_returned", quantity=Decimal(-6), amount=-1530)
    fill(store, World((), (PLAIN, back), {1: 1}, ZONE))
    assert who(
        store, {"kind": "did", "event": "order_completed", "where": [{"field": "amount", "cmp": "is", "value": 1530}]}
    ) == [1]
    assert who(
        store, {"kind": "did", "event": "product_returned", "sum": {"field": "amount", "cmp": "is", "value": -1530}}
    ) == [1]


def test_an_order_grows_with_lines_that_arrive_later_and_keeps_its_time() -> None:
    store = Warehouse(threads=1)
    late = replace(PLAIN, fact_id=b"4" * 16, occurred_at=NOW - timedelta(hours=1), amount=70)
    fill(store, World((), (PLAIN, late), {1: 1}, ZONE))
    whole = [{"field": "amount", "cmp": "is", "value": 1600}, {"field": "lines", "cmp": "is", "value": 2}]
    asked_order = {"kind": "did", "event": "order_completed", "where": whole}
    assert who(store, asked_order) == [1]
    assert who(store, {**asked_order, "within": {"hours": 23}}) == []  # it began 24 hours ago
    before = evaluate(store, {"met": parse(asked_order)}, now=NOW - timedelta(hours=2), zone=ZONE)
    assert before["met"].to_list() == [False]  # then it had one line


def test_identical_lines_of_an_order_both_count() -> None:
    store = Warehouse(threads=1)
    fill(store, World((), (PLAIN, replace(PLAIN, fact_id=b"5" * 16)), {1: 1}, ZONE))
    twice = {"kind": "did", "event": "product_purchased", "count": {"cmp": "is", "value": 2}}
    assert who(store, twice) == [1]
    assert who(store, {"kind": "did", "event": "order_completed", "count": {"cmp": "is", "value": 1}}) == [1]
