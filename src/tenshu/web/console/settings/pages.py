"""Pages of the settings that are a sentence and a form; the first start asks the same questions one by one."""

from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.responses import Response

from tenshu.decide.policy import Cap
from tenshu.deliver.channels.email.hosts import HOSTS, host_of
from tenshu.deliver.limits import Pace, pace
from tenshu.kit.i18n import N_, _
from tenshu.staff.audit import Actor
from tenshu.web.console.page import Page
from tenshu.web.console.settings import choices, sentences
from tenshu.web.console.settings.about_sending import PROVIDER, RHYTHM, SERVER, is_edited
from tenshu.web.console.settings.about_shop import IDENTITY, LINKS, PLACE, SENDER
from tenshu.web.console.settings.form import Form, Kept, Section
from tenshu.web.console.settings.kept import read_kept, restore, save
from tenshu.web.console.visit import Visit


class FormPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that is a sentence and a form.

    Attributes:
        path: its address.
        title, question: how it is called and what it asks.
        sections: its questions.
    """

    path: str
    title: str
    question: str
    sections: tuple[Section, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its sections."""
        return tuple(section.name for section in self.sections)


FORM_PAGES: Final = (
    FormPage(
        path="/settings/shop",
        title=N_("The shop"),
        question=N_("Who are we, and where?"),
        sections=(IDENTITY, PLACE),
    ),
    FormPage(
        path="/settings/sender",
        title=N_("The sender"),
        question=N_("From whom do our mails come, and where do answers and links lead?"),
        sections=(SENDER, LINKS),
    ),
    FormPage(
        path="/settings/mail-server",
        title=N_("The mail server"),
        question=N_("Through whom do our mails go out?"),
        sections=(SERVER, PROVIDER),
    ),
    FormPage(
        path="/settings/limits",
        title=N_("How often, and when"),
        question=N_("How often do we write to one person, and at what hours not?"),
        sections=(RHYTHM, PROVIDER),
    ),
)


def load(kept: Kept, sections: Sequence[Section]) -> Form:
    """Return the form of what is kept."""
    form = Form()
    for section in sections:
        form.join(Form(values=section.load(kept)))
    return form


def read(visit: Visit, kept: Kept, sections: Sequence[Section]) -> Form:
    """Return the form of what a person typed."""
    form = Form()
    for section in sections:
        typed = {name: str(visit.form.get(name, "")) for name in section.fields}
        form.join(section.read(typed, kept))
    return form


def actor(visit: Visit) -> Actor:
    """Return who changes something, for the log."""
    client = visit.request.client
    return Actor(visit.person.id, visit.person.name, client.host if client else "")


def said_of(kept: Kept, names: Sequence[str]) -> list[str]:
    """Return what is set, a sentence a section."""
    all_of_them = {
        "identity": lambda: sentences.identity_sentence(kept.shop),
        "place": lambda: sentences.place_sentence(kept.shop),
        "sender": lambda: sentences.sender_sentence(kept.shop),
        "links": lambda: sentences.links_sentence(kept.shop),
        "server": lambda: sentences.server_sentence(kept.smtp, is_set="smtp" in kept.saved),
        "provider": lambda: sentences.limits_sentence(kept.limits),
        "rhythm": lambda: sentences.rhythm_sentence(kept.policy),
    }
    return [all_of_them[name]() for name in names]


def read_pace(visit: Visit) -> Pace:
    """Return where the shop stands with its provider's limits."""
    with visit.shop.ledger.reading() as tx:
        return pace(tx, now=visit.now)


def offered(visit: Visit, kept: Kept) -> dict[str, object]:
    """Return what the fields' templates need beside the form."""
    return {
        "zones": choices.zones(visit.language, kept.shop.zone),
        "currencies": choices.currencies(visit.language, kept.shop.currency),
        "shop_languages": choices.languages(),
        "encryptions": choices.encryptions(),
        "has_password": bool(kept.smtp.smtp_password),
        "hosts": HOSTS,
        "host_named": host_of,
        "kept": kept,
        "further": [sentences.cap_sentence(cap) for cap in further_caps(kept)],
        "pace": sentences.pace_sentence(read_pace(visit), kept.shop.zone, visit.now),
    }


def further_caps(kept: Kept) -> list[Cap]:
    """Return the caps that the form does not edit."""
    return [cap for cap in kept.policy.caps if not is_edited(cap)]


def _shown(visit: Visit, page: FormPage, kept: Kept, form: Form) -> Response:
    return visit.page(
        "settings/form.html",
        status=200 if form.is_good else 422,
        page=page,
        title=_(page.title),
        question=_(page.question),
        said=said_of(kept, page.names),
        form=form,
        **offered(visit, kept),
    )


def _show(page: FormPage, visit: Visit) -> Response:
    kept = read_kept(visit.shop.ledger)
    return _shown(visit, page, kept, load(kept, page.sections))


def _save(page: FormPage, visit: Visit) -> Response:
    kept = read_kept(visit.shop.ledger)
    form = read(visit, kept, page.sections)
    if not form.is_good:
        return _shown(visit, page, kept, form)
    changed = save(visit.shop.ledger, form, by=actor(visit), now=visit.now)
    if not changed:
        return visit.go(page.path, said=_("Nothing was different."))
    return visit.go(page.path, said=_("Saved."), undo=("/settings/undo", _("Undo")))


def undo(visit: Visit) -> Response:
    """Put back what was set before the last save."""
    is_done = restore(visit.shop.ledger, by=actor(visit), now=visit.now)
    return visit.go("/settings", said=_("It is as it was before.") if is_done else _("There is nothing to take back."))


def _pages_of(page: FormPage) -> tuple[Page, Page]:
    def show(visit: Visit) -> Response:
        return _show(page, visit)

    def take(visit: Visit) -> Response:
        return _save(page, visit)

    return Page(page.path, show, role="owner"), Page(page.path, take, role="owner", method="POST")


PAGES: Final[tuple[Page, ...]] = (
    *(one for page in FORM_PAGES for one in _pages_of(page)),
    Page("/settings/undo", undo, role="owner", method="POST"),
)
