"""Publish cut points of ranks and what is bought together: nightly, or on demand."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tenshu.content.shop import ShopSettings
from tenshu.know.publish import publish_ranks, published_cuts
from tenshu.know.rank import read_borders
from tenshu.recommend.pairs import fit, last_fit
from tenshu.store.home import Stores

#: What is bought together changes slowly, and learning it reads every purchase.
FIT_EVERY: Final = timedelta(days=28)


def publish(stores: Stores, shop: ShopSettings, *, now: datetime) -> None:
    """Publish cut points of ranks and what is bought together, from everything that is known by now."""
    publish_ranks(stores.warehouse, now=now, zone=shop.zone, borders=read_borders(stores.ledger))
    fit(stores.warehouse, now=now)


def publish_due(stores: Stores, shop: ShopSettings, *, now: datetime) -> None:
    """Publish ranks at the first tick of each local day, and what is bought together every four weeks."""
    published = published_cuts(stores.warehouse, now=now)
    if published is None:
        return  # nothing was imported yet
    today = now.astimezone(ZoneInfo(shop.zone)).date()
    if published.as_of.astimezone(ZoneInfo(shop.zone)).date() < today:
        publish_ranks(stores.warehouse, now=now, zone=shop.zone, borders=read_borders(stores.ledger))
        learned = last_fit(stores.warehouse)
        if learned is None or now - learned.as_of_at >= FIT_EVERY:
            fit(stores.warehouse, now=now)
