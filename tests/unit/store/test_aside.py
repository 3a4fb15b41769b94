"""The second connection of the warehouse's engine, and what the engine may keep in memory."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tenshu.store.remote import OnlyOwnerWrites, RemoteWarehouse
from tenshu.store.warehouse import Warehouse

LIMIT = "SELECT current_setting('memory_limit') AS most"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    store = Warehouse(tmp_path / "warehouse.duckdb", threads=1)
    yield store
    store.close()


def test_it_answers_about_a_lent_frame(warehouse: Warehouse) -> None:
    told = pl.DataFrame({"node": [3, 1, 2], "name": ["c", "a", None]})
    found = warehouse.aside().frame("SELECT node, name FROM told WHERE node > ?", [1], told=told)
    assert found.rows() == [(3, "c"), (2, None)]


def test_it_answers_in_the_middle_of_the_warehouses_transaction_and_sees_nothing_of_it(warehouse: Warehouse) -> None:
    beside = warehouse.aside()
    with warehouse.transaction():
        warehouse.execute("INSERT INTO node_map VALUES (1, 1)")
        assert beside.frame("SELECT count(*) AS n FROM node_map").item() == 0
        assert beside.frame("SELECT sum(node) AS n FROM told", told=pl.DataFrame({"node": [4, 5]})).item() == 9
        assert warehouse.frame("SELECT count(*) AS n FROM node_map").item() == 1
    assert beside.frame("SELECT count(*) AS n FROM node_map").item() == 1


@pytest.mark.parametrize(
    "sql",
    ["INSERT INTO node_map VALUES (1, 1)", "DELETE FROM node_map", "CREATE TABLE own (n INTEGER)", "DROP TABLE facts"],
)
def test_it_changes_nothing(warehouse: Warehouse, sql: str) -> None:
    warehouse.execute("INSERT INTO node_map VALUES (7, 7)")
    beside = warehouse.aside()
    with pytest.raises(duckdb.TransactionException, match="read-only"):
        beside.frame(sql)
    assert warehouse.frame("SELECT node FROM node_map")["node"].to_list() == [7]
    assert beside.frame("SELECT 1 AS n").item() == 1  # and goes on


def test_a_frame_is_lent_for_one_question(warehouse: Warehouse) -> None:
    beside = warehouse.aside()
    for node in (1, 2):  # the same name may stand for another frame at once
        assert beside.frame("SELECT node FROM told", told=pl.DataFrame({"node": [node]})).item() == node
    with pytest.raises(duckdb.Error):
        beside.frame("SELECT node FROM told")
    with pytest.raises(duckdb.Error):
        warehouse.frame("SELECT node FROM told")


def test_whoever_only_asks_has_no_engine_to_share(tmp_path: Path) -> None:
    remote = RemoteWarehouse(tmp_path / "owner.sock")
    for wanted in (remote.aside, remote.drop_pages, remote.rest, lambda: remote.limit(1)):
        with pytest.raises(OnlyOwnerWrites):
            wanted()
    with pytest.raises(OnlyOwnerWrites), remote.roomy(1):
        pass


def test_room_is_given_for_a_while_and_never_taken(warehouse: Warehouse) -> None:
    warehouse.limit(64_000_000)
    before = warehouse.frame(LIMIT).item()
    with warehouse.roomy(160_000_000):
        assert warehouse.frame(LIMIT).item() == "152.5 MiB"
    assert warehouse.frame(LIMIT).item() == before == "61.0 MiB"
    with warehouse.roomy(1_000_000):
        assert warehouse.frame(LIMIT).item() == before


def test_pages_that_were_dropped_are_read_again(warehouse: Warehouse) -> None:
    warehouse.execute("INSERT INTO node_map SELECT i, i FROM range(200000) AS nodes(i)")
    warehouse.checkpoint()
    asked, before = (
        "SELECT count(DISTINCT customer) AS n, sum(node)::BIGINT AS all FROM node_map",
        warehouse.frame(LIMIT),
    )
    found = warehouse.frame(asked)
    warehouse.drop_pages()
    assert warehouse.frame(asked).equals(found)
    assert warehouse.frame(LIMIT).equals(before)


def test_lending_a_frame_loads_none_of_arrows_datasets() -> None:
    source = "import sys, polars; from tenshu.store.warehouse import Warehouse; store = Warehouse()\n"
    source += "store.frame('SELECT n FROM told WHERE n > 1', told=polars.DataFrame({'n': [1, 2]}))\n"
    source += "loaded = {'pyarrow._dataset', 'pyarrow._compute', 'pyarrow._fs', 'pyarrow.parquet'} & set(sys.modules)\n"
    source += "sys.exit(', '.join(loaded))"
    told = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert told.stderr.strip() == ""
