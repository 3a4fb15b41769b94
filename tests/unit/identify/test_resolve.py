"""Identifiers get their nodes once; the map follows the links."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import func, select

from tenshu.collect import tables as _collect  # noqa: F401 - the ledger's tables
from tenshu.identify.resolve import changed_nodes, customers_of, find_customer, resolve
from tenshu.identify.tables import identifiers, links, node_map
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.postgres import PostgresPlace


@pytest.fixture
def ledger(place: Path | PostgresPlace) -> Iterator[Ledger]:
    store = Ledger(place)
    upgrade(store, "ledger")
    yield store
    store.close()


def told(*said: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(said), schema={"kind": pl.String, "value": pl.String}, orient="row")


def pairs(*said: tuple[str, str, str, str]) -> pl.DataFrame:
    names = ["kind_a", "value_a", "kind_b", "value_b"]
    return pl.DataFrame(list(said), schema=dict.fromkeys(names, pl.String), orient="row")


def row(ledger: Ledger, number: str, mail: str, batch: int = 1) -> dict[str, int]:
    found = resolve(
        ledger,
        told(("customer_no", number), ("email", mail)),
        pairs(("customer_no", number, "email", mail)),
        batch=batch,
    )
    return dict(found.select("value", "node").rows())


def test_nodes_are_numbered_in_order_of_arrival(ledger: Ledger) -> None:
    assert row(ledger, "A", "a@example.com") == {"A": 1, "a@example.com": 2}
    assert row(ledger, "B", "b@example.com") == {"B": 3, "b@example.com": 4}


def test_the_same_identifier_twice_is_one_node(ledger: Ledger) -> None:
    first = row(ledger, "A", "a@example.com")
    assert row(ledger, "A", "a@example.com", batch=2) == first
    with ledger.reading() as tx:
        assert tx.value(select(func.count()).select_from(identifiers)) == 2
        assert tx.value(select(func.count()).select_from(links)) == 1


def test_the_same_value_of_another_kind_is_another_node(ledger: Ledger) -> None:
    found = resolve(ledger, told(("customer_no", "1"), ("phone", "1")), pairs(), batch=1)
    assert found["node"].n_unique() == 2


def test_a_row_is_one_customer(ledger: Ledger) -> None:
    row(ledger, "A", "a@example.com")
    with ledger.reading() as tx:
        assert customers_of(tx, pl.Series([1, 2])).rows() == [(1, 1), (2, 1)]


def test_a_later_link_merges_and_the_earliest_number_survives(ledger: Ledger) -> None:
    resolve(ledger, told(("email", "a@example.com"), ("customer_no", "A")), pairs(), batch=1)
    row(ledger, "A", "a@example.com", batch=2)
    with ledger.reading() as tx:
        assert set(customers_of(tx, pl.Series([1, 2]))["customer"]) == {1}


def test_a_second_number_with_the_same_address_takes_the_merge_back(ledger: Ledger) -> None:
    row(ledger, "A", "home@example.com")
    row(ledger, "B", "home@example.com", batch=2)
    with ledger.reading() as tx:
        rows = tx.frame(select(node_map.c.node, node_map.c.customer, node_map.c.is_shared).order_by(node_map.c.node))
        assert rows.rows() == [(1, 1, False), (2, 2, True), (3, 3, False)]


def test_the_mirror_is_told_what_a_batch_changed_and_nothing_older(ledger: Ledger) -> None:
    row(ledger, "A", "home@example.com", batch=1)
    row(ledger, "B", "b@example.com", batch=2)
    row(ledger, "C", "home@example.com", batch=3)  # the address becomes shared, and C is new
    with ledger.reading() as tx:
        assert changed_nodes(tx, since=3).sort("node").rows() == [(2, 2, True), (5, 5, False)]
        assert changed_nodes(tx, since=2)["node"].sort().to_list() == [2, 3, 4, 5]


def test_a_customer_is_found_by_any_identifier_or_number(ledger: Ledger) -> None:
    row(ledger, "A-7", "a@example.com")
    with ledger.reading() as tx:
        found = [find_customer(tx, said) for said in ("A-7", "a@example.com", "1", "2", "99", "nobody")]
    assert found == [1, 1, 1, 1, None, None]


def test_a_number_that_is_an_identifier_wins_over_an_internal_one(ledger: Ledger) -> None:
    resolve(ledger, told(("customer_no", "12345"), ("customer_no", "1")), pairs(), batch=1)
    with ledger.reading() as tx:
        assert find_customer(tx, "1") == 2


def test_nothing_told_is_nothing_made(ledger: Ledger) -> None:
    assert resolve(ledger, told(), pairs(), batch=1).is_empty()
