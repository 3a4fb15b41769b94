"""One tick on one page: the table of contents of the product.

    digest -> drain -> enter -> advance -> decide -> outbox        (dispatchers take it from there)

A tick is short, says nothing about whether it runs live or in fast-forward (`now` is an argument), and can be
killed anywhere: each step reads, computes on tables, and writes in one transaction that can be done again.
"""

from datetime import datetime

import polars as pl

from tenshu.collect.facts_out import drain
from tenshu.collect.inbox import waiting
from tenshu.content.shop import ShopSettings, read_shop
from tenshu.decide.policy import read_policy
from tenshu.deliver.judge import judge
from tenshu.deliver.outbox import next_due as next_message_due
from tenshu.flow.advancing import advance_due
from tenshu.flow.entering import enter_due
from tenshu.flow.following import follow
from tenshu.flow.publishing import publish, publish_due
from tenshu.flow.ticked import Ticked
from tenshu.identify.digest import Batch, digest
from tenshu.journey import records
from tenshu.kit.i18n import _
from tenshu.kit.progress import NoProgress, Progress
from tenshu.store.home import Stores


def tick(stores: Stores, shop: ShopSettings, *, now: datetime, address_key: bytes) -> Ticked:
    """Do everything that is due at `now`, up to the outbox.

    Args:
        stores: the home's stores.
        shop: its settings.
        now: business time.
        address_key: the key of address digests.
    """
    done = Ticked()
    policy = read_policy(stores.ledger)
    drain(stores.ledger, stores.warehouse)
    while (batch := _digest(stores, now)) is not None:
        done.entered += follow(stores, shop, batch, now=now)
        done.batches += 1
    publish_due(stores, shop, now=now)
    done.entered += enter_due(stores, shop, now=now)
    drain(stores.ledger, stores.warehouse)
    while (some := advance_due(stores, shop, policy, now=now, address_key=address_key)) is not None:
        done.moved += some.moved
        done.decided += some.decided
    return done


def digest_all(stores: Stores, *, now: datetime, progress: Progress | None = None) -> int:
    """Digest everything that waits in the inbox and what follows from it; return how many batches."""
    shown = progress or NoProgress()
    shop = read_shop(stores.ledger)
    done = 0
    while (batch := _digest(stores, now)) is not None:
        follow(stores, shop, batch, now=now)
        done += 1
        shown.step(_("batches digested"), done, done + waiting(stores.inbox))
    if done:
        publish(stores, shop, now=now)
    return done


def next_due(stores: Stores, *, now: datetime) -> datetime | None:
    """Return the next instant at which there is something to do, or None."""
    if waiting(stores.inbox):
        return now
    found = [records.next_due(stores.ledger), next_message_due(stores.ledger)]
    instants = [instant for instant in found if instant is not None]
    return min(instants) if instants else None


def _digest(stores: Stores, now: datetime) -> Batch | None:
    def judged(facts: pl.DataFrame) -> pl.DataFrame:
        return judge(stores.ledger, stores.warehouse, facts)

    return digest(stores.home, stores.ledger, stores.inbox, stores.warehouse, now=now, prepare=judged)
