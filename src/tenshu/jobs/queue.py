"""The queue of jobs in the ledger: ask, claim by lease, tell progress, end; every step by the holder is fenced.

A job belongs to whoever claimed it last: `holder` and `attempt` together. What a former holder still says is not
heard. The lease runs on the database's own clock, so that a wrong clock takes nothing from others; business time
(`now`) is only kept to be shown, and says as of when the job counts.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update

from tenshu.jobs.tables import jobs
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _
from tenshu.store.ledger import Transaction
from tenshu.store.tables import to_micros

LEASE_FOR: Final = timedelta(seconds=60)
ATTEMPTS: Final = 3
#: States that a job never leaves.
ENDED: Final = ("done", "failed", "cancelled")
_MICROSECOND: Final = timedelta(microseconds=1)
#: The most of an unforeseen error's text that is kept.
_LONGEST: Final = 300


class JobMissing(TenshuError):
    """A job was named that was never asked for."""

    template = N_("There is no job {number}. List them with: tenshu jobs list --home HOME")


class Reason(msgspec.Struct, frozen=True):
    """Why a job did not end well, kept so that it can be said in any language.

    Attributes:
        template: an English sentence with {fields}, as the catalogues know it.
        given: the fields.
    """

    template: str
    given: dict[str, str] = {}

    def text(self, language: str | None = None) -> str:
        """Return the sentence in the given language, else the current one."""
        return _(self.template, language, **self.given)


def reason_of(problem: Exception) -> Reason:
    """Return an error as a reason that can be said in any language."""
    if isinstance(problem, TenshuError):
        return Reason(problem.template, {name: str(value) for name, value in problem.given.items()})
    said = f"{type(problem).__name__}: {problem}"[:_LONGEST]
    return Reason(N_("It broke with an unforeseen error: {problem}"), {"problem": said})


class Step(msgspec.Struct, frozen=True):
    """How far a job is: `done` of `of` (None = nobody knows), in the unit that `what` names."""

    what: str
    done: float
    of: float | None = None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it stands.

    Attributes:
        number: counts the jobs of this shop.
        kind: a name of `jobs.kinds`.
        given: what it was asked for with.
        state: waiting | running | done | failed | cancelled.
        asked_at: business time; nothing later counts for it.
        holder: who runs it, or ran it last.
        attempt: how often it was taken up.
        result: what came of it, in its kind's words.
        error: why the last attempt failed.
    """

    number: int
    kind: str
    given: dict[str, Any]
    state: str
    progress: Step | None
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    holder: str | None
    attempt: int
    result: dict[str, Any] | None
    error: Reason | None


def ask(tx: Transaction, kind: str, given: dict[str, Any] | None = None, *, now: datetime, once: bool = False) -> int:
    """Ask for a job; return its number.

    Args:
        tx: a transaction of the ledger.
        kind: a name of `jobs.kinds`.
        given: what the kind takes, plain JSON.
        now: business time.
        once: when a job of this kind waits or runs, return that one's number instead.
    """
    if once:
        open_one = select(func.min(jobs.c.job)).where(jobs.c.kind == kind, jobs.c.state.in_(("waiting", "running")))
        found = tx.value(open_one)
        if found is not None:
            return int(found)
    row = {"kind": kind, "given": _packed(given or {}), "state": "waiting", "asked_at": to_micros(now), "attempt": 0}
    return int(tx.connection.execute(insert(jobs).values(row).returning(jobs.c.job)).scalar_one())


def next_job(tx: Transaction, holder: str, *, now: datetime) -> Job | None:
    """Claim the oldest job that waits or whose holder died; None when there is none.

    A job that was taken up `ATTEMPTS` times and lost its holder each time is failed on the way.

    Args:
        tx: a transaction of the ledger.
        holder: who claims, unlike any other.
        now: business time.
    """
    _give_up_dead(tx, now)
    while (seen := _oldest_free(tx)) is not None:
        claimed = tx.execute(
            update(jobs)
            .where(jobs.c.job == seen[0], jobs.c.attempt == seen[1], _is_free(tx))
            .values(
                state="running",
                holder=holder,
                attempt=seen[1] + 1,
                started_at=to_micros(now),
                lease_at=_lease(tx),
                progress=None,
            )
        )
        if claimed:
            return read_job(tx, seen[0])
    return None


def tell_progress(tx: Transaction, job: Job, step: Step | None = None) -> bool:
    """Hold on to a job and say how far it is; False when it is no longer this holder's.

    Args:
        tx: a transaction of the ledger.
        job: as claimed.
        step: None = what was told last stands.
    """
    told: dict[str, Any] = {"lease_at": _lease(tx)}
    if step is not None:
        told["progress"] = _packed(step)
    return bool(tx.execute(update(jobs).where(_mine(job)).values(told)))


def finish(tx: Transaction, job: Job, result: dict[str, Any], *, now: datetime) -> bool:
    """Say that the job is done and taken over; False when it is no longer this holder's."""
    return _end(tx, job, now, state="done", result=_packed(result), error=None)


