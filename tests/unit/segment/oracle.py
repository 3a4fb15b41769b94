"""The judge: what a condition means, one customer and one row at a time, in plain Python.

Slow on purpose and written from the words of the grammar alone: it shares no code with the engine but the
types of conditions. Where the two differ, the engine is wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tenshu.condition import And, Between, Condition, Did, DidNot, Not, Or, Rank, Trait, Within

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?")
LINE_EVENTS = ("product_purchased", "product_returned", "product_given", "order_adjusted")
Scalar = str | int | float | bool | Decimal | None


@dataclass(frozen=True)
class Fact:
    """A fact that is no order line."""

    fact_id: bytes
    node: int | None
    event: str
    occurred_at: datetime
    received_at: datetime
    properties: Mapping[str, object]


@dataclass(frozen=True)
class Line:
    """An order line."""

    fact_id: bytes
    node: int | None
    event: str
    source: str
    order_no: str
    product_id: str
    description: str | None
    quantity: Decimal
    unit_price: Decimal
    amount: int
    is_goods: bool
    occurred_at: datetime


@dataclass(frozen=True)
class Buyer:
    """What somebody had bought at an instant."""

    customer: int
    last_on: date
    orders: int
    period_orders: int
    period_revenue: int


@dataclass(frozen=True)
class Published:
    """The shop as it was when cut points were published."""

    as_of: datetime
    since_at: datetime | None
    buyers: tuple[Buyer, ...]
    dormant_days: int = 180
    best_decile: int = 1
    trial_orders: int = 1
    loyal_orders: int = 5


@dataclass(frozen=True)
class World:
    """Everything that ever happened, and who is who."""

    facts: tuple[Fact, ...]
    lines: tuple[Line, ...]
    node_map: Mapping[int, int]
    zone: str
    published: Published | None = None

    def customers(self) -> list[int]:
        """Return everybody."""
        return sorted(set(self.node_map.values()))


def holds(world: World, condition: Condition, customer: int, now: datetime) -> bool:
    """Return whether the customer meets the condition at `now`."""
    if isinstance(condition, And):
        return all(holds(world, inner, customer, now) for inner in condition.of)
    if isinstance(condition, Or):
        return any(holds(world, inner, customer, now) for inner in condition.of)
    if isinstance(condition, Not):
        return not holds(world, condition.of, customer, now)
    if isinstance(condition, Trait):
        return compares(trait(world, condition.trait, customer, now), condition.cmp, condition.value)
    if isinstance(condition, Rank):
        return compares(ranked(world, condition.by, customer, now), condition.cmp, condition.value)
    return did(world, condition, customer, now) == isinstance(condition, Did)


def did(world: World, asked: Did | DidNot, customer: int, now: datetime) -> bool:
    """Return whether it happened often and much enough."""
    count, total = 0, Decimal(0)
    for at, fields in happened(world, asked.event, customer, now):
        if not in_window(at, asked.within, asked.between, now, world.zone):
            continue
        if not all(compares(fields.get(where.field), where.cmp, where.value) for where in asked.where):
            continue
        count += 1
        if asked.sum is not None:
            total += Decimal(str(as_number(fields.get(asked.sum.field)) or 0))
    is_often = compares(count, *((asked.count.cmp, asked.count.value) if asked.count else ("gte", 1)))
    return is_often and (asked.sum is None or compares(total, asked.sum.cmp, asked.sum.value))


def happened(world: World, event: str, customer: int, now: datetime) -> list[tuple[datetime, Mapping[str, Scalar]]]:
    """Return the facts of one name of a customer up to now, each with its instant and its fields."""
    mine = {node for node, owner in world.node_map.items() if owner == customer}
    if event == "order_completed":
        return [(at, fields) for _key, (at, fields) in sorted(orders(world, mine, now).items())]
    if event in LINE_EVENTS:
        return [
            (line.occurred_at, vars(line))
            for line in world.lines
            if line.node in mine and line.event == event and line.occurred_at <= now
        ]
    return [
        (fact.occurred_at, {name: scalar(value) for name, value in fact.properties.items()})
        for fact in world.facts
        if fact.node in mine and fact.event == event and fact.occurred_at <= now
    ]


def orders(world: World, mine: set[int], now: datetime) -> dict[tuple[str, str], tuple[datetime, Mapping[str, Scalar]]]:
    """Return the orders of a customer: source and number are the key, the earliest line is the time."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in world.lines:
        if line.node in mine and line.event == "product_purchased" and line.occurred_at <= now:
            found.setdefault((line.source, line.order_no), []).append(line)
    return {
        key: (
            min(line.occurred_at for line in lines),
            {
                "source": key[0],
                "order_no": key[1],
                "amount": sum(line.amount for line in lines),
                "lines": len(lines),
            },
        )
        for key, lines in found.items()
    }


def trait(world: World, name: str, customer: int, now: datetime) -> str | None:
    """Return what was stated last about a trait."""
    told = []
    for fact in world.facts:
        is_mine = fact.node is not None and world.node_map.get(fact.node) == customer
        if not is_mine or fact.event != "customer_described" or fact.occurred_at > now:
            continue
        traits = fact.properties.get("traits")
        value = scalar(traits.get(name)) if isinstance(traits, dict) else None
        if value is not None:
            told.append(((fact.occurred_at, fact.received_at, fact.fact_id), as_text(value)))
    return max(told)[1] if told else None


def scalar(value: object) -> Scalar:
    """Return a JSON value that can be compared; lists and objects are not there."""
    return value if isinstance(value, str | int | float | bool) else None


