"""What a ledger engine must spell itself: how a transaction begins, how many rows go in as one statement.

Everything else is SQLAlchemy Core that says the same to every engine. The engines are `sqlite.py` and `postgres.py`.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, Protocol

import polars as pl
from sqlalchemy import ColumnElement, Connection, Table

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

Conflict = Literal["fail", "ignore", "replace"]
INSTANT: Final = pl.Datetime("us", "UTC")
#: The one character that no text of the ledger may hold: PostgreSQL knows no such text.
NUL: Final = "\0"


class TextHoldsNul(TenshuError):
    """A text with a NUL character was to be kept."""

    template = N_(
        "The column {column} of the table {table} was given a text with a NUL character (U+0000), "
        "which no text of the ledger may hold. Remove the character and try again."
    )


class LedgerDialect(Protocol):
    """The spelling of one engine."""

    name: str
    #: What the driver gives for a boolean.
    boolean: pl.DataType
    #: Starts a transaction that may write and that no other such transaction overlaps.
    begin_writing: str
    #: Starts a transaction that may write beside all others, where the engine can.
    begin_sharing: str
    #: Starts a transaction in which every question is answered from one state.
    begin_reading: str

    def among(self, wanted: ColumnElement[Any], values: Iterable[int | str | bytes]) -> ColumnElement[bool]:
        """Say that the column is one of many values, as one bound parameter."""
        ...

    def lease_clock(self) -> ColumnElement[int]:
        """Return the database's own real time in microseconds, for leases only."""
        ...

    def insert(
        self, connection: Connection, table: Table, frame: pl.DataFrame, *, conflict: Conflict, keys: Sequence[str]
    ) -> int:
        """Insert plain columns (`plain_columns`) as one statement; return how many rows were inserted or replaced."""
        ...

    def update(self, connection: Connection, table: Table, frame: pl.DataFrame, *, keys: Sequence[str]) -> int:
        """Set plain columns on the rows that the keys name; return how many rows were changed."""
        ...

    def sharing(self, connection: Connection) -> frozenset[str]:
        """Return which shared transactions are open at this moment."""
        ...

    def fold_log(self, connection: Connection) -> None:
        """Bring what was committed from the log to where it stays, where the engine leaves that to its users."""
        ...

    def counters(self, connection: Connection) -> dict[str, int]:
        """Return, for each table whose key counts up, the last number that was given out."""
        ...

    def set_counter(self, connection: Connection, table: Table, last: int) -> None:
        """Let the key of a table count on after this number."""
        ...

    def prepare(self, connection: Connection) -> None:
        """Make what tables need before they can be made, inside a transaction that may write."""
        ...


def plain_columns(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with instants as microseconds, as every engine keeps them.

    Raises:
        TextHoldsNul: a text holds the character that not every engine can keep.
    """
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    if texts:
        found = frame.select(pl.col(texts).str.contains(NUL, literal=True).any()).row(0, named=True)
        for name, is_there in found.items():
            if is_there:
                raise TextHoldsNul(column=name, table=table.name)
    return frame.with_columns(
        pl.col(name).dt.epoch("us").alias(name) for name, kind in frame.schema.items() if kind == pl.Datetime
    )


def quoted(connection: Connection, names: Iterable[str]) -> list[str]:
    """Return names as the engine writes them: those that are words of SQL in quotes."""
    return [connection.dialect.identifier_preparer.quote(name) for name in names]


def on_conflict(connection: Connection, table: Table, names: Sequence[str], keys: Sequence[str]) -> str:
    """Return the clause that replaces a row whose key is there: only the given columns are set."""
    unique = unique_key(table, keys)
    others = quoted(connection, (name for name in names if name not in unique))
    sets = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f" ON CONFLICT ({', '.join(quoted(connection, unique))}) DO " + (f"UPDATE SET {sets}" if sets else "NOTHING")


def unique_key(table: Table, keys: Sequence[str]) -> list[str]:
    """Return the columns that tell rows apart: those named, else the primary key."""
    return list(keys) or [column.name for column in table.primary_key.columns]
