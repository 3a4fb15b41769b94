"""What people are told apart by, and what tenshu notes about them itself, in the words of the pages."""

from typing import Any, Final

import msgspec

from tenshu.kit.i18n import N_, _

#: Every kind of identifier that is read from files or comes with facts.
KINDS: Final = {
    "customer_no": N_("customer number"),
    "member_no": N_("member number"),
    "line_id": N_("LINE account"),
    "email": N_("e-mail address"),
    "phone": N_("phone number"),
    "name_postal": N_("name and postal code"),
    "cookie": N_("browser"),
}
#: Kinds that stand on the card already: in its head, or among the ways to reach somebody.
_SHOWN: Final = frozenset({"customer_no", "email", "phone"})
#: Values that are words of the program.
VALUES: Final = {("email_form", "old_mobile"): N_("an old mobile address: some mail servers refuse it")}
#: What parts name and postal code in an identifier.
_BETWEEN: Final = "|"


class KnownBy(msgspec.Struct, frozen=True):
    """One identifier that stands nowhere else on the card.

    Attributes:
        words: its kind.
        value: what it is.
        note: whether it is shared with others; empty when not.
    """

    words: str
    value: str
    note: str


def known_by(identifiers: list[dict[str, Any]]) -> tuple[KnownBy, ...]:
    """Return the identifiers that the rest of the card does not show."""
    return tuple(
        KnownBy(
            words=kind_name(one["kind"]),
            value=one["value"].replace(_BETWEEN, " ") if one["kind"] == "name_postal" else one["value"],
            note=_("shared with other customers") if one["is_shared"] else "",
        )
        for one in identifiers
        if one["kind"] not in _SHOWN
    )


def kind_name(kind: str) -> str:
    """Return what a kind of identifier is called; one that a program brought is called as it is."""
    return _(KINDS[kind]) if kind in KINDS else kind


def value_name(trait: str, value: str) -> str:
    """Return the value of a trait, in words where it is a word of the program."""
    return _(VALUES[trait, value]) if (trait, value) in VALUES else value
