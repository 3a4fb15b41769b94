"""What pages and commands let the owner of the warehouse do and say about undoing and backups."""

from typing import Any

import msgspec

from tenshu.bootstrap import Shop
from tenshu.flow.backing import begin_backup, under_way
from tenshu.flow.live import Live
from tenshu.flow.undoing import undo_import


def undo(shop: Shop, live: Live | None, *, import_id: str, by: str = "") -> dict[str, Any]:
    """Undo an import; return what that took back."""
    found: dict[str, Any] = msgspec.to_builtins(undo_import(shop, import_id, shop.clock.now(), live, by=by))
    return found


def backup(shop: Shop, _live: Live | None) -> dict[str, Any]:
    """Begin a backup; return its name."""
    return {"name": begin_backup(shop, now=shop.clock.now())}


def backup_under_way(_shop: Shop, _live: Live | None) -> dict[str, Any]:
    """Say which backup is being made; empty when none."""
    return {"name": under_way()}
