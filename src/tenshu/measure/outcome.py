"""What everybody who entered a scenario went on to do, arm by arm.

One row a person, from the first entry: somebody who entered five times counts once, or frequent
buyers would weigh five times. A customer who was merged from two that entered in different arms
stays in the arm of the earlier entry and is marked. Orders count when they come after the entry
and inside the window; the order that let somebody in is not its own result.

Windows that are still open at `now` count with what has happened so far. Both arms enter by the
same rule at the same instants, so they have been watched equally long and the difference is
fair; it is only the effect *so far*. `is_complete` says whose window is over.
"""

from datetime import datetime
from typing import Final

import msgspec
import polars as pl

from tenshu.collect.vocabulary import JOURNEY_ENTERED
from tenshu.store.tables import to_micros
from tenshu.store.warehouse import Warehouse

_ENTRIES: Final = """
WITH entered AS (
    SELECT customer, node, occurred_at, json_extract_string(properties, '$.arm') AS arm
    FROM customer_facts
    WHERE event = $event
      AND json_extract_string(properties, '$.journey') = $journey
      AND occurred_at <= make_timestamp($now)
)
SELECT
    customer::BIGINT AS customer,
    arg_min(arm, {'at': occurred_at, 'node': node}) AS arm,
    min(occurred_at) AS entered_at,
    count(DISTINCT arm) > 1 AS is_mixed
FROM entered
GROUP BY customer
ORDER BY customer
"""

_ORDERS: Final = """
SELECT
    people.customer,
    count(orders.order_no)::BIGINT AS orders,
    coalesce(sum(orders.amount), 0)::BIGINT AS revenue
FROM people
LEFT JOIN orders
    ON orders.customer = people.customer
    AND orders.occurred_at > people.entered_at
    AND orders.occurred_at <= least(people.entered_at + to_days($days), make_timestamp($now))
GROUP BY people.customer
ORDER BY people.customer
"""


class MeanOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of a group of people.

    Attributes:
        people: how many.
        orders: orders per person in the window.
        revenue: minor units per person in the window.
    """

    people: int
    orders: float
    revenue: float


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What a scenario really changed for the treated, per person; known only in a rehearsal."""

    orders: float
    revenue: float


def entries(warehouse: Warehouse, journey: str, *, now: datetime) -> pl.DataFrame:
    """Return everybody who has entered the scenario, once.

    Returns:
        A frame [customer, arm, entered_at, is_mixed], ordered by customer; `arm` is treated or
        held_out, `is_mixed` says that a merge joined entries in both arms.
    """
    given = {"event": JOURNEY_ENTERED, "journey": journey, "now": to_micros(now)}
    return warehouse.frame(_ENTRIES, given)


def outcomes(
    warehouse: Warehouse, journey: str, *, now: datetime, window_days: int, complete_only: bool = False
) -> pl.DataFrame:
    """Return what everybody who entered did in the window after their first entry.

    Args:
        warehouse: the shop's facts.
        journey: the scenario's name.
        now: nothing later counts.
        window_days: length of the window in days of 24 hours.
        complete_only: leave out people whose window is still open.

    Returns:
        A frame [customer, arm, entered_at, is_mixed, orders, revenue, is_complete], ordered by
        customer.
    """
    people = entries(warehouse, journey, now=now).with_columns(
        is_complete=pl.col("entered_at") + pl.duration(days=window_days) <= now
    )
    if complete_only:
        people = people.filter("is_complete")
    bought = _bought(warehouse, people, window_days=window_days, until=to_micros(now))
    joined = people.join(bought, on="customer", how="left", maintain_order="left")
    return joined.select("customer", "arm", "entered_at", "is_mixed", "orders", "revenue", "is_complete")


def mean_outcome(
    warehouse: Warehouse, people: pl.DataFrame, window_days: int, *, now: datetime | None = None
) -> MeanOutcome:
    """Return the mean outcome of given people in a warehouse, be it another one.

    Args:
        warehouse: whose orders count; a twin run's to learn what would have happened.
        people: [customer, entered_at], one row a customer.
        window_days: length of the window in days.
        now: nothing later counts; None = everything there is.
    """
    if people.is_empty():
        return MeanOutcome(people=0, orders=0.0, revenue=0.0)
    until = _FOREVER if now is None else to_micros(now)
    bought = _bought(warehouse, people, window_days=window_days, until=until)
    orders, revenue = bought.select(pl.col("orders").sum(), pl.col("revenue").sum()).row(0)
    return MeanOutcome(people=people.height, orders=orders / people.height, revenue=revenue / people.height)


def true_lift(warehouse: Warehouse, twin: Warehouse, journey: str, *, now: datetime, window_days: int) -> Truth | None:
    """Return what the scenario changed for the treated, against a twin run in which it was silent.

    Both warehouses must come from runs with the same people, files and random numbers.

    Returns:
        Mean outcome here minus the same people's mean outcome in the twin; None when nobody was treated.
    """
    treated = entries(warehouse, journey, now=now).filter(pl.col("arm") == "treated")
    if treated.is_empty():
        return None
    here = mean_outcome(warehouse, treated, window_days, now=now)
    there = mean_outcome(twin, treated, window_days, now=now)
    return Truth(orders=here.orders - there.orders, revenue=here.revenue - there.revenue)


#: 9999-12-31, as microseconds since 1970.
_FOREVER: Final = 253_402_214_400_000_000


def _bought(warehouse: Warehouse, people: pl.DataFrame, *, window_days: int, until: int) -> pl.DataFrame:
    given = {"days": window_days, "now": until}
    return warehouse.frame(_ORDERS, given, people=people.select("customer", "entered_at"))
