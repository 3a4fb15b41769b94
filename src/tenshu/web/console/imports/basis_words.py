"""The legal bases in plain words: what each means under 特定電子メール法, and what is to be written beside it."""

from typing import Final

import msgspec

from tenshu.kit.i18n import N_, _

#: Nothing is stated: the default.
NONE: Final = "none"


class BasisChoice(msgspec.Struct, frozen=True):
    """A basis as a form offers it."""

    code: str
    title: str
    meaning: str
    reason: str
    asks_for_day: bool


_CHOICES: Final = (
    (
        NONE,
        N_("No basis: they will not be written to"),
        N_(
            "The safe choice. They are in your figures and pages, "
            "and receive no marketing mail unless they agreed elsewhere."
        ),
        "",
        False,
    ),
    (
        "opt_in",
        N_("They agreed"),
        N_("Each of them asked for, or agreed to, mail from you, and you can show how: a form, a web page, a card."),
        N_("How they agreed, for example: member card application, box for the newsletter ticked"),
        True,
    ),
    (
        "business_relation",
        N_("Ongoing business (取引関係)"),
        N_("They are customers of yours in an ongoing relation, such as buyers who come again. A single visit is not."),
        N_("What the business is, for example: customers who bought in our shop within the last year"),
        True,
    ),
    (
        "business_card",
        N_("Business card (名刺)"),
        N_("They gave you their address themselves in writing, for example on a business card."),
        N_("Where and when, for example: cards from the exhibition in Osaka, March 2026"),
        True,
    ),
    (
        "published_address",
        N_("Published address (公表アドレス)"),
        N_(
            "A company or a person in business has published the address on a web page, "
            "without a word that advertising is unwanted."
        ),
        N_("Where it was published, for example: contact page of each company, seen in May 2026"),
        False,
    ),
)


def basis_choices() -> tuple[BasisChoice, ...]:
    """Return the bases, in the current language; the first is what holds when nobody chooses."""
    return tuple(
        BasisChoice(code, _(title), _(meaning), _(reason) if reason else "", day)
        for code, title, meaning, reason, day in _CHOICES
    )


def basis_title(code: str) -> str:
    """Return what a basis is called, in the current language."""
    return next((_(title) for known, title, *_rest in _CHOICES if known == code), code)
