"""One file that holds the three stores as they were at one instant, made while others go on working, and the way back.

The cut is taken while the owner of the warehouse does nothing else: the ledger first, then the inbox, then the
warehouse. What is written meanwhile into the ledger or the inbox is in the cut or not, and either is a state that a
kill could have left. From then on everything is read from these snapshots.
"""

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj, rmtree
from typing import IO, Final

from tenshu.kit.failpoint import reach
from tenshu.kit.i18n import _
from tenshu.kit.progress import NoProgress, Progress
from tenshu.store.copy import copy_store
from tenshu.store.home import Stores
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import Store, revision_of
from tenshu.store.packed import Manifest, pack, verify
from tenshu.store.place import INBOX_FILE, LEDGER_FILE
from tenshu.store.warehouse import Warehouse

#: Below the home: where backups lie unless they are made elsewhere, and where they are put together.
FOLDER: Final = "backups"
#: What a backup's name ends with.
SUFFIX: Final = ".tenshu-backup.zip"
#: Behind the name of one that was taken from the list; it is gone when the next one is made.
REMOVED: Final = ".removed"
#: What the parts of a backup are called.
WAREHOUSE_PART: Final = "warehouse/"
FILES_PART: Final = "files/"
_WORK: Final = ".work-"
_TABLES: Final = """
SELECT table_name FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema = 'main' AND table_name <> 'schema_version' ORDER BY table_name
"""


def make_backup(
    stores: Stores,
    target: Path,
    *,
    now: datetime,
    shop: str = "",
    extra: Callable[[], Sequence[Path]] = list,
    on_cut: Callable[[], None] = lambda: None,
    progress: Progress | None = None,
) -> Manifest:
    """Write the stores into one file, and read it again to see that it is whole.

    Args:
        stores: the home's; this process has the warehouse open, and nothing is digested before `on_cut` was called.
        target: the file; one that is there is replaced when the new one is whole.
        now: business time.
        shop: its name, for people.
        extra: names further files of the home, relative to it, that the stores speak of.
        on_cut: called when everything may go on.
        progress: who is told how far it is.

    Raises:
        BackupDamaged: what was written cannot be read again.
        OSError: the disk is full, for instance.
    """
    shown = progress or NoProgress()
    folder = stores.home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    sweep(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    work = folder / f"{_WORK}{secrets.token_hex(4)}"
    work.mkdir(mode=0o700)
    part = target.with_name(f".{target.name}.part")
    try:
        shown.step(_("backing up: steps"), 0, 4)
        _write_parts(stores, work, extra, on_cut, shown)
        shown.step(_("backing up: steps"), 3, 4)
        manifest = pack(work, part, made_at=now, shop=shop, schemas=_schemas(stores))
        reach("backup.packed")
        verify(part)
        os.replace(part, target)
        shown.step(_("backing up: steps"), 4, 4)
    finally:
        rmtree(work, ignore_errors=True)
        part.unlink(missing_ok=True)
    return manifest


def sweep(folder: Path) -> None:
    """Remove what a backup that was killed left, and what was taken from the list: they hold people's data."""
    for left in folder.glob(f"{_WORK}*"):
        rmtree(left, ignore_errors=True)
    for pattern in (".*.part", f"*{REMOVED}"):
        for part in folder.glob(pattern):
            part.unlink(missing_ok=True)


def _write_parts(
    stores: Stores, work: Path, extra: Callable[[], Sequence[Path]], on_cut: Callable[[], None], shown: Progress
) -> None:
    with ExitStack() as stack:
        ledger = stack.enter_context(_snapshot(stores.ledger, "ledger", work / LEDGER_FILE))
        inbox = stack.enter_context(_snapshot(stores.inbox, "inbox", work / INBOX_FILE))
        stack.enter_context(stores.warehouse.transaction())
        tables = stores.warehouse.frame(_TABLES)["table_name"].to_list()
        stores.warehouse.frame("SELECT count(*) AS facts FROM facts")  # the snapshot is of this moment
        _link(stores.home, work / FILES_PART, extra())
        reach("backup.cut")
        on_cut()
        ledger()
        shown.step(_("backing up: steps"), 1, 4)
        inbox()
        _write_warehouse(stores.warehouse, tables, work / WAREHOUSE_PART)
        shown.step(_("backing up: steps"), 2, 4)


@contextmanager
def _snapshot(store: Ledger, name: Store, target: Path) -> Iterator[Callable[[], None]]:
    """Hold one state of a ledger or inbox; what is given writes it into a file of its own."""
    if not isinstance(store.place, Path):
        with closing(Ledger(target)) as copied:  # read at once, in one transaction that stops nobody
            copy_store(store, copied, name, is_beside=True)
        yield lambda: None
        return
    with closing(sqlite3.connect(store.place, isolation_level=None)) as source:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()

        def write() -> None:
            with closing(sqlite3.connect(target)) as copied:
                source.backup(copied)
                copied.execute("PRAGMA journal_mode=DELETE")

        yield write
        source.execute("ROLLBACK")


def _link(home: Path, folder: Path, paths: Sequence[Path]) -> None:
    """Keep files as they are now, however soon they are removed: a second name for the same file."""
    for path in paths:
        if (home / path).is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(home / path, folder / path)
            except OSError:  # a file system that knows no second names
                with (home / path).open("rb") as read, (folder / path).open("wb") as written:
                    _copy(read, written)


def _copy(read: IO[bytes], written: IO[bytes]) -> None:
    copyfileobj(read, written, 1 << 20)


def _write_warehouse(warehouse: Warehouse, tables: Sequence[str], folder: Path) -> None:
    folder.mkdir()
    for table in tables:
        path = str(folder.resolve() / f"{table}.parquet").replace("'", "''")
        warehouse.execute(f"COPY {table} TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def _schemas(stores: Stores) -> dict[str, str]:
    warehouse = stores.warehouse.frame("SELECT max(version) AS version FROM schema_version").item()
    return {
        "ledger": revision_of(stores.ledger) or "",
        "inbox": revision_of(stores.inbox) or "",
        "warehouse": f"{warehouse:04}",
    }
