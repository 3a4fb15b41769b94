"""Scenarios that somebody is preparing: kept until they are started or thrown away; nothing of them runs.

A draft keeps what was chosen, not the definition that follows from it: a segment that changes in the meantime, or
"at once", means what it means on the day of the start.
"""

from datetime import datetime

import msgspec
import polars as pl
from sqlalchemy import delete, select, update

from tenshu.journey.recipes import Choices
from tenshu.journey.tables import journey_drafts, journeys
from tenshu.store.ledger import INSTANT, Transaction
from tenshu.store.tables import to_micros


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario in preparation.

    Attributes:
        name: the name that it will have.
        choices: what was chosen.
        saved_at: when it was changed last.
        saved_by: the person who did.
    """

    name: str
    choices: Choices
    saved_at: datetime
    saved_by: str


def keep_draft(tx: Transaction, name: str, choices: Choices, *, now: datetime, by: str) -> None:
    """Keep a draft, in the place of the one of that name."""
    body = msgspec.json.encode(choices).decode()
    tx.execute(delete(journey_drafts).where(journey_drafts.c.journey == name))
    row = {"journey": name, "body": body, "saved_at": now, "saved_by": by, "dropped_at": None}
    tx.insert(journey_drafts, pl.DataFrame([row], schema_overrides={"dropped_at": INSTANT}))


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
    return [
        Draft(
            name=row["journey"],
            choices=msgspec.json.decode(row["body"], type=Choices),
            saved_at=row["saved_at"],
            saved_by=row["saved_by"],
        )
        for row in rows.iter_rows(named=True)
    ]


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
