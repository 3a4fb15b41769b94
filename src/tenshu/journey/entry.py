"""Who enters a scenario, when, and into which arm.

The day of a broadcast and the hour of a daily scenario are the shop's. A scenario that events open looks at fresh
facts only: what happened before it was started, or long before it was told, opens nothing, so that importing a
shop's history sends nobody a mail. The same entry key never enters twice.
"""

from datetime import datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from tenshu.collect.event import FRESH_FOR
from tenshu.journey.conditions import entry_tests
from tenshu.journey.grammar import AfterDays, Broadcast, Daily, Journey, NeverAgain, OnEvent, clock_time
from tenshu.journey.local_time import instant_of, local, next_daily
from tenshu.journey.where import passes
from tenshu.kit.rng import unit
from tenshu.store.ledger import INSTANT

TREATED: Final = "treated"
HELD_OUT: Final = "held_out"

CANDIDATES: Final = pl.Schema({"customer": pl.Int64(), "entry_key": pl.String(), "at": INSTANT})
ENROLMENTS: Final = pl.Schema(
    {
        "enrolment": pl.Int64(),
        "journey": pl.String(),
        "version": pl.Int64(),
        "customer": pl.Int64(),
        "entry_key": pl.String(),
        "arm": pl.String(),
        "entered_at": INSTANT,
        "status": pl.String(),
        "step": pl.String(),
        "visit": pl.Int64(),
        "due_at": INSTANT,
        "outcome": pl.String(),
        "ended_at": INSTANT,
    }
)


def due_entry(journey: Journey, started_at: datetime, after: datetime | None, zone: str) -> datetime | None:
    """Return the next instant at which people are to be let in.

    Args:
        journey: the scenario.
        started_at: when it was started; nobody enters before.
        after: the last such instant, which does not come again; None when there was none yet.
        zone: the shop's.

    Returns:
        An instant later than `after`, or None: it is over, or events open it. A broadcast whose minute had passed
        when it was started is due at the start.
    """
    entry = journey.entry
    if isinstance(entry, Broadcast):
        due = max(instant_of(entry.local_at, zone), started_at)
        return due if after is None or due > after else None
    if isinstance(entry, Daily):
        just_before = started_at - timedelta(microseconds=1)
        return next_daily(just_before if after is None else max(after, just_before), clock_time(entry.at), zone)
    return None


def entry_key(journey: Journey, due_at: datetime, zone: str) -> str:
    """Return the key of entering at this due instant: the broadcast's minute, or the local day.

    Raises:
        TypeError: events open the scenario; their keys come from `by_event`.
    """
    if isinstance(journey.entry, Broadcast):
        return journey.entry.at
    if isinstance(journey.entry, Daily):
        return local(due_at, zone).date().isoformat()
    message = "a scenario that events open has no due instants"
    raise TypeError(message)


def by_event(journey: Journey, facts: pl.DataFrame, *, started_at: datetime, now: datetime) -> pl.DataFrame:
    """Return whom the batch's facts may let in, the earliest first; columns `CANDIDATES`.

    Args:
        journey: the scenario; nothing comes back unless events open it.
        facts: customer, event, occurred_at, order_no, properties (JSON), and any other typed column.
        started_at: facts before the start of the scenario open nothing.
        now: business time of the batch; facts older than a day, or a day ahead of it, open nothing.
    """
    entry = journey.entry
    if not isinstance(entry, OnEvent):
        return pl.DataFrame(schema=CANDIDATES)
    happened = pl.col("occurred_at")
    is_fresh = (happened >= max(started_at, now - FRESH_FOR)) & (happened <= now + FRESH_FOR)
    fresh = facts.filter((pl.col("event") == entry.event) & is_fresh & pl.col("customer").is_not_null())
    moment = happened.dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
    key = moment if entry.same_by is None else pl.coalesce(_property(entry.same_by, fresh.columns), moment)
    return (
        fresh.filter(passes(entry_tests(journey), fresh.columns))
        .select("customer", key.alias("entry_key"), happened.alias("at"))
        .cast(CANDIDATES)
        .sort("at", "customer", "entry_key")
        .unique(["customer", "entry_key"], keep="first", maintain_order=True)
    )


def _property(name: str, columns: list[str]) -> pl.Expr:
    told = pl.col("properties").str.json_path_match(f'$["{name}"]')
    # Facts of other kinds leave a typed column empty and have the same word among their properties.
    return pl.coalesce(pl.col(name).cast(pl.String), told) if name in columns and name != "properties" else told


def enrol(
    candidates: pl.DataFrame, past: pl.DataFrame, journey: Journey, *, version: int, now: datetime, next_enrolment: int
) -> pl.DataFrame:
    """Return the new walks: whoever of the candidates the re-entry rule lets in, once each.

    Args:
        candidates: customer, entry_key; of several of one customer the first row counts.
        past: every walk of these customers through this scenario, any version: customer, entry_key, entered_at, status.
        journey: the scenario.
        version: of the definition that they enter.
        now: business time.
        next_enrolment: number of the first new walk; the others follow in the order of customers.

    Returns:
        Rows of the table of enrolments, columns `ENROLMENTS`; due at once.
    """
    last = past.group_by("customer").agg(
        pl.col("entered_at").max().alias("last_at"), (pl.col("status") == "active").any().alias("is_inside")
    )
    entering = (
        candidates.select("customer", "entry_key")
        .cast({"customer": pl.Int64, "entry_key": pl.String})
        .join(past.select("customer", "entry_key"), on=["customer", "entry_key"], how="anti", maintain_order="left")
        .join(last, on="customer", how="left", maintain_order="left")
        .filter(~pl.col("is_inside").fill_null(value=False) & _may_return(journey, now))
        .unique("customer", keep="first", maintain_order=True)
        .sort("customer")
    )
    walks = entering.with_columns(arm=arms(journey, entering["customer"])).with_row_index("enrolment", next_enrolment)
    at_once = pl.lit(now, INSTANT)
    return walks.select(
        "enrolment",
        pl.lit(journey.name).alias("journey"),
        pl.lit(version, pl.Int64).alias("version"),
        "customer",
        "entry_key",
        "arm",
        at_once.alias("entered_at"),
        pl.lit("active").alias("status"),
        pl.lit(journey.first_step).alias("step"),
        pl.lit(0, pl.Int64).alias("visit"),
        at_once.alias("due_at"),
        pl.lit(None, pl.String).alias("outcome"),
        pl.lit(None, INSTANT).alias("ended_at"),
    ).cast(ENROLMENTS)


def arms(journey: Journey, customers: pl.Series) -> pl.Series:
    """Return each customer's arm: drawn from the number alone, the same at every entry and in every replay.

    Service scenarios hold nobody out.
    """
    rate = journey.holdout_rate if journey.purpose == "marketing" else 0.0
    is_held_out = unit(f"holdout:{journey.name}", customers.cast(pl.Int64).to_numpy()) < rate
    return pl.Series("arm", np.where(is_held_out, HELD_OUT, TREATED), dtype=pl.String)


def _may_return(journey: Journey, now: datetime) -> pl.Expr:
    is_new = pl.col("last_at").is_null()
    if isinstance(journey.reentry, NeverAgain):
        return is_new
    if isinstance(journey.reentry, AfterDays):
        return is_new | (pl.col("last_at") + timedelta(days=journey.reentry.days) <= now)
    return pl.lit(value=True)
