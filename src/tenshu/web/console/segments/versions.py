"""Earlier versions of kept segments, so that saving and ending can be undone."""

from datetime import datetime

import msgspec
from sqlalchemy import and_, func, select

from tenshu.condition import parse
from tenshu.kit.errors import TenshuError
from tenshu.segment.saved import end_segment, read_names, save_segment
from tenshu.segment.tables import segments
from tenshu.store.ledger import Transaction


def newest(tx: Transaction) -> dict[str, int]:
    """Return the newest version by name, of ended segments too."""
    query = select(segments.c.segment, func.max(segments.c.version).label("version")).group_by(segments.c.segment)
    return dict(tx.frame(query).rows())


def bring_back(tx: Transaction, name: str, version: int, *, now: datetime) -> bool:
    """Keep an earlier version again, as the newest; version 0 = end it. Return whether there was such a version."""
    if version == 0:
        if name not in read_names(tx):
            return False
        end_segment(tx, name)
        return True
    query = select(segments.c.title, segments.c.body)
    found = tx.frame(query.where(and_(segments.c.segment == name, segments.c.version == version)))
    if found.is_empty():
        return False
    try:
        condition = parse(msgspec.json.decode(found["body"][0]))
    except TenshuError:
        return False
    save_segment(tx, name, msgspec.json.decode(found["title"][0], type=dict[str, str]), condition, now=now)
    return True
