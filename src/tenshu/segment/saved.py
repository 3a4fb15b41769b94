"""Segments that the shop keeps under a name: who is in them is known at any moment, and coming and going are facts.

A changed condition is a new version. What enters or leaves is told from the second look on: saving a segment that
fits ten thousand people opens no scenario for them.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import and_, func, select, update

from tenshu.condition import Condition, dump, parse
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.segment.tables import segments
from tenshu.store.ledger import Transaction

_NAME: Final = re.compile("[a-z][a-z0-9-]{0,63}")


class SegmentMissing(TenshuError):
    """A segment was named that the shop does not keep."""

    template = N_('There is no segment "{name}" here. There are: {known}.')


class SegmentNameUnfit(TenshuError):
    """A name that could not stand in a file name or a condition."""

    template = N_('"{name}" cannot be a segment\'s name. Take small letters, digits and hyphens, a letter first.')


class SavedSegment(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a segment.

    Attributes:
        name: how definitions call it.
        version: grows with every change of the condition.
        title: language -> how people call it.
        condition: who is in it.
        saved_at: business time.
        is_filled: whether coming and going are told by now.
    """

    name: str
    version: int
    title: Mapping[str, str]
    condition: Condition
    saved_at: datetime
    is_filled: bool


def save_segment(tx: Transaction, name: str, title: Mapping[str, str], condition: Condition, *, now: datetime) -> int:
    """Keep a segment; return its version. The same condition again keeps its version and takes the new title.

    Raises:
        SegmentNameUnfit: the name holds something else than small letters, digits and hyphens.
    """
    if not _fits(name):
        raise SegmentNameUnfit(name=name)
    body = msgspec.json.encode(dump(condition)).decode()
    words = msgspec.json.encode(dict(title)).decode()
    mine = segments.c.segment == name
    newest = tx.frame(select(segments).where(mine).order_by(segments.c.version.desc()).limit(1))
    if len(newest) and newest["body"][0] == body and newest["status"][0] == "active":
        version = int(newest["version"][0])
        tx.execute(update(segments).where(and_(mine, segments.c.version == version)).values(title=words))
        return version
    tx.execute(update(segments).where(mine).values(status="ended"))
    version = int(tx.value(select(func.max(segments.c.version)).where(mine)) or 0) + 1
    row = {"segment": name, "version": version, "title": words, "body": body, "status": "active", "saved_at": now}
    tx.insert(segments, pl.DataFrame([{**row, "is_filled": False}]))
    return version


def end_segment(tx: Transaction, name: str) -> None:
    """Keep a segment no longer; what it told stays told.

    Raises:
        SegmentMissing: there is none of that name.
    """
    known = [one for one in read_names(tx) if one == name]
    if not known:
        raise SegmentMissing(name=name, known=", ".join(read_names(tx)) or "-")
    tx.execute(update(segments).where(segments.c.segment == name).values(status="ended"))


def read_names(tx: Transaction) -> list[str]:
    """Return the names of the kept segments, in order."""
    kept = select(segments.c.segment).where(segments.c.status == "active").order_by(segments.c.segment)
    return sorted(tx.frame(kept)["segment"].to_list())


def read_segments(tx: Transaction) -> list[SavedSegment]:
    """Return the kept segments, by name; one whose condition cannot be read any more is left out."""
    rows = tx.frame(select(segments).where(segments.c.status == "active"))
    found = []
    for row in rows.sort("segment").iter_rows(named=True):
        try:
            condition = parse(msgspec.json.decode(row["body"]))
        except TenshuError:
            continue  # saved by another version of the program: it rests, and nothing else is held up
        found.append(
            SavedSegment(
                name=row["segment"],
                version=row["version"],
                title=msgspec.json.decode(row["title"], type=dict[str, str]),
                condition=condition,
                saved_at=row["saved_at"],
                is_filled=row["is_filled"],
            )
        )
    return found


def unreadable_segments(tx: Transaction) -> list[str]:
    """Return the names of kept segments whose condition this version of the program cannot read."""
    readable = {one.name for one in read_segments(tx)}
    return [name for name in read_names(tx) if name not in readable]


def set_filled(tx: Transaction, filled: list[SavedSegment]) -> None:
    """Say that from now on coming to and going from these segments is told."""
    for one in filled:
        mine = and_(segments.c.segment == one.name, segments.c.version == one.version)
        tx.execute(update(segments).where(mine).values(is_filled=True))


def _fits(name: str) -> bool:
    return _NAME.fullmatch(name) is not None
