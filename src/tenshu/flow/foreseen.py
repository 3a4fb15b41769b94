"""Foresee a scenario's first hour without doing anything: who would enter, and what would be decided on each of them.

The same rules and the same code as the tick: conditions, the lottery of the hold-out, consents, suppressions, caps,
quiet hours. So the number on the pre-flight is the number that goes out, unless people come, go or change their mind
in between. A scenario that events open has no first hour; those to whom it happened lately stand for the next.
"""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from tenshu.condition import Condition, Did, Within
from tenshu.content.shop import ShopSettings
from tenshu.decide.decision import DECIDED, decide
from tenshu.decide.policy import read_policy
from tenshu.deliver.crowd import Digested, ask_crowd
from tenshu.journey import records
from tenshu.journey.advance import PROPOSALS
from tenshu.journey.conditions import entry_tests, read_condition
from tenshu.journey.entry import due_entry, enrol
from tenshu.journey.foreseen import Foreseen
from tenshu.journey.grammar import Daily, Journey, OnEvent, Send
from tenshu.journey.graph import running_order
from tenshu.journey.local_time import local
from tenshu.know.anniversary import falls_on
from tenshu.segment.features import TraitFeature, features, key
from tenshu.segment.formula import formula
from tenshu.segment.probe import Probe
from tenshu.store.home import Stores

#: Whoever did it in so many days stands for those who will.
LATELY: Final = 28
_ADDRESS: Final = TraitFeature("email")
_ZONE: Final = TraitFeature("zone")


class FirstHour(Foreseen, frozen=True, kw_only=True):
    """A first hour, with everybody by number.

    Attributes:
        customers: everybody who would enter, with `outcome` and `reason`.
    """

    customers: pl.DataFrame


def foresee(
    stores: Stores,
    shop: ShopSettings,
    journey: Journey,
    *,
    now: datetime,
    digested: Digested,
    probe: Probe | None = None,
) -> FirstHour:
    """Return what the first hour of a scenario would be if it were started now.

    Args:
        stores: the home's stores, the warehouse open in this process; nothing is written.
        shop: its settings.
        journey: the scenario.
        now: business time.
        digested: gives the digests of addresses.
        probe: what is known of everybody, kept from one question to the next; None = asked for this alone.
    """
    at = max(now, due_entry(journey, started_at=now, after=None, zone=shop.zone) or now)
    fitting = _fitting(probe or Probe(stores.warehouse), journey, at=at, zone=shop.zone)
    entering = _entering(stores, journey, fitting["customer"], at)
    proposals = _proposals(entering, journey)
    decided = pl.DataFrame(schema=DECIDED)
    if len(proposals):
        people = fitting.join(entering, on="customer", how="semi", maintain_order="left")
        policy = read_policy(stores.ledger)
        channel, purpose = proposals.select("channel", "purpose").row(0)
        with stores.ledger.reading() as tx:
            asked, contacts = ask_crowd(tx, people, policy, channel=channel, purpose=purpose, digested=digested, now=at)
        decided = decide(proposals, asked, contacts, policy, now=at, zone=shop.zone)
    told = decided.select("customer", "outcome", "reason")
    counts = dict(told["outcome"].value_counts().iter_rows())
    kept_back = told.filter(pl.col("outcome") == "suppressed").group_by("reason").agg(people=pl.len())
    return FirstHour(
        at=at,
        is_by_event=isinstance(journey.entry, OnEvent),
        entering=len(entering),
        sent=counts.get("send", 0),
        held_out=counts.get("held_out", 0),
        suppressed=dict(kept_back.sort("people", "reason", descending=[True, False]).iter_rows()),
        customers=told,
    )


def _fitting(probe: Probe, journey: Journey, *, at: datetime, zone: str) -> pl.DataFrame:
    """Return `customer`, `address`, `zone` of those whom the entry rule is about."""
    entry = journey.entry
    asked: list[Condition] = []
    if entry.condition is not None:
        asked.append(read_condition(entry.condition, "$.entry.condition"))
    if isinstance(entry, OnEvent):
        asked.append(Did(entry.event, entry_tests(journey), within=Within(days=LATELY)))
    is_whose = [formula(condition) for condition in asked]
    wanted = [*features(asked).values(), _ADDRESS, _ZONE]
    if isinstance(entry, Daily) and entry.on is not None:
        day = TraitFeature(entry.on.trait)
        wanted.append(day)
        is_whose.append(falls_on(pl.col(key(day)), local(at, zone).date() + timedelta(days=entry.on.days_before)))
    known = probe.columns(wanted, now=at, zone=zone)
    return known.filter(*is_whose).select("customer", address=key(_ADDRESS), zone=key(_ZONE))


def _entering(stores: Stores, journey: Journey, fitting: pl.Series, at: datetime) -> pl.DataFrame:
    """Return the walks that would begin."""
    with stores.ledger.reading() as tx:
        version = records.newest_version(tx, journey.name) + 1
        if len(fitting) > records.LOOKED_UP:
            past = records.past_of_everybody(tx, journey.name)
        else:
            past = records.past_of(tx, journey.name, fitting)
    candidates = fitting.to_frame().with_columns(entry_key=pl.lit("foreseen"))
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
