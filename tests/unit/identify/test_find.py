"""Somebody is found by what people type: an identifier, a number, a shared address or nonsense."""

from pathlib import Path

import polars as pl
import pytest

from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.identify.digest import digest
from tenshu.identify.resolve import customers_of, find_customer
from tenshu.store.home import Stores
from tests.unit.identify.shops import START, fresh_stores, make_fact


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    """Return a shop of two customers of one household: nodes 1 S-1, 2 its address, 3 S-2, and 4 a card."""
    opened = fresh_stores(tmp_path / "home")
    told = [
        [("customer_no", "S-1"), ("email", "home@example.com")],
        [("customer_no", "S-2"), ("email", "home@example.com")],
        [("customer_no", "S-2"), ("member_no", "77")],
    ]
    facts = [make_fact(number, who, 0) for number, who in enumerate(told)]
    accept(opened.inbox, facts_frame(facts), source="test", received_at=START)
    digest(opened, now=START)
    return opened


@pytest.mark.parametrize(
    ("said", "customer"),
    [
        ("S-1", 1),
        ("S-2", 3),
        ("77", 3),  # the card of S-2
        ("1", 1),
        ("4", 3),  # the card's own node is S-2's
        ("home@example.com", None),  # of two customers, so of none
        ("s-1", None),  # another value
        ("99", None),
        ("", None),
        ("-1", None),
        ("9" * 19, None),  # more than any node's number can be
        ("9" * 400, None),
        ("²", None),
        ("1 OR 1=1", None),
        ("' --", None),
    ],
)
def test_what_is_typed_names_one_customer_or_nobody(stores: Stores, said: str, customer: int | None) -> None:
    with stores.ledger.reading() as tx:
        assert find_customer(tx, said) == customer


def test_shared_identifier_is_nobodys_when_nodes_are_asked_for_their_customers(stores: Stores) -> None:
    with stores.ledger.reading() as tx:
        assert customers_of(tx, pl.Series([], dtype=pl.Int64)).is_empty()
        found = customers_of(tx, pl.Series([2, 4, 9]))  # the address of both, the card, and no node at all
    assert found.rows() == [(4, 3)]
