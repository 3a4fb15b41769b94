"""The made-up shop has the size that was asked for, looks like one, and is always the same."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from benchmarks.shop_of import batches, fill_shop

from benchmarks import shop_of
from tenshu.store.warehouse import Warehouse

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
TABLES = ("facts", "order_lines", "node_map")


@pytest.fixture(scope="module")
def shop() -> Iterator[Warehouse]:
    store = Warehouse(threads=1)
    fill_shop(store, customers=500, facts=12_000, now=NOW, days=100)
    yield store
    store.close()


def value(store: Warehouse, sql: str) -> object:
    return store.frame(f"SELECT {sql}").item()


def digests(store: Warehouse) -> list[object]:
    return [value(store, f"bit_xor(hash(t)) FROM {table} AS t") for table in TABLES]


def test_it_has_the_size_that_was_asked_for(shop: Warehouse) -> None:
    assert value(shop, "count(*) FROM facts") == 12_000
    assert value(shop, "count(DISTINCT fact_id) FROM facts") == 12_000
    assert value(shop, "count(*) FROM order_lines") == 2_400
    assert value(shop, "count(DISTINCT customer) FROM node_map") == 500
    assert value(shop, "count(*) FROM node_map") == 550
    assert value(shop, "count(*) FROM facts ANTI JOIN node_map USING (node)") == 0


def test_everything_happened_in_its_days_and_in_batches(shop: Warehouse) -> None:
    first, last = shop.frame("SELECT min(occurred_at) AS a_at, max(occurred_at) AS b_at FROM facts").row(0)
    assert NOW - timedelta(days=100) <= first < last <= NOW
    assert value(shop, "max(batch) FROM facts") == batches(12_000) == 2
    assert batches(10_000) == 1


def test_an_order_has_two_lines_of_one_buyer(shop: Warehouse) -> None:
    orders = "(SELECT count(*) AS lines, count(DISTINCT node) AS buyers FROM order_lines GROUP BY order_no)"
    assert shop.frame(f"SELECT DISTINCT lines, buyers FROM {orders}").rows() == [(2, 1)]
    assert value(shop, "count(*) FROM order_lines JOIN facts USING (fact_id, batch, node, event, occurred_at)") == 2_400


def test_everybody_is_described_and_browsing_has_properties(shop: Warehouse) -> None:
    told = "properties ->> '$.traits.prefecture' AS lives FROM facts WHERE event = 'customer_described'"
    assert value(shop, f"count(DISTINCT lives) FROM (SELECT {told})") == 6
    assert value(shop, "count(DISTINCT node) FROM facts WHERE event = 'customer_described'") == 550
    assert value(shop, "count(*) FROM facts WHERE properties IS NULL AND event <> 'product_purchased'") == 0
    assert value(shop, "bool_and(json_valid(properties)) FROM facts WHERE properties IS NOT NULL") is True


def test_it_is_always_the_same_however_it_is_written(shop: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_of, "CHUNK", 1_700)
    again = Warehouse(threads=2)
    fill_shop(again, customers=500, facts=12_000, now=NOW, days=100)
    assert digests(again) == digests(shop)
    again.close()
