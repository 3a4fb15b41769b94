"""Move the ledger and the inbox of a home from files to PostgreSQL and back."""

from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import text

from tenshu.store.copy import copy_store
from tenshu.store.home import open_inbox, open_ledger, require_free
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import Store
from tenshu.store.place import INBOX_FILE, LEDGER_FILE, PostgresChoice, read_choice, write_choice
from tenshu.store.postgres import PostgresPlace
from tenshu.store.warehouse import Warehouse

#: What the files of a home are called after their rows moved to PostgreSQL.
MOVED: Final = ".moved"
_HALF: Final = "half-moved"
_FILES: Final[dict[Store, str]] = {"ledger": LEDGER_FILE, "inbox": INBOX_FILE}


def move_stores(home: Path, choice: PostgresChoice | None) -> int:
    """Move ledger and inbox of a shop that is not running; cut short, the home stays where it was.

    Files that moved to PostgreSQL stay as `*.moved`; schemas that moved to files stay as they are.

    Args:
        home: the directory of the shop.
        choice: where to; None for files in the home.

    Returns:
        How many rows moved; 0 when the stores are there already.

    Raises:
        WarehouseInUse: the shop is running.
        LedgerUnreachable: the server does not answer.
        SchemaInUse: there is a shop in the schemas.
        TextHoldsNul: a text has a character that PostgreSQL cannot keep.
    """
    was = read_choice(home)
    if choice == was:
        return 0
    with closing(Warehouse(home / "warehouse.duckdb")):
        moved = _to_files(home) if choice is None else _to_postgres(home, choice)
        write_choice(home, choice)
        if was is None:
            for file in _FILES.values():
                (home / file).replace(home / (file + MOVED))
    return moved


def copy_to_files(home: Path, folder: Path) -> int:
    """Copy ledger and inbox of a home into files of another directory; return how many rows."""
    return _copy(home, {name: Ledger(folder / file) for name, file in _FILES.items()})


def drop_schemas(choice: PostgresChoice) -> None:
    """Remove ledger and inbox from the database, with everything in them."""
    for place in (choice.ledger, choice.inbox):
        with closing(Ledger(place)) as store, store.writing() as tx:
            tx.connection.execute(text(f"DROP SCHEMA IF EXISTS {_quoted(place)} CASCADE"))


def _to_files(home: Path) -> int:
    folder = home / _HALF
    for file in _FILES.values():
        (folder / file).unlink(missing_ok=True)
    moved = copy_to_files(home, folder)
    for file in _FILES.values():
        (folder / file).replace(home / file)
    folder.rmdir()
    return moved


def _to_postgres(home: Path, choice: PostgresChoice) -> int:
    """Copy into schemas of another name, and give both their own at once."""
    require_free(choice)
    half = msgspec.structs.replace(choice, schema_prefix=f"{choice.schema_prefix}_{_HALF}")
    drop_schemas(half)
    moved = _copy(home, {"ledger": Ledger(half.ledger), "inbox": Ledger(half.inbox)})
    with closing(Ledger(half.ledger)) as store, store.writing() as tx:
        for before, after in ((half.ledger, choice.ledger), (half.inbox, choice.inbox)):
            tx.connection.execute(text(f"DROP SCHEMA IF EXISTS {_quoted(after)}"))
            tx.connection.execute(text(f"ALTER SCHEMA {_quoted(before)} RENAME TO {_quoted(after)}"))
    return moved


def _copy(home: Path, targets: dict[Store, Ledger]) -> int:
    with closing(open_ledger(home)) as ledger, closing(open_inbox(home)) as inbox:
        sources: dict[Store, Ledger] = {"ledger": ledger, "inbox": inbox}
        copied = 0
        for name, target in targets.items():
            with closing(target):
                copied += copy_store(sources[name], target, name)
    return copied


def _quoted(place: PostgresPlace) -> str:
    return '"' + place.schema.replace('"', '""') + '"'
