"""The baseline of `rfm`: RFM and deciles as an analyst writes them, one statement each, in the same engine.

The definitions are the product's: an order is (source, order number) of a customer and its time is its earliest line;
recency counts days of the shop's zone; a score is 1 + floor(5 x share strictly worse), at most 5; decile = ntile(10)
by revenue, best first, ties by number.
"""

from typing import Final

_PLACED: Final = """
    WITH placed AS (
        SELECT map.customer, source, order_no, min(occurred_at) AS placed_at, sum(amount) AS amount
        FROM order_lines JOIN node_map AS map USING (node)
        WHERE event = 'product_purchased' AND occurred_at <= $until
        GROUP BY ALL
    ), bought AS (
        SELECT customer, max(placed_at) AS last_at, count(*) AS orders, sum(amount)::BIGINT AS revenue
        FROM placed GROUP BY customer
    )
"""

_RFM: Final = """
    , dated AS (
        SELECT *, timezone($zone, timezone('UTC', last_at))::DATE AS last_on FROM bought
    ), better AS (
        SELECT *,
            rank() OVER (ORDER BY last_on) - 1 AS recency_worse,
            rank() OVER (ORDER BY orders) - 1 AS frequency_worse,
            rank() OVER (ORDER BY revenue) - 1 AS monetary_worse,
            ntile(10) OVER (ORDER BY revenue DESC, customer) AS decile,
            count(*) OVER () AS everybody
        FROM dated
    )
    SELECT customer::BIGINT AS customer, last_at AS last_order_at, last_on AS last_order_on,
        ($today::DATE - last_on)::BIGINT AS recency_days, orders::BIGINT AS orders, revenue,
        least(5, 1 + 5 * recency_worse // everybody)::BIGINT AS recency_score,
        least(5, 1 + 5 * frequency_worse // everybody)::BIGINT AS frequency_score,
        least(5, 1 + 5 * monetary_worse // everybody)::BIGINT AS monetary_score,
        decile::BIGINT AS decile,
        CASE
            WHEN last_on < $today::DATE - 180 THEN 'dormant'
            WHEN decile <= 1 AND orders > 1 THEN 'best'
            WHEN orders <= 1 THEN 'trial'
            WHEN orders >= 5 THEN 'loyal'
            ELSE 'regular'
        END AS rank
    FROM better ORDER BY customer
"""

_DECILES: Final = """
    , tiled AS (SELECT revenue, ntile(10) OVER (ORDER BY revenue DESC, customer) AS decile FROM bought)
    SELECT decile::BIGINT AS decile, count(*)::BIGINT AS customers, sum(revenue)::BIGINT AS revenue,
        sum(revenue) / sum(sum(revenue)) OVER () AS revenue_rate,
        sum(sum(revenue)) OVER (ORDER BY decile) / sum(sum(revenue)) OVER () AS cumulative_rate,
        sum(revenue) / count(*) AS revenue_per_customer
    FROM tiled GROUP BY decile ORDER BY decile
"""

RFM: Final = f"{_PLACED}{_RFM}"
DECILES: Final = f"{_PLACED}{_DECILES}"
