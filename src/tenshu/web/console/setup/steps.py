"""The steps of the first start: one question each. What is done is read from the settings themselves."""

from typing import Final

import msgspec

from tenshu.kit.i18n import N_
from tenshu.web.console.settings.about_sending import PROVIDER, RHYTHM, SERVER
from tenshu.web.console.settings.about_shop import IDENTITY, LINKS, PLACE, SENDER
from tenshu.web.console.settings.form import Kept, Section
from tenshu.web.console.settings.state import is_missing


class SetupStep(msgspec.Struct, frozen=True, kw_only=True):
    """One question of the first start.

    Attributes:
        name: in its address.
        title: a word or two, for the row of steps.
        question: what it asks.
        why: why it is asked, in a sentence.
        sections: its fields; none where nothing is typed.
    """

    name: str
    title: str
    question: str
    why: str
    sections: tuple[Section, ...] = ()


STEPS: Final = (
    SetupStep(
        name="shop",
        title=N_("Shop"),
        question=N_("What is your shop called?"),
        why=N_(
            "These three lines stand at the end of every mail: customers know you by them, and the law asks for them."
        ),
        sections=(IDENTITY,),
    ),
    SetupStep(
        name="place",
        title=N_("Place"),
        question=N_("Where is it, and what does it reckon in?"),
        why=N_('"Today" and "at noon" mean the time of your shop; amounts in your files are read in this currency.'),
        sections=(PLACE,),
    ),
    SetupStep(
        name="sender",
        title=N_("Sender"),
        question=N_("From whom do the mails come?"),
        why=N_("Use an address that your customers know and that somebody reads. No noreply: people answer."),
        sections=(SENDER, LINKS),
    ),
    SetupStep(
        name="mail-server",
        title=N_("Mail server"),
        question=N_("Through which server do the mails go out?"),
        why=N_(
            "It is the one your mail program sends through. Your provider wrote its name to you when you signed up."
        ),
        sections=(SERVER, PROVIDER),
    ),
    SetupStep(
        name="domain",
        title=N_("Domain"),
        question=N_("Do receivers believe that the mail is yours?"),
        why=N_("Three records at your domain decide whether mail reaches the inbox or the spam folder."),
    ),
    SetupStep(
        name="purposes",
        title=N_("Purposes"),
        question=N_("What do you write to customers for?"),
        why=N_("Customers read these words before they agree; every agreement remembers the words that were shown."),
    ),
    SetupStep(
        name="rhythm",
        title=N_("Rhythm"),
        question=N_("How often is good, and when is it quiet?"),
        why=N_("Nobody gets more than this, whatever scenarios want. The usual values suit most shops."),
        sections=(RHYTHM,),
    ),
)
NAMES: Final = tuple(step.name for step in STEPS)


def missing(kept: Kept) -> list[SetupStep]:
    """Return the steps that still have to be done before a mail can go out."""
    return [step for step in STEPS if is_missing(step.name, kept)]


def first_open(kept: Kept) -> str:
    """Return where to go on: the first step that is missing, or the end."""
    found = missing(kept)
    return found[0].name if found else "done"


def after(name: str) -> str:
    """Return the step after this one, or the end.

    >>> after("shop"), after("rhythm")
    ('place', 'done')
    """
    place = NAMES.index(name)
    return NAMES[place + 1] if place + 1 < len(NAMES) else "done"


def before(name: str) -> str:
    """Return the step before this one; nothing before the first.

    >>> before("shop"), before("done")
    ('', 'rhythm')
    """
    place = NAMES.index(name) if name in NAMES else len(NAMES)
    return NAMES[place - 1] if place else ""
