"""What the warehouse takes of a batch: each fact once, and what a crash left is replaced."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept, waiting
from tenshu.identify import digest as stage
from tenshu.identify.batch import Batch, ahead_of, clear, finish
from tenshu.identify.digest import digest
from tenshu.identify.known import KnownFacts
from tenshu.identify.nodes import KnownNodes
from tenshu.identify.storing import mirror, put, take_out, told_first
from tenshu.identify.teller import Teller
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.store.home import Stores
from tenshu.store.warehouse import Warehouse
from tests.unit.identify.shops import START, Fact, contents, fresh_stores, histories, make_fact

CHANGED = {"node": pl.Int64, "customer": pl.Int64, "is_shared": pl.Boolean, "former": pl.Int64}


def placed(*numbers: int, node: int = 1) -> pl.DataFrame:
    facts = facts_frame([make_fact(number, [("email", "a")], number % 4) for number in numbers])
    return facts.with_columns(kind=pl.lit("email"), value=pl.lit("a"), node=pl.lit(node, pl.Int64))


def batch_of(number: int, state: str = "new") -> Batch:
    return Batch(number=number, first_seq=1, last_seq=1, state=state)


def rows(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.frame("SELECT batch, count(*) FROM facts GROUP BY batch ORDER BY batch").rows()


@pytest.fixture
def warehouse() -> Warehouse:
    return Warehouse(threads=1)


@pytest.mark.parametrize("is_remembered", [False, True])
def test_fact_told_twice_is_stored_once(warehouse: Warehouse, *, is_remembered: bool) -> None:
    known = KnownFacts() if is_remembered else None
    for number, told in enumerate([(1, 2, 2, 3), (3, 4), (1, 4)], start=1):
        new, again = told_first(warehouse, placed(*told), Teller(number), known)
        put(warehouse, new, again)
        assert again.is_empty()
    assert rows(warehouse) == [(1, 3), (2, 1)]


def test_what_an_import_told_that_may_be_undone_is_kept_a_second_time(warehouse: Warehouse) -> None:
    put(warehouse, *told_first(warehouse, placed(2, 3), Teller(1, is_import=True), None))
    later = Teller(2, undoable=frozenset({1}))
    new, again = told_first(warehouse, placed(2, 5, node=7), later, None)
    put(warehouse, new, again)
    assert (len(new), again["of_batch"].to_list()) == (1, [1])
    assert warehouse.frame("SELECT of_batch, batch, node FROM facts_again").rows() == [(1, 2, 7)]
    assert warehouse.frame("SELECT of_batch, order_no FROM order_lines_again").rows() == [(1, "O1")]


def test_what_a_crash_left_of_a_batch_is_taken_out_and_nothing_else(warehouse: Warehouse) -> None:
    for number, told in ((1, (1, 2)), (2, (3, 4, 5))):
        put(warehouse, *told_first(warehouse, placed(*told), Teller(number), None))
    take_out(warehouse, batch_of(2, "open"))
    assert rows(warehouse) == [(1, 2)]
    assert warehouse.frame("SELECT DISTINCT batch FROM order_lines").rows() == [(1,)]


@pytest.mark.parametrize("state", ["new", "open"])
def test_map_follows_what_changed_and_shared_nodes_leave_it(warehouse: Warehouse, state: str) -> None:
    first = pl.DataFrame([(1, 1, False, None), (2, 2, False, None), (3, 3, False, None)], CHANGED, orient="row")
    then = pl.DataFrame([(2, 1, False, 2), (3, 3, True, 3), (4, 4, False, None)], CHANGED, orient="row")
    mirror(warehouse, batch_of(1), [first[:2], first[2:]])
    mirror(warehouse, batch_of(2, state), [then])
    if state == "open":
        mirror(warehouse, batch_of(2, state), [then])
    assert warehouse.frame("SELECT node, customer FROM node_map ORDER BY node").rows() == [(1, 1), (2, 1), (4, 4)]


def digest_all(stores: Stores, *, is_helped: bool) -> None:
    ahead = ahead_of(stores) if is_helped else None
    nodes = KnownNodes() if is_helped else None
    while batch := digest(stores, now=START, ahead=ahead, nodes=nodes):
        with stores.ledger.writing() as tx:
            finish(tx, batch)
        clear(stores.inbox, batch)


@settings(max_examples=12, deadline=None)
@given(histories(most=10), st.integers(1, 4))
def test_digest_that_reads_ahead_is_digest_that_does_not(
    tmp_path_factory: pytest.TempPathFactory, facts: list[Fact], a_batch: int
) -> None:
    pair = [fresh_stores(tmp_path_factory.mktemp(name)) for name in ("ahead", "behind")]
    for is_helped, stores in zip((True, False), pair, strict=True):
        for fact in facts:
            accept(stores.inbox, facts_frame([fact]), source="test", received_at=START)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("tenshu.identify.batch.REQUESTS_A_BATCH", a_batch)
            digest_all(stores, is_helped=is_helped)
    assert contents(pair[0]) == contents(pair[1])
    for stores in pair:
        stores.close()


def test_consents_are_not_kept_where_the_warehouse_failed(tmp_path: Path) -> None:
    stores = fresh_stores(tmp_path / "home")
    told = [make_fact(number, [("email", f"m{number}")], 1) for number in range(5)]
    accept(stores.inbox, facts_frame(told), source="test", received_at=START)
    with failing("digest.storing:raise"), pytest.raises(ReachedFailPoint):
        digest(stores, now=START)
    assert (contents(stores)["facts"], contents(stores)["consents"]) == ([], [])
    digest_all(stores, is_helped=True)
    assert (len(contents(stores)["facts"]), len(contents(stores)["consents"])) == (5, 5)


def test_more_consents_than_one_transaction_takes_come_after_the_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "CHUNK", 2)
    stores = fresh_stores(tmp_path / "home")
    told = [make_fact(number, [("email", f"m{number}")], 1) for number in range(5)]
    accept(stores.inbox, facts_frame(told), source="test", received_at=START)
    with failing("digest.consented:raise@1"), pytest.raises(ReachedFailPoint):
        digest(stores, now=START)
    assert (len(contents(stores)["facts"]), len(contents(stores)["consents"])) == (5, 2)
    digest_all(stores, is_helped=True)
    assert (len(contents(stores)["facts"]), len(contents(stores)["consents"])) == (5, 5)


def test_requests_of_a_batch_are_dropped_while_the_next_one_is_stored(tmp_path: Path) -> None:
    stores = fresh_stores(tmp_path / "home")
    for number in range(4):
        fact = make_fact(number, [("email", "a")], 0)
        accept(stores.inbox, facts_frame([fact]), source="test", received_at=START)
    left: list[int] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tenshu.identify.batch.REQUESTS_A_BATCH", 2)
        ahead = ahead_of(stores)
        while batch := digest(stores, now=START, ahead=ahead):
            with stores.ledger.writing() as tx:
                finish(tx, batch)
            clear(stores.inbox, batch, ahead)
            left.append(waiting(stores.inbox))
    assert left == [4, 0]
