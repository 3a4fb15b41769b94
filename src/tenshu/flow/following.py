"""Do what follows from a batch of facts: merged walks join, goals end walks, events start them."""

from datetime import datetime

import polars as pl

from tenshu.deliver.outbox import join_customers
from tenshu.flow.entering import enter, meeting
from tenshu.flow.live import Live, segment_events
from tenshu.identify.digest import Batch, clear, finish, fresh_facts
from tenshu.journey import records
from tenshu.journey.advance import goals_reached
from tenshu.journey.entry import by_event
from tenshu.journey.grammar import OnEvent
from tenshu.journey.records import Running
from tenshu.kit.failpoint import reach
from tenshu.store.home import Stores
from tenshu.store.ledger import Transaction


def follow(stores: Stores, live: Live, batch: Batch, *, now: datetime) -> int:
    """Do what follows from a batch: merged customers' walks join, goals end walks, events start them.

    Who comes into a segment by it, or goes, is told in the same transaction.

    Returns:
        How many entered.
    """
    changed = live.take_batch(batch, now)
    changes = live.settle(now)
    _join(stores, changed, now)
    with stores.ledger.reading() as tx:
        since = records.earliest_walk(tx)
        entries, goals = _events_of(records.read_running(tx, "active", "paused"))
    facts = fresh_facts(stores.warehouse, batch, now=now, since=since, events=entries | goals, bare=goals - entries)
    entered = _follow(stores, live, pl.concat([facts, segment_events(changes, now)]), changes, now, batch)
    clear(stores.inbox, batch)
    reach("follow.cleared")
    return entered


def follow_time(stores: Stores, live: Live, *, now: datetime) -> int:
    """Do what follows from time alone and from what the ledger has told: people came into segments, or left them.

    Returns:
        How many entered.
    """
    changes = live.settle(now)
    if not live.has_news(changes):
        return 0
    return _follow(stores, live, segment_events(changes, now), changes, now, None)


def _follow(
    stores: Stores,
    live: Live,
    facts: pl.DataFrame,
    changes: pl.DataFrame,
    now: datetime,
    batch: Batch | None,
) -> int:
    with stores.ledger.reading() as tx:
        everything = records.read_running(tx, "active", "paused")
        running = [one for one in everything if one.status == "active"]
        ended = _goals(tx, everything, facts, now) if len(facts) else None
    entries = []
    for one in running:
        if len(facts) and records.is_newest(one, everything):
            candidates = by_event(one.journey, facts, started_at=one.counts_from, now=now)
            entries.append((one, meeting(live.holds_at(now), one, candidates)))
    reach("follow.found")
    with stores.ledger.writing() as tx:
        if ended is not None:
            records.keep_moves(tx, ended)
        entered = sum(enter(tx, one, candidates, now) for one, candidates in entries)
        live.keep(tx, changes, now)
        if batch is not None:
            finish(tx, batch)
    reach("follow.kept")
    return entered


def _join(stores: Stores, changed: pl.DataFrame, now: datetime) -> None:
    """Let walks and messages follow customers who turned out to be one with another; a node of nobody joins nobody."""
    joined = changed.filter(pl.col("node") != pl.col("customer")).select("customer", former="node")
    if len(joined):
        with stores.ledger.writing() as tx:
            records.join_customers(tx, joined, now=now)
            join_customers(tx, joined)


def _events_of(running: list[Running]) -> tuple[set[str], set[str]]:
    """Return the events that start a scenario, and those that are the goal of one."""
    entries = {one.journey.entry.event for one in running if isinstance(one.journey.entry, OnEvent)}
    return entries, {one.journey.goal.event for one in running}


def _goals(tx: Transaction, running: list[Running], facts: pl.DataFrame, now: datetime) -> pl.DataFrame | None:
    """Return the walks that end because their customer has reached the goal."""
    wanted = {one.journey.goal.event for one in running}
    met = facts.filter(pl.col("event").is_in(list(wanted)))
    if met.is_empty():
        return None
    walking = records.active_walks(tx, met["customer"].unique())
    ended = []
    for one in running:
        mine = walking.filter((pl.col("journey") == one.journey.name) & (pl.col("version") == one.version))
        reached = goals_reached(mine, met, one.journey, now=now)
        ended.append(reached.join(mine.select("enrolment", "journey", "customer"), on="enrolment"))
    filled = [rows for rows in ended if len(rows)]
    return pl.concat(filled) if filled else None
