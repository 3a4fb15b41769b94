"""The warehouse's engine: DuckDB, one owner process, whole results as polars frames.

Times lie in the file as UTC without a zone; every column named `*_at` comes out aware. One
cursor a task, results fetched whole, no extension that would have to be downloaded.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

_RUN: Final = compile("_connection.execute(_sql, _given)", "<warehouse>", "eval")


class WarehouseBusy(TenshuError):
    """Another process has the warehouse open: it has one owner at a time."""

    template = N_(
        "{path} is open in another process ({said}). A shop is opened by one command at a time: "
        "stop the other one, such as tenshu serve or tenshu run --forever, and try again."
    )


class Warehouse:
    """An analytic store.

    Args:
        path: the DuckDB file, or None for one in memory.
        memory_limit: what the engine may take before it spills to disk, as DuckDB spells it.
        threads: how many of them the engine may use.

    Raises:
        WarehouseBusy: another process has the file open.
    """

    def __init__(self, path: Path | None = None, *, memory_limit: str = "384MB", threads: int = 2) -> None:
        self.path = path
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = _connect(
            path,
            {
                "checkpoint_threshold": "1GB",
                "memory_limit": memory_limit,
                "threads": threads,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": True,
            },
        )
        self._connection.execute("SET TimeZone = 'UTC'")
        self._upgrade()

    def frame(self, sql: str, given: Sequence[Any] | Mapping[str, Any] = (), /, **tables: pl.DataFrame) -> pl.DataFrame:
        """Run one query; `given` fills its parameters, `tables` are frames it may name."""
        # Arrow and not .pl(): the zone is ours to put back, column by column.
        table = self._run(sql, given, tables).to_arrow_table()
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table is never a series
        return frame.with_columns(
            pl.col(name).dt.cast_time_unit("us").dt.replace_time_zone("UTC")
            for name, kind in frame.schema.items()
            if isinstance(kind, pl.Datetime) and name.endswith("_at")
        )

    def execute(self, sql: str, given: Sequence[Any] | Mapping[str, Any] = (), /, **tables: pl.DataFrame) -> None:
        """Run one statement that returns nothing."""
        self._run(sql, given, tables)

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Append the frame to the table, column by name."""
        if not frame.is_empty():
            self.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming", incoming=frame)  # noqa: S608

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one: all of it, or none."""
        self._connection.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def checkpoint(self) -> None:
        """Write everything from the log into the file."""
        self._connection.execute("CHECKPOINT")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _run(
        self, sql: str, given: Sequence[Any] | Mapping[str, Any], tables: Mapping[str, pl.DataFrame]
    ) -> duckdb.DuckDBPyConnection:
        """Run a statement that may name the lent tables.

        The engine finds them as variables around the call. Registered ones would stay in memory until the
        transaction ends, which for a large import is everything that was imported.
        """
        if not tables:
            return self._connection.execute(sql, given or None)
        lent = {name: _without_zone(frame).to_arrow() for name, frame in tables.items()}
        around = {**lent, "_connection": self._connection, "_sql": sql, "_given": given or None}
        ran: duckdb.DuckDBPyConnection = eval(_RUN, around)  # noqa: S307 - a constant
        return ran

    def _upgrade(self) -> None:
        self._connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER)")
        row = self._connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
        current = int(row[0]) if row else 0
        folder = resources.files("tenshu.store") / "warehouse_schema"
        for script in sorted(
            (entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name
        ):
            version = int(script.name.split("_")[0])
            if version > current:
                with self.transaction():
                    self._connection.execute(script.read_text("utf-8"))
                    self._connection.execute("INSERT INTO schema_version VALUES (?)", [version])


def _connect(path: Path | None, config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path) if path else ":memory:", config=config)
    except duckdb.IOException as problem:
        if path is None or "lock" not in str(problem).lower():
            raise
        holder = re.search(r"PID \d+", str(problem))
        raise WarehouseBusy(path=path, said=holder[0] if holder else "PID ?") from problem


def _without_zone(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(name).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Datetime) and kind.time_zone is not None
    )
