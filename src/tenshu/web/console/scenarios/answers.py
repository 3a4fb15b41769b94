"""What the owner of the warehouse answers for the pages about scenarios: the first hour of one that is not started."""

from datetime import datetime
from typing import Any

import msgspec
import polars as pl

from tenshu.bootstrap import Shop
from tenshu.content.shop import read_shop
from tenshu.flow.foreseen import FirstHour, foresee
from tenshu.journey import records
from tenshu.journey.foreseen import Foreseen
from tenshu.journey.grammar import Journey
from tenshu.segment.features import TraitFeature, key
from tenshu.web.console.scenarios.ahead import Ahead
from tenshu.web.console.segments.counter import counter_of


def hour(shop: Shop, live: object, *, journey: Any) -> Any:
    """Return the first hour (`Foreseen`) of a scenario that would be started now.

    Args:
        shop: opened as the owner.
        live: the live state; not needed, it knows no scenario that is not started.
        journey: the scenario as plain data.
    """
    del live
    return _plain(_told(_hour(shop, msgspec.convert(journey, Journey), shop.clock.now())))


def ahead(shop: Shop, live: object, *, journey: Any, words: list[str]) -> Any:
    """Return `Ahead`: the first hour, and what is to be known of those who would be sent something.

    Args:
        shop: opened as the owner.
        live: the live state; not needed.
        journey: the scenario as plain data.
        words: the traits that its messages merge.
    """
    del live
    now, scenario = shop.clock.now(), msgspec.convert(journey, Journey)
    first = _hour(shop, scenario, now)
    going = first.customers.filter(pl.col("outcome") == "send")["customer"]
    if going.is_empty():
        return _plain(Ahead(seen=_told(first), sample=None, gaps={}, overlaps={}))
    wanted = {name: TraitFeature(name) for name in words}
    known = counter_of(shop).probe.columns(wanted.values(), now=now, zone=read_shop(shop.ledger).zone)
    theirs = known.join(going.to_frame(), on="customer", how="semi")
    with shop.ledger.reading() as tx:
        overlaps = records.walking_elsewhere(tx, going, scenario.name)
    gaps = {name: len(going) - theirs[key(feature)].count() for name, feature in wanted.items()}
    return _plain(Ahead(seen=_told(first), sample=int(going[0]), gaps=gaps, overlaps=overlaps))


def _hour(shop: Shop, scenario: Journey, now: datetime) -> FirstHour:
    counter = counter_of(shop)
    return foresee(shop, read_shop(shop.ledger), scenario, now=now, digested=counter.digests.of, probe=counter.probe)


def _told(first: FirstHour) -> Foreseen:
    return Foreseen(**{name: getattr(first, name) for name in Foreseen.__struct_fields__})


def _plain(told: Foreseen | Ahead) -> Any:
    return msgspec.to_builtins(told, builtin_types=(datetime,))
