"""One leader: the lease passes on when its holder is not heard of, and at once when he lets go."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tenshu.bootstrap import open_shop
from tenshu.serve.leading import LEASE, Leadership, holder_name, wait_for_warehouse
from tenshu.store.lease import holder_of, leases
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse

SHORT = timedelta(milliseconds=200)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    shop = open_shop(tmp_path / "home", create=True, access="ask")
    yield shop.ledger
    shop.close()


def never() -> None:
    raise AssertionError


def test_the_first_leads_and_lets_go_at_the_end(ledger: Ledger) -> None:
    one = Leadership(ledger, "one")
    assert one.wait(threading.Event())
    with one.held(never):
        assert holder_of(ledger, LEASE) == "one"
    assert holder_of(ledger, LEASE) is None


def test_a_standby_waits_while_the_leader_is_heard_of(ledger: Ledger) -> None:
    one, two, stop = Leadership(ledger, "one", for_=SHORT), Leadership(ledger, "two"), threading.Event()
    led: list[bool] = []
    assert one.wait(stop)
    with one.held(never):
        standing_by = threading.Thread(target=lambda: led.append(two.wait(stop)))
        standing_by.start()
        standing_by.join(3 * SHORT.total_seconds())
        assert standing_by.is_alive()
        assert holder_of(ledger, LEASE) == "one"
    standing_by.join(30)
    assert led == [True]
    assert holder_of(ledger, LEASE) == "two"


def test_a_standby_takes_over_from_one_that_is_not_heard_of(ledger: Ledger) -> None:
    silent, standby = Leadership(ledger, "silent", for_=SHORT), Leadership(ledger, "standby")
    assert silent.wait(threading.Event())
    assert standby.wait(threading.Event())
    assert holder_of(ledger, LEASE) == "standby"
    assert silent.lease is not None
    assert standby.lease is not None
    assert standby.lease.token > silent.lease.token


def test_the_same_home_goes_on_at_once(ledger: Ledger) -> None:
    assert Leadership(ledger, "home").wait(threading.Event())
    assert Leadership(ledger, "home").wait(threading.Event())


def test_whoever_lost_the_lease_is_told(ledger: Ledger) -> None:
    one, lost = Leadership(ledger, "one", for_=SHORT), threading.Event()
    assert one.wait(threading.Event())
    with one.held(lost.set):
        with ledger.writing() as tx:
            tx.execute(update(leases).values(holder="another", token=99))
        assert lost.wait(30)
    assert holder_of(ledger, LEASE) in {"another", None}  # it did not let go of what is another's


def test_waiting_ends_when_told_to_stop(ledger: Ledger, tmp_path: Path) -> None:
    assert Leadership(ledger, "one").wait(threading.Event())
    stop = threading.Event()
    stop.set()
    assert not Leadership(ledger, "two").wait(stop)
    assert wait_for_warehouse(tmp_path / "w.duckdb", stop) is None


def test_the_warehouse_is_had_when_its_owner_is_gone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "w.duckdb"
    source = f"import duckdb; c = duckdb.connect({str(path)!r}); print(1, flush=True); input()"
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        threading.Timer(0.4, owner.kill).start()
        caplog.set_level("INFO")
        found = wait_for_warehouse(path, threading.Event())
    assert isinstance(found, Warehouse)
    assert f"PID {owner.pid}" in caplog.text
    found.close()


def test_holders_differ_by_machine_and_home(tmp_path: Path) -> None:
    assert holder_name(tmp_path / "a") != holder_name(tmp_path / "b")
    assert holder_name(tmp_path / "a" / ".." / "a") == holder_name(tmp_path / "a")
