"""Homes for tests of jobs: small, with stores of their own, and rounds until nothing is in hand."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tenshu.jobs.queue import Job, ask, read_job
from tenshu.jobs.runner import JobRunner
from tenshu.jobs.tables import jobs
from tenshu.kit.clock import elapsed, rest
from tenshu.store.home import Stores, open_stores
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tests.unit.jobs.slow import KINDS

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
#: A round that leads to nothing for so many seconds is a fault of the runner, not of a slow machine.
PATIENCE = 60.0


def stores_at(home: Path) -> Stores:
    """Open stores that are up to date."""
    home.mkdir(parents=True, exist_ok=True)
    stores = open_stores(home)
    upgrade(stores.ledger, "ledger")
    return stores


def asked(ledger: Ledger, kind: str = "slow", **given: Any) -> int:
    """Ask for a job; return its number."""
    with ledger.writing() as tx:
        return ask(tx, kind, given, now=NOW)


def job_of(ledger: Ledger, number: int) -> Job:
    """Return a job as it stands."""
    with ledger.reading() as tx:
        return read_job(tx, number)


def run_all(stores: Stores, kinds: Mapping[str, str] = KINDS) -> None:
    """Do rounds until nothing is in hand."""
    runner = JobRunner(stores, kinds=kinds)
    until = elapsed() + PATIENCE
    while runner.run_waiting(now=NOW):
        assert elapsed() < until
        rest(timedelta(milliseconds=10))


def run_until(runner: JobRunner, number: int, seen: Any) -> Job:
    """Do rounds until the job is as wanted; return it."""
    until = elapsed() + PATIENCE
    while True:
        runner.run_waiting(now=NOW)
        job = job_of(runner.stores.ledger, number)
        if seen(job):
            return job
        assert elapsed() < until, job
        rest(timedelta(milliseconds=10))


def lapse(ledger: Ledger) -> None:
    """Let every lease run out, as if its holder had been gone for long."""
    with ledger.writing() as tx:
        tx.execute(jobs.update().where(jobs.c.state == "running").values(lease_at=0))


def said(stores: Stores) -> list[tuple[str, str]]:
    """Return what was taken over: what was said, and by which job."""
    stores.warehouse.execute("CREATE TABLE IF NOT EXISTS taken (said VARCHAR, key VARCHAR)")
    return stores.warehouse.frame("SELECT said, key FROM taken ORDER BY key").rows()
