"""The doctor on prepared homes: whole, half broken, in somebody else's hands; it finds that and changes nothing."""

import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import MetaData, Table, select

from tenshu.bootstrap import REHEARSED_UNTIL, Shop, open_shop, save_settings
from tenshu.cli.doctor.command import CHECKS, examine
from tenshu.cli.doctor.home import HomeUnderDoctor
from tenshu.cli.doctor.stores import quick_check
from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.collect.tables import batches, facts_out
from tenshu.content.shop import ShopSettings
from tenshu.content.tables import templates
from tenshu.decide.tables import decisions
from tenshu.deliver import breaker
from tenshu.deliver.channels.email.settings import SmtpSettings, write_smtp
from tenshu.deliver.tables import outbox
from tenshu.jobs.queue import Reason, ask, fail, next_job
from tenshu.journey.tables import journeys
from tenshu.store.ledger import Ledger
from tenshu.store.remote import SOCKET, WarehouseServer
from tenshu.store.settings import write_setting
from tenshu.store.tables import to_micros
from tenshu.testing.copied_shop import POSTGRES, close_all
from tenshu.testing.postgres_server import PostgresServer
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, order, start, tick
from tests.unit.cli.terminal import clock_stands_at, told, type_in

NOON = MONDAY + timedelta(hours=1)
SETTINGS = ShopSettings(name="花屋", postal_address="東京都", contact="https://example.jp", sender_email="a@example.jp")


def mailed_home(home: Path) -> Iterator[Path]:
    """Yield a closed home that is in order, in which mails wait to be sent."""
    shop, clock = open_small_shop(home, people=3)
    save_settings(shop, SETTINGS)
    add_template(shop)
    start(shop)
    clock.set(NOON)
    tick(shop)
    with shop.ledger.writing() as tx:
        write_setting(tx, REHEARSED_UNTIL, NOON.isoformat())
    shop.close()
    yield home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield from mailed_home(tmp_path / "home")


@contextmanager
def opened(home: Path) -> Iterator[Shop]:
    shop = open_shop(home)
    yield shop
    shop.close()


