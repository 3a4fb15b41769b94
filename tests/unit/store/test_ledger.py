"""What is SQLite's own, and what a caller may rely on before any engine is asked."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import func, select

from tenshu.kit.errors import MissingExtra
from tenshu.store.ledger import Ledger
from tenshu.store.postgres import PostgresPlace
from tenshu.store.tables import from_micros, to_micros
from tenshu.testing.conformance_ledger import arrivals, everything, make_tables, rows, things

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return make_tables(Ledger(tmp_path / "deep" / "ledger.sqlite"))


def test_among_takes_more_values_than_an_engine_has_parameters(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(things, rows("a", "b", "c"))
        wanted = pl.Series(range(2, 300_000))
        assert tx.value(select(func.count()).where(tx.among(things.c.thing, wanted))) == 2
        assert tx.value(select(func.count()).where(tx.among(things.c.name, ["a", "'; DROP TABLE things; --"]))) == 1


def test_bytes_are_found_byte_by_byte(ledger: Ledger) -> None:
    seals = [b"", b"\x00", b"\x00\x01", b"\xff" * 32, "天守".encode()]
    with ledger.writing() as tx:
        tx.insert(things, pl.DataFrame({"thing": range(len(seals)), "seal": seals}))
        for number, seal in enumerate(seals):
            found = tx.frame(select(things.c.thing).where(tx.among(things.c.seal, [seal, b"nobody's"])))
            assert found["thing"].to_list() == [number]


def test_the_file_survives_power_cuts_at_full(ledger: Ledger) -> None:
    with ledger.reading() as tx:
        pragmas = {
            name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")
        }
    assert pragmas == {"synchronous": 2, "journal_mode": "wal"}


def test_what_was_committed_comes_into_the_file_beside_who_reads_and_writes(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.writing() as tx:
        tx.insert(things, rows("a", "b"))
    with ledger.reading() as reader, ledger.writing() as tx:
        before = reader.frame(select(things))
        tx.insert(things, rows("a", "b", "c").tail(1))
        ledger.fold_log()
        alone = Ledger(Path(copyfile(ledger.place, tmp_path / "alone.sqlite")))  # type: ignore[arg-type]
        with alone.reading() as file:
            assert_frame_equal(file.frame(select(things)), before)
        alone.close()
        assert len(before) == 2
        assert len(tx.frame(select(things))) == 3


def test_whoever_works_alone_stays_on_the_connection_that_knows_the_pages(ledger: Ledger) -> None:
    with ledger.reading() as one, ledger.reading() as other:
        both = {one.connection.connection.dbapi_connection, other.connection.connection.dbapi_connection}
    used = []
    for _time in range(3):
        with ledger.reading() as tx:
            used.append(tx.connection.connection.dbapi_connection)
    assert len(both) == 2
    assert len(set(used)) == 1


def test_a_ledger_says_what_it_is_and_where(tmp_path: Path) -> None:
    file, server = Ledger(tmp_path / "a.sqlite"), Ledger.at("postgresql://nobody@127.0.0.1:1/none", "shop_ledger")
    assert (file.kind, file.place) == ("sqlite", tmp_path / "a.sqlite")
    # Nothing is connected yet: the server does not exist.
    assert (server.kind, server.place) == (
        "postgresql",
        PostgresPlace("postgresql://nobody@127.0.0.1:1/none", "shop_ledger"),
    )
    file.close()
    server.close()


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra) as missing:
        Ledger.at("postgresql://nobody@127.0.0.1:1/none", "shop_ledger")
    assert 'pip install "tenshu[postgres]"' in missing.value.text("en")
    assert "tenshu[postgres]" in missing.value.text("ja")


def test_words_of_sql_may_name_a_column(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.insert(arrivals, pl.DataFrame({"seq": [1], "order": ["first"]}))
        tx.insert(arrivals, pl.DataFrame({"seq": [1], "order": ["second"]}), conflict="replace")
        tx.update(arrivals, pl.DataFrame({"seq": [1], "order": ["third"]}), keys=["seq"])
        assert tx.frame(select(arrivals)).rows() == [(1, "third")]
    assert everything(ledger).is_empty()


def test_micros_go_there_and_back() -> None:
    for instant in (NOON, datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)):
        assert from_micros(to_micros(instant)) == instant
