"""Threads that accept at once share commits, and each knows of its own facts."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from tenshu.collect import inbox as inbox_module
from tenshu.collect import intake as stage
from tenshu.collect.event import facts_frame, no_facts
from tenshu.collect.inbox import Request, read_requests, waiting
from tenshu.collect.intake import Intake
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.kit.ids import fact_id
from tenshu.store.dialect import TextHoldsNul
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.postgres import PostgresPlace

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def inbox(place: Path | PostgresPlace) -> Iterator[Ledger]:
    store = Ledger(place)
    upgrade(store, "inbox")
    yield store
    store.close()


def put(intake: Intake, number: int, source: str = "test") -> None:
    fact = {"fact_id": fact_id(number), "event": "tested", "occurred_at": NOON, "received_at": NOON, "source": "test"}
    intake.accept(facts_frame([fact]), source=source, received_at=NOON)


def kept(inbox: Ledger) -> list[bytes]:
    return read_requests(inbox, 1, 10_000)[0]["fact_id"].to_list()


def wait_until(happened: Callable[[], bool]) -> None:
    for _look in range(5_000):
        if happened():
            return
        threading.Event().wait(0.002)
    pytest.fail("it never happened")


def together(intake: Intake, puts: Sequence[Callable[[], None]], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Hold a first request up until all the others wait behind it; return how many each commit kept."""
    others_wait, sizes = threading.Event(), list[int]()

    def held_up(inbox: Ledger, some: Sequence[Request]) -> None:
        others_wait.wait(10)
        inbox_module.append(inbox, some)
        sizes.append(len(some))

    monkeypatch.setattr(stage, "append", held_up)
    with ThreadPoolExecutor(len(puts) + 1) as pool:
        first = pool.submit(put, intake, 0)
        wait_until(lambda: intake._is_writing and not intake._waiting)
        rest: list[Future[None]] = [pool.submit(one) for one in puts]
        wait_until(lambda: len(intake._waiting) == len(puts))
        others_wait.set()
        first.result()
        problems = [one.exception() for one in rest]
    for problem in problems:
        if problem is not None:
            raise problem
    return sizes


def test_alone_a_request_is_written_at_once(inbox: Ledger) -> None:
    put(Intake(inbox), 1)
    assert kept(inbox) == [fact_id(1)]


def test_no_facts_are_no_request(inbox: Ledger) -> None:
    Intake(inbox).accept(no_facts(), source="test", received_at=NOON)
    assert waiting(inbox) == 0


def test_who_comes_meanwhile_shares_the_next_commit(inbox: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(inbox)
    puts = [lambda number=number: put(intake, number) for number in range(1, 8)]
    assert together(intake, puts, monkeypatch) == [1, 7]
    assert sorted(kept(inbox)) == sorted(fact_id(number) for number in range(8))


def test_a_commit_takes_so_many_and_not_more(inbox: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "MOST", 3)
    intake = Intake(inbox)
    puts = [lambda number=number: put(intake, number) for number in range(1, 8)]
    assert together(intake, puts, monkeypatch) == [1, 3, 3, 1]
    assert waiting(inbox) == 8


def test_nobody_is_refused_for_what_another_gave(inbox: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(inbox)
    puts = [
        lambda: put(intake, 1),
        lambda: put(intake, 2, source="a\0b"),
        lambda: put(intake, 3),
    ]
    with pytest.raises(TextHoldsNul):
        together(intake, puts, monkeypatch)
    assert sorted(kept(inbox)) == sorted(fact_id(number) for number in (0, 1, 3))


def test_when_the_store_fails_everybody_is_told_and_the_next_may_try(
    inbox: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = Intake(inbox)

    def full(_inbox: Ledger, _some: Sequence[Request]) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patched:
        patched.setattr(stage, "append", full)
        with ThreadPoolExecutor(6) as pool:
            failed = [pool.submit(put, intake, number).exception() for number in range(6)]
    assert all(isinstance(problem, OperationalError) for problem in failed)
    put(intake, 9)
    assert kept(inbox) == [fact_id(9)]


def test_who_was_to_be_written_by_a_thread_that_was_ended_is_not_told_all_is_well(
    inbox: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = Intake(inbox)

    def interrupted(_inbox: Ledger, some: Sequence[Request]) -> None:
        if len(some) > 1:
            raise KeyboardInterrupt
        inbox_module.append(inbox, some)

    ended = stage._Waiting(Request("facts", b"", "test", NOON))
    intake._waiting, intake._is_writing = [ended, stage._Waiting(ended.request)], True
    with monkeypatch.context() as patched:
        patched.setattr(stage, "append", interrupted)
        other = intake._waiting[1]
        with pytest.raises(KeyboardInterrupt):
            intake._write(ended)
    assert other.is_done
    assert isinstance(other.problem, InterruptedError)
    put(intake, 1)
    assert kept(inbox) == [fact_id(1)]


def test_what_was_not_committed_is_not_acknowledged(inbox: Ledger) -> None:
    intake = Intake(inbox)
    with failing("inbox.accepting:raise"), pytest.raises(ReachedFailPoint):
        put(intake, 1)
    put(intake, 2)
    assert kept(inbox) == [fact_id(2)]


def test_many_threads_lose_nothing_and_double_nothing(inbox: Ledger) -> None:
    intake = Intake(inbox)

    def work(start: int) -> None:
        for number in range(start, start + 25):
            put(intake, number)
            assert fact_id(number) in seen(inbox)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(0, 300, 25)))
    found = kept(inbox)
    assert sorted(found) == sorted(fact_id(number) for number in range(300))


def seen(inbox: Ledger) -> set[bytes]:
    """Return what another connection can read: what is committed."""
    return set(kept(inbox))
