"""Remembered links: what is remembered is not asked for again, and nothing else is left out."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tenshu.identify.known_links import KnownLinks
from tenshu.identify.nodes import KnownNodes
from tenshu.identify.resolve import resolve
from tenshu.identify.tables import links
from tenshu.identify.teller import Teller
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.tables import ledger_metadata

NODE = st.integers(1, 6) | st.sampled_from([2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**62])
LINKS = st.sets(st.tuples(NODE, NODE), max_size=8)


def frame(some: set[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(sorted(some), schema={"node_a": pl.Int64, "node_b": pl.Int64}, orient="row")


@settings(max_examples=300, deadline=None)
@given(st.lists(LINKS, max_size=5), LINKS, st.integers(0, 20))
def test_link_is_left_out_only_when_it_was_added(
    parts: list[set[tuple[int, int]]], asked: set[tuple[int, int]], most: int
) -> None:
    memory, told = KnownLinks(most=most), set[tuple[int, int]]()
    for part in parts:
        memory.add(frame(part))
        told |= part
        assert len(memory) <= most
    new = set(memory.new(frame(asked)).rows())
    assert asked - told <= new <= asked


def test_remembered_link_is_not_new() -> None:
    memory = KnownLinks()
    memory.add(frame({(1, 2), (1, 3)}))
    assert memory.new(frame({(1, 2), (2, 3)})).rows() == [(2, 3)]


def test_node_that_is_too_large_is_asked_for_each_time() -> None:
    memory = KnownLinks()
    memory.add(frame({(1, 2**32), (2**32, 2**33)}))
    assert memory.new(frame({(1, 2**32), (0, 0)})).rows() == [(0, 0), (1, 2**32)]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    opened = Ledger(tmp_path / "ledger.sqlite")
    ledger_metadata.create_all(opened.engine)
    return opened


def tell(ledger: Ledger, memory: KnownNodes, batch: int, teller: Teller | None = None) -> None:
    told = pl.DataFrame([("customer_no", "1"), ("email", "a@example.com")], schema=["kind", "value"], orient="row")
    pairs = {"kind_a": ["customer_no"], "value_a": ["1"], "kind_b": ["email"], "value_b": ["a@example.com"]}
    resolve(ledger, told, pl.DataFrame(pairs), batch=batch, teller=teller, nodes=memory)


def batches(ledger: Ledger) -> list[Any]:
    with ledger.reading() as tx:
        return tx.frame(select(links.c.batch))["batch"].to_list()


def test_link_that_is_told_every_day_is_asked_for_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = KnownNodes()
    tell(ledger, memory, 1)
    asked: list[int] = []
    real = Teller.split

    def watched(self: Teller, tx: Transaction, both: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        asked.append(len(both))
        return real(self, tx, both)

    monkeypatch.setattr(Teller, "split", watched)
    tell(ledger, memory, 2)
    assert (asked, len(memory.links)) == ([0], 1)


def test_link_of_an_import_is_not_remembered_before_somebody_else_has_told_it(ledger: Ledger) -> None:
    memory = KnownNodes()
    tell(ledger, memory, 1, Teller(1, is_import=True, undoable=frozenset({1})))
    assert len(memory.links) == 0
    tell(ledger, memory, 2, Teller(2, undoable=frozenset({1})))
    assert batches(ledger) == [2]
    assert len(memory.links) == 1
