"""Whoever follows a batch sees the same facts, in hand or read again."""

import re
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tenshu.collect.event import STORED_SCHEMA, facts_frame
from tenshu.collect.facts_out import drain, tell
from tenshu.collect.inbox import accept, accept_staged
from tenshu.collect.vocabulary import (
    CONSENT_RECORDED,
    ORDER_COMPLETED,
    ORDER_LINES,
    PRODUCT_PURCHASED,
    PRODUCT_RETURNED,
)
from tenshu.identify import digest as stage
from tenshu.identify import stored
from tenshu.identify.digest import Batch, clear, digest, finish, fresh_facts, read_batch
from tenshu.identify.resolve import customers_of
from tenshu.store.home import Stores
from tests.unit.identify.shops import START, Fact, fresh_stores, histories, make_fact

#: What `fresh_facts` is held to: the question as it is asked of the tables alone.
BY_HAND = """
SELECT map.customer::BIGINT AS customer, event, occurred_at, NULL::VARCHAR AS order_no, properties
FROM facts JOIN node_map AS map USING (node)
WHERE batch = $batch AND occurred_at BETWEEN $since AND $until AND NOT list_contains($lines, event)
UNION ALL
SELECT map.customer::BIGINT, event, occurred_at, order_no,
       json_object('product_id', product_id, 'description', description, 'quantity', quantity, 'amount', amount,
                   'unit_price', unit_price, 'is_goods', is_goods, 'source', source)::VARCHAR
FROM order_lines JOIN node_map AS map USING (node)
WHERE batch = $batch AND occurred_at BETWEEN $since AND $until
UNION ALL
SELECT customer::BIGINT, $order, min(occurred_at), order_no,
       json_object('amount', sum(amount)::BIGINT, 'lines', count(*), 'order_no', order_no, 'source', source)::VARCHAR
FROM purchases
WHERE batch = $batch AND occurred_at BETWEEN $since AND $until
GROUP BY customer, source, order_no
"""


def take(stores: Stores, facts: list[Fact]) -> Batch:
    accept(stores.inbox, facts_frame(facts), source="test", received_at=START)
    return run(stores)


def run(stores: Stores) -> Batch:
    batch = digest(stores, now=START)
    assert batch is not None
    with stores.ledger.writing() as tx:
        finish(tx, batch)
    clear(stores.inbox, batch)
    return batch


def varied(facts: list[Fact]) -> list[Fact]:
    """Make some of the lines half lines, returns and lines of nobody, and some facts old."""
    for number, fact in enumerate(facts):
        if "order_no" in fact:
            changes: list[Fact] = [{}, {"product_id": None}, {"event": PRODUCT_RETURNED}, {"description": None}]
            fact.update(changes[number % 4])
            fact["quantity"] = Decimal(number) / 7
        fact["occurred_at"] -= timedelta(days=number % 3)
    return facts


