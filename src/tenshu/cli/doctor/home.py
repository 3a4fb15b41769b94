"""A home as the doctor opens it: each part when it is asked for, nothing made, nothing brought up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import MetaData, Select, Table, inspect, select

from tenshu.kit.clock import SystemClock
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.home import open_inbox, open_ledger
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.place import INBOX_FILE, LEDGER_FILE, read_choice
from tenshu.store.remote import SOCKET, RemoteWarehouse
from tenshu.store.warehouse import aware

if TYPE_CHECKING:
    import duckdb

WAREHOUSE_FILE = "warehouse.duckdb"


class FileMissing(TenshuError):
    """A file of the home is not there."""

    template = N_("{path} is not there")


class HomeUnderDoctor:
    """What is looked at.

    Args:
        path: the home's directory, which may be missing or half broken.
        network: whether servers elsewhere may be asked whether they answer.
    """

    def __init__(self, path: Path, *, network: bool = True) -> None:
        self.path = path
        self.network = network

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger.

        Raises:
            FileMissing: it is a file and not there.
            LedgerUnreachable: its server does not answer.
        """
        return self._opened(LEDGER_FILE, open_ledger)

    @cached_property
    def inbox(self) -> Ledger:
        """The inbox; raises as the ledger does."""
        return self._opened(INBOX_FILE, open_inbox)

    @cached_property
    def now(self) -> datetime:
        """Business time: a rehearsed shop's stands still."""
        from tenshu.bootstrap import rehearsed_until

        wall = SystemClock().now()
        try:
            return rehearsed_until(self.ledger) or wall
        except Exception:  # noqa: BLE001 - a ledger that cannot be read is found elsewhere
            return wall

    def frame(self, query: Select[Any]) -> pl.DataFrame:
        """Return a query's rows from the ledger."""
        with self.ledger.reading() as tx:
            return tx.frame(query)

    def lease_now(self, tx: Transaction) -> int:
        """Return the database's own time in microseconds."""
        return int(tx.value(select(tx.dialect.lease_clock())))

    def table(self, name: str) -> Table | None:
        """Return a table of the ledger as it is there, or None."""
        with self.ledger.engine.connect() as connection:
            if not inspect(connection).has_table(name):
                return None
            return Table(name, MetaData(), autoload_with=connection)

    def ask_warehouse(self, sql: str) -> pl.DataFrame:
        """Return a query's rows from the warehouse: asked of its owner, else of the file itself, opened to read.

        Raises:
            FileMissing: there is no file.
        """
        remote = RemoteWarehouse(self.path / SOCKET)
        if remote.is_there():
            try:
                return remote.frame(sql)
            finally:
                remote.close()
        with self._reading_file() as connection:
            found = pl.from_arrow(connection.execute(sql).to_arrow_table())
        assert isinstance(found, pl.DataFrame)  # noqa: S101 - a table is never a series
        return aware(found)

    def close(self) -> None:
        """Let go of what was opened."""
        for name in ("ledger", "inbox"):
            if name in vars(self):
                vars(self)[name].close()

    @contextmanager
    def _reading_file(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        import duckdb

        path = self.path / WAREHOUSE_FILE
        if not path.exists():
            raise FileMissing(path=path)
        connection = duckdb.connect(str(path), read_only=True)
        try:
            yield connection
        finally:
            connection.close()

    def _opened(self, name: str, opens: Any) -> Ledger:
        if read_choice(self.path) is None and not (self.path / name).is_file():
            raise FileMissing(path=self.path / name)
        found: Ledger = opens(self.path)
        return found
