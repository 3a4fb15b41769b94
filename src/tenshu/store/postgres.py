"""PostgreSQL 15 and later as a ledger engine: one schema of a database, many processes at once.

Writers of one ledger take turns, as they do on SQLite: an advisory lock is taken when the transaction begins and let
go when it ends, so whoever reads a number and writes the next one, or counts a cap and claims, needs no other lock.
Shared transactions (appends to the inbox, leases) pass by. Many rows travel as one array a column.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    String,
    Table,
    create_engine,
    event,
    func,
    literal,
    literal_column,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeEngine

from tenshu.kit.errors import MissingExtra, TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.dialect import Conflict, on_conflict, quoted, unique_key

EXTRA: Final = "postgres"
OLDEST: Final = 15
#: The first halves of our advisory locks ("tens" and "shar" in ASCII); the second tells ledgers apart.
_WRITING: Final = 0x74656E73
_SHARING: Final = 0x73686172
#: What every session of ours is given: no writer waits for another, or holds it up, without end.
_SESSION: Final = """
SELECT set_config('search_path', quote_ident(%s), false),
       set_config('lock_timeout', '30s', false),
       set_config('idle_in_transaction_session_timeout', '2min', false),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
                  ELSE current_setting('synchronous_commit') END, false)
"""
#: Of what an array of values is, by the first; whole numbers otherwise.
_ARRAYS_OF: Final[dict[type, TypeEngine[Any]]] = {bytes: LargeBinary(), str: String()}
_COUNTERS: Final = """
SELECT counted.relname, last_value
FROM pg_sequences
JOIN pg_class AS sequence ON sequence.relname = sequencename AND sequence.relnamespace = current_schema()::regnamespace
JOIN pg_depend ON objid = sequence.oid AND deptype = 'a' AND refclassid = 'pg_class'::regclass
JOIN pg_class AS counted ON counted.oid = refobjid
WHERE schemaname = current_schema() AND last_value IS NOT NULL
"""
#: Notice a server that is gone without a word: after 30 s of silence, three questions 10 s apart.
_CONNECT: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "prepare_threshold": None,
    "application_name": "tenshu",
}


class PostgresPlace(msgspec.Struct, frozen=True):
    """One schema of a PostgreSQL database.

    Attributes:
        url: `postgresql://user@host:port/database`; a password may come from ~/.pgpass or PGPASSWORD.
        schema: where the tables are.
    """

    url: str
    schema: str


class PostgresTooOld(TenshuError):
    """The server is of a version that lacks what is used here."""

    template = N_("This PostgreSQL is version {found}; version {oldest} or newer is needed. Upgrade the server.")


class PostgresDialect:
    """PostgreSQL 15 and later.

    Args:
        schema: where the tables are; also what tells the locks of ledgers in one database apart.
    """

    name = "postgresql"
    boolean: pl.DataType = pl.Boolean()
    begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self._number = zlib.crc32(schema.encode()) - 2**31
        self.begin_writing = f"BEGIN; SELECT pg_advisory_xact_lock({_WRITING}, {self._number})"
        self.begin_sharing = f"BEGIN; SELECT pg_advisory_xact_lock_shared({_SHARING}, {self._number})"

    def among(self, wanted: ColumnElement[Any], values: Iterable[int | str | bytes]) -> ColumnElement[bool]:
        """Say that the column is one of many values: one array, unfolded by the engine."""
        plain = list(values)
        kind: TypeEngine[Any] = wanted.type  # of no value, the column's
        if plain:
            kind = next((said for python, said in _ARRAYS_OF.items() if isinstance(plain[0], python)), BigInteger())
        return wanted.in_(select(func.unnest(literal(plain, ARRAY(kind)))))

    def lease_clock(self) -> ColumnElement[int]:
        """Return the server's real time in microseconds, which goes on inside a transaction."""
        return literal_column("CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)", BigInteger)

    def insert(
        self, connection: Connection, table: Table, frame: pl.DataFrame, *, conflict: Conflict, keys: Sequence[str]
    ) -> int:
        """Insert the rows of one array a column; of rows with one key the last replaces."""
        if conflict == "replace":
            frame = frame.unique(unique_key(table, keys), keep="last", maintain_order=True)
        names = frame.columns
        (into,) = quoted(connection, [table.name])
        columns = ", ".join(quoted(connection, names))
        sql = f"INSERT INTO {into} ({columns}) SELECT * FROM unnest({_casts(connection, table, names)})"  # noqa: S608
        if conflict == "ignore":
            sql += " ON CONFLICT DO NOTHING"
        if conflict == "replace":
            sql += on_conflict(connection, table, names, keys)
        return connection.exec_driver_sql(sql, _arrays(frame)).rowcount

    def update(self, connection: Connection, table: Table, frame: pl.DataFrame, *, keys: Sequence[str]) -> int:
        """Set the other columns from one array a column; of rows with one key the last counts."""
        frame = frame.unique(list(keys), keep="last", maintain_order=True)
        names = frame.columns
        sets = ", ".join(f"{name} = new.{name}" for name in quoted(connection, (n for n in names if n not in keys)))
        same = " AND ".join(f"old.{key} = new.{key}" for key in quoted(connection, keys))
        (into,) = quoted(connection, [table.name])
        columns = ", ".join(quoted(connection, names))
        rows = f"unnest({_casts(connection, table, names)}) AS new ({columns})"
        return connection.exec_driver_sql(
            f"UPDATE {into} AS old SET {sets} FROM {rows} WHERE {same}",  # noqa: S608
            _arrays(frame),
        ).rowcount

    def sharing(self, connection: Connection) -> frozenset[str]:
        """Return the shared transactions of this ledger that hold their lock now."""
        found = connection.execute(
            text(
                "SELECT virtualtransaction FROM pg_locks JOIN pg_database ON pg_database.oid = database "
                "WHERE locktype = 'advisory' AND datname = current_database() AND objsubid = 2 "
                "AND classid::bigint = :sharing AND objid::bigint = :number"
            ),
            {"sharing": _SHARING, "number": self._number % 2**32},
        )
        return frozenset(found.scalars())

    def fold_log(self, connection: Connection) -> None:
        """Do nothing: the server does it by itself."""

    def counters(self, connection: Connection) -> dict[str, int]:
        """Read the sequences of this schema that have given out a number."""
        return dict(connection.exec_driver_sql(_COUNTERS).all())

    def set_counter(self, connection: Connection, table: Table, last: int) -> None:
        """Set the sequence of the table's key."""
        (key,) = table.primary_key.columns
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(quote_ident(:table), :key), :last)"),
            {"table": table.name, "key": key.name, "last": last},
        )

    def prepare(self, connection: Connection) -> None:
        """Make the schema when it is not there; then no right to make schemas is needed."""
        known = connection.execute(text("SELECT to_regnamespace(quote_ident(:name))"), {"name": self.schema}).scalar()
        if known is None:
            (name,) = quoted(connection, [self.schema])
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")


