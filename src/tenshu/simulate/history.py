"""What is known of each buyer when a rehearsal begins: the only thing simulated customers start from."""

from datetime import datetime
from typing import Final

import polars as pl

from tenshu.store.ledger import INSTANT
from tenshu.store.warehouse import Warehouse

FAVOURITE: Final = pl.Struct(
    {"product_id": pl.String, "description": pl.String, "quantity": pl.Int64, "unit_price": pl.Decimal(18, 4)}
)

#: One row a buyer. `revenue` is in minor units, `favourites` are what they bought most often, best first.
HISTORY: Final[dict[str, pl.DataType]] = {
    "customer": pl.Int64(),
    "first_order_at": INSTANT,
    "last_order_at": INSTANT,
    "orders": pl.Int64(),
    "revenue": pl.Int64(),
    "favourites": pl.List(FAVOURITE),
}

_BUYERS: Final = """
SELECT customer, min(occurred_at) AS first_order_at, max(occurred_at) AS last_order_at,
       count(*)::BIGINT AS orders, sum(amount)::BIGINT AS revenue
FROM orders WHERE occurred_at < $now GROUP BY customer
"""

# One huge line must not come back in every order: it would be the revenue of the whole rehearsal.
_FAVOURITES: Final = """
WITH bought AS (
    SELECT customer, product_id, arg_max(description, occurred_at) AS description, count(*) AS times,
           median(quantity) AS usual, arg_max(unit_price, occurred_at) AS unit_price
    FROM purchases WHERE is_goods AND occurred_at < $now GROUP BY customer, product_id
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY customer ORDER BY times DESC, product_id) AS place FROM bought
)
SELECT customer, product_id, description, unit_price,
       greatest(1, least(round(usual), $most_units, floor($most_amount / unit_price)))::BIGINT AS quantity
FROM ranked WHERE place <= $most_products ORDER BY customer, place
"""


def customer_history(
    warehouse: Warehouse, *, now: datetime, most_products: int = 12, most_units: int = 48, most_amount: float = 60.0
) -> pl.DataFrame:
    """Return one row a buyer in the columns of `HISTORY`, from what lies in the warehouse before `now`.

    Args:
        warehouse: where the purchases are.
        now: the instant the rehearsal begins.
        most_products: how many favourite products are kept of each.
        most_units: a favourite's usual quantity is cut at so many pieces ...
        most_amount: ... and at so much money (in major units), but not below one piece.
    """
    at = {"now": now.replace(tzinfo=None) if now.tzinfo is None else _naive_utc(now)}
    buyers = warehouse.frame(_BUYERS, at)
    limits = {"most_products": most_products, "most_units": most_units, "most_amount": most_amount}
    lines = warehouse.frame(_FAVOURITES, at | limits)
    favourites = lines.group_by("customer", maintain_order=True).agg(
        pl.struct(pl.col(field.name).cast(field.dtype) for field in FAVOURITE.fields).alias("favourites")
    )
    known = buyers.join(favourites, on="customer", how="left").with_columns(pl.col("favourites").fill_null([]))
    return known.select(pl.col(name).cast(kind) for name, kind in HISTORY.items()).sort("customer")


def _naive_utc(instant: datetime) -> datetime:
    shown: datetime = pl.Series([instant]).dt.convert_time_zone("UTC").dt.replace_time_zone(None)[0]
    return shown
