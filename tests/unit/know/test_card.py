"""What the facts say of one customer is theirs, newest first, and nothing from later."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.know.card import goods_of, known_since, ranked, stated, timeline
from tenshu.know.publish import publish_ranks, published_cuts
from tenshu.store.warehouse import Warehouse
from tests.unit.know.shop import NOW, ZONE, described, order_line, shop


def filled() -> Warehouse:
    """Return a shop in which node 1 and node 4 are one customer, with two orders of several lines."""
    warehouse = shop([(1, 10, 500), (2, 3, 900), (4, 1, 700)], merged={4: 1})
    lines = [
        order_line(50, 1, NOW - timedelta(days=5), 300, order_no="B", product_id="cup", description="茶碗"),
        order_line(51, 4, NOW - timedelta(days=5), 200, order_no="B", product_id="tea", description="煎茶"),
        order_line(52, 1, NOW - timedelta(days=5), 50, order_no="B", product_id="post", is_goods=False),
        order_line(53, 1, NOW + timedelta(days=1), 9_999, order_no="LATER", product_id="gold"),
    ]
    warehouse.append("order_lines", pl.DataFrame(lines, infer_schema_length=None))
    told = [
        described(60, 1, NOW - timedelta(days=30), {"last_name": "佐藤", "points": 3, "is_member": True, "list": [1]}),
        described(61, 4, NOW - timedelta(days=20), {"last_name": "伊藤", "points": None}),
        described(62, 1, NOW + timedelta(days=2), {"last_name": "未来"}),
        described(63, 2, NOW - timedelta(days=1), {"last_name": "他人"}),
    ]
    warehouse.append("facts", pl.DataFrame(told, infer_schema_length=None))
    return warehouse


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    """Return the shop, only looked at."""
    return filled()


def test_what_was_stated_last_counts_and_nothing_takes_nothing_back(warehouse: Warehouse) -> None:
    assert stated(warehouse, 1, now=NOW) == {"points": "3", "is_member": "true", "last_name": "伊藤"}
    assert stated(warehouse, 1, now=NOW - timedelta(days=25))["last_name"] == "佐藤"
    assert stated(warehouse, 99, now=NOW) == {}


def test_the_first_and_the_last_fact_are_known(warehouse: Warehouse) -> None:
    since = known_since(warehouse, 1, now=NOW)
    assert (since["first_at"], since["facts"]) == (NOW - timedelta(days=30), 2)
    assert known_since(warehouse, 99, now=NOW) == {"first_at": None, "last_at": None, "facts": 0}


def test_what_they_like_is_what_they_bought_in_most_orders(warehouse: Warehouse) -> None:
    goods = goods_of(warehouse, 1, now=NOW)
    assert [(one["product_id"], one["orders"]) for one in goods] == [("tea", 3), ("cup", 1)]
    assert goods[0]["name"] == "煎茶"
    assert [one["product_id"] for one in goods_of(warehouse, 1, now=NOW, most=1)] == ["tea"]


def test_scores_are_those_of_the_published_cuts_or_none(warehouse: Warehouse) -> None:
    plain = ranked(warehouse, 1, None, now=NOW)
    assert plain is not None
    assert (plain["orders"], plain["revenue"], plain["rank"], plain["decile"]) == (3, 1_750, None, None)
    assert ranked(warehouse, 99, None, now=NOW) is None
    store = filled()
    publish_ranks(store, now=NOW, zone=ZONE)
    told = ranked(store, 1, published_cuts(store, now=NOW), now=NOW)
    assert told is not None
    assert told["rank"] in {"best", "loyal", "regular"}
    assert 1 <= told["recency_score"] <= 5


def test_the_lines_of_an_order_are_one_row_dearest_goods_first(warehouse: Warehouse) -> None:
    rows = timeline(warehouse, 1, now=NOW)
    order = next(row for row in rows if row["order_no"] == "B")
    assert (order["amount"], order["lines"], order["goods"]) == (550, 3, ["茶碗", "煎茶", "post"])
    assert "LATER" not in {row["order_no"] for row in rows}


def test_only_what_is_theirs_is_on_it(warehouse: Warehouse) -> None:
    names = [row["properties"].get("traits", {}).get("last_name") for row in timeline(warehouse, 1, now=NOW)]
    assert [name for name in names if name] == ["伊藤", "佐藤"]
    assert timeline(warehouse, 99, now=NOW) == []


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.integers(0, 30))
def test_pages_make_up_the_whole_newest_first(limit: int, days: int) -> None:
    store = _STORE
    now = NOW - timedelta(days=days)
    whole = timeline(store, 1, now=now)
    pages = [row for skip in range(0, 8, limit) for row in timeline(store, 1, now=now, skip=skip, limit=limit)]
    assert pages[: len(whole)] == whole
    assert [row["happened_at"] for row in whole] == sorted((row["happened_at"] for row in whole), reverse=True)
    assert all(row["happened_at"] <= now for row in whole)


def test_it_begins_where_it_is_told_to(warehouse: Warehouse) -> None:
    rows = timeline(warehouse, 1, now=NOW, since=NOW - timedelta(days=5))
    assert [row["order_no"] for row in rows] == ["3"], "what happened at that very instant is not on it"


_STORE = filled()
