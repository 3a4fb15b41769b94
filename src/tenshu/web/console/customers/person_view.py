"""Who a person is, in a line or two: name with reading, number, ways to reach them."""

from typing import Any, Final

import msgspec

from tenshu.kit.i18n import N_, _
from tenshu.kit.japanese import join_name
from tenshu.web.console import figures
from tenshu.web.console.customers.known_by import KnownBy, known_by

#: A rank as it is said of one person.
RANK: Final = {
    "best": N_("best customer"),
    "loyal": N_("loyal customer"),
    "regular": N_("regular customer"),
    "trial": N_("trial customer"),
    "dormant": N_("dormant customer"),
}


class AddressView(msgspec.Struct, frozen=True):
    """An address or number, and what is to be known about it."""

    value: str
    note: str


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a card.

    Attributes:
        customer: the number in addresses of pages.
        name: as one would write it; never empty.
        is_named: whether it is a name, not a number in its place.
        reading: in kana.
        company: empty when none is known.
        number: the shop's own number.
        mails, phones: ways to reach them.
        known_by: what else the person is told apart by.
        since: known since.
    """

    customer: int
    name: str
    is_named: bool
    reading: str
    company: str
    number: str
    mails: tuple[AddressView, ...]
    phones: tuple[AddressView, ...]
    known_by: tuple[KnownBy, ...]
    since: str


def person_view(card: dict[str, Any], zone: str) -> PersonView:
    """Return who a customer is, from what the owner told."""
    traits, identifiers = card["traits"], card["identifiers"]
    name = traits.get("full_name") or join_name(traits.get("last_name"), traits.get("first_name")) or ""
    number = traits.get("customer_no") or next(
        (one["value"] for one in identifiers if one["kind"] in {"customer_no", "member_no"}), ""
    )
    since = card.get("since", {}).get("first_at")
    return PersonView(
        customer=card["customer"],
        name=name or number or _("Customer {number}", number=card["customer"]),
        is_named=bool(name),
        reading=traits.get("name_kana") or "",
        company=traits.get("company") or "",
        number=number,
        mails=_addresses(traits.get("email"), [one for one in identifiers if one["kind"] == "email"]),
        phones=tuple(
            AddressView(dialled(one.value), one.note)
            for one in _addresses(traits.get("phone"), [one for one in identifiers if one["kind"] == "phone"])
        ),
        known_by=known_by([one for one in identifiers if one["value"] != number]),
        since="" if since is None else figures.day(since, zone),
    )


def dialled(phone: str) -> str:
    """Return a number as it is dialled at home.

    >>> dialled("+819012345678"), dialled("+442079460018")
    ('09012345678', '+442079460018')
    """
    return "0" + phone[3:] if phone.startswith("+81") else phone


def is_old_mobile(address: str) -> bool:
    """Say whether an address is one of those that carriers gave out against the standard.

    >>> is_old_mobile("hana..s.@docomo.ne.jp"), is_old_mobile("hana.s@example.com")
    (True, False)
    """
    local = address.partition("@")[0]
    return ".." in local or local.endswith(".") or local.startswith(".")


def _addresses(stated: str | None, told: list[dict[str, Any]]) -> tuple[AddressView, ...]:
    values = dict.fromkeys(([stated] if stated else []) + [one["value"] for one in told])
    shared = {one["value"] for one in told if one["is_shared"]}
    notes = {}
    for value in values:
        notes[value] = ""
        if is_old_mobile(value):
            notes[value] = _("an old mobile address: some mail servers refuse it")
        elif value in shared:
            notes[value] = _("shared with other customers")
        elif value != stated and stated:
            notes[value] = _("an earlier one")
    return tuple(AddressView(value, notes[value]) for value in values)
