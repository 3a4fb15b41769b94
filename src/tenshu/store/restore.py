"""Bring a home back from a backup: into an empty place, whole or not at all."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import rmtree
from typing import Final

from tenshu import __version__
from tenshu.kit.errors import TenshuError
from tenshu.kit.failpoint import reach
from tenshu.kit.i18n import N_, _
from tenshu.kit.progress import NoProgress, Progress
from tenshu.store.backup import FILES_PART, WAREHOUSE_PART
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import knows, upgrade
from tenshu.store.packed import BackupNewer, Manifest, read_manifest, unpack
from tenshu.store.place import INBOX_FILE, LEDGER_FILE
from tenshu.store.warehouse import NEWEST, Warehouse

#: While it is brought back, a home has this behind its name.
HALF: Final = ".restoring"


class HomeNotEmpty(TenshuError):
    """A backup was to be brought back over something."""

    template = N_(
        "{home} is there already and holds something, and a backup never overwrites anything. Name a new folder: "
        "tenshu restore FILE --home NEW"
    )


def restore(
    path: Path, home: Path, *, complete: Callable[[Path, Manifest], None], progress: Progress | None = None
) -> Manifest:
    """Bring a backup back as a home of its own, its ledger and inbox in files.

    Args:
        path: the backup.
        home: the directory; it is not there yet, or is empty.
        complete: is given the home while nobody can see it yet, to make it safe.
        progress: who is told how far it is.

    Raises:
        HomeNotEmpty: there is something at that place.
        BackupDamaged: the file is no whole backup.
        BackupNewer: a newer version made it.
    """
    shown = progress or NoProgress()
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise HomeNotEmpty(home=home)
    _require_known(path, read_manifest(path))
    half = home.with_name(home.name + HALF)
    rmtree(half, ignore_errors=True)
    half.mkdir(parents=True, mode=0o700)
    try:
        shown.step(_("restoring: steps"), 0, 3)
        manifest = unpack(path, half)
        reach("restore.unpacked")
        shown.step(_("restoring: steps"), 1, 3)
        _bring_warehouse(half)
        _bring_files(half)
        for name, file in (("ledger", LEDGER_FILE), ("inbox", INBOX_FILE)):
            with closing(Ledger(half / file)) as store:
                upgrade(store, "ledger" if name == "ledger" else "inbox")
        shown.step(_("restoring: steps"), 2, 3)
        complete(half, manifest)
        reach("restore.completed")
        os.replace(half, home)
        shown.step(_("restoring: steps"), 3, 3)
    except BaseException:
        rmtree(half, ignore_errors=True)
        raise
    return manifest


def _require_known(path: Path, manifest: Manifest) -> None:
    """Refuse tables of a future that this version knows nothing of."""
    is_known = knows("ledger", manifest.schemas["ledger"]) and knows("inbox", manifest.schemas["inbox"])
    if not is_known or int(manifest.schemas["warehouse"]) > NEWEST:
        raise BackupNewer(path=path, version=manifest.version, mine=__version__)


def _bring_warehouse(half: Path) -> None:
    folder = half / WAREHOUSE_PART
    with closing(Warehouse(half / "warehouse.duckdb")) as warehouse:
        with warehouse.transaction():
            for part in sorted(folder.glob("*.parquet")):
                read = str(part).replace("'", "''")
                sql = f"INSERT INTO {part.stem} BY NAME SELECT * FROM read_parquet('{read}')"  # noqa: S608 - our own names
                warehouse.execute(sql)
        warehouse.checkpoint()
    rmtree(folder)


def _bring_files(half: Path) -> None:
    folder = half / FILES_PART
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            target = half / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)
    rmtree(folder, ignore_errors=True)
