"""Learn which goods are bought together: the pairs that suggestions are made from.

Every order is a basket, also those of nobody known. One self-join counts each pair of goods:
support, confidence and lift are the plain shares of baskets (Agrawal, Imielinski & Swami 1993).
What suggestions are ordered by is `strength`: a cosine in which a pair of a basket of n goods
counts 1 / (n - 1), so that every basket gives each of its goods one vote to share among its
companions (Newman 2001 weighs joint papers so). A wholesaler's order for half the catalogue says
little about taste, and would otherwise outvote hundreds of small orders.

Baskets with more than `basket_cap` different goods are left out of the pairs altogether: their cost
grows with the square of their size.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
import polars as pl

from tenshu.store.tables import to_micros
from tenshu.store.warehouse import Warehouse

BASKET_CAP: Final = 100
MIN_BASKETS: Final = 5
NEIGHBOURS: Final = 30
FRESH_DAYS: Final = 90

#: What a fit reads, as queries by the name of the table: enough of them for a fit on a snapshot.
READ: Final[Mapping[str, str]] = {
    "order_lines": "SELECT node, event, source, order_no, product_id, description, unit_price, is_goods, occurred_at "
    "FROM order_lines WHERE event = 'product_purchased' AND is_goods",
    "node_map": "SELECT node, customer FROM node_map",
}
#: The tables that a fit fills.
LEARNED: Final = ("bought_together", "sellable_products")

_BASKETS: Final = """
CREATE OR REPLACE TEMP TABLE basket_goods AS
WITH goods AS (
    SELECT DISTINCT source, order_no, product_id
    FROM order_lines
    WHERE event = 'product_purchased' AND is_goods AND occurred_at <= make_timestamp($now)
)
SELECT
    dense_rank() OVER (ORDER BY source, order_no) AS basket,
    product_id,
    count(*) OVER (PARTITION BY source, order_no) AS size
FROM goods
"""

# Grouped in whole numbers where it can be; the weights are summed in a fixed-point type, so that the order
# in which threads add them cannot change the result.
_PAIRS: Final = """
INSERT INTO bought_together
WITH counted AS (
    SELECT basket, product_id, (1.0 / (size - 1))::DECIMAL(18, 9) AS weight
    FROM basket_goods
    WHERE size BETWEEN 2 AND $cap
), total AS (
    SELECT count(DISTINCT basket) AS baskets FROM counted
), single AS (
    SELECT product_id, count(*) AS baskets FROM counted GROUP BY product_id
), pair AS (
    SELECT one.product_id, other.product_id AS other_id, count(*) AS baskets, sum(one.weight)::DOUBLE AS weight
    FROM counted AS one
    JOIN counted AS other ON one.basket = other.basket AND one.product_id <> other.product_id
    GROUP BY one.product_id, other.product_id
    HAVING count(*) >= $least
)
SELECT
    pair.product_id,
    pair.other_id,
    pair.baskets,
    pair.baskets / total.baskets AS support,
    pair.baskets / this.baskets AS confidence,
    pair.baskets * total.baskets / (this.baskets * that.baskets) AS lift,
    pair.weight / sqrt(this.baskets * that.baskets) AS strength
FROM pair
CROSS JOIN total
JOIN single AS this ON this.product_id = pair.product_id
JOIN single AS that ON that.product_id = pair.other_id
QUALIFY row_number() OVER (PARTITION BY pair.product_id ORDER BY strength DESC, pair.other_id) <= $neighbours
ORDER BY pair.product_id, strength DESC, pair.other_id
"""

_SELLABLE: Final = """
INSERT INTO sellable_products
WITH sold AS (
    SELECT lines.*, map.customer
    FROM order_lines AS lines
    LEFT JOIN node_map AS map USING (node)
    WHERE lines.event = 'product_purchased' AND lines.is_goods AND lines.occurred_at <= make_timestamp($now)
), recent AS (
    SELECT * FROM sold WHERE occurred_at > (SELECT max(occurred_at) FROM sold) - to_days($fresh)
), product AS (
    SELECT
        product_id,
        arg_max(description, {'at': occurred_at, 'text': description}) AS name,
        quantile_disc(unit_price, 0.5) AS unit_price,
        count(DISTINCT customer)::INTEGER AS buyers
    FROM recent
    GROUP BY product_id
)
SELECT *, row_number() OVER (ORDER BY buyers DESC, product_id) AS popularity
FROM product
ORDER BY popularity
"""

_FIT: Final = """
INSERT INTO bought_together_fits
SELECT
    coalesce((SELECT max(version) FROM bought_together_fits), 0) + 1,
    make_timestamp($now),
    (SELECT count(DISTINCT basket) FROM basket_goods WHERE size BETWEEN 2 AND $cap),
    (SELECT count(DISTINCT basket) FROM basket_goods WHERE size > $cap),
    (SELECT count(*) FROM bought_together)
