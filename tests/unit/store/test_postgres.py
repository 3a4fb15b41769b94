"""PostgreSQL's own: connections that are lost, servers that crash and come back, locks that pass each other by."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import DBAPIError

from tenshu.kit.clock import rest
from tenshu.store import postgres as engine
from tenshu.store.home import choose_postgres
from tenshu.store.ledger import Ledger
from tenshu.store.place import PostgresChoice
from tenshu.store.postgres import PostgresTooOld
from tenshu.testing.conformance_ledger import arrivals, everything, make_tables, rows, things, together
from tenshu.testing.postgres_server import PostgresServer

_BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture
def ledger(choice: PostgresChoice) -> Iterator[Ledger]:
    store = make_tables(Ledger(choice.ledger))
    yield store
    store.close()


@pytest.fixture
def crashing() -> Iterator[PostgresServer]:
    """A server that nobody else uses."""
    with PostgresServer(is_durable=False) as server:
        yield server


def end_session(postgres: PostgresServer, store: Ledger) -> int:
    """Let the server end the session that a store has at rest; return its number."""
    with store.reading() as tx:
        mine: int = tx.connection.execute(_BACKEND).scalar_one()
    postgres.run(f"SELECT pg_terminate_backend({mine})")
    return mine


def test_session_that_was_ended_while_it_rested_is_replaced_unseen(postgres: PostgresServer, ledger: Ledger) -> None:
    first = end_session(postgres, ledger)
    with ledger.writing() as tx:
        tx.insert(things, rows("a"))
        assert tx.connection.execute(_BACKEND).scalar() != first


def test_connection_lost_at_the_commit_is_an_error_and_the_next_transaction_works(
    postgres: PostgresServer, ledger: Ledger
) -> None:
    with pytest.raises(DBAPIError), ledger.writing() as tx:  # noqa: PT012 - it fails when the block ends
        tx.insert(things, rows("a"))
        postgres.run(f"SELECT pg_terminate_backend({tx.connection.execute(_BACKEND).scalar()})")
    assert everything(ledger).is_empty()
    with ledger.writing() as tx:
        tx.insert(things, rows("a"))
    assert len(everything(ledger)) == 1


def test_error_of_a_caller_is_not_hidden_by_a_connection_that_is_lost_too(
    postgres: PostgresServer, ledger: Ledger
) -> None:
    with pytest.raises(ZeroDivisionError), ledger.writing() as tx:  # noqa: PT012 - the block fails
        postgres.run(f"SELECT pg_terminate_backend({tx.connection.execute(_BACKEND).scalar()})")
        raise ZeroDivisionError


@pytest.mark.parametrize("how", ["immediate", "kill"])
def test_crash_of_the_server_under_load_loses_nothing_acknowledged(crashing: PostgresServer, how: str) -> None:
    ledger = make_tables(Ledger.at(crashing.url, "shop_ledger"))
    acknowledged: list[int] = []
    failed = threading.Event()
    is_back = threading.Event()

    def write(writer: int) -> None:
        number = writer * 100_000
        after = 0
        while after < 5:  # each goes on until it has seen the server again
            after += is_back.is_set()
            try:
                # The same number again after an error: it may have been kept before the connection was lost.
                with ledger.writing(shared=writer % 2 == 0) as tx:
                    tx.insert(things, rows("x", first=number), conflict="ignore")
            except DBAPIError:
                failed.set()
                rest(timedelta(milliseconds=20))
                continue
            acknowledged.append(number)
            number += 1

    def crash() -> None:
        while len(acknowledged) < 40:
            rest(timedelta(milliseconds=5))
        crashing.kill() if how == "kill" else crashing.stop("immediate")
        assert failed.wait(20)
        crashing.start()
        is_back.set()

    together(*[lambda writer=writer: write(writer) for writer in range(4)], crash)
    kept = everything(ledger)["thing"].to_list()
    assert set(acknowledged) == set(kept)
    assert len(kept) == len(set(kept)) > 40
    ledger.close()


def test_append_waits_for_no_writer_and_no_reader(ledger: Ledger) -> None:
    done = threading.Event()

    def append() -> None:
        with ledger.writing(shared=True) as tx:
            tx.insert(arrivals, pl.DataFrame({"order": ["a"]}))
        done.set()

    with ledger.writing() as writer, ledger.reading() as reader:
        writer.insert(things, rows("a"))
        reader.frame(select(things))
        thread = threading.Thread(target=append)
        thread.start()
        assert done.wait(20)
    thread.join()


def test_append_that_hangs_is_told_from_one_that_is_done(ledger: Ledger) -> None:
    patience = timedelta(milliseconds=40)
    assert ledger.outwait(patience)
    with ledger.writing(shared=True) as tx:
        tx.insert(arrivals, pl.DataFrame({"order": ["slow"]}))
        with ledger.writing(shared=True) as other:
            other.insert(arrivals, pl.DataFrame({"order": ["fast"]}))
        # "fast" is there and has the number 2; number 1 may come yet.
        with ledger.reading() as reader:
            assert reader.frame(select(arrivals)).rows() == [(2, "fast")]
        assert not ledger.outwait(patience)
    assert ledger.outwait(patience)


def test_writers_of_two_shops_in_one_database_do_not_wait_for_each_other(choice: PostgresChoice) -> None:
    one, two = (make_tables(Ledger(place)) for place in (choice.ledger, choice.inbox))
    with one.writing() as first, two.writing() as second:
        first.insert(things, rows("a"))
        second.insert(things, rows("b"))
    assert [everything(store)["name"].to_list() for store in (one, two)] == [["a"], ["b"]]
    one.close()
    two.close()


def test_server_that_is_too_old_is_refused_with_its_version(
    tmp_path: Path, choice: PostgresChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "OLDEST", 99)
    with pytest.raises(PostgresTooOld, match="99 or newer"):
        choose_postgres(tmp_path, choice.url)


def test_acknowledged_means_on_disk_even_where_the_server_says_otherwise(
    postgres: PostgresServer, choice: PostgresChoice
) -> None:
    relaxed = postgres.new_database()
    postgres.run(f"ALTER DATABASE {make_url(relaxed).database} SET synchronous_commit = off")
    store = Ledger.at(relaxed, choice.ledger.schema)
    with store.reading() as tx:
        assert tx.connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    store.close()


def test_password_may_come_from_the_environment(
    postgres: PostgresServer, choice: PostgresChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "sesame")
    store = Ledger.at(postgres.url, choice.ledger.schema)
    with store.engine.connect() as connection:
        assert connection.connection.dbapi_connection.info.password == "sesame"  # type: ignore[union-attr]
    store.close()
