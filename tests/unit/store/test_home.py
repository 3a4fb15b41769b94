"""A home opens with all of its stores, closes, and opens again with what was in them."""

from pathlib import Path

import polars as pl
import pytest

from tenshu.store.home import open_stores
from tenshu.store.migrate import upgrade
from tenshu.store.settings import read_setting, write_setting
from tenshu.store.warehouse import WarehouseBusy


def test_home_that_is_not_there_is_made_with_three_files(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "天守"
    stores = open_stores(home)
    upgrade(stores.ledger, "ledger")
    upgrade(stores.inbox, "inbox")
    stores.close()
    files = {path.name for path in home.iterdir()}
    assert {"ledger.sqlite", "inbox.sqlite", "warehouse.duckdb"} <= files


def test_closed_home_opens_again_with_what_was_in_it(tmp_path: Path) -> None:
    stores = open_stores(tmp_path)
    upgrade(stores.ledger, "ledger")
    with stores.ledger.writing() as tx:
        write_setting(tx, "shop", {"name": "花屋"})
    stores.warehouse.append("node_map", pl.DataFrame({"node": [2], "customer": [1]}))
    stores.close()
    again = open_stores(tmp_path)
    assert read_setting(again.ledger, "shop") == {"name": "花屋"}
    assert again.warehouse.frame("SELECT node, customer FROM node_map").rows() == [(2, 1)]
    again.close()


def test_closed_stores_leave_nothing_in_logs_beside_them(tmp_path: Path) -> None:
    stores = open_stores(tmp_path)
    upgrade(stores.ledger, "ledger")
    with stores.ledger.writing() as tx:
        write_setting(tx, "shop", 1)
    stores.warehouse.checkpoint()
    stores.close()
    # A home can be copied file by file once it is closed: nothing lies in a log that the copy would miss.
    left = {path.name for path in tmp_path.iterdir() if path.stat().st_size}
    assert left == {"ledger.sqlite", "warehouse.duckdb"}


def test_home_moved_elsewhere_is_the_same_home(tmp_path: Path) -> None:
    stores = open_stores(tmp_path / "old")
    upgrade(stores.ledger, "ledger")
    with stores.ledger.writing() as tx:
        write_setting(tx, "shop", "here")
    stores.close()
    (tmp_path / "old").rename(tmp_path / "new")
    again = open_stores(tmp_path / "new")
    assert read_setting(again.ledger, "shop") == "here"
    again.close()


def test_warehouse_that_cannot_be_opened_for_another_reason_is_no_matter_of_locks(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").write_bytes(b"no database at all" * 1000)
    with pytest.raises(Exception, match=r"warehouse\.duckdb") as refused:
        open_stores(tmp_path)
    assert not isinstance(refused.value, WarehouseBusy)