def fail(tx: Transaction, job: Job, reason: Reason, *, now: datetime) -> bool:
    """Say that the job failed for good; False when it is no longer this holder's."""
    return _end(tx, job, now, state="failed", error=_packed(reason))


def retry(tx: Transaction, job: Job, reason: Reason, *, now: datetime) -> bool:
    """Let a job whose child died wait for its next attempt; after the last one it failed. False when not ours."""
    if job.attempt >= ATTEMPTS:
        return fail(tx, job, reason, now=now)
    back = {"state": "waiting", "lease_at": None, "error": _packed(reason)}
    return bool(tx.execute(update(jobs).where(_mine(job)).values(back)))


def put_back(tx: Transaction, job: Job) -> bool:
    """Let a job wait again that its holder stops at its own will: the attempt does not count."""
    back = {"state": "waiting", "lease_at": None, "progress": None, "attempt": job.attempt - 1}
    return bool(tx.execute(update(jobs).where(_mine(job)).values(back)))


def cancel(tx: Transaction, number: int, *, now: datetime) -> bool:
    """Cancel a job that has not ended; its child is stopped at the holder's next round. False when it has ended.

    Raises:
        JobMissing: there is no such job.
    """
    if tx.value(select(jobs.c.job).where(jobs.c.job == number)) is None:
        raise JobMissing(number=number)
    has_not_ended = and_(jobs.c.job == number, jobs.c.state.in_(("waiting", "running")))
    return bool(tx.execute(update(jobs).where(has_not_ended).values(state="cancelled", ended_at=to_micros(now))))


def read_job(tx: Transaction, number: int) -> Job:
    """Return one job.

    Raises:
        JobMissing: there is no such job.
    """
    rows = tx.frame(select(jobs).where(jobs.c.job == number))
    if rows.is_empty():
        raise JobMissing(number=number)
    return _job(rows.row(0, named=True))


def list_jobs(tx: Transaction, *, limit: int = 20) -> list[Job]:
    """Return the newest jobs, newest first."""
    rows = tx.frame(select(jobs).order_by(jobs.c.job.desc()).limit(limit))
    return [_job(row) for row in rows.iter_rows(named=True)]


def running(tx: Transaction) -> list[int]:
    """Return the numbers of the jobs that somebody runs, or ran when he died."""
    found: list[int] = tx.frame(select(jobs.c.job).where(jobs.c.state == "running"))["job"].to_list()
    return found


def _lease(tx: Transaction) -> int:
    """Return until when a claim of now holds, by the database's own clock."""
    return int(tx.value(select(tx.dialect.lease_clock()))) + LEASE_FOR // _MICROSECOND


def _oldest_free(tx: Transaction) -> tuple[int, int] | None:
    query = select(jobs.c.job, jobs.c.attempt).where(_is_free(tx), jobs.c.attempt < ATTEMPTS)
    found = tx.frame(query.order_by(jobs.c.job).limit(1))
    return None if found.is_empty() else (int(found["job"][0]), int(found["attempt"][0]))


def _give_up_dead(tx: Transaction, now: datetime) -> None:
    reason = Reason(N_("The process that ran it died {count} times, the last time without a word."), {"count": "3"})
    is_lost = and_(jobs.c.state == "running", jobs.c.lease_at < tx.dialect.lease_clock(), jobs.c.attempt >= ATTEMPTS)
    ended = {"state": "failed", "ended_at": to_micros(now), "error": _packed(reason)}
    tx.execute(update(jobs).where(is_lost).values(ended))


def _is_free(tx: Transaction) -> ColumnElement[bool]:
    is_lost = and_(jobs.c.state == "running", jobs.c.lease_at < tx.dialect.lease_clock())
    return or_(jobs.c.state == "waiting", is_lost)


def _mine(job: Job) -> ColumnElement[bool]:
    return and_(
        jobs.c.job == job.number,
        jobs.c.state == "running",
        jobs.c.holder == job.holder,
        jobs.c.attempt == job.attempt,
    )


def _end(tx: Transaction, job: Job, now: datetime, **values: Any) -> bool:
    return bool(tx.execute(update(jobs).where(_mine(job)).values(ended_at=to_micros(now), lease_at=None, **values)))


def _job(row: dict[str, Any]) -> Job:
    def unpacked(name: str, kind: Any) -> Any:
        return None if row[name] is None else msgspec.json.decode(row[name], type=kind)

    return Job(
        number=row["job"],
        given=msgspec.json.decode(row["given"]),
        progress=unpacked("progress", Step),
        result=unpacked("result", dict[str, Any]),
        error=unpacked("error", Reason),
        **{name: row[name] for name in ("kind", "state", "asked_at", "started_at", "ended_at", "holder", "attempt")},
    )


def _packed(value: Any) -> str:
    return msgspec.json.encode(value).decode()
