"""The first week of a shop with hardly any data: what to do each day, and what is done already."""

from typing import Final

import msgspec

from tenshu.kit.i18n import N_, _


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop has already, as far as the guide asks for it.

    Attributes:
        is_set_up: name, address, sender and mail server are there.
        customers: known customers.
        reachable: customers with a consent or another basis for mail.
        templates: messages that were written.
        scenarios: scenarios that were ever started.
    """

    is_set_up: bool = False
    customers: int = 0
    reachable: int = 0
    templates: int = 0
    scenarios: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the week.

    Attributes:
        day: which day of the week it is meant for.
        title: what to do.
        text: why, and how.
        url: where; empty when it is done away from the screen.
        label: what the link says.
        is_done: whether it can be seen to be done.
    """

    day: str
    title: str
    text: str
    url: str = ""
    label: str = ""
    is_done: bool = False


class Treatment(msgspec.Struct, frozen=True):
    """A small special treatment that needs no data worth the name."""

    title: str
    text: str


#: Three that can start today.
TREATMENTS: Final = (
    (
        N_("The name"),
        N_(
            "Greet everybody who has given a name by it: 〇〇様. It costs nothing, and nobody who sends the same to "
            "all does it."
        ),
    ),
    (
        N_("Thank you, three days later"),
        N_("A short thank-you for the first purchase, with one tip on using it well, and no offer at all."),
    ),
    (
        N_("The birthday month"),
        N_("Ask for the month only. A small card in that month is remembered for longer than a discount."),
    ),
)


def week(progress: Progress) -> tuple[Step, ...]:
    """Return the steps of the first week in the language that is spoken now."""
    return (*_beginning(progress), *_asking(progress), *_writing(progress))


def treatments() -> tuple[Treatment, ...]:
    """Return the three small treatments."""
    return tuple(Treatment(_(title), _(text)) for title, text in TREATMENTS)


def questions() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the questions of the card at the counter, each with its answers; without any it is written by hand."""
    return (
        (_("Your name, as you like to be greeted"), ()),
        (_("E-mail address"), ()),
        (
            _("How did you find us?"),
            (_("Passing by"), _("A friend"), _("Search"), _("Instagram"), _("A leaflet"), _("Other")),
        ),
        (_("What is it for today?"), (_("Myself"), _("A present"), _("Work"), _("Just looking"))),
        (
            _("What would you like to hear about?"),
            (_("New things"), _("How to use them well"), _("Events"), _("Sales")),
        ),
        (_("Your birthday month (if you like)"), ()),
    )


def _beginning(progress: Progress) -> tuple[Step, ...]:
    return (
        Step(
            day=_("Day 1"),
            title=_("Say who you are"),
            text=_("Name, address and sender of the shop: fifteen minutes, once."),
            url="/setup",
            label=_("Go on with the set-up"),
            is_done=progress.is_set_up,
        ),
        Step(
            day=_("Day 1"),
            title=_("Bring what there is"),
            text=_(
                "Ten visiting cards, an address book, the receipts of last month: type them into the ready-made list. "
                "It need not be complete. An address is enough to begin with."
            ),
            url="/guide/list.xlsx",
            label=_("The ready-made list (Excel)"),
            is_done=progress.customers > 0,
        ),
    )


def _asking(progress: Progress) -> tuple[Step, ...]:
    return (
        Step(
            day=_("Day 2"),
            title=_("Ask at the counter"),
            text=_(
                "Six questions on a card, beside the till or in the parcel. Say what the answers are for, and give a "
                "small thank-you for them. The tick for the mail is the customer's consent: keep the card."
            ),
            url="/guide/card",
            label=_("The card, ready to print"),
            is_done=progress.reachable > 0,
        ),
        Step(
            day=_("Day 3"),
            title=_("Give something for an address"),
            text=_(
                "What people ask you every day is worth a page: how to care for it, how to choose, three recipes. "
                "Offer it by mail to whoever leaves an address."
            ),
        ),
    )


def _writing(progress: Progress) -> tuple[Step, ...]:
    return (
        Step(
            day=_("Day 4"),
            title=_("Write one message"),
            text=_("Begin with the thank-you. See it as three different customers would, then send it to yourself."),
            url="/templates",
            label=_("Write a message"),
            is_done=progress.templates > 0,
        ),
        Step(
            day=_("Day 5"),
            title=_("Start one scenario"),
            text=_("The smallest one: a thank-you after the first purchase. A few get nothing, so that you can learn."),
            url="/scenarios/new",
            label=_("Make a scenario"),
            is_done=progress.scenarios > 0,
        ),
        Step(
            day=_("Day 7"),
            title=_("Look, and change one thing"),
            text=_(
                "With few customers the report will say “cannot know yet” for weeks. That is the truth, and no reason "
                "to stop: what people write back and say at the counter counts too."
            ),
            url="/report",
            label=_("Open the report"),
        ),
    )
