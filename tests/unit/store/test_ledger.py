"""The ledger: frames in, frames out, transactions whole or not at all."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, MetaData, String, Table, func, select
from sqlalchemy.exc import IntegrityError

from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.tables import Instant, from_micros, to_micros

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
metadata = MetaData()
things = Table(
    "things",
    metadata,
    Column("thing", Integer, primary_key=True),
    Column("name", String),
    Column("is_good", Boolean),
    Column("weight", Float),
    Column("seal", LargeBinary),
    Column("due_at", Instant),
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    store = Ledger(tmp_path / "ledger.sqlite")
    metadata.create_all(store.engine)
    return store


def rows(*names: str, first: int = 1) -> pl.DataFrame:
    return pl.DataFrame({"thing": list(range(first, first + len(names))), "name": list(names)})


def test_every_type_comes_back_as_it_went_in(ledger: Ledger) -> None:
    frame = pl.DataFrame(
        {
            "thing": [1, 2],
            "name": ["佐藤", None],
            "is_good": [True, None],
            "weight": [0.5, None],
            "seal": [b"\x00", None],
        }
    ).with_columns(due_at=pl.Series([NOON, None], dtype=INSTANT))
    with ledger.writing() as tx:
        tx.insert(things, frame)
    with ledger.reading() as tx:
        back = tx.frame(select(things).order_by(things.c.thing))
    assert back.equals(frame)


def test_an_empty_answer_has_the_types_of_the_table(ledger: Ledger) -> None:
    with ledger.reading() as tx:
        schema = tx.frame(select(things)).schema
    assert schema["due_at"] == INSTANT
    assert schema["seal"] == pl.Binary
    assert schema["is_good"] == pl.Boolean


def test_the_whole_transaction_is_undone_when_one_step_fails(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError), ledger.writing() as tx:  # noqa: PT012 - the block is what fails
        tx.insert(things, rows("a"))
        tx.insert(things, rows("again"))
    with ledger.reading() as tx:
        assert tx.value(select(func.count()).select_from(things)) == 0


def test_ignoring_a_conflict_keeps_the_first(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(things, rows("first"))
        assert tx.insert(things, rows("second"), conflict="ignore") == 0
        assert tx.value(select(things.c.name)) == "first"


def test_replacing_sets_the_given_columns_only(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(things, rows("first").with_columns(weight=pl.lit(2.0)))
        tx.insert(things, rows("second"), conflict="replace")
        assert tx.frame(select(things.c.name, things.c.weight)).rows() == [("second", 2.0)]


def test_update_touches_only_the_named_rows(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(things, rows("a", "b", "c"))
        tx.update(things, pl.DataFrame({"name": ["B"], "thing": [2]}), keys=["thing"])
        assert tx.frame(select(things.c.name).order_by(things.c.thing))["name"].to_list() == ["a", "B", "c"]


def test_an_empty_frame_changes_nothing(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        assert tx.insert(things, rows()) == 0
        assert tx.update(things, rows(), keys=["thing"]) == 0


def test_among_takes_more_values_than_an_engine_has_parameters(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(things, rows("a", "b", "c"))
        wanted = pl.Series(range(2, 300_000))
        assert tx.value(select(func.count()).where(tx.among(things.c.thing, wanted))) == 2
        assert tx.value(select(func.count()).where(tx.among(things.c.name, ["a", "'; DROP TABLE things; --"]))) == 1


def test_instants_compare_as_instants(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(things, rows("a").with_columns(due_at=pl.lit(NOON, INSTANT)))
        assert tx.value(select(func.count()).where(things.c.due_at <= NOON)) == 1
        assert tx.value(select(func.count()).where(things.c.due_at < NOON)) == 0


def test_an_aggregate_of_instants_is_an_instant_when_it_is_named_so(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(things, rows("a").with_columns(due_at=pl.lit(NOON, INSTANT)))
        assert tx.frame(select(func.max(things.c.due_at).label("latest_at")))["latest_at"][0] == NOON


def test_a_reader_sees_one_state_while_another_writes(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(things, rows("a"))
    with ledger.reading() as reader:
        assert reader.value(select(func.count()).select_from(things)) == 1
        with ledger.writing() as writer:
            writer.insert(things, rows("b", first=2))
    with ledger.reading() as reader:
        assert reader.value(select(func.count()).select_from(things)) == 2


def test_the_file_survives_power_cuts_at_full(ledger: Ledger) -> None:
    with ledger.reading() as tx:
        pragmas = {
            name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")
        }
    assert pragmas == {"synchronous": 2, "journal_mode": "wal"}


def test_the_lease_clock_is_the_databases_own(ledger: Ledger) -> None:
    with ledger.reading() as tx:
        first = tx.value(select(ledger.dialect.lease_clock()))
        second = tx.value(select(ledger.dialect.lease_clock()))
    assert first <= second
    assert from_micros(first).year >= 2024


def test_micros_go_there_and_back() -> None:
    for instant in (NOON, datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)):
        assert from_micros(to_micros(instant)) == instant