def postgres_engine(place: PostgresPlace) -> Engine:
    """Return the engine of a schema; nothing is connected before the first transaction.

    Raises:
        MissingExtra: the driver is not installed.
    """
    url = make_url(place.url).set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(
            url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, pool_size=8, max_overflow=24, connect_args=_CONNECT
        )
    except ImportError as problem:
        raise MissingExtra(part="PostgreSQL", extra=EXTRA) from problem
    engine.dialect.ddl_compiler = _WideColumns
    # A number is sent as wide as it is; SQLAlchemy would say ::INTEGER, which has 32 bits.
    engine.dialect.colspecs = {**engine.dialect.colspecs, Integer: Integer}

    @event.listens_for(engine, "connect")
    def _begin(connection: Any, _record: ConnectionPoolEntry) -> None:
        found = connection.info.server_version // 10_000
        if found < OLDEST:
            raise PostgresTooOld(found=found, oldest=OLDEST)
        connection.autocommit = True
        connection.execute(_SESSION, [place.schema])

    return engine


class _WideColumns(PGDDLCompiler):
    """Whole numbers have 64 bits, texts are in the order of their characters, whatever the database's rule."""

    def get_column_specification(self, column: Column[Any], **kwargs: Any) -> str:
        said: str = super().get_column_specification(column, **kwargs)  # type: ignore[no-untyped-call]
        if isinstance(column.type, Integer):
            said = said.replace(" SERIAL", " BIGSERIAL").replace(" INTEGER", " BIGINT")
        return said.replace(" VARCHAR", ' VARCHAR COLLATE "C"', 1) if isinstance(column.type, String) else said

    def get_column_default_string(self, column: Column[Any]) -> str | None:
        said = super().get_column_default_string(column)
        return {"0": "false", "1": "true"}.get(said or "", said) if isinstance(column.type, Boolean) else said


def _casts(connection: Connection, table: Table, names: Sequence[str]) -> str:
    return ", ".join(f"%s::{_kind(table.c[name].type).compile(connection.dialect)}[]" for name in names)


def _kind(said: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type as our tables here have it; a table that was read from another engine may say it otherwise."""
    if isinstance(said, Integer):
        return BigInteger()
    return LargeBinary() if isinstance(said, LargeBinary) else said


def _arrays(frame: pl.DataFrame) -> tuple[str, ...]:
    """Return each column as PostgreSQL writes an array."""
    packed = frame.select(_elements(name, kind).str.join(",") for name, kind in frame.schema.items())
    return tuple(f"{{{column}}}" for column in packed.row(0))


def _elements(name: str, kind: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if kind == pl.Binary:
        said = pl.lit('"\\\\x') + value.bin.encode("hex") + pl.lit('"')
    elif kind in {pl.String, pl.Categorical, pl.Enum}:
        escaped = value.cast(pl.String).str.replace_all("\\", "\\\\", literal=True)
        said = pl.lit('"') + escaped.str.replace_all('"', '\\"', literal=True) + pl.lit('"')
    else:
        said = value.cast(pl.String)
    return said.fill_null("NULL").alias(name)
