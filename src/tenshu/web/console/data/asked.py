"""The catalogue of data, computed where the warehouse is."""

import threading
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from tenshu.bootstrap import Shop
from tenshu.know.catalogue import catalogue

#: What changes whenever facts come, go, or turn out to be about others.
_STATE: Final = """
    SELECT (SELECT count(*) FROM facts), (SELECT max(batch) FROM facts), (SELECT min(batch) FROM facts),
        (SELECT sum(node * customer::HUGEINT)::VARCHAR FROM node_map)
"""
_kept: Final[dict[Path, tuple[object, dict[str, Any]]]] = {}
_lock: Final = threading.Lock()


def read_catalogue(shop: Shop, _live: object, *, now: str) -> dict[str, Any]:
    """Return what is kept, as plain data of `Catalogue`; it is counted anew when facts have come since."""
    state = (shop.warehouse.frame(_STATE).row(0), now[:13])  # to the hour: facts may lie in the future
    with _lock:
        kept = _kept.get(shop.home)
        if kept is None or kept[0] != state:
            told: dict[str, Any] = msgspec.to_builtins(catalogue(shop.warehouse, now=datetime.fromisoformat(now)))
            kept = _kept[shop.home] = (state, told)
        return kept[1]
