"""Let the owner's jobs read a file and let it in; where this process is the owner, do it here and now."""

import threading
from importlib import import_module
from pathlib import Path
from typing import Any

from tenshu.bootstrap import Shop
from tenshu.jobs.files import DIGESTING, PROGRESS, get
from tenshu.jobs.kinds import check
from tenshu.jobs.queue import Job, JobMissing, Step, ask, list_jobs, read_job
from tenshu.jobs.runner import run_inline
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.web.console.visit import Visit

#: One thing after the other, where this process does everything.
_here = threading.Lock()


class OnlyRehearsed(TenshuError):
    """A file was brought to a shop whose clock stands still."""

    template = N_(
        "This shop is a rehearsal: its people are made up, and nothing real belongs among them. "
        "Start a shop of your own: tenshu serve --home NEW_FOLDER"
    )


def begin(visit: Visit, kind: str, given: dict[str, Any]) -> int | None:
    """Begin a job of an import; return its number, None when it is done already.

    Raises:
        OnlyRehearsed: the shop's clock stands still, and nobody would ever do it.
        TenshuError: it was done here, and could not be.
    """
    shop = visit.shop
    if shop.is_owner:
        with _here:
            run_inline(shop, kind, given, now=visit.now)
            _digest(shop, visit)
        return None
    if shop.is_rehearsed:
        raise OnlyRehearsed()
    checked = check(kind, given)
    with shop.ledger.writing() as tx:
        return ask(tx, kind, checked, now=visit.now)


def job_of(shop: Shop, number: int | None) -> Job | None:
    """Return a job of an upload, if one was asked for."""
    if number is None:
        return None
    with shop.ledger.reading() as tx:
        try:
            return read_job(tx, number)
        except JobMissing:
            return None


def is_open(job: Job | None) -> bool:
    """Say whether a job waits or runs."""
    return job is not None and job.state in {"waiting", "running"}


def is_behind_another(shop: Shop, job: Job) -> bool:
    """Say whether a job waits because another one is being done."""
    with shop.ledger.reading() as tx:
        return job.state == "waiting" and any(each.state == "running" for each in list_jobs(tx))


def digested_so_far(home: Path) -> Step | None:
    """Return how far the digestion of a large import is, as last told."""
    return get(home / DIGESTING / PROGRESS, Step)


def forget_progress(home: Path) -> None:
    """Forget what the digestion of an earlier import told."""
    (home / DIGESTING / PROGRESS).unlink(missing_ok=True)


def _digest(shop: Shop, visit: Visit) -> None:
    # Not imported where another process digests: it would carry the weight for nothing.
    import_module("tenshu.flow").digest_all(shop, now=visit.now)
