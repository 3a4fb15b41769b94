"""One tick on one page: the table of contents of the product.

    digest -> drain -> enter -> advance -> decide -> outbox        (dispatchers take it from there)

A tick is short, says nothing about whether it runs live or in fast-forward (`now` is an argument), and can be
killed anywhere: each step reads, computes on tables, and writes in one transaction that can be done again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from tenshu.collect.facts_out import drain, tell
from tenshu.collect.inbox import waiting
from tenshu.collect.vocabulary import MESSAGE_DECIDED
from tenshu.condition import Condition
from tenshu.content.shop import ShopSettings, read_shop
from tenshu.decide.decision import DECIDED, decide, gather
from tenshu.decide.policy import Policy, read_policy
from tenshu.decide.tables import decisions
from tenshu.deliver.judge import judge
from tenshu.deliver.outbox import PROMISED, join_customers, read_contacts
from tenshu.deliver.outbox import next_due as next_message_due
from tenshu.deliver.tables import outbox
from tenshu.identify.digest import Batch, clear, digest, finish, fresh_facts
from tenshu.identify.resolve import changed_nodes
from tenshu.identify.tables import node_map
from tenshu.journey import records
from tenshu.journey.advance import Holds, advance, goals_reached
from tenshu.journey.conditions import read_condition
from tenshu.journey.entry import by_event, due_entry, enrol, entry_key
from tenshu.journey.records import Running
from tenshu.kit.i18n import _
from tenshu.kit.progress import NoProgress, Progress
from tenshu.know.profile import profiles
from tenshu.know.publish import publish_ranks, published_cuts
from tenshu.know.rank import read_borders
from tenshu.privacy.consent import read_effective
from tenshu.privacy.suppression import digest_addresses, read_suppressed
from tenshu.recommend.pairs import fit, last_fit
from tenshu.segment import evaluate
from tenshu.store.home import Stores
from tenshu.store.ledger import ROWS_A_TRANSACTION, Transaction

#: What is bought together changes slowly, and learning it reads every purchase.
FIT_EVERY: Final = timedelta(days=28)


class Ticked(msgspec.Struct):
    """What one tick did, in numbers."""

    batches: int = 0
    entered: int = 0
    moved: int = 0
    decided: int = 0


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


def next_due(stores: Stores, *, now: datetime) -> datetime | None:
    """Return the next instant at which there is something to do, or None."""
    if waiting(stores.inbox):
        return now
    found = [records.next_due(stores.ledger), next_message_due(stores.ledger)]
    instants = [instant for instant in found if instant is not None]
    return min(instants) if instants else None


def follow(stores: Stores, shop: ShopSettings, batch: Batch, *, now: datetime) -> int:
    """Do what follows from a batch: merged customers' walks join, goals end walks, events start them.

    Returns:
        How many entered.
    """
    _join(stores, batch, now)
    with stores.ledger.reading() as tx:
        everything = records.read_running(tx, "active", "paused")
        running = [one for one in everything if one.status == "active"]
        facts = fresh_facts(stores.warehouse, batch, now=now, since=records.earliest_walk(tx))
        ended = _goals(tx, everything, facts, now) if len(facts) else None
    entries = [
        (one, _meeting(stores, shop, one, by_event(one.journey, facts, started_at=one.started_at, now=now), now=now))
        for one in running
        if len(facts) and records.is_newest(one, everything)
    ]
    with stores.ledger.writing() as tx:
        if ended is not None:
            records.keep_moves(tx, ended)
        entered = sum(_enter(tx, one, candidates, now) for one, candidates in entries)
        finish(tx, batch)
    clear(stores.inbox, batch)
    return entered


def _join(stores: Stores, batch: Batch, now: datetime) -> None:
    """Let walks and messages follow customers who turned out to be one with another."""
    with stores.ledger.reading() as tx:
        changed = changed_nodes(tx, since=batch.number)
    is_joined = (pl.col("node") != pl.col("customer")) & ~pl.col("is_shared")
    joined = changed.filter(is_joined).select("customer", former="node")
    if len(joined):
        with stores.ledger.writing() as tx:
            records.join_customers(tx, joined, now=now)
            join_customers(tx, joined)


def enter_due(stores: Stores, shop: ShopSettings, *, now: datetime) -> int:
    """Let people enter the scenarios whose launch or daily hour has come; return how many."""
    with stores.ledger.reading() as tx:
        running = [one for one in records.read_running(tx) if one.due_at is not None and one.due_at <= now]
    entered = 0
    for one in running:
        key = entry_key(one.journey, one.due_at or now, shop.zone)
        everybody = _everybody(stores).with_columns(entry_key=pl.lit(key))
        candidates = _meeting(stores, shop, one, everybody, now=now)
        following = due_entry(one.journey, started_at=one.started_at, after=now, zone=shop.zone)
        for part in candidates.iter_slices(ROWS_A_TRANSACTION):
            with stores.ledger.writing() as tx:
                entered += _enter(tx, one, part, now)
        with stores.ledger.writing() as tx:
            records.set_due(tx, one, following)
    return entered


def advance_due(
    stores: Stores, shop: ShopSettings, policy: Policy, *, now: datetime, address_key: bytes
) -> Ticked | None:
    """Let up to 50,000 people whose time has come go on, and decide on what their scenarios want.

    Returns:
        What was done, or None when nobody is due.
    """
    with stores.ledger.reading() as tx:
        standing = records.due(tx, now=now)
        running = {(one.journey.name, one.version): one for one in records.read_running(tx)}
    if standing.is_empty():
        return None
    moved: list[pl.DataFrame] = []
    wanted: list[pl.DataFrame] = []
    for (name, version), some in standing.group_by("journey", "version", maintain_order=True):
        journey = running[name, version].journey
        result = advance(some, journey, holds=_holds(stores, shop, now), now=now, zone=shop.zone)
        moved.append(result.moved.join(some.select("enrolment", "journey", "customer"), on="enrolment"))
        wanted.append(result.proposals)
    proposals = pl.concat(wanted)
    decided = _decide(stores, shop, policy, proposals, now=now, address_key=address_key)
    with stores.ledger.writing() as tx:
        records.keep_moves(tx, pl.concat(moved))
        _keep_decisions(tx, decided)
    return Ticked(moved=len(standing), decided=len(decided))


def _digest(stores: Stores, now: datetime) -> Batch | None:
    def judged(facts: pl.DataFrame) -> pl.DataFrame:
        return judge(stores.ledger, stores.warehouse, facts)

    return digest(stores.home, stores.ledger, stores.inbox, stores.warehouse, now=now, prepare=judged)


def _holds(stores: Stores, shop: ShopSettings, now: datetime) -> Holds:
    def holds(conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        return evaluate(stores.warehouse, conditions, now=now, zone=shop.zone, customers=customers)

    return holds


def _everybody(stores: Stores) -> pl.DataFrame:
    return stores.warehouse.frame("SELECT DISTINCT customer::BIGINT AS customer FROM node_map ORDER BY customer")


def _meeting(
    stores: Stores, shop: ShopSettings, running: Running, candidates: pl.DataFrame, *, now: datetime
) -> pl.DataFrame:
    """Return the candidates who meet the entry condition."""
    raw = running.journey.entry.condition
    if raw is None or candidates.is_empty():
        return candidates
    condition = read_condition(raw, "$.entry.condition")
    whole_shop = len(candidates) > ROWS_A_TRANSACTION
    customers = None if whole_shop else candidates["customer"].unique().sort()
    met = evaluate(stores.warehouse, {"met": condition}, now=now, zone=shop.zone, customers=customers)
    return candidates.join(met.filter("met"), on="customer", how="semi", maintain_order="left")


def _enter(tx: Transaction, running: Running, candidates: pl.DataFrame, now: datetime) -> int:
    if candidates.is_empty():
        return 0
    past = records.past_of(tx, running.journey.name, candidates["customer"].unique())
    number = records.next_number(tx)
    entered = enrol(candidates, past, running.journey, version=running.version, now=now, next_enrolment=number)
    records.keep_entries(tx, entered)
    return len(entered)


def _goals(tx: Transaction, running: list[Running], facts: pl.DataFrame, now: datetime) -> pl.DataFrame | None:
    customers = facts["customer"].unique()
    ended = []
    for one in running:
        active = records.active_of(tx, one, customers)
        reached = goals_reached(active, facts, one.journey, now=now)
        ended.append(reached.join(active.select("enrolment", "journey", "customer"), on="enrolment"))
    filled = [rows for rows in ended if len(rows)]
    return pl.concat(filled) if filled else None


def _decide(
    stores: Stores, shop: ShopSettings, policy: Policy, proposals: pl.DataFrame, *, now: datetime, address_key: bytes
) -> pl.DataFrame:
    """Gather what the decision needs to know of these people, and decide."""
    if proposals.is_empty():
        return pl.DataFrame(schema=DECIDED)
    customers = proposals["customer"].unique().sort()
    known = profiles(stores.warehouse, now=now, customers=customers).select("customer", address="email", zone="zone")
    addresses = known.with_columns(
        address_digest=pl.Series(digest_addresses(known["address"], address_key), dtype=pl.Binary)
    )
    with stores.ledger.reading() as tx:
        consents = read_effective(tx, customers, node_map, now=now)
        suppressed = read_suppressed(tx, addresses["address_digest"].drop_nulls(), channel="email")
        contacts = read_contacts(tx, customers, since=policy.earliest(now), states=PROMISED)
    people = gather(proposals, addresses, consents, suppressed)
    return decide(proposals, people, contacts, policy, now=now, zone=shop.zone)


def _keep_decisions(tx: Transaction, decided: pl.DataFrame) -> None:
    key = ["enrolment", "visit"]
    said = [*key, "journey", "step", "customer", "outcome", "reason", "is_ghost", "decided_at"]
    tx.insert(decisions, decided.select(said))
    tell(tx, MESSAGE_DECIDED, decided, ["journey", "step", *key, "outcome", "reason", "is_ghost"], at="decided_at")
    going = decided.filter(pl.col("outcome") == "send")
    promise = [*key, "journey", "version", "step", "customer", "channel", "purpose", "template"]
    where = ["address", "address_digest", "zone", "due_at", "expires_at"]
    tx.insert(outbox, going.select(*promise, *where, state=pl.lit("queued"), attempt=pl.lit(0)))