@settings(max_examples=20, deadline=None)
@given(st.lists(histories(most=8).map(varied), min_size=1, max_size=3), st.integers(1, 5))
def test_facts_in_hand_are_the_facts_read_again(
    tmp_path_factory: pytest.TempPathFactory, told: list[list[Fact]], chunk: int
) -> None:
    stores = fresh_stores(tmp_path_factory.mktemp("hand"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stored, "CHUNK", chunk)
        for facts in told:
            batch = take(stores, facts)
            say(stores, 1)
            drain(stores.ledger, stores.warehouse)
            again = list(read_batch(stores.warehouse, batch.number))
            assert batch.facts is not None
            assert dict(batch.facts.schema) == STORED_SCHEMA
            assert all(dict(part.schema) == STORED_SCHEMA and 0 < len(part) <= chunk for part in again)
            assert_frame_equal(pl.concat([batch.facts.clear(), *again]), batch.facts)
    stores.close()


EVENTS = st.sampled_from([ORDER_COMPLETED, PRODUCT_PURCHASED, PRODUCT_RETURNED, CONSENT_RECORDED, "page_viewed"])


@settings(max_examples=20, deadline=None)
@given(st.lists(histories(most=8).map(varied), min_size=1, max_size=2), st.integers(0, 3), st.sets(EVENTS))
def test_what_is_fresh_is_the_same_in_hand_from_the_tables_and_by_hand(
    tmp_path_factory: pytest.TempPathFactory, told: list[list[Fact]], days: int, wanted: set[str]
) -> None:
    stores = fresh_stores(tmp_path_factory.mktemp("fresh"))
    now = START + timedelta(hours=1)
    for facts in told:
        batch = take(stores, facts)
        since = now - timedelta(days=days)
        in_hand = fresh_facts(stores.warehouse, batch, now=now, since=since)
        tables = fresh_facts(stores.warehouse, msgspec.structs.replace(batch, facts=None), now=now, since=since)
        given_ = {
            "batch": batch.number,
            "since": min(since, now - timedelta(hours=24)).replace(tzinfo=None),
            "until": (now + timedelta(hours=24)).replace(tzinfo=None),
            "lines": list(ORDER_LINES),
            "order": ORDER_COMPLETED,
        }
        assert_frame_equal(in_hand, tables)
        for one in (batch, msgspec.structs.replace(batch, facts=None)):
            some = fresh_facts(stores.warehouse, one, now=now, since=since, events=wanted)
            assert_frame_equal(some, in_hand.filter(pl.col("event").is_in(sorted(wanted))))
        assert_frame_equal(in_hand, stores.warehouse.frame(BY_HAND, given_), check_row_order=False)
    stores.close()


_EVENTS = (PRODUCT_PURCHASED, ORDER_COMPLETED, "page_viewed", "customer_described", "product_returned")


def _owners(stores: Stores, nodes: pl.Series) -> pl.DataFrame:
    with stores.ledger.reading() as tx:
        return customers_of(tx, nodes)


@settings(max_examples=15, deadline=None)
@given(histories(most=8).map(varied), st.sets(st.sampled_from(_EVENTS)), st.sets(st.sampled_from(_EVENTS)))
def test_only_some_events_are_those_among_all(
    tmp_path_factory: pytest.TempPathFactory, told: list[Fact], wanted: set[str], bare: set[str]
) -> None:
    """Whatever nobody asks for is not worked out, and what is asked for is the same; bare ones say who and when."""
    stores = fresh_stores(tmp_path_factory.mktemp("fresh"))
    now = START + timedelta(hours=1)
    batch = take(stores, told)
    whole = fresh_facts(stores.warehouse, batch, now=now).filter(pl.col("event").is_in(list(wanted)))
    whole = whole.with_columns(properties=pl.when(~pl.col("event").is_in(list(bare))).then("properties"))
    for one in (batch, msgspec.structs.replace(batch, facts=None)):
        for owners in (None, partial(_owners, stores)):
            found = fresh_facts(stores.warehouse, one, now=now, events=wanted, bare=bare, owners=owners)
            assert_frame_equal(found, whole, check_row_order=False)
    stores.close()


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return fresh_stores(tmp_path / "home")


def say(stores: Stores, customer: int) -> None:
    with stores.ledger.writing() as tx:
        tell(tx, "email_sent", pl.DataFrame({"customer": [customer], "step": ["a"]}), ["step"], at=START)


def people(count: int) -> list[Fact]:
    return [make_fact(number, [("customer_no", f"{number}")], number % 4) for number in range(count)]


def test_staged_file_is_not_in_hand_and_can_be_read(stores: Stores) -> None:
    facts_frame(people(9)).write_parquet(stores.home / "a.parquet")
    accept_staged(stores.inbox, "a.parquet", source="a.csv", received_at=START)
    batch = run(stores)
    assert batch.facts is None
    assert sum(len(part) for part in read_batch(stores.warehouse, batch.number)) == 9


def test_more_than_the_hand_holds_is_read(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "MOST_IN_HAND", 3)
    assert take(stores, people(4)).facts is None
    few = take(stores, [make_fact(number, [], 0) for number in range(10, 13)])
    assert few.facts is not None
    assert few.facts["node"].to_list() == [None, None, None]


def test_batch_that_was_stored_before_is_not_in_hand(stores: Stores) -> None:
    accept(stores.inbox, facts_frame(people(2)), source="test", received_at=START)
    digest(stores, now=START)
    again = digest(stores, now=START)
    assert again is not None
    assert (again.state, again.facts) == ("stored", None)


def test_only_what_is_new_is_in_hand(stores: Stores) -> None:
    take(stores, people(3))
    batch = take(stores, people(5))
    assert batch.facts is not None
    assert batch.facts["fact_id"].to_list() == [fact["fact_id"] for fact in people(5)[3:]]


def test_facts_of_some_names_can_be_read_alone(stores: Stores) -> None:
    batch = take(stores, people(12))
    (part,) = read_batch(stores.warehouse, batch.number, events=[PRODUCT_PURCHASED])
    assert set(part["event"]) == {PRODUCT_PURCHASED}
    assert len(part) == 6
    assert list(read_batch(stores.warehouse, batch.number, events=["nothing"])) == []


def test_batch_that_nobody_knows_is_no_facts(stores: Stores) -> None:
    assert list(read_batch(stores.warehouse, 7)) == []


def test_groups_of_rows_that_cannot_hold_the_newest_say_so(stores: Stores) -> None:
    # Numbers of the inbox go up and those of the ledger go down: the newest of either is outside all older extremes.
    stores.warehouse.execute(
        "INSERT INTO facts SELECT encode(i::VARCHAR), CASE WHEN i % 10 = 0 THEN -i - 1 ELSE 1 + i // 1000 END, 1, 'x', "
        "'2026-01-01', '2026-01-01', 's', NULL FROM range(500_000) AS numbers(i)"
    )
    said = stores.warehouse.frame(
        "SELECT stats FROM pragma_storage_info('facts') WHERE column_name = 'batch' AND segment_type = 'BIGINT'"
    )["stats"]
    groups = [
        (int(low), int(high)) for low, high in (re.findall(r"Min: (-?\d+), Max: (-?\d+)", one)[0] for one in said)
    ]
    assert len(groups) > 3
    assert sum(low <= 500 <= high for low, high in groups) == 1
    assert sum(low <= -499_000 for low, high in groups) == 1