def found(home: Path, *, network: bool = False) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Return what the doctor finds that is not ok: check -> (level, what was given)."""
    seen: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for check, one in examine(home, network=network):
        if one.level != "ok":
            seen.setdefault(check.name, []).append((one.level, one.given))
    return seen


def test_a_home_in_order_has_no_findings(home: Path) -> None:
    assert found(home) == {}
    assert [check.name for check, _one in examine(home, network=False)] == [check.name for check in CHECKS]


def test_looking_changes_nothing(home: Path) -> None:
    with opened(home):
        pass  # whatever opening for the first time brings up to date is done
    before = {path.name: path.read_bytes() for path in home.iterdir() if path.suffix in {".sqlite", ".duckdb"}}
    examine(home, network=False)
    after = {path.name: path.read_bytes() for path in home.iterdir() if path.suffix in {".sqlite", ".duckdb"}}
    assert before == after


def test_a_home_that_is_not_there_is_the_only_finding_and_is_not_made(tmp_path: Path) -> None:
    result = type_in("doctor", "--home", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert result.output.startswith("broken  the folder: There is no folder")
    assert result.output.count("\n") == 3
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", ["ledger.sqlite", "inbox.sqlite", "warehouse.duckdb"])
def test_a_missing_file_is_said_and_the_others_are_looked_at(home: Path, name: str) -> None:
    for path in home.glob(f"{name}*"):
        path.unlink()
    seen = found(home)
    assert seen["home"] == [("broken", {"path": str(home), "files": name})]
    assert not (home / name).exists()
    assert len(examine(home, network=False)) >= len(CHECKS)


@pytest.mark.parametrize("name", ["ledger.sqlite", "inbox.sqlite"])
def test_a_file_that_is_no_database_is_broken_and_hides_nothing(home: Path, name: str) -> None:
    for path in home.glob(f"{name}-*"):
        path.unlink()
    (home / name).write_bytes(b"this is no database" * 1_000)
    seen = found(home)
    assert seen["soundness"][0][0] == "broken"
    assert seen["soundness"][0][1]["file"] == name
    assert "outbox" not in seen or name == "ledger.sqlite"


def test_a_torn_page_is_found(home: Path) -> None:
    with opened(home) as shop, shop.ledger.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    path = home / "ledger.sqlite"
    torn = bytearray(path.read_bytes())
    torn[20_000:60_000] = b"\xff" * 40_000
    path.write_bytes(torn)
    assert quick_check(path).complaints


def test_a_check_that_takes_too_long_is_stopped(home: Path) -> None:
    with opened(home) as shop:
        rows = pl.DataFrame({"event": ["x"] * 40_000, "occurred_at": [0] * 40_000, "properties": ["{}"] * 40_000})
        with shop.ledger.writing() as tx:
            tx.insert(facts_out, rows)
    seen = quick_check(home / "ledger.sqlite", seconds=0)
    assert (seen.complaints, seen.is_whole) == ([], False)


def test_a_ruined_warehouse_is_broken_and_hides_nothing(home: Path) -> None:
    (home / "warehouse.duckdb").write_bytes(b"no warehouse" * 10_000)
    seen = found(home)
    assert seen["owner"][0][0] == "broken"
    assert {"versions", "ranks"} <= set(seen)
    assert "account" not in seen


def test_a_home_whose_warehouse_somebody_has_open_is_looked_at_all_the_same(home: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom tenshu.store.warehouse import Warehouse\n"
        "warehouse = Warehouse(Path(sys.argv[1]))\nprint('open', flush=True)\nsys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(home / "warehouse.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        seen = found(home)
        other.kill()
    assert seen["owner"] == [("look", {"pid": other.pid, "problem": ""})]
    assert set(seen) == {"owner", "versions", "ranks"}


def test_a_served_warehouse_is_asked_through_its_socket(home: Path) -> None:
    with opened(home) as shop:
        server = WarehouseServer(shop.warehouse, home / SOCKET)
        try:
            seen = found(home)
        finally:
            server.close()
    assert seen == {}


def test_a_ledger_of_another_version_is_told(home: Path) -> None:
    for version, level in (("0001", "look"), ("9999", "broken")):
        ledger = Ledger(home / "ledger.sqlite")
        with ledger.writing() as tx:
            tx.connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")
        ledger.close()
        ((found_level, given),) = found(home)["versions"]
        assert (found_level, given["store"], given["found"]) == (level, "ledger", version)


def test_processes_that_fell_silent_are_named(home: Path) -> None:
    ledger = Ledger(home / "ledger.sqlite")
    with ledger.writing() as tx:
        table = Table("processes", MetaData(), autoload_with=tx.connection)
        clock = tx.value(select(tx.dialect.lease_clock()))
        row = {"pid": 7, "host": "here", "started_at": 0}
        others = {
            column.name: ""
            for column in table.c
            if not column.nullable and column.name not in {*row, "name", "seen_at"}
        }
        for name, silent in (("owner", 600), ("web", 1)):
            tx.execute(table.insert().values(**row, **others, name=name, seen_at=clock - silent * 1_000_000))
    ledger.close()
    ((level, given),) = found(home)["processes"]
    assert (level, given["name"], given["minutes"]) == ("look", "owner", 10)


def test_a_home_from_before_there_were_processes_and_jobs_is_looked_at(home: Path) -> None:
    ledger = Ledger(home / "ledger.sqlite")
    with ledger.writing() as tx:
        for table in ("processes", "jobs", "breakers", "segments"):
            tx.connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
    ledger.close()
    seen = found(home)
    assert set(seen) == {"jobs"}
    assert "no such table: jobs" in seen["jobs"][0][1]["problem"]


def test_work_that_waits_for_long_is_told(home: Path) -> None:
    with opened(home) as shop:
        facts = facts_frame([order("S-1", "new", MONDAY)])
        accept(shop.inbox, facts, source="test", received_at=NOON - timedelta(minutes=20))
        with shop.ledger.writing() as tx:
            old = to_micros(NOON - timedelta(minutes=30))
            tx.insert(facts_out, pl.DataFrame({"event": ["x"], "occurred_at": [old], "properties": ["{}"]}))
            row = {"batch": 99, "first_seq": 1, "last_seq": 1, "state": "stored", "now_at": old}
            tx.insert(batches, pl.DataFrame([row]))
    seen = found(home)
    assert seen["inbox"] == [("look", {"count": 1, "minutes": 20})]
    assert seen["facts_out"][0][1]["minutes"] >= 30
    assert seen["batches"] == [("broken", {"batch": 99, "state": "stored", "minutes": 30})]


def test_failed_jobs_are_told_until_one_of_their_kind_is_asked_for_again(home: Path) -> None:
    with opened(home) as shop, shop.ledger.writing() as tx:
        ask(tx, "export", now=NOON)
        job = next_job(tx, "a", now=NOON)
        assert job is not None
        fail(tx, job, Reason("no room"), now=NOON)
    assert found(home)["jobs"] == [("look", {"number": 1, "kind": "export", "reason": "no room"})]
    with opened(home) as shop, shop.ledger.writing() as tx:
        ask(tx, "export", now=NOON)
    assert "jobs" not in found(home)


def test_a_clock_that_ran_ahead_is_broken(home: Path) -> None:
    clock_stands_at(home, NOON - timedelta(hours=3))
    seen = found(home)
    assert seen["clock"] == [("broken", {"minutes": 180})]


def change(home: Path, statement: str) -> None:
    """Change the ledger behind everybody's back."""
    ledger = Ledger(home / "ledger.sqlite")
    with ledger.writing() as tx:
        tx.connection.exec_driver_sql(statement)
    ledger.close()


