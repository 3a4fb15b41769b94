"""The first page of the settings: a card each, with the sentence of what is set."""

from typing import Final

import msgspec
from starlette.responses import Response

from tenshu.deliver.standstill import standstill
from tenshu.kit.i18n import N_, _, current_language
from tenshu.privacy.purposes import read_purposes
from tenshu.web.console.page import Page
from tenshu.web.console.settings import sentences
from tenshu.web.console.settings.form import Kept
from tenshu.web.console.settings.kept import read_kept
from tenshu.web.console.settings.state import is_missing
from tenshu.web.console.visit import Visit


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A card of the first page.

    Attributes:
        url: where it leads.
        title: how the page is called.
        said: what is set, in sentences.
        is_missing: whether a person has something to do there before mail can go out.
    """

    url: str
    title: str
    said: tuple[str, ...]
    is_missing: bool = False


#: Pages of other rooms of the console that belong to the settings: address, title, what is there.
OTHERS: Final = (
    ("/settings/people", N_("People"), N_("Who may work here, and in which role.")),
    ("/settings/keys", N_("Keys"), N_("Keys by which other programs bring data.")),
    ("/settings/audit", N_("Audit log"), N_("What was done here, by whom and when.")),
    ("/data", N_("Our data"), N_("What is kept about people, since when, and what uses it.")),
    ("/settings/backup", N_("Backup"), N_("Keep a copy of everything, and bring one back.")),
    ("/settings/export", N_("Export"), N_("Take everything along, in files that other programs read.")),
)


def index(visit: Visit) -> Response:
    """Show the cards."""
    return visit.page("settings/index.html", groups=groups(visit))


def groups(visit: Visit) -> list[tuple[str, list[Card]]]:
    """Return the cards, group by group."""
    kept = read_kept(visit.shop.ledger)
    return [
        (_("The shop and its mail"), _mail_cards(kept)),
        (_("What we promise our customers"), _promise_cards(visit, kept)),
        (_("The house"), [_card(path, title, _(text)) for path, title, text in OTHERS if _is_there(visit, path)]),
    ]


def _mail_cards(kept: Kept) -> list[Card]:
    shop, smtp = kept.shop, kept.smtp
    said = {
        "shop": (N_("The shop"), sentences.identity_sentence(shop), sentences.place_sentence(shop)),
        "sender": (N_("The sender"), sentences.sender_sentence(shop), sentences.links_sentence(shop)),
        "mail-server": (
            N_("The mail server"),
            sentences.server_sentence(smtp, is_set="smtp" in kept.saved),
            sentences.limits_sentence(kept.limits),
        ),
        "domain": (N_("The domain"), _("What SPF, DKIM and DMARC say about your mail, and what to add.")),
    }
    return [_card(f"/settings/{name}", *words, is_missing=is_missing(name, kept)) for name, words in said.items()]


def _promise_cards(visit: Visit, kept: Kept) -> list[Card]:
    with visit.shop.ledger.reading() as tx:
        paused = standstill(tx)
    titles = [one.title[current_language()] for one in read_purposes(visit.shop.ledger)]
    purposes = ("、" if current_language() == "ja" else ", ").join(titles)
    sending = sentences.sending_sentence(paused, kept.shop.zone)
    return [
        _card("/settings/limits", N_("How often, and when"), sentences.rhythm_sentence(kept.policy)),
        _card("/settings/purposes", N_("What we write for"), purposes),
        _card("/settings/sending", N_("Sending"), sending, is_missing=paused is not None),
    ]


def _card(url: str, title: str, *said: str, is_missing: bool = False) -> Card:
    return Card(url=url, title=_(title), said=said, is_missing=is_missing)


def _is_there(visit: Visit, path: str) -> bool:
    """Say whether the console has that page."""
    routes = visit.request.app.routes
    return any(getattr(route, "path", None) == path for route in routes)


PAGES: Final[tuple[Page, ...]] = (Page("/settings", index, role="owner"),)
