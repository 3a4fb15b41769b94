"""Asking many conditions at once: shapes, shared statements, merges, ranks, and small shops told by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tenshu.condition import Condition, parse
from tenshu.know import publish_ranks
from tenshu.know.publish import compute_cuts
from tenshu.segment import evaluate
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.oracle import Fact, Line, World
from tests.unit.segment.worlds import fill

ZONE = "Asia/Tokyo"
NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
SATO, SUZUKI, TAKAHASHI, TANAKA = 1, 2, 3, 4  # regular, dormant, first-timer, never bought
SATO_PHONE = 5  # a second identifier of 佐藤


def line(
    number: int, node: int | None, days_ago: float, *, amount: int = 1000, order: str | None = None, **more: Any
) -> Line:
    told: dict[str, Any] = {
        "fact_id": number.to_bytes(16, "big"),
        "node": node,
        "event": "product_purchased",
        "source": "shop",
        "order_no": order or str(number),
        "product_id": "tea",
        "description": "お茶",
        "quantity": Decimal("1.000"),
        "unit_price": Decimal("1000.0000"),
        "amount": amount,
        "is_goods": True,
        "occurred_at": NOW - timedelta(days=days_ago),
    }
    return Line(**{**told, **more})


def fact(number: int, node: int, event: str, days_ago: float = 0, **properties: Any) -> Fact:
    at = NOW - timedelta(days=days_ago)
    return Fact((900 + number).to_bytes(16, "big"), node, event, at, at, properties)


SHOP = World(
    facts=(
        fact(1, SATO, "customer_described", 400, traits={"prefecture": "東京都", "language": "ja"}),
        fact(2, SATO_PHONE, "customer_described", 10, traits={"prefecture": "大阪府", "language": None}),
        fact(3, SUZUKI, "customer_described", 400, traits={"prefecture": "東京都"}),
        fact(4, SATO, "email_clicked", 2, journey="thanks", link=1),
        fact(5, SUZUKI, "email_clicked", 2, journey="welcome-back", link=3),
    ),
    lines=(
        line(1, SATO, 100, amount=3000),
        line(2, SATO_PHONE, 5, amount=2000),
        line(3, SATO, 1, amount=500, order="9"),
        line(4, SATO, 2, amount=700, order="9"),  # an earlier line of the same order: its time counts
        line(5, SUZUKI, 300, amount=9000),
        line(6, TAKAHASHI, 3, amount=800),
        line(7, TAKAHASHI, 2, amount=-800, event="product_returned", quantity=Decimal(-1)),
        line(8, None, 1, amount=99999),  # a till sale without a card
    ),
    node_map={SATO: SATO, SUZUKI: SUZUKI, TAKAHASHI: TAKAHASHI, TANAKA: TANAKA, SATO_PHONE: SATO},
    zone=ZONE,
)


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    store = Warehouse(threads=1)
    fill(store, SHOP)
    return store


def who(warehouse: Warehouse, data: dict[str, Any], **more: Any) -> list[int]:
    found = evaluate(warehouse, {"met": parse(data)}, now=NOW, zone=ZONE, **more)
    return found.filter("met")["customer"].to_list()


def ordered(**more: Any) -> dict[str, Any]:
    return {"kind": "did", "event": "order_completed", **more}


CASES: list[tuple[dict[str, Any], list[int]]] = [
    (ordered(), [SATO, SUZUKI, TAKAHASHI]),
    ({"kind": "did_not", "event": "order_completed"}, [TANAKA]),
    # the dormant: bought once, but not in the last 180 days
    (
        {"kind": "and", "of": [ordered(), {"kind": "did_not", "event": "order_completed", "within": {"days": 180}}]},
        [SUZUKI],
    ),
    # 佐藤 has three orders over two identifiers: 1, 2 and the two-line order 9
    (ordered(count={"cmp": "is", "value": 3}), [SATO]),
    (ordered(count={"cmp": "lt", "value": 1}), [TANAKA]),
    # order 9 is 500 + 700 = 1200 and began two days ago
    (ordered(where=[{"field": "amount", "cmp": "is", "value": 1200}]), [SATO]),
    (ordered(where=[{"field": "lines", "cmp": "gte", "value": 2}]), [SATO]),
    (ordered(where=[{"field": "amount", "cmp": "is", "value": 1200}], within={"hours": 36}), []),
    (ordered(where=[{"field": "amount", "cmp": "is", "value": 1200}], within={"hours": 48}), [SATO]),
    # in total: 佐藤 3000 + 2000 + 1200 = 6200
    (ordered(sum={"field": "amount", "cmp": "is", "value": 6200}), [SATO]),
    (ordered(sum={"field": "amount", "cmp": "gt", "value": 6200}), [SUZUKI]),
    # a small total needs an order all the same, unless none is asked for
    (ordered(sum={"field": "amount", "cmp": "lt", "value": 1000}), [TAKAHASHI]),
    (
        ordered(count={"cmp": "gte", "value": 0}, sum={"field": "amount", "cmp": "lt", "value": 1000}),
        [TAKAHASHI, TANAKA],
    ),
    ({"kind": "did", "event": "product_returned"}, [TAKAHASHI]),
    (
        {
            "kind": "did",
            "event": "product_purchased",
            "where": [{"field": "description", "cmp": "contains", "value": "茶"}],
        },
        [SATO, SUZUKI, TAKAHASHI],
    ),
    (
        {"kind": "did", "event": "email_clicked", "where": [{"field": "journey", "cmp": "is", "value": "thanks"}]},
        [SATO],
    ),
    ({"kind": "did", "event": "email_clicked", "where": [{"field": "link", "cmp": "gte", "value": 2}]}, [SUZUKI]),
    ({"kind": "did", "event": "never_happened"}, []),
    # 佐藤 said 大阪府 last, by another identifier
    ({"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "大阪府"}, [SATO]),
    ({"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "東京都"}, [SUZUKI]),
    # who never stated a prefecture is not "other than Tokyo" ...
    ({"kind": "trait", "trait": "prefecture", "cmp": "is_not", "value": "東京都"}, [SATO]),
    # ... but is not "in Tokyo" either
    (
        {"kind": "not", "of": {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "東京都"}},
        [SATO, TAKAHASHI, TANAKA],
    ),
    # null takes nothing back: 佐藤 still speaks Japanese
    ({"kind": "trait", "trait": "language", "cmp": "is", "value": "ja"}, [SATO]),
    ({"kind": "trait", "trait": "prefecture", "cmp": "exists", "value": False}, [TAKAHASHI, TANAKA]),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_the_cast_meets_the_conditions_it_should(
    warehouse: Warehouse, data: dict[str, Any], expected: list[int]
) -> None:
    assert who(warehouse, data) == expected


def test_all_conditions_together_give_the_answers_they_give_alone(warehouse: Warehouse) -> None:
    asked = {f"c{index}": parse(data) for index, (data, _) in enumerate(CASES)}
    found = evaluate(warehouse, asked, now=NOW, zone=ZONE)
    for index, (_, expected) in enumerate(CASES):
        assert found.filter(f"c{index}")["customer"].to_list() == expected


def test_the_columns_are_the_names_given(warehouse: Warehouse) -> None:
    found = evaluate(warehouse, {"休眠": parse(ordered()), "met": parse(ordered())}, now=NOW, zone=ZONE)
    assert found.schema == {"customer": pl.Int64, "休眠": pl.Boolean, "met": pl.Boolean}


def test_no_condition_gives_the_customers_alone(warehouse: Warehouse) -> None:
    assert evaluate(warehouse, {}, now=NOW, zone=ZONE)["customer"].to_list() == [SATO, SUZUKI, TAKAHASHI, TANAKA]


def test_given_customers_keep_their_order_and_unknown_ones_meet_nothing(warehouse: Warehouse) -> None:
    asked = pl.Series([TAKAHASHI, 99, SATO])
    found = evaluate(warehouse, {"met": parse(ordered())}, now=NOW, zone=ZONE, customers=asked)
    assert found.rows() == [(TAKAHASHI, True), (99, False), (SATO, True)]


@pytest.mark.parametrize("kind", [pl.Int32, pl.Int64, pl.UInt32])
def test_customer_numbers_of_any_width_are_understood(warehouse: Warehouse, kind: pl.DataType) -> None:
    found = evaluate(warehouse, {"met": parse(ordered())}, now=NOW, zone=ZONE, customers=pl.Series([SATO], dtype=kind))
    assert found.rows() == [(SATO, True)]


def test_nobody_asked_is_nobody_answered(warehouse: Warehouse) -> None:
    nobody = pl.Series([], dtype=pl.Int64)
    found = evaluate(warehouse, {"met": parse(ordered())}, now=NOW, zone=ZONE, customers=nobody)
    assert found.is_empty()
    assert found.schema == {"customer": pl.Int64, "met": pl.Boolean}


def test_many_customers_get_the_answers_of_few(warehouse: Warehouse) -> None:
    # More than fit into the statement: they are lent as a frame instead.
    many = pl.Series([*range(1, 5), *range(1000, 2000)])
    assert who(warehouse, ordered(), customers=many) == [SATO, SUZUKI, TAKAHASHI]


def test_an_empty_shop_answers_too() -> None:
    asked: dict[str, Condition] = {f"c{index}": parse(data) for index, (data, _) in enumerate(CASES)}
    assert evaluate(Warehouse(threads=1), asked, now=NOW, zone=ZONE).is_empty()


def test_a_merge_moves_what_was_done_to_the_survivor() -> None:
    store = Warehouse(threads=1)
    fill(store, SHOP)
    asked = ordered(count={"cmp": "is", "value": 4})
    assert who(store, asked) == []
    # 鈴木 turns out to be 佐藤: only the map changes, and the four orders are one customer's.
    store.execute("UPDATE node_map SET customer = 1 WHERE node = 2")
    assert who(store, asked) == [SATO]
    store.execute("UPDATE node_map SET customer = 2 WHERE node = 2")
    assert who(store, asked) == []


BEST = {"kind": "rank", "by": "decile", "cmp": "is", "value": 1}


def test_without_publication_nobody_has_a_rank(warehouse: Warehouse) -> None:
    assert who(warehouse, BEST) == []
    assert who(warehouse, {"kind": "not", "of": BEST}) == [SATO, SUZUKI, TAKAHASHI, TANAKA]


def test_cut_points_can_be_given_instead_of_published(warehouse: Warehouse) -> None:
    cuts = compute_cuts(warehouse, as_of=NOW, zone=ZONE)
    assert who(warehouse, BEST, cuts=cuts) == [SUZUKI]  # 9000 is the most
    assert who(warehouse, {"kind": "rank", "by": "rank", "cmp": "is", "value": "trial"}, cuts=cuts) == [TAKAHASHI]
    assert who(warehouse, {"kind": "rank", "by": "rank", "cmp": "is", "value": "dormant"}, cuts=cuts) == [SUZUKI]


def test_a_purchase_moves_its_buyer_at_once_and_others_only_with_the_next_publication() -> None:
    store = Warehouse(threads=1)
    fill(store, SHOP)
    publish_ranks(store, now=NOW, zone=ZONE)
    assert who(store, BEST) == [SUZUKI]
    later = NOW + timedelta(hours=1)
    bought = {"batch": 2, **vars(line(50, TAKAHASHI, 0, amount=50000))}
    store.append("order_lines", pl.DataFrame([bought]))
    found = evaluate(store, {"best": parse(BEST)}, now=later, zone=ZONE)
    assert found.filter("best")["customer"].to_list() == [SUZUKI, TAKAHASHI]
    publish_ranks(store, now=later, zone=ZONE)
    found = evaluate(store, {"best": parse(BEST)}, now=later, zone=ZONE)
    assert found.filter("best")["customer"].to_list() == [TAKAHASHI]


def test_time_alone_moves_nobody_between_publications() -> None:
    store = Warehouse(threads=1)
    fill(store, SHOP)
    publish_ranks(store, now=NOW, zone=ZONE)
    by = ("rfm.recency", "rfm.frequency", "rfm.monetary")
    asked = {
        f"{name}={score}": parse({"kind": "rank", "by": name, "cmp": "is", "value": score})
        for name in by
        for score in range(1, 6)
    }
    asked |= {
        name: parse({"kind": "rank", "by": "rank", "cmp": "is", "value": name})
        for name in ("dormant", "trial", "regular")
    }
    now_found = evaluate(store, asked, now=NOW, zone=ZONE)
    much_later = evaluate(store, asked, now=NOW + timedelta(days=500), zone=ZONE)
    assert now_found.equals(much_later)