def as_text(value: Scalar) -> str:
    """Return a value as it is written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def as_number(value: Scalar) -> float | None:
    """Return a value as a number, or nothing when it is none."""
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, bool):
        return None
    text = as_text(value)
    return float(text) if NUMBER.fullmatch(text) else None


def compares(found: Scalar, cmp: str, value: object) -> bool:
    """Return whether the comparison holds; with nothing to compare it does not."""
    if cmp == "exists":
        return (found is not None) == value
    if found is None:
        return False
    if isinstance(value, tuple):
        return any(compares(found, "is", one) for one in value)
    if isinstance(value, bool):
        return compares(as_text(found), cmp, as_text(value))
    if isinstance(value, str):
        return compares_text(as_text(found), cmp, value)
    number = as_number(found)
    assert isinstance(value, int | float)
    return number is not None and compares_number(number, cmp, float(value))


def compares_text(found: str, cmp: str, value: str) -> bool:
    """Compare two texts, code point by code point."""
    if cmp in {"contains", "starts", "ends"}:
        return {"contains": value in found, "starts": found.startswith(value), "ends": found.endswith(value)}[cmp]
    return compares_order((found > value) - (found < value), cmp)


def compares_number(found: float, cmp: str, value: float) -> bool:
    """Compare two numbers."""
    return compares_order((found > value) - (found < value), cmp)


def compares_order(order: int, cmp: str) -> bool:
    """Return whether -1 (less), 0 or 1 (more) is what was asked."""
    return {
        "is": order == 0,
        "is_not": order != 0,
        "gt": order > 0,
        "gte": order >= 0,
        "lt": order < 0,
        "lte": order <= 0,
    }[cmp]


def in_window(at: datetime, within: Within | None, between: Between | None, now: datetime, zone: str) -> bool:
    """Return whether an instant lies in the period."""
    if within is not None and within.days is not None:
        first = now.astimezone(ZoneInfo(zone)).date() - timedelta(days=within.days)
        return midnight(first, zone) <= at <= now
    if within is not None:
        return now - timedelta(hours=within.hours or 0) <= at <= now
    if between is not None:
        is_begun = between.from_on is None or at >= midnight(between.from_on, zone)
        return is_begun and (between.to_on is None or at < midnight(between.to_on + timedelta(days=1), zone))
    return at <= now


def midnight(day: date, zone: str) -> datetime:
    """Return the instant at which a local day begins."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def buyer(world: World, customer: int, now: datetime, since_at: datetime | None) -> Buyer | None:
    """Return what a customer had bought by `now`, or None."""
    mine = {node for node, owner in world.node_map.items() if owner == customer}
    found = list(orders(world, mine, now).values())
    if not found:
        return None
    counted = [fields for at, fields in found if since_at is None or at >= since_at]
    return Buyer(
        customer=customer,
        last_on=max(at for at, _ in found).astimezone(ZoneInfo(world.zone)).date(),
        orders=len(found),
        period_orders=len(counted),
        period_revenue=sum(int(str(fields["amount"])) for fields in counted),
    )


def publish(world: World, as_of: datetime, since_at: datetime | None = None) -> Published:
    """Return what is published at an instant: the shop as it was."""
    buyers = [buyer(world, customer, as_of, since_at) for customer in world.customers()]
    return Published(as_of, since_at, tuple(one for one in buyers if one is not None))


def ranked(world: World, by: str, customer: int, now: datetime) -> Scalar:
    """Return a customer's score, decile or rank by what was published."""
    published = world.published
    if published is None or published.as_of > now:
        return None
    me = buyer(world, customer, now, published.since_at)
    if me is None:
        return None
    active = [other for other in published.buyers if other.period_orders > 0]
    if by == "rank":
        return rank_name(me, active, published, world.zone)
    if me.period_orders == 0 or not active:
        return None
    if by == "decile":
        return decile(me, active)
    worse = sum(1 for other in active if is_worse(other, me, by))
    return min(5, 1 + 5 * worse // len(active))


def is_worse(other: Buyer, me: Buyer, by: str) -> bool:
    """Return whether another customer stands strictly below this one."""
    if by == "rfm.recency":
        return other.last_on < me.last_on
    if by == "rfm.frequency":
        return other.period_orders < me.period_orders
    return other.period_revenue < me.period_revenue


def decile(me: Buyer, active: list[Buyer]) -> int:
    """Return the decile: ntile(10), best first, ties by number; newcomers go where they would stand."""
    ordered = sorted((-other.period_revenue, other.customer) for other in active)
    ahead, place = 0, 0
    for tile in range(1, min(10, len(ordered))):
        place += len(ordered) // 10 + (1 if tile <= len(ordered) % 10 else 0)
        ahead += 1 if (-me.period_revenue, me.customer) > ordered[place - 1] else 0
    return 1 + ahead


def rank_name(me: Buyer, active: list[Buyer], published: Published, zone: str) -> str:
    """Return the rank by the questions in their order."""
    today = published.as_of.astimezone(ZoneInfo(zone)).date()
    if me.last_on < today - timedelta(days=published.dormant_days):
        return "dormant"
    is_first = bool(active) and me.period_orders > 0 and decile(me, active) <= published.best_decile
    if is_first and me.orders > published.trial_orders:
        return "best"
    if me.orders <= published.trial_orders:
        return "trial"
    return "loyal" if me.orders >= published.loyal_orders else "regular"
