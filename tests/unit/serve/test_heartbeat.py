"""The list of processes: who works for a shop, since when, and who has not been heard of."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tenshu.bootstrap import open_shop
from tenshu.serve.heartbeat import DEAD_AFTER, beat, forget, read_processes
from tenshu.serve.life import Life
from tenshu.serve.tables import processes
from tenshu.store.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    shop = open_shop(tmp_path / "home", create=True, access="ask")
    yield shop.ledger
    shop.close()


def test_whoever_beats_is_on_the_list_and_alive(ledger: Ledger) -> None:
    beat(ledger, "web-1", said="http://127.0.0.1:8000")
    (one,) = read_processes(ledger)
    assert (one.name, one.pid, one.said, one.is_alive) == ("web-1", os.getpid(), "http://127.0.0.1:8000", True)


def test_beating_again_keeps_since_when(ledger: Ledger) -> None:
    beat(ledger, "owner")
    (first,) = read_processes(ledger)
    beat(ledger, "owner", said="busy")
    (again,) = read_processes(ledger)
    assert again.started_at == first.started_at
    assert again.seen_at >= first.seen_at
    assert again.said == "busy"


def test_a_successor_takes_the_place_of_a_killed_one(ledger: Ledger) -> None:
    beat(ledger, "owner")
    with ledger.writing() as tx:
        tx.execute(update(processes).values(pid=1))
    (dead,) = read_processes(ledger)
    beat(ledger, "owner")
    (alive,) = read_processes(ledger)
    assert alive.pid == os.getpid()
    assert alive.started_at >= dead.started_at


def test_who_has_not_been_heard_of_is_not_alive(ledger: Ledger) -> None:
    beat(ledger, "owner")
    late = (DEAD_AFTER + timedelta(seconds=1)) // timedelta(microseconds=1)
    with ledger.writing() as tx:
        tx.execute(update(processes).values(seen_at=processes.c.seen_at - late))
    (one,) = read_processes(ledger)
    assert not one.is_alive


def test_only_ones_own_place_is_given_up(ledger: Ledger) -> None:
    beat(ledger, "owner")
    beat(ledger, "web")
    forget(ledger, "web")
    assert [one.name for one in read_processes(ledger)] == ["owner"]
    with ledger.writing() as tx:
        tx.execute(update(processes).values(pid=1))
    forget(ledger, "owner")  # another process has the name by now
    assert [one.name for one in read_processes(ledger)] == ["owner"]


def test_a_life_is_on_the_list_for_as_long_as_it_lasts(ledger: Ledger) -> None:
    life = Life("dispatcher")
    with life.beating(ledger):
        assert [one.name for one in read_processes(ledger)] == ["dispatcher"]
    assert read_processes(ledger) == []


def test_a_ledger_that_refuses_ends_nothing(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    with ledger.writing() as tx:
        tx.connection.exec_driver_sql("DROP TABLE processes")
    with Life("web").beating(ledger):
        pass
    assert "could not be written" in caplog.text


def test_an_end_wakes_whoever_waits() -> None:
    life, woken = Life("owner"), list[int]()
    life.on_stop(lambda: woken.append(1))
    life.end()
    assert life.stop.is_set()
    assert woken == [1]
    life.ready()  # without a supervisor nobody is told, and that is fine
