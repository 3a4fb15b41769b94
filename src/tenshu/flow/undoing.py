"""Undo a whole import: everything that it told was never so, and what was derived from it goes with it.

What we did meanwhile stays: mails that were sent were sent. Walks of people who are not known any more end, and what
waits for them is stopped at the last check. Who was told of by another source as well stays, with what that one said.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from tenshu.collect.tables import batches, imports
from tenshu.content.shop import read_shop
from tenshu.flow.following import follow_time
from tenshu.flow.live import Live, lasting
from tenshu.flow.tick import digest_all
from tenshu.flow.untelling import begin, untell
from tenshu.identify.batch import UNDOABLE_FOR, undoable
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.kit.progress import Progress
from tenshu.store.home import Stores


class ImportUnknown(TenshuError):
    """An import was named that was never made."""

    template = N_("There is no import {import_id}. List them with: tenshu undo --home HOME")
    status = 404


class ImportStays(TenshuError):
    """An import cannot be undone any more, or was made before imports could be."""

    template = N_(
        "{name} cannot be undone: it was imported more than {days} days ago, or by an older version of tenshu, "
        "and other files and mails rest on it by now. Correct what is wrong in your file and import it again."
    )
    status = 409


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """What undoing an import took back.

    Attributes:
        import_id: which.
        name: its file.
        facts: how many facts nobody tells any more.
        people: how many customers are not known any more.
        undone_at: when.
    """

    import_id: str
    name: str
    facts: int
    people: int
    undone_at: datetime


def undo_import(
    stores: Stores,
    import_id: str,
    now: datetime,
    live: Live | None = None,
    *,
    by: str = "",
    progress: Progress | None = None,
) -> Undone:
    """Undo an import whole; undone before, only say what that took back.

    Args:
        stores: the home's stores; the warehouse is ours.
        import_id: which.
        now: business time.
        live: the live state of conditions, kept from tick to tick; None = opened for this alone.
        by: who says so, for the record.
        progress: who is told how far it is.

    Raises:
        ImportUnknown: there is no such import.
        ImportStays: it was made too long ago.
    """
    row = _read(stores, import_id)
    if row["undone_at"] is not None:
        return _undone(row)
    shop = read_shop(stores.ledger)
    with lasting(live or Live(stores, shop.zone)) as state:
        digest_all(stores, now=now, live=state)  # it may be on its way in still; an undo that was cut short ends here
        row = _read(stores, import_id)
        if row["undone_at"] is not None:
            return _undone(row)
        _require_young(stores, row, now)
        begin(stores, import_id, by=by, now=now)
        state.forget()
        state.publish(untell(stores, import_id, shop, now=now, progress=progress), now)
        follow_time(stores, state, now=now)
    return _undone(_read(stores, import_id))


def can_undo(stores: Stores, *, now: datetime) -> set[str]:
    """Return the imports that can be undone now, those that wait in the inbox left out."""
    with stores.ledger.reading() as tx:
        mine = select(batches.c.import_id).where(batches.c.batch.in_(undoable(tx, now=now)))
        return set(tx.frame(mine)["import_id"])


def _read(stores: Stores, import_id: str) -> dict[str, Any]:
    with stores.ledger.reading() as tx:
        rows = tx.frame(select(imports).where(imports.c.import_id == import_id))
    if rows.is_empty():
        raise ImportUnknown(import_id=import_id)
    return rows.row(0, named=True)


def _require_young(stores: Stores, row: dict[str, Any], now: datetime) -> None:
    if row["undo_began_at"] is None and row["import_id"] not in can_undo(stores, now=now):
        raise ImportStays(name=Path(row["name"]).name, days=UNDOABLE_FOR.days)


def _undone(row: dict[str, Any]) -> Undone:
    return Undone(
        import_id=row["import_id"],
        name=row["name"],
        facts=row["undone_facts"] or 0,
        people=row["undone_people"] or 0,
        undone_at=row["undone_at"],
    )
