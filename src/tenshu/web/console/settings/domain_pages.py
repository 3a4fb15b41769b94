"""What the sender's domain says about its mail: looked up when somebody asks, with the record to add."""

from typing import Any, Final

from starlette.responses import Response

from tenshu.deliver.channels.email import advice
from tenshu.deliver.channels.email.names import Names
from tenshu.kit.i18n import N_, _
from tenshu.web.console.page import Page
from tenshu.web.console.settings.kept import read_kept
from tenshu.web.console.visit import Visit

#: What each of them is for, in a sentence.
MEANINGS: Final = {
    "spf": ("SPF", N_("Says which servers send for your domain.")),
    "dkim": ("DKIM", N_("Seals each mail, so that receivers see that it is yours and unchanged.")),
    "dmarc": ("DMARC", N_("Tells receivers what to make of mail that only claims to be yours.")),
    "return": (
        N_("Returning mail"),
        N_("Brings mail that cannot be delivered back, so that dead addresses are noticed."),
    ),
}


def show(visit: Visit) -> Response:
    """Show the page at once; what the domain says is looked up after it, or at once for who has no scripts."""
    view = look(visit) if visit.query.get("look") == "yes" else None
    domain = advice.domain_of(read_kept(visit.shop.ledger).shop.sender_email)
    return visit.page("settings/domain.html", view=view, domain=domain)


def find(visit: Visit) -> Response:
    """Look it up."""
    return visit.part("settings/domain_found.html", view=look(visit))


def look(visit: Visit, *, names: Names | None = None) -> dict[str, Any]:
    """Return what the sender's domain says, as the template shows it."""
    kept = read_kept(visit.shop.ledger)
    asked = names or Names()
    found = advice.advise(kept.shop.sender_email, kept.shop.bounce_domain, kept.smtp.smtp_host, names=asked)
    return {"domain": found.domain, "is_good": found.is_good, "findings": [finding_view(one) for one in found.findings]}


def finding_view(one: advice.Finding) -> dict[str, Any]:
    """Return a finding as the template shows it."""
    title, meaning = MEANINGS[one.name]
    return {
        "name": one.name,
        "title": _(title),
        "meaning": _(meaning),
        "state": one.state,
        "said": one.said.text(),
        "advice": one.advice.text() if one.advice is not None else "",
        "record": one.record,
    }


PAGES: Final[tuple[Page, ...]] = (
    Page("/settings/domain", show, role="owner"),
    Page("/settings/domain/look", find, role="owner"),
)
