"""Do what follows from a batch of facts: merged walks join, goals end walks, events start them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from tenshu.collect.ahead import ReadAhead
from tenshu.collect.vocabulary import SEGMENT_ENTERED, SEGMENT_LEFT
from tenshu.deliver.outbox import have_messages, join_customers
from tenshu.flow.entering import enter, meeting
from tenshu.flow.live import Live, segment_events
from tenshu.identify.digest import Batch, clear, finish, fresh_facts
from tenshu.identify.fresh import FRESH, Owners
from tenshu.journey import records
from tenshu.journey.advance import goals_reached
from tenshu.journey.entry import by_event
from tenshu.journey.grammar import OnEvent
from tenshu.journey.records import Running
from tenshu.kit.failpoint import reach
from tenshu.store.home import Stores

#: Scenarios in these states are told what happens: a paused one still ends the walks that reach its goal.
_LISTENING: Final = ("active", "paused")


def follow(stores: Stores, live: Live, batch: Batch, *, now: datetime, ahead: ReadAhead | None = None) -> int:
    """Do what follows from a batch: merged customers' walks join, goals end walks, events start them.

    Who comes into a segment by it, or goes, is told in the same transaction. Then the batch's requests are dropped, by
    what reads ahead where the next batch is in its hand.

    Returns:
        How many entered.
    """
    changed = live.take_batch(batch, now)
    _join(stores, changed, now)
    owners = live.hot(now).customers_of
    with ThreadPoolExecutor(1, "ledger") as aside:  # what settles works in memory, what is looked up lies in the ledger
        looking = aside.submit(_look, stores, batch, owners, now)
        changes = live.settle(now)
        seen = looking.result()
    entered = _follow(stores, live, seen, changes, now=now, batch=batch)
    clear(stores.inbox, batch, ahead)
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
    with stores.ledger.reading() as tx:
        running = records.read_running(tx, *_LISTENING)
    seen = _Seen(running, pl.DataFrame(schema=FRESH), None)
    return _follow(stores, live, seen, changes, now=now, batch=None)


@dataclass(frozen=True)
class _Seen:
    """Which scenarios listen, what the batch newly told them, and the walks that end by it."""

    running: list[Running]
    facts: pl.DataFrame
    ended: pl.DataFrame | None


def _look(stores: Stores, batch: Batch, owners: Owners, now: datetime) -> _Seen:
    """Look up what the batch means to scenarios, in a thread of its own."""
    with stores.ledger.reading() as tx:
        since = records.earliest_walk(tx)
        running = records.read_running(tx, *_LISTENING)
    entries, goals = _events_of(running)
    try:
        facts = fresh_facts(
            stores.warehouse,
            batch,
            now=now,
            since=since,
            events=entries | goals,
            bare=goals - entries,
            owners=owners,
        )
    finally:
        stores.warehouse.leave()
    return _Seen(running, facts, _goals(stores, running, facts, now))


def _follow(
    stores: Stores, live: Live, seen: _Seen, changes: pl.DataFrame, *, now: datetime, batch: Batch | None
) -> int:
    running, facts, ended = seen.running, seen.facts, seen.ended
    moved = _in_segments(changes, running, now)
    if len(moved):
        facts = pl.concat([facts, moved])
        ended = _goals(stores, running, facts, now)
    entries = []
    for one in running:
        if len(facts) and one.status == "active" and records.is_newest(one, running):
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
    if joined.is_empty():
        return
    # Most numbers that become another's are new identifiers. Only this tick lets anybody walk or promises a message, so
    # that who has none now has none a moment later.
    with stores.ledger.reading() as tx:
        is_known = records.have_walked(tx, joined["former"]) or have_messages(tx, joined["former"])
    if is_known:
        with stores.ledger.writing() as tx:
            records.join_customers(tx, joined, now=now)
            join_customers(tx, joined)


def _in_segments(changes: pl.DataFrame, running: list[Running], now: datetime) -> pl.DataFrame:
    """Return who came and went as facts, if any scenario waits for such; many more come and go than walk by it."""
    is_asked = any(events & {SEGMENT_ENTERED, SEGMENT_LEFT} for events in _events_of(running))
    return segment_events(changes if is_asked else changes.clear(), now)


def _events_of(running: list[Running]) -> tuple[set[str], set[str]]:
    """Return the events that start a scenario, and those that are the goal of one."""
    entries = {one.journey.entry.event for one in running if isinstance(one.journey.entry, OnEvent)}
    return entries, {one.journey.goal.event for one in running}


def _goals(stores: Stores, running: list[Running], facts: pl.DataFrame, now: datetime) -> pl.DataFrame | None:
    """Return the walks that end because their customer has reached the goal."""
    wanted = {one.journey.goal.event for one in running}
    met = facts.filter(pl.col("event").is_in(list(wanted)))
    if met.is_empty():
        return None
    with stores.ledger.reading() as tx:
        walking = records.active_walks(tx, met["customer"].unique())
    ended = []
    for one in running:
        mine = walking.filter((pl.col("journey") == one.journey.name) & (pl.col("version") == one.version))
        ended.append(goals_reached(mine, met, one.journey, now=now))
    filled = [rows for rows in ended if len(rows)]
    whose = walking.select("enrolment", "journey", "customer")
    return pl.concat(filled).join(whose, on="enrolment", maintain_order="left") if filled else None
