"""The button that tries the mail server out as the form names it, saved or not, and says step by step what worked."""

from typing import Any, Final

from starlette.responses import Response

from tenshu.deliver.channels.email.advice import domain_of
from tenshu.deliver.channels.email.hosts import host_of
from tenshu.deliver.channels.email.probe import PATIENCE, STEPS
from tenshu.deliver.channels.email.settings import server_of
from tenshu.kit.i18n import _
from tenshu.web.console.page import Page
from tenshu.web.console.settings.about_sending import SERVER, smtp_of
from tenshu.web.console.settings.kept import read_kept
from tenshu.web.console.settings.pages import read
from tenshu.web.console.settings.trials import Running, Trials
from tenshu.web.console.visit import Visit

TRIALS: Final = Trials()
#: Seconds that a page waits for a quick server before it says what is being done.
_MOMENT: Final = 0.4
#: Seconds that a browser without scripts waits for the whole trial.
_WHOLE: Final = 60.0


def begin(visit: Visit) -> Response:
    """Begin a trial with what the form says."""
    kept = read_kept(visit.shop.ledger)
    form = read(visit, kept, (SERVER,))
    if not form.is_good:
        problems = [form.errors[name] for name in SERVER.fields if name in form.errors]
        return _answer(visit, None, problems=problems)
    shop = kept.shop
    sender = shop.sender_email if domain_of(shop.sender_email) else ""
    envelope = f"b+test@{shop.bounce_domain if domain_of(shop.bounce_domain) else sender.rpartition('@')[2]}"
    server = server_of(smtp_of(form), timeout=PATIENCE)
    patience = _MOMENT if visit.is_part else _WHOLE
    return _answer(visit, TRIALS.start(server, sender=sender, envelope=envelope, patience=patience))


def follow(visit: Visit) -> Response:
    """Say how far a trial has come."""
    found = TRIALS.find(visit.path["token"])
    return visit.lost() if found is None else _answer(visit, found)


def known_host(visit: Visit) -> Response:
    """Say what is known about a host while its name is typed."""
    return visit.part("settings/host_known.html", known=host_of(visit.query.get("smtp_host", "")))


def _answer(visit: Visit, running: Running | None, *, problems: list[str] | None = None) -> Response:
    given: dict[str, Any] = {"trial": None if running is None else trial_view(running), "problems": problems or []}
    if visit.is_part:
        return visit.part("settings/trial.html", **given)
    return visit.page("settings/trial_page.html", title=_("Test of the mail server"), **given)


def trial_view(running: Running) -> dict[str, Any]:
    """Return a trial as its template shows it: each step with its state and sentences."""
    steps = []
    doing = running.next_step
    for name, title in STEPS.items():
        step = running.steps.get(name)
        state = step.state if step is not None else "doing" if name == doing else "not_tried"
        said = step.said.text() if step is not None and step.said is not None else ""
        advice = [one.text() for one in step.advice] if step is not None else []
        steps.append({"title": _(title), "state": state, "said": said, "advice": advice})
    return {"token": running.token, "is_over": running.is_over, "is_good": running.is_good, "steps": steps}


PAGES: Final[tuple[Page, ...]] = (
    Page("/settings/mail-server/test", begin, role="owner", method="POST"),
    Page("/settings/mail-server/host", known_host, role="owner"),
    Page("/settings/mail-server/test/{token}", follow, role="owner"),
)
