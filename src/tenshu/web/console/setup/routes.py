"""The first start, step by step; every step may be done later, and all of them are in the settings too."""

from typing import Any, Final

from starlette.responses import Response

from tenshu.kit.i18n import _
from tenshu.privacy.purposes import read_purposes
from tenshu.web.console.page import Page
from tenshu.web.console.settings.domain_pages import look
from tenshu.web.console.settings.form import Form, Kept
from tenshu.web.console.settings.kept import read_kept, save
from tenshu.web.console.settings.pages import actor, load, offered, read, said_of
from tenshu.web.console.settings.state import state_of
from tenshu.web.console.setup.steps import NAMES, STEPS, SetupStep, after, before, first_open, missing
from tenshu.web.console.visit import Visit


def begin(visit: Visit) -> Response:
    """Lead to the first step that is open."""
    return visit.go(f"/setup/{first_open(read_kept(visit.shop.ledger))}")


def show(visit: Visit) -> Response:
    """Show a step."""
    kept = read_kept(visit.shop.ledger)
    name = visit.path["step"]
    if name == "done":
        return _done(visit, kept)
    if name not in NAMES:
        return visit.lost()
    step = STEPS[NAMES.index(name)]
    return _shown(visit, step, kept, load(kept, step.sections))


def take(visit: Visit) -> Response:
    """Save a step and lead to the next."""
    name = visit.path["step"]
    if name not in NAMES:
        return visit.lost()
    kept, step = read_kept(visit.shop.ledger), STEPS[NAMES.index(name)]
    form = read(visit, kept, step.sections)
    if not form.is_good:
        return _shown(visit, step, kept, form)
    save(visit.shop.ledger, form, by=actor(visit), now=visit.now)
    return visit.go(f"/setup/{after(name)}")


def row(kept: Kept, here: str) -> list[dict[str, str]]:
    """Return the row of steps: address, title and state, and which one is open."""
    return [
        {
            "url": f"/setup/{step.name}",
            "title": _(step.title),
            "state": state_of(step.name, kept),
            "here": "yes" if step.name == here else "",
        }
        for step in STEPS
    ]


def _shown(visit: Visit, step: SetupStep, kept: Kept, form: Form) -> Response:
    given: dict[str, Any] = {
        "step": step,
        "row": row(kept, step.name),
        "place": NAMES.index(step.name) + 1,
        "form": form,
        "next_step": after(step.name),
        "step_before": before(step.name),
        "purposes": read_purposes(visit.shop.ledger) if step.name == "purposes" else (),
        "view": look(visit) if step.name == "domain" and visit.query.get("look") == "yes" else None,
    }
    return visit.page("setup/step.html", status=200 if form.is_good else 422, **given, **offered(visit, kept))


def _done(visit: Visit, kept: Kept) -> Response:
    names = ("identity", "place", "sender", "server", "provider", "rhythm")
    return visit.page(
        "setup/done.html",
        row=row(kept, "done"),
        said=said_of(kept, names),
        missing=missing(kept),
        step_before=before("done"),
    )


PAGES: Final[tuple[Page, ...]] = (
    Page("/setup", begin, role="owner"),
    Page("/setup/{step}", show, role="owner"),
    Page("/setup/{step}", take, role="owner", method="POST"),
)
