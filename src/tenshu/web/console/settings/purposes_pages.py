"""What customers are written to for, in the words that they read; every change is a version of its own."""

from typing import Any, Final

from starlette.responses import Response

from tenshu.kit.i18n import LANGUAGES, N_, _
from tenshu.privacy.purposes import LONGEST, Purpose, purpose_named, read_purposes, write_purpose
from tenshu.staff.audit import record
from tenshu.web.console.page import Page
from tenshu.web.console.settings.form import Form
from tenshu.web.console.settings.pages import actor
from tenshu.web.console.visit import Visit

PARTS: Final = {
    "title": N_("Title"),
    "wording": N_("What we do"),
    "benefit": N_("What you have of it"),
}


def index(visit: Visit) -> Response:
    """Show every purpose as a customer reads it."""
    return visit.page("settings/purposes.html", purposes=read_purposes(visit.shop.ledger))


def edit(visit: Visit) -> Response:
    """Show one purpose with its words to change."""
    purpose = purpose_named(visit.shop.ledger, visit.path["name"])
    return _shown(visit, purpose, Form(values=values_of(purpose)))


def save(visit: Visit) -> Response:
    """Save the words as the next version."""
    before = purpose_named(visit.shop.ledger, visit.path["name"])
    purpose, form = read_purpose(visit, before)
    if not form.is_good:
        return _shown(visit, purpose, form)
    with visit.shop.ledger.writing() as tx:
        version = write_purpose(tx, purpose, now=visit.now)
        if purpose != before:
            record(
                tx, "purpose_changed", by=actor(visit), now=visit.now, about=purpose.name, detail={"version": version}
            )
    if purpose == before:
        return visit.go("/settings/purposes", said=_("Nothing was different."))
    return visit.go("/settings/purposes", said=_("Saved. From now on people agree to these words."))


def preview(visit: Visit) -> Response:
    """Show what is typed as a customer would read it; nothing is saved."""
    purpose, _form = read_purpose(visit, purpose_named(visit.shop.ledger, visit.path["name"]))
    return visit.part("settings/purpose_cards.html", purpose=purpose)


def values_of(purpose: Purpose) -> dict[str, str]:
    """Return the fields of the form: `wording_ja` and the like."""
    return {f"{part}_{code}": getattr(purpose, part).get(code, "") for part in PARTS for code in LANGUAGES}


def read_purpose(visit: Visit, before: Purpose) -> tuple[Purpose, Form]:
    """Return the purpose as typed, and the form with what is missing in it."""
    form = Form(values={f"{part}_{code}": visit.said(f"{part}_{code}") for part in PARTS for code in LANGUAGES})
    for name, value in form.values.items():
        if not value:
            form.errors[name] = _("Write one or two plain sentences, as you would say it at the counter.")
        elif len(value) > LONGEST:
            form.errors[name] = _("At most {most} characters; these are {given}.", most=LONGEST, given=len(value))
    words: dict[str, Any] = {part: {code: form.value(f"{part}_{code}") for code in LANGUAGES} for part in PARTS}
    return Purpose(name=before.name, **words), form


def _shown(visit: Visit, purpose: Purpose, form: Form) -> Response:
    status = 200 if form.is_good else 422
    return visit.page("settings/purpose.html", status=status, purpose=purpose, form=form, parts=PARTS)


PAGES: Final[tuple[Page, ...]] = (
    Page("/settings/purposes", index, role="owner"),
    Page("/settings/purposes/{name}", edit, role="owner"),
    Page("/settings/purposes/{name}", save, role="owner", method="POST"),
    Page("/settings/purposes/{name}/preview", preview, role="owner", method="POST"),
)
