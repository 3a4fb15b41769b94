"""Asking the owner of the warehouse: the same answers, nothing but reading, and a sentence when nobody is there."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _, speaking
from tenshu.kit.progress import Progress
from tenshu.store.remote import (
    SOCKET,
    OnlyOwnerWrites,
    OwnerAway,
    OwnerSaid,
    QueryFailed,
    RemoteWarehouse,
    WarehouseServer,
    own_or_ask,
)
from tenshu.store.warehouse import ROWS_A_CHUNK, Warehouse, WarehouseBusy

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOODS = """
    CREATE TABLE goods AS SELECT n, 'item ' || n AS name, n::DECIMAL(9, 2) AS price, n % 2 = 0 AS is_even,
        TIMESTAMP '2026-01-01' + to_seconds(n) AS sold_at, [n, n + 1] AS pair, {'a': n} AS packed,
        'x'::BLOB AS raw, DATE '2026-01-01' AS day, NULL::VARCHAR AS nothing FROM range(200) AS r(n)
"""


class Refusal(TenshuError):
    template = N_("Give a number, not {given}.")


def greet(progress: Progress, *, name: str) -> dict[str, Any]:
    for step in range(3):
        progress.step(_("batches digested"), step, 3)
    return {"said": f"hello {name}", "at": NOON, "raw": b"\x00"}


def refuse(_progress: Progress, *, given: str) -> None:
    raise Refusal(given=given)


def slip(_progress: Progress) -> None:
    raise ZeroDivisionError


class Steps:
    def __init__(self) -> None:
        self.seen: list[tuple[str, float, float | None]] = []

    def step(self, text: str, done: float, total: float | None = None) -> None:
        self.seen.append((text, done, total))


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.execute(GOODS)
    server = WarehouseServer(warehouse, tmp_path / SOCKET, {"greet": greet, "refuse": refuse, "slip": slip})
    yield warehouse
    server.close()
    warehouse.close()


@pytest.fixture
def remote(owner: Warehouse, tmp_path: Path) -> Iterator[RemoteWarehouse]:
    asked = RemoteWarehouse(tmp_path / SOCKET)
    yield asked
    asked.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM goods ORDER BY n",
        "SELECT * FROM goods WHERE false",
        "SELECT sum(price) AS total, count(*) AS rows, max(sold_at) AS last_at, avg(n) AS mean FROM goods",
        "FROM goods SELECT name LIMIT 0",
        f"SELECT n FROM range({2 * ROWS_A_CHUNK + 1}) AS r(n)",
        "EXPLAIN SELECT 1",
        "WITH few AS (SELECT 1 AS n) SELECT * FROM few",
    ],
)
def test_the_answer_is_the_owners_own(owner: Warehouse, remote: RemoteWarehouse, sql: str) -> None:
    own, asked = owner.frame(sql), remote.frame(sql)
    assert asked.schema == own.schema
    assert asked.equals(own)


def test_parameters_and_lent_tables_go_along(owner: Warehouse, remote: RemoteWarehouse) -> None:
    wanted = pl.DataFrame({"name": ["item 3", "item 5", None], "sold_at": [NOON, NOON, NOON]})
    sql = "SELECT goods.n, wanted.sold_at, $at::TIMESTAMP AS asked_at, $day AS day, $price AS price FROM goods "
    sql += "JOIN wanted USING (name) WHERE list_contains($names, name) ORDER BY n"
    given = {"at": NOON.replace(tzinfo=None), "day": date(2026, 1, 2), "price": Decimal("1.50"), "names": ["item 3"]}
    asked = remote.frame(sql, given, wanted=wanted)
    assert asked.equals(owner.frame(sql, given, wanted=wanted))
    assert asked["asked_at"].to_list() == [NOON]
    assert remote.frame("SELECT ?::INTEGER + ?::INTEGER AS total", [1, 2]).item() == 3


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO goods (n) VALUES (1)",
        "INSERT INTO goods (n) VALUES (1) RETURNING n",
        "DELETE FROM goods",
        "UPDATE goods SET n = 1",
        "DROP TABLE goods",
        "CREATE TABLE more (n INTEGER)",
        "CREATE TEMP TABLE more (n INTEGER)",
        "SELECT 1; SELECT 2",
        "SELECT 1; COMMIT; DELETE FROM goods",
        "COPY goods TO 'goods.csv'",
        "EXPORT DATABASE 'everything'",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '1GB'",
        "PRAGMA threads = 1",
        "CHECKPOINT",
        "BEGIN",
        "COMMIT",
        "CALL pragma_version()",
        "PREPARE p AS DELETE FROM goods",
        "",
    ],
)
def test_whatever_is_no_question_is_refused(owner: Warehouse, remote: RemoteWarehouse, sql: str) -> None:
    with pytest.raises(OwnerSaid, match="give one SELECT"):
        remote.frame(sql)
    assert owner.frame("SELECT count(*) AS rows FROM goods").item() == 200


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('ledger.sqlite')",
        "SELECT * FROM '/etc/hosts.csv'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM query('DELETE FROM goods')",
        "SELECT * FROM force_checkpoint()",
        "SELECT * FROM nothing_here",
        "SELECT error('boom')",
        "SELECT CASE WHEN n = 199999 THEN error('late') ELSE n END AS n FROM range(200000) AS r(n)",
    ],
)
def test_a_query_that_cannot_be_answered_says_why_and_the_next_is_answered(remote: RemoteWarehouse, sql: str) -> None:
    with pytest.raises(QueryFailed) as refused:
        remote.frame(sql)
    assert str(refused.value.given["said"])
    assert remote.frame("SELECT 1 AS one").item() == 1


def test_only_the_owner_writes(remote: RemoteWarehouse) -> None:
    frame = pl.DataFrame({"n": [1]})
    with pytest.raises(OnlyOwnerWrites):
        remote.execute("DELETE FROM goods")
    with pytest.raises(OnlyOwnerWrites):
        remote.append("goods", frame)
    with pytest.raises(OnlyOwnerWrites), remote.transaction():
        pass
    with pytest.raises(OnlyOwnerWrites), remote.one_state():
        pass
    with pytest.raises(OnlyOwnerWrites):
        remote.checkpoint()
    with pytest.raises(OnlyOwnerWrites), remote.answer("SELECT 1"):
        pass
    with pytest.raises(OnlyOwnerWrites):
        remote.lock_in()


def test_what_is_told_by_name_is_done_with_progress_in_the_callers_language(remote: RemoteWarehouse) -> None:
    steps = Steps()
    with speaking("ja"):
        said = remote.call("greet", progress=steps, name="佐藤")
    assert said == {"said": "hello 佐藤", "at": NOON, "raw": b"\x00"}
    assert [done for _text, done, _total in steps.seen] == [0, 1, 2]
    assert steps.seen[0][0] == _("batches digested", "ja")


def test_what_cannot_be_done_is_said(remote: RemoteWarehouse) -> None:
    with pytest.raises(OwnerSaid, match="Give a number, not seven"):
        remote.call("refuse", given="seven")
    with pytest.raises(OwnerSaid, match=r'knows no "dance"\. It does: greet, refuse, slip'):
        remote.call("dance")
    with pytest.raises(QueryFailed, match="ZeroDivisionError"):
        remote.call("slip")
    assert remote.call("greet", name="x")["said"] == "hello x"


def test_an_answer_is_one_state_while_the_owner_writes(owner: Warehouse, remote: RemoteWarehouse) -> None:
    with owner.transaction():
        owner.execute("DELETE FROM goods")
        assert owner.frame("SELECT count(*) AS rows FROM goods").item() == 0
        assert remote.frame("SELECT count(*) AS rows FROM goods").item() == 200
    assert remote.frame("SELECT count(*) AS rows FROM goods").item() == 0


def test_many_ask_at_once_while_the_owner_works(owner: Warehouse, remote: RemoteWarehouse) -> None:
    sums: list[int] = []
    problems: list[BaseException] = []

    def ask() -> None:
        try:
            for _turn in range(20):
                wanted = pl.DataFrame({"n": [1, 2, 3]})
                sums.append(
                    remote.frame("SELECT sum(n)::BIGINT AS n FROM goods JOIN wanted USING (n)", wanted=wanted).item()
                )
        except BaseException as problem:  # noqa: BLE001 - told to the test
            problems.append(problem)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for turn in range(50):
        owner.append("goods", pl.DataFrame({"n": [1000 + turn]}))
    for thread in threads:
        thread.join()
    assert problems == []
    assert sums == [6] * 120


def test_nobody_there_is_a_sentence(tmp_path: Path) -> None:
    remote = RemoteWarehouse(tmp_path / SOCKET)
    assert not remote.is_there()
    with pytest.raises(OwnerAway, match="tenshu serve"):
        remote.frame("SELECT 1")
    (tmp_path / SOCKET).write_text("no socket")
    with pytest.raises(OwnerAway):
        remote.call("tick")


def test_a_successor_is_asked_when_the_owner_was_restarted(tmp_path: Path) -> None:
    warehouse = Warehouse()
    remote = RemoteWarehouse(tmp_path / SOCKET)
    first = WarehouseServer(warehouse, tmp_path / SOCKET)
    assert remote.frame("SELECT 1 AS n").item() == 1
    first.close()
    with pytest.raises(OwnerAway):
        remote.frame("SELECT 2 AS n")
    second = WarehouseServer(warehouse, tmp_path / SOCKET)
    assert remote.frame("SELECT 3 AS n").item() == 3
    second.close()
    third = WarehouseServer(warehouse, tmp_path / SOCKET)
    assert remote.frame("SELECT 4 AS n").item() == 4  # the conversation with the second was cut meanwhile
    third.close()
    assert not (tmp_path / SOCKET).exists()


def test_closing_ends_a_long_query(tmp_path: Path) -> None:
    warehouse = Warehouse()
    server = WarehouseServer(warehouse, tmp_path / SOCKET)
    remote = RemoteWarehouse(tmp_path / SOCKET)
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            remote.frame("SELECT sum(hash(a.n + b.n)) AS n FROM range(10000000) a(n), range(10000000) b(n)")
        except TenshuError as problem:
            ended.append(problem)

    asking = threading.Thread(target=ask)
    asking.start()
    while not server.conversations:
        pass
    server.close()
    asking.join(60)
    assert not asking.is_alive()
    assert len(ended) == 1
    warehouse.close()


def test_a_warehouse_is_opened_when_nobody_has_it_and_asked_when_somebody_answers(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    own = own_or_ask(path)
    assert not isinstance(own, RemoteWarehouse)
    server = WarehouseServer(own, tmp_path / SOCKET)
    asked = own_or_ask(path)
    assert isinstance(asked, RemoteWarehouse)
    assert asked.frame("SELECT 1 AS n").item() == 1
    asked.close()
    server.close()
    own.close()


def test_an_owner_that_answers_nobody_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(path: Path) -> Warehouse:
        raise WarehouseBusy(path=path, said="PID 1")

    monkeypatch.setattr("tenshu.store.remote.Warehouse", busy)
    with pytest.raises(WarehouseBusy, match="PID 1"):
        own_or_ask(tmp_path / "warehouse.duckdb")
