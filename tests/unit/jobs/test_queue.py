"""A job is one person's at a time, by lease and by attempt; what a former holder says is not heard."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from tenshu.jobs import queue
from tenshu.jobs.queue import ATTEMPTS, ENDED, Job, JobMissing, Reason, Step, reason_of
from tenshu.jobs.tables import jobs
from tenshu.kit.i18n import speaking
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.postgres import PostgresPlace
from tests.unit.jobs.homes import NOW, asked, job_of, lapse, stores_at
from tests.unit.jobs.slow import NoSuchThing

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ledger(place: Path | PostgresPlace) -> Iterator[Ledger]:
    """A ledger that is up to date, on each engine in turn."""
    made = Ledger(place)
    upgrade(made, "ledger")
    yield made
    made.close()


def claimed(ledger: Ledger, holder: str = "a") -> Job | None:
    """Claim the next job."""
    with ledger.writing() as tx:
        return queue.next_job(tx, holder, now=NOW)


def held(ledger: Ledger, holder: str = "a") -> Job:
    """Claim the next job, which is there."""
    found = claimed(ledger, holder)
    assert found is not None
    return found


def test_a_job_waits_with_what_it_was_asked_for(ledger: Ledger) -> None:
    job = job_of(ledger, asked(ledger, say="hello", times=3))
    assert (job.state, job.given, job.asked_at, job.attempt) == ("waiting", {"say": "hello", "times": 3}, NOW, 0)
    assert (job.progress, job.result, job.error, job.holder, job.started_at) == (None, None, None, None, None)


def test_numbers_count_up_and_are_never_given_again(ledger: Ledger) -> None:
    numbers = [asked(ledger) for _ in range(3)]
    with ledger.writing() as tx:
        tx.execute(jobs.delete())
    assert [*numbers, asked(ledger)] == [1, 2, 3, 4]


def test_the_oldest_job_is_claimed_first_and_each_only_once(ledger: Ledger) -> None:
    first, second = asked(ledger), asked(ledger)
    found = [claimed(ledger, holder) for holder in ("a", "b", "c")]
    assert [job.number for job in found if job] == [first, second]
    assert [job.holder for job in found if job] == ["a", "b"]
    assert found[2] is None


def test_a_claimed_job_runs_in_its_first_attempt(ledger: Ledger) -> None:
    asked(ledger)
    job = held(ledger)
    assert (job.state, job.attempt, job.holder, job.started_at) == ("running", 1, "a", NOW)
    assert job_of(ledger, job.number) == job


def test_asking_once_gives_the_job_that_is_open(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        first = queue.ask(tx, "fit", now=NOW, once=True)
        assert queue.ask(tx, "fit", now=LATER, once=True) == first
        assert queue.ask(tx, "other", now=NOW, once=True) != first
    job = held(ledger)
    with ledger.writing() as tx:
        assert queue.ask(tx, "fit", now=LATER, once=True) == first
        queue.finish(tx, job, {}, now=LATER)
        assert queue.ask(tx, "fit", now=LATER, once=True) > first


def test_a_job_of_a_dead_holder_is_taken_up_again(ledger: Ledger) -> None:
    asked(ledger)
    first = held(ledger, "a")
    assert claimed(ledger, "b") is None
    lapse(ledger)
    second = held(ledger, "b")
    assert (second.number, second.holder, second.attempt) == (first.number, "b", 2)


def test_holding_on_makes_the_lease_longer(ledger: Ledger) -> None:
    asked(ledger)
    job = held(ledger)
    lapse(ledger)
    with ledger.writing() as tx:
        assert queue.tell_progress(tx, job)
        lease, clock = tx.value(select(jobs.c.lease_at)), tx.value(select(tx.dialect.lease_clock()))
    assert 0 < lease - clock <= queue.LEASE_FOR / timedelta(microseconds=1)
    assert claimed(ledger, "b") is None


def test_progress_is_told_and_stands_until_the_next(ledger: Ledger) -> None:
    number = asked(ledger)
    job = held(ledger)
    with ledger.writing() as tx:
        assert queue.tell_progress(tx, job, Step("rows", 5, 10))
        assert queue.tell_progress(tx, job)
    assert job_of(ledger, number).progress == Step("rows", 5, 10)


@pytest.mark.parametrize("say", ["progress", "finish", "fail", "retry", "put_back"])
def test_a_former_holder_is_not_heard(ledger: Ledger, say: str) -> None:
    number = asked(ledger)
    former = held(ledger, "a")
    lapse(ledger)
    present = held(ledger, "a")  # of the same name even: the attempt tells them apart
    says: dict[str, Any] = {
        "progress": lambda tx: queue.tell_progress(tx, former, Step("rows", 9)),
        "finish": lambda tx: queue.finish(tx, former, {"rows": 9}, now=NOW),
        "fail": lambda tx: queue.fail(tx, former, Reason("no"), now=NOW),
        "retry": lambda tx: queue.retry(tx, former, Reason("no"), now=NOW),
        "put_back": lambda tx: queue.put_back(tx, former),
    }
    with ledger.writing() as tx:
        assert not says[say](tx)
    assert job_of(ledger, number) == present


def test_a_job_is_done_with_its_result(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.writing() as tx:
        assert queue.retry(
            tx, queue.next_job(tx, "a", now=NOW) or pytest.fail("nothing waits"), Reason("once"), now=NOW
        )
    job = held(ledger)
    with ledger.writing() as tx:
        assert queue.finish(tx, job, {"rows": 3}, now=LATER)
    done = job_of(ledger, number)
    assert (done.state, done.result, done.ended_at, done.error) == ("done", {"rows": 3}, LATER, None)


def test_a_job_that_dies_again_and_again_fails_with_the_last_reason(ledger: Ledger) -> None:
    number = asked(ledger)
    states = []
    for nth in range(ATTEMPTS):
        job = held(ledger)
        with ledger.writing() as tx:
            queue.retry(tx, job, Reason("death {nth}", {"nth": str(nth)}), now=LATER)
        states.append(job_of(ledger, number).state)
    assert states == ["waiting"] * (ATTEMPTS - 1) + ["failed"]
    error = job_of(ledger, number).error
    assert error is not None
    assert error.text("en") == f"death {ATTEMPTS - 1}"
    assert claimed(ledger) is None


def test_a_job_whose_holders_die_without_a_word_fails_too(ledger: Ledger) -> None:
    number = asked(ledger)
    for _ in range(ATTEMPTS):
        held(ledger)
        lapse(ledger)
    assert claimed(ledger) is None
    job = job_of(ledger, number)
    assert (job.state, job.ended_at) == ("failed", NOW)
    assert job.error is not None
    assert "3 times" in job.error.text("en")


def test_putting_back_costs_no_attempt(ledger: Ledger) -> None:
    number = asked(ledger)
    for _ in range(ATTEMPTS + 2):
        job = held(ledger)
        with ledger.writing() as tx:
            assert queue.put_back(tx, job)
    assert (job_of(ledger, number).state, job_of(ledger, number).attempt) == ("waiting", 0)


def test_a_waiting_job_and_a_running_one_can_be_cancelled(ledger: Ledger) -> None:
    running, waiting = asked(ledger), asked(ledger)
    job = held(ledger)
    with ledger.writing() as tx:
        assert queue.cancel(tx, running, now=LATER)
        assert queue.cancel(tx, waiting, now=LATER)
        assert not queue.tell_progress(tx, job)
        assert not queue.finish(tx, job, {}, now=LATER)
    assert {job_of(ledger, number).state for number in (running, waiting)} == {"cancelled"}
    assert claimed(ledger) is None


def test_what_has_ended_is_not_cancelled(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.writing() as tx:
        queue.finish(tx, queue.next_job(tx, "a", now=NOW) or pytest.fail("nothing waits"), {}, now=NOW)
        assert not queue.cancel(tx, number, now=LATER)
    assert job_of(ledger, number).state == "done"


def test_a_job_that_was_never_asked_for_is_named(ledger: Ledger) -> None:
    with ledger.writing() as tx, pytest.raises(JobMissing, match="There is no job 7"):
        queue.cancel(tx, 7, now=NOW)
    with ledger.reading() as tx, pytest.raises(JobMissing):
        queue.read_job(tx, 7)


def test_jobs_are_listed_newest_first(ledger: Ledger) -> None:
    for nth in range(5):
        asked(ledger, say=str(nth))
    with ledger.reading() as tx:
        found = queue.list_jobs(tx, limit=3)
    assert [job.given["say"] for job in found] == ["4", "3", "2"]


def test_a_reason_is_said_in_the_readers_language() -> None:
    reason = reason_of(JobMissing(number=3))
    assert reason.text("en").startswith("There is no job 3.")
    with speaking("ja"):
        assert reason.text().startswith("ジョブ3はありません。")


def test_an_unforeseen_error_becomes_a_reason_of_bounded_length() -> None:
    reason = reason_of(ValueError("x" * 10_000))
    assert "ValueError: xxx" in reason.text("en")
    assert len(reason.text("en")) < 500
    assert reason_of(NoSuchThing(thing="cake")).text("en") == "There is no cake."


@given(
    given=st.dictionaries(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
        st.integers() | st.text("aあ"),
    )
)
@settings(max_examples=8, deadline=None)
def test_what_was_given_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, given: dict[str, Any]) -> None:
    bounded = {name: value for name, value in given.items() if isinstance(value, str) or abs(value) < 2**53}
    opened = stores_at(tmp_path_factory.mktemp("home"))
    with opened.ledger.writing() as tx:
        number = queue.ask(tx, "any", bounded, now=NOW)
    assert job_of(opened.ledger, number).given == bounded
    opened.close()


def test_claims_that_race_get_each_job_once(ledger: Ledger) -> None:
    numbers = [asked(ledger, say=str(nth)) for nth in range(24)]

    def claim_all(holder: str) -> list[tuple[int, str | None]]:
        mine: list[tuple[int, str | None]] = []
        while (job := claimed(ledger, holder)) is not None:
            mine.append((job.number, job.holder))
        assert {name for _number, name in mine} <= {holder}
        return mine

    with ThreadPoolExecutor(4) as pool:
        found = [one for part in pool.map(claim_all, "abcd") for one in part]
    assert sorted(number for number, _holder in found) == numbers
    with ledger.reading() as tx:
        assert sorted(queue.running(tx)) == numbers


def test_asking_once_at_the_same_time_gives_one_job(ledger: Ledger) -> None:
    def ask(_nth: int) -> int:
        with ledger.writing() as tx:
            return queue.ask(tx, "fit", now=NOW, once=True)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(12)))) == 1


def test_a_clock_of_the_shop_that_is_wrong_takes_nothing_from_others(ledger: Ledger) -> None:
    number = asked(ledger)
    mine = held(ledger)
    with ledger.writing() as tx:
        assert queue.next_job(tx, "ahead", now=NOW + timedelta(days=4_000)) is None
        assert queue.next_job(tx, "behind", now=NOW - timedelta(days=4_000)) is None
    assert job_of(ledger, number) == mine


def test_words_of_many_alphabets_come_back_as_they_were(ledger: Ledger) -> None:
    number = asked(ledger, say="花屋 ' \" \\ {x} 😀")
    job = held(ledger)
    with ledger.writing() as tx:
        queue.tell_progress(tx, job, Step("包み ' {x}", 1.5, None))
        queue.fail(tx, job, Reason("だめ {why}", {"why": "{braces} 😀"}), now=NOW)
    found = job_of(ledger, number)
    assert (found.given["say"], found.progress) == ("花屋 ' \" \\ {x} 😀", Step("包み ' {x}", 1.5, None))
    assert found.error is not None
    assert found.error.text("en") == "だめ {braces} 😀"


class AnyOrder(RuleBasedStateMachine):
    """Two holders, kills, cancels and words of the dead in any order: one holder at a time, and an end is an end."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.stores = stores_at(Path(self.folder.name))
        self.claims: list[Job] = []
        self.ended: dict[int, str] = {}
        self.done: list[tuple[int, int]] = []

    @rule()
    def ask(self) -> None:
        asked(self.stores.ledger)

    @rule(holder=st.sampled_from("ab"))
    def claim(self, holder: str) -> None:
        job = claimed(self.stores.ledger, holder)
        if job is not None:
            self.claims.append(job)

    @rule()
    def kill(self) -> None:
        lapse(self.stores.ledger)

    @rule(nth=st.integers(0, 9), how=st.sampled_from(["finish", "fail", "retry", "put_back", "hold"]))
    def say(self, nth: int, how: str) -> None:
        if not self.claims:
            return
        job = self.claims[nth % len(self.claims)]
        before = job_of(self.stores.ledger, job.number)
        with self.stores.ledger.writing() as tx:
            heard = {
                "finish": lambda: queue.finish(tx, job, {}, now=NOW),
                "fail": lambda: queue.fail(tx, job, Reason("no"), now=NOW),
                "retry": lambda: queue.retry(tx, job, Reason("no"), now=NOW),
                "put_back": lambda: queue.put_back(tx, job),
                "hold": lambda: queue.tell_progress(tx, job),
            }[how]()
        is_mine = (before.state, before.holder, before.attempt) == ("running", job.holder, job.attempt)
        assert heard == is_mine
        if heard and how == "finish":
            self.done.append((job.number, job.attempt))

    @rule(nth=st.integers(0, 9))
    def cancel(self, nth: int) -> None:
        with self.stores.ledger.writing() as tx:
            numbers = [job.number for job in queue.list_jobs(tx)]
            if numbers:
                queue.cancel(tx, numbers[nth % len(numbers)], now=NOW)

    @invariant()
    def an_end_is_an_end(self) -> None:
        if not hasattr(self, "stores"):
            return
        with self.stores.ledger.reading() as tx:
            found = queue.list_jobs(tx, limit=1_000)
        for job in found:
            assert self.ended.get(job.number, job.state) == job.state
            if job.state in ENDED:
                self.ended[job.number] = job.state
            assert job.attempt <= ATTEMPTS
        assert len({number for number, _ in self.done}) == len(self.done)

    def teardown(self) -> None:
        if hasattr(self, "stores"):
            self.stores.close()
            self.folder.cleanup()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=8, stateful_step_count=25, deadline=None)
