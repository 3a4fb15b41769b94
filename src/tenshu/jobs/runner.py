"""Run jobs: one round takes up what waits, watches the children, and takes results over.

Called by the owner of the warehouse between ticks. A round never waits for a child. Killed anywhere, it is done
again: a job whose holder is gone is taken up anew after its lease, in a new folder, and its result is taken over
in one warehouse transaction together with a mark, so that the second time finds the mark and changes nothing.
"""

import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from tenshu.jobs import queue
from tenshu.jobs.files import ERROR, LOG, ORDER, PROGRESS, RESULT, Order, get, put
from tenshu.jobs.kinds import KINDS, Kind, Work, check, kind_of
from tenshu.jobs.queue import Job, Reason, Step, reason_of
from tenshu.jobs.snapshot import write_snapshot
from tenshu.kit.clock import elapsed
from tenshu.kit.errors import TenshuError
from tenshu.kit.failpoint import reach
from tenshu.kit.i18n import N_
from tenshu.kit.progress import NoProgress, Progress
from tenshu.store.home import Stores
from tenshu.store.warehouse import Warehouse

#: Below the home: one folder a job, in it one an attempt.
FOLDER: Final = "jobs"
#: A job that has nothing new to say is held on to at most so often, in seconds.
HOLD_EVERY: Final = 10.0
_STOP_FOR: Final = 5.0


class _Running:
    """A job in hand: first its snapshot is written, by a thread; then its child is at work."""

    def __init__(self, job: Job, kind: Kind, work: Work) -> None:
        self.job = job
        self.kind = kind
        self.work = work
        self.child: subprocess.Popen[bytes] | None = None
        self.told: Step | None = None
        self.held_at = elapsed()
        self.snapshot: threading.Thread | None = None
        self.trouble: Exception | None = None
        self.interrupt: Callable[[], None] | None = None

    def begin(self, warehouse: Warehouse) -> None:
        """Write the snapshot beside whatever else the warehouse is asked."""
        self.snapshot = threading.Thread(target=self._write, args=(warehouse,), name="job-snapshot", daemon=True)
        self.snapshot.start()

    def _write(self, warehouse: Warehouse) -> None:
        try:
            self.interrupt = warehouse.interrupter()
            write_snapshot(warehouse, self.kind.snapshot(self.work), self.work.snapshot)
        except Exception as problem:  # noqa: BLE001 - a full disk, say: the job has failed, the owner goes on
            self.trouble = problem
        finally:
            warehouse.leave()

    def stop(self) -> None:
        """End the snapshot or the child, and wait for that."""
        if self.snapshot is not None and self.snapshot.is_alive():
            if self.interrupt is not None:
                self.interrupt()
            self.snapshot.join(_STOP_FOR)
        if self.child is not None:
            self.child.kill()
            self.child.wait(_STOP_FOR)
            self.let_go()

    def let_go(self) -> None:
        """Close the pipe to the child, which has ended."""
        if self.child is not None and self.child.stdin is not None:
            with suppress(BrokenPipeError):
                self.child.stdin.close()


