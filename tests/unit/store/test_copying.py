"""Copies of a store, what a store says of its version, and what a killed backup left."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copyfile

import polars as pl
import pytest
from sqlalchemy import MetaData, insert, select, text

from tenshu.jobs.tables import jobs
from tenshu.staff.tables import people
from tenshu.store.backup import REMOVED, _link, sweep
from tenshu.store.copy import TargetNotEmpty, copy_store
from tenshu.store.ledger import Ledger
from tenshu.store.lock import HeldFile, holder_of
from tenshu.store.migrate import HomeNewer, Store, is_made, knows, newest, pending, revision_of, upgrade
from tenshu.store.restore import HALF, HomeNotEmpty, restore
from tenshu.store.settings import keys, write_setting
from tenshu.store.settings import settings as setting_table
from tenshu.store.upgrading import keep_before_upgrade
from tests.unit.staff.crew import NOW

NAMES: tuple[Store, ...] = ("ledger", "inbox")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which nothing is."""
    path = tmp_path_factory.mktemp("empty") / "ledger.sqlite"
    with closing(Ledger(path)) as ledger:
        upgrade(ledger, "ledger")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, empty: Path) -> Path:
    """A ledger in which something is."""
    path = Path(copyfile(empty, tmp_path_factory.mktemp("copying") / "ledger.sqlite"))
    with closing(Ledger(path)) as ledger, ledger.writing() as tx:
        write_setting(tx, "shop", {"name": "花屋 'A'", "caps": [1, None]})
        secrets = [b"\x00\xff", b"", bytes(range(256))]
        tx.insert(keys, pl.DataFrame({"key_id": ["a", "b", "c"], "secret": secrets}))
        for number in range(3):
            row = {"email": f"p{number}", "name": "佐藤", "role": "owner", "status": "active", "since_at": NOW}
            tx.execute(insert(people).values(row))
        tx.execute(people.delete().where(people.c.person == 3))
    return path


