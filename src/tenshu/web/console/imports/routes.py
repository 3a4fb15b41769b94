"""The way of a file: choose it, look at its columns, read every row, state the legal basis, let it in."""

from datetime import date
from typing import Any

import msgspec
from starlette.responses import Response

from tenshu.collect.basis import Basis
from tenshu.collect.connectors.file.errors import FileRefused
from tenshu.collect.connectors.file.plans.choice import Choice
from tenshu.collect.importing import is_imported, noted_imports
from tenshu.collect.upload_size import MOST_BYTES
from tenshu.collect.uploads import (
    Checked,
    Upload,
    keep_upload,
    known_suffixes,
    list_uploads,
    read_checked,
    read_entered,
    read_upload,
    save_upload,
    sweep,
    throw_away,
)
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import _
from tenshu.web.console.imports.basis_words import NONE, basis_choices
from tenshu.web.console.imports.choosing import chosen, fields_sent, of_kinds
from tenshu.web.console.imports.look_view import look_view
from tenshu.web.console.imports.looks import LONG, looked
from tenshu.web.console.imports.progress_view import ProgressView, progress_of_job
from tenshu.web.console.imports.rows_view import listed, rows_of_staged
from tenshu.web.console.imports.running import begin, forget_progress, is_behind_another, is_open, job_of
from tenshu.web.console.imports.samples import SAMPLES, sample_book
from tenshu.web.console.imports.shown import anew, page, sent_rejects
from tenshu.web.console.imports.undoable import undoable_imports
from tenshu.web.console.visit import Visit

#: So many imports are listed.
_LISTED = 100


def index(visit: Visit) -> Response:
    """Show where to drop a file, what waits, and what was imported."""
    imports = noted_imports(visit.shop.ledger)
    return page(
        visit,
        "imports/index.html",
        imports=[listed(each) for each in imports[:_LISTED]],
        more=max(0, len(imports) - _LISTED),
        waiting=list_uploads(visit.shop.home),
        suffixes=",".join(known_suffixes()),
        samples=SAMPLES,
        most_bytes=MOST_BYTES,
        undoable=undoable_imports(visit),
    )


def bring(visit: Visit) -> Response:
    """Keep the files that were sent; with one of them go on to its columns."""
    sweep(visit.shop.home, now=visit.now)
    kept: list[Upload] = []
    for _field, sent in visit.all_uploads:
        sent.file.seek(0)
        kept.append(keep_upload(visit.shop.home, sent.name, sent.file, at=visit.now, by=visit.person.name))
    if not kept:
        return visit.go("/import", said=_("No file was chosen."))
    if len(kept) == 1:
        return visit.go(f"/import/{kept[0].id}")
    said = _("{count} files are here. Open them one after the other: customers first, then purchases.", count=len(kept))
    return visit.go("/import", said=said)


def sample(visit: Visit) -> Response:
    """Send a workbook that shows what a file may look like."""
    name = visit.path["name"]
    if name not in SAMPLES:
        return visit.lost()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(sample_book(SAMPLES[name]), media_type=media, headers=headers)


def show(visit: Visit) -> Response:
    """Show an upload as far as it has come."""
    upload = read_upload(visit.shop.home, visit.path["number"])
    entered = read_entered(visit.shop.home, upload.id)
    if entered is not None:
        return visit.go(f"/import/of/{upload.id}")
    entering = job_of(visit.shop, upload.enter_job)
    if is_open(entering):
        return _progress(visit, upload, _waiting(visit, upload.enter_job, _("Letting the file in")), step=3)
    checked = read_checked(visit.shop.home, upload)
    if checked is not None:
        return _checked(visit, upload, checked)
    if upload.check_job is not None:
        return _progress(visit, upload, _waiting(visit, upload.check_job, _("Reading every row")), step=2)
    return columns(visit)


def columns(visit: Visit) -> Response:
    """Show what the columns seem to mean, to be corrected."""
    upload = read_upload(visit.shop.home, visit.path["number"])
    title = _("Looking into the file")
    try:
        view = _view(visit, upload)
    except FileRefused as problem:
        wrong = ProgressView(title=title, wrong=problem.text(visit.language))
        return _progress(visit, upload, wrong, step=1, status=problem.status)
    if view is None:
        return _progress(visit, upload, ProgressView(title=title), step=1)
    if visit.is_part:
        return anew(f"/import/{upload.id}")
    return page(visit, "imports/columns.html", upload=upload, view=view, wrong="")


def look_again(visit: Visit) -> Response:
    """Keep what was changed in the form, and show the file by it."""
    before = read_upload(visit.shop.home, visit.path["number"])
    wrong = ""
    try:
        upload = _told(visit)
        view = _view(visit, upload, within=LONG)
    except FileRefused as problem:  # a choice that cannot be: what was chosen before stands
        save_upload(visit.shop.home, before)
        upload, view, wrong = before, _view(visit, before, within=LONG), problem.text(visit.language)
    if not visit.is_part:
        return visit.go(f"/import/{upload.id}/columns", said=wrong)
    return visit.part("imports/look.html", upload=upload, view=view, wrong=wrong)


def check(visit: Visit) -> Response:
    """Begin to read every row."""
    upload = _told(visit)
    view = _view(visit, upload, within=LONG)
    if view is None:
        return visit.go(f"/import/{upload.id}")
    if not view.is_ready:
        return page(visit, "imports/columns.html", status=422, upload=upload, view=view, wrong="")
    if not is_open(job_of(visit.shop, upload.check_job)):
        settings = visit.settings
        given = {"zone": settings.zone, "currency": settings.currency, "language": visit.language, "upload": upload.id}
        number = begin(visit, "stage_file", given)
        save_upload(visit.shop.home, msgspec.structs.replace(upload, check_job=number))
    return visit.go(f"/import/{upload.id}")


