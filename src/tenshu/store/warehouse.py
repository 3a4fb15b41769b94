"""The warehouse's engine: DuckDB, one owner process, whole results as polars frames.

Times lie in the file as UTC without a zone; every column named `*_at` comes out aware. Each thread has a
cursor of its own, so that what one reads is one state, whatever another writes meanwhile. No extension that
would have to be downloaded.
"""

import re
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.askers import Askers

# DuckDB 2 prefers another way to the same table; the one that both 1.5 and 2 have is good enough for whole results.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")

if TYPE_CHECKING:  # the engine is loaded by whoever opens one, not by whoever only asks
    import duckdb
    import pyarrow as pa

Given = Sequence[Any] | Mapping[str, Any]
#: The last of `warehouse_schema`.
NEWEST: Final = 4
#: Rows of an answer that are in memory at a time.
ROWS_A_CHUNK: Final = 50_000
#: What is freed goes back at once: the engine's allocator would keep it for itself, 40 MB in a small shop.
_LEAN: Final = (
    "allocator_flush_threshold = '1MB'",
    "allocator_bulk_deallocation_flush_threshold = '1MB'",
    "allocator_background_threads = true",
)
#: So few rows one thread appends for less than several, each of which would make a table of its own to keep the order.
#: The engine plans for several where every source numbers its rows; an empty one that does not tells it otherwise.
_FEW: Final = 25_000
#: What folding the log into the file takes beside long texts: with all that it may it would take 90 MB.
_TO_FOLD_IN: Final = 16_000_000
#: So many of a column's texts are in memory at once while they are written.
_A_VECTOR: Final = 2048
_TEXTS: Final = """
SELECT table_name, column_name
FROM duckdb_columns() JOIN duckdb_tables() USING (database_name, schema_name, table_name)
WHERE data_type IN ('VARCHAR', 'BLOB')
"""
_LONGEST: Final = re.compile(r"Max String Length: (\d+)")
#: What remains of the file in memory when its pages are dropped.
_WITHOUT_PAGES: Final = 1_000_000
#: What the engine keeps between two pieces of work: so many bytes, or this part of a larger file.
_AT_REST: Final = 8_000_000
_AT_REST_OF_FILE: Final = 1 / 8
#: From here on a log is folded into the file. What lies in it is in memory too, and is done again at a start.
_LONG_LOG: Final = 32_000_000


class WarehouseBusy(TenshuError):
    """Another process has the warehouse open: it has one owner at a time."""

    template = N_(
        "{path} is open in another process ({said}), and this command needs it for itself. Wait until that one has "
        "ended, or stop it, such as tenshu serve or tenshu run --forever, and try again."
    )


class WarehouseNewer(TenshuError):
    """The file was made by a version that knows more than this one."""

    template = N_(
        "{path} was last used by a newer version of tenshu (its tables are version {found}; this version knows up to "
        "{known}). Nothing was changed. Install that version again, or restore a backup from before."
    )


class OnlyReading(TenshuError):
    """Somebody who may only ask wanted something else."""

    template = N_("The warehouse is only read here: give one SELECT. It was given {given}.")


