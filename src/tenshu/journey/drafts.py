"""Scenarios that somebody is preparing: kept until they are started or thrown away; nothing of them runs.

A draft keeps what was chosen, not the definition that follows from it: a segment that changes in the meantime, or
"at once", means what it means on the day of the start. It begins with a recipe, or with a version that runs and is to
be followed by the next; what was changed in the tree since is kept change by change, so that the last can be undone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import delete, select, update

from tenshu.journey.changes import Change
from tenshu.journey.recipes import Choices
from tenshu.journey.tables import journey_drafts, journeys
from tenshu.store.ledger import INSTANT, Transaction
from tenshu.store.tables import to_micros


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario in preparation.

    Attributes:
        name: the name that it will have.
        choices: what was chosen of a recipe; None where it follows a version that runs.
        version: the version that it is to follow; 0 where it began with a recipe.
        changes: what was changed since, the first change first.
        saved_at: when it was changed last.
        saved_by: the person who did.
    """

    name: str
    choices: Choices | None = None
    version: int = 0
    changes: tuple[Change, ...] = ()
    saved_at: datetime
    saved_by: str


class _Since(msgspec.Struct, frozen=True):
    """What a kept draft tells besides the choices of its recipe."""

    version: int = 0
    changes: tuple[Change, ...] = ()


def keep_draft(
    tx: Transaction, name: str, origin: Choices | int, *, changes: Sequence[Change] = (), now: datetime, by: str
) -> None:
    """Keep a draft, in the place of the one of that name.

    Args:
        tx: a transaction of the ledger.
        name: the name that it will have.
        origin: what was chosen of a recipe, or the running version that it is to follow.
        changes: what was changed since.
        now: business time.
        by: the person.
    """
    body: dict[str, Any] = {"version": origin} if isinstance(origin, int) else msgspec.to_builtins(origin)
    if changes:
        body["changes"] = msgspec.to_builtins(list(changes))
    tx.execute(delete(journey_drafts).where(journey_drafts.c.journey == name))
    row = {
        "journey": name,
        "body": msgspec.json.encode(body).decode(),
        "saved_at": now,
        "saved_by": by,
        "dropped_at": None,
    }
    tx.insert(journey_drafts, pl.DataFrame([row], schema_overrides={"dropped_at": INSTANT}))


def keep_changes(tx: Transaction, draft: Draft, changes: Sequence[Change], *, now: datetime, by: str) -> None:
    """Keep a draft with other changes than before."""
    origin = draft.version if draft.choices is None else draft.choices
    keep_draft(tx, draft.name, origin, changes=changes, now=now, by=by)


def drop_draft(tx: Transaction, name: str, *, now: datetime) -> bool:
    """Throw a draft away; say whether there was one. It can be taken back."""
    mine = update(journey_drafts).where(journey_drafts.c.journey == name, journey_drafts.c.dropped_at.is_(None))
    return tx.execute(mine.values(dropped_at=to_micros(now))) > 0


def take_back_draft(tx: Transaction, name: str) -> bool:
    """Take back a draft that was thrown away; say whether there was one."""
    mine = update(journey_drafts).where(journey_drafts.c.journey == name, journey_drafts.c.dropped_at.is_not(None))
    return tx.execute(mine.values(dropped_at=None)) > 0


def end_draft(tx: Transaction, name: str) -> None:
    """Forget a draft for good: its scenario has started."""
    tx.execute(delete(journey_drafts).where(journey_drafts.c.journey == name))


def read_drafts(tx: Transaction) -> list[Draft]:
    """Return the drafts, the one changed last first."""
    kept = select(journey_drafts).where(journey_drafts.c.dropped_at.is_(None))
    rows = tx.frame(kept.order_by(journey_drafts.c.saved_at.desc(), journey_drafts.c.journey))
    return [_draft(row) for row in rows.iter_rows(named=True)]


def read_draft(tx: Transaction, name: str) -> Draft | None:
    """Return the draft of that name, or None."""
    return next((one for one in read_drafts(tx) if one.name == name), None)


def free_name(tx: Transaction, wanted: str) -> str:
    """Return the name, with a number behind it where a scenario or a draft has it already."""
    taken = {
        *tx.frame(select(journeys.c.journey).distinct())["journey"].to_list(),
        *tx.frame(select(journey_drafts.c.journey))["journey"].to_list(),
    }
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _draft(row: dict[str, Any]) -> Draft:
    since = msgspec.json.decode(row["body"], type=_Since)
    return Draft(
        name=row["journey"],
        choices=None if since.version else msgspec.json.decode(row["body"], type=Choices),
        version=since.version,
        changes=since.changes,
        saved_at=row["saved_at"],
        saved_by=row["saved_by"],
    )
