"""Turn the catalogue of data into a page: what is kept, why, since when, how complete, and what is never used."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from tenshu.condition.words import EVENTS, NOTED, TRAITS
from tenshu.kit.i18n import N_, _
from tenshu.know.catalogue import Catalogue, Kept
from tenshu.web.console import figures

#: Why a shop keeps each of the traits that every part of the product knows.
WHY: Final = {
    "customer_no": N_("To know the person again."),
    "full_name": N_("To greet by name."),
    "last_name": N_("To greet by name."),
    "first_name": N_("To greet by name."),
    "name_kana": N_("To find and to pronounce the name."),
    "email": N_("To write, and to know the person again."),
    "phone": N_("To call, and to know the person again."),
    "postal_code": N_("To post something, and to know the area."),
    "prefecture": N_("To know the area."),
    "address": N_("To post something."),
    "country": N_("To know the area."),
    "birthday": N_("For a wish in the birthday month."),
    "sex": N_("Only if what is offered really differs."),
    "company": N_("To know whom the person buys for."),
    "language": N_("To write in the right language."),
    "zone": N_("To write at the right hour."),
    "joined_on": N_("To know how long we have known each other."),
    "email_form": N_("To know which addresses some mail servers refuse."),
}

#: What the product itself uses, whatever scenarios there are.
BY_ITSELF: Final = {
    "customer_no": N_("identity resolution"),
    "email": N_("identity resolution and sending"),
    "phone": N_("identity resolution"),
    "language": N_("sending"),
    "zone": N_("sending"),
    "product_purchased": N_("ranks and reports"),
    "consent_recorded": N_("sending"),
    "unsubscribed": N_("sending"),
    "email_bounced": N_("sending"),
    "email_complained": N_("sending"),
}
#: Events of the product itself: records of its own work, not things that people did.
RECORDS: Final = {
    "message_decided": N_("decision on a message"),
    "message_suppressed": N_("message not sent"),
    "email_failed": N_("e-mail that failed"),
    "email_in_doubt": N_("e-mail in doubt"),
    "email_doubt_resolved": N_("doubt settled"),
    "segment_entered": N_("entered a segment"),
    "segment_left": N_("left a segment"),
    "import_undone": N_("import taken back"),
    "journey_entered": N_("entered a scenario"),
    "journey_left": N_("left a scenario"),
    "email_sent": N_("was sent an e-mail"),
}


class DataRow(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of data.

    Attributes:
        title: what people call it.
        why: what it is kept for; empty when nobody has said.
        people: of how many, with the base.
        share: the same, 0..1.
        since: since when, and until when.
        sources: who told it.
        used_by: titles of what uses it.
    """

    title: str
    why: str
    people: str
    share: float
    since: str
    sources: str
    used_by: tuple[str, ...]


class DataView(msgspec.Struct, frozen=True, kw_only=True):
    """The page: traits and events, and a sentence on what is not used."""

    sentence: str
    traits: tuple[DataRow, ...]
    events: tuple[DataRow, ...]


def data_view(
    found: Catalogue, traits: Mapping[str, list[str]], events: Mapping[str, list[str]], *, zone: str
) -> DataView:
    """Return the page in the language that is spoken now.

    Args:
        found: what is kept.
        traits: who uses each trait.
        events: who uses each event.
        zone: the shop's zone, for days.
    """
    idle = [kept for kept in found.traits if kept.name not in traits and kept.name not in BY_ITSELF]
    return DataView(
        sentence=_sentence(found, idle),
        traits=tuple(_row(one, TRAITS | NOTED, traits, found.customers, zone) for one in found.traits),
        events=tuple(_row(one, EVENTS | RECORDS, events, found.customers, zone) for one in found.events),
    )


def _sentence(found: Catalogue, idle: Sequence[Kept]) -> str:
    if not found.traits:
        return _("Nothing is kept yet.")
    told = {"kinds": figures.count(len(found.traits)), "people": figures.count(found.customers)}
    told["idle"] = figures.count(len(idle))
    if idle:
        return _(
            "{kinds} kinds of attributes about {people} people. {idle} of them are used by nothing: what is not "
            "needed need not be kept.",
            **told,
        )
    return _("{kinds} kinds of attributes about {people} people, and each is used.", **told)


def _row(kept: Kept, words: Mapping[str, str], used: Mapping[str, list[str]], customers: int, zone: str) -> DataRow:
    share = kept.people / customers if customers else 0.0
    of = {"people": figures.count(kept.people), "all": figures.count(customers), "share": figures.percent(share)}
    return DataRow(
        title=_(words[kept.name]) if kept.name in words else kept.name,
        why=_(WHY[kept.name]) if kept.name in WHY else "",
        people=_("{people} of {all} ({share})", **of),
        share=min(share, 1.0),
        since=_("{first} to {last}", first=figures.day(kept.first_at, zone), last=figures.day(kept.last_at, zone)),
        sources=", ".join(kept.sources),
        used_by=(*_by_itself(kept.name), *used.get(kept.name, ())),
    )


def _by_itself(name: str) -> tuple[str, ...]:
    if name in BY_ITSELF:
        return (_(BY_ITSELF[name]),)
    return (_("account and proof"),) if name in RECORDS else ()
