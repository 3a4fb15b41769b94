"""What the owner of the warehouse answers for the pages about customers: the list, the card, the timeline."""

import threading
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
import polars as pl

from tenshu.bootstrap import Shop
from tenshu.condition import parse
from tenshu.content.shop import read_shop
from tenshu.flow.live import Live
from tenshu.know import card as facts_of
from tenshu.know.directory import Directory
from tenshu.know.publish import published_cuts
from tenshu.measure.reach import read_reached
from tenshu.recommend.bought_together import recommend
from tenshu.segment.evaluate import evaluate
from tenshu.segment.saved import read_segments
from tenshu.store.warehouse import Warehouse
from tenshu.web.console.customers import ledger_card
from tenshu.web.console.segments.counter import counter_of

#: Days that "in the customer's shoes" shows, back and ahead.
SHOES_DAYS: Final = 30
_SHOES_ROWS: Final = 500
_SUGGESTIONS: Final = 3
_directories: "WeakKeyDictionary[Warehouse, Directory]" = WeakKeyDictionary()
_lock: Final = threading.Lock()


def directory(
    shop: Shop,
    live: object,
    *,
    said: str = "",
    order: str = "value",
    rank: str = "",
    condition: Any = None,
    skip: int = 0,
    limit: int = 30,
) -> dict[str, Any]:
    """Return one page of the customers whom the words fit; see `Directory.search`.

    Args:
        shop: opened as the owner.
        live: the live state; not needed.
        said: what was typed.
        order: value, recent or newest; anything else is value.
        rank: only of this rank; empty = of every.
        condition: decoded JSON: only those who meet it.
        skip: how many come before the page.
        limit: how many are on it.
    """
    del live
    now = shop.clock.now()
    among = None
    if condition is not None:
        zone = read_shop(shop.ledger).zone
        among = counter_of(shop).met(parse(condition), now=now, zone=zone)[0]
    found = directory_of(shop).search(
        said, now=now, order=_order(order), rank=rank or None, among=among, skip=skip, limit=limit
    )
    return dict(msgspec.to_builtins(found, builtin_types=(datetime,)))


def card(shop: Shop, live: Live | None, *, customer: int) -> dict[str, Any] | None:
    """Return everything that is known of a customer, or where they have gone (`moved_to`), or None."""
    owner = ledger_card.owner_of(shop.ledger, customer)
    if owner is None or owner != customer:
        return None if owner is None else {"moved_to": owner}
    now, settings, ask = shop.clock.now(), read_shop(shop.ledger), shop.warehouse
    traits = facts_of.stated(ask, customer, now=now)
    identifiers = ledger_card.identifiers_of(shop.ledger, customer)
    return {
        "customer": customer,
        "traits": traits,
        "identifiers": identifiers,
        "since": facts_of.known_since(ask, customer, now=now),
        "ranked": facts_of.ranked(ask, customer, published_cuts(ask, now=now), now=now),
        "goods": facts_of.goods_of(ask, customer, now=now),
        "suggested": _suggested(shop, customer, now),
        "lately": facts_of.timeline(ask, customer, now=now, limit=12),
        "segments": _segments(shop, live, customer, now, settings.zone),
        "consents": ledger_card.consents_of(shop.ledger, customer, now=now),
        "suppressions": ledger_card.suppressions_of(
            shop.ledger, [traits.get("email"), *_mails(identifiers)], shop.address_key
        ),
        "walks": ledger_card.walks_of(shop.ledger, customer),
        "planned": ledger_card.planned_for(shop.ledger, customer),
        "decisions": ledger_card.decisions_about(shop.ledger, customer),
        "is_capped": _is_capped(shop, customer, now, settings.zone),
        "cap": ledger_card.cap_of(shop.ledger),
        "now": now,
    }


