"""Where jobs run beside the tick, learning what is bought together is asked for; elsewhere it is done at once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tenshu import flow
from tenshu.bootstrap import Shop
from tenshu.jobs import Job, list_jobs
from tenshu.jobs.queue import Reason, fail, finish, next_job
from tenshu.jobs.runner import JobRunner
from tenshu.kit.clock import SetClock, elapsed, rest
from tenshu.know.publish import published_cuts
from tenshu.recommend.pairs import last_fit
from tenshu.testing.small_shop import MONDAY, open_small_shop

DAY = timedelta(days=1)
DUE = MONDAY + 29 * DAY


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Shop, SetClock]]:
    shop, clock = open_small_shop(tmp_path / "home")
    yield shop, clock
    shop.close()


def jobs_of(shop: Shop) -> list[Job]:
    with shop.ledger.reading() as tx:
        return list_jobs(tx)


def version(shop: Shop) -> int:
    found = last_fit(shop.warehouse)
    assert found is not None
    return found.version


def test_a_due_fit_is_asked_for_as_of_its_instant(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    flow.publish_due(shop, shop.settings, now=DUE, with_jobs=True)
    assert version(shop) == 1
    assert [(job.kind, job.state, job.asked_at) for job in jobs_of(shop)] == [("fit_bought_together", "waiting", DUE)]


def test_ranks_are_published_in_the_tick_all_the_same(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    flow.publish_due(shop, shop.settings, now=DUE, with_jobs=True)
    cuts = published_cuts(shop.warehouse, now=DUE)
    assert cuts is not None
    assert cuts.as_of == DUE


def test_without_jobs_beside_it_the_tick_does_it_itself(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    flow.publish_due(shop, shop.settings, now=DUE)
    assert version(shop) == 2
    assert jobs_of(shop) == []


def test_a_whole_tick_passes_it_on(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    clock.set(DUE)
    flow.tick(shop, shop.settings, now=DUE, address_key=shop.address_key, with_jobs=True)
    assert (version(shop), len(jobs_of(shop))) == (1, 1)


def test_an_import_publishes_at_once_whoever_runs_jobs(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    flow.publish(shop, shop.settings, now=MONDAY + DAY)
    assert version(shop) == 2
    assert jobs_of(shop) == []


def test_a_fit_that_waits_or_runs_is_not_asked_for_again(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    for nth in range(3):
        flow.publish_due(shop, shop.settings, now=DUE + nth * DAY, with_jobs=True)
    assert len(jobs_of(shop)) == 1
    with shop.ledger.writing() as tx:
        next_job(tx, "a", now=DUE)
    flow.publish_due(shop, shop.settings, now=DUE + 3 * DAY, with_jobs=True)
    assert len(jobs_of(shop)) == 1


def test_a_fit_that_failed_is_asked_for_again_the_next_day_and_not_before(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    flow.publish_due(shop, shop.settings, now=DUE, with_jobs=True)
    with shop.ledger.writing() as tx:
        job = next_job(tx, "a", now=DUE)
        assert job is not None
        fail(tx, job, Reason("no"), now=DUE)
    flow.publish_due(shop, shop.settings, now=DUE + timedelta(minutes=1), with_jobs=True)
    assert len(jobs_of(shop)) == 1
    flow.publish_due(shop, shop.settings, now=DUE + DAY, with_jobs=True)
    assert [job.state for job in jobs_of(shop)] == ["waiting", "failed"]


def test_a_fit_that_was_done_counts_from_when_it_was_asked_for(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    flow.publish_due(shop, shop.settings, now=DUE, with_jobs=True)
    runner, until = JobRunner(shop), elapsed() + 60
    while runner.run_waiting(now=DUE + timedelta(hours=2)):
        assert elapsed() < until
        rest(timedelta(milliseconds=10))
    found = last_fit(shop.warehouse)
    assert found is not None
    assert (found.version, found.as_of_at) == (2, DUE)
    flow.publish_due(shop, shop.settings, now=DUE + 27 * DAY, with_jobs=True)
    assert [job.state for job in jobs_of(shop)] == ["done"]
    flow.publish_due(shop, shop.settings, now=DUE + 29 * DAY, with_jobs=True)
    assert [job.state for job in jobs_of(shop)] == ["waiting", "done"]


def test_a_done_job_without_a_newer_fit_does_not_keep_the_next_from_being_asked(
    small: tuple[Shop, SetClock],
) -> None:
    shop, _ = small
    flow.publish_due(shop, shop.settings, now=DUE, with_jobs=True)
    with shop.ledger.writing() as tx:
        job = next_job(tx, "a", now=DUE)
        assert job is not None
        finish(tx, job, {}, now=DUE)
    flow.publish_due(shop, shop.settings, now=DUE + DAY, with_jobs=True)
    assert [job.state for job in jobs_of(shop)] == ["waiting", "done"]
