"""A kind of job for tests: it counts slowly, sleeps, breaks or dies, as it is told."""

import os
import signal
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tenshu.jobs.kinds import Kind, Work
from tenshu.kit.clock import rest
from tenshu.kit.errors import TenshuError
from tenshu.kit.progress import Progress
from tenshu.store.home import Stores

#: What tests give as the kinds there are.
KINDS = {"slow": "tests.unit.jobs.slow"}
MOMENT = timedelta(milliseconds=20)


class NoSuchThing(TenshuError):
    """What the kind was asked for is not there."""

    template = "There is no {thing}."


def _snapshot(work: Work) -> Mapping[str, str]:
    return {"numbers": work.given.get("sql", "SELECT range AS n FROM range(10)")}


def _work(work: Work, progress: Progress) -> dict[str, Any]:
    if "thing" in work.given:
        raise NoSuchThing(thing=work.given["thing"])
    if "break" in work.given:
        raise ZeroDivisionError(work.given["break"])
    times = int(work.given.get("times", 1))
    for nth in range(times):
        progress.step("moments", nth, times)
        rest(MOMENT)
    if len(list(work.home.glob("died*"))) < int(work.given.get("dies", 0)):
        (work.home / f"died{work.folder.name}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    (work.result / "said.txt").write_text(str(work.given.get("say", "done")))
    return {"said": work.given.get("say", "done"), "snapshot": (work.snapshot / "numbers.parquet").stat().st_size > 0}


def _take(stores: Stores, work: Work, result: dict[str, Any]) -> None:
    if "refuse" in work.given:
        raise NoSuchThing(thing=work.given["refuse"])
    stores.warehouse.execute("CREATE TABLE IF NOT EXISTS taken (said VARCHAR, key VARCHAR)")
    stores.warehouse.execute("INSERT INTO taken VALUES (?, ?)", [(work.result / "said.txt").read_text(), work.key])


KIND = Kind(
    title="count slowly", snapshot=_snapshot, work=_work, take=_take, takes=("times", "say", "thing", "dies", "sql")
)
