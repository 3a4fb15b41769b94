"""Publish cut points of ranks and what is bought together: nightly, or on demand."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tenshu.content.shop import ShopSettings
from tenshu.jobs.queue import ask
from tenshu.know.cuts import Cuts
from tenshu.know.publish import publish_ranks, published_cuts
from tenshu.know.rank import read_borders
from tenshu.recommend.pairs import fit, last_fit
from tenshu.store.home import Stores

#: What is bought together changes slowly, and learning it reads every purchase.
FIT_EVERY: Final = timedelta(days=28)
#: What the engine may take at least while it reads every purchase, in bytes.
ROOM: Final = 128_000_000
#: The kind of job that learns it.
FIT: Final = "fit_bought_together"


def publish(stores: Stores, shop: ShopSettings, *, now: datetime) -> Cuts:
    """Publish cut points of ranks, which are returned, and what is bought together, from all that is known by now."""
    with stores.warehouse.roomy(ROOM):
        cuts = publish_ranks(stores.warehouse, now=now, zone=shop.zone, borders=read_borders(stores.ledger))
        fit(stores.warehouse, now=now)
    return cuts


def publish_due(
    stores: Stores,
    shop: ShopSettings,
    *,
    now: datetime,
    with_jobs: bool = False,
    has_imported: bool = False,
    used: Cuts | None = None,
) -> Cuts | None:
    """Publish ranks at the first tick of each local day and after an import, and goods together every four weeks.

    Args:
        stores: the home's stores.
        shop: its settings.
        now: business time.
        with_jobs: somebody runs jobs beside the tick: ask one to learn what is bought together, which reads every
            purchase, instead of doing it here.
        has_imported: this tick has digested a file, so that yesterday's borders say little.
        used: cut points that were published, if known: while they are today's, nothing is asked.

    Returns:
        The new cut points, or None when it is not time yet.
    """
    is_of_today = used is not None and used.as_of <= now and not _is_of_earlier_day(used, now, shop.zone)
    published = used if is_of_today else published_cuts(stores.warehouse, now=now)
    if not has_imported and (published is None or not _is_of_earlier_day(published, now, shop.zone)):
        return None  # nothing was imported yet, or today's are there
    cuts = publish_ranks(stores.warehouse, now=now, zone=shop.zone, borders=read_borders(stores.ledger))
    learned = last_fit(stores.warehouse)
    if not has_imported and learned is not None and now - learned.as_of_at < FIT_EVERY:
        return cuts
    if with_jobs:
        with stores.ledger.writing() as tx:
            ask(tx, FIT, now=now, once=True)
    else:
        fit(stores.warehouse, now=now)
    return cuts


def _is_of_earlier_day(cuts: Cuts, now: datetime, zone: str) -> bool:
    local = ZoneInfo(zone)
    return cuts.as_of.astimezone(local).date() < now.astimezone(local).date()
