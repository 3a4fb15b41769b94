"""Do what follows from a batch of facts: merged walks join, goals end walks, events start them."""

from datetime import datetime

import polars as pl

from tenshu.content.shop import ShopSettings
from tenshu.deliver.outbox import join_customers
from tenshu.flow.entering import enter, meeting
from tenshu.identify.digest import Batch, clear, finish, fresh_facts
from tenshu.identify.resolve import changed_nodes
from tenshu.journey import records
from tenshu.journey.advance import goals_reached
from tenshu.journey.entry import by_event
from tenshu.journey.records import Running
from tenshu.store.home import Stores
from tenshu.store.ledger import Transaction


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
        (one, meeting(stores, shop, one, by_event(one.journey, facts, started_at=one.started_at, now=now), now=now))
        for one in running
        if len(facts) and records.is_newest(one, everything)
    ]
    with stores.ledger.writing() as tx:
        if ended is not None:
            records.keep_moves(tx, ended)
        entered = sum(enter(tx, one, candidates, now) for one, candidates in entries)
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


def _goals(tx: Transaction, running: list[Running], facts: pl.DataFrame, now: datetime) -> pl.DataFrame | None:
    customers = facts["customer"].unique()
    ended = []
    for one in running:
        active = records.active_of(tx, one, customers)
        reached = goals_reached(active, facts, one.journey, now=now)
        ended.append(reached.join(active.select("enrolment", "journey", "customer"), on="enrolment"))
    filled = [rows for rows in ended if len(rows)]
    return pl.concat(filled) if filled else None