"""


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """What the pairs rest on.

    Attributes:
        version: counts the fits of this shop, from 1.
        as_of_at: nothing later was counted.
        baskets: orders with at least two goods and no more than the cap.
        too_large: orders left out because of the cap.
        pairs: directed pairs that were kept.
    """

    version: int
    as_of_at: datetime
    baskets: int
    too_large: int
    pairs: int


def fit(
    warehouse: Warehouse,
    *,
    now: datetime,
    basket_cap: int = BASKET_CAP,
    min_baskets: int = MIN_BASKETS,
    neighbours: int = NEIGHBOURS,
    fresh_days: int = FRESH_DAYS,
) -> Fit:
    """Learn the pairs from everything bought up to `now`, in place of what was learned before.

    Args:
        warehouse: the shop's order lines.
        now: nothing later counts.
        basket_cap: orders with more different goods are left out.
        min_baskets: pairs seen in fewer orders are chance, and are dropped.
        neighbours: how many companions are kept for one product.
        fresh_days: goods not sold in the last so many days before the newest sale are not suggested.
    """
    upto = to_micros(now)
    with warehouse.transaction():
        for table in LEARNED:
            warehouse.execute(f"DELETE FROM {table}")  # noqa: S608 - two fixed names
        warehouse.execute(_BASKETS, {"now": upto})
        warehouse.execute(_PAIRS, {"cap": basket_cap, "least": min_baskets, "neighbours": neighbours})
        warehouse.execute(_SELLABLE, {"now": upto, "fresh": fresh_days})
        warehouse.execute(_FIT, {"now": upto, "cap": basket_cap})
        warehouse.execute("DROP TABLE basket_goods")
    found = last_fit(warehouse)
    assert found is not None  # noqa: S101 - it was written a moment ago
    return found


def take_over(warehouse: Warehouse, found: Fit, files: Mapping[str, str]) -> None:
    """Put what was learned on a snapshot in place of what was learned before, as the next version.

    Changes nothing when a fit of a later instant, or of the same, is there already. Runs in the caller's transaction.

    Args:
        warehouse: the shop's.
        found: what the pairs rest on; its version counts for nothing here.
        files: table of `LEARNED` -> its Parquet file, quoted as SQL text.
    """
    newest = last_fit(warehouse)
    if newest is not None and newest.as_of_at >= found.as_of_at:
        return
    for table in LEARNED:
        warehouse.execute(f"DELETE FROM {table}")  # noqa: S608 - two fixed names
        warehouse.execute(f"INSERT INTO {table} BY NAME SELECT * FROM read_parquet({files[table]})")  # noqa: S608
    kept = msgspec.structs.replace(found, version=newest.version + 1 if newest else 1)
    warehouse.append("bought_together_fits", pl.DataFrame([msgspec.structs.asdict(kept)]))


def last_fit(warehouse: Warehouse) -> Fit | None:
    """Return what the present pairs rest on, or None before the first fit."""
    rows = warehouse.frame("SELECT * FROM bought_together_fits ORDER BY version DESC LIMIT 1")
    return Fit(**rows.row(0, named=True)) if rows.height else None


def companions(warehouse: Warehouse, products: pl.Series) -> pl.DataFrame:
    """Return what is bought together with the given products, strongest first.

    Returns:
        A frame [product_id, other_id, name, baskets, support, confidence, lift, strength], only goods still on sale.
    """
    wanted = pl.DataFrame({"product_id": products.unique().cast(pl.String)})
    return warehouse.frame(
        """
        SELECT pair.product_id, pair.other_id, goods.name,
            pair.baskets, pair.support, pair.confidence, pair.lift, pair.strength
        FROM bought_together AS pair
        JOIN wanted USING (product_id)
        JOIN sellable_products AS goods ON goods.product_id = pair.other_id
        ORDER BY pair.product_id, pair.strength DESC, pair.other_id
        """,
        wanted=wanted,
    )
