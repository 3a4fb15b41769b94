"""Scenarios and enrolments in the ledger: what is started, who walks where, and every move they make."""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import polars as pl
from sqlalchemy import Column, Select, String, Subquery, and_, case, cast, func, select, union_all, update

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import JOURNEY_ENTERED, JOURNEY_LEFT
from tenshu.journey.advance import MOVED
from tenshu.journey.definition import Journey, parse_journey
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.grammar import OnEvent
from tenshu.journey.merge import twins_closed
from tenshu.journey.tables import enrolments, journeys
from tenshu.store.ledger import INSTANT, ROWS_A_TRANSACTION, Ledger, Transaction
from tenshu.store.tables import to_micros

#: Engines bound how many parts one question may have.
VERSIONS_AT_ONCE: Final = 100
#: More customers than these are not looked up one by one.
LOOKED_UP: Final = 5_000
_STANDING: Final[dict[str, Any]] = {
    "enrolment": pl.Int64,
    "journey": pl.String,
    "version": pl.Int64,
    "customer": pl.Int64,
    "arm": pl.String,
    "step": pl.String,
    "visit": pl.Int64,
    "due_at": INSTANT,
}
#: What `past_of` returns.
PAST: Final[dict[str, Any]] = {
    "customer": pl.Int64,
    "entry_key": pl.String,
    "entered_at": INSTANT,
    "status": pl.String,
}
_IS_ACTIVE: Final = journeys.c.status == "active"
#: When the first of a version's walks goes on: one look into the index of those who wait, however many they are.
_first_due: Final = (
    select(func.min(enrolments.c.due_at))
    .where(
        enrolments.c.journey == journeys.c.journey,
        enrolments.c.version == journeys.c.version,
        enrolments.c.due_at.is_not(None),
    )
    .scalar_subquery()
)


class Running(msgspec.Struct, frozen=True):
    """One version of a scenario as it runs.

    Attributes:
        journey: the definition.
        version: people in flight stay on theirs.
        status: active | paused | ended.
        started_at: when this version was started.
        due_at: when its entry rule is due next; None when only facts start it.
        newest: the newest version of the scenario, even where that one cannot be read.
        since: facts from before do not count: the start of the first version in a row that the same event opens, so
            that what happened before a change and is told after it opens the new version.
    """

    journey: Journey
    version: int
    status: str
    started_at: datetime
    due_at: datetime | None
    newest: int
    since: datetime | None = None

    @property
    def counts_from(self) -> datetime:
        """The instant from which on facts count."""
        return self.started_at if self.since is None else self.since


class Resting(NamedTuple):
    """One version whose stored definition today's checks refuse: nobody enters, and its walks rest.

    Attributes:
        journey: its name.
        version: which.
        status: active | paused.
        problem: what is wrong with it.
    """

    journey: str
    version: int
    status: str
    problem: JourneyInvalid


def start(tx: Transaction, journey: Journey, *, now: datetime, due_at: datetime | None, status: str = "active") -> int:
    """Start a scenario; a newer version takes new entries over from the older. Return the version.

    Args:
        tx: a transaction of the ledger.
        journey: the definition.
        now: business time.
        due_at: when its entry rule is due first; None when only facts start it.
        status: active; paused where the version before is, so that both go on together.
    """
    newest = newest_version(tx, journey.name)
    older = update(journeys).where(journeys.c.journey == journey.name)
    tx.execute(older.values(due_at=None))
    row = {
        "journey": journey.name,
        "version": newest + 1,
        "body": msgspec.json.encode(journey).decode(),
        "status": status,
        "started_at": now,
        "due_at": due_at,
    }
    tx.insert(journeys, pl.DataFrame([row], schema_overrides={"due_at": pl.Datetime("us", "UTC")}))
    return newest + 1


def set_status(tx: Transaction, name: str, status: str) -> int:
    """Pause, resume or end every version of a scenario; return how many there were."""
    return tx.execute(update(journeys).where(journeys.c.journey == name).values(status=status))


