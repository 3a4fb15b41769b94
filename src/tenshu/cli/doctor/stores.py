"""Checks of the home itself: files, versions, soundness, room on the disk, who has the warehouse, who is alive."""

import os
import re
import shutil
import sqlite3
from contextlib import closing, suppress
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, literal, select, type_coerce

from tenshu.cli.doctor.finding import Check, Finding, broken, look, ok
from tenshu.cli.doctor.home import WAREHOUSE_FILE, FileMissing, HomeUnderDoctor
from tenshu.kit.clock import elapsed
from tenshu.kit.i18n import N_
from tenshu.store.ledger import Ledger
from tenshu.store.place import INBOX_FILE, LEDGER_FILE, read_choice
from tenshu.store.remote import SOCKET, RemoteWarehouse

GIGABYTE: Final = 1_000_000_000
#: A file's own check is stopped after so many seconds.
CHECK_FOR: Final = 5.0
#: A process that has not been seen for so long, in seconds, is thought dead.
SILENT_FOR: Final = 60.0


class Files(msgspec.Struct, frozen=True):
    """The home's directory: whether it is one, may be written to, and which files it lacks."""

    path: str
    is_folder: bool
    is_ours: bool
    missing: list[str]


def read_files(home: HomeUnderDoctor) -> Files:
    """Look at the directory."""
    is_folder = home.path.is_dir()
    wanted = [WAREHOUSE_FILE] if is_folder and read_choice(home.path) else [LEDGER_FILE, INBOX_FILE, WAREHOUSE_FILE]
    missing = [name for name in wanted if not (home.path / name).is_file()]
    return Files(str(home.path), is_folder, os.access(home.path, os.R_OK | os.W_OK | os.X_OK), missing)


def judge_files(seen: Files) -> list[Finding]:
    """A home is a directory of ours with three stores."""
    if not seen.is_folder:
        return [broken(N_("There is no folder {path}."), N_("Check --home."), path=seen.path)]
    if not seen.is_ours:
        advice = N_("Give the user that runs tenshu the right to read and write it.")
        return [broken(N_("{path} may not be read and written by this user."), advice, path=seen.path)]
    if seen.missing:
        advice = N_("Put the whole folder back from a backup; a shop cannot be put together from parts.")
        files = ", ".join(seen.missing)
        return [broken(N_("{path} lacks {files}."), advice, path=seen.path, files=files)]
    return [ok(N_("{path} is readable and whole."), path=seen.path)]


class Version(msgspec.Struct, frozen=True):
    """A store's schema: what it is and what this program makes."""

    store: str
    found: str | None
    wanted: str


def read_versions(home: HomeUnderDoctor) -> list[Version]:
    """Read the version of each store."""
    stores = [_version(home.ledger, "ledger"), _version(home.inbox, "inbox")]
    scripts = [entry.name for entry in (resources.files("tenshu.store") / "warehouse_schema").iterdir()]
    newest = max(int(name.split("_")[0]) for name in scripts if name.endswith(".sql"))
    found = home.ask_warehouse("SELECT max(version) AS version FROM schema_version")["version"][0]
    return [*stores, Version("warehouse", None if found is None else f"{found:04}", f"{newest:04}")]


def judge_versions(seen: list[Version]) -> list[Finding]:
    """A store behind is brought up when it is opened; one ahead cannot be worked with."""
    found = []
    for one in seen:
        given = {"store": one.store, "found": one.found or "-", "wanted": one.wanted}
        if one.found is not None and one.found > one.wanted:
            said = N_("The {store} is of version {found}; this program knows only {wanted}.")
            found.append(broken(said, N_("Install the newer tenshu that made it."), **given))
        elif one.found != one.wanted:
            said = N_("The {store} is of version {found}; this program makes {wanted}.")
            found.append(look(said, N_("It is brought up to date when the shop is opened: tenshu run."), **given))
    return found or [ok(N_("All stores are of the version that this program makes."))]


class Soundness(msgspec.Struct, frozen=True):
    """What SQLite says of its file: its complaints, and whether the time was enough to look everywhere."""

    file: str
    complaints: list[str]
    is_whole: bool = True


def read_soundness(home: HomeUnderDoctor) -> list[Soundness]:
    """Let SQLite check its files, for a few seconds each."""
    names = [] if read_choice(home.path) else [LEDGER_FILE, INBOX_FILE]
    return [quick_check(home.path / name) for name in names if (home.path / name).is_file()]


def quick_check(path: Path, *, seconds: float = CHECK_FOR) -> Soundness:
    """Check one SQLite file for as long as it may take."""
    until = elapsed() + seconds
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            connection.set_progress_handler(lambda: int(elapsed() > until), 10_000)
            said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.OperationalError as problem:
        if "interrupted" in str(problem):
            return Soundness(path.name, [], is_whole=False)
        return Soundness(path.name, [str(problem)])
    except sqlite3.DatabaseError as problem:
        return Soundness(path.name, [str(problem)])
    return Soundness(path.name, [one for one in said if one != "ok"])


def judge_soundness(seen: list[Soundness]) -> list[Finding]:
    """A file that SQLite complains of has to be put back."""
    found = []
    for one in seen:
        if one.complaints:
            advice = N_("Stop everything, keep a copy of the folder, and put the newest backup back.")
            problem = one.complaints[0]
            found.append(broken(N_("{file} is damaged: {problem}"), advice, file=one.file, problem=problem))
        elif not one.is_whole:
            advice = N_("Nothing to do; for a whole check run SQLite's PRAGMA quick_check when there is time.")
            found.append(look(N_("{file} is too large to be checked in a few seconds."), advice, file=one.file))
    if not seen:
        return [ok(N_("There are no files of SQLite to check."))]
    return found or [ok(N_("The files are sound."))]


