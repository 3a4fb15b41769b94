"""The ledger's engine: tables in, tables out, in short transactions.

SQLite in WAL mode with `synchronous=FULL` (a power cut loses nothing that was acknowledged), or a schema of a
PostgreSQL database. Those who write take turns on both: a transaction takes the write lock when it begins, so bulk
writes stay at or below `ROWS_A_TRANSACTION` rows. The same statements run on both engines.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import polars as pl
from sqlalchemy import Boolean, Column, ColumnElement, Connection, Float, Integer, LargeBinary, Select, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable

from tenshu.kit.clock import rest
from tenshu.store.dialect import INSTANT, Conflict, LedgerDialect, plain_columns
from tenshu.store.postgres import PostgresDialect, PostgresPlace, postgres_engine
from tenshu.store.sqlite import SqliteDialect, sqlite_engine
from tenshu.store.tables import Instant, from_micros

__all__ = ["INSTANT", "ROWS_A_TRANSACTION", "Conflict", "Ledger", "Transaction"]

#: More rows than this in one transaction would hold up every other writer for seconds.
ROWS_A_TRANSACTION: Final = 50_000
#: Rows that are Python objects at a time while a frame is built; more are slower and take more memory.
_ROWS_AT_A_TIME: Final = 1_000
#: How a row's values are read that the driver gives otherwise; INSTANT is the one kind of its type.
_READ_AS: Final[dict[type, Callable[[Any], Any]]] = {pl.Datetime: from_micros, pl.Boolean: bool, pl.Int64: int}
_READS: Final["WeakKeyDictionary[Select[Any], list[tuple[str, Callable[[Any], Any] | None]]]"] = WeakKeyDictionary()
_LOOK_EVERY: Final = timedelta(milliseconds=2)


class Ledger:
    """A transactional store that answers in polars frames.

    Args:
        place: a SQLite file, which is made when it is not there, or a schema of a PostgreSQL database.

    Attributes:
        place: where the tables are.
        dialect: how the engine spells what SQL leaves open.
        engine: SQLAlchemy's.

    Raises:
        MissingExtra: the place is PostgreSQL and its driver is not installed.
    """

    def __init__(self, place: Path | PostgresPlace) -> None:
        self.place = place
        self.dialect: LedgerDialect
        if isinstance(place, Path):
            self.dialect, self.engine = SqliteDialect(), sqlite_engine(place)
        else:
            self.dialect, self.engine = PostgresDialect(place.schema), postgres_engine(place)

    @classmethod
    def at(cls, url: str, schema: str) -> "Ledger":
        """Return the ledger in a schema of the PostgreSQL database at a URL."""
        return cls(PostgresPlace(url, schema))

    @property
    def kind(self) -> str:
        """The name of the engine: `sqlite` or `postgresql`."""
        return self.dialect.name

    @contextmanager
    def writing(self, *, shared: bool = False) -> Iterator["Transaction"]:
        """Open a transaction that may write; it commits at the end, or leaves no trace.

        An error while it commits may come after the commit: whoever tries again must do what is idempotent.

        Args:
            shared: pass by the other writers where the engine can: for appends and for single statements that need no
                number, no count and no other row to stay as it was.
        """
        with self.engine.connect() as connection:
            connection.exec_driver_sql(self.dialect.begin_sharing if shared else self.dialect.begin_writing)
            try:
                yield Transaction(connection, self.dialect)
            except BaseException:
                with suppress(DBAPIError):  # of a connection that is lost there is nothing to roll back
                    connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator["Transaction"]:
        """Open a transaction that reads one consistent state."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql(self.dialect.begin_reading)
            yield Transaction(connection, self.dialect)
            connection.rollback()

    def outwait(self, patience: timedelta = timedelta(milliseconds=500)) -> bool:
        """Wait until every shared transaction that is open now has ended; say whether they have.

        Numbers of a sequence are taken before they are committed: a row may turn up below others that are there. After
        this, none does any more below a number that was seen before.
        """
        with self.engine.connect() as connection:
            first = waiting = self.dialect.sharing(connection)
            for _look in range(patience // _LOOK_EVERY):
                if not waiting:
                    return True
                rest(_LOOK_EVERY)
                waiting = first & self.dialect.sharing(connection)
        return not waiting

    def fold_log(self) -> None:
        """Bring what was committed from the log into the file, beside everybody else; changes nothing that is told.

        Whoever never does lets a commit do it now and then, which takes that much longer.
        """
        with self.engine.connect() as connection:
            self.dialect.fold_log(connection)

    def close(self) -> None:
        """Let go of the file, or of the server."""
        self.engine.dispose()


class Transaction:
    """What can be done inside one transaction."""

    def __init__(self, connection: Connection, dialect: LedgerDialect) -> None:
        self.connection = connection
        self.dialect = dialect

    def frame(self, query: Select[Any]) -> pl.DataFrame:
        """Return the query's rows; instants are aware, the column types follow the tables."""
        schema = {column.name: polars_type(column) for column in query.selected_columns}
        with self.connection.execute(query) as result:
            # The driver's own rows: as SQLAlchemy's they would take twice as long.
            cursor: Any = result.cursor
            return _framed(cursor.fetchmany, schema, self.dialect.boolean)

    def rows(self, query: Select[Any], given: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the query's rows one by one, for the few that one batch holds: less work than a frame of them.

        Args:
            query: what is asked; one that is made once and asked often is also understood only once.
            given: what its named places hold.
        """
        reads = _READS.get(query)
        if reads is None:
            kinds = [(column.name, polars_type(column)) for column in query.selected_columns]
            reads = _READS[query] = [(name, _READ_AS.get(type(kind))) for name, kind in kinds]
        with self.connection.execute(query, given) as result:
            cursor: Any = result.cursor
            fetched = cursor.fetchall()
        return [
            {
                name: value if read is None or value is None else read(value)
                for (name, read), value in zip(reads, row, strict=True)
            }
            for row in fetched
        ]

    def frames(self, query: Select[Any], rows: int = ROWS_A_TRANSACTION) -> Iterator[pl.DataFrame]:
        """Yield the query's rows so many at a time, never all in memory; none when there are none."""
        schema = {column.name: polars_type(column) for column in query.selected_columns}
        with self.connection.execute(query, execution_options={"stream_results": True}) as result:
            while len(part := _framed(result.fetchmany, schema, pl.Boolean(), limit=rows)):
                yield part

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

        Raises:
            TextHoldsNul: a text holds a character that not every engine can keep.
        """
        if frame.is_empty():
            return 0
        rows = plain_columns(table, frame)
        return self.dialect.insert(self.connection, table, rows, conflict=conflict, keys=keys)

    def update(self, table: Table, frame: pl.DataFrame, keys: Sequence[str]) -> int:
        """Set the frame's other columns on the rows that its key columns name.

        Raises:
            TextHoldsNul: a text holds a character that not every engine can keep.
        """
        if frame.is_empty():
            return 0
        return self.dialect.update(self.connection, table, plain_columns(table, frame), keys=keys)

    def among(self, wanted: ColumnElement[Any], values: pl.Series | Iterable[int | str | bytes]) -> ColumnElement[bool]:
        """Say that the column is one of the values, however many there are; all of one type."""
        return self.dialect.among(wanted, values.to_list() if isinstance(values, pl.Series) else values)


def _framed(
    fetch: Callable[[int], Sequence[Any]],
    schema: dict[str, pl.DataType],
    boolean: pl.DataType,
    limit: float = math.inf,
) -> pl.DataFrame:
    """Build the frame from what the driver fetches, some rows at a time."""
    driven = {INSTANT: pl.Int64(), pl.Boolean(): boolean}
    kept = {name: driven.get(kind, kind) for name, kind in schema.items()}
    parts: list[pl.DataFrame] = []
    while limit > 0 and (rows := fetch(int(min(_ROWS_AT_A_TIME, limit)))):
        limit -= len(rows)
        typed = zip(kept.items(), zip(*rows, strict=True), strict=True)
        parts.append(pl.DataFrame([_series(name, values, kind) for (name, kind), values in typed]))
    if not parts:
        return pl.DataFrame(schema=schema)
    # A few rows are nearly all questions: joining and converting whole frames costs more than asking.
    whole = parts[0] if len(parts) == 1 else pl.concat(parts)
    return pl.DataFrame(
        [whole[name] if kept[name] == kind else whole[name].cast(kind) for name, kind in schema.items()]
    )


def _series(name: str, values: Sequence[Any], kind: pl.DataType) -> pl.Series:
    try:
        return pl.Series(name, values, kind)
    except TypeError:  # PostgreSQL adds whole numbers up to a decimal
        return pl.Series(name, [None if value is None else int(value) for value in values], kind)


def polars_type(column: ColumnElement[Any] | Column[Any]) -> pl.DataType:
    """Return the type that a column of a table, or of a query, has in a frame."""
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