def set_due(tx: Transaction, running: Running, due_at: datetime | None) -> None:
    """Write down when the entry rule is due next."""
    mine = and_(journeys.c.journey == running.journey.name, journeys.c.version == running.version)
    tx.execute(update(journeys).where(mine).values(due_at=None if due_at is None else to_micros(due_at)))


def read_running(tx: Transaction, *statuses: str) -> list[Running]:
    """Return the scenarios in those states (default active), oldest first.

    A definition that today's checks refuse is left out: its walks rest where they stand, and `resting` tells of it.
    """
    return [one for one in _read(tx, statuses or ("active",)) if isinstance(one, Running)]


def resting(tx: Transaction) -> list[Resting]:
    """Return the versions that are active or paused and cannot run, oldest first."""
    return [one for one in _read(tx, ("active", "paused")) if isinstance(one, Resting)]


def _read(tx: Transaction, statuses: tuple[str, ...]) -> list[Running | Resting]:
    rows = tx.rows(_in(statuses))
    newest: dict[str, int] = {}
    for row in rows:
        newest[row["journey"]] = max(row["version"], newest.get(row["journey"], 0))
    found: list[Running | Resting] = []
    for row in rows:
        journey = _definition(row["body"])
        if isinstance(journey, JourneyInvalid):
            found.append(Resting(row["journey"], row["version"], row["status"], journey))
        else:
            of_all = newest[row["journey"]]
            found.append(Running(journey, row["version"], row["status"], row["started_at"], row["due_at"], of_all))
    return _followed(found)


def _followed(found: list[Running | Resting]) -> list[Running | Resting]:
    """Return the versions, facts counting from where the one before counts them if the same event opens both."""
    last: dict[str, Running] = {}
    chained: list[Running | Resting] = []
    for one in found:
        if isinstance(one, Resting):
            last.pop(one.journey, None)
        else:
            before = last.get(one.journey.name)
            if before is not None and _same_event(before.journey, one.journey):
                one = msgspec.structs.replace(one, since=before.counts_from)  # noqa: PLW2901
            last[one.journey.name] = one
        chained.append(one)
    return chained


def _same_event(before: Journey, after: Journey) -> bool:
    one, other = before.entry, after.entry
    return isinstance(one, OnEvent) and isinstance(other, OnEvent) and one.event == other.event


@lru_cache(maxsize=16)
def _in(statuses: tuple[str, ...]) -> Select[Any]:
    """Return the question for versions in those states, made once: every tick asks it."""
    wanted = select(journeys).where(journeys.c.status.in_(statuses))
    return wanted.order_by(journeys.c.started_at, journeys.c.journey, journeys.c.version)


@lru_cache(maxsize=1024)
def _definition(body: str) -> Journey | JourneyInvalid:
    """Read and check a stored definition once: every tick asks for all of them."""
    try:
        return parse_journey(body)
    except JourneyInvalid as problem:
        return problem


def is_newest(running: Running, everything: list[Running]) -> bool:
    """Say whether new people enter this version: only the newest takes entries, and while it rests nobody enters."""
    same = [other.newest for other in everything if other.journey.name == running.journey.name]
    return running.version == max(same)


def past_of(tx: Transaction, name: str, customers: pl.Series) -> pl.DataFrame:
    """Return `customer`, `entry_key`, `entered_at`, `status` of these customers in the scenario."""
    query = select(*(enrolments.c[column] for column in PAST))
    return tx.frame(query.where(enrolments.c.journey == name, tx.among(enrolments.c.customer, customers)))


def been_in(tx: Transaction, name: str, customers: pl.Series) -> pl.Series:
    """Return those of the customers who have ever entered the scenario: looks into its index only, not at the walks."""
    mine = (enrolments.c.journey == name, tx.among(enrolments.c.customer, customers))
    return tx.frame(select(enrolments.c.customer).where(*mine))["customer"]


def have_walked(tx: Transaction, customers: pl.Series) -> bool:
    """Say whether any of these customers has ever entered a scenario."""
    theirs = select(enrolments.c.customer).where(tx.among(enrolments.c.customer, customers))
    return tx.value(theirs.limit(1)) is not None