def test_each_definition_that_cannot_be_read_is_a_finding_of_its_own(home: Path) -> None:
    change(home, f'UPDATE {journeys.name} SET body = \'{{"tenshu": "journey/9"}}\'')
    change(home, f"UPDATE {templates.name} SET body = 'no json'")
    found_here = found(home)["definitions"]
    assert [(level, given["name"]) for level, given in found_here] == [("broken", "hello"), ("broken", "hello")]


def test_a_template_that_does_not_compile_any_more_is_named(home: Path) -> None:
    change(home, f"UPDATE {templates.name} SET body = replace(body, '| sama', '| no_such_filter')")
    change(home, f"UPDATE {templates.name} SET body = replace(body, '}}}}', '')")
    ((level, given),) = found(home)["definitions"]
    assert (level, given["name"], given["version"]) == ("broken", "hello", 1)


def test_a_scenario_whose_template_is_gone_is_named(home: Path) -> None:
    change(home, f"DELETE FROM {templates.name}")
    assert found(home)["definitions"] == [("broken", {"name": "hello", "template": "hello"})]


def test_messages_in_doubt_late_failed_and_abandoned_are_counted(home: Path) -> None:
    ledger = Ledger(home / "ledger.sqlite")
    with ledger.writing() as tx:
        rows = tx.frame(outbox.select().order_by(outbox.c.enrolment))
        old = to_micros(NOON - timedelta(hours=50))
        ways = [
            {"state": "in_doubt", "ended_at": old},
            {"state": "failed", "ended_at": old},
            {"state": "sending", "lease_at": 1},
            {"state": "queued", "due_at": old},
        ]
        for enrolment, way in zip(rows["enrolment"], ways, strict=False):
            tx.execute(outbox.update().where(outbox.c.enrolment == enrolment).values(**way))
    ledger.close()
    given = {key: value for _level, one in found(home)["outbox"] for key, value in one.items() if key != "count"}
    assert given == {"days": 2, "hours": 50}
    assert [one["count"] for _level, one in found(home)["outbox"]] == [1, 1, 1, 1]


def test_an_account_that_does_not_close_is_found(home: Path) -> None:
    change(home, f"DELETE FROM {decisions.name} WHERE enrolment = (SELECT min(enrolment) FROM {outbox.name})")
    ((level, given),) = found(home)["account"]
    assert (level, given["journey"], given["strays"]) == ("broken", "hello", 1)


def test_a_scenario_that_stopped_itself_and_a_paused_one_are_told(home: Path) -> None:
    with opened(home) as shop, shop.ledger.writing() as tx:
        breaker.trip(tx, "hello", breaker.UNPLANNED, {"count": 3}, now=NOON)
    ((level, given),) = found(home)["stopped"]
    assert (level, given["journey"]) == ("look", "hello")
    assert given["reason"].startswith("3 messages")
    told("scenario", "pause", "hello", "--home", home)
    assert [one for one in found(home)["stopped"] if one[1].get("names")] == [("look", {"names": "hello"})]