def refused_rows(visit: Visit) -> Response:
    """Send the list of the rows that would be refused."""
    upload = read_upload(visit.shop.home, visit.path["number"])
    checked = read_checked(visit.shop.home, upload)
    import_id, _dot, end = visit.path["name"].partition(".")
    found = [each for each in (checked.staged if checked else ()) if each.import_id == import_id]
    if not found:
        return visit.lost()
    return sent_rejects(visit, found[0].rejects_path, upload.name, end)


def enter(visit: Visit) -> Response:
    """Let the file in, with the legal basis that was stated for people about whom it says nothing."""
    upload = read_upload(visit.shop.home, visit.path["number"])
    checked = read_checked(visit.shop.home, upload)
    if checked is None or is_open(job_of(visit.shop, upload.enter_job)):
        return visit.go(f"/import/{upload.id}")
    try:
        basis = _basis(visit) if sum(checked.silent) else None
    except TenshuError as problem:
        return _checked(visit, upload, checked, error=problem.text(visit.language), status=422)
    given: dict[str, Any] = {"upload": upload.id, "by": visit.person.name, "zone": visit.settings.zone}
    given |= {"language": visit.language, "basis": msgspec.to_builtins(basis) if basis else None}
    forget_progress(visit.shop.home)
    number = begin(visit, "enter_import", given)
    if number is not None:
        save_upload(visit.shop.home, msgspec.structs.replace(upload, enter_job=number))
    return visit.go(f"/import/{upload.id}")


def drop(visit: Visit) -> Response:
    """Throw a file away that was not let in."""
    upload = read_upload(visit.shop.home, visit.path["number"])
    if is_open(job_of(visit.shop, upload.enter_job)):
        return visit.go(f"/import/{upload.id}", said=_("It is being let in just now. You can undo that afterwards."))
    throw_away(visit.shop.home, upload.id)
    return visit.go("/import", said=_("{name} was thrown away. Nothing of it was taken over.", name=upload.name))


def _told(visit: Visit) -> Upload:
    """Keep what the form says of the columns, if it says anything; what was read by other choices is read anew."""
    upload = read_upload(visit.shop.home, visit.path["number"])
    form = fields_sent(visit.form.multi_items())
    guessed = looked(visit, upload, within=LONG)
    if "columns" not in form or guessed is None:
        return upload
    by_kind = looked(visit, upload, of_kinds(form, guessed), within=LONG)
    choices = chosen(form, by_kind or guessed)
    if choices == upload.choices:
        return upload
    told = msgspec.structs.replace(upload, choices=choices, check_job=None)
    save_upload(visit.shop.home, told)
    return told


def _view(visit: Visit, upload: Upload, **within: float) -> Any:
    """Return the view of the columns; None when the file is still being looked into."""
    kinds = tuple(Choice(sheet=each.sheet, kind=each.kind, columns={}) for each in upload.choices or ())
    base = looked(visit, upload, kinds, **within)
    now = looked(visit, upload, upload.choices, **within) if base and upload.choices else base
    return look_view(upload.id, base, now, upload.choices) if base and now else None


def _waiting(visit: Visit, number: int | None, title: str) -> ProgressView:
    job = job_of(visit.shop, number)
    if job is None:
        return ProgressView(title=title, wrong=_("Nothing is known of it any more. Please begin again."))
    return progress_of_job(job, title=title, is_behind=is_behind_another(visit.shop, job))


def _progress(visit: Visit, upload: Upload, view: ProgressView, *, step: int, status: int = 200) -> Response:
    given: dict[str, Any] = {"upload": upload, "view": view, "step": step, "poll": f"/import/{upload.id}"}
    if not visit.is_part:
        return page(visit, "imports/progress.html", status=status, **given)
    return visit.part("imports/waiting.html", **given)


def _checked(visit: Visit, upload: Upload, checked: Checked, *, error: str = "", status: int = 200) -> Response:
    rows = [
        rows_of_staged(each, silent=silent, is_known=is_imported(visit.shop.ledger, each.import_id))
        for each, silent in zip(checked.staged, checked.silent, strict=True)
    ]
    if visit.is_part:
        return anew(f"/import/{upload.id}")
    return page(
        visit,
        "imports/checked.html",
        status=status,
        upload=upload,
        rows=rows,
        taken=sum(each.taken for each in rows),
        silent=sum(checked.silent),
        bases=basis_choices(),
        said={"basis": visit.said("basis")} | _reasons(visit),
        error=error,
        failed=_failed(visit, upload),
    )


def _failed(visit: Visit, upload: Upload) -> str:
    job = job_of(visit.shop, upload.enter_job)
    return job.error.text() if job is not None and job.state == "failed" and job.error else ""


def _reasons(visit: Visit) -> dict[str, str]:
    names = [f"{part}-{each.code}" for each in basis_choices() for part in ("reason", "since")]
    return {name: visit.said(name) for name in names}


def _basis(visit: Visit) -> Basis | None:
    """Return what was stated; None when nothing was."""
    code = visit.said("basis", NONE)
    if code == NONE:
        return None
    since = visit.said(f"since-{code}")
    try:
        day = date.fromisoformat(since) if since else None
    except ValueError:
        day = None
    stated = Basis(basis=code, reason=visit.said(f"reason-{code}"), since=day, by=visit.person.name)
    return stated.checked()
