"""SQLite as a ledger engine: a file, WAL, `synchronous=FULL`; one writer at a time."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Table,
    column,
    create_engine,
    event,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.pool import ConnectionPoolEntry

from tenshu.store.dialect import Conflict, on_conflict, quoted

#: Every connection begins with these: a power cut loses nothing acknowledged, and what is deleted is gone.
_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "secure_delete=ON",
    # 64 MB of log before a commit brings its pages into the file: the owner does that when it rests (`fold_log`), so
    # that no tick and no dispatcher pays for it and a sync more.
    "wal_autocheckpoint=16000",
    "cache_size=-16384",  # 16 MB of pages, so that a large import does not read its indexes again and again
)
#: Seconds that a writer waits for another.
_PATIENCE: Final = 30
#: From here on SQLite can read hexadecimal by itself.
_HAS_UNHEX: Final = sqlite3.sqlite_version_info >= (3, 41)


class SqliteDialect:
    """SQLite 3.35 and later."""

    name = "sqlite"
    boolean: pl.DataType = pl.Int64()
    begin_writing = "BEGIN IMMEDIATE"
    begin_sharing = "BEGIN IMMEDIATE"
    begin_reading = "BEGIN"

    def among(self, wanted: ColumnElement[Any], values: Iterable[int | str | bytes]) -> ColumnElement[bool]:
        """Say that the column is one of many values: one JSON array, unfolded by the engine."""
        plain = list(values)
        is_bytes = bool(plain) and isinstance(plain[0], bytes)
        packed = [value.hex() for value in plain if isinstance(value, bytes)] if is_bytes else plain
        unfolded = func.json_each(literal(msgspec.json.encode(packed).decode())).table_valued(column("value"))
        return wanted.in_(select(func.unhex(unfolded.c.value) if is_bytes else unfolded.c.value))

    def lease_clock(self) -> ColumnElement[int]:
        """Return the database's own real time in microseconds (julian days carry about 50 µs)."""
        return literal_column("CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)", BigInteger)

    def insert(
        self, connection: Connection, table: Table, frame: pl.DataFrame, *, conflict: Conflict, keys: Sequence[str]
    ) -> int:
        """Insert the rows with one prepared statement."""
        names = frame.columns
        marks = ", ".join("?" * len(names))
        (into,) = quoted(connection, [table.name])
        sql = f"INSERT INTO {into} ({', '.join(quoted(connection, names))}) VALUES ({marks})"  # noqa: S608
        if conflict == "ignore":
            sql += " ON CONFLICT DO NOTHING"
        if conflict == "replace":
            sql += on_conflict(connection, table, names, keys)
        return connection.exec_driver_sql(sql, frame.rows()).rowcount

    def update(self, connection: Connection, table: Table, frame: pl.DataFrame, *, keys: Sequence[str]) -> int:
        """Set the other columns with one prepared statement."""
        others = [name for name in frame.columns if name not in keys]
        sets = ", ".join(f"{name} = ?" for name in quoted(connection, others))
        where = " AND ".join(f"{key} = ?" for key in quoted(connection, keys))
        (into,) = quoted(connection, [table.name])
        sql = f"UPDATE {into} SET {sets} WHERE {where}"  # noqa: S608
        return connection.exec_driver_sql(sql, frame.select(*others, *keys).rows()).rowcount

    def sharing(self, connection: Connection) -> frozenset[str]:  # noqa: ARG002
        """Return nobody: a transaction that writes here has no other beside it."""
        return frozenset()

    def fold_log(self, connection: Connection) -> None:
        """Bring the log's pages into the file; nobody who reads or writes meanwhile is held up."""
        connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").close()

    def counters(self, connection: Connection) -> dict[str, int]:
        """Read them where SQLite keeps them; the table is not there before the first key that counts up."""
        if not connection.dialect.has_table(connection, "sqlite_sequence"):
            return {}
        return dict(connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all())

    def set_counter(self, connection: Connection, table: Table, last: int) -> None:
        """Write it where SQLite keeps it."""
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last))

    def prepare(self, connection: Connection) -> None:
        """Need nothing: the file is there."""


def sqlite_engine(path: Path) -> Engine:
    """Return the engine of a file, which is made with its folder when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The connection that was used last knows most pages: whoever works alone stays on it, however many there are.
    pool: dict[str, Any] = {} if str(path) == ":memory:" else {"pool_use_lifo": True}
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _PATIENCE}, **pool)

    @event.listens_for(engine, "connect")
    def _begin(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        if not _HAS_UNHEX:
            connection.create_function("unhex", 1, bytes.fromhex, deterministic=True)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    return engine
