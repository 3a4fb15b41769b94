"""The views of the warehouse against answers worked out row by row in Python."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.store.warehouse import Warehouse

START = datetime(2026, 1, 1, tzinfo=UTC)
EVENTS = ("product_purchased", "product_returned", "product_given", "order_adjusted")
Row = dict[str, Any]

#: Node -> customer; nodes 5 and 6 are in no map: shared, or nobody's.
MAPS = st.dictionaries(st.integers(1, 4), st.integers(1, 4))


@st.composite
def order_lines(draw: st.DrawFn) -> list[Row]:
    count = draw(st.integers(0, 14))
    return [
        {
            "fact_id": number.to_bytes(16, "big"),
            "batch": draw(st.integers(1, 3)),
            "node": draw(st.none() | st.integers(1, 6)),
            "event": draw(st.sampled_from(EVENTS[:1] * 3 + EVENTS)),
            "source": draw(st.sampled_from(["file", "web"])),
            "order_no": draw(st.sampled_from(["1", "2", "ä", "１"])),
            "product_id": draw(st.sampled_from(["tea", "cup", "POST"])),
            "description": draw(st.none() | st.just(f"name {number}")),
            "quantity": Decimal(draw(st.integers(-3, 3))),
            "unit_price": Decimal("0.5"),
            "amount": draw(st.integers(-(10**12), 10**12)),
            "is_goods": draw(st.booleans()),
            # No two lines at one instant: which of two names is the newer must not be a matter of luck.
            "occurred_at": START + timedelta(minutes=draw(st.integers(0, 3)), seconds=number),
        }
        for number in range(count)
    ]


def kept(lines: list[Row], node_map: dict[int, int]) -> Warehouse:
    warehouse = Warehouse(threads=1)
    if lines:
        warehouse.append("order_lines", pl.DataFrame(lines, infer_schema_length=None))
    rows = [{"node": node, "customer": customer} for node, customer in node_map.items()]
    warehouse.append("node_map", pl.DataFrame(rows, schema={"node": pl.Int32, "customer": pl.Int32}))
    return warehouse


def bought(lines: list[Row], node_map: dict[int, int]) -> list[tuple[int, Row]]:
    return [
        (node_map[line["node"]], line)
        for line in lines
        if line["event"] == "product_purchased" and line["node"] in node_map
    ]


@settings(max_examples=30, deadline=None)
@given(order_lines(), MAPS)
def test_views_say_what_the_lines_say(lines: list[Row], node_map: dict[int, int]) -> None:
    warehouse = kept(lines, node_map)
    purchases = warehouse.frame("SELECT customer, fact_id FROM purchases ORDER BY fact_id").rows()
    assert purchases == [(customer, line["fact_id"]) for customer, line in bought(lines, node_map)]
    orders = warehouse.frame("SELECT customer, source, order_no, occurred_at, amount, lines FROM orders").rows()
    assert sorted(orders) == orders_by_hand(lines, node_map)
    products = warehouse.frame("SELECT product_id, name, is_goods, first_sold_at, last_sold_at FROM products").rows()
    assert sorted(products, key=str) == products_by_hand(lines)
    warehouse.close()


def orders_by_hand(lines: list[Row], node_map: dict[int, int]) -> list[tuple[Any, ...]]:
    groups: dict[tuple[int, str, str], list[Row]] = defaultdict(list)
    for customer, line in bought(lines, node_map):
        groups[customer, line["source"], line["order_no"]].append(line)
    return sorted(
        (*key, min(line["occurred_at"] for line in group), sum(line["amount"] for line in group), len(group))
        for key, group in groups.items()
    )


def products_by_hand(lines: list[Row]) -> list[tuple[Any, ...]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line["occurred_at"]):
        if line["event"] == "product_purchased":  # a till sale sells a product too: nobody need be known
            groups[line["product_id"]].append(line)
    found = []
    for product, group in groups.items():
        names = [line["description"] for line in group if line["description"] is not None]
        times = [line["occurred_at"] for line in group]
        is_goods = all(line["is_goods"] for line in group)
        found.append((product, names[-1] if names else None, is_goods, times[0], times[-1]))
    return sorted(found, key=str)


@settings(max_examples=15, deadline=None)
@given(order_lines(), MAPS, st.integers(1, 4), st.integers(1, 4))
def test_merging_two_customers_moves_their_orders_and_no_money(
    lines: list[Row], node_map: dict[int, int], kept_one: int, gone: int
) -> None:
    warehouse = kept(lines, node_map)
    before = warehouse.frame(
        "SELECT coalesce(sum(amount), 0)::BIGINT AS s, coalesce(sum(lines), 0)::BIGINT AS n FROM orders"
    )
    merged = {node: kept_one if customer == gone else customer for node, customer in node_map.items()}
    warehouse.execute("UPDATE node_map SET customer = ? WHERE customer = ?", [kept_one, gone])
    after = warehouse.frame(
        "SELECT coalesce(sum(amount), 0)::BIGINT AS s, coalesce(sum(lines), 0)::BIGINT AS n FROM orders"
    )
    assert after.equals(before)
    orders = warehouse.frame("SELECT customer, source, order_no, occurred_at, amount, lines FROM orders").rows()
    assert sorted(orders) == orders_by_hand(lines, merged)
    warehouse.close()


def test_batch_replaced_in_one_transaction_that_fails_is_the_batch_before() -> None:
    lines = [_line(number, batch=1 + number % 2) for number in range(6)]
    warehouse = kept(lines, {1: 1})
    with pytest.raises(duckdb.ConstraintException):
        _replace(warehouse, [_line(9, batch=2), {**_line(10, batch=2), "order_no": None}])
    assert warehouse.frame("SELECT count(*) AS n FROM purchases").item() == 6
    assert warehouse.frame("SELECT amount FROM orders").item() == 600


def _replace(warehouse: Warehouse, lines: list[Row]) -> None:
    with warehouse.transaction():
        warehouse.execute("DELETE FROM order_lines WHERE batch = 2")
        warehouse.append("order_lines", pl.DataFrame(lines))


def _line(number: int, *, batch: int) -> Row:
    return {
        "fact_id": number.to_bytes(16, "big"),
        "batch": batch,
        "node": 1,
        "event": "product_purchased",
        "source": "file",
        "order_no": "1",
        "product_id": "tea",
        "description": "Tea",
        "quantity": Decimal(1),
        "unit_price": Decimal(100),
        "amount": 100,
        "is_goods": True,
        "occurred_at": START,
    }