def test_settings_that_the_law_asks_for_are_named(home: Path) -> None:
    with opened(home) as shop:
        save_settings(shop, ShopSettings(name="花屋"))
    ((level, given),) = found(home)["sender"]
    assert (level, given["names"]) == ("broken", "postal_address, contact, sender_email")


@contextmanager
def greeting(words: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Listen as a mail server that answers everything with these words; what it heard is kept."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection, suppress(ConnectionResetError):
                connection.sendall(words)
                while said := connection.recv(4096):
                    heard.append(said)
                    connection.sendall(words)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        thread.join(10)


def use_port(home: Path, port: int) -> None:
    ledger = Ledger(home / "ledger.sqlite")
    write_smtp(ledger, SmtpSettings(smtp_port=port, smtp_username="me", smtp_password="secret"))
    ledger.close()


def test_a_mail_server_that_greets_is_well_and_gets_no_password_and_no_mail(home: Path) -> None:
    with greeting(b"250 welcome\r\n") as (port, heard):
        use_port(home, port)
        assert "mail_server" not in found(home, network=True)
    said = b"".join(heard)
    assert said.startswith(b"EHLO ")
    assert not [word for word in (b"AUTH", b"MAIL", b"RCPT", b"DATA") if word in said]


def test_a_mail_server_that_refuses_or_is_away_is_broken(home: Path) -> None:
    with greeting(b"554 no mail from you\r\n") as (port, _heard):
        use_port(home, port)
        ((level, given),) = found(home, network=True)["mail_server"]
    assert (level, given["port"]) == ("broken", port)
    assert "no mail from you" in given["problem"]
    ((level, given),) = found(home, network=True)["mail_server"]  # nobody listens any more
    assert level == "broken"
    assert "refused" in given["problem"]


def test_the_findings_are_for_people_and_for_programs(home: Path, tmp_path: Path) -> None:
    change(home, f"DELETE FROM {templates.name}")
    result = type_in("doctor", "--home", home, "--no-network", "--json", tmp_path / "found.json", language="ja")
    assert result.exit_code == 1
    assert "異常  シナリオとテンプレート: シナリオ「hello」が送るテンプレート「hello」がありません。" in result.output
    assert "異常 1件" in result.output
    (one,) = [one for one in json.loads((tmp_path / "found.json").read_text()) if one["level"] == "broken"]
    assert (one["check"], one["given"]) == ("definitions", {"name": "hello", "template": "hello"})
    assert one["todo"].startswith("保存してください")


def test_nothing_broken_ends_with_zero(home: Path) -> None:
    said = told("doctor", "--home", home, "--no-network")
    assert said.strip().endswith(f"{len(CHECKS)} in order, 0 to look at, 0 broken.")


def test_a_copy_of_a_home_is_looked_at_where_it_lies(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "copy")
    shutil.rmtree(home)
    assert found(tmp_path / "copy") == {}
    assert HomeUnderDoctor(tmp_path / "copy").now == NOON


def test_a_shop_in_postgresql_is_looked_at_as_well(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POSTGRES, postgres.url)
    home = next(mailed_home(tmp_path / "home"))
    assert found(home) == {}
    assert "There are no files of SQLite" in told("doctor", "--home", home, "--no-network")
    with opened(home) as shop, shop.ledger.writing() as tx:
        tx.execute(templates.delete())
        breaker.trip(tx, "hello", breaker.UNPLANNED, {"count": 3}, now=NOON)
    assert set(found(home)) == {"definitions", "stopped"}
    close_all()


def test_a_database_that_does_not_answer_is_said_at_each_line_that_needs_it(home: Path) -> None:
    (home / "stores.toml").write_text(
        '[postgres]\nurl = "postgresql://nobody@127.0.0.1:1/none"\nschema_prefix = "shop"\n'
    )
    seen = found(home)
    said = {name: given.get("problem", "") for name, ((_level, given), *_more) in seen.items()}
    assert {"outbox", "account", "inbox", "definitions"} <= set(said)
    assert "127.0.0.1:1" in said["outbox"]
    assert not {"disk", "home", "owner", "mail_server"} & set(said)
