"""Before an older home is brought up to date, keep it as it was: an upgrade is one transaction, and there is a copy.

The copy lies in the home's backups under the name of the version that it is being brought to. To go back, install the
former version and put the files back where they were.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copyfile
from typing import Final

from tenshu.kit.failpoint import reach
from tenshu.store.backup import FOLDER
from tenshu.store.home import open_inbox, open_ledger
from tenshu.store.ledger import Ledger
from tenshu.store.lock import SERVED, holder_of
from tenshu.store.migrate import Store, newest, pending
from tenshu.store.place import INBOX_FILE, LEDGER_FILE, is_home, read_choice

#: In front of the version that a home was brought to.
PREFIX: Final = "before-"
#: A warehouse up to this size in bytes is kept too; an upgrade only adds to it.
SMALL: Final = 200_000_000
_WAREHOUSE: Final = ("warehouse.duckdb", "warehouse.duckdb.wal")


def keep_before_upgrade(home: Path) -> Path | None:
    """Copy the stores of a home that is about to be brought up to date; return where to, or None: it is not.

    A ledger in PostgreSQL is not copied: its server has its own ways.

    Raises:
        HomeNewer: a newer version of tenshu has been here; nothing is touched.
    """
    if not is_home(home) or not _is_pending(home) or read_choice(home) is not None:
        return None
    folder = home / FOLDER / f"{PREFIX}{newest('ledger')}"
    if folder.exists():
        return folder  # an upgrade that failed once: what it found then is what is to be kept
    half = folder.with_name(f".{folder.name}.part")
    half.mkdir(parents=True, mode=0o700, exist_ok=True)
    for file in (LEDGER_FILE, INBOX_FILE):
        _copy(home / file, half / file)
    is_served = holder_of(home / SERVED) is not None
    if not is_served and all((home / file).stat().st_size <= SMALL for file in _WAREHOUSE if (home / file).exists()):
        for file in _WAREHOUSE:
            if (home / file).exists():
                copyfile(home / file, half / file)  # nobody has it open: this process opens it afterwards
    reach("upgrade.kept")
    half.rename(folder)
    return folder


def _is_pending(home: Path) -> bool:
    with closing(open_ledger(home)) as ledger, closing(open_inbox(home)) as inbox:
        stores: tuple[tuple[Ledger, Store], ...] = ((ledger, "ledger"), (inbox, "inbox"))
        waiting = [pending(store, name) for store, name in stores]  # both are asked: either may be of the future
    return any(waiting)


def _copy(source: Path, target: Path) -> None:
    if source.exists():
        with closing(sqlite3.connect(source)) as before, closing(sqlite3.connect(target)) as after:
            before.backup(after)