class Room(msgspec.Struct, frozen=True):
    """Bytes free on the home's disk, and bytes of the ledger's file."""

    free: int
    ledger: int


def read_room(home: HomeUnderDoctor) -> Room:
    """Ask the system how much is free."""
    file = home.path / LEDGER_FILE
    return Room(shutil.disk_usage(home.path).free, file.stat().st_size if file.is_file() else 0)


def judge_room(seen: Room) -> list[Finding]:
    """Less than a gigabyte, or than twice the ledger, is little."""
    given = {"free": f"{seen.free / GIGABYTE:.1f}", "wanted": f"{max(GIGABYTE, 2 * seen.ledger) / GIGABYTE:.1f}"}
    if seen.free < GIGABYTE // 20:
        advice = N_("Make room now: nothing can be accepted or sent when the disk is full.")
        return [broken(N_("Only {free} GB are free on the disk."), advice, **given)]
    if seen.free < max(GIGABYTE, 2 * seen.ledger):
        return [look(N_("Only {free} GB are free on the disk."), N_("Make room: at least {wanted} GB."), **given)]
    return [ok(N_("{free} GB are free on the disk."), **given)]


class Owner(msgspec.Struct, frozen=True):
    """Who has the warehouse open: a process number, whether it lives, and whether it answers questions."""

    pid: int | None
    is_alive: bool
    answers: bool
    problem: str = ""


def read_owner(home: HomeUnderDoctor) -> Owner:
    """Find out who has the warehouse, by trying to read it."""
    import duckdb

    if not (home.path / WAREHOUSE_FILE).is_file():
        raise FileMissing(path=home.path / WAREHOUSE_FILE)
    if RemoteWarehouse(home.path / SOCKET).is_there():
        return Owner(None, is_alive=True, answers=True)
    try:
        duckdb.connect(str(home.path / WAREHOUSE_FILE), read_only=True).close()
    except duckdb.IOException as problem:
        holder = re.search(r"PID (\d+)", str(problem))
        if holder is not None:
            return Owner(int(holder[1]), _lives(int(holder[1])), answers=False)
        is_locked = "lock" in str(problem).lower()
        said = "" if is_locked else str(problem).splitlines()[0]
        return Owner(None, is_alive=is_locked, answers=False, problem=said)
    except duckdb.Error as problem:
        return Owner(None, is_alive=False, answers=False, problem=str(problem).splitlines()[0])
    return Owner(None, is_alive=False, answers=False)


def judge_owner(seen: Owner) -> list[Finding]:
    """Nobody may have it, or a process that answers; one that does not keeps all others out."""
    given = {"pid": "?" if seen.pid is None else seen.pid, "problem": seen.problem}
    if seen.problem:
        advice = N_("Stop everything, keep a copy of the folder, and put the newest backup back.")
        return [broken(N_("The warehouse cannot be opened: {problem}"), advice, **given)]
    if seen.answers:
        return [ok(N_("The warehouse is open in a process that answers."))]
    if seen.is_alive:
        advice = N_("When it is a command that runs, wait; when it is left over, end that process.")
        return [look(N_("The warehouse is open in process {pid}, which answers nobody else."), advice, **given)]
    return [ok(N_("Nobody has the warehouse open."))]


class Process(msgspec.Struct, frozen=True):
    """A process of a served shop; `silent_for` seconds since it was seen, by the database's clock."""

    name: str
    pid: int
    host: str
    silent_for: float


def read_processes(home: HomeUnderDoctor) -> list[Process] | None:
    """Read who says that he is alive; None when nothing keeps such a list."""
    table = home.table("processes")
    if table is None:
        return None
    with home.ledger.reading() as tx:
        now = home.lease_now(tx)
        silent = type_coerce(literal(now) - table.c.seen_at, BigInteger).label("silent")
        rows = tx.frame(select(table.c.name, table.c.pid, table.c.host, silent).order_by(table.c.name))
    return [Process(name, pid, host, micros / 1e6) for name, pid, host, micros in rows.iter_rows()]


def judge_processes(seen: list[Process] | None) -> list[Finding]:
    """Nobody needs to be there; whoever is listed should have been seen lately."""
    if not seen:
        return [ok(N_("The shop is not served just now: no process says that it is there."))]
    silent = [one for one in seen if one.silent_for > SILENT_FOR]
    advice = N_("Look at what tenshu serve says; it starts again by itself what has ended, else start it again.")
    said = N_("{name} (process {pid} on {host}) was last seen {minutes} minutes ago.")
    found = [
        look(said, advice, name=one.name, pid=one.pid, host=one.host, minutes=int(one.silent_for // 60))
        for one in silent
    ]
    alive = ", ".join(sorted({one.name for one in seen if one.silent_for <= SILENT_FOR}))
    return found or [ok(N_("Alive: {names}."), names=alive)]


def _version(store: Ledger, name: str) -> Version:
    wanted = ScriptDirectory(str(resources.files("tenshu.store") / "migrations" / name)).get_current_head()
    with store.engine.connect() as connection:
        return Version(name, MigrationContext.configure(connection).get_current_revision(), str(wanted))


def _lives(pid: int) -> bool:
    with suppress(ProcessLookupError):
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True  # somebody else's, and alive
        return True
    return False


HOME: Final = Check("home", N_("the folder"), read_files, judge_files)
CHECKS: Final = (
    HOME,
    Check("versions", N_("versions"), read_versions, judge_versions),
    Check("soundness", N_("the files' soundness"), read_soundness, judge_soundness),
    Check("disk", N_("room on the disk"), read_room, judge_room),
    Check("owner", N_("the warehouse"), read_owner, judge_owner),
    Check("processes", N_("processes"), read_processes, judge_processes),
)
