"""Scenarios and enrolments in the ledger: what is started, who walks where, and every move they make."""

from datetime import datetime
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import and_, func, select, update

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import JOURNEY_ENTERED, JOURNEY_LEFT
from tenshu.journey.definition import Journey, parse_journey
from tenshu.journey.merge import twins_closed
from tenshu.journey.tables import enrolments, journeys
from tenshu.store.ledger import ROWS_A_TRANSACTION, Ledger, Transaction
from tenshu.store.tables import from_micros, to_micros


class Running(msgspec.Struct, frozen=True):
    """One version of a scenario as it runs.

    Attributes:
        journey: the definition.
        version: people in flight stay on theirs.
        status: active | paused | ended.
        started_at: facts from before do not count.
        due_at: when its entry rule is due next; None when only facts start it.
    """

    journey: Journey
    version: int
    status: str
    started_at: datetime
    due_at: datetime | None


def start(tx: Transaction, journey: Journey, *, now: datetime, due_at: datetime | None) -> int:
    """Start a scenario; a newer version takes new entries over from the older. Return the version."""
    newest = tx.value(select(func.max(journeys.c.version)).where(journeys.c.journey == journey.name)) or 0
    older = update(journeys).where(journeys.c.journey == journey.name)
    tx.execute(older.values(due_at=None))
    row = {
        "journey": journey.name,
        "version": newest + 1,
        "body": msgspec.json.encode(journey).decode(),
        "status": "active",
        "started_at": now,
        "due_at": due_at,
    }
    tx.insert(journeys, pl.DataFrame([row], schema_overrides={"due_at": pl.Datetime("us", "UTC")}))
    return int(newest) + 1


def set_status(tx: Transaction, name: str, status: str) -> int:
    """Pause, resume or end every version of a scenario; return how many there were."""
    return tx.execute(update(journeys).where(journeys.c.journey == name).values(status=status))


def set_due(tx: Transaction, running: Running, due_at: datetime | None) -> None:
    """Write down when the entry rule is due next."""
    mine = and_(journeys.c.journey == running.journey.name, journeys.c.version == running.version)
    tx.execute(update(journeys).where(mine).values(due_at=None if due_at is None else to_micros(due_at)))


def read_running(tx: Transaction, *statuses: str) -> list[Running]:
    """Return the scenarios in those states (default active), oldest first."""
    wanted = journeys.c.status.in_(statuses or ("active",))
    rows = tx.frame(select(journeys).where(wanted).order_by(journeys.c.started_at, journeys.c.journey))
    return [
        Running(
            journey=parse_journey(msgspec.json.decode(row["body"])),
            version=row["version"],
            status=row["status"],
            started_at=row["started_at"],
            due_at=row["due_at"],
        )
        for row in rows.iter_rows(named=True)
    ]


def is_newest(running: Running, everything: list[Running]) -> bool:
    """Say whether new people enter this version: only the newest takes entries."""
    same = [other.version for other in everything if other.journey.name == running.journey.name]
    return running.version == max(same)


def past_of(tx: Transaction, name: str, customers: pl.Series) -> pl.DataFrame:
    """Return `customer`, `entry_key`, `entered_at`, `status` of these customers in the scenario."""
    query = select(enrolments.c.customer, enrolments.c.entry_key, enrolments.c.entered_at, enrolments.c.status)
    return tx.frame(query.where(enrolments.c.journey == name, tx.among(enrolments.c.customer, customers)))


def next_number(tx: Transaction) -> int:
    """Return the number of the next enrolment."""
    return int(tx.value(select(func.max(enrolments.c.enrolment))) or 0) + 1


def keep_entries(tx: Transaction, entered: pl.DataFrame) -> None:
    """Keep new enrolments and tell of each."""
    tx.insert(enrolments, entered)
    properties = ["journey", "version", "enrolment", "entry_key", "arm"]
    tell(tx, JOURNEY_ENTERED, entered, properties, at="entered_at")


