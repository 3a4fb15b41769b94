"""One tick on one page: the table of contents of the product.

    digest -> follow -> publish -> time -> enter -> advance -> decide -> outbox      (dispatchers take it from there)

A tick is short, says nothing about whether it runs live or in fast-forward (`now` is an argument), and can be
killed anywhere: each step reads, computes on tables, and writes in one transaction that can be done again.
"""

from datetime import datetime

import polars as pl

from tenshu.collect.ahead import ReadAhead
from tenshu.collect.importing import is_import
from tenshu.collect.inbox import waiting
from tenshu.content.shop import ShopSettings, read_shop
from tenshu.decide.policy import read_policy
from tenshu.deliver.judge import judge
from tenshu.deliver.outbox import next_due as next_message_due
from tenshu.flow.advancing import advance_all
from tenshu.flow.entering import enter_due
from tenshu.flow.following import follow, follow_time
from tenshu.flow.live import Live, lasting
from tenshu.flow.publishing import publish, publish_due
from tenshu.flow.ticked import Ticked
from tenshu.flow.untelling import begun, untell
from tenshu.identify.digest import Batch, ahead_of, digest
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
    progress: Progress | None = None,
) -> Ticked:
    """Do everything that is due at `now`, up to the outbox.

    Args:
        stores: the home's stores.
        shop: its settings.
        now: business time.
        address_key: the key of address digests.
        with_jobs: somebody runs jobs beside the tick (`jobs.JobRunner`): leave long work to them.
        live: the live state of conditions, kept from tick to tick; None = opened for this tick alone.
        progress: who is told how far the digestion of a large batch is.
    """
    done = Ticked()
    policy = read_policy(stores.ledger)
    with lasting(live or Live(stores, shop.zone)) as state:
        _resume(stores, shop, state, now)
        state.refresh(now)
        holds = state.holds_at(now)
        has_imported, ahead = False, ahead_of(stores)
        while (batch := _digest(stores, state, ahead, now, progress or NoProgress())) is not None:
            done.entered += follow(stores, state, batch, now=now, ahead=ahead)
            done.batches += 1
            has_imported = has_imported or is_import(stores.ledger, batch.number)
        cuts = publish_due(stores, shop, now=now, with_jobs=with_jobs, has_imported=has_imported, used=state.cuts(now))
        if cuts is not None:
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
    done, ahead = 0, ahead_of(stores)
    with lasting(live or Live(stores, shop.zone)) as state:
        _resume(stores, shop, state, now)
        state.refresh(now)
        while (batch := _digest(stores, state, ahead, now, shown)) is not None:
            follow(stores, state, batch, now=now, ahead=ahead)
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
    found = [records.next_due(stores.ledger), next_message_due(stores.ledger, now=now)]
    instants = [instant for instant in found if instant is not None]
    return min(instants) if instants else None


def _resume(stores: Stores, shop: ShopSettings, live: Live, now: datetime) -> None:
    """End what a process that died had begun to undo, before anything else is done."""
    if live.is_open or not (left := begun(stores)):
        return
    cuts = [untell(stores, import_id, shop, now=now) for import_id in left]
    live.publish(cuts[-1], now)


def _digest(stores: Stores, live: Live, ahead: ReadAhead, now: datetime, progress: Progress) -> Batch | None:
    done = 0

    def judged(facts: pl.DataFrame) -> pl.DataFrame:
        nonlocal done
        if done:  # a batch of several parts takes a while
            progress.step(_("facts digested"), done)
        done += facts.height
        return judge(stores.ledger, stores.warehouse, facts)

    return digest(stores, now=now, prepare=judged, known=live.known, nodes=live.nodes, ahead=ahead)
