"""Score customers by recency, frequency and monetary value (RFM分析).

Asks who the best customers are and who is drifting away. Each score goes from 1 to 5 within the
shop: 1 + floor(5 x share strictly worse), at most 5, and ties share, so that a score never depends on
the order of rows. `as_of` is an argument, so any past day can be asked.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from tenshu.know.cuts import RankBorders, cut_points, scored
from tenshu.know.purchases import buyers, period_start
from tenshu.store.warehouse import Warehouse


def rfm(
    warehouse: Warehouse,
    *,
    as_of: datetime,
    zone: str,
    period_days: int | None = None,
    borders: RankBorders | None = None,
) -> pl.DataFrame:
    """Return one row per customer who bought in the period, ordered by customer.

    Args:
        warehouse: where the order lines lie.
        as_of: the last instant that counts.
        zone: the shop's zone: recency is counted in its days.
        period_days: count only orders since the local midnight that many days before; None = all.
        borders: the shop's borders between ranks.

    Returns:
        customer, last_order_at, last_order_on, recency_days, orders, revenue (of the period, minor units),
        recency_score, frequency_score, monetary_score (1-5, 5 is best), decile (1 is best), rank.
    """
    every = analysed(warehouse, as_of=as_of, zone=zone, period_days=period_days, borders=borders)
    return as_rfm(every, as_of=as_of, zone=zone)


def as_rfm(analysed: pl.DataFrame, *, as_of: datetime, zone: str) -> pl.DataFrame:
    """Return the columns of `rfm` from a frame of `analysed`."""
    today = as_of.astimezone(ZoneInfo(zone)).date()
    return analysed.filter(pl.col("period_orders") > 0).select(
        "customer",
        "last_order_at",
        "last_order_on",
        (pl.lit(today) - pl.col("last_order_on")).dt.total_days().alias("recency_days"),
        pl.col("period_orders").alias("orders"),
        pl.col("period_revenue").alias("revenue"),
        "recency_score",
        "frequency_score",
        "monetary_score",
        "decile",
        "rank",
    )


def analysed(
    warehouse: Warehouse,
    *,
    as_of: datetime,
    zone: str,
    period_days: int | None = None,
    borders: RankBorders | None = None,
) -> pl.DataFrame:
    """Return everybody who ever bought, with scores, decile and rank computed for `as_of` (see `cuts.scored`)."""
    chosen = borders or RankBorders()
    since_at = period_start(as_of, period_days if period_days is not None else chosen.period_days, zone)
    bought = buyers(warehouse, until=as_of, since_at=since_at, zone=zone)
    return scored(bought, cut_points(bought, as_of=as_of, since_at=since_at, zone=zone, borders=chosen))


def cells(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the 25 cells of recency and frequency of a frame of `rfm`, empty ones included.

    Returns:
        recency_score, frequency_score (both 5 to 1), customers, revenue.
    """
    grid = pl.DataFrame({"recency_score": range(5, 0, -1)}).join(
        pl.DataFrame({"frequency_score": range(5, 0, -1)}), how="cross", maintain_order="left_right"
    )
    keys = ["recency_score", "frequency_score"]
    found = scores.group_by(keys).agg(customers=pl.len().cast(pl.Int64), revenue=pl.col("revenue").sum())
    filled = grid.join(found, on=keys, how="left", maintain_order="left")
    return filled.with_columns(pl.col("customers", "revenue").fill_null(0))
