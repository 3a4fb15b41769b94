"""What the list of customers shows."""

from typing import Any, Final

import msgspec

from tenshu.kit.i18n import N_, _, _n
from tenshu.web.console import figures
from tenshu.web.console.customers.person_view import RANK, dialled

ORDERS: Final = {"value": N_("Bought most"), "recent": N_("Bought lately"), "newest": N_("Newest")}
PAGE: Final = 30


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """One customer in the list."""

    customer: int
    name: str
    is_named: bool
    reading: str
    about: str
    rank: str
    rank_kind: str
    orders: str
    revenue: str
    last: str


class SearchView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list.

    Attributes:
        entries: who.
        total: how many were found, in words.
        is_empty_shop: whether there is nobody at all.
        first, last: which ones of them these are; 0 = none.
        earlier, later: where the pages beside this one begin; None = there is none.
    """

    entries: tuple[EntryView, ...]
    total: str
    is_empty_shop: bool
    first: int
    last: int
    earlier: int | None
    later: int | None


def search_view(found: dict[str, Any], *, skip: int, currency: str, zone: str) -> SearchView:
    """Return the page of what the owner has found.

    Args:
        found: the answer of `answers.directory`.
        skip: where the page begins.
        currency: of the shop.
        zone: of the shop.
    """
    total, everybody = found["total"], found["everybody"]
    told = figures.count(total)
    is_all = total == everybody
    shown = len(found["entries"])
    return SearchView(
        entries=tuple(_entry(one, currency, zone) for one in found["entries"]),
        total=_n("{count} customer", "{count} customers", told)
        if is_all
        else _("{count} of {everybody} customers", count=told, everybody=figures.count(everybody)),
        is_empty_shop=everybody == 0,
        first=skip + 1 if shown else 0,
        last=skip + shown if shown else 0,
        earlier=max(skip - PAGE, 0) if skip else None,
        later=skip + PAGE if skip + shown < total else None,
    )


def _entry(one: dict[str, Any], currency: str, zone: str) -> EntryView:
    about = [one["company"], one["customer_no"], one["email"], dialled(one["phone"] or "")]
    name = one["name"] or one["customer_no"] or _("Customer {number}", number=one["customer"])
    return EntryView(
        customer=one["customer"],
        name=name,
        is_named=bool(one["name"]),
        reading=one["kana"] or "",
        about=" · ".join(text for text in about if text and text != name),
        rank=rank_of(one["rank"]) if one["rank"] else "",
        rank_kind=one["rank"] or "none",
        orders=figures.count(one["orders"]),
        revenue=figures.whole_money(one["revenue"], currency) if one["orders"] else figures.UNKNOWN,
        last=figures.day(one["last_order_at"], zone) if one["last_order_at"] else _("never"),
    )


def rank_of(rank: str) -> str:
    """Return a rank as it is said of one person."""
    return _(RANK.get(rank, rank))
