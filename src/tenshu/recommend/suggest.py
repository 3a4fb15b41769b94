"""Suggest goods to people: what goes with their last order, else what is popular.

Left out: what they have bought before, what is no goods (postage, fees), what is no longer sold.
One call answers for one customer or for thousands, in two statements.
"""

from datetime import datetime
from typing import Final

import polars as pl

from tenshu.recommend.reason import BOUGHT_TOGETHER, POPULAR
from tenshu.store.tables import to_micros
from tenshu.store.warehouse import Warehouse

#: How far down the list of popular goods is looked for something that a person does not own yet.
POPULAR_DEPTH: Final = 200

#: Columns of the answer; `score` orders the suggestions of one person and means nothing between people.
SUGGESTION_SCHEMA: Final[dict[str, pl.DataType]] = {
    "customer": pl.Int64(),
    "rank": pl.Int64(),
    "product_id": pl.String(),
    "name": pl.String(),
    "unit_price": pl.Decimal(18, 4),
    "reason": pl.String(),
    "because_id": pl.String(),
    "because_name": pl.String(),
    "confidence": pl.Float64(),
    "lift": pl.Float64(),
    "score": pl.Float64(),
}

_OWNED: Final = """
bought AS (
    SELECT customer, source, order_no, product_id, description, is_goods, occurred_at
    FROM purchases
    WHERE customer IN (SELECT customer FROM wanted) AND occurred_at <= make_timestamp($now)
), owned AS (
    SELECT DISTINCT customer, product_id FROM bought
)
"""

_TOGETHER: Final = f"""
WITH {_OWNED}, basket AS (
    SELECT customer, arg_max(
        {{'source': source, 'order_no': order_no}}, {{'at': started_at, 'source': source, 'order_no': order_no}}
    ) AS key
    FROM (
        SELECT customer, source, order_no, min(occurred_at) AS started_at
        FROM bought
        WHERE is_goods
        GROUP BY customer, source, order_no
    )
    GROUP BY customer
), anchor AS (
    SELECT bought.customer, bought.product_id, max(bought.description) AS name
    FROM bought
    JOIN basket ON basket.customer = bought.customer
        AND basket.key.source = bought.source AND basket.key.order_no = bought.order_no
    WHERE bought.is_goods
    GROUP BY bought.customer, bought.product_id
), candidate AS (
    SELECT
        anchor.customer,
        pair.other_id AS product_id,
        sum(pair.strength::DECIMAL(18, 12))::DOUBLE AS score,
        arg_max(
            {{'id': anchor.product_id, 'name': anchor.name, 'confidence': pair.confidence, 'lift': pair.lift}},
            {{'strength': pair.strength, 'product_id': pair.product_id}}
        ) AS best
    FROM anchor
    JOIN bought_together AS pair ON pair.product_id = anchor.product_id
    ANTI JOIN owned ON owned.customer = anchor.customer AND owned.product_id = pair.other_id
    GROUP BY anchor.customer, pair.other_id
)
SELECT
    candidate.customer::BIGINT AS customer,
    row_number() OVER (PARTITION BY candidate.customer ORDER BY candidate.score DESC, goods.product_id) AS rank,
    goods.product_id,
    goods.name,
    goods.unit_price,
    '{BOUGHT_TOGETHER}' AS reason,
    candidate.best.id AS because_id,
    candidate.best.name AS because_name,
    candidate.best.confidence AS confidence,
    candidate.best.lift AS lift,
    candidate.score
FROM candidate
JOIN sellable_products AS goods ON goods.product_id = candidate.product_id
QUALIFY rank <= $count
"""  # noqa: S608 - fixed words of this file

_POPULAR: Final = f"""
WITH {_OWNED}, taken AS (
    SELECT customer, product_id FROM owned
    UNION ALL
    SELECT customer, product_id FROM suggested
)
SELECT
    wanted.customer::BIGINT AS customer,
    wanted.found + row_number() OVER (PARTITION BY wanted.customer ORDER BY goods.popularity) AS rank,
    goods.product_id,
    goods.name,
    goods.unit_price,
    '{POPULAR}' AS reason,
    CAST(NULL AS VARCHAR) AS because_id,
    CAST(NULL AS VARCHAR) AS because_name,
    CAST(NULL AS DOUBLE) AS confidence,
    CAST(NULL AS DOUBLE) AS lift,
    goods.buyers::DOUBLE AS score
FROM wanted
CROSS JOIN (SELECT * FROM sellable_products WHERE popularity <= $depth) AS goods
ANTI JOIN taken ON taken.customer = wanted.customer AND taken.product_id = goods.product_id
QUALIFY rank <= $count
"""  # noqa: S608 - fixed words of this file


def recommend(warehouse: Warehouse, customers: pl.Series, *, now: datetime, count: int = 3) -> pl.DataFrame:
    """Return up to `count` suggestions for each customer.

    Args:
        warehouse: the shop, after `bought_together.fit`.
        customers: customer numbers; may be one or thousands.
        now: orders up to this instant count.
        count: how many for each. Whoever owns nearly everything popular may get fewer.

    Returns:
        A frame with the columns of `SUGGESTION_SCHEMA`, ordered by customer and rank (from 1).
    """
    wanted = pl.DataFrame({"customer": customers.cast(pl.Int64).unique().sort()})
    if wanted.is_empty():
        return pl.DataFrame(schema=SUGGESTION_SCHEMA)
    given = {"now": to_micros(now), "count": count}
    together = warehouse.frame(_TOGETHER, given, wanted=wanted)
    lacking = (
        wanted.join(together.group_by("customer").agg(found=pl.len().cast(pl.Int64)), on="customer", how="left")
        .with_columns(pl.col("found").fill_null(0))
        .filter(pl.col("found") < count)
    )
    found = [together]
    if lacking.height:
        suggested = together.select("customer", "product_id").join(lacking, on="customer", how="semi")
        found.append(warehouse.frame(_POPULAR, given | {"depth": POPULAR_DEPTH}, wanted=lacking, suggested=suggested))
    everything = pl.concat([part.cast(SUGGESTION_SCHEMA) for part in found])  # type: ignore[arg-type]
    return everything.sort("customer", "rank")
