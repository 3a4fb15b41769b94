"""The warehouse: whole results as frames, times in UTC, transactions, schema by number."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tenshu.store.ledger import INSTANT
from tenshu.store.warehouse import OnlyReading, Warehouse, WarehouseBusy

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def fact(number: int, at: datetime = NOON) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "fact_id": [number.to_bytes(16, "big")],
            "batch": [1],
            "node": [number],
            "event": ["tested"],
            "occurred_at": [at],
            "received_at": [at],
            "source": ["test"],
            "properties": ["{}"],
        }
    )


def test_instants_go_in_and_out_in_utc() -> None:
    warehouse = Warehouse()
    tokyo = datetime(2026, 1, 1, 21, tzinfo=timezone(timedelta(hours=9)))
    warehouse.append("facts", fact(1, tokyo))
    back = warehouse.frame("SELECT occurred_at FROM facts")
    assert back.schema["occurred_at"] == INSTANT
    assert back["occurred_at"][0] == NOON


def test_columns_are_appended_by_name() -> None:
    warehouse = Warehouse()
    warehouse.append(
        "facts", fact(7).select("source", "event", "node", "batch", "fact_id", "received_at", "occurred_at")
    )
    assert warehouse.frame("SELECT node, properties FROM facts").rows() == [(7, None)]


@pytest.mark.parametrize("rows", [1, 10_000, 60_000])
def test_rows_are_appended_in_their_order_few_or_many(rows: int) -> None:
    warehouse, numbers = Warehouse(), [(number * 7_919) % rows for number in range(rows)]
    warehouse.execute("CREATE TABLE kept (n BIGINT NOT NULL, said VARCHAR)")
    for _ in range(2):
        with warehouse.transaction():
            warehouse.append("kept", pl.DataFrame({"said": [str(number) for number in numbers], "n": numbers}))
    kept = warehouse.frame("SELECT n, said FROM kept ORDER BY rowid")
    assert kept["n"].to_list() == numbers * 2
    assert kept["said"].to_list() == [str(number) for number in numbers] * 2


def test_a_frame_can_be_asked_like_a_table_and_is_gone_afterwards() -> None:
    warehouse = Warehouse()
    lent = pl.DataFrame({"n": [1, 2, 3]})
    assert warehouse.frame("SELECT sum(n)::BIGINT AS total FROM lent", lent=lent)["total"].to_list() == [6]
    with pytest.raises(duckdb.CatalogException):
        warehouse.frame("SELECT * FROM lent")


def test_a_failed_transaction_leaves_no_trace() -> None:
    warehouse = Warehouse()
    with pytest.raises(RuntimeError, match="stop"), warehouse.transaction():  # noqa: PT012 - the block is what fails
        warehouse.append("facts", fact(1))
        message = "stop"
        raise RuntimeError(message)
    assert warehouse.frame("SELECT * FROM facts").is_empty()


def test_what_was_committed_is_there_after_reopening(tmp_path: Path) -> None:
    first = Warehouse(tmp_path / "w.duckdb")
    with first.transaction():
        first.append("facts", fact(1))
    first.checkpoint()
    first.close()
    again = Warehouse(tmp_path / "w.duckdb")
    assert len(again.frame("SELECT * FROM facts")) == 1
    versions = again.frame("SELECT version FROM schema_version ORDER BY version")["version"].to_list()
    assert versions == sorted(set(versions))
    again.close()


def test_a_warehouse_that_another_process_has_open_is_a_clear_error(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(tmp_path / 'w.duckdb')!r}); print(1, flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    owner.stdout.readline()
    with pytest.raises(WarehouseBusy, match=f"PID {owner.pid}"):
        Warehouse(tmp_path / "w.duckdb")
    owner.communicate(b"\n")
    Warehouse(tmp_path / "w.duckdb").close()


def test_parameters_are_data() -> None:
    warehouse = Warehouse()
    assert warehouse.frame("SELECT ? AS said", ["'; DROP TABLE facts; --"])["said"][0] == "'; DROP TABLE facts; --"
    assert warehouse.frame("SELECT $a + $b AS total", {"a": 1, "b": 2})["total"][0] == 3


def order_line(
    customer_no: int, order_no: str, at: datetime, amount: int, event: str = "product_purchased"
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "fact_id": [bytes(16)],
            "batch": [1],
            "node": [customer_no],
            "event": [event],
            "source": ["file"],
            "order_no": [order_no],
            "product_id": ["P"],
            "quantity": [1.0],
            "unit_price": [amount / 100],
            "amount": [amount],
            "is_goods": [True],
            "occurred_at": [at],
        }
    )


def test_an_order_is_at_its_earliest_line_and_sums_rounded_lines() -> None:
    warehouse = Warehouse()
    warehouse.execute("INSERT INTO node_map VALUES (1, 1)")
    for line in (
        order_line(1, "A", NOON + timedelta(minutes=1), 100),
        order_line(1, "A", NOON, 50),
        order_line(1, "A", NOON - timedelta(days=1), 999, "product_returned"),
        order_line(2, "B", NOON, 7),  # nobody's: its node has no customer
    ):
        warehouse.append("order_lines", line)
    orders = warehouse.frame("SELECT customer, order_no, occurred_at, amount, lines FROM orders")
    assert orders.rows() == [(1, "A", NOON, 150, 2)]


def test_two_nodes_of_one_customer_are_one_customers_orders() -> None:
    warehouse = Warehouse()
    warehouse.execute("INSERT INTO node_map VALUES (1, 1), (2, 1)")
    warehouse.append("order_lines", order_line(1, "A", NOON, 1))
    warehouse.append("order_lines", order_line(2, "B", NOON, 2))
    assert warehouse.frame("SELECT customer, sum(amount)::BIGINT AS total FROM orders GROUP BY customer").rows() == [
        (1, 3)
    ]


def test_a_thread_sees_one_state_while_another_writes() -> None:
    warehouse = Warehouse()
    seen: list[int] = []

    def look() -> None:
        seen.append(warehouse.frame("SELECT count(*) AS rows FROM facts").item())
        warehouse.leave()

    with warehouse.transaction():
        warehouse.append("facts", fact(1))
        looking = threading.Thread(target=look)
        looking.start()
        looking.join()
        assert warehouse.frame("SELECT count(*) AS rows FROM facts").item() == 1
    look()
    assert seen == [0, 1]


def test_what_is_read_of_one_state_stays_as_it_was_and_cannot_be_written() -> None:
    store = Warehouse(threads=1)
    store.execute("CREATE TABLE seen (x INTEGER)")

    def write() -> None:
        store.execute("INSERT INTO seen VALUES (1)")
        store.leave()

    with store.one_state():
        assert store.frame("SELECT count(*) FROM seen").item() == 0
        other = threading.Thread(target=write)
        other.start()
        other.join(20)
        lent = pl.DataFrame({"x": [1]})
        assert store.frame("SELECT count(*) FROM seen JOIN lent USING (x)", lent=lent).item() == 0
        with pytest.raises(duckdb.Error):
            store.execute("INSERT INTO seen VALUES (2)")
    assert store.frame("SELECT x FROM seen")["x"].to_list() == [1]
    store.close()


def test_a_name_can_be_lent_again_in_the_same_transaction() -> None:
    warehouse = Warehouse()
    with warehouse.transaction():
        warehouse.append("facts", fact(1))
        warehouse.append("facts", fact(2))
    assert len(warehouse.frame("SELECT * FROM facts")) == 2
    with pytest.raises(duckdb.CatalogException):
        warehouse.frame("SELECT * FROM incoming")


def test_a_name_is_free_again_after_a_failed_query() -> None:
    warehouse = Warehouse()
    wide = pl.DataFrame({"n": [1], "s": ["a"]})
    with pytest.raises(duckdb.Error), warehouse.transaction():
        warehouse.frame("SELECT nothing FROM lent", lent=wide)
    assert warehouse.frame("SELECT * FROM lent", lent=wide.select("n")).rows() == [(1,)]


def test_closing_lets_go_of_the_file_whoever_has_asked(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    asked, over = threading.Event(), threading.Event()

    def ask_and_stay() -> None:
        warehouse.frame("SELECT 1 AS n")
        asked.set()
        over.wait(30)

    staying = threading.Thread(target=ask_and_stay)
    staying.start()
    asked.wait(30)
    warehouse.close()
    told = subprocess.run(
        [sys.executable, "-c", f"import duckdb; duckdb.connect({str(tmp_path / 'w.duckdb')!r})"], check=False
    )
    over.set()
    staying.join()
    assert told.returncode == 0


def test_a_locked_in_warehouse_reaches_only_its_folders(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    (tmp_path / "jobs").mkdir()
    warehouse.lock_in([tmp_path / "jobs"])
    warehouse.lock_in([tmp_path])  # the first word counts
    warehouse.execute(f"COPY (SELECT 1 AS n) TO '{tmp_path / 'jobs' / 'a.parquet'}'")
    assert warehouse.frame(f"SELECT * FROM read_parquet('{tmp_path / 'jobs' / 'a.parquet'}')").item() == 1
    for path in (tmp_path / "b.parquet", tmp_path / "jobs" / ".." / "b.parquet"):
        with pytest.raises(duckdb.PermissionException):
            warehouse.execute(f"COPY (SELECT 1 AS n) TO '{path}'")
    with pytest.raises(duckdb.Error):
        warehouse.execute("SET enable_external_access = true")
    warehouse.append("facts", fact(1))
    assert len(warehouse.frame("SELECT * FROM facts")) == 1
    warehouse.close()


@pytest.mark.parametrize("sql", ["DELETE FROM facts", "SELECT 1; SELECT 2", "SET threads = 1", ""])
def test_an_answer_is_one_select(sql: str) -> None:
    warehouse = Warehouse()
    with pytest.raises(OnlyReading), warehouse.answer(sql):
        pass
    with warehouse.answer("SELECT 1 AS n") as rows:
        assert rows.read_all().num_rows == 1
    warehouse.append("facts", fact(1))  # the transaction of the answer is over


def test_interrupting_a_thread_that_has_let_go_does_nothing() -> None:
    warehouse = Warehouse(threads=1)
    calls: list[Callable[[], None]] = []

    def ask() -> None:
        calls.append(warehouse.interrupter())
        warehouse.leave()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    calls[0]()
    assert warehouse.frame("SELECT 1 AS one").item() == 1
