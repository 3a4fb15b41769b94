"""Whoever is not known any more walks no further; those who are known, and walks that are over, stay as they are."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

from tenshu.journey import records
from tenshu.journey.grammar import OWN_OUTCOMES
from tenshu.journey.strangers import UNKNOWN, end_walks_of
from tenshu.journey.tables import enrolments
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tests.unit.journey.examples import NOW, journey

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which two scenarios run and nobody walks."""
    path = tmp_path_factory.mktemp("walks") / "ledger.sqlite"
    store = Ledger(path)
    upgrade(store, "ledger")
    with store.writing() as tx:
        for name in ("a", "b"):
            records.start(tx, journey(name=name), now=NOW - 9 * HOUR, due_at=None)
    store.close()
    return path


@pytest.fixture
def ledger(empty: Path, tmp_path: Path) -> Iterator[Ledger]:
    (tmp_path / "ledger.sqlite").write_bytes(empty.read_bytes())
    store = Ledger(tmp_path / "ledger.sqlite")
    yield store
    store.close()


def walk(number: int, customer: int, name: str = "a", **changes: Any) -> dict[str, Any]:
    row = {
        "enrolment": number,
        "journey": name,
        "version": 1,
        "customer": customer,
        "entry_key": f"k{number}",
        "arm": "treated",
        "entered_at": NOW - 5 * HOUR,
        "status": "active",
        "step": "asked",
        "visit": 2,
        "due_at": NOW + HOUR,
        "outcome": None,
        "ended_at": None,
    }
    return {**row, **changes}


def over(number: int, customer: int, outcome: str) -> dict[str, Any]:
    return walk(number, customer, status="ended", outcome=outcome, due_at=None, ended_at=NOW - HOUR)


def put(ledger: Ledger, *walks: dict[str, Any]) -> None:
    kinds: dict[str, Any] = {
        "due_at": pl.Datetime("us", "UTC"),
        "ended_at": pl.Datetime("us", "UTC"),
        "outcome": pl.String,
    }
    with ledger.writing() as tx:
        tx.insert(enrolments, pl.DataFrame(walks, schema_overrides=kinds, infer_schema_length=None))


def walks_of(ledger: Ledger) -> dict[int, dict[str, Any]]:
    with ledger.reading() as tx:
        rows = tx.frame(select(enrolments)).rows(named=True)
    return {row["enrolment"]: row for row in rows}


def end(ledger: Ledger, *customers: int) -> int:
    return end_walks_of(ledger, pl.Series(list(customers), dtype=pl.Int64), now=NOW)


def test_a_strangers_walk_ends_where_it_stands(ledger: Ledger) -> None:
    put(ledger, walk(1, 7))
    assert end(ledger, 7) == 1
    row = walks_of(ledger)[1]
    assert (row["status"], row["outcome"], row["ended_at"], row["due_at"]) == ("ended", UNKNOWN, NOW, None)
    assert (row["step"], row["visit"], row["entered_at"], row["arm"]) == ("asked", 2, NOW - 5 * HOUR, "treated")


def test_all_walks_of_one_stranger_end_and_nobody_elses(ledger: Ledger) -> None:
    put(ledger, walk(1, 7), walk(2, 7, "b"), walk(3, 8), walk(4, 9, "b"))
    before = walks_of(ledger)
    assert end(ledger, 7, 9) == 3
    after = walks_of(ledger)
    assert after[3] == before[3]
    assert {number for number, row in after.items() if row["outcome"] == UNKNOWN} == {1, 2, 4}


@pytest.mark.parametrize("outcome", ["done", *sorted(OWN_OUTCOMES), "ended"])
def test_a_walk_that_is_over_keeps_how_it_ended(ledger: Ledger, outcome: str) -> None:
    put(ledger, over(1, 7, outcome), walk(2, 7))
    before = walks_of(ledger)[1]
    assert end(ledger, 7) == 1
    assert walks_of(ledger)[1] == before


def test_a_ghost_of_the_hold_out_ends_too(ledger: Ledger) -> None:
    put(ledger, walk(1, 7, arm="held_out"))
    assert end(ledger, 7) == 1
    assert walks_of(ledger)[1]["arm"] == "held_out"


def test_done_twice_it_changes_nothing_more(ledger: Ledger) -> None:
    put(ledger, walk(1, 7))
    assert (end(ledger, 7), end(ledger, 7)) == (1, 0)
    assert end_walks_of(ledger, pl.Series([7]), now=NOW + HOUR) == 0
    assert walks_of(ledger)[1]["ended_at"] == NOW


def test_of_nobody_and_of_those_who_never_walked_nothing_ends(ledger: Ledger) -> None:
    put(ledger, walk(1, 7))
    assert end(ledger) == 0
    assert end(ledger, 8, 9) == 0
    assert walks_of(ledger)[1]["status"] == "active"


def test_nobody_who_was_ended_is_due_any_more(ledger: Ledger) -> None:
    put(ledger, walk(1, 7, due_at=NOW - HOUR), walk(2, 8, due_at=NOW - HOUR))
    end(ledger, 7)
    with ledger.reading() as tx:
        assert records.due(tx, now=NOW)["enrolment"].to_list() == [2]


def test_many_strangers_are_ended_slice_by_slice(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenshu.journey.strangers.ROWS_A_TRANSACTION", 3)
    put(ledger, *(walk(number, number) for number in range(10)))
    assert end(ledger, *range(8)) == 8
    assert [row["status"] for row in walks_of(ledger).values()] == ["ended"] * 8 + ["active"] * 2
