"""Several threads write and read one ledger: every transaction is whole, none is lost, none is seen half."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, func, select, update
from sqlalchemy.exc import DBAPIError

from tenshu.store.ledger import Ledger
from tenshu.store.postgres import PostgresPlace
from tenshu.testing.conformance_ledger import make_tables, together

metadata = MetaData()
counters = Table("counters", metadata, Column("name", String, primary_key=True), Column("count", Integer))
entries = Table("entries", metadata, Column("entry", Integer, primary_key=True), Column("writer", Integer))


@pytest.fixture
def ledger(place: Path | PostgresPlace) -> Iterator[Ledger]:
    store = make_tables(Ledger(place), metadata)
    yield store
    store.close()


def test_counting_up_from_threads_loses_no_step(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(counters, pl.DataFrame({"name": ["seen"], "count": [0]}))

    def count_up() -> None:
        for _ in range(15):
            # Reads, then writes what it read: only a lock taken at the beginning keeps the step.
            with ledger.writing() as tx:
                seen = tx.value(select(counters.c.count))
                tx.execute(update(counters).values(count=seen + 1))

    together(*[count_up] * 4)
    with ledger.reading() as tx:
        assert tx.value(select(counters.c.count)) == 60


def test_rows_of_every_thread_are_there_once(ledger: Ledger) -> None:
    def write(writer: int) -> None:
        for part in range(10):
            first = writer * 1000 + part * 10
            rows = pl.DataFrame({"entry": range(first, first + 10), "writer": [writer] * 10})
            with ledger.writing() as tx:
                assert tx.insert(entries, rows) == 10

    together(*[lambda writer=writer: write(writer) for writer in range(4)])
    with ledger.reading() as tx:
        found = tx.frame(select(entries))
    assert Counter(found["writer"]) == dict.fromkeys(range(4), 100)
    assert found["entry"].n_unique() == 400


def test_same_row_from_every_thread_is_one_and_the_first_stays(ledger: Ledger) -> None:
    inserted = []

    def claim(writer: int) -> None:
        for entry in range(20):
            with ledger.writing() as tx:
                rows = pl.DataFrame({"entry": [entry], "writer": [writer]})
                inserted.append((entry, writer, tx.insert(entries, rows, conflict="ignore")))

    together(*[lambda writer=writer: claim(writer) for writer in range(3)])
    with ledger.reading() as tx:
        owners = dict(tx.frame(select(entries.c.entry, entries.c.writer)).rows())
    # Each thread was told truly whether it was the one.
    assert owners == {entry: writer for entry, writer, count in inserted if count == 1}
    assert len(inserted) == 60


def test_reader_sees_both_sides_of_a_transfer_or_neither(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(counters, pl.DataFrame({"name": ["left", "right"], "count": [100, 0]}))
    sums: list[int] = []
    is_done = threading.Event()

    def move() -> None:
        for _ in range(25):
            with ledger.writing() as tx:
                for name, step in (("left", -1), ("right", 1)):
                    tx.execute(update(counters).where(counters.c.name == name).values(count=counters.c.count + step))
        is_done.set()

    def look() -> None:
        while not is_done.is_set() or not sums:
            with ledger.reading() as tx:
                left = tx.value(select(counters.c.count).where(counters.c.name == "left"))
                right = tx.value(select(counters.c.count).where(counters.c.name == "right"))
            sums.append(left + right)

    together(move, look, look)
    assert set(sums) == {100}


def test_reading_transaction_stays_at_the_state_it_first_saw(ledger: Ledger) -> None:
    count = select(func.count()).select_from(entries)
    with ledger.reading() as reader:
        assert reader.value(count) == 0
        with ledger.writing() as writer:
            writer.insert(entries, pl.DataFrame({"entry": [1], "writer": [1]}))
        assert reader.value(count) == 0
    with ledger.reading() as reader:
        assert reader.value(count) == 1


def test_what_a_reading_transaction_writes_is_not_kept(ledger: Ledger) -> None:
    # SQLite lets it write and forgets it, PostgreSQL refuses.
    with suppress(DBAPIError), ledger.reading() as tx:
        tx.insert(entries, pl.DataFrame({"entry": [1], "writer": [1]}))
    with ledger.reading() as tx:
        assert tx.frame(select(entries)).is_empty()


def test_reader_that_fails_holds_up_no_writer(ledger: Ledger) -> None:
    with pytest.raises(InterruptedError), ledger.reading() as tx:
        _interrupted(tx.frame(select(entries)))
    with ledger.writing() as tx:
        assert tx.insert(entries, pl.DataFrame({"entry": [1], "writer": [1]})) == 1


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=5), min_size=2, max_size=3))
def test_transactions_of_threads_are_each_whole_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, plans: list[list[tuple[int, bool]]]
) -> None:
    # Each thread runs its transactions of so many rows; those that fail leave nothing.
    ledger = Ledger(tmp_path_factory.mktemp("threads") / "ledger.sqlite")
    metadata.create_all(ledger.engine)

    def run(writer: int, plan: list[tuple[int, bool]]) -> None:
        for part, (count, is_failing) in enumerate(plan):
            first = writer * 1000 + part * 10
            rows = pl.DataFrame({"entry": range(first, first + count), "writer": [writer] * count})
            try:
                with ledger.writing() as tx:
                    tx.insert(entries, rows)
                    if is_failing:
                        _interrupted()
            except InterruptedError:
                pass

    together(*[lambda writer=writer, plan=plan: run(writer, plan) for writer, plan in enumerate(plans)])
    expected = {
        writer * 1000 + part * 10 + number
        for writer, plan in enumerate(plans)
        for part, (count, is_failing) in enumerate(plan)
        for number in range(count)
        if not is_failing
    }
    with ledger.reading() as tx:
        assert set(tx.frame(select(entries.c.entry))["entry"]) == expected
        assert tx.value(select(func.count()).select_from(entries)) == len(expected)
    ledger.close()


def test_two_openings_of_one_place_see_each_others_commits(place: Path | PostgresPlace) -> None:
    first, second = make_tables(Ledger(place), metadata), Ledger(place)
    with first.writing() as tx:
        tx.insert(entries, pl.DataFrame({"entry": [1], "writer": [1]}))
        with second.reading() as other:
            assert other.frame(select(entries)).is_empty()  # not before it is committed
    with second.writing() as tx:
        tx.insert(entries, pl.DataFrame({"entry": [2], "writer": [2]}))
    with first.reading() as tx:
        assert tx.frame(select(entries.c.entry))["entry"].to_list() == [1, 2]
    first.close()
    second.close()


def _interrupted(*_seen: object) -> None:
    raise InterruptedError
