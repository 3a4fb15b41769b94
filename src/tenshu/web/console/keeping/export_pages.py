"""Pages on taking everything along: ask for an export, watch it, take it."""

import re
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import select
from starlette.responses import Response

from tenshu.jobs import check
from tenshu.jobs.export import FOLDER, ZIP
from tenshu.jobs.export_definitions import WHAT
from tenshu.jobs.queue import ENDED, Job, ask, list_jobs, read_job
from tenshu.jobs.tables import jobs
from tenshu.kit.i18n import _
from tenshu.web.console.downloads import given_out
from tenshu.web.console.figures import size
from tenshu.web.console.keeping.keeping_view import Row, age, moment
from tenshu.web.console.visit import Visit

_NAME: Final = re.compile(r"[A-Za-z0-9-]+")
#: So many exports are listed.
MOST: Final = 10


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """One export as the page shows it.

    Attributes:
        number: the job's.
        row: when, how large; its name is the folder's.
        state: as jobs have it.
        said: how far it is, or why it failed.
        share: how far it is, 0..1.
    """

    number: int
    row: Row
    state: str
    said: str
    share: float


def show(visit: Visit) -> Response:
    """Show what an export holds, and those that were made."""
    return visit.page("keeping/export.html", **_view(visit))


def part(visit: Visit) -> Response:
    """Show the list again, while one is being written."""
    return visit.part("keeping/exports.html", **_view(visit))


def begin(visit: Visit) -> Response:
    """Ask for an export in one file."""
    given = check("export", {"format": "parquet" if visit.said("format") == "parquet" else "csv", "zip": True})
    with visit.shop.ledger.writing() as tx:
        ask(tx, "export", given, now=visit.now, once=True)
    return visit.go("/settings/export", said=_("The export is being written. You can leave this page meanwhile."))


def download(visit: Visit) -> Response:
    """Give an export out."""
    with visit.shop.ledger.reading() as tx:
        number = visit.path["number"]
        known = number.isdecimal() and tx.value(select(jobs.c.job).where(jobs.c.job == int(number[:9]))) is not None
        job = read_job(tx, int(number)) if known else None
    path = None if job is None else _file(visit.shop.home, job)
    if job is None or path is None or not path.is_file():
        return visit.lost()
    name = f"tenshu-export-{job.asked_at:%Y%m%d}.zip"
    return given_out(visit, path, "export_taken", about=str(job.number), called=name, kind="application/zip")


def _view(visit: Visit) -> dict[str, Any]:
    with visit.shop.ledger.reading() as tx:
        made = [one for one in list_jobs(tx, limit=200) if one.kind == "export" and one.given.get("zip")][:MOST]
    found = [_export(visit, one) for one in made]
    return {
        "exports": found,
        "is_open": any(one.state not in ENDED for one in found),
        "what": [_(words) for words in WHAT.values()],
    }


def _export(visit: Visit, job: Job) -> Export:
    path = _file(visit.shop.home, job)
    is_there = path is not None and path.is_file()
    done = 0.0 if job.progress is None or not job.progress.of else job.progress.done / job.progress.of
    row = Row(
        name=str(job.given.get("format", "csv")).upper(),
        when=moment(job.asked_at, visit.settings.zone),
        age=age(visit.now - job.asked_at),
        size=size(path.stat().st_size) if is_there and path is not None else "",
        kind="",
        is_whole=is_there,
    )
    return Export(number=job.number, row=row, state=job.state, said=_said(job, is_there=is_there), share=done)


def _said(job: Job, *, is_there: bool) -> str:
    if job.state == "waiting":
        return _("It begins in a moment.")
    if job.state == "running":
        return _("Being written.")
    if job.state == "done":
        return "" if is_there else _("The file is gone.")
    return job.error.text() if job.error is not None else _("It was cancelled.")


def _file(home: Path, job: Job) -> Path | None:
    """Return where an export of ours lies, below the home and nowhere else."""
    if job.result is None:
        return None
    name = Path(str(job.result.get("folder", ""))).name
    return home / FOLDER / name / ZIP if _NAME.fullmatch(name) else None
