"""Remembered nodes: what is remembered is right, what is not is asked, and the result is the same without."""

import gc
import io
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tenshu.collect import streams
from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.identify import nodes as module
from tenshu.identify import resolve as asking
from tenshu.identify.digest import clear, digest, finish
from tenshu.identify.nodes import KnownNodes
from tenshu.identify.resolve import resolve
from tenshu.identify.tables import identifiers
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.store.home import Stores
from tenshu.store.ledger import Ledger
from tenshu.store.tables import ledger_metadata
from tests.unit.identify.shops import START, Fact, contents, fresh_stores, histories, make_fact

IDENTIFIER = st.tuples(st.sampled_from(["customer_no", "email", ""]), st.text(max_size=3))
PARTS = st.lists(st.lists(IDENTIFIER, max_size=8, unique=True), max_size=8)


def told(some: list[tuple[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(some, schema={"kind": pl.String, "value": pl.String}, orient="row")


def taught(memory: KnownNodes, parts: list[list[tuple[str, str]]]) -> dict[tuple[str, str], int]:
    """Add the parts one after the other, as the ledger numbers identifiers; return its numbers."""
    truth: dict[tuple[str, str], int] = {}
    for part in parts:
        for one in part:
            truth.setdefault(one, len(truth) + 1)
        memory.add(told(part).with_columns(node=pl.Series([truth[one] for one in part], dtype=pl.Int64)))
    return truth


@settings(max_examples=100, deadline=None)
@given(PARTS, st.lists(IDENTIFIER, max_size=8))
def test_everything_is_remembered_and_nothing_else(
    parts: list[list[tuple[str, str]]], asked: list[tuple[str, str]]
) -> None:
    memory = KnownNodes()
    truth = taught(memory, parts)
    every = [*asked, *truth]
    assert memory.find(told(every)).to_list() == [truth.get(one) for one in every]
    assert len(memory) == len(truth)


@settings(max_examples=100, deadline=None)
@given(PARTS, st.lists(IDENTIFIER, max_size=8), st.integers(0, 6))
def test_small_memory_forgets_and_never_errs(
    parts: list[list[tuple[str, str]]], asked: list[tuple[str, str]], most: int
) -> None:
    memory = KnownNodes(most=most)
    truth = taught(memory, parts)
    every = [*asked, *truth]
    answers = zip(memory.find(told(every)), (truth.get(one) for one in every), strict=True)
    assert all(said is None or said == right for said, right in answers)
    assert len(memory) <= most


@settings(max_examples=100, deadline=None)
@given(PARTS, st.lists(IDENTIFIER, max_size=8), st.sampled_from([1, 3]))
def test_equal_hashes_are_told_apart(
    parts: list[list[tuple[str, str]]], asked: list[tuple[str, str]], different: int
) -> None:
    real = module._hashed
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_hashed", lambda some: real(some) % np.uint64(different))
        memory = KnownNodes()
        truth = taught(memory, parts)
        every = [*asked, *truth]
        answers = zip(memory.find(told(every)), (truth.get(one) for one in every), strict=True)
        assert all(said is None or said == right for said, right in answers)
        assert len(memory) <= different


def test_kind_and_value_are_compared_each_for_itself() -> None:
    memory = KnownNodes()
    taught(memory, [[("a", "bc"), ("", "x")]])
    assert memory.find(told([("ab", "c"), ("x", ""), ("a", "bc"), ("", "x")])).to_list() == [None, None, 1, 2]


def test_fact_of_nobody_has_no_node() -> None:
    memory = KnownNodes()
    taught(memory, [[("email", "a")]])
    nobody = pl.DataFrame(
        {"kind": [None, "email"], "value": [None, "a"]}, schema={"kind": pl.String, "value": pl.String}
    )
    assert memory.find(nobody).to_list() == [None, 1]


def run_all(stores: Stores, nodes: KnownNodes | None) -> None:
    while batch := digest(stores, now=START, nodes=nodes):
        with stores.ledger.writing() as tx:
            finish(tx, batch)
        clear(stores.inbox, batch)


POINTS = ("digest.identified", "digest.storing", "digest.warehoused", "digest.consented", "digest.stored")


@settings(max_examples=10, deadline=None)
@given(histories(most=10), st.data())
def test_digest_with_a_memory_is_digest_without(
    tmp_path_factory: pytest.TempPathFactory, facts: list[Fact], data: st.DataObject
) -> None:
    with_, without = (fresh_stores(tmp_path_factory.mktemp(name)) for name in ("with", "without"))
    memory = KnownNodes(most=data.draw(st.sampled_from([2, 6, 1000]), label="most"))
    for first in range(0, len(facts), 3):
        again = data.draw(st.lists(st.sampled_from(facts[: first + 3]), max_size=4))
        frame = facts_frame([*facts[first : first + 3], *again])
        for stores in (with_, without):
            accept(stores.inbox, frame, source="test", received_at=START)
        point = data.draw(st.none() | st.sampled_from(POINTS), label="fails at")
        if point:
            with failing(f"{point}:raise"):
                try:
                    run_all(with_, memory)
                except ReachedFailPoint:
                    memory = memory if data.draw(st.booleans(), label="the process lives") else KnownNodes()
        run_all(with_, memory)
        run_all(without, None)
    assert contents(with_) == contents(without)
    for stores in (with_, without):
        stores.close()


def test_who_is_remembered_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, memory = Ledger(tmp_path / "ledger.sqlite"), KnownNodes()
    ledger_metadata.create_all(ledger.engine)
    asked: list[int] = []
    real = asking._nodes_of

    def watched(tx: object, some: pl.DataFrame) -> pl.DataFrame:
        asked.append(len(some))
        return real(tx, some)  # type: ignore[arg-type]

    monkeypatch.setattr(asking, "_nodes_of", watched)
    none = pl.DataFrame(schema=dict.fromkeys(["kind_a", "value_a", "kind_b", "value_b"], pl.String))
    people = [("email", f"{number}") for number in range(5)]
    found = [resolve(ledger, told(people[:some]), none, batch=1, nodes=memory).sort("node") for some in (3, 3, 5)]
    assert asked == [3, 0, 2]
    with ledger.reading() as tx:
        stored = tx.frame(select(identifiers.c.kind, identifiers.c.value, identifiers.c.node).order_by("node"))
    assert found[2].equals(stored)
    ledger.close()


def test_nodes_that_were_not_committed_are_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores, memory = fresh_stores(tmp_path / "home"), KnownNodes()
    accept(stores.inbox, facts_frame([make_fact(0, [("email", "a")], 0)]), source="test", received_at=START)
    with monkeypatch.context() as patched:
        patched.setattr(asking, "remap", lambda *_given, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_all(stores, memory)
    assert len(memory) == 0
    run_all(stores, memory)
    assert len(memory) == 1
    stores.close()


def test_remembered_identifiers_keep_nothing_alive_that_came_with_them() -> None:
    long = [f"somebody.{number}@example.com" for number in range(50)]
    found = pl.DataFrame({"kind": ["email"] * 50, "value": long, "node": range(50)})
    written = io.BytesIO()
    found.write_ipc_stream(written)
    came = written.getvalue()
    before = sys.getrefcount(came)
    memory = KnownNodes()
    memory.add(streams._read(came))
    gc.collect()
    assert len(memory) == 50
    assert sys.getrefcount(came) == before
