"""Let people into scenarios: by the launch or the daily hour, or by what happened."""

from datetime import datetime, timedelta

import polars as pl

from tenshu.content.shop import ShopSettings
from tenshu.journey import records
from tenshu.journey.advance import Holds
from tenshu.journey.conditions import read_condition
from tenshu.journey.entry import due_entry, enrol, entry_key
from tenshu.journey.grammar import Daily, Journey, NeverAgain
from tenshu.journey.local_time import local
from tenshu.journey.records import Running
from tenshu.kit.failpoint import reach
from tenshu.know.anniversary import celebrating
from tenshu.store.home import Stores
from tenshu.store.ledger import ROWS_A_TRANSACTION, Transaction


def enter_due(stores: Stores, shop: ShopSettings, holds: Holds, *, now: datetime) -> int:
    """Let people enter the scenarios whose launch or daily hour has come; return how many.

    Args:
        stores: the home's stores.
        shop: its settings.
        holds: asks conditions.
        now: business time.
    """
    with stores.ledger.reading() as tx:
        running = [one for one in records.read_running(tx) if one.due_at is not None and one.due_at <= now]
    entered = 0
    for one in running:
        key = entry_key(one.journey, one.due_at or now, shop.zone)
        people = everybody(stores).with_columns(entry_key=pl.lit(key))
        candidates = whose_day(stores, one.journey, meeting(holds, one, people), now=one.due_at or now, zone=shop.zone)
        following = due_entry(one.journey, started_at=one.started_at, after=now, zone=shop.zone)
        for part in candidates.iter_slices(ROWS_A_TRANSACTION):
            with stores.ledger.writing() as tx:
                entered += enter(tx, one, part, now)
                reach("enter.keeping")
            reach("enter.kept")
        with stores.ledger.writing() as tx:
            records.set_due(tx, one, following)
        reach("enter.due_moved")
    return entered


def everybody(stores: Stores) -> pl.DataFrame:
    """Return `customer` of everybody in the node map."""
    return stores.warehouse.frame("SELECT DISTINCT customer::BIGINT AS customer FROM node_map ORDER BY customer")


def whose_day(stores: Stores, journey: Journey, candidates: pl.DataFrame, *, now: datetime, zone: str) -> pl.DataFrame:
    """Return the candidates whose day of the year it is, where the scenario asks for one; else all of them."""
    entry = journey.entry
    if not isinstance(entry, Daily) or entry.on is None or candidates.is_empty():
        return candidates
    day = local(now, zone).date() + timedelta(days=entry.on.days_before)
    born = celebrating(stores.warehouse, entry.on.trait, day, now=now, customers=candidates["customer"])
    return candidates.join(born.to_frame(), on="customer", how="semi", maintain_order="left")


def meeting(holds: Holds, running: Running, candidates: pl.DataFrame) -> pl.DataFrame:
    """Return the candidates who meet the entry condition."""
    raw = running.journey.entry.condition
    if raw is None or candidates.is_empty():
        return candidates
    condition = read_condition(raw, "$.entry.condition")
    met = holds({"met": condition}, candidates["customer"].unique().sort())
    return candidates.join(met.filter("met"), on="customer", how="semi", maintain_order="left")


def enter(tx: Transaction, running: Running, candidates: pl.DataFrame, now: datetime) -> int:
    """Let those of the candidates in whom the re-entry rule lets in; return how many."""
    if candidates.is_empty():
        return 0
    name, customers = running.journey.name, candidates["customer"].unique()
    if isinstance(running.journey.reentry, NeverAgain):  # whoever was in stays out, whatever became of it
        candidates = candidates.filter(~pl.col("customer").is_in(records.been_in(tx, name, customers).implode()))
        past = pl.DataFrame(schema=records.PAST)
    else:
        past = records.past_of(tx, name, customers)
    if candidates.is_empty():
        return 0
    number = records.next_number(tx)
    entered = enrol(candidates, past, running.journey, version=running.version, now=now, next_enrolment=number)
    records.keep_entries(tx, entered)
    return len(entered)
