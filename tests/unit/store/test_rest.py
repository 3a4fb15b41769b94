"""What the warehouse does between two pieces of work: it folds its log into the file and gives memory back."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import polars as pl
import pytest

from tenshu.store import warehouse as engine
from tenshu.store.home import open_stores
from tenshu.store.migrate import upgrade
from tenshu.store.settings import read_setting, write_setting
from tenshu.store.warehouse import Warehouse

ROWS = 60_000
SETTINGS = "SELECT current_setting('memory_limit') AS most, current_setting('threads') AS threads"
HELD = "SELECT sum(memory_usage_bytes)::BIGINT AS held FROM duckdb_memory()"
WHOLE = "SELECT count(*) AS n, count(DISTINCT node) AS nodes, sum(length(properties))::BIGINT AS length FROM facts"
KEPT = "SELECT count(*) AS nodes, count(DISTINCT node) AS different, max(customer) AS last FROM node_map"
_FOLDING = """
import sys
from pathlib import Path
import polars as pl
from tenshu.store import warehouse as engine
engine._LONG_LOG = 1
store = engine.Warehouse(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), 1_000_000):
    nodes = range(number * 500, number * 500 + 500)
    store.append("node_map", pl.DataFrame({"node": nodes, "customer": [number] * 500}))
    print(number, flush=True)
    store.rest()
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    store = Warehouse(tmp_path / "warehouse.duckdb")
    yield store
    store.close()


def facts(rows: int, text: str = "{}") -> pl.DataFrame:
    at = pl.datetime(2026, 1, 1, 12, time_zone="UTC")
    return pl.select(node=pl.int_range(rows)).with_columns(
        fact_id=pl.lit(b"0123456789abcdef"),
        batch=pl.lit(1),
        event=pl.lit("tested"),
        occurred_at=at,
        received_at=at,
        source=pl.lit("test"),
        properties=pl.format("{}{}", pl.lit(text), pl.col("node") % 10),
    )


def log(store: Warehouse) -> int:
    assert store.path is not None
    path = store.path.with_name(f"{store.path.name}.wal")
    return path.stat().st_size if path.exists() else 0


def test_a_long_log_is_folded_into_the_file(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse.append("facts", facts(ROWS))
    found, settings = warehouse.frame(WHOLE), warehouse.frame(SETTINGS)
    monkeypatch.setattr(engine, "_LONG_LOG", log(warehouse))
    warehouse.rest()
    assert log(warehouse) == 0
    assert warehouse.frame(WHOLE).equals(found)
    assert warehouse.frame(SETTINGS).equals(settings)


def test_a_short_log_stays_and_its_rows_leave_memory(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse.append("facts", facts(ROWS))
    found, settings, before = warehouse.frame(WHOLE), warehouse.frame(SETTINGS), log(warehouse)
    held = warehouse.frame(HELD).item()
    monkeypatch.setattr(engine, "_AT_REST", 1_000_000)
    warehouse.rest()
    assert warehouse.frame(HELD).item() < held / 2
    assert log(warehouse) == before > 0
    assert warehouse.frame(WHOLE).equals(found)
    assert warehouse.frame(SETTINGS).equals(settings)


@pytest.mark.parametrize("kind", ["transaction", "one_state", "answer"])
def test_while_somebody_asks_nothing_is_folded_and_nobody_meets_little_room(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    warehouse.append("facts", facts(100))
    monkeypatch.setattr(engine, "_LONG_LOG", 1)
    asking: AbstractContextManager[object]
    asking = warehouse.answer("SELECT 1") if kind == "answer" else getattr(warehouse, kind)()
    works = [warehouse.rest, warehouse.drop_pages, warehouse.leave]
    with asking:
        before = log(warehouse)
        other = threading.Thread(target=lambda: [work() for work in works])
        other.start()
        other.join(20)
        assert not other.is_alive()
        assert log(warehouse) == before > 0
    warehouse.rest()
    assert log(warehouse) == 0


def test_texts_that_are_longer_than_the_room_for_folding_are_given_more(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.append("facts", facts(700, "x" * 40_000))
    assert log(warehouse) > engine._TO_FOLD_IN
    monkeypatch.setattr(engine, "_LONG_LOG", 1)
    warehouse.rest()
    assert log(warehouse) == 0
    assert warehouse.frame(WHOLE).row(0) == (700, 700, 700 * 40_001)


def test_a_warehouse_in_memory_has_nothing_to_fold() -> None:
    store = Warehouse()
    store.append("facts", facts(10))
    store.rest()
    assert store.frame(WHOLE).row(0) == (10, 10, 30)


@pytest.mark.parametrize("after", [3, 5, 8])
def test_a_kill_while_logs_are_folded_loses_nothing_and_doubles_nothing(tmp_path: Path, after: int) -> None:
    path, told = tmp_path / "warehouse.duckdb", -1
    for _life in range(2):
        command = [sys.executable, "-c", _FOLDING, str(path), str(told + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(after):
                told = int(child.stdout.readline())
            os.kill(child.pid, signal.SIGKILL)  # it is folding, or has just begun the next
            told = max([told, *map(int, child.stdout.read().split())])
        store = Warehouse(path)
        nodes, different, last = store.frame(KEPT).row(0)
        store.close()
        assert nodes == different == 500 * (last + 1)
        assert last - told in {0, 1}  # what was committed and not yet told may be there
        told = last


def test_the_stores_rest_together_and_keep_what_they_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores = open_stores(tmp_path)
    upgrade(stores.ledger, "ledger")
    upgrade(stores.inbox, "inbox")
    with stores.ledger.writing() as tx:
        write_setting(tx, "shop", "here")
    stores.warehouse.append("facts", facts(10))
    monkeypatch.setattr(engine, "_LONG_LOG", 1)
    stores.rest()
    assert log(stores.warehouse) == 0
    assert read_setting(stores.ledger, "shop") == "here"
    assert stores.warehouse.frame(WHOLE).row(0) == (10, 10, 30)
    stores.close()