def timeline(shop: Shop, live: object, *, customer: int, skip: int = 0, limit: int = 50) -> dict[str, Any]:
    """Return one page of what happened, newest first, and whether there is more."""
    del live
    rows = facts_of.timeline(shop.warehouse, customer, now=shop.clock.now(), skip=skip, limit=limit + 1)
    return {"rows": rows[:limit], "has_more": len(rows) > limit, **_titles(shop, rows)}


def shoes(shop: Shop, live: object, *, customer: int) -> dict[str, Any] | None:
    """Return the last thirty days and what is planned, as the customer meets them; None = nobody of that number."""
    del live
    owner = ledger_card.owner_of(shop.ledger, customer)
    if owner is None or owner != customer:
        return None if owner is None else {"moved_to": owner}
    now = shop.clock.now()
    since = now - timedelta(days=SHOES_DAYS)
    traits = facts_of.stated(shop.warehouse, customer, now=now)
    rows = facts_of.timeline(shop.warehouse, customer, now=now, since=since, limit=_SHOES_ROWS)
    return {
        "customer": customer,
        "traits": traits,
        "identifiers": ledger_card.identifiers_of(shop.ledger, customer),
        "rows": rows,
        **_titles(shop, rows),
        "mails": ledger_card.mails_of(shop.ledger, customer, since=since),
        "subjects": ledger_card.subjects(shop, traits),
        "planned": ledger_card.planned_for(shop.ledger, customer),
        "walks": ledger_card.walks_of(shop.ledger, customer),
        "cap": ledger_card.cap_of(shop.ledger),
        "now": now,
    }


def directory_of(shop: Shop) -> Directory:
    """Return the directory of a shop, one as long as its warehouse is open."""
    with _lock:
        found = _directories.get(shop.warehouse)
        if found is None:
            found = _directories[shop.warehouse] = Directory(shop.warehouse, shop.ledger)
        return found


def _order(said: str) -> Any:
    return said if said in {"recent", "newest"} else "value"


def _mails(identifiers: list[dict[str, Any]]) -> list[str]:
    return [one["value"] for one in identifiers if one["kind"] == "email"]


def _suggested(shop: Shop, customer: int, now: datetime) -> list[dict[str, Any]]:
    found = recommend(shop.warehouse, pl.Series([customer]), now=now, count=_SUGGESTIONS)
    return found.select("product_id", "name", "reason", "because_name").to_dicts()


def _is_capped(shop: Shop, customer: int, now: datetime, zone: str) -> bool:
    """Say whether one more marketing mail now would be more than the shop allows itself."""
    who = pl.Series([customer])
    asked = read_reached(shop, who, now=now, purpose="marketing", zone=zone, address_key=shop.address_key)
    return not asked["not_capped"][0]


def _segments(shop: Shop, live: Live | None, customer: int, now: datetime, zone: str) -> list[dict[str, Any]]:
    """Return the kept segments that the customer is in: name and titles."""
    with shop.ledger.reading() as tx:
        saved = read_segments(tx)
    settled = {one.name: None if live is None else live.settled(one.condition) for one in saved}
    left = {one.name: one.condition for one in saved if settled[one.name] is None}
    met = {name: some is not None and customer in some for name, some in settled.items()}
    if left:
        found = evaluate(shop.warehouse, left, now=now, zone=zone, customers=pl.Series([customer]))
        met |= found.drop("customer").row(0, named=True)
    return [{"name": one.name, "title": dict(one.title)} for one in saved if met[one.name]]


def _titles(shop: Shop, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what people call the scenarios and segments that these facts name."""
    journeys = {str(row["properties"]["journey"]) for row in rows if row["properties"].get("journey")}
    segments: dict[str, dict[str, str]] = {}
    if any("segment" in row["properties"] for row in rows):
        with shop.ledger.reading() as tx:
            segments = {one.name: dict(one.title) for one in read_segments(tx)}
    return {"journeys": ledger_card.titles_of(shop.ledger, journeys), "segments": segments}
