"""Homes of earlier versions open with today's code, are kept as they were, and one of the future is left alone."""

from importlib import resources
from pathlib import Path

import duckdb
import polars as pl
import pytest
from alembic.operations import Operations
from sqlalchemy import select, text

from tenshu import flow
from tenshu.bootstrap import open_shop
from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.content.shop import read_shop
from tenshu.identify.tables import identifiers
from tenshu.kit.clock import SetClock
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.store import migrate
from tenshu.store.home import open_inbox, open_ledger
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import HomeNewer, newest, pending, revision_of
from tenshu.store.upgrading import PREFIX, keep_before_upgrade
from tenshu.store.warehouse import NEWEST, Warehouse, WarehouseNewer
from tenshu.testing.small_shop import MONDAY, order


def old_home(home: Path, revision: str) -> Path:
    """Make a home as an earlier version left it: one customer, one order, one setting, one request that waits."""
    home.mkdir()
    ledger, inbox = open_ledger(home), open_inbox(home)
    for store, name, until in ((ledger, "ledger", revision), (inbox, "inbox", "0001")):
        migrate._run(store, migrate._scripts("ledger" if name == "ledger" else "inbox"), until)
    with ledger.writing() as tx:
        tx.connection.execute(text("INSERT INTO identifiers VALUES (1, 'customer_no', 'S-1', 1)"))
        tx.connection.execute(text("INSERT INTO node_map (node, customer, is_shared) VALUES (1, 1, false)"))
        tx.connection.execute(text("INSERT INTO batches VALUES (1, 1, 1, 'digested', 0)"))
        tx.connection.execute(text("INSERT INTO settings VALUES ('shop', '{\"name\": \"花屋\"}')"))
    accept(inbox, facts_frame([order("S-1", "new", MONDAY)]), source="web", received_at=MONDAY)
    with inbox.writing() as tx:
        tx.connection.execute(text("UPDATE requests SET seq = 2"))
    ledger.close()
    inbox.close()
    _old_warehouse(home / "warehouse.duckdb", until=3)
    return home


def _old_warehouse(path: Path, *, until: int) -> None:
    folder = resources.files("tenshu.store") / "warehouse_schema"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE schema_version (version INTEGER)")
        for script in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))[:until]:
            connection.execute((folder / script).read_text("utf-8"))
            connection.execute("INSERT INTO schema_version VALUES (?)", [int(script[:4])])
        connection.execute("INSERT INTO node_map VALUES (1, 1)")
        connection.execute(
            """
            INSERT INTO facts
            VALUES ('\\x01'::BLOB, 1, 1, 'product_purchased', '2026-05-01', '2026-05-01', 'shop', NULL);
            INSERT INTO order_lines VALUES ('\\x01'::BLOB, 1, 1, 'product_purchased', 'shop', 'old', 'P', 'P', 1, 1000,
                1000, true, '2026-05-01')
            """
        )


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_home_of_an_earlier_version_goes_on_with_what_it_knows(revision: str, tmp_path: Path) -> None:
    home = old_home(tmp_path / "home", revision)
    shop = open_shop(home, clock=SetClock(MONDAY))
    flow.digest_all(shop, now=MONDAY)
    orders = shop.warehouse.frame("SELECT customer, order_no FROM orders ORDER BY order_no").rows()
    assert orders == [(1, "new"), (1, "old")]
    assert read_shop(shop.ledger).name == "花屋"
    assert revision_of(shop.ledger) == newest("ledger")
    assert shop.warehouse.frame("SELECT max(version) AS v FROM schema_version").item() == NEWEST
    shop.close()
    kept = home / "backups" / f"{PREFIX}{newest('ledger')}"
    before = Ledger(kept / "ledger.sqlite")
    assert revision_of(before) == revision
    with before.reading() as tx:
        assert tx.frame(select(identifiers.c.value))["value"].to_list() == ["S-1"]
    before.close()
    assert (kept / "inbox.sqlite").exists()
    assert (kept / "warehouse.duckdb").exists()


def test_home_that_is_up_to_date_or_new_is_not_copied(tmp_path: Path) -> None:
    for _time in range(2):
        open_shop(tmp_path / "home", create=True, clock=SetClock(MONDAY)).close()
    assert not (tmp_path / "home" / "backups").exists()
    assert keep_before_upgrade(tmp_path / "nothing") is None


def test_upgrade_that_fails_leaves_the_old_home_usable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = old_home(tmp_path / "home", "0001")
    with monkeypatch.context() as broken:
        broken.setattr(Operations, "add_column", _break)
        with pytest.raises(InterruptedError):
            open_shop(home, clock=SetClock(MONDAY))
    ledger = open_ledger(home)
    assert revision_of(ledger) == "0001"
    assert pending(ledger, "ledger")
    ledger.close()
    open_shop(home, clock=SetClock(MONDAY)).close()


def _break(*_given: object, **_named: object) -> None:
    raise InterruptedError


def test_a_kill_before_the_copy_is_whole_leaves_no_copy_that_looks_whole(tmp_path: Path) -> None:
    home = old_home(tmp_path / "home", "0002")
    with failing("upgrade.kept:raise"), pytest.raises(ReachedFailPoint):
        open_shop(home, clock=SetClock(MONDAY))
    assert not (home / "backups" / f"{PREFIX}{newest('ledger')}").exists()
    open_shop(home, clock=SetClock(MONDAY)).close()
    assert (home / "backups" / f"{PREFIX}{newest('ledger')}").exists()


def test_first_copy_stays_when_an_upgrade_is_tried_again(tmp_path: Path) -> None:
    home = old_home(tmp_path / "home", "0002")
    kept = keep_before_upgrade(home)
    assert kept is not None
    (kept / "mark").touch()
    assert keep_before_upgrade(home) == kept
    assert (kept / "mark").exists()


@pytest.mark.parametrize("file", ["ledger", "inbox"])
def test_home_of_a_newer_version_is_refused_and_not_touched(file: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    open_shop(home, create=True, clock=SetClock(MONDAY)).close()
    store = Ledger(home / f"{file}.sqlite")
    with store.writing() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    store.close()
    with pytest.raises(HomeNewer, match="newer version of tenshu"):
        open_shop(home, clock=SetClock(MONDAY))
    store = Ledger(home / f"{file}.sqlite")
    assert revision_of(store) == "0999"
    store.close()


def test_warehouse_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.append("schema_version", pl.DataFrame({"version": [NEWEST + 1]}))
    warehouse.close()
    with pytest.raises(WarehouseNewer, match="newer version of tenshu"):
        Warehouse(tmp_path / "warehouse.duckdb")


def test_newest_schema_of_the_warehouse_is_the_last_script() -> None:
    scripts = sorted((resources.files("tenshu.store") / "warehouse_schema").iterdir(), key=lambda one: one.name)
    assert int([one.name for one in scripts if one.name.endswith(".sql")][-1][:4]) == NEWEST
