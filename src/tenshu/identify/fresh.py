"""What a batch newly told of known customers: what scenarios start and end by."""

from datetime import datetime
from typing import Final

import polars as pl

from tenshu.collect.event import FRESH_FOR
from tenshu.collect.vocabulary import ORDER_COMPLETED, ORDER_LINES, PRODUCT_PURCHASED
from tenshu.identify.batch import Batch
from tenshu.identify.stored import is_line
from tenshu.store.warehouse import Warehouse

#: The rows of one batch, from the warehouse or in hand; everything else is said of them once.
_KEPT: Final = {"told": "facts WHERE batch = $batch AND", "told_lines": "order_lines WHERE batch = $batch AND"}
_IN_HAND: Final = {"told": "hand WHERE", "told_lines": "hand_lines WHERE"}
_QUERY: Final = """
WITH
told AS (SELECT * FROM {told} occurred_at BETWEEN $since AND $until),
told_lines AS (SELECT * FROM {told_lines} occurred_at BETWEEN $since AND $until)
SELECT map.customer::BIGINT AS customer, event, occurred_at, NULL::VARCHAR AS order_no, properties
FROM told JOIN node_map AS map USING (node)
WHERE NOT list_contains($lines, event)
UNION ALL
SELECT map.customer::BIGINT, event, occurred_at, order_no,
       json_object('product_id', product_id, 'description', description, 'quantity', quantity, 'amount', amount,
                   'unit_price', unit_price, 'is_goods', is_goods, 'source', source)::VARCHAR
FROM told_lines JOIN node_map AS map USING (node)
UNION ALL
SELECT map.customer::BIGINT, $order, min(occurred_at), order_no,
       json_object('amount', sum(amount)::BIGINT, 'lines', count(*), 'order_no', order_no,
                   'source', source)::VARCHAR
FROM told_lines JOIN node_map AS map USING (node)
WHERE event = $purchased
GROUP BY map.customer, source, order_no
ORDER BY occurred_at, customer, event, order_no, properties
"""


def fresh_facts(warehouse: Warehouse, batch: Batch, *, now: datetime, since: datetime | None = None) -> pl.DataFrame:
    """Return what the batch newly told of known customers, old history and the far future left out.

    Args:
        warehouse: where the map to customers is, and the batch when it is not in hand.
        batch: which.
        now: business time; what is dated more than a day ahead has not happened.
        since: how far back facts still matter to somebody, when that is further than a day.

    Returns:
        `customer`, `event`, `occurred_at`, `order_no`, `properties` (JSON); an order is one `order_completed`
        beside its lines.
    """
    since = min(now - FRESH_FOR, since or now)
    given = {
        "since": since.replace(tzinfo=None),
        "until": (now + FRESH_FOR).replace(tzinfo=None),
        "lines": list(ORDER_LINES),
        "order": ORDER_COMPLETED,
        "purchased": PRODUCT_PURCHASED,
    }
    if batch.facts is None:
        return warehouse.frame(_QUERY.format(**_KEPT), {**given, "batch": batch.number})
    fresh = batch.facts.filter(pl.col("occurred_at").is_between(since, now + FRESH_FOR), pl.col("node").is_not_null())
    return warehouse.frame(_QUERY.format(**_IN_HAND), given, hand=fresh, hand_lines=fresh.filter(is_line()))
