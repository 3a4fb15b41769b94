"""Facts of the ledger reach the warehouse exactly once, wherever it is killed."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import func, select

from tenshu.collect.facts_out import drain, tell
from tenshu.collect.tables import facts_out
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.warehouse import Warehouse

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    store = Ledger(tmp_path / "ledger.sqlite")
    upgrade(store, "ledger")
    return store


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


def _killed(*_given: object, **_more: object) -> None:
    message = "killed"
    raise RuntimeError(message)
