"""How far the live state has come, kept in the ledger beside what it told: a restart repeats no coming and no going."""

from typing import Final

import polars as pl
from sqlalchemy import select

from tenshu.segment.hot.cursor import Cursor
from tenshu.segment.tables import live_state
from tenshu.store.ledger import INSTANT, Transaction

_NAME: Final = "conditions"


def read_cursor(tx: Transaction) -> Cursor | None:
    """Return where the live state stands, or None in a home that never had one."""
    rows = tx.frame(select(live_state).where(live_state.c.name == _NAME))
    if rows.is_empty():
        return None
    batch, position, at, version = rows.select("batch", "position", "moved_at", "cuts_version").row(0)
    return Cursor(batch=batch, position=position, at=at, cuts_version=version)


def keep_cursor(tx: Transaction, cursor: Cursor) -> None:
    """Write down where the live state stands, in the transaction that tells what came of it."""
    row = {
        "name": [_NAME],
        "batch": [cursor.batch],
        "position": [cursor.position],
        "moved_at": [cursor.at],
        "cuts_version": [cursor.cuts_version],
    }
    frame = pl.DataFrame(row, schema_overrides={"moved_at": INSTANT, "cuts_version": pl.Int64})
    tx.insert(live_state, frame, conflict="replace")
