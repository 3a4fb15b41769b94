"""Tell what happened with a customer, one sentence a fact; silence is told as plainly as a message."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from tenshu.collect import vocabulary as facts
from tenshu.condition.words import EVENTS, trait_name
from tenshu.decide.reasons import decision_sentence, sentence
from tenshu.kit.i18n import N_, _, current_language
from tenshu.web.console import figures

Row = Mapping[str, Any]
#: Facts that only repeat what another line says, or that happen inside the shop.
UNTOLD: Final = frozenset({facts.EMAIL_DOUBT_RESOLVED})
_READ_BY: Final = {
    "machine": N_("a program did it, not the person"),
    "unknown": N_("nobody can say whether the person did it"),
}
_STATUS: Final = {
    "granted": N_("Allowed {purpose} by {channel}."),
    "denied": N_("Did not allow {purpose} by {channel}."),
    "revoked": N_("Took back the consent to {purpose} by {channel}."),
}
_LINES: Final = {
    facts.PRODUCT_PURCHASED: N_("Bought {goods}"),
    facts.PRODUCT_RETURNED: N_("Returned {goods}"),
    facts.PRODUCT_GIVEN: N_("Was given {goods}"),
    facts.ORDER_ADJUSTED: N_("An order was corrected: {goods}"),
}
_MOST_SAID: Final = 3


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a timeline.

    Attributes:
        at: when.
        kind: deed (the customer did something) | sent | silence | answer | word (consents) | plain.
        sentence: what happened.
        note: more of it, in small letters.
        amount: of money; empty where there is none.
    """

    at: datetime
    kind: str
    sentence: str
    note: str = ""
    amount: str = ""


class Names(msgspec.Struct, frozen=True):
    """How people call what facts only name.

    Attributes:
        journeys: titles of scenarios by language, by name.
        segments: the same of segments.
        currency: of the shop.
        subjects: of templates, as this person reads them.
    """

    journeys: Mapping[str, Mapping[str, str]]
    segments: Mapping[str, Mapping[str, str]]
    currency: str
    subjects: Mapping[str, str] = {}

    def journey(self, name: object) -> str:
        """Return the title of a scenario in the language that is spoken now."""
        return self.journeys.get(str(name), {}).get(current_language()) or str(name or "")

    def segment(self, name: object) -> str:
        """Return the title of a segment in the language that is spoken now."""
        return self.segments.get(str(name), {}).get(current_language()) or str(name or "")


def told(row: Row, names: Names) -> Told | None:
    """Return the line of one row of `know.card.timeline`; None where there is nothing to tell."""
    event, properties = row["event"], row["properties"]
    if event in _LINES:
        return _bought(row, names)
    if event in UNTOLD or (event == facts.MESSAGE_DECIDED and properties.get("outcome") == "send"):
        return None
    teller = _TELLERS.get(event)
    if teller is not None:
        return teller(row, names)
    said = _(EVENTS[event]) if event in EVENTS else _("did “{event}”", event=event)
    return Told(at=row["happened_at"], kind="deed", sentence=_capital(said), note=_said(properties))


def lines(rows: list[dict[str, Any]], names: Names) -> list[Told]:
    """Return the lines of many rows, in their order."""
    return [line for row in rows if (line := told(row, names)) is not None]


def _bought(row: Row, names: Names) -> Told:
    goods = [name for name in row["goods"] or () if name]
    more = (row["lines"] or 0) - len(goods[:_MOST_SAID])
    said = _(", ").join(goods[:_MOST_SAID])
    if more > 0:
        said = _("{goods} and {count} more", goods=said, count=more)
    amount = figures.money(row["amount"], names.currency) if row["amount"] else ""
    note = _("order {number}", number=row["order_no"]) if row["order_no"] else ""
    words = _LINES[row["event"]]
    return Told(at=row["happened_at"], kind="deed", sentence=_(words, goods=said), note=note, amount=amount)


def _sent(row: Row, names: Names) -> Told:
    subject = names.subjects.get(str(row["properties"].get("template", "")), "")
    title = names.journey(row["properties"].get("journey"))
    said = _("A mail went out: “{subject}”", subject=subject or title)
    return Told(at=row["happened_at"], kind="sent", sentence=said, note=title if subject else "")


def _answered(row: Row, names: Names) -> Told:
    properties = row["properties"]
    by = str(properties.get("by", "human"))
    is_click = row["event"] == facts.EMAIL_CLICKED
    said = _("Clicked in the mail of “{title}”") if is_click else _("Opened the mail of “{title}”")
    note = _(_READ_BY[by]) if by in _READ_BY else str(properties.get("url") or "")
    kind = "answer" if by == "human" else "plain"
    sentence = said.format(title=names.journey(properties.get("journey")))
    return Told(at=row["happened_at"], kind=kind, sentence=sentence, note=note)


def _decided(row: Row, names: Names) -> Told:
    properties = row["properties"]
    why = decision_sentence(str(properties.get("outcome")), properties.get("reason"))
    said = _("Nothing was sent from “{title}”.", title=names.journey(properties.get("journey")))
    return Told(at=row["happened_at"], kind="silence", sentence=said, note=why)