class Warehouse:
    """An analytic store.

    Args:
        path: the DuckDB file, or None for one in memory.
        memory_limit: what the engine may take before it spills to disk, in bytes.
        threads: how many of them the engine may use.

    Raises:
        WarehouseBusy: another process has the file open.
    """

    def __init__(self, path: Path | None = None, *, memory_limit: int = 384_000_000, threads: int = 2) -> None:
        self.path: Path | None = path
        self._is_locked_in = False
        self._limit, self._threads = memory_limit, threads
        self._askers = Askers()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = _connect(
            path,
            {
                "checkpoint_threshold": "1GB",
                "memory_limit": f"{memory_limit}B",
                "threads": threads,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": True,
            },
        )
        for setting in _LEAN:
            with suppress(_engine().CatalogException):  # another version may have another allocator
                self._connection.execute(f"SET GLOBAL {setting}")
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self._mine = threading.local()
        self._mine.cursor = self._connection
        self._upgrade()

    def frame(self, sql: str, given: Given = (), /, **tables: pl.DataFrame) -> pl.DataFrame:
        """Run one query; `given` fills its parameters, `tables` are frames it may name."""
        with self._askers.one_more():
            return _frame(self._cursor(), sql, given, tables)

    @contextmanager
    def answer(self, sql: str, given: Given = (), /, **tables: pl.DataFrame) -> Iterator["pa.RecordBatchReader"]:
        """Answer one question of somebody who may only ask, a chunk of rows at a time.

        The engine itself refuses to write in such a transaction, whatever the query calls.

        Raises:
            OnlyReading: it is anything but one SELECT.
        """
        _refuse_writing(self._cursor(), sql)
        with self.one_state(), _lent(self._cursor(), tables):
            yield self._cursor().execute(sql, given or None).to_arrow_reader(ROWS_A_CHUNK)

    def execute(self, sql: str, given: Given = (), /, **tables: pl.DataFrame) -> None:
        """Run one statement that returns nothing."""
        cursor = self._cursor()
        with self._askers.one_more(), _lent(cursor, tables):
            cursor.execute(sql, given or None)

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Append the frame to the table, column by name, its rows in their order."""
        if frame.is_empty():
            return
        rows = "SELECT * FROM incoming"
        if len(frame) <= _FEW:
            rows += f' UNION ALL BY NAME SELECT NULL AS "{frame.columns[0]}" FROM range(0)'  # noqa: S608
        self.execute(f"INSERT INTO {table} BY NAME {rows}", incoming=frame)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything that this thread does inside one: all of it, or none."""
        cursor = self._cursor()
        with self._askers.one_more():
            cursor.execute("BEGIN TRANSACTION")
            try:
                yield
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """Let everything that this thread reads inside be of one state; the engine refuses to write in it."""
        cursor = self._cursor()
        with self._askers.one_more():
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")

    def limit(self, most: int) -> None:
        """Let the engine take so much memory from now on before it spills to disk, in bytes."""
        self._cursor().execute(f"SET memory_limit = '{most}B'")
        self._limit = most

    @contextmanager
    def roomy(self, at_least: int) -> Iterator[None]:
        """Let the engine take so much memory inside, in bytes, where it may take less."""
        before = self._limit
        self.limit(max(before, at_least))
        try:
            yield
        finally:
            self.limit(before)

    def drop_pages(self) -> None:
        """Give back the pages of the file that are in memory: a start reads all of them, and few are needed again.

        Nobody meets the little room that there is meanwhile: while somebody asks, nothing is done.
        """
        with self._askers.nobody() as is_quiet:
            if is_quiet:
                self._keep_only(_WITHOUT_PAGES)

    def rest(self) -> None:
        """Between two pieces of work: fold a long log into the file, and give back what the engine holds.

        Pages of the file are read again when they are needed; rows that are not in it yet go to the engine's own
        temporary file. While somebody asks, nothing is done: the next rest will do it.
        """
        if self.path is None:
            return
        with self._askers.nobody() as is_quiet:
            if not is_quiet:
                return
            if _size(self.path.with_name(f"{self.path.name}.wal")) >= _LONG_LOG:
                with suppress(_engine().TransactionException, _engine().OutOfMemoryException):  # before it begins
                    self._fold_in()
            self._keep_only(max(_AT_REST, int(_size(self.path) * _AT_REST_OF_FILE)))

    def checkpoint(self) -> None:
        """Write everything from the log into the file."""
        self._cursor().execute("CHECKPOINT")

    def lock_in(self, folders: Sequence[Path] = ()) -> None:
        """Let SQL reach no file but the engine's own from now on, and those in the folders; there is no way back."""
        if self._is_locked_in:
            return
        self._is_locked_in = True
        allowed = [f"{folder.resolve()}/" for folder in folders]
        self._connection.execute("SET allowed_directories = $allowed", {"allowed": allowed})
        self._connection.execute("SET enable_external_access = false")

    def aside(self) -> "Aside":
        """Return what answers questions about frames beside everything that goes on here."""
        connection = self._connection.cursor()
        self._cursors.add(connection)
        return Aside(connection, self._askers)

    def interrupter(self) -> Callable[[], None]:
        """Return what another thread calls to end this thread's query; without one it does nothing."""
        cursor = self._cursor()

        def interrupt() -> None:
            with suppress(_engine().Error):  # its thread may have let go of it a moment ago
                cursor.interrupt()

        return interrupt

    def leave(self) -> None:
        """Let go of this thread's cursor, when the thread ends."""
        if self._cursor() is not self._connection:
            self._cursor().close()
            del self._mine.cursor

    def close(self) -> None:
        """Let go of the file; other threads must have asked what they had to ask."""
        for cursor in list(self._cursors):
            with suppress(_engine().Error):  # its thread may have let go of it a moment ago
                cursor.interrupt()
            cursor.close()
        if self.path is not None:
            with suppress(_engine().Error):  # what this cannot do, the engine does when it is closed
                self._fold_in()
        self._connection.close()

    def _fold_in(self) -> None:
        """Write the log into the file in little memory, by one thread; too little would end the engine."""
        cursor = self._cursor()
        self._keep_only(_WITHOUT_PAGES)
        needed = self._held() + _TO_FOLD_IN + _A_VECTOR * self._longest_text()
        before = self._limit
        self.limit(min(needed, before))
        cursor.execute("SET threads = 1")
        try:
            cursor.execute("CHECKPOINT")
        finally:
            with suppress(_engine().FatalException):  # said already
                cursor.execute(f"SET threads = {self._threads}")
                self.limit(before)

    def _keep_only(self, most: int) -> None:
        """Let the engine hold no more than so many bytes at this moment, if it can."""
        before = self._limit
        try:
            with suppress(_engine().OutOfMemoryException):  # what can go has gone
                self.limit(most)
        finally:
            self.limit(before)

    def _held(self) -> int:
        """Return how many bytes the engine holds."""
        found = self._cursor().execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchone()
        return int(found[0] or 0) if found else 0

    def _longest_text(self) -> int:
        """Return the bytes of the longest text in any table, as the engine keeps it in mind with each column."""
        cursor = self._cursor()
        longest = 0
        for table, column in cursor.execute(_TEXTS).fetchall():
            found = cursor.execute(f'SELECT stats("{column}") FROM "{table}" LIMIT 1').fetchone()  # noqa: S608 - ours
            told = _LONGEST.search(found[0]) if found else None
            longest = max(longest, int(told[1]) if told else 0 if found is None else self._limit)
        return longest

    def _cursor(self) -> "duckdb.DuckDBPyConnection":
        found: duckdb.DuckDBPyConnection | None = getattr(self._mine, "cursor", None)
        if found is None:
            found = self._mine.cursor = self._connection.cursor()
            self._cursors.add(found)
        return found

    def _upgrade(self) -> None:
        self._connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER)")
        row = self._connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
        current = int(row[0]) if row else 0
        if current > NEWEST:
            self._connection.close()
            raise WarehouseNewer(path=self.path, found=current, known=NEWEST)
        folder = resources.files("tenshu.store") / "warehouse_schema"
        for script in sorted(
            (entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name
        ):
            version = int(script.name.split("_")[0])
            if version > current:
                with self.transaction():
                    self._connection.execute(script.read_text("utf-8"))
                    self._connection.execute("INSERT INTO schema_version VALUES (?)", [version])


class Aside:
    """Answers questions about frames that are lent to it, by the engine of a warehouse that is open.

    Nobody's transaction is in its way: it has a connection of its own, which sees what is committed and writes
    nothing. For one thread at a time. An engine of its own would take 30 MB.
    """

    def __init__(self, connection: "duckdb.DuckDBPyConnection", askers: Askers) -> None:
        self._connection = connection
        self._askers = askers

    def frame(self, sql: str, given: Given = (), /, **tables: pl.DataFrame) -> pl.DataFrame:
        """Run one query; `given` fills its parameters, `tables` are the frames it is about."""
        with self._askers.one_more():
            self._connection.execute("BEGIN TRANSACTION READ ONLY")
            try:
                return _frame(self._connection, sql, given, tables)
            finally:
                self._connection.execute("ROLLBACK")


class _Hand:
    """Holds out a table to the engine, for as long as it is lent."""

    def __init__(self, table: "pa.Table") -> None:
        self.table: pa.Table | None = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        if self.table is None:
            message = "this table was lent for one query"
            raise LookupError(message)
        return self.table.__arrow_c_stream__(requested_schema)


def _frame(
    cursor: "duckdb.DuckDBPyConnection", sql: str, given: Given, tables: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    with _lent(cursor, tables):
        # Arrow and not .pl(): the zone is ours to put back, column by column.
        found = pl.from_arrow(cursor.execute(sql, given or None).to_arrow_table())
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - a table is never a series
    return aware(found)


@contextmanager
def _lent(cursor: "duckdb.DuckDBPyConnection", tables: Mapping[str, pl.DataFrame]) -> Iterator[None]:
    """Let the queries inside name these frames.

    The engine keeps a name that was lent until the transaction ends, which for a large import is long:
    the name then stands for an empty hand, and the rows are free.
    """
    if not tables:
        yield
        return
    lent = {name: _Hand(_without_zone(frame).to_arrow()) for name, frame in tables.items()}
    for name, hand in lent.items():
        cursor.register(name, hand)
    try:
        yield
    finally:
        for name, hand in lent.items():
            hand.table = None
            with suppress(_engine().Error):  # a broken transaction takes the name with it
                cursor.unregister(name)


def aware(frame: pl.DataFrame) -> pl.DataFrame:
    """Return what came out of the engine with its instants in UTC."""
    return frame.with_columns(
        pl.col(name).dt.cast_time_unit("us").dt.replace_time_zone("UTC")
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Datetime) and name.endswith("_at")
    )


def _size(path: Path) -> int:
    """Return a file's size in bytes, 0 when there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _refuse_writing(cursor: "duckdb.DuckDBPyConnection", sql: str) -> None:
    statements = cursor.extract_statements(sql)
    kinds = [statement.type.name for statement in statements]
    if kinds not in (["SELECT"], ["EXPLAIN"]):
        raise OnlyReading(given=", ".join(kinds) or "-")


def _engine() -> Any:
    import duckdb  # noqa: PLC0415 - see above
    import pyarrow as pa  # noqa: PLC0415, F401 - two threads that both need it first would find it half loaded

    # For every frame that is lent the engine would load Arrow's datasets with all their stores and formats (40 MB) to
    # hand its filters on to them. Without them it filters by itself, which is as fast.
    sys.modules.setdefault("pyarrow.dataset", None)  # type: ignore[arg-type]
    return duckdb


def _connect(path: Path | None, config: dict[str, Any]) -> "duckdb.DuckDBPyConnection":
    engine = _engine()
    try:
        opened: duckdb.DuckDBPyConnection = engine.connect(str(path) if path else ":memory:", config=config)
    except engine.IOException as problem:
        if path is None or "lock" not in str(problem).lower():
            raise
        holder = re.search(r"PID \d+", str(problem))
        raise WarehouseBusy(path=path, said=holder[0] if holder else "PID ?") from problem
    return opened


def _without_zone(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(name).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Datetime) and kind.time_zone is not None
    )
