"""A home: the one directory where a shop's state lives."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import OperationalError

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.ledger import Ledger
from tenshu.store.place import (
    LEDGER_FILE,
    PREFIX,
    PostgresChoice,
    checked_choice,
    inbox_place,
    ledger_place,
    read_choice,
    write_choice,
)
from tenshu.store.warehouse import Warehouse


class LedgerUnreachable(TenshuError):
    """The database of a home does not answer."""

    template = N_(
        "The database of this shop, {url}, cannot be reached: {said}. Check that the server runs, the address and the "
        "password (~/.pgpass or PGPASSWORD), and try again."
    )


class HomeInUse(TenshuError):
    """A home that holds a shop was to be given another database."""

    template = N_(
        "There is a shop in {home} already, and what it knows would stay behind. Move it with: "
        "tenshu shop stores --home {home} --move-to {url}"
    )


class SchemaInUse(TenshuError):
    """The schemas that a home was to use hold a shop."""

    template = N_(
        "There is a shop in the schemas {prefix}_ledger and {prefix}_inbox of {url} already. "
        "Choose another prefix: --schema-prefix NAME"
    )


@dataclass(frozen=True)
class Stores:
    """The three stores of one home.

    Attributes:
        home: the directory.
        ledger: what is decided and promised.
        inbox: what was accepted and waits.
        warehouse: what happened.
    """

    home: Path
    ledger: Ledger
    inbox: Ledger
    warehouse: Warehouse

    def rest(self) -> None:
        """Between two pieces of work: bring what was committed into the files, and give back what was needed for it."""
        self.ledger.fold_log()
        self.inbox.fold_log()
        self.warehouse.rest()

    def close(self) -> None:
        """Let go of all files."""
        self.ledger.close()
        self.inbox.close()
        self.warehouse.close()


def open_stores(home: Path, *, open_warehouse: Callable[[Path], Warehouse] = Warehouse) -> Stores:
    """Open the stores of a home; the files are made when they are not there.

    Args:
        home: the directory.
        open_warehouse: opens the warehouse's file, or asks whoever has it open.
    """
    return Stores(
        home=home,
        ledger=open_ledger(home),
        inbox=open_inbox(home),
        warehouse=open_warehouse(home / "warehouse.duckdb"),
    )


def open_ledger(home: Path) -> Ledger:
    """Open the ledger of a home alone: for a process that is not the owner of the warehouse.

    Raises:
        LedgerUnreachable: it is in PostgreSQL, whose server does not answer.
    """
    return _answering(Ledger(ledger_place(home)), read_choice(home))


def open_inbox(home: Path) -> Ledger:
    """Open the inbox of a home alone.

    Raises:
        LedgerUnreachable: it is in PostgreSQL, whose server does not answer.
    """
    return _answering(Ledger(inbox_place(home)), read_choice(home))


def choose_postgres(home: Path, url: str, *, schema_prefix: str = PREFIX) -> None:
    """Say that the stores of an empty home are in PostgreSQL.

    Args:
        home: the directory; it may not hold a shop yet.
        url: of the database, which must be there; the schemas are made.
        schema_prefix: tells shops in one database apart.

    Raises:
        PostgresUrlInvalid: the URL is none of PostgreSQL.
        HomeInUse: there is a shop in the home.
        LedgerUnreachable: the server does not answer.
        PostgresTooOld: the server is older than version 15.
        SchemaInUse: there is a shop in the schemas.
    """
    choice = checked_choice(url, schema_prefix)
    if (home / LEDGER_FILE).exists() or read_choice(home) not in {None, choice}:
        raise HomeInUse(home=home, url=choice.shown)
    if read_choice(home) is None:
        require_free(choice)
        write_choice(home, choice)


def require_free(choice: PostgresChoice) -> None:
    """Make sure that the database answers and that no shop is in the schemas.

    Raises:
        LedgerUnreachable: the server does not answer.
        PostgresTooOld: the server is older than version 15.
        SchemaInUse: there is a shop in the schemas.
    """
    from tenshu.store.migrate import is_made  # noqa: PLC0415 - most processes migrate nothing

    for place in (choice.ledger, choice.inbox):
        store = _answering(Ledger(place), choice)
        try:
            if is_made(store):
                raise SchemaInUse(prefix=choice.schema_prefix, url=choice.shown)
        finally:
            store.close()


def _answering(store: Ledger, choice: PostgresChoice | None) -> Ledger:
    if choice is not None:
        try:
            store.engine.connect().close()
        except OperationalError as problem:
            store.close()
            raise LedgerUnreachable(url=choice.shown, said=" ".join(str(problem.orig).split())) from problem
    return store
