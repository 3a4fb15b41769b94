"""The letter as one customer would read it, with what a careful colleague would say about it."""

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from tenshu.content.blocks.gaps import MergedField, merged_fields
from tenshu.content.blocks.letter import check_blocks
from tenshu.content.copy_check import Remark, check_letter
from tenshu.content.template import TemplateSource
from tenshu.deliver.test_send import read_as
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import _
from tenshu.web.console.figures import count, joined, whole_percent
from tenshu.web.console.templates_.desk import Desk
from tenshu.web.console.templates_.letter import Shown, show
from tenshu.web.console.visit import Visit


class Whom(msgspec.Struct, frozen=True, kw_only=True):
    """The customer as whom a letter is looked at.

    Attributes:
        customer: the number; None is one of whom nothing is known.
        name: how the person is called on the page.
        language: which language the person gets, where it is told.
        before, after: the neighbours in the audience.
    """

    customer: int | None
    name: str
    language: str | None = None
    before: int | None = None
    after: int | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside the editor.

    Attributes:
        shown: the letter as rendered, or None when it cannot be.
        problem: why not, in words.
        address: where the document of the letter is.
        whom: as whom.
        remarks: what could be said better.
        wrong: how many fields have to be put right before it can be saved.
        fields: names of the merged fields, for the question how many have none.
    """

    shown: Shown | None
    problem: str
    address: str
    whom: Whom
    remarks: tuple[Remark, ...]
    wrong: int
    fields: str


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One merged field, and for how many it is blank.

    Attributes:
        title: the field's name on the page.
        blank, base: of so many, so many know nothing of it.
        share: blank / base, 0 to 1.
        words: the same as a sentence.
        instead: what they read instead.
    """

    title: str
    blank: int
    base: int
    share: float
    words: str
    instead: str


def see(visit: Visit, desk: Desk, *, customer: int | None, near: Mapping[str, Any], at: str = "") -> Seen:
    """Return the letter as this customer would get it; of another version of it, what is wrong.

    Args:
        visit: of the person who looks.
        desk: the letter.
        customer: as whom.
        near: the neighbours in the audience (`gaps.read_neighbours`).
        at: the block that is being written, so that the preview shows it.
    """
    source = desk.finished()
    text = source.languages[desk.language]
    traits, extras = read_as(visit.shop, visit.settings, source, customer=customer, now=visit.now)
    shown, problem = None, ""
    try:
        shown = show(source, desk.language, visit.settings, traits=traits, extras=extras)
    except TenshuError as error:
        problem = error.text()
    wrong = len(check_blocks(text.blocks)) if text.blocks is not None else 0
    fields = ",".join(one.field for one in merged_fields(text, language=desk.language))
    return Seen(
        shown=shown,
        problem=problem,
        address=letter_address(desk, customer, shown, at),
        whom=whom_of(customer, traits, near),
        remarks=check_letter(text, desk.language),
        wrong=wrong,
        fields=fields,
    )


def letter_of(visit: Visit, source: TemplateSource, language: str, customer: int | None) -> Shown:
    """Return a letter rendered for one customer.

    Raises:
        TemplateMalformed, RenderFailed, HeaderRefused: it cannot be made, and why.
    """
    traits, extras = read_as(visit.shop, visit.settings, source, customer=customer, now=visit.now)
    return show(source, language, visit.settings, traits=traits, extras=extras)


def whom_of(customer: int | None, traits: Mapping[str, Any], near: Mapping[str, Any]) -> Whom:
    """Return as whom a letter is looked at, with the neighbours in the audience."""
    if customer is None:
        return Whom(customer=None, name=_("Somebody whose name is not known"), after=near["first"])
    return Whom(
        customer=customer,
        name=called(traits, customer),
        language=traits.get("language"),
        before=near["before"],
        after=near["after"],
    )


def called(traits: Mapping[str, Any], customer: int) -> str:
    """Return how a customer is called on the page: by name, else by number."""
    both = " ".join(filter(None, (traits.get("last_name"), traits.get("first_name"))))
    name = traits.get("full_name") or both
    if name:
        return _("{name}, a customer", name=name)
    return _("Customer {number}", number=traits.get("customer_no") or customer)


def letter_address(desk: Desk, customer: int | None, shown: Shown | None, at: str) -> str:
    """Return where the document of the letter is; another letter has another address."""
    mark = hashlib.blake2b(repr(shown).encode(), digest_size=6).hexdigest()
    asked = {"in": desk.language, "as": customer or 0, "v": mark}
    anchor = f"#b{at}" if at.isdecimal() else ""
    return f"{desk.address}/letter?{urlencode(asked)}{anchor}"


def gaps(fields: list[MergedField], told: Mapping[str, Any], titles: Mapping[str, str]) -> list[Gap]:
    """Return the merged fields with how many have nothing in them, the emptiest first."""
    base = int(told["base"])
    found = [_gap(one, int(told["blank"][one.field]), base, titles) for one in fields]
    return sorted(found, key=lambda gap: (-gap.blank, gap.title))


def _gap(one: MergedField, blank: int, base: int, titles: Mapping[str, str]) -> Gap:
    share = blank / base if base else 0.0
    if blank:
        words = _(
            "{blank} of {base} ({share}) have none", blank=count(blank), base=count(base), share=whole_percent(share)
        )
    else:
        words = _("all {base} have it", base=count(base))
    title = _(titles.get(one.field, one.field))
    said = [_("They read {words} instead.", words=f"「{text}」") for text in one.instead if text]
    if "" in one.instead:
        said.append(_("Nothing stands there for them."))
    if one.is_asked:
        said.append(_("A condition of the letter asks for it."))
    return Gap(title=title, blank=blank, base=base, share=share, words=words, instead=joined(*said))
