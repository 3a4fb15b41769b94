"""The ledger's engine: tables in, tables out, in short transactions.

SQLite in WAL mode with `synchronous=FULL` (a power cut loses nothing that was acknowledged).
One writer at a time, so a transaction takes the write lock when it begins and bulk writes stay
at or below `ROWS_A_TRANSACTION` rows. The same statements run on PostgreSQL.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    Select,
    Table,
    create_engine,
    event,
)
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql import Executable

from tenshu.store.dialect import LedgerDialect, SqliteDialect
from tenshu.store.tables import Instant

#: More rows than this in one transaction would hold up every other writer for seconds.
ROWS_A_TRANSACTION: Final = 50_000
INSTANT: Final = pl.Datetime("us", "UTC")
Conflict = Literal["fail", "ignore", "replace"]


class Ledger:
    """A transactional store that answers in polars frames.

    Args:
        path: the SQLite file; it is made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.dialect: LedgerDialect = SqliteDialect()
        self.engine = _sqlite_engine(path)

    @contextmanager
    def writing(self) -> Iterator["Transaction"]:
        """Open a transaction that may write; it commits at the end, or leaves no trace."""
        with self.engine.connect() as connection:
            if self.dialect.begin_writing is not None:
                connection.execute(self.dialect.begin_writing)
            try:
                yield Transaction(connection, self.dialect)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator["Transaction"]:
        """Open a transaction that reads one consistent state."""
        with self.engine.connect() as connection:
            if self.dialect.begin_reading is not None:
                connection.execute(self.dialect.begin_reading)
            yield Transaction(connection, self.dialect)
            connection.rollback()

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()


class Transaction:
    """What can be done inside one transaction."""

    def __init__(self, connection: Connection, dialect: LedgerDialect) -> None:
        self.connection = connection
        self.dialect = dialect

    def frame(self, query: Select[Any]) -> pl.DataFrame:
        """Return the query's rows; instants are aware, the column types follow the tables."""
        columns = list(query.selected_columns)
        schema = {column.name: _polars_type(column) for column in columns}
        rows = self.connection.execute(query).fetchall()
        data = pl.DataFrame(
            list(map(tuple, rows)),
            schema={name: pl.Int64 if kind == INSTANT else kind for name, kind in schema.items()},
            orient="row",
        )
        return data.with_columns(
            pl.from_epoch(name, time_unit="us").dt.replace_time_zone("UTC").alias(name)
            for name, kind in schema.items()
            if kind == INSTANT
        )

    def value(self, query: Select[Any]) -> Any:
        """Return the first column of the first row, or None."""
        return self.connection.execute(query).scalar()

    def execute(self, statement: Executable) -> int:
        """Run one statement; return how many rows it changed."""
        return self.connection.execute(statement).rowcount

    def insert(
        self,
        table: Table,
        frame: pl.DataFrame,
        *,
        conflict: Conflict = "fail",
        keys: Sequence[str] = (),
    ) -> int:
        """Insert the frame's rows; its columns must be columns of the table.

        Args:
            table: where to.
            frame: what.
            conflict: what to do when a row with the same key is there.
            keys: with `replace`, the columns of the unique key (default the primary key).

        Returns:
            How many rows were inserted or replaced.
        """
        if frame.is_empty():
            return 0
        names = frame.columns
        marks = ", ".join([self.dialect.placeholder] * len(names))
        sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
        sql += _on_conflict(table, names, conflict, keys)
        return self.connection.exec_driver_sql(sql, _rows(frame)).rowcount

    def update(self, table: Table, frame: pl.DataFrame, keys: Sequence[str]) -> int:
        """Set the frame's other columns on the rows that its key columns name."""
        if frame.is_empty():
            return 0
        mark = self.dialect.placeholder
        others = [name for name in frame.columns if name not in keys]
        sets = ", ".join(f"{name} = {mark}" for name in others)
        where = " AND ".join(f"{key} = {mark}" for key in keys)
        sql = f"UPDATE {table.name} SET {sets} WHERE {where}"  # noqa: S608
        return self.connection.exec_driver_sql(sql, _rows(frame.select(*others, *keys))).rowcount

    def among(self, wanted: ColumnElement[Any], values: pl.Series | Iterable[int | str]) -> ColumnElement[bool]:
        """Say that the column is one of the values, however many there are."""
        return self.dialect.among(wanted, values.to_list() if isinstance(values, pl.Series) else values)


def _on_conflict(table: Table, names: Sequence[str], conflict: Conflict, keys: Sequence[str]) -> str:
    if conflict == "fail":
        return ""
    if conflict == "ignore":
        return " ON CONFLICT DO NOTHING"
    unique = list(keys) or [column.name for column in table.primary_key.columns]
    others = [name for name in names if name not in unique]
    sets = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f" ON CONFLICT ({', '.join(unique)}) DO UPDATE SET {sets}"


def _rows(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    plain = frame.with_columns(
        pl.col(name).dt.epoch("us").alias(name) for name, kind in frame.schema.items() if kind == pl.Datetime
    )
    return plain.rows()


def _polars_type(column: ColumnElement[Any] | Column[Any]) -> pl.DataType:
    kind = column.type
    if isinstance(kind, Instant) or column.name.endswith("_at"):
        return INSTANT
    if isinstance(kind, Boolean):
        return pl.Boolean()
    if isinstance(kind, Integer):
        return pl.Int64()
    if isinstance(kind, Float):
        return pl.Float64()
    return pl.Binary() if isinstance(kind, LargeBinary) else pl.String()


def _sqlite_engine(path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine
