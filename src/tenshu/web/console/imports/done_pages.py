"""What an import did, while it is being entered and afterwards; and how to take it back."""

import re
from pathlib import Path
from typing import Any, Final

from starlette.responses import Response

from tenshu.collect.importing import NotedImport, noted_imports
from tenshu.collect.uploads import Entered, UploadGone, read_entered
from tenshu.jobs.queue import Step
from tenshu.kit.i18n import _
from tenshu.web.console.imports.basis_words import basis_title
from tenshu.web.console.imports.progress_view import progress_of_digestion
from tenshu.web.console.imports.rows_view import rows_of_import
from tenshu.web.console.imports.running import digested_so_far
from tenshu.web.console.imports.shown import anew, page, sent_rejects
from tenshu.web.console.imports.undoable import undoable_imports
from tenshu.web.console.visit import Visit

_ID: Final = re.compile(r"[0-9a-f]{16,64}")
#: Lists of refused rows lie here, below the home.
_REJECTS: Final = "imports"


def show(visit: Visit) -> Response:
    """Show an import, or all imports of one upload."""
    number = visit.path["number"]
    found = _of(visit, number)
    if not found:
        return visit.lost()
    waiting = [each for each in found if each.state in {"waiting", "stored"}]
    if waiting:
        facts = waiting[0].summary.facts
        step = digested_so_far(visit.shop.home) if waiting[0].state == "waiting" else Step("", facts)
        view = progress_of_digestion(step, facts)
        given: dict[str, Any] = {
            "upload": None,
            "view": view,
            "step": 3,
            "poll": f"/import/of/{number}",
            "name": found[0].summary.name,
        }
        return (
            visit.part("imports/waiting.html", **given)
            if visit.is_part
            else page(visit, "imports/progress.html", **given)
        )
    if visit.is_part:
        return anew(f"/import/of/{number}")
    return page(
        visit,
        "imports/done.html",
        number=number,
        name=found[0].summary.name,
        imports=[(each, rows_of_import(each.summary)) for each in found],
        basis_title=basis_title,
        refused=any(each.summary.rejects for each in found),
        is_new=_is_new(visit, number),
        undone=[each for each in found if each.state == "undone"],
        kept=[each for each in found if each.state != "undone"],
        can_undo=bool({each.summary.import_id for each in found} & undoable_imports(visit)),
    )


def refused_rows(visit: Visit) -> Response:
    """Send the list of rows that an import refused."""
    found = noted_imports(visit.shop.ledger, import_id=visit.path["number"])
    if not found or not _ID.fullmatch(visit.path["number"]):
        return visit.lost()
    summary = found[0].summary
    if summary.rejects_file is None:
        return visit.lost()
    path = visit.shop.home / _REJECTS / Path(summary.rejects_file).name
    return sent_rejects(visit, path, summary.name, Path(visit.path["name"]).suffix[1:])


def undo(visit: Visit) -> Response:
    """Take an import back, or all imports of one upload, whole."""
    number = visit.path["number"]
    found = [each for each in _of(visit, number) if each.state != "undone"]
    if not found:
        return visit.go(f"/import/of/{number}", said=_("It was undone already."))
    facts = people = 0
    for each in found:
        undone = visit.ask("undo_import", import_id=each.summary.import_id, by=visit.person.name)
        facts, people = facts + int(undone["facts"]), people + int(undone["people"])
    said = _(
        "{name} was taken back: {facts} facts and {people} customers who came with it alone.",
        name=found[0].summary.name,
        facts=f"{facts:,}",
        people=f"{people:,}",
    )
    return visit.go(f"/import/of/{number}", said=said)


def _of(visit: Visit, number: str) -> list[NotedImport]:
    """Return the import of that number, or the imports of the upload of that number."""
    if not _ID.fullmatch(number):
        return []
    ledger = visit.shop.ledger
    found = noted_imports(ledger, import_id=number) or noted_imports(ledger, upload=number)
    if not found and (entered := _entered(visit, number)) is not None:  # all of it had been imported before
        found = [each for one in entered.summaries for each in noted_imports(ledger, import_id=one.import_id)]
    return sorted(found, key=lambda each: each.summary.kind)  # customers, then purchases


def _is_new(visit: Visit, number: str) -> bool:
    """Say whether anything of an upload was new; an import was, when it was made."""
    entered = _entered(visit, number)
    return entered is None or any(each.is_new for each in entered.summaries)


def _entered(visit: Visit, number: str) -> Entered | None:
    try:
        return read_entered(visit.shop.home, number)
    except UploadGone:
        return None
