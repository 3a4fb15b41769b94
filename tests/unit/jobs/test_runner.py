"""Jobs are done by children on snapshots, taken over once, stopped when cancelled, and never hold up the owner."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tenshu.jobs import queue
from tenshu.jobs.files import FileProgress, get, put
from tenshu.jobs.kinds import Work
from tenshu.jobs.queue import ATTEMPTS, Step
from tenshu.jobs.runner import FOLDER, JobRunner, run_inline, take_once
from tenshu.kit.clock import elapsed, rest
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.store.home import Stores
from tests.unit.jobs.homes import NOW, PATIENCE, asked, job_of, lapse, run_all, run_until, said, stores_at
from tests.unit.jobs.slow import KIND, KINDS, NoSuchThing


def folders(stores: Stores) -> list[str]:
    """Return what is left of jobs in the home."""
    folder = stores.home / FOLDER
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def child_of(runner: JobRunner) -> int:
    """Return the process number of the child at work."""
    (one,) = runner._running
    assert one.child is not None
    return one.child.pid


def test_a_job_is_done_in_a_child_and_taken_over(stores: Stores) -> None:
    number = asked(stores.ledger, say="hello")
    run_all(stores)
    job = job_of(stores.ledger, number)
    assert (job.state, job.attempt, job.result) == ("done", 1, {"said": "hello", "snapshot": True})
    assert said(stores) == [("hello", f"job-{number}")]


def test_nothing_of_a_job_is_left_behind(stores: Stores) -> None:
    asked(stores.ledger)
    run_all(stores)
    assert folders(stores) == []
    assert stores.warehouse.frame("SELECT * FROM drained").is_empty()


def test_the_same_functions_inline_give_the_same(stores: Stores) -> None:
    result = run_inline(stores, "slow", {"say": "hello"}, now=NOW, kinds=KINDS)
    number = asked(stores.ledger, say="hello")
    run_all(stores)
    assert job_of(stores.ledger, number).result == result
    assert {text for text, _ in said(stores)} == {"hello"}
    assert folders(stores) == []


def test_inline_that_breaks_changes_nothing_and_leaves_nothing(stores: Stores) -> None:
    with pytest.raises(NoSuchThing):
        run_inline(stores, "slow", {"thing": "cake"}, now=NOW, kinds=KINDS)
    assert said(stores) == []
    assert folders(stores) == []


def test_several_jobs_are_done_one_after_the_other(stores: Stores) -> None:
    for nth in range(3):
        asked(stores.ledger, say=str(nth))
    run_all(stores)
    assert [text for text, _ in said(stores)] == ["0", "1", "2"]


def test_two_may_be_in_hand_beside_each_other(stores: Stores) -> None:
    numbers = [asked(stores.ledger, times=500), asked(stores.ledger, times=500)]
    runner = JobRunner(stores, kinds=KINDS, at_once=2)
    assert runner.run_waiting(now=NOW) == 2
    assert [job_of(stores.ledger, number).state for number in numbers] == ["running", "running"]
    runner.close()


def test_a_round_does_not_wait_for_the_child(stores: Stores) -> None:
    number = asked(stores.ledger, times=100_000)
    runner = JobRunner(stores, kinds=KINDS)
    for _ in range(5):
        assert runner.run_waiting(now=NOW) == 1
    assert job_of(stores.ledger, number).state == "running"
    runner.close()


def test_progress_comes_into_the_table(stores: Stores) -> None:
    number = asked(stores.ledger, times=10_000)
    runner = JobRunner(stores, kinds=KINDS)
    job = run_until(runner, number, lambda job: job.progress is not None and job.progress.done > 0)
    assert job.progress is not None
    assert (job.progress.what, job.progress.of) == ("moments", 10_000)
    runner.close()


def test_cancelling_stops_the_child(stores: Stores) -> None:
    number = asked(stores.ledger, times=100_000)
    runner = JobRunner(stores, kinds=KINDS)
    run_until(runner, number, lambda job: job.progress is not None)
    pid = child_of(runner)
    with stores.ledger.writing() as tx:
        assert queue.cancel(tx, number, now=NOW)
    assert runner.run_waiting(now=NOW) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert (job_of(stores.ledger, number).state, said(stores), folders(stores)) == ("cancelled", [], [])


def test_a_cancelled_job_is_not_taken_over_although_its_child_has_ended(stores: Stores) -> None:
    number = asked(stores.ledger)
    runner = JobRunner(stores, kinds=KINDS)
    run_until(runner, number, lambda _job: runner._running[0].child is not None)
    child = runner._running[0].child
    assert child is not None
    child.wait(PATIENCE)
    with stores.ledger.writing() as tx:
        queue.cancel(tx, number, now=NOW)
    assert runner.run_waiting(now=NOW) == 0
    assert said(stores) == []


def test_closing_lets_the_job_wait_for_the_next_owner(stores: Stores) -> None:
    number = asked(stores.ledger, times=100_000)
    runner = JobRunner(stores, kinds=KINDS)
    run_until(runner, number, lambda job: job.progress is not None)
    pid = child_of(runner)
    runner.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    job = job_of(stores.ledger, number)
    assert (job.state, job.attempt, job.progress, folders(stores)) == ("waiting", 0, None, [])


def test_an_error_that_the_child_tells_fails_the_job_at_once(stores: Stores) -> None:
    number = asked(stores.ledger, thing="cake")
    run_all(stores)
    job = job_of(stores.ledger, number)
    assert (job.state, job.attempt, job.ended_at) == ("failed", 1, NOW)
    assert job.error is not None
    assert job.error.text("en") == "There is no cake."


def test_an_unforeseen_error_in_the_child_is_told(stores: Stores) -> None:
    number = asked(stores.ledger, **{"break": "by zero"})
    run_all(stores)
    job = job_of(stores.ledger, number)
    assert job.error is not None
    assert job.error.text("en") == "It broke with an unforeseen error: ZeroDivisionError: by zero"


def test_a_child_that_is_killed_is_followed_by_another(stores: Stores) -> None:
    number = asked(stores.ledger, times=100_000)
    runner = JobRunner(stores, kinds=KINDS)
    run_until(runner, number, lambda job: job.progress is not None)
    os.kill(child_of(runner), signal.SIGKILL)
    again = run_until(runner, number, lambda job: job.attempt == 2)
    assert again.state == "running"
    runner.close()


@pytest.mark.parametrize(("deaths", "state"), [(1, "done"), (2, "done"), (3, "failed")])
def test_a_job_outlives_two_dead_children_and_not_three(stores: Stores, deaths: int, state: str) -> None:
    number = asked(stores.ledger, dies=deaths)
    run_all(stores)
    job = job_of(stores.ledger, number)
    assert (job.state, job.attempt) == (state, min(deaths + 1, ATTEMPTS))
    assert len(said(stores)) == (state == "done")
    if job.error is not None:
        assert f"status {-signal.SIGKILL}" in job.error.text("en")


def test_a_kind_that_nobody_knows_fails(stores: Stores) -> None:
    number = asked(stores.ledger, "unheard")
    run_all(stores)
    job = job_of(stores.ledger, number)
    assert job.state == "failed"
    assert job.error is not None
    assert job.error.text("en") == 'There is no job "unheard". There are: slow.'


def test_a_snapshot_that_cannot_be_written_fails_the_job_and_not_the_owner(stores: Stores) -> None:
    number = asked(stores.ledger, sql="SELECT * FROM no_such_table")
    after = asked(stores.ledger)
    run_all(stores)
    job = job_of(stores.ledger, number)
    assert (job.state, job.attempt) == ("failed", ATTEMPTS)
    assert job.error is not None
    assert "no_such_table" in job.error.text("en")
    assert job_of(stores.ledger, after).state == "done"


def test_what_cannot_be_taken_over_leaves_the_warehouse_as_it_was(stores: Stores) -> None:
    number = asked(stores.ledger, refuse="cake")
    run_all(stores)
    assert job_of(stores.ledger, number).state == "failed"
    assert said(stores) == []
    assert stores.warehouse.frame("SELECT * FROM drained").is_empty()


def test_the_snapshot_is_of_one_state_while_the_owner_goes_on_writing(stores: Stores) -> None:
    stores.warehouse.execute("CREATE TABLE pile AS SELECT range AS n FROM range(1000)")
    number = asked(stores.ledger, sql="SELECT * FROM pile", times=2_000)
    runner = JobRunner(stores, kinds=KINDS)
    runner.run_waiting(now=NOW)
    with stores.warehouse.transaction():  # the owner's own transaction is in nobody's way
        stores.warehouse.execute("DELETE FROM pile")
        run_until(runner, number, lambda job: job.progress is not None)
        snapshot = stores.home.resolve() / FOLDER / str(number) / "1" / "snapshot" / "numbers.parquet"
        rows = stores.warehouse.frame(f"SELECT count(*)::INT AS n FROM read_parquet('{snapshot}')")["n"][0]
    assert rows == 1000
    runner.close()


def test_a_long_snapshot_is_interrupted_when_its_job_is_cancelled(stores: Stores) -> None:
    number = asked(
        stores.ledger, sql="SELECT sum(a.range * b.range) AS n FROM range(10000000) AS a, range(100000) AS b"
    )
    runner = JobRunner(stores, kinds=KINDS)
    assert runner.run_waiting(now=NOW) == 1
    rest(timedelta(milliseconds=200))
    with stores.ledger.writing() as tx:
        queue.cancel(tx, number, now=NOW)
    assert runner.run_waiting(now=NOW) == 0
    assert folders(stores) == []


def test_two_owners_do_not_do_one_job_twice(stores: Stores, tmp_path: Path) -> None:
    other = Stores(stores.home, stores.ledger, stores.inbox, stores_at(tmp_path / "other").warehouse)
    numbers = [asked(stores.ledger, say=str(nth)) for nth in range(4)]
    runners = [JobRunner(stores, kinds=KINDS), JobRunner(other, kinds=KINDS)]
    until = elapsed() + PATIENCE
    while sum(runner.run_waiting(now=NOW) for runner in runners):
        assert elapsed() < until
        rest(timedelta(milliseconds=10))
    assert sorted(text for text, _ in said(stores) + said(other)) == ["0", "1", "2", "3"]
    assert {job_of(stores.ledger, number).attempt for number in numbers} == {1}


def test_an_owner_that_lost_its_lease_does_not_take_over(stores: Stores) -> None:
    number = asked(stores.ledger)
    slow, quick = JobRunner(stores, kinds=KINDS), JobRunner(stores, kinds=KINDS)
    run_until(slow, number, lambda _job: slow._running[0].child is not None)
    lapse(stores.ledger)
    job = run_until(quick, number, lambda job: job.state == "done")
    assert slow.run_waiting(now=NOW) == 0
    assert (job.holder, job.attempt) == (quick.holder, 2)
    assert len(said(stores)) == 1


def test_taking_over_twice_is_taking_over_once(stores: Stores) -> None:
    number = asked(stores.ledger)
    with failing("jobs.taken:raise"), pytest.raises(ReachedFailPoint):
        run_all(stores)
    assert len(said(stores)) == 1
    assert job_of(stores.ledger, number).state == "running"
    lapse(stores.ledger)
    run_all(stores)
    assert len(said(stores)) == 1
    assert (job_of(stores.ledger, number).state, job_of(stores.ledger, number).attempt) == ("done", 2)


def test_an_owner_that_broke_after_taking_over_goes_on_where_it_was(stores: Stores) -> None:
    number = asked(stores.ledger)
    runner = JobRunner(stores, kinds=KINDS)
    with failing("jobs.taken:raise"), pytest.raises(ReachedFailPoint):
        run_until(runner, number, lambda job: job.state == "done")
    run_until(runner, number, lambda job: job.state == "done")
    assert len(said(stores)) == 1
    assert job_of(stores.ledger, number).attempt == 1


def test_what_a_kill_left_in_the_home_is_swept_out(stores: Stores) -> None:
    ended, open_one = asked(stores.ledger), asked(stores.ledger, times=100_000)
    with stores.ledger.writing() as tx:
        queue.cancel(tx, ended, now=NOW)
        queue.next_job(tx, "another", now=NOW)
    for name in (str(ended), str(open_one), "inline-abc", "99"):
        (stores.home / FOLDER / name / "1").mkdir(parents=True)
    assert JobRunner(stores, kinds=KINDS).run_waiting(now=NOW) == 0
    assert folders(stores) == [str(open_one)]


def test_the_mark_is_in_the_transaction_of_the_rows(stores: Stores, tmp_path: Path) -> None:
    work = Work(key="job-5", folder=tmp_path, home=stores.home, given={}, now=NOW)
    work.result.mkdir()
    (work.result / "said.txt").write_text("once")
    for _ in range(3):
        take_once(stores, 5, KIND, work, {})
    assert said(stores) == [("once", "job-5")]
    assert stores.warehouse.frame("SELECT stream FROM drained")["stream"].to_list() == ["job:5"]


def test_a_child_ends_when_its_owner_is_gone(tmp_path: Path) -> None:
    owner = tmp_path / "owner.py"
    owner.write_text(
        "import sys\nfrom pathlib import Path\nfrom tests.unit.jobs.homes import *\n"
        "stores = stores_at(Path(sys.argv[1]))\nnumber = asked(stores.ledger, times=100_000)\n"
        "runner = JobRunner(stores, kinds=KINDS)\n"
        "run_until(runner, number, lambda job: job.progress is not None)\n"
        "print(runner._running[0].child.pid, flush=True)\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, owner, tmp_path / "home"], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    pid, until = int(ended.stdout), elapsed() + PATIENCE
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert elapsed() < until
        rest(timedelta(milliseconds=10))


def test_a_file_between_owner_and_child_is_whole_or_not_there(tmp_path: Path) -> None:
    assert get(tmp_path / "progress.json", Step) is None
    put(tmp_path / "progress.json", Step("rows", 1, 2))
    put(tmp_path / "progress.json", Step("rows", 2, 2))
    assert get(tmp_path / "progress.json", Step) == Step("rows", 2, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]


def test_progress_is_not_written_too_often_but_the_last_always(tmp_path: Path) -> None:
    progress = FileProgress(tmp_path, every=3600)
    for done in range(5):
        progress.step("rows", done, 5)
    assert get(tmp_path / "progress.json", Step) == Step("rows", 0, 5)
    progress.step("rows", 5, 5)
    assert get(tmp_path / "progress.json", Step) == Step("rows", 5, 5)
