"""The job that lets a checked upload in: with the stated basis, into the inbox, where the next tick finds it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from tenshu.collect.basis import Basis
from tenshu.collect.connectors.file.stage import StagedImport
from tenshu.collect.importing import Origin, import_file, is_imported, state_basis
from tenshu.collect.uploads import (
    CHECKED,
    Entered,
    UploadGone,
    folder_of,
    get,
    mark_entered,
    put,
    read_checked,
    read_entered,
    read_upload,
)
from tenshu.jobs.kinds import Kind, Work
from tenshu.kit.i18n import N_, _, speaking
from tenshu.kit.progress import Progress
from tenshu.store.home import Stores

#: Below the home: where staged files wait for the tick.
FOLDER: Final = "imports"
_WORD: Final = "entering.json"


def _nothing(_work: Work) -> Mapping[str, str]:
    return {}


class _Entering(msgspec.Struct, frozen=True):
    """A staged file and what is stated with it, on the way from the child to the owner."""

    staged: StagedImport
    origin: Origin


def _write(work: Work, progress: Progress) -> dict[str, Any]:
    """Write each staged file as it is let in, with the consents that are stated for its people."""
    upload = read_upload(work.home, work.given["upload"])
    if read_entered(work.home, upload.id) is not None:  # an owner that died was that far already
        return {"upload": upload.id, "rows": 0}
    checked = read_checked(work.home, upload)
    if checked is None:
        raise UploadGone()
    basis = msgspec.convert(work.given["basis"], Basis).checked() if work.given["basis"] else None
    written: list[_Entering] = []
    with speaking(work.given["language"]):
        for number, staged in enumerate(checked.staged):
            progress.step(_("Writing down the legal basis"), number, len(checked.staged))
            written.append(_stated(work, number, staged, basis if checked.silent[number] else None))
        progress.step(_("Writing down the legal basis"), len(written), len(written))
    put(work.result / _WORD, written)
    return {"upload": upload.id, "rows": sum(each.staged.rows for each in written)}


def _stated(work: Work, number: int, staged: StagedImport, basis: Basis | None) -> _Entering:
    origin = Origin(by=work.given["by"], upload=work.given["upload"])
    if basis is None:
        return _Entering(staged, origin)
    silent = pl.read_parquet(folder_of(work.home, work.given["upload"]) / CHECKED / f"silent-{number}.parquet")
    zone = work.given["zone"]
    return _Entering(*state_basis(staged, silent, basis, folder=work.result, zone=zone, origin=origin))


def _take(stores: Stores, work: Work, _result: dict[str, Any]) -> None:
    """Move the files to where the tick looks for them, and hand them over."""
    home, number = stores.home.resolve(), work.given["upload"]
    try:
        if read_entered(home, number) is not None:
            return
    except UploadGone:
        return
    summaries = []
    for each in get(work.result / _WORD, list[_Entering]) or []:
        is_new = not is_imported(stores.ledger, each.staged.import_id)
        staged = _moved(home, each.staged) if is_new else each.staged
        summaries.append(import_file(stores.inbox, stores.ledger, staged, home=home, origin=each.origin))
    mark_entered(home, number, Entered(summaries=tuple(summaries), at=work.now))


def _moved(home: Path, staged: StagedImport) -> StagedImport:
    """Move the facts and the list of refused rows to their lasting names; done before = nothing to do."""
    facts = home / FOLDER / f"{staged.import_id}.parquet"
    rejects = home / FOLDER / f"{staged.import_id}.rejects.csv"
    for source, target in ((staged.facts_path, facts), (staged.rejects_path, rejects)):
        if source.exists():
            os.replace(source, target)
    return msgspec.structs.replace(staged, facts_path=facts, rejects_path=rejects)


def _complete(given: dict[str, Any]) -> dict[str, Any]:
    """Complete what was given; without an upload there is nothing to let in, and the work says so."""
    return {"upload": "", "basis": None, "by": "", "zone": "UTC", "language": "en"} | given


KIND: Final = Kind(
    title=N_("let an uploaded file in"),
    snapshot=_nothing,
    work=_write,
    take=_take,
    takes=("upload", "basis", "by", "zone", "language"),
    complete=_complete,
)
