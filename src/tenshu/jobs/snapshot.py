"""Snapshots: what a job reads, written by the owner of the warehouse as Parquet files of one moment."""

from collections.abc import Mapping
from pathlib import Path

from tenshu.store.warehouse import Warehouse


def write_snapshot(warehouse: Warehouse, queries: Mapping[str, str], folder: Path) -> None:
    """Write each query's rows to `<folder>/<name>.parquet`, all of one state of the warehouse."""
    folder.mkdir(parents=True, exist_ok=True)
    with warehouse.transaction():
        for name, sql in queries.items():
            write_parquet(warehouse, sql, folder / f"{name}.parquet")


def write_parquet(warehouse: Warehouse, sql: str, path: Path) -> None:
    """Write the rows of one query to a Parquet file."""
    warehouse.execute(f"COPY ({sql}) TO {quoted(path)} (FORMAT parquet)")


def quoted(path: Path) -> str:
    """Return a path as a text of SQL.

    >>> quoted(Path("it's/a.parquet"))
    "'it''s/a.parquet'"
    """
    return "'" + str(path).replace("'", "''") + "'"
