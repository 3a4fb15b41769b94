"""Cut customers into ten equal groups by revenue, best first (デシル分析).

Asks how much of the revenue how few customers bring. The groups are those of SQL's ntile(10): where the
number of customers does not divide by ten the first groups have one more; ties go by customer number.
"""

from datetime import datetime

import polars as pl

from tenshu.know.rfm import rfm
from tenshu.store.warehouse import Warehouse


def deciles(warehouse: Warehouse, *, as_of: datetime, zone: str, period_days: int | None = None) -> pl.DataFrame:
    """Return customer, revenue (minor units) and decile of everybody who bought in the period, ordered by customer."""
    return rfm(warehouse, as_of=as_of, zone=zone, period_days=period_days).select("customer", "revenue", "decile")


def decile_table(ranked: pl.DataFrame) -> pl.DataFrame:
    """Return one row per decile of a frame of `deciles`.

    Returns:
        decile, customers, revenue, revenue_rate (share of all revenue), cumulative_rate (with all better deciles),
        revenue_per_customer.

    >>> ranked = pl.DataFrame({"customer": [1, 2], "revenue": [30, 10], "decile": [1, 2]})
    >>> decile_table(ranked)["cumulative_rate"].to_list()
    [0.75, 1.0]
    """
    total = pl.col("revenue").sum()
    return (
        ranked.group_by("decile")
        .agg(customers=pl.len().cast(pl.Int64), revenue=pl.col("revenue").sum())
        .sort("decile")
        .with_columns(
            revenue_rate=pl.col("revenue") / total,
            cumulative_rate=pl.col("revenue").cum_sum() / total,
            revenue_per_customer=pl.col("revenue") / pl.col("customers"),
        )
    )
