"""Foresee a scenario's first hour without doing anything: who would enter, and what would be decided on each of them.

The same rules and the same code as the tick: conditions, the lottery of the hold-out, consents, suppressions, caps,
quiet hours. So the number on the pre-flight is the number that goes out, unless people come, go or change their mind
in between. A scenario that events open has no first hour; those to whom it happened lately stand for the next.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
import polars as pl

from tenshu.condition import Condition, Did, Within
from tenshu.content.shop import ShopSettings
from tenshu.decide.policy import read_policy
from tenshu.flow.advancing import decide_on
from tenshu.flow.entering import everybody, meeting, whose_day
from tenshu.flow.known import Known
from tenshu.journey import records
from tenshu.journey.advance import PROPOSALS
from tenshu.journey.conditions import entry_tests
from tenshu.journey.entry import due_entry, enrol
from tenshu.journey.grammar import Journey, OnEvent, Send
from tenshu.journey.graph import running_order
from tenshu.journey.records import Running
from tenshu.segment import evaluate
from tenshu.store.home import Stores

#: Whoever did it in so many days stands for those who will.
LATELY: Final = 28


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What a scenario's first hour would be.

    Attributes:
        at: when it is.
        is_by_event: whether these are people to whom it happened in the last 28 days, standing for those to come.
        entering: people who would enter.
        sent: of these, who would be sent the first mail.
        held_out: of these, who would be held out.
        suppressed: of these, who would get nothing for a reason: reason -> people.
        customers: everybody who would enter, with `outcome` and `reason`.
    """

    at: datetime
    is_by_event: bool
    entering: int
    sent: int
    held_out: int
    suppressed: dict[str, int]
    customers: pl.DataFrame


def foresee(stores: Stores, shop: ShopSettings, journey: Journey, *, now: datetime, address_key: bytes) -> Foreseen:
    """Return what the first hour of a scenario would be if it were started now.

    Args:
        stores: the home's stores; nothing is written.
        shop: its settings.
        journey: the scenario.
        now: business time.
        address_key: the key of address digests.
    """
    at = max(now, due_entry(journey, started_at=now, after=None, zone=shop.zone) or now)
    entering = _entering(stores, shop, journey, at)
    proposals = _proposals(entering, journey)
    people = entering["customer"]
    decided = decide_on(
        stores,
        shop,
        read_policy(stores.ledger),
        proposals,
        now=at,
        address_key=address_key,
        known=Known(stores, shop, now=at, people=people),
    )
    told = decided.select("customer", "outcome", "reason")
    kept_back = told.filter(pl.col("outcome") == "suppressed").group_by("reason").agg(people=pl.len())
    return Foreseen(
        at=at,
        is_by_event=isinstance(journey.entry, OnEvent),
        entering=len(entering),
        sent=told.filter(pl.col("outcome") == "send").height,
        held_out=told.filter(pl.col("outcome") == "held_out").height,
        suppressed=dict(kept_back.sort("people", "reason", descending=[True, False]).iter_rows()),
        customers=told,
    )


def _entering(stores: Stores, shop: ShopSettings, journey: Journey, at: datetime) -> pl.DataFrame:
    """Return the walks that would begin."""
    with stores.ledger.reading() as tx:
        same = [
            one for one in records.read_running(tx, "active", "paused", "ended") if one.journey.name == journey.name
        ]
    version = max((one.newest for one in same), default=0) + 1
    running = Running(journey, version, "active", at, at, version)

    def holds(conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        return evaluate(stores.warehouse, conditions, now=at, zone=shop.zone, customers=customers)

    people = everybody(stores).with_columns(entry_key=pl.lit("foreseen"))
    if isinstance(journey.entry, OnEvent):
        entry = journey.entry
        did = Did(entry.event, entry_tests(journey), within=Within(days=LATELY))
        lately = evaluate(stores.warehouse, {"met": did}, now=at, zone=shop.zone)
        people = people.join(lately.filter("met"), on="customer", how="semi", maintain_order="left")
    candidates = whose_day(stores, journey, meeting(holds, running, people), now=at, zone=shop.zone)
    with stores.ledger.reading() as tx:
        past = records.past_of(tx, journey.name, candidates["customer"])
    return enrol(candidates, past, journey, version=version, now=at, next_enrolment=1)


def _proposals(entering: pl.DataFrame, journey: Journey) -> pl.DataFrame:
    """Return what the first sending step would propose for everybody who enters."""
    order, _circle = running_order(journey)
    first = next((name for name in order if isinstance(journey.steps[name], Send)), None)
    step = journey.steps[first] if first is not None else None
    if first is None or not isinstance(step, Send):
        return pl.DataFrame(schema=PROPOSALS)
    return entering.select(
        "enrolment",
        visit=pl.lit(0, pl.Int64),
        journey="journey",
        version="version",
        step=pl.lit(first),
        customer="customer",
        arm="arm",
        channel=pl.lit(step.channel),
        purpose=pl.lit(journey.purpose),
        priority=pl.lit(journey.priority, pl.Int64),
        template=pl.lit(step.template),
        expires_at=pl.lit(None, pl.Datetime("us", "UTC")),
    ).cast(PROPOSALS)
