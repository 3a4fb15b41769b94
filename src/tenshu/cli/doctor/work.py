"""Checks of the work: what waits in the inbox, batches, facts on their way, jobs, ranks, and the clock."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import Column, ColumnElement, Select, func, select

from tenshu.cli.doctor.finding import Check, Finding, broken, look, ok
from tenshu.cli.doctor.home import HomeUnderDoctor
from tenshu.collect.tables import batches, facts_out, requests
from tenshu.decide.tables import decisions
from tenshu.deliver.tables import outbox
from tenshu.jobs.queue import Job, list_jobs
from tenshu.journey.tables import enrolments
from tenshu.kit.i18n import N_
from tenshu.store.tables import to_micros

#: What waits for longer is not just about to be done.
SLOW_AFTER: Final = timedelta(minutes=10)
#: Ranks are published at the first tick of each day.
RANKS_AFTER: Final = timedelta(hours=36)
#: An instant so far ahead of the clock has not happened.
AHEAD: Final = timedelta(minutes=5)
_RUN: Final = N_("Start tenshu serve, or run tenshu run; when one runs, look at what it says.")


class Backlog(msgspec.Struct, frozen=True):
    """How much waits, and since when (business time); `age` is that of the oldest."""

    count: int
    age: timedelta = timedelta()

    @property
    def minutes(self) -> int:
        """The age of the oldest in whole minutes."""
        return int(self.age.total_seconds() // 60)


def read_inbox(home: HomeUnderDoctor) -> Backlog:
    """Count what was accepted and not digested."""
    with home.inbox.reading() as tx:
        found = tx.frame(_oldest(requests.c.received_at))
    return _backlog(found, home.now)


def judge_inbox(seen: Backlog) -> list[Finding]:
    """What was accepted is digested within seconds when somebody ticks."""
    given = {"count": seen.count, "minutes": seen.minutes}
    if seen.count and seen.age > SLOW_AFTER:
        said = N_("{count} requests wait in the inbox, the oldest for {minutes} minutes. None of them is lost.")
        return [look(said, _RUN, **given)]
    return [ok(N_("{count} requests wait in the inbox."), **given)]


class Stuck(msgspec.Struct, frozen=True):
    """A batch that was begun and not ended."""

    batch: int
    state: str
    age: timedelta


def read_batches(home: HomeUnderDoctor) -> list[Stuck]:
    """Find batches that are not digested."""
    rows = home.frame(select(batches).where(batches.c.state != "digested").order_by(batches.c.batch))
    return [Stuck(row["batch"], row["state"], home.now - row["now_at"]) for row in rows.iter_rows(named=True)]


def judge_batches(seen: list[Stuck]) -> list[Finding]:
    """A batch takes seconds; one that was begun long ago was left by a kill, or fails each time."""
    said = N_("Batch {batch} was begun {minutes} minutes ago and is not digested (state {state}).")
    advice = N_("Nothing is lost; it is done again. Run tenshu run: when that fails, its error says why.")
    found = [
        broken(said, advice, batch=one.batch, state=one.state, minutes=int(one.age.total_seconds() // 60))
        for one in seen
        if one.age > SLOW_AFTER
    ]
    return found or [ok(N_("No batch is stuck."))]


def read_facts_out(home: HomeUnderDoctor) -> Backlog:
    """Count what the ledger told and the warehouse has not taken."""
    return _backlog(home.frame(_oldest(facts_out.c.occurred_at)), home.now)


def judge_facts_out(seen: Backlog) -> list[Finding]:
    """What the ledger told is taken at the next tick."""
    given = {"count": seen.count, "minutes": seen.minutes}
    if seen.count and seen.age > SLOW_AFTER:
        said = N_("{count} facts of the ledger wait for the warehouse, the oldest for {minutes} minutes.")
        return [look(said, _RUN, **given)]
    return [ok(N_("{count} facts of the ledger wait for the warehouse."), **given)]


class Jobs(msgspec.Struct, frozen=True):
    """Jobs that failed lately, and the longest that one has waited."""

    failed: list[Job]
    waiting: int
    waited: timedelta


def read_jobs(home: HomeUnderDoctor) -> Jobs:
    """Look at the newest jobs of each kind, and at those that wait."""
    with home.ledger.reading() as tx:
        found = list_jobs(tx, limit=1_000)
    newest: dict[str, Job] = {}
    for job in found:
        newest.setdefault(job.kind, job)
    waiting = [home.now - job.asked_at for job in found if job.state == "waiting"]
    failed = [job for job in newest.values() if job.state == "failed"]
    return Jobs(failed, len(waiting), max(waiting, default=timedelta()))


def judge_jobs(seen: Jobs) -> list[Finding]:
    """The last job of a kind should not have failed, and none should wait for long."""
    said, advice = N_("Job {number} ({kind}) failed: {reason}"), N_("Ask for it again: tenshu jobs start {kind}")
    reasons = [(job, job.error.text() if job.error else "-") for job in seen.failed]
    found = [look(said, advice, number=job.number, kind=job.kind, reason=reason) for job, reason in reasons]
    if seen.waiting and seen.waited > SLOW_AFTER:
        minutes = int(seen.waited.total_seconds() // 60)
        said = N_("{count} jobs wait, the oldest for {minutes} minutes.")
        advice = N_("Jobs are done by tenshu serve; without it: tenshu jobs start KIND --here.")
        found.append(look(said, advice, count=seen.waiting, minutes=minutes))
    return found or [ok(N_("No job has failed, none waits for long."))]


class Ranks(msgspec.Struct, frozen=True):
    """When ranks were published last; None = never. Whether there are purchases at all."""

    age: timedelta | None
    has_orders: bool


def read_ranks(home: HomeUnderDoctor) -> Ranks:
    """Ask the warehouse."""
    found = home.ask_warehouse(
        "SELECT (SELECT max(as_of) FROM rank_cuts) AS published_at, EXISTS (FROM order_lines) AS has_orders"
    )
    published: datetime | None = found["published_at"][0]
    return Ranks(None if published is None else home.now - published, bool(found["has_orders"][0]))


def judge_ranks(seen: Ranks) -> list[Finding]:
    """Ranks are published each day, as soon as there are purchases."""
    if not seen.has_orders:
        return [ok(N_("There are no purchases yet, so there are no ranks."))]
    if seen.age is None:
        return [look(N_("Ranks were never published."), _RUN)]
    hours = int(seen.age.total_seconds() // 3600)
    if seen.age > RANKS_AFTER:
        return [look(N_("Ranks were published {hours} hours ago; that is done each day."), _RUN, hours=hours)]
    return [ok(N_("Ranks were published {hours} hours ago."), hours=hours)]


def read_ahead(home: HomeUnderDoctor) -> timedelta:
    """Return how far the newest instant of the ledger is ahead of the clock; negative when it is behind."""
    columns = (decisions.c.decided_at, enrolments.c.entered_at, outbox.c.claimed_at, batches.c.now_at)
    with home.ledger.reading() as tx:
        known = [tx.value(select(func.max(column))) for column in columns]
    newest = max((int(instant) for instant in known if instant is not None), default=0)
    return timedelta(microseconds=newest - to_micros(home.now))


def judge_ahead(seen: timedelta) -> list[Finding]:
    """Nothing in the ledger can be from the future."""
    if seen <= AHEAD:
        return [ok(N_("The clock agrees with the ledger."))]
    advice = N_("Set this machine's clock right before anything is sent: caps and waits count by it.")
    minutes = int(seen.total_seconds() // 60)
    said = N_("The ledger has something from {minutes} minutes in the future: a clock is or was wrong.")
    return [broken(said, advice, minutes=minutes)]


def _oldest(column: Column[int]) -> Select[Any]:
    """Return the query of how many rows there are, and of the least instant among them."""
    wanted: list[ColumnElement[Any]] = [func.count().label("n"), func.min(column).label("oldest_at")]
    return select(*wanted)


def _backlog(found: pl.DataFrame, now: datetime) -> Backlog:
    oldest: datetime | None = found["oldest_at"][0]
    return Backlog(int(found["n"][0]), timedelta() if oldest is None else max(now - oldest, timedelta()))


CHECKS: Final = (
    Check("inbox", N_("the inbox"), read_inbox, judge_inbox),
    Check("batches", N_("batches"), read_batches, judge_batches),
    Check("facts_out", N_("facts on their way"), read_facts_out, judge_facts_out),
    Check("jobs", N_("jobs"), read_jobs, judge_jobs),
    Check("ranks", N_("ranks"), read_ranks, judge_ranks),
    Check("clock", N_("the clock"), read_ahead, judge_ahead),
)
