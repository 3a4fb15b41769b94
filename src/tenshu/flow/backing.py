"""Back a shop up while it works: at once, in the background as the console asks, or every night."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select

from tenshu.collect.inbox import STAGED
from tenshu.collect.tables import requests
from tenshu.content.picture import kept_pictures
from tenshu.content.shop import read_shop
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.kit.progress import Progress
from tenshu.store.backup import FOLDER, SUFFIX, make_backup
from tenshu.store.home import Stores
from tenshu.store.packed import BackupDamaged, BackupNewer, Manifest, read_manifest
from tenshu.store.settings import setting, write_setting

#: The name of the setting of nightly backups.
SETTING: Final = "backups"
#: What the last one did that nobody waited for, so that a page can tell.
LAST: Final = "last_backup"
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_log = logging.getLogger(__name__)
_making = threading.Lock()
_current: list[str] = []


class BackupUnderWay(TenshuError):
    """A backup was asked for while one is being made."""

    template = N_("A backup is being made just now. Wait until it is in the list.")
    status = 409


class Nightly(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a backup is made every night, at which local hour, and how many of these are kept."""

    is_on: bool = False
    hour: int = 3
    keep: int = 7


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One backup in the home's folder.

    Attributes:
        name: the file's.
        size: in bytes.
        made_at: the instant of its state; None when it is no whole backup.
        is_nightly: it goes when newer ones have been made.
    """

    name: str
    size: int
    made_at: datetime | None
    is_nightly: bool


def back_up(
    stores: Stores, *, now: datetime, target: Path | None = None, prefix: str = "", progress: Progress | None = None
) -> tuple[Path, Manifest]:
    """Make a backup now; this process has the warehouse open, and does nothing else meanwhile.

    Args:
        stores: the home's.
        now: business time.
        target: the file; None = below the home, named after the instant.
        prefix: in front of such a name.
        progress: who is told how far it is.

    Raises:
        BackupUnderWay: one is being made.
    """
    with _alone():
        path = target or _name(stores.home, now, prefix)
        return path, _make(stores, path, now=now, progress=progress)


def begin_backup(stores: Stores, *, now: datetime, prefix: str = "") -> str:
    """Begin a backup in the background; return its name. When this returns, work may go on: the cut is taken.

    Raises:
        BackupUnderWay: one is being made.
    """
    if not _making.acquire(blocking=False):
        raise BackupUnderWay
    path = _name(stores.home, now, prefix)
    _current[:] = [path.name]
    is_cut = threading.Event()

    def write() -> None:
        said = ""
        try:
            _make(stores, path, now=now, on_cut=is_cut.set)
            _rotate(stores)
        except Exception as problem:  # noqa: BLE001 - a full disk, say: the owner goes on, and the page tells
            _log.exception("the backup %s was not made", path)
            said = problem.text() if isinstance(problem, TenshuError) else str(problem)
        finally:
            is_cut.set()
            stores.warehouse.leave()
            _current.clear()
            _making.release()
        with stores.ledger.writing() as tx:
            write_setting(tx, LAST, {"name": path.name, "problem": said})

    threading.Thread(target=write, name="backup", daemon=True).start()
    is_cut.wait()
    return path.name


def begin_nightly(stores: Stores, *, now: datetime) -> str | None:
    """Begin the nightly backup at the first look after its hour of each local day; return its name, or None."""
    with stores.ledger.reading() as tx:
        wanted = read_nightly(setting(tx, SETTING))
    local = now.astimezone(ZoneInfo(read_shop(stores.ledger).zone))
    if not wanted.is_on or local.hour < wanted.hour or _making.locked():
        return None
    prefix = f"nightly-{local:%Y%m%d}-"
    if any(one.name.startswith(prefix) for one in list_backups(stores.home)):
        return None
    return begin_backup(stores, now=now, prefix=prefix)


def list_backups(home: Path) -> list[Kept]:
    """Return the backups in the home's own folder, the newest first."""
    found = [_kept(path) for path in (home / FOLDER).glob(f"*{SUFFIX}")]
    return sorted(found, key=lambda one: (one.made_at or _NEVER, one.name), reverse=True)


def under_way() -> str:
    """Return the name of the backup that this process is making in the background; empty when none."""
    return _current[0] if _current else ""


def read_nightly(said: Any) -> Nightly:
    """Return what a shop wants every night, from its setting."""
    return Nightly() if said is None else msgspec.convert(said, Nightly)


def _make(stores: Stores, path: Path, *, now: datetime, **more: Any) -> Manifest:
    def staged() -> list[Path]:
        with stores.inbox.reading() as tx:
            bodies = tx.frame(select(requests.c.body).where(requests.c.kind == STAGED))["body"]
        return [path for body in bodies if not (path := Path(body.decode())).is_absolute()]

    def files() -> list[Path]:
        return [*staged(), *kept_pictures(stores.home)]

    return make_backup(stores, path, now=now, shop=read_shop(stores.ledger).name, extra=files, **more)


@contextmanager
def _alone() -> Iterator[None]:
    if not _making.acquire(blocking=False):
        raise BackupUnderWay
    try:
        yield
    finally:
        _making.release()


def _name(home: Path, now: datetime, prefix: str) -> Path:
    return home / FOLDER / f"{prefix}{now:%Y%m%dT%H%M%SZ}{SUFFIX}"


def _rotate(stores: Stores) -> None:
    """Remove nightly backups beyond those that are kept; what a person made stays."""
    with stores.ledger.reading() as tx:
        wanted = read_nightly(setting(tx, SETTING))
    nightly = [one for one in list_backups(stores.home) if one.is_nightly]
    for old in nightly[wanted.keep :] if wanted.is_on else ():
        (stores.home / FOLDER / old.name).unlink(missing_ok=True)


def _kept(path: Path) -> Kept:
    try:
        made_at: datetime | None = read_manifest(path).made_at
    except (BackupDamaged, BackupNewer):
        made_at = None
    return Kept(name=path.name, size=path.stat().st_size, made_at=made_at, is_nightly=path.name.startswith("nightly-"))