@pytest.fixture
def source(made: Path, tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(Path(copyfile(made, tmp_path / "source.sqlite")))
    yield ledger
    ledger.close()


@pytest.fixture
def target(empty: Path, tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(Path(copyfile(empty, tmp_path / "target.sqlite")))
    yield ledger
    ledger.close()


def rows(store: Ledger) -> dict[str, list[tuple[object, ...]]]:
    with store.reading() as tx:
        tables = MetaData()
        tables.reflect(tx.connection)
        return {table.name: tx.frame(select(table)).rows() for table in tables.sorted_tables}


@pytest.mark.parametrize("is_beside", [False, True])
def test_a_copy_holds_every_row_and_counts_how_many(source: Ledger, target: Ledger, is_beside: bool) -> None:  # noqa: FBT001
    copied = copy_store(source, target, "ledger", is_beside=is_beside)
    assert rows(target) == rows(source)
    assert copied == sum(len(found) for name, found in rows(source).items() if name != "alembic_version") == 6


def test_a_copy_gives_out_no_number_that_somebody_had(source: Ledger, target: Ledger) -> None:
    copy_store(source, target, "ledger")
    row = {"email": "new", "name": "N", "role": "viewer", "status": "active", "since_at": NOW}
    with target.writing() as tx:
        given = tx.connection.execute(insert(people).values(row).returning(people.c.person)).scalar_one()
    assert given == 4  # 3 has gone, and stays his


@pytest.mark.parametrize("table", [setting_table, keys])
def test_a_copy_never_mixes_two_shops(source: Ledger, target: Ledger, table: object) -> None:
    copy_store(source, target, "ledger")
    with target.writing() as tx:
        for other in (setting_table, people, keys):
            if other is not table:
                tx.execute(other.delete())
    before = rows(target)
    with pytest.raises(TargetNotEmpty) as problem:
        copy_store(source, target, "ledger")
    assert problem.value.given["table"] == getattr(table, "name", "")
    assert problem.value.given["rows"] == len(before[getattr(table, "name", "")])
    assert rows(target) == before


def test_a_copy_that_is_cut_short_leaves_no_row(
    source: Ledger, target: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr(target.dialect, "set_counter", broken)
        with pytest.raises(InterruptedError):
            copy_store(source, target, "ledger")
    assert all(not found for name, found in rows(target).items() if name != "alembic_version")
    assert copy_store(source, target, "ledger") == 6


@pytest.mark.parametrize("name", NAMES)
def test_a_store_says_what_it_is_before_and_after_its_tables_are_made(tmp_path: Path, name: Store) -> None:
    target = Ledger(tmp_path / "new.sqlite")
    assert (revision_of(target), is_made(target), pending(target, name)) == (None, False, False)
    done = upgrade(target, name)
    assert done[-1] == revision_of(target) == newest(name)
    assert done == sorted(done)
    assert (is_made(target), pending(target, name)) == (True, False)
    assert all(knows(name, revision) for revision in done)
    target.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("revision", ["", "9999", "head"])
def test_a_version_that_was_never_made_is_not_known(name: Store, revision: str) -> None:
    assert not knows(name, revision)


@pytest.mark.parametrize("ask", [upgrade, pending])
def test_a_store_of_the_future_is_refused_with_both_versions(source: Ledger, ask: object) -> None:
    with source.writing() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '0777'"))
    before = rows(source)
    with pytest.raises(HomeNewer) as problem:
        ask(source, "ledger")  # type: ignore[operator]
    for language in ("ja", "en"):
        assert "0777" in problem.value.text(language)
        assert newest("ledger") in problem.value.text(language)
    assert rows(source) == before


def test_a_store_of_the_past_waits_until_it_is_brought_up_to_date(source: Ledger) -> None:
    with source.writing() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert pending(source, "ledger")


@pytest.mark.parametrize(
    "left", [".work-12ab/ledger.sqlite", ".x.part", ".b.tenshu-backup.zip.part", f"b.zip{REMOVED}"]
)
def test_what_a_killed_backup_left_is_swept_out_and_nothing_else(tmp_path: Path, left: str) -> None:
    kept = ["a.tenshu-backup.zip", "x.part", ".hidden", "before-0002/ledger.sqlite", "work-1/x", "notes.txt"]
    for name in (*kept, left):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for _turn in range(2):
        sweep(tmp_path)
        found = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
        assert sorted(found) == sorted(kept)
    assert not list(tmp_path.glob(".work-*"))


def test_a_file_in_a_backup_stays_as_it_was_when_the_home_goes_on(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "work"
    (home / "imports").mkdir(parents=True)
    (home / "imports" / "a.parquet").write_bytes(b"before")
    _link(home, folder, [Path("imports/a.parquet"), Path("imports/gone.parquet"), Path("imports")])
    (home / "imports" / "new").write_bytes(b"after")
    (home / "imports" / "new").replace(home / "imports" / "a.parquet")
    assert (folder / "imports" / "a.parquet").read_bytes() == b"before"
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["a.parquet"]


def test_a_file_system_without_second_names_gets_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_given: object) -> None:
        raise OSError

    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    monkeypatch.setattr("tenshu.store.backup.os.link", refuses)
    _link(tmp_path, tmp_path / "work", [Path("a")])
    assert (tmp_path / "work" / "a").read_bytes() == b"x" * 3_000_000


@pytest.mark.parametrize("there", ["a file", "a folder with a file", "a folder with a folder"])
def test_nothing_is_brought_back_over_something(tmp_path: Path, there: str) -> None:
    home = tmp_path / "home"
    if there == "a file":
        home.touch()
    else:
        (home / "x").mkdir(parents=True) if there.endswith("a folder") else home.mkdir()
        (home / "x" / "y" if (home / "x").is_dir() else home / "x").touch()
    with pytest.raises(HomeNotEmpty):
        restore(tmp_path / "no backup needed.zip", home, complete=lambda _home, _manifest: None)
    assert not home.with_name(home.name + HALF).exists()


def test_an_empty_place_is_no_home_of_an_earlier_version(tmp_path: Path) -> None:
    assert keep_before_upgrade(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("said", "holder"), [("", 0), ("not a number", 0), ("-5", 0), ("12", 12)])
def test_a_held_file_whose_text_makes_no_sense_is_held_by_somebody(tmp_path: Path, said: str, holder: int) -> None:
    held = HeldFile(tmp_path / "lock")
    (tmp_path / "lock").write_text(said)
    assert holder_of(tmp_path / "lock") == holder
    held.close()
    assert holder_of(tmp_path / "lock") is None


def test_a_held_file_is_its_owners_and_stays_when_it_is_let_go(tmp_path: Path) -> None:
    HeldFile(tmp_path / "lock").close()
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileNotFoundError):
        HeldFile(tmp_path / "no folder" / "lock")


def test_jobs_are_copied_with_the_numbers_that_were_given_out(source: Ledger, target: Ledger) -> None:
    with source.writing() as tx:
        for _turn in range(2):
            tx.execute(insert(jobs).values(kind="k", given="{}", state="done", asked_at=0, attempt=1))
        tx.execute(jobs.delete())
    copy_store(source, target, "ledger")
    with closing(sqlite3.connect(str(target.place))) as raw:
        assert raw.execute("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'").fetchone() == (2,)
