"""Files that somebody takes along: each is written down before it is given out, with who, what and how large."""

from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from tenshu.staff.audit import record
from tenshu.web.console.entry.arrival import actor_of
from tenshu.web.console.gate import real_now
from tenshu.web.console.visit import Visit


def given_out(
    visit: Visit, path: Path, act: str, *, about: str, called: str, kind: str, behind: BackgroundTask | None = None
) -> Response:
    """Return a file to keep: browsers never show it as a page, and nobody between keeps a copy.

    Args:
        visit: a POST, since it leaves a row in the audit log.
        path: the file.
        act: what the audit log calls it.
        about: which file it is, in the audit log.
        called: what the file is called where it is kept.
        kind: its media type.
        behind: what is done when it is sent.
    """
    detail = {"bytes": path.stat().st_size}
    with visit.shop.ledger.writing() as tx:
        record(tx, act, by=actor_of(visit), about=about, detail=detail, now=real_now(visit.shop))
    headers = {"cache-control": "no-store"}
    return FileResponse(path, filename=called, media_type=kind, headers=headers, background=behind)
