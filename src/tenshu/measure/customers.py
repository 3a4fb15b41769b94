"""Describe a shop's customers for the report: totals, heat map, deciles, ranks."""

from datetime import datetime
from typing import Final

import msgspec
import polars as pl

from tenshu.know.cuts import Cuts, RankBorders, cut_points, scored
from tenshu.know.members import known_customers
from tenshu.know.purchases import buyers, period_start
from tenshu.store.warehouse import Warehouse

#: Best first.
RANKS: Final = ("best", "loyal", "regular", "trial", "dormant")


class RfmCell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the heat map: scores 1 (worst) to 5 (best), minor units of revenue."""

    recency: int
    frequency: int
    customers: int
    revenue: int


class DecileRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tenth of the buyers, best first.

    Attributes:
        decile: 1 (best) to 10.
        customers: how many.
        revenue: minor units.
        revenue_rate: share of all revenue, 0..1.
        cumulative_rate: share of all revenue of this and all better tenths.
    """

    decile: int
    customers: int
    revenue: int
    revenue_rate: float
    cumulative_rate: float


class RankRow(msgspec.Struct, frozen=True, kw_only=True):
    """One rank (best, loyal, regular, trial, dormant) with its people."""

    rank: str
    customers: int
    revenue: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """A shop in four numbers.

    Attributes:
        customers: known customers with a counted order.
        known_customers: everybody known, buyers or not.
        orders: counted orders of known customers.
        revenue: their minor units, each line rounded.
    """

    customers: int = 0
    known_customers: int = 0
    orders: int = 0
    revenue: int = 0


class CustomerSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The customers' half of the report."""

    totals: Totals = Totals()
    rfm: tuple[RfmCell, ...] = ()
    deciles: tuple[DecileRow, ...] = ()
    ranks: tuple[RankRow, ...] = ()


def totals(warehouse: Warehouse) -> Totals:
    """Count everything that is there: what an import has brought, say."""
    row = warehouse.frame(
        """
        SELECT
            count(DISTINCT customer)::BIGINT AS customers,
            (SELECT count(DISTINCT customer) FROM node_map)::BIGINT AS known_customers,
            count(*)::BIGINT AS orders,
            coalesce(sum(amount), 0)::BIGINT AS revenue
        FROM orders
        """
    ).row(0, named=True)
    return Totals(**row)


def customer_sheet(
    warehouse: Warehouse,
    *,
    now: datetime,
    zone: str,
    borders: RankBorders | None = None,
    published: Cuts | None = None,
) -> CustomerSheet:
    """Describe everybody who had bought by `now`.

    Args:
        warehouse: the shop's orders.
        now: nothing later counts, and recency is measured to here.
        zone: the shop's zone, for days.
        borders: the shop's borders between ranks.
        published: cut points to go by, as segments do; None = those of this very instant.
    """
    chosen = borders or RankBorders()
    since_at = published.since_at if published else period_start(now, chosen.period_days, zone)
    bought = buyers(warehouse, until=now, since_at=since_at, zone=published.zone if published else zone)
    known = known_customers(warehouse)
    if bought.is_empty():
        return CustomerSheet(totals=Totals(known_customers=known))
    cuts = published or cut_points(bought, as_of=now, since_at=since_at, zone=zone, borders=chosen)
    people = scored(bought, cuts)
    orders, revenue = people.select(pl.col("orders").sum(), pl.col("revenue").sum()).row(0)
    return CustomerSheet(
        totals=Totals(customers=people.height, known_customers=known, orders=orders, revenue=revenue),
        rfm=heat_map(people),
        deciles=decile_curve(people),
        ranks=rank_rows(people),
    )


def heat_map(people: pl.DataFrame) -> tuple[RfmCell, ...]:
    """Count people by recency and frequency score, worst cell first; empty cells are left out.

    Args:
        people: [recency_score, frequency_score, period_revenue]; people without a score are left out.
    """
    cells = (
        people.drop_nulls(["recency_score", "frequency_score"])
        .group_by(recency="recency_score", frequency="frequency_score")
        .agg(customers=pl.len(), revenue=pl.col("period_revenue").sum())
        .sort("recency", "frequency")
    )
    return tuple(RfmCell(**row) for row in cells.iter_rows(named=True))


def decile_curve(people: pl.DataFrame) -> tuple[DecileRow, ...]:
    """Sum revenue by decile, best first.

    Args:
        people: [decile, period_revenue]; people without a decile are left out.
    """
    rows = (
        people.drop_nulls("decile")
        .group_by("decile")
        .agg(customers=pl.len(), revenue=pl.col("period_revenue").sum())
        .sort("decile")
    )
    whole = max(int(rows["revenue"].sum()), 1)
    shared = rows.with_columns(
        revenue_rate=pl.col("revenue") / whole, cumulative_rate=pl.col("revenue").cum_sum() / whole
    )
    return tuple(DecileRow(**row) for row in shared.iter_rows(named=True))


def rank_rows(people: pl.DataFrame) -> tuple[RankRow, ...]:
    """Count people by rank, best rank first; a rank with nobody in it is shown with 0.

    Args:
        people: [rank, revenue].
    """
    found = people.group_by("rank").agg(customers=pl.len(), revenue=pl.col("revenue").sum())
    rows = pl.DataFrame({"rank": RANKS}).join(found, on="rank", how="left", maintain_order="left").fill_null(0)
    return tuple(RankRow(**row) for row in rows.iter_rows(named=True))
