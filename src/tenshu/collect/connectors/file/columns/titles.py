"""What the fields of a table are called on the screen."""

from typing import Final

import msgspec

from tenshu.collect.connectors.file.columns.fields import FIELDS
from tenshu.kit.i18n import N_, _

#: Field -> its title. A field of both kinds means the same in both.
TITLES: Final[dict[str, str]] = {
    "customer_no": N_("Customer number"),
    "member_no": N_("Member number"),
    "full_name": N_("Full name"),
    "last_name": N_("Last name"),
    "first_name": N_("First name"),
    "name_kana": N_("Name in kana"),
    "last_kana": N_("Last name in kana"),
    "first_kana": N_("First name in kana"),
    "email": N_("E-mail address"),
    "phone": N_("Telephone number"),
    "postal_code": N_("Postal code"),
    "prefecture": N_("Prefecture"),
    "address": N_("Address"),
    "country": N_("Country"),
    "birthday": N_("Birthday"),
    "sex": N_("Sex"),
    "company": N_("Company"),
    "language": N_("Language"),
    "zone": N_("Time zone"),
    "joined_on": N_("Joined on"),
    "updated_on": N_("Last changed on"),
    "consent": N_("Consent to e-mail"),
    "opt_out": N_("E-mail stopped"),
    "consent_on": N_("Day of consent"),
    "consent_how": N_("How consent was given"),
    "consent_basis": N_("Basis of consent"),
    "consent_reason": N_("Reason for the basis"),
    "order_no": N_("Order number"),
    "product_id": N_("Product code"),
    "description": N_("Product name"),
    "quantity": N_("Quantity"),
    "ordered_at": N_("Day of purchase"),
    "ordered_time": N_("Time of purchase"),
    "unit_price": N_("Unit price"),
    "amount": N_("Amount"),
    "status": N_("Cancelled or returned"),
    "tax": N_("Tax"),
    "tax_rate": N_("Tax rate, or whether tax is included"),
}


class FieldTitle(msgspec.Struct, frozen=True):
    """A field as a form offers it.

    Attributes:
        name: how a choice names it.
        template: its title in English.
        holds: what its values are: code, text, number, date, time, email, phone, postal, choice, kana.
        may_repeat: whether several columns together make up its value.
    """

    name: str
    template: str
    holds: str
    may_repeat: bool

    def title(self, language: str | None = None) -> str:
        """Return the title in the language, or in the current one."""
        return _(self.template, language)


def fields_of(kind: str) -> tuple[FieldTitle, ...]:
    """Return the fields that a table of that kind can have, in the order of a form.

    >>> fields_of("purchases")[0].title("ja")
    '注文番号'
    """
    return tuple(FieldTitle(each.name, TITLES[each.name], each.holds, each.may_repeat) for each in FIELDS[kind])
