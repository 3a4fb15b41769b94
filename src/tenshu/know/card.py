"""What the facts say about one customer: the material of the card (顧客カルテ) and of the timeline (行動履歴).

Only what happened lies here; what was decided, allowed and planned is in the ledger.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl

from tenshu.know.cuts import Cuts, scored
from tenshu.know.purchases import buyers
from tenshu.store.warehouse import Warehouse

#: Goods that are named as what somebody likes.
MOST_GOODS: Final = 6
_STATED: Final = """
    SELECT f.properties FROM facts AS f JOIN node_map AS m USING (node)
    WHERE m.customer = $customer AND f.event = 'customer_described' AND f.occurred_at <= $now
    ORDER BY f.occurred_at, f.received_at, f.fact_id
"""
_KNOWN_SINCE: Final = """
    SELECT min(f.occurred_at)::TIMESTAMP AS first_at, max(f.occurred_at)::TIMESTAMP AS last_at,
        count(*)::BIGINT AS facts
    FROM facts AS f JOIN node_map AS m USING (node) WHERE m.customer = $customer AND f.occurred_at <= $now
"""
_GOODS: Final = """
    SELECT product_id, arg_max(description, occurred_at) AS name, count(DISTINCT (source, order_no))::BIGINT AS orders,
        sum(quantity)::DOUBLE AS quantity, max(occurred_at)::TIMESTAMP AS last_at
    FROM purchases WHERE customer = $customer AND is_goods AND occurred_at <= $now
    GROUP BY product_id ORDER BY orders DESC, quantity DESC, product_id LIMIT $most
"""
_TIMELINE: Final = """
    WITH theirs AS (SELECT node FROM node_map WHERE customer = $customer), told AS (
        SELECT f.occurred_at, f.event, f.source, f.properties, NULL AS order_no, NULL::BIGINT AS amount,
            NULL::BIGINT AS lines, NULL::VARCHAR[] AS goods, f.fact_id AS mark
        FROM facts AS f SEMI JOIN theirs USING (node)
        WHERE f.occurred_at > $since AND f.occurred_at <= $until
            AND f.event NOT IN ('product_purchased', 'product_returned', 'product_given', 'order_adjusted')
        UNION ALL
        SELECT min(o.occurred_at), o.event, o.source, NULL, o.order_no, sum(o.amount)::BIGINT, count(*)::BIGINT,
            list(coalesce(o.description, o.product_id) ORDER BY o.amount DESC, o.product_id)[1:8], min(o.fact_id)
        FROM order_lines AS o SEMI JOIN theirs USING (node)
        WHERE o.occurred_at > $since AND o.occurred_at <= $until
        GROUP BY o.event, o.source, o.order_no
    )
    SELECT occurred_at::TIMESTAMP AS happened_at, event, source, properties, order_no, amount, lines, goods FROM told
    ORDER BY occurred_at DESC, event = 'journey_left' DESC, event = 'journey_entered', event, mark
    LIMIT $limit OFFSET $skip
"""
_EVER: Final = datetime(1, 1, 1)  # noqa: DTZ001 - the warehouse keeps UTC without a zone


def stated(warehouse: Warehouse, customer: int, *, now: datetime) -> dict[str, str]:
    """Return every attribute of a customer as text, each as stated last; those most lately stated come last."""
    found: dict[str, str] = {}
    given = {"customer": customer, "now": now.replace(tzinfo=None)}
    for text in warehouse.frame(_STATED, given)["properties"]:
        traits = msgspec.json.decode(text or "{}").get("traits")
        for name, value in (traits if isinstance(traits, dict) else {}).items():
            if value is not None and not isinstance(value, list | dict):
                found.pop(name, None)
                found[name] = _as_text(value)
    return found


def known_since(warehouse: Warehouse, customer: int, *, now: datetime) -> dict[str, Any]:
    """Return when the first and the last thing happened that is known of a customer, and how many there are."""
    return warehouse.frame(_KNOWN_SINCE, {"customer": customer, "now": now.replace(tzinfo=None)}).row(0, named=True)


def goods_of(warehouse: Warehouse, customer: int, *, now: datetime, most: int = MOST_GOODS) -> list[dict[str, Any]]:
    """Return what a customer has bought most often: product_id, name, orders, quantity, last_at."""
    given = {"customer": customer, "now": now.replace(tzinfo=None), "most": most}
    return warehouse.frame(_GOODS, given).to_dicts()


def ranked(warehouse: Warehouse, customer: int, cuts: Cuts | None, *, now: datetime) -> dict[str, Any] | None:
    """Return what a customer has bought in all, with scores, decile and rank; None = never bought.

    Args:
        warehouse: where the facts lie.
        customer: whose.
        cuts: by which scores are told; None = nothing was published, and there are none.
        now: nothing later counts.
    """
    zone, since = ("UTC", None) if cuts is None else (cuts.zone, cuts.since_at)
    bought = buyers(warehouse, until=now, since_at=since, zone=zone, customers=pl.Series([customer]))
    if bought.is_empty():
        return None
    row = (bought if cuts is None else scored(bought, cuts)).row(0, named=True)
    unknown = dict.fromkeys(("recency_score", "frequency_score", "monetary_score", "decile", "rank"))
    return unknown | row


def timeline(
    warehouse: Warehouse, customer: int, *, now: datetime, since: datetime | None = None, skip: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """Return what happened with a customer, newest first; the lines of an order are one row.

    Args:
        warehouse: where the facts lie.
        customer: whose.
        now: nothing later.
        since: nothing earlier, and not this instant itself; None = from the beginning.
        skip: how many rows come before the page.
        limit: how many are on it.

    Returns:
        Rows of happened_at, event, source, properties (a dict), and of orders order_no, amount (minor units), lines
        and the names of up to eight goods.
    """
    given = {
        "customer": customer,
        "until": now.replace(tzinfo=None),
        "since": _EVER if since is None else since.replace(tzinfo=None),
        "limit": limit,
        "skip": skip,
    }
    rows = warehouse.frame(_TIMELINE, given).to_dicts()
    return [row | {"properties": msgspec.json.decode(row["properties"] or "{}")} for row in rows]


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
