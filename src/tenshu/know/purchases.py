"""Add up what each customer has bought: the numbers that RFM, deciles and ranks stand on.

An order is (source, order number) of a customer and its time is its earliest line, as in the view
`orders`; here only lines up to an instant count, so that any past day can be asked. Recency is
the local day of the last order in the shop's zone, so that the hour of a purchase ranks nobody.
"""

from datetime import datetime
from typing import Final

import polars as pl

from tenshu.condition.window import days_before
from tenshu.know.members import members_of
from tenshu.store.warehouse import Warehouse

_SQL: Final = """
    WITH {members}, placed AS (
        SELECT m.customer, o.source, o.order_no, min(o.occurred_at) AS placed_at, sum(o.amount) AS amount
        FROM order_lines AS o JOIN members AS m ON o.node = m.node
        WHERE o.event = 'product_purchased' AND o.occurred_at <= $until
        GROUP BY m.customer, o.source, o.order_no
    )
    SELECT
        customer::BIGINT AS customer,
        min(placed_at)::TIMESTAMP AS first_order_at,
        max(placed_at)::TIMESTAMP AS last_order_at,
        count(*)::BIGINT AS orders,
        sum(amount)::BIGINT AS revenue,
        (count(*) FILTER (placed_at >= $since))::BIGINT AS period_orders,
        coalesce(sum(amount) FILTER (placed_at >= $since), 0)::BIGINT AS period_revenue
    FROM placed
    GROUP BY customer
    ORDER BY customer
"""
_EVER: Final = datetime(1, 1, 1)  # noqa: DTZ001 - the warehouse keeps UTC without a zone


def buyers(
    warehouse: Warehouse, *, until: datetime, since_at: datetime | None, zone: str, customers: pl.Series | None = None
) -> pl.DataFrame:
    """Return one row per customer who ever bought.

    Args:
        warehouse: where the order lines lie.
        until: the last instant that counts.
        since_at: where the period begins that `period_orders` and `period_revenue` count; None = ever.
        zone: the shop's zone, for the local day of the last order.
        customers: who is asked about; None = everybody.

    Returns:
        customer, first_order_at, last_order_at, last_order_on, orders, revenue (minor units), period_orders,
        period_revenue; ordered by customer.
    """
    members = members_of(customers)
    since = _EVER if since_at is None else since_at.replace(tzinfo=None)
    given = {"until": until.replace(tzinfo=None), "since": since}
    found = warehouse.frame(_SQL.format(members=members.table), given, **members.lent)
    return found.with_columns(last_order_on=pl.col("last_order_at").dt.convert_time_zone(zone).dt.date())


def period_start(as_of: datetime, period_days: int | None, zone: str) -> datetime | None:
    """Return where a period of so many days begins: the local midnight that opened the day that many days before."""
    return None if period_days is None else days_before(as_of, period_days, zone)
