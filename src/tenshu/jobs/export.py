"""The job that writes everything a shop knows into a folder, as CSV or Parquet files, or as one zip file of them.

The child joins and writes: facts and order lines from the owner's snapshot, decisions, consents and messages from
the ledger, which it reads itself, as of one moment. Instants are UTC. No cell of a CSV file can be a formula.
"""

import errno
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from pyarrow.parquet import ParquetFile

from tenshu.jobs.export_definitions import FOLDER as DEFINITIONS
from tenshu.jobs.export_definitions import write_definitions, write_read_me
from tenshu.jobs.export_ledger import LEDGER_TABLES, write_ledger_table
from tenshu.jobs.export_tables import WAREHOUSE_TABLES, write_csv
from tenshu.jobs.kinds import Kind, Work
from tenshu.jobs.snapshot import quoted, write_parquet
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _
from tenshu.kit.progress import Progress
from tenshu.know.profile import profiles
from tenshu.store.home import Stores, open_ledger
from tenshu.store.ledger import Transaction
from tenshu.store.warehouse import Warehouse

FORMATS: Final = ("csv", "parquet")
#: Below the home, when no other folder is named.
FOLDER: Final = "exports"
#: Says that an export is whole, and what is in it.
MANIFEST: Final = "export.json"
#: The one file, when it was asked for.
ZIP: Final = "export.zip"
#: What the child reads of the warehouse.
READ: Final[Mapping[str, str]] = {
    "facts": "SELECT * FROM facts",
    "order_lines": "SELECT * FROM order_lines",
    "node_map": "SELECT node, customer FROM node_map",
}
#: The files of an export; customers with what they said of themselves are made from facts.
TABLES: Final = (*WAREHOUSE_TABLES, "customers", *LEDGER_TABLES)


class FormatUnknown(TenshuError):
    """An export was asked for in a format that there is none of."""

    template = N_('"{given}" is no format of an export. There are: csv, parquet.')


class FolderTaken(TenshuError):
    """The folder of an export holds something else."""

    template = N_("{folder} is there already and holds something. Name a new folder for the export.")


def _complete(given: dict[str, Any]) -> dict[str, Any]:
    """Complete what was given: `format`, `folder` ("" = one below the home) and `zip` (all of it in one file)."""
    wanted = str(given.get("format", "csv"))
    if wanted not in FORMATS:
        raise FormatUnknown(given=wanted)
    folder = str(Path(given["folder"]).resolve()) if given.get("folder") else ""
    if folder and _is_taken(Path(folder)):
        raise FolderTaken(folder=folder)
    return {"format": wanted, "folder": folder} | ({"zip": True} if given.get("zip") else {})


def _snapshot(_work: Work) -> Mapping[str, str]:
    return READ


def _write(work: Work, progress: Progress) -> dict[str, Any]:
    """Write every table; return how many rows each has."""
    warehouse = Warehouse(work.folder / "work.duckdb", threads=1)
    ledger = open_ledger(work.home)
    rows: dict[str, int] = {}
    try:
        for name in READ:
            snapshot = quoted(work.snapshot / f"{name}.parquet")
            warehouse.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet({snapshot})")  # noqa: S608
        with ledger.reading() as tx:
            for name in TABLES:
                progress.step(_("tables exported"), len(rows), len(TABLES))
                rows[name] = _write_table(name, work, warehouse, tx)
            defined = write_definitions(tx, work.result / DEFINITIONS)
    finally:
        warehouse.close()
        ledger.close()
    progress.step(_("tables exported"), len(rows), len(TABLES))
    write_read_me(work.result, rows, as_of=f"{work.now:%Y-%m-%d %H:%M}", format_=work.given["format"])
    if work.given.get("zip"):
        _zip(work.result)
    manifest = {
        "key": work.key,
        "as_of": work.now,
        "format": work.given["format"],
        "rows": rows,
        "definitions": defined,
    }
    (work.result / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    return {"folder": str(_target(work)), "rows": rows}


def _zip(folder: Path) -> None:
    """Put everything that was written into one file."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(folder / ZIP, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as packed:
        for path in paths:
            packed.write(path, path.relative_to(folder).as_posix())
    for path in paths:
        path.unlink()
    (folder / DEFINITIONS).rmdir()


def _write_table(name: str, work: Work, warehouse: Warehouse, tx: Transaction) -> int:
    """Write one table into the result; return how many rows it has."""
    path = work.result / f"{name}.parquet"
    if name in WAREHOUSE_TABLES:
        write_parquet(warehouse, WAREHOUSE_TABLES[name], path)
    elif name in LEDGER_TABLES:
        write_ledger_table(tx, LEDGER_TABLES[name], path)
    else:
        profiles(warehouse, now=work.now).write_parquet(path)
    rows = int(ParquetFile(path).metadata.num_rows)
    if work.given["format"] == "csv":
        write_csv(path, path.with_suffix(".csv"))
        path.unlink()
    return rows


def _take(_stores: Stores, work: Work, _result: dict[str, Any]) -> None:
    """Move the files to where they were asked for; done before = nothing to do."""
    target = _target(work)
    if _is_taken(target):
        if _key(target) == work.key:
            return
        raise FolderTaken(folder=target)
    target.parent.mkdir(parents=True, exist_ok=True)
    work.result.chmod(0o700)
    try:
        os.replace(work.result, target)
    except OSError as problem:
        if problem.errno != errno.EXDEV:
            raise
        part = target.with_name(f"{target.name}.part")  # on another disk: whole or not at all there too
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(work.result, part)
        os.replace(part, target)


def _target(work: Work) -> Path:
    if work.given["folder"]:
        return Path(work.given["folder"])
    return work.home / FOLDER / f"{work.now:%Y%m%dT%H%M%SZ}-{work.key}"


def _is_taken(folder: Path) -> bool:
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def _key(folder: Path) -> str | None:
    try:
        found: dict[str, Any] = msgspec.json.decode((folder / MANIFEST).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return str(found.get("key"))


KIND: Final = Kind(
    title=N_("export everything as files"),
    snapshot=_snapshot,
    work=_write,
    take=_take,
    takes=("format", "folder", "zip"),
    complete=_complete,
)