class JobRunner:
    """The jobs of one owner.

    Args:
        stores: the home's; the warehouse is this process's.
        holder: this runner's name in the leases, unlike any other's; drawn when none is given.
        kinds: the kinds it knows: name -> module.
        at_once: how many jobs may be in hand beside each other.
    """

    def __init__(
        self, stores: Stores, *, holder: str | None = None, kinds: Mapping[str, str] = KINDS, at_once: int = 1
    ) -> None:
        self.stores = stores
        self.holder = holder or f"jobs-{os.getpid()}-{secrets.token_hex(4)}"
        self.kinds = kinds
        self.at_once = at_once
        self._running: list[_Running] = []
        self._is_swept = False

    def run_waiting(self, *, now: datetime) -> int:
        """Do one round; return how many jobs are in hand.

        Args:
            now: business time.
        """
        self._running = [one for one in self._running if self._goes_on(one, now)]
        while len(self._running) < self.at_once:
            with self.stores.ledger.writing() as tx:
                job = queue.next_job(tx, self.holder, now=now)
            if job is None:
                break
            reach("jobs.claimed")
            self._take_up(job, now)
        if not (self._running or self._is_swept):  # those that were given up for dead a moment ago are ended by now
            self._sweep()
        return len(self._running)

    def close(self) -> None:
        """Stop what is in hand; the jobs wait for the next owner, and the attempt does not count."""
        for one in self._running:
            one.stop()
            with self.stores.ledger.writing() as tx:
                queue.put_back(tx, one.job)
            _clear(one.work)
        self._running = []

    def _sweep(self) -> None:
        """Drop folders that a kill left behind: those of jobs that are not at work any more, and of inline ones."""
        folder = self.stores.home / FOLDER
        with self.stores.ledger.reading() as tx:
            at_work = {str(number) for number in queue.running(tx)}
        for left in folder.iterdir() if folder.is_dir() else ():
            if left.name not in at_work:
                shutil.rmtree(left, ignore_errors=True)
        self._is_swept = True

    def _take_up(self, job: Job, now: datetime) -> None:
        """Begin the snapshot; a job that cannot begin has failed."""
        work = _work(self.stores, job)
        try:
            one = _Running(job, kind_of(job.kind, self.kinds), work)
            shutil.rmtree(work.folder.parent, ignore_errors=True)  # what an attempt before left when it was killed
            work.folder.mkdir(parents=True, mode=0o700)
        except (TenshuError, OSError) as problem:
            self._give_up(job, problem, now)
            return
        one.begin(self.stores.warehouse)
        self._running.append(one)

    def _goes_on(self, one: _Running, now: datetime) -> bool:
        """Look after one job, and end it when its child has ended; return whether it is still in hand."""
        if not self._hold(one):
            one.stop()
        elif one.snapshot is not None:
            if one.snapshot.is_alive():
                return True
            one.snapshot.join()
            one.snapshot = None
            if one.trouble is None:
                reach("jobs.snapshot")
                one.child = self._spawn(one)
                return True
            self._give_up(one.job, one.trouble, now)
        elif one.child is not None:
            if one.child.poll() is None:
                return True
            one.let_go()
            self._end(one, one.child.returncode, now)
        _clear(one.work)
        return False

    def _hold(self, one: _Running) -> bool:
        """Hold on to the job and pass its progress on; False when it was cancelled or is another's."""
        step = get(one.work.folder / PROGRESS, Step)
        news = None if step == one.told else step
        has_ended = one.child is not None and one.child.poll() is not None
        if news is None and not has_ended and elapsed() - one.held_at < HOLD_EVERY:
            with self.stores.ledger.reading() as tx:
                return _is_ours(queue.read_job(tx, one.job.number), one.job)
        one.told, one.held_at = step, elapsed()
        with self.stores.ledger.writing() as tx:
            return queue.tell_progress(tx, one.job, news)

    def _spawn(self, one: _Running) -> subprocess.Popen[bytes]:
        """Start the child; it holds the other end of a pipe that closes when this process is gone."""
        work = one.work
        module = self.kinds[one.job.kind]
        put(
            work.folder / ORDER, Order(key=work.key, module=module, home=str(work.home), given=work.given, now=work.now)
        )
        with (work.folder / LOG).open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-m", "tenshu.jobs.child", str(work.folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _end(self, one: _Running, status: int, now: datetime) -> None:
        """Take the result of a child that has ended, or write down why there is none."""
        folder = one.work.folder
        result = get(folder / RESULT, dict[str, Any]) if status == 0 else None
        problem = get(folder / ERROR, Reason)
        if result is not None:
            self._take(one, result, now)
            return
        with self.stores.ledger.writing() as tx:
            if problem is not None:
                queue.fail(tx, one.job, problem, now=now)
            else:
                queue.retry(tx, one.job, _died(status), now=now)

    def _take(self, one: _Running, result: dict[str, Any], now: datetime) -> None:
        """Take the files over, and then say that the job is done."""
        try:
            take_once(self.stores, one.job.number, one.kind, one.work, result)
        except Exception as problem:  # noqa: BLE001 - a full disk, say: the owner goes on
            self._give_up(one.job, problem, now)
            return
        reach("jobs.taken")
        with self.stores.ledger.writing() as tx:
            queue.finish(tx, one.job, result, now=now)
        self.stores.warehouse.execute("DELETE FROM drained WHERE stream = ?", [_stream(one.job.number)])

    def _give_up(self, job: Job, problem: Exception, now: datetime) -> None:
        """Write down why a job did not go on; what is not about the job itself may pass, and is tried again."""
        end = queue.fail if isinstance(problem, TenshuError) else queue.retry
        with self.stores.ledger.writing() as tx:
            end(tx, job, reason_of(problem), now=now)


def take_once(stores: Stores, number: int, kind: Kind, work: Work, result: dict[str, Any]) -> None:
    """Take a job's files over, unless that was done before."""
    warehouse = stores.warehouse
    with warehouse.transaction():
        if warehouse.frame("SELECT 1 FROM drained WHERE stream = ?", [_stream(number)]).height:
            return
        kind.take(stores, work, result)
        warehouse.execute("INSERT INTO drained (stream, position) VALUES (?, 1)", [_stream(number)])


def run_inline(
    stores: Stores,
    kind: str,
    given: dict[str, Any] | None = None,
    *,
    now: datetime,
    kinds: Mapping[str, str] = KINDS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Do a job here and now, without a child and without the queue, by the same functions; return its result.

    Raises:
        UnknownKind: there is no such kind.
    """
    found = kind_of(kind, kinds)
    checked = check(kind, given or {}, kinds)
    key = f"inline-{secrets.token_hex(6)}"
    folder = stores.home.resolve() / FOLDER / key
    work = Work(key=key, folder=folder, home=stores.home.resolve(), given=checked, now=now)
    work.result.mkdir(parents=True, mode=0o700)
    try:
        write_snapshot(stores.warehouse, found.snapshot(work), work.snapshot)
        result = found.work(work, progress or NoProgress())
        with stores.warehouse.transaction():
            found.take(stores, work, result)
    finally:
        _clear(work)
    return result


def _work(stores: Stores, job: Job) -> Work:
    home = stores.home.resolve()
    folder = home / FOLDER / str(job.number) / str(job.attempt)
    return Work(key=f"job-{job.number}", folder=folder, home=home, given=job.given, now=job.asked_at)


def _clear(work: Work) -> None:
    """Drop the attempt's folder: a snapshot holds people's data, which should lie in no more places than it must."""
    shutil.rmtree(work.folder, ignore_errors=True)
    with suppress(OSError):
        work.folder.parent.rmdir()


def _is_ours(found: Job, claimed: Job) -> bool:
    return (found.state, found.holder, found.attempt) == ("running", claimed.holder, claimed.attempt)


def _died(status: int) -> Reason:
    return Reason(N_("The process that did it died (status {status})."), {"status": str(status)})


def _stream(number: int) -> str:
    return f"job:{number}"
