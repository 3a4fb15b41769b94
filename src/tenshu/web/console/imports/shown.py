"""Answers of this area: pages that can say instants in the shop's zone, and lists as files to keep."""

import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Final

from starlette.background import BackgroundTask
from starlette.responses import Response

from tenshu.collect.reject import write_book
from tenshu.kit.i18n import _
from tenshu.web.console.downloads import given_out
from tenshu.web.console.figures import moment
from tenshu.web.console.visit import Visit

#: What the audit log calls it when somebody takes such a list along.
_TAKEN: Final = "rejects_taken"
#: How a list of refused rows can be had, and what it is then.
_KINDS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def page(visit: Visit, template: str, *, status: int = 200, **context: object) -> Response:
    """Return a page that can say instants in the shop's zone."""
    return visit.page(template, status=status, moment=partial(moment, zone=visit.settings.zone), **context)


def anew(path: str) -> Response:
    """Answer a part that waited: what it waited for is there, and the whole page is opened anew."""
    return Response(headers={"HX-Redirect": path})


def sent_rejects(visit: Visit, path: Path, name: str, end: str) -> Response:
    """Send a list of refused rows as a file to keep.

    Args:
        visit: whose.
        path: the list as it lies in the home.
        name: what the imported file is called.
        end: `csv`, or `xlsx` for a workbook whose cells all are text.
    """
    if not path.is_file() or end not in _KINDS:
        return Response(status_code=404)
    called = f"{Path(name).stem} {_('refused rows')}.{end}"
    given: dict[str, Any] = {"about": name, "called": called, "kind": _KINDS[end]}
    if end == "csv":
        return given_out(visit, path, _TAKEN, **given)
    folder = Path(tempfile.mkdtemp(prefix="refused-"))
    write_book(path, folder / "refused.xlsx")
    return given_out(visit, folder / "refused.xlsx", _TAKEN, behind=BackgroundTask(shutil.rmtree, folder), **given)
