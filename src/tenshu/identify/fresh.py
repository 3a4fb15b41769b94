"""What a batch newly told of known customers: what scenarios start and end by."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import Any, Final

import polars as pl

from tenshu.collect.event import FRESH_FOR
from tenshu.collect.vocabulary import ORDER_COMPLETED, ORDER_LINES, PRODUCT_PURCHASED
from tenshu.identify.batch import Batch
from tenshu.identify.stored import is_line
from tenshu.store.ledger import INSTANT
from tenshu.store.warehouse import Warehouse

#: The rows of one batch, from the warehouse or in hand; everything else is said of them once.
_KEPT: Final = {"told": "facts WHERE batch = $batch AND", "told_lines": "order_lines WHERE batch = $batch AND"}
_IN_HAND: Final = {"told": "hand WHERE", "told_lines": "hand_lines WHERE"}
_TOLD: Final = """
SELECT map.customer::BIGINT AS customer, event, occurred_at, NULL::VARCHAR AS order_no, properties
FROM told JOIN node_map AS map USING (node)
WHERE NOT list_contains($lines, event)
"""
_LINES: Final = """
SELECT map.customer::BIGINT AS customer, event, occurred_at, order_no,
       json_object('product_id', product_id, 'description', description, 'quantity', quantity, 'amount', amount,
                   'unit_price', unit_price, 'is_goods', is_goods, 'source', source)::VARCHAR AS properties
FROM told_lines JOIN node_map AS map USING (node)
"""
_ORDERS: Final = """
SELECT map.customer::BIGINT AS customer, $order AS event, min(occurred_at) AS occurred_at, order_no,
       json_object('amount', sum(amount)::BIGINT, 'lines', count(*), 'order_no', order_no,
                   'source', source)::VARCHAR AS properties
FROM told_lines JOIN node_map AS map USING (node)
WHERE event = $purchased
GROUP BY map.customer, source, order_no
"""
_QUERY: Final = """
WITH
told AS (SELECT * FROM {told} occurred_at BETWEEN $since AND $until),
told_lines AS (SELECT * FROM {told_lines} occurred_at BETWEEN $since AND $until)
{parts}
ORDER BY occurred_at, customer, event, order_no, properties
"""
#: The columns of a fact that say whose it is, what happened and when, and whether it is a line of an order.
_BARE: Final = ("node", "event", "occurred_at", "source", "order_no", "product_id", "properties")
#: Is given nodes, each once; returns `node`, `customer` of those that are somebody's.
Owners = Callable[[pl.Series], pl.DataFrame]
#: What `fresh_facts` returns.
FRESH: Final = pl.Schema(
    {
        "customer": pl.Int64(),
        "event": pl.String(),
        "occurred_at": INSTANT,
        "order_no": pl.String(),
        "properties": pl.String(),
    }
)


def fresh_facts(
    warehouse: Warehouse,
    batch: Batch,
    *,
    now: datetime,
    since: datetime | None = None,
    events: Collection[str] | None = None,
    bare: Collection[str] = (),
    owners: Owners | None = None,
) -> pl.DataFrame:
    """Return what the batch newly told of known customers, old history and the far future left out.

    Args:
        warehouse: where the map to customers is, and the batch when it is not in hand.
        batch: which.
        now: business time; what is dated more than a day ahead has not happened.
        since: how far back facts still matter to somebody, when that is further than a day.
        events: the only facts that matter to somebody; None = all.
        bare: of these, the ones of which only matters who and when: their properties are null.
        owners: says whose nodes are as of this batch; None = the warehouse is asked.

    Returns:
        `customer`, `event`, `occurred_at`, `order_no`, `properties` (JSON); an order is one `order_completed`
        beside its lines.
    """
    if events is not None and not events:
        return pl.DataFrame(schema=FRESH)
    since = min(now - FRESH_FOR, since or now)
    parts, given = _parts(events)
    given |= {"since": since.replace(tzinfo=None), "until": (now + FRESH_FOR).replace(tzinfo=None)}
    if batch.facts is None:
        query = _QUERY.format(**_KEPT, parts=parts)
        return _of_events(warehouse.frame(query, {**given, "batch": batch.number}), events, bare)
    is_bare = events is not None and set(events).isdisjoint({*ORDER_LINES, ORDER_COMPLETED} - set(bare))
    told = batch.facts.select(_BARE) if is_bare else batch.facts
    is_asked = pl.lit(value=True) if events is None else pl.col("event").is_in(_told_as(events))
    is_fresh = pl.col("occurred_at").is_between(since, now + FRESH_FOR)
    fresh = told.filter(is_asked, is_fresh, pl.col("node").is_not_null())
    if fresh.is_empty():
        return pl.DataFrame(schema=FRESH)
    if is_bare:
        whose = (owners or partial(_owners, warehouse))(fresh["node"].unique())
        return _of_events(_without_json(fresh, whose), events, bare)
    query = _QUERY.format(**_IN_HAND, parts=parts)
    found = warehouse.frame(query, given, hand=fresh, hand_lines=fresh.filter(is_line()))
    return _of_events(found, events, bare)


def _owners(warehouse: Warehouse, nodes: pl.Series) -> pl.DataFrame:
    sql = "SELECT node::BIGINT AS node, customer::BIGINT AS customer FROM node_map SEMI JOIN asked USING (node)"
    return warehouse.frame(sql, asked=nodes.to_frame())


def _without_json(fresh: pl.DataFrame, whose: pl.DataFrame) -> pl.DataFrame:
    """Return what `_QUERY` says of facts in hand, orders and lines without properties: those are most of its work."""
    told = fresh.join(whose, on="node")
    order = told.filter(pl.col("event") == PRODUCT_PURCHASED).group_by("customer", "source", "order_no")
    orders = order.agg(pl.col("occurred_at").min()).with_columns(event=pl.lit(ORDER_COMPLETED))
    bare = pl.lit(None, pl.String)
    facts = told.with_columns(properties=pl.when(~is_line()).then("properties"))
    rows = [facts.select(FRESH.names()), orders.with_columns(properties=bare).select(FRESH.names())]
    return pl.concat(rows).sort("occurred_at", "customer", "event", "order_no", "properties", nulls_last=True)


def _parts(events: Collection[str] | None) -> tuple[str, dict[str, Any]]:
    """Return the questions that tell of these events (None = of all), as one, with what they bind."""
    has_others = events is None or not set(events) <= {*ORDER_LINES, ORDER_COMPLETED}
    has_lines = events is None or not set(events).isdisjoint(ORDER_LINES)
    wanted: list[str] = []
    given: dict[str, Any] = {}
    if has_others:
        wanted.append(_TOLD)
        given["lines"] = list(ORDER_LINES)
    if has_lines:
        wanted.append(_LINES)
    if events is None or ORDER_COMPLETED in events:
        wanted.append(_ORDERS)
        given |= {"order": ORDER_COMPLETED, "purchased": PRODUCT_PURCHASED}
    return "UNION ALL".join(wanted), given


def _told_as(events: Collection[str]) -> list[str]:
    """Return the events that facts of these are told as: an order is told by its lines, too."""
    return sorted({*events, PRODUCT_PURCHASED} if ORDER_COMPLETED in events else events)


def _of_events(found: pl.DataFrame, events: Collection[str] | None, bare: Collection[str]) -> pl.DataFrame:
    mine = found if events is None else found.filter(pl.col("event").is_in(list(events)))
    if not bare:
        return mine
    is_bare = pl.col("event").is_in(list(bare))
    return mine.with_columns(properties=pl.when(~is_bare).then("properties"))
