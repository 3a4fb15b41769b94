"""Fast-forward: jump from due instant to due instant through simulated days, with the code that runs live.

At each instant the simulated customers first do what they do, then the shop ticks, then what is due goes out,
and whoever got a mail reacts in his own time. Customers' acts are taken in every two hours, as a shop's
systems hand over what happened; what the shop itself has due is done to the minute.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from tenshu import flow
from tenshu.bootstrap import Shop
from tenshu.deliver.channel import Receipt
from tenshu.deliver.dispatch import Dispatcher
from tenshu.kit.clock import SetClock
from tenshu.kit.i18n import _
from tenshu.kit.progress import NoProgress, Progress
from tenshu.rehearse.world import World

ACTS_EVERY: Final = timedelta(hours=2)

Settled = Callable[[pl.DataFrame, list[Receipt]], None]


def fast_forward(
    shop: Shop,
    clock: SetClock,
    *,
    until: datetime,
    dispatcher: Dispatcher,
    world: World,
    progress: Progress | None = None,
) -> int:
    """Run the shop from its clock's instant up to `until`; return how many instants there were.

    Args:
        shop: its clock is the one given.
        clock: is set from instant to instant and stays at `until`.
        until: the last instant.
        dispatcher: hands messages over.
        world: the simulated customers.
        progress: shown in days.
    """
    shown = progress or NoProgress()
    began = clock.now()
    instants = 0
    live = flow.Live(shop, shop.settings.zone)
    while (now := _next_instant(shop, world, clock.now())) is not None and now <= until:
        clock.set(now)
        world.act(shop, now)
        flow.tick(shop, shop.settings, now=now, address_key=shop.address_key, live=live)
        dispatcher.run(now=now, on_receipts=world.settled(now))
        instants += 1
        shown.step(_("days"), (now - began) / timedelta(days=1), (until - began) / timedelta(days=1))
    clock.set(until)
    world.act(shop, until)
    flow.tick(shop, shop.settings, now=until, address_key=shop.address_key, live=live)
    flow.tick(shop, shop.settings, now=until, address_key=shop.address_key, live=live)
    return instants


def next_full(instant: datetime, every: timedelta) -> datetime:
    """Return the next full multiple of `every` since 1970, the instant itself when it is one.

    >>> from datetime import UTC
    >>> next_full(datetime(2026, 1, 1, 8, 1, tzinfo=UTC), timedelta(hours=1)).hour
    9
    """
    epoch = datetime.fromtimestamp(0, tz=instant.tzinfo)
    return epoch - (-(instant - epoch) // every) * every


def _next_instant(shop: Shop, world: World, now: datetime) -> datetime | None:
    acts = world.next_at()
    found = [flow.next_due(shop, now=now), next_full(acts, ACTS_EVERY) if acts else None]
    instants = [max(instant, now) for instant in found if instant is not None]
    return min(instants) if instants else None
