"""The job that reads every row of an uploaded file: nothing is changed, and what would be refused is known.

It needs nothing of the warehouse. The child leaves the staged facts, the lists of refused rows and who comes without
a word on consent; the owner moves them beside the file, where they wait for the word of whoever brought it.
"""

import os
import shutil
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import polars as pl
import pyarrow.parquet as pq

from tenshu.collect.basis import silent_people
from tenshu.collect.connectors.file.errors import FileRefused
from tenshu.collect.connectors.file.stage import StagedImport, stage_tables
from tenshu.collect.uploads import CHECKED, Checked, Upload, UploadGone, file_of, folder_of, put, read_upload
from tenshu.jobs.kinds import Kind, Work
from tenshu.kit.i18n import N_, _, speaking
from tenshu.kit.progress import Progress
from tenshu.store.home import Stores


class _Named:
    """Passes progress on, the file called as its owner calls it."""

    def __init__(self, progress: Progress, own: str, name: str) -> None:
        self._progress = progress
        self._own = own
        self._name = name

    def step(self, text: str, done: float, total: float | None = None) -> None:
        """Pass it on."""
        self._progress.step(text.replace(self._own, self._name), done, total)


def _nothing(_work: Work) -> Mapping[str, str]:
    return {}


def _stage(work: Work, progress: Progress) -> dict[str, Any]:
    """Read every row into facts and rejects, and find out about whom the file says nothing."""
    given = work.given
    upload = read_upload(work.home, given["upload"])
    with speaking(given["language"]):
        staged = _staged(work, upload, progress)
        progress.step(_("Looking for consents"), 0, 1)
        silent = _silent(work, staged)
        progress.step(_("Looking for consents"), 1, 1)
    target = folder_of(work.home, upload.id) / CHECKED
    moved = tuple(
        msgspec.structs.replace(
            each, facts_path=target / each.facts_path.name, rejects_path=target / each.rejects_path.name
        )
        for each in staged
    )
    put(work.result / "checked.json", Checked(staged=moved, silent=silent, choices=upload.choices))
    return {"upload": upload.id, "rows": sum(each.rows for each in staged), "silent": sum(silent)}


def _staged(work: Work, upload: Upload, progress: Progress) -> tuple[StagedImport, ...]:
    path = file_of(work.home, upload)
    try:
        return stage_tables(
            path,
            name=upload.name,
            shop_zone=work.given["zone"],
            currency=work.given["currency"],
            received_at=work.now,
            folder=work.result,
            choices=upload.choices,
            progress=_Named(progress, path.name, upload.name),
        )
    except FileRefused as problem:
        raise type(problem)(**{**problem.given, "name": upload.name}) from problem


def _silent(work: Work, staged: tuple[StagedImport, ...]) -> tuple[int, ...]:
    """Write down who comes without a word on consent; return how many people of each staged file."""
    counts: Counter[int] = Counter()
    writers: dict[int, pq.ParquetWriter] = {}
    for number, people in silent_people([each.facts_path for each in staged]):
        table = people.to_arrow(compat_level=pl.CompatLevel.oldest())
        if number not in writers:
            writers[number] = pq.ParquetWriter(work.result / f"silent-{number}.parquet", table.schema)
        writers[number].write_table(table)
        counts[number] += people.height
    for writer in writers.values():
        writer.close()
    return tuple(counts[number] for number in range(len(staged)))


def _take(stores: Stores, work: Work, _result: dict[str, Any]) -> None:
    """Move what was read beside the file; a file that was thrown away meanwhile needs nothing."""
    try:
        folder = folder_of(stores.home.resolve(), work.given["upload"])
    except UploadGone:
        return
    if work.result.exists() and not (folder / "entered.json").exists():
        shutil.rmtree(folder / CHECKED, ignore_errors=True)
        os.replace(work.result, folder / CHECKED)


def _complete(given: dict[str, Any]) -> dict[str, Any]:
    """Complete what was given; without an upload there is nothing to read, and the work says so."""
    return {"upload": "", "zone": "UTC", "currency": "JPY", "language": "en"} | given


KIND: Final = Kind(
    title=N_("read every row of an uploaded file"),
    snapshot=_nothing,
    work=_stage,
    take=_take,
    takes=("upload", "zone", "currency", "language"),
    complete=_complete,
)
