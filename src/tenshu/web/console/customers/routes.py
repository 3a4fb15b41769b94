"""Pages about customers: the list, the card, and thirty days in their shoes."""

from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from tenshu.condition import Condition, dump
from tenshu.condition.fields import RANK_NAMES
from tenshu.condition.words import RANKS
from tenshu.web.console import figures
from tenshu.web.console.customers.card_view import card_view
from tenshu.web.console.customers.search_view import ORDERS, PAGE, search_view
from tenshu.web.console.customers.shoes_view import shoes_view
from tenshu.web.console.customers.telling import Names, lines
from tenshu.web.console.customers.timeline_view import days_of
from tenshu.web.console.segments.builder_view import said_in_words
from tenshu.web.console.segments.routes import read_condition
from tenshu.web.console.visit import Visit

#: More letters than this are no name.
_MOST_LETTERS: Final = 200
#: No customer has a number of more digits.
_MOST_DIGITS: Final = 12
_SHOES_DAYS: Final = 30
_A_PAGE: Final = 50


def index(visit: Visit) -> Response:
    """Show the customers whom the words fit."""
    asked = _asked(visit)
    condition = read_condition(asked["condition"]) if asked["condition"] else None
    found = visit.ask(
        "directory",
        said=asked["q"],
        order=asked["order"],
        rank=asked["rank"],
        condition=None if condition is None else dump(condition),
        skip=asked["skip"],
        limit=PAGE,
    )
    view = search_view(found, skip=asked["skip"], currency=visit.settings.currency, zone=visit.settings.zone)
    given: dict[str, Any] = {
        "view": view,
        "asked": asked,
        "orders": ORDERS,
        "ranks": {name: RANKS[name] for name in RANK_NAMES},
        "among": "" if condition is None else _said(visit, condition),
    }
    if visit.is_part:
        return visit.part("customers/found.html", **given)
    return visit.page("customers/index.html", **given)


def show(visit: Visit) -> Response:
    """Show the card of a customer, with the first page of the timeline."""
    card = _of_customer(visit, "customer_card")
    if isinstance(card, Response):
        return card
    told = visit.ask("customer_timeline", customer=card["customer"], limit=_A_PAGE)
    settings = visit.settings
    view = card_view(card, currency=settings.currency, zone=settings.zone)
    days = days_of(lines(told["rows"], _names(visit, told)), settings.zone)
    latest = _latest(lines(card["lately"], _names(visit, told)))
    more = _A_PAGE if told["has_more"] else None
    return visit.page("customers/show.html", view=view, days=days, more=more, latest=latest, moment=figures.moment)


def more(visit: Visit) -> Response:
    """Show a further page of the timeline."""
    number = _number(visit.path["number"])
    skip = min(_number(visit.query.get("skip", "")) or 0, 100_000)
    if number is None:
        return visit.lost()
    told = visit.ask("customer_timeline", customer=number, skip=skip, limit=_A_PAGE)
    days = days_of(lines(told["rows"], _names(visit, told)), visit.settings.zone)
    given: dict[str, Any] = {"days": days, "more": skip + _A_PAGE if told["has_more"] else None, "customer": number}
    if visit.is_part:
        return visit.part("customers/days.html", **given)
    return visit.page("customers/timeline.html", **given)


def shoes(visit: Visit) -> Response:
    """Show thirty days as this customer has met them."""
    told = _of_customer(visit, "customer_shoes")
    if isinstance(told, Response):
        return told
    names = _names(visit, told, subjects=told["subjects"])
    view = shoes_view(told, names, days=_SHOES_DAYS, zone=visit.settings.zone)
    return visit.page("customers/shoes.html", view=view)


def _of_customer(visit: Visit, question: str) -> dict[str, Any] | Response:
    """Return the owner's answer about the customer of the address, or the page that is shown instead."""
    number = _number(visit.path["number"])
    told = None if number is None else visit.ask(question, customer=number)
    if told is None:
        return visit.lost()
    if "moved_to" in told:
        path = visit.request.url.path.replace(f"/customers/{visit.path['number']}", f"/customers/{told['moved_to']}")
        return RedirectResponse(path, status_code=302)
    found: dict[str, Any] = told
    return found


def _names(visit: Visit, told: dict[str, Any], *, subjects: dict[str, str] | None = None) -> Names:
    return Names(told.get("journeys", {}), told.get("segments", {}), visit.settings.currency, subjects or {})


def _latest(told: list[Any]) -> list[Any]:
    """Return what passed between the shop and them last: their last deed, and the last mail or silence."""
    theirs = next((line for line in told if line.kind in {"deed", "answer", "word"}), None)
    ours = next((line for line in told if line.kind in {"sent", "silence"}), None)
    return [line for line in (theirs, ours) if line is not None]


def _asked(visit: Visit) -> dict[str, Any]:
    query = visit.query
    return {
        "q": query.get("q", "")[:_MOST_LETTERS].strip(),
        "order": query.get("order", "value") if query.get("order") in ORDERS else "value",
        "rank": query.get("rank", "") if query.get("rank") in RANK_NAMES else "",
        "condition": query.get("condition", ""),
        "skip": min(_number(query.get("skip", "")) or 0, 10_000_000),
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def _said(visit: Visit, condition: Condition) -> str:
    return said_in_words(condition, visit.settings.currency)
