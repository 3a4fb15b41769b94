"""Put a few purchases and statements into a warehouse in memory."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from tenshu.store.warehouse import Warehouse

ZONE = "Asia/Tokyo"
NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)  # noon in Tokyo


def shop(
    purchases: list[tuple[int | None, float, int]], *, merged: dict[int, int] | None = None, now: datetime = NOW
) -> Warehouse:
    """Return a warehouse with one order a purchase: (node, days before now, amount)."""
    warehouse = Warehouse(threads=1)
    rows = [
        order_line(number, node, now - timedelta(days=days), amount)
        for number, (node, days, amount) in enumerate(purchases, start=1)
    ]
    if rows:
        warehouse.append("order_lines", pl.DataFrame(rows, infer_schema_length=None))
    nodes = sorted({node for node, _, _ in purchases if node is not None} | set(merged or {}))
    known = [{"node": node, "customer": (merged or {}).get(node, node)} for node in nodes]
    warehouse.append("node_map", pl.DataFrame(known, schema={"node": pl.Int32, "customer": pl.Int32}))
    return warehouse


def order_line(number: int, node: int | None, at: datetime, amount: int, **more: Any) -> dict[str, Any]:
    """Return one order line as a row of the warehouse."""
    return {
        "fact_id": number.to_bytes(16, "big"),
        "batch": 1,
        "node": node,
        "event": "product_purchased",
        "source": "shop",
        "order_no": str(number),
        "product_id": "tea",
        "description": None,
        "quantity": Decimal(1),
        "unit_price": Decimal(amount),
        "amount": amount,
        "is_goods": True,
        "occurred_at": at,
        **more,
    }


def described(
    number: int, node: int, at: datetime, traits: dict[str, Any], *, received_late: int = 0
) -> dict[str, Any]:
    """Return one statement about a person as a row of the warehouse."""
    return {
        "fact_id": number.to_bytes(16, "big"),
        "batch": 1,
        "node": node,
        "event": "customer_described",
        "occurred_at": at,
        "received_at": at + timedelta(seconds=received_late),
        "source": "file",
        "properties": json.dumps({"traits": traits}, ensure_ascii=False),
    }
