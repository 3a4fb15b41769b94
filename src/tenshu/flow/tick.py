"""One tick on one page: the table of contents of the product.

    digest -> follow -> publish -> time -> enter -> advance -> decide -> outbox      (dispatchers take it from there)

A tick is short, says nothing about whether it runs live or in fast-forward (`now` is an argument), and can be
killed anywhere: each step reads, computes on tables, and writes in one transaction that can be done again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import polars as pl

from tenshu.collect.inbox import waiting
from tenshu.content.shop import ShopSettings, read_shop
from tenshu.decide.policy import read_policy
from tenshu.deliver.judge import judge
from tenshu.deliver.outbox import next_due as next_message_due
from tenshu.flow.advancing import advance_all
from tenshu.flow.entering import enter_due
from tenshu.flow.following import follow, follow_time
from tenshu.flow.live import Live
from tenshu.flow.publishing import publish, publish_due
from tenshu.flow.ticked import Ticked
from tenshu.identify.digest import Batch, digest
from tenshu.journey import records
from tenshu.kit.failpoint import reach
from tenshu.kit.i18n import _
from tenshu.kit.progress import NoProgress, Progress
from tenshu.store.home import Stores


def tick(
    stores: Stores,
    shop: ShopSettings,
    *,
    now: datetime,
    address_key: bytes,
    with_jobs: bool = False,
    live: Live | None = None,
) -> Ticked:
    """Do everything that is due at `now`, up to the outbox.

    Args:
        stores: the home's stores.
        shop: its settings.
        now: business time.
        address_key: the key of address digests.
        with_jobs: somebody runs jobs beside the tick (`jobs.JobRunner`): leave long work to them.
        live: the live state of conditions, kept from tick to tick; None = opened for this tick alone.
    """
    done = Ticked()
    policy = read_policy(stores.ledger)
    with _lasting(live or Live(stores, shop.zone)) as state:
        state.refresh(now)
        holds = state.holds_at(now)
        while (batch := _digest(stores, state, now)) is not None:
            done.entered += follow(stores, state, batch, now=now)
            done.batches += 1
        if (cuts := publish_due(stores, shop, now=now, with_jobs=with_jobs)) is not None:
            state.publish(cuts, now)
        done.entered += follow_time(stores, state, now=now)
        done.entered += enter_due(stores, shop, holds, now=now)
        state.take_ledger(now)
        advanced = advance_all(stores, shop, policy, now=now, address_key=address_key, holds=holds)
    done.moved, done.decided = advanced.moved, advanced.decided
    reach("tick.done")
    return done


def digest_all(stores: Stores, *, now: datetime, progress: Progress | None = None, live: Live | None = None) -> int:
    """Digest everything that waits in the inbox and what follows from it; return how many batches."""
    shown = progress or NoProgress()
    shop = read_shop(stores.ledger)
    done = 0
    with _lasting(live or Live(stores, shop.zone)) as state:
        state.refresh(now)
        while (batch := _digest(stores, state, now)) is not None:
            follow(stores, state, batch, now=now)
            done += 1
            shown.step(_("batches digested"), done, done + waiting(stores.inbox))
        if done:
            state.publish(publish(stores, shop, now=now), now)
            follow_time(stores, state, now=now)
    return done


def next_due(stores: Stores, *, now: datetime) -> datetime | None:
    """Return the next instant at which there is something to do, or None."""
    if waiting(stores.inbox):
        return now
    found = [records.next_due(stores.ledger), next_message_due(stores.ledger)]
    instants = [instant for instant in found if instant is not None]
    return min(instants) if instants else None


@contextmanager
def _lasting(live: Live) -> Iterator[Live]:
    """Give the live state up when anything fails: it may have seen what the ledger was never told."""
    try:
        yield live
    except BaseException:
        live.forget()
        raise


def _digest(stores: Stores, live: Live, now: datetime) -> Batch | None:
    def judged(facts: pl.DataFrame) -> pl.DataFrame:
        return judge(stores.ledger, stores.warehouse, facts)

    return digest(stores.home, stores.ledger, stores.inbox, stores.warehouse, now=now, prepare=judged, known=live.known)
