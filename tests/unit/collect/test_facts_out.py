"""Facts of the ledger reach the warehouse exactly once, wherever it is killed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sqlalchemy import func, select

from tenshu.collect import facts_out as stage
from tenshu.collect.event import STORED_SCHEMA
from tenshu.collect.facts_out import drain, position, read_drained, tell
from tenshu.collect.tables import facts_out
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.postgres import PostgresPlace
from tenshu.store.warehouse import Warehouse

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def ledger(place: Path | PostgresPlace) -> Iterator[Ledger]:
    store = Ledger(place)
    upgrade(store, "ledger")
    yield store
    store.close()


def say(ledger: Ledger, *customers: int, event: str = "email_sent") -> None:
    rows = pl.DataFrame(
        {"customer": list(customers), "journey": "hello", "reason": None, "told_at": NOON}
    ).with_columns(pl.col("told_at").cast(INSTANT))
    with ledger.writing() as tx:
        tell(tx, event, rows, ["journey", "reason"], at="told_at")


def told(warehouse: Warehouse) -> list[int]:
    return warehouse.frame("SELECT node FROM facts ORDER BY node")["node"].to_list()


def test_a_fact_carries_its_customer_its_instant_and_its_properties(ledger: Ledger) -> None:
    warehouse = Warehouse()
    say(ledger, 7)
    assert drain(ledger, warehouse) == 1
    row = warehouse.frame("SELECT * FROM facts").row(0, named=True)
    assert (row["node"], row["event"], row["occurred_at"], row["source"]) == (7, "email_sent", NOON, "ledger")
    assert row["properties"] == '{"journey":"hello","reason":null}'


def test_nobody_is_nothing_to_tell(ledger: Ledger) -> None:
    say(ledger)
    assert drain(ledger, Warehouse()) == 0


def test_draining_again_moves_only_what_is_new(ledger: Ledger) -> None:
    warehouse = Warehouse()
    say(ledger, 1, 2)
    assert drain(ledger, warehouse) == 2
    say(ledger, 3)
    assert drain(ledger, warehouse) == 1
    assert told(warehouse) == [1, 2, 3]


def test_the_ledger_forgets_what_the_warehouse_has(ledger: Ledger) -> None:
    say(ledger, 1)
    drain(ledger, Warehouse())
    with ledger.reading() as tx:
        assert tx.value(select(func.count()).select_from(facts_out)) == 0


def test_a_kill_before_the_warehouse_commits_loses_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse()
    say(ledger, 1, 2)
    with monkeypatch.context() as patched:
        patched.setattr(warehouse, "append", _killed)
        with pytest.raises(RuntimeError, match="killed"):
            drain(ledger, warehouse)
    assert drain(ledger, warehouse) == 2
    assert told(warehouse) == [1, 2]


def test_a_kill_between_the_two_commits_tells_nothing_twice(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse()
    say(ledger, 1, 2)
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "writing", _killed)
        with pytest.raises(RuntimeError, match="killed"):
            drain(ledger, warehouse)
    say(ledger, 3)
    assert drain(ledger, warehouse) == 1
    assert told(warehouse) == [1, 2, 3]


def test_a_fact_has_the_same_key_whenever_it_is_drained(ledger: Ledger) -> None:
    first, second = Warehouse(), Warehouse()
    say(ledger, 1)
    with ledger.reading() as tx:
        rows = tx.frame(select(facts_out))
    drain(ledger, first)
    with ledger.writing() as tx:
        tx.insert(facts_out, rows)
    drain(ledger, second)
    key = "SELECT fact_id FROM facts"
    assert first.frame(key).equals(second.frame(key))


def test_a_facts_number_in_the_warehouse_is_the_ledgers_below_zero(ledger: Ledger) -> None:
    warehouse = Warehouse()
    say(ledger, 4, 5, 6)
    drain(ledger, warehouse)
    rows = warehouse.frame("SELECT batch, node FROM facts ORDER BY node").rows()
    assert rows == [(-1, 4), (-2, 5), (-3, 6)]
    assert position(warehouse) == 3


def test_a_new_warehouse_has_drained_nothing() -> None:
    assert position(Warehouse()) == 0
    assert list(read_drained(Warehouse(), 0, 10)) == []


@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(0, 7), min_size=1, max_size=5), most=st.integers(1, 5), after=st.integers(0, 30))
def test_who_follows_is_told_what_can_be_read_again(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], most: int, after: int
) -> None:
    store, warehouse = Ledger(tmp_path_factory.mktemp("told") / "ledger.sqlite"), Warehouse(threads=1)
    upgrade(store, "ledger")
    heard: list[tuple[pl.DataFrame, int]] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stage, "ROWS_A_TRANSACTION", most)
        for size in sizes:
            say(store, *range(1, size + 1))
            assert drain(store, warehouse, on_drained=lambda facts, last: heard.append((facts, last))) == size
            assert sum(len(facts) for facts, _last in heard) == position(warehouse)
        again = list(read_drained(warehouse, after, position(warehouse)))
    everything = pl.concat([pl.DataFrame(schema=STORED_SCHEMA), *[facts for facts, _last in heard]])
    assert [last for _facts, last in heard] == sorted({last for _facts, last in heard})
    assert all(len(facts) <= most for facts, _last in [*heard, *again])
    assert_frame_equal(pl.concat([everything.clear(), *[facts for facts, _last in again]]), everything[after:])
    if again:
        assert again[-1][1] == position(warehouse)
    store.close()


def test_reading_again_stops_where_it_is_told(ledger: Ledger) -> None:
    warehouse = Warehouse()
    say(ledger, 1, 2, 3, 4)
    drain(ledger, warehouse)
    ((facts, last),) = read_drained(warehouse, 1, 3)
    assert (facts["node"].to_list(), last) == ([2, 3], 3)


def test_facts_that_were_drained_without_a_number_are_not_read_again(ledger: Ledger) -> None:
    warehouse = Warehouse()
    say(ledger, 1)
    drain(ledger, warehouse)
    warehouse.execute("INSERT INTO facts SELECT * REPLACE (0 AS batch, 9 AS node) FROM facts")
    ((facts, _last),) = read_drained(warehouse, 0, position(warehouse))
    assert facts["node"].to_list() == [1]


@pytest.mark.parametrize("point", ["drain.storing", "drain.stored", "drain.forgetting", "drain.forgotten"])
def test_a_kill_at_any_point_leaves_each_fact_once_and_the_ledger_empty(ledger: Ledger, point: str) -> None:
    warehouse = Warehouse()
    say(ledger, 1, 2)
    with failing(f"{point}:raise"), pytest.raises(ReachedFailPoint):
        drain(ledger, warehouse)
    drain(ledger, warehouse)
    assert told(warehouse) == [1, 2]
    assert position(warehouse) == 2
    with ledger.reading() as tx:
        assert tx.value(select(func.count()).select_from(facts_out)) == 0


def test_a_follower_that_fails_costs_no_fact(ledger: Ledger) -> None:
    warehouse = Warehouse()
    say(ledger, 1, 2)
    with pytest.raises(RuntimeError, match="killed"):
        drain(ledger, warehouse, on_drained=_killed)
    ((facts, last),) = read_drained(warehouse, 0, position(warehouse))
    assert (facts["node"].to_list(), last) == ([1, 2], 2)


def test_nothing_is_drained_while_an_earlier_number_may_still_turn_up(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse()
    say(ledger, 1)
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "outwait", lambda: False)
        assert drain(ledger, warehouse) == 0
    assert drain(ledger, warehouse) == 1


def _killed(*_given: object, **_more: object) -> None:
    message = "killed"
    raise RuntimeError(message)
