"""kill -9 at every step of a job, of the owner or of the child: in the end it is as if nobody had been killed."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tenshu.jobs.runner import run_inline
from tenshu.jobs.tables import jobs
from tenshu.kit.clock import rest
from tenshu.kit.failpoint import POINTS, VARIABLE
from tenshu.kit.rng import unit
from tenshu.store.home import Stores
from tests.unit.jobs.homes import asked, job_of, lapse, run_all, said, stores_at
from tests.unit.jobs.shops import LATER, baskets, learned

MINE = tuple(point for point in POINTS if point.startswith("jobs."))
IN_CHILD = "jobs.result"
#: An owner: asks for a fit when there is none, and does rounds until nothing is in hand.
OWNER = """
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tenshu.jobs import KINDS
from tests.unit.jobs.homes import run_all, stores_at
stores = stores_at(Path(sys.argv[1]))
run_all(stores, KINDS)
stores.close()
"""


def own(home: Path, failpoint: str = "") -> int:
    """Run an owner in a process of its own; return how it ended."""
    environment = {**os.environ, VARIABLE: failpoint}
    ended = subprocess.run([sys.executable, "-c", OWNER, home], env=environment, capture_output=True, check=False)
    assert ended.returncode in {0, -signal.SIGKILL}, ended.stderr.decode()
    return ended.returncode


def ask_in(home: Path) -> int:
    """Make a shop whose baskets nobody has learned from, and ask for that."""
    stores = stores_at(home)
    baskets(stores, "ab", "ab", "ab", "ab", "ab", "bc", "bc", "bc", "bc", "bc", "cd")
    number = asked(stores.ledger, "fit_bought_together")
    stores.close()
    return number


def expired(home: Path) -> Stores:
    """Open the home some time after a kill: every lease has run out."""
    stores = stores_at(home)
    lapse(stores.ledger)
    return stores


def inline(tmp_path: Path) -> dict[str, pl.DataFrame]:
    """Return what the same job learns without a child."""
    stores = stores_at(tmp_path / "inline")
    baskets(stores, "ab", "ab", "ab", "ab", "ab", "bc", "bc", "bc", "bc", "bc", "cd")
    run_inline(stores, "fit_bought_together", now=LATER)
    found = learned(stores.warehouse)
    stores.close()
    return found


def test_there_is_a_fail_point_at_every_hand_over() -> None:
    assert MINE == ("jobs.claimed", "jobs.snapshot", "jobs.result", "jobs.taken")


@pytest.mark.parametrize("point", MINE)
def test_a_kill_at_any_point_changes_nothing_in_the_end(tmp_path: Path, point: str) -> None:
    home = tmp_path / "home"
    number = ask_in(home)
    status = own(home, f"{point}:kill@1")
    stores = expired(home)
    job = job_of(stores.ledger, number)
    if point == IN_CHILD:  # each child of that owner died; the owner lived and gave up
        assert (status, job.state, job.attempt) == (0, "failed", 3)
        with stores.ledger.writing() as tx:
            tx.execute(jobs.update().values(state="waiting", attempt=1))
    else:
        assert (status, job.state, job.attempt) == (-signal.SIGKILL, "running", 1)
    run_all(stores, {"fit_bought_together": "tenshu.jobs.fit_bought_together"})
    job = job_of(stores.ledger, number)
    assert (job.state, job.attempt) == ("done", 2)
    for name, rows in inline(tmp_path).items():
        assert_frame_equal(learned(stores.warehouse)[name], rows)
    assert stores.warehouse.frame("SELECT * FROM drained").is_empty()
    assert [path.name for path in (stores.home / "jobs").rglob("*") if path.is_file()] == []
    stores.close()


#: An owner of slow jobs, which somebody else kills at any moment.
SLOW_OWNER = """
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tests.unit.jobs.homes import run_all, stores_at
stores = stores_at(Path(sys.argv[1]))
print("begun", flush=True)
run_all(stores)
stores.close()
"""


@pytest.mark.parametrize("seed", range(1))
def test_kills_at_any_moment_lose_no_job_and_take_none_over_twice(tmp_path: Path, seed: int) -> None:
    home = tmp_path / "home"
    stores = stores_at(home)
    numbers = [asked(stores.ledger, say=str(nth), times=3) for nth in range(3)]
    stores.close()
    for moment in unit(f"kills {seed}", range(3)):
        command = [sys.executable, "-c", SLOW_OWNER, str(home)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
            assert owner.stdout is not None
            assert owner.stdout.readline() == "begun\n"
            rest(timedelta(seconds=1.5 * float(moment)))
            owner.kill()
        expired(home).close()
    stores = expired(home)
    run_all(stores)
    found = {number: job_of(stores.ledger, number).state for number in numbers}
    assert set(found.values()) <= {"done", "failed"}  # failed: it was in hand at three of the kills
    taken = Counter(key for _said, key in said(stores))
    assert set(taken.values()) <= {1}
    assert {f"job-{number}" for number, state in found.items() if state == "done"} <= set(taken)
    assert not (stores.home / "jobs").exists() or list((stores.home / "jobs").iterdir()) == []
    stores.close()


def test_an_owner_that_is_killed_three_times_gives_the_job_up_and_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    number = ask_in(home)
    for _ in range(3):
        assert own(home, "jobs.snapshot:kill") == -signal.SIGKILL
        expired(home).close()
    stores = stores_at(home)
    run_all(stores, {})
    job = job_of(stores.ledger, number)
    assert (job.state, job.attempt) == ("failed", 3)
    assert job.error is not None
    assert "died 3 times" in job.error.text("en")
    assert learned(stores.warehouse)["bought_together_fits"].is_empty()
    stores.close()
