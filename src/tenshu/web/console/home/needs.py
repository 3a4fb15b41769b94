"""What waits for a person: each as a sentence with the place where it is settled."""

from datetime import date

import msgspec

from tenshu.kit.i18n import _, _n
from tenshu.web.console.figures import count, date_on


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """How the shop stands, as far as somebody might have to act.

    Attributes:
        customers: known customers.
        is_postal: whether the shop's address and contact are known (特定電子メール法).
        is_sender: whether the mails' sender is a real address.
        is_smtp: whether there is a mail server to send through.
        standstill: why all sending waits; empty when it does not.
        in_doubt: scenario -> title and messages whose arrival nobody knows.
        tripped: scenario -> title of those whose sending stopped itself.
        resting: titles of scenarios that this version cannot read.
        reviews: scenario -> title and the day on which somebody wanted to look again, when that has come.
        faults: messages that the account misses.
        refused: rows that the last import refused, and its name.
        is_rehearsed: the shop is a rehearsal: nothing ever leaves it.
    """

    customers: int = 0
    is_postal: bool = True
    is_sender: bool = True
    is_smtp: bool = True
    standstill: str = ""
    in_doubt: dict[str, tuple[str, int]] = {}
    tripped: dict[str, str] = {}
    resting: tuple[str, ...] = ()
    reviews: dict[str, tuple[str, date]] = {}
    faults: int = 0
    refused: tuple[str, int] | None = None
    is_rehearsed: bool = False


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do.

    Attributes:
        text: what is the matter.
        url: where it is settled.
        label: what one does there.
        is_urgent: whether it cannot wait, so that it is marked in vermilion.
    """

    text: str
    url: str
    label: str
    is_urgent: bool = False


def needs(now: Situation) -> tuple[Need, ...]:
    """Return what waits for a person, the urgent first."""
    return tuple(sorted((*_sending(now), *_scenarios(now), *_setting_up(now)), key=lambda need: not need.is_urgent))


def _sending(now: Situation) -> list[Need]:
    found = []
    if now.faults:
        text = _("The account does not close: {count} messages are not accounted for.", count=count(now.faults))
        found.append(Need(text=text, url="/report", label=_("Look"), is_urgent=True))
    if now.standstill:
        label = _("Decide whether to go on")
        found.append(Need(text=now.standstill, url="/outbox", label=label, is_urgent=True))
    for title, messages in now.in_doubt.values():
        text = _n(
            "Nobody knows whether {count} message of “{title}” arrived. It waits for your word.",
            "Nobody knows whether {count} messages of “{title}” arrived. They wait for your word.",
            count(messages),
            title=title,
        )
        found.append(Need(text=text, url="/outbox", label=_("Decide"), is_urgent=True))
    return found


def _scenarios(now: Situation) -> list[Need]:
    found = []
    for name, title in now.tripped.items():
        text = _("“{title}” stopped itself, because something looks like a mistake.", title=title)
        found.append(Need(text=text, url=f"/scenarios/{name}", label=_("Look"), is_urgent=True))
    for title in now.resting:
        text = _("This version cannot read “{title}”; nobody walks on in it.", title=title)
        found.append(Need(text=text, url="/scenarios", label=_("Look"), is_urgent=True))
    for name, (title, on) in now.reviews.items():
        text = _("You wanted to look at “{title}” again on {day}.", title=title, day=date_on(on))
        found.append(Need(text=text, url=f"/scenarios/{name}", label=_("Look")))
    return found


def _setting_up(now: Situation) -> list[Need]:
    found = []
    if not now.is_rehearsed and not (now.is_postal and now.is_sender and now.is_smtp):
        text = _("Some of the shop is not set up yet: its address, its sender or its mail server. No mail can go out.")
        found.append(Need(text=text, url="/setup", label=_("Go on with the set-up")))
    if now.refused is not None:
        name, rows = now.refused
        text = _n(
            "{count} row of “{name}” was not taken over.",
            "{count} rows of “{name}” were not taken over.",
            count(rows),
            name=name,
        )
        found.append(Need(text=text, url="/import", label=_("Correct them")))
    return found
