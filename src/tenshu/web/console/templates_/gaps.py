"""How many of an audience have nothing in the fields that a letter merges in: counted in one statement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from tenshu.bootstrap import Shop
from tenshu.content.shop import read_shop
from tenshu.know.members import known_customers
from tenshu.know.trait import read_traits
from tenshu.segment.evaluate import evaluate
from tenshu.segment.saved import SegmentMissing, read_segments

#: The audience of everybody.
EVERYBODY = ""


def read_gaps(shop: Shop, _live: object, *, fields: list[str], segment: str, now: str) -> Mapping[str, Any]:
    """Return how many there are, and of how many each field is blank.

    Args:
        shop: whose customers.
        fields: names of traits.
        segment: a kept segment's name; `EVERYBODY` asks about all.
        now: the instant that counts, in ISO 8601.

    Raises:
        SegmentMissing: there is no such segment.
    """
    at = datetime.fromisoformat(now)
    people = audience(shop, segment, now=at)
    base = known_customers(shop.warehouse) if people is None else len(people)
    if not fields or not base:
        return {"base": int(base), "blank": dict.fromkeys(fields, 0)}
    known = read_traits(shop.warehouse, fields, now=at, customers=people)
    told = known.select(pl.col(name).str.strip_chars().str.len_chars().gt(0).sum() for name in fields).row(
        0, named=True
    )
    return {"base": int(base), "blank": {name: int(base) - int(told[name] or 0) for name in fields}}


def audience(shop: Shop, segment: str, *, now: datetime) -> pl.Series | None:
    """Return the numbers of those in a kept segment, in order; None for everybody.

    Raises:
        SegmentMissing: there is no such segment.
    """
    if segment == EVERYBODY:
        return None
    with shop.ledger.reading() as tx:
        kept = {one.name: one for one in read_segments(tx)}
    if segment not in kept:
        raise SegmentMissing(name=segment, known=", ".join(kept) or "-")
    met = evaluate(shop.warehouse, {"met": kept[segment].condition}, now=now, zone=read_shop(shop.ledger).zone)
    return met.filter(pl.col("met"))["customer"].sort()


def read_neighbours(shop: Shop, _live: object, *, customer: int, segment: str, now: str) -> Mapping[str, Any]:
    """Return who comes before and after a customer in an audience, the first of it, and whether the customer is in it.

    None stands where nobody does.
    """
    people = audience(shop, segment, now=datetime.fromisoformat(now))
    if people is None:
        row = shop.warehouse.frame(
            "SELECT max(customer) FILTER (customer < $at) AS before, min(customer) FILTER (customer > $at) AS after, "
            "min(customer) AS first FROM node_map",
            {"at": customer},
        ).row(0, named=True)
        return {**{name: None if value is None else int(value) for name, value in row.items()}, "is_in": True}
    before, after = people.filter(people < customer), people.filter(people > customer)
    return {
        "before": int(before[-1]) if len(before) else None,
        "after": int(after[0]) if len(after) else None,
        "first": int(people[0]) if len(people) else None,
        "is_in": customer in people,
    }