def due(tx: Transaction, *, now: datetime, limit: int = ROWS_A_TRANSACTION) -> pl.DataFrame:
    """Return enrolments of active scenarios that go on now, the longest waiting first."""
    query = (
        select(enrolments)
        .join(journeys, and_(journeys.c.journey == enrolments.c.journey, journeys.c.version == enrolments.c.version))
        .where(enrolments.c.due_at <= to_micros(now), journeys.c.status == "active")
        .order_by(enrolments.c.due_at, enrolments.c.enrolment)
    )
    return tx.frame(query.limit(limit))


def earliest_walk(tx: Transaction) -> datetime | None:
    """Return since when somebody has been walking who walks still, or None."""
    found: Any = tx.value(select(func.min(enrolments.c.entered_at)).where(enrolments.c.status == "active"))
    return None if found is None else from_micros(found)


def active_of(tx: Transaction, running: Running, customers: pl.Series) -> pl.DataFrame:
    """Return these customers' active enrolments in this version of the scenario."""
    query = select(enrolments).where(
        enrolments.c.journey == running.journey.name,
        enrolments.c.version == running.version,
        enrolments.c.status == "active",
        tx.among(enrolments.c.customer, customers),
    )
    return tx.frame(query)


def keep_moves(tx: Transaction, moved: pl.DataFrame) -> None:
    """Keep where enrolments stand now, and tell of those that ended.

    Args:
        tx: a transaction of the ledger.
        moved: `enrolment`, `journey`, `customer` and the columns to set: `step`, `visit`, `status`, `outcome`,
            `due_at`, `ended_at`.
    """
    columns = ["enrolment", "step", "visit", "status", "outcome", "due_at", "ended_at"]
    tx.update(enrolments, moved.select(columns), keys=["enrolment"])
    ended = moved.filter(pl.col("status") == "ended")
    tell(tx, JOURNEY_LEFT, ended, ["journey", "enrolment", "outcome"], at="ended_at")


def join_customers(tx: Transaction, joined: pl.DataFrame, *, now: datetime) -> None:
    """Let walks follow their customers after a merge; of twins in one scenario the earliest goes on.

    A walk whose key the other customer has used too keeps its former number, for the table holds each key once.

    Args:
        tx: a transaction of the ledger.
        joined: `former`, `customer`: numbers that became another's.
        now: business time.
    """
    query = select(enrolments).where(tx.among(enrolments.c.customer, pl.concat([joined["former"], joined["customer"]])))
    walks = tx.frame(query).join(joined, left_on="customer", right_on="former", how="left", maintain_order="left")
    if walks.is_empty():
        return
    named = walks.rename({"customer": "was", "customer_right": "now_of"}).with_columns(
        customer=pl.coalesce("now_of", "was")
    )
    key = ["journey", "customer", "entry_key"]
    first = (
        pl.col("enrolment").sort_by(pl.col("was") != pl.col("customer"), "entered_at", "enrolment").first().over(key)
    )
    moving = named.filter((pl.col("enrolment") == first) & (pl.col("was") != pl.col("customer")))
    tx.update(enrolments, moving.select("customer", "enrolment"), keys=["enrolment"])
    closed = twins_closed(named.filter(pl.col("status") == "active"), now=now)
    keep_moves(tx, closed.join(named.select("enrolment", "journey", "customer"), on="enrolment"))


def next_due(ledger: Ledger) -> datetime | None:
    """Return the next instant at which a scenario or somebody in one has something to do."""
    with ledger.reading() as tx:
        entry: Any = tx.value(select(func.min(journeys.c.due_at)).where(journeys.c.status == "active"))
        walk: Any = tx.value(
            select(func.min(enrolments.c.due_at))
            .join(
                journeys, and_(journeys.c.journey == enrolments.c.journey, journeys.c.version == enrolments.c.version)
            )
            .where(journeys.c.status == "active")
        )
    found = [instant for instant in (entry, walk) if instant is not None]
    return from_micros(min(found)) if found else None