def past_of_everybody(tx: Transaction, name: str) -> pl.DataFrame:
    """Return every walk through the scenario as `past_of`, but for its `entry_key`, which is left empty.

    The engine packs them into one text of numbers: for many a fraction of the work of rows.
    """
    is_active = case((enrolments.c.status == "active", "1"), else_="0")
    parts = (cast(enrolments.c.customer, String), cast(enrolments.c.entered_at, String), is_active)
    one = parts[0] + "," + parts[1] + "," + parts[2]
    text = tx.value(select(func.aggregate_strings(one, ",")).where(enrolments.c.journey == name))
    packed = np.fromstring(text or "", dtype=np.int64, sep=",")
    past = pl.DataFrame({"customer": packed[::3], "entered_at": packed[1::3], "is_active": packed[2::3] == 1})
    return past.select(
        "customer",
        entry_key=pl.lit(""),
        entered_at=pl.from_epoch("entered_at", time_unit="us").dt.replace_time_zone("UTC"),
        status=pl.when("is_active").then(pl.lit("active")).otherwise(pl.lit("ended")),
    )


def walking_elsewhere(tx: Transaction, customers: pl.Series, name: str) -> dict[str, int]:
    """Return how many of these customers walk through each other scenario now.

    Args:
        tx: a transaction of the ledger.
        customers: each once; very many are counted among all who walk.
        name: of the scenario that is none of the others.
    """
    walks = (enrolments.c.status == "active", enrolments.c.journey != name)
    if len(customers) <= LOOKED_UP:
        people = func.count(enrolments.c.customer.distinct()).label("people")
        asked = select(enrolments.c.journey, people).where(*walks, tx.among(enrolments.c.customer, customers))
        return dict(tx.frame(asked.group_by(enrolments.c.journey)).iter_rows())
    whom = func.aggregate_strings(cast(enrolments.c.customer, String), ",").label("whom")
    told = select(enrolments.c.journey, whom).where(*walks, enrolments.c.due_at.is_not(None))
    each = tx.frame(told.group_by(enrolments.c.journey)).iter_rows()
    wanted = customers.to_numpy()
    found = {other: np.unique(np.fromstring(text, dtype=np.int64, sep=",")) for other, text in each}
    shared = {other: int(np.isin(some, wanted).sum()) for other, some in found.items()}
    return {other: people for other, people in shared.items() if people}


def newest_version(tx: Transaction, name: str) -> int:
    """Return the newest version of the scenario; 0 when it was never started."""
    return int(tx.value(select(func.max(journeys.c.version)).where(journeys.c.journey == name)) or 0)


def next_number(tx: Transaction) -> int:
    """Return the number of the next enrolment."""
    return int(tx.value(select(func.max(enrolments.c.enrolment))) or 0) + 1


def keep_entries(tx: Transaction, entered: pl.DataFrame) -> None:
    """Keep new enrolments and tell of each."""
    tx.insert(enrolments, entered)
    properties = ["journey", "version", "enrolment", "entry_key", "arm"]
    tell(tx, JOURNEY_ENTERED, entered, properties, at="entered_at")


def due(tx: Transaction, *, now: datetime, limit: int = ROWS_A_TRANSACTION) -> pl.DataFrame:
    """Return walks through active scenarios that go on now, the longest waiting first.

    Returns:
        `enrolment`, `journey`, `version`, `customer`, `arm`, `step`, `visit`, `due_at`. Where more than 100 versions
        have somebody due, those of the 100 that have waited longest.
    """
    columns = [enrolments.c[name] for name in _STANDING]
    walks = _due(tx, columns, now)
    if walks is None:
        return pl.DataFrame(schema=_STANDING)
    return tx.frame(select(walks).order_by(walks.c.due_at, walks.c.enrolment).limit(limit))