def _stopped(row: Row, names: Names) -> Told:
    properties = row["properties"]
    said = _("A mail of “{title}” was stopped just before sending.", title=names.journey(properties.get("journey")))
    return Told(
        at=row["happened_at"], kind="silence", sentence=said, note=sentence(str(properties.get("reason") or "unknown"))
    )


def _failed(row: Row, names: Names) -> Told:
    said = _("A mail of “{title}” could not be delivered.", title=names.journey(row["properties"].get("journey")))
    return Told(
        at=row["happened_at"], kind="silence", sentence=said, note=sentence(str(row["properties"].get("reason") or ""))
    )


def _in_doubt(row: Row, names: Names) -> Told:
    said = _(
        "Nobody can say whether a mail of “{title}” arrived.", title=names.journey(row["properties"].get("journey"))
    )
    return Told(at=row["happened_at"], kind="silence", sentence=said)


def _consented(row: Row, _names: Names) -> Told:
    properties = row["properties"]
    words = _STATUS.get(str(properties.get("status")), N_("Stated a consent to {purpose} by {channel}."))
    said = _(words, purpose=purpose(properties.get("purpose")), channel=channel(properties.get("channel")))
    return Told(at=row["happened_at"], kind="word", sentence=said, note=str(properties.get("reason") or ""))


def _unsubscribed(row: Row, _names: Names) -> Told:
    return Told(at=row["happened_at"], kind="word", sentence=_("Unsubscribed from mail."))


def _complained(row: Row, _names: Names) -> Told:
    return Told(at=row["happened_at"], kind="word", sentence=_("Reported a mail as spam."))


def _bounced(row: Row, _names: Names) -> Told:
    return Told(at=row["happened_at"], kind="silence", sentence=_("A mail came back."))


def _described(row: Row, _names: Names) -> Told:
    traits = row["properties"].get("traits")
    names = [trait_name(name) for name in (traits if isinstance(traits, dict) else {})]
    return Told(at=row["happened_at"], kind="plain", sentence=_("Their data were noted."), note=_(", ").join(names[:8]))


def _entered(row: Row, names: Names) -> Told:
    said = _("The scenario “{title}” began for them.", title=names.journey(row["properties"].get("journey")))
    held = row["properties"].get("arm") == "held_out"
    return Told(
        at=row["happened_at"], kind="plain", sentence=said, note=_("held out to measure the effect") if held else ""
    )


def _left(row: Row, names: Names) -> Told:
    said = _("The scenario “{title}” ended for them.", title=names.journey(row["properties"].get("journey")))
    return Told(at=row["happened_at"], kind="plain", sentence=said, note=outcome(row["properties"].get("outcome")))


def _segment(row: Row, names: Names) -> Told:
    came = row["event"] == facts.SEGMENT_ENTERED
    said = _("Came into the segment “{title}”.") if came else _("Left the segment “{title}”.")
    sentence = said.format(title=names.segment(row["properties"].get("segment")))
    return Told(at=row["happened_at"], kind="plain", sentence=sentence)


_TELLERS: Final[dict[str, Callable[[Row, Names], Told]]] = {
    facts.EMAIL_SENT: _sent,
    facts.EMAIL_OPENED: _answered,
    facts.EMAIL_CLICKED: _answered,
    facts.MESSAGE_DECIDED: _decided,
    facts.MESSAGE_SUPPRESSED: _stopped,
    facts.EMAIL_FAILED: _failed,
    facts.EMAIL_IN_DOUBT: _in_doubt,
    facts.EMAIL_BOUNCED: _bounced,
    facts.EMAIL_COMPLAINED: _complained,
    facts.UNSUBSCRIBED: _unsubscribed,
    facts.CONSENT_RECORDED: _consented,
    facts.CUSTOMER_DESCRIBED: _described,
    facts.JOURNEY_ENTERED: _entered,
    facts.JOURNEY_LEFT: _left,
    facts.SEGMENT_ENTERED: _segment,
    facts.SEGMENT_LEFT: _segment,
}
_PURPOSES: Final = {"marketing": N_("news and offers"), "service": N_("messages about orders")}
_CHANNELS: Final = {"email": N_("e-mail")}
_OUTCOMES: Final = {
    "done": N_("walked to its end"),
    "goal": N_("reached the goal"),
    "exit": N_("no longer fitted"),
    "merged": N_("became one with another customer"),
    "ended": N_("the scenario was ended"),
}


def purpose(name: object) -> str:
    """Return a purpose in words."""
    return _(_PURPOSES[str(name)]) if str(name) in _PURPOSES else str(name or "")


def channel(name: object) -> str:
    """Return a channel in words."""
    return _(_CHANNELS[str(name)]) if str(name) in _CHANNELS else str(name or "")


def outcome(name: object) -> str:
    """Return how a walk through a scenario ended, in words."""
    return _(_OUTCOMES[str(name)]) if str(name) in _OUTCOMES else str(name or "")


def _said(properties: Mapping[str, Any]) -> str:
    """Return what a fact of the shop's own says, as `name: value`."""
    plain = [f"{name}: {value}" for name, value in properties.items() if isinstance(value, str | int | float)]
    return _(", ").join(plain[:4])[:200]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