def due_customers(tx: Transaction, *, now: datetime) -> pl.Series:
    """Return the customers of everybody whom `due` will return by and by, each once."""
    walks = _due(tx, [enrolments.c.customer], now)
    return pl.Series("customer", [], dtype=pl.Int64) if walks is None else tx.frame(select(walks))["customer"].unique()


def _due(tx: Transaction, columns: list[Column[Any]], now: datetime) -> Subquery | None:
    readable = {(one.journey.name, one.version) for one in read_running(tx)}
    first = tx.frame(select(journeys.c.journey, journeys.c.version, _first_due.label("first_at")).where(_IS_ACTIVE))
    some = first.filter(pl.col("first_at") <= now).sort("first_at", "journey", "version")
    asked = [key for key in some.select("journey", "version").rows() if key in readable][:VERSIONS_AT_ONCE]
    parts = [
        select(*columns).where(
            enrolments.c.journey == name, enrolments.c.version == version, enrolments.c.due_at <= to_micros(now)
        )
        for name, version in asked
    ]
    return union_all(*parts).subquery("walks") if parts else None


def earliest_walk(tx: Transaction) -> datetime | None:
    """Return since when at the earliest somebody can be walking who walks still: the oldest start of a scenario."""
    started = select(func.min(journeys.c.started_at).label("started_at"))
    found: datetime | None = tx.frame(started.where(journeys.c.status.in_(("active", "paused"))))["started_at"][0]
    return found


def active_walks(tx: Transaction, customers: pl.Series) -> pl.DataFrame:
    """Return these customers' active enrolments in every scenario: one question, however many scenarios run.

    Returns:
        `enrolment`, `journey`, `version`, `customer`, `entered_at`.
    """
    columns = ("enrolment", "journey", "version", "customer", "entered_at")
    asked = select(*(enrolments.c[name] for name in columns))
    return tx.frame(asked.where(enrolments.c.status == "active", tx.among(enrolments.c.customer, customers)))


def keep_moves(tx: Transaction, moved: pl.DataFrame) -> None:
    """Keep where active enrolments stand now, and tell of those that ended.

    Args:
        tx: a transaction of the ledger.
        moved: `enrolment`, `journey`, `customer` and the columns to set: `status`, `outcome`, `due_at`, `ended_at`,
            and `step`, `visit` unless all of them end where they stand.
    """
    is_over = pl.col("status") == "ended"
    ended, going = moved.filter(is_over), moved.filter(~is_over)
    if len(going):
        tx.update(enrolments, going.select("enrolment", "step", "visit", "due_at"), keys=["enrolment"])
    columns = [name for name in MOVED if name in moved.columns]
    tx.update(enrolments, ended.select(columns), keys=["enrolment"])
    tell(tx, JOURNEY_LEFT, ended, ["journey", "enrolment", "outcome"], at="ended_at")


def join_customers(tx: Transaction, joined: pl.DataFrame, *, now: datetime) -> None:
    """Let walks follow their customers after a merge; of twins in one scenario the earliest goes on.

    A walk whose key the other customer has used too keeps its former number, for the table holds each key once.

    Args:
        tx: a transaction of the ledger.
        joined: `former`, `customer`: numbers that became another's.
        now: business time.
    """
    theirs = select(enrolments.c.customer).where(tx.among(enrolments.c.customer, joined["former"]))
    walked = joined.join(tx.frame(theirs.distinct()), left_on="former", right_on="customer", how="semi")
    if walked.is_empty():  # most numbers that become another's are new identifiers, and nobody walks by those
        return
    query = select(enrolments).where(tx.among(enrolments.c.customer, pl.concat([walked["former"], walked["customer"]])))
    walks = tx.frame(query).join(joined, left_on="customer", right_on="former", how="left", maintain_order="left")
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
    asked = select(func.min(journeys.c.due_at).label("entry_at"), func.min(_first_due).label("walk_at"))
    with ledger.reading() as tx:
        found = tx.frame(asked.where(_IS_ACTIVE)).row(0)
    instants = [instant for instant in found if instant is not None]
    return min(instants) if instants else None
