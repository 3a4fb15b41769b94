"""A small shop's baskets for tests, and the real purchases."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from io import BytesIO

import polars as pl

from tenshu.store.ledger import INSTANT
from tenshu.store.warehouse import Warehouse

START = datetime(2026, 3, 2, tzinfo=UTC)
#: Codes of the real file that are no goods: postage, fees, manual corrections, samples.
NO_GOODS = ("POST", "DOT", "M", "m", "C2", "BANK CHARGES", "PADS", "D", "AMAZONFEE", "CRUK", "S", "B")


def day(days: float) -> datetime:
    """Return the instant so many days after the start."""
    return START + timedelta(days=days)


def order(
    warehouse: Warehouse,
    customer: int | None,
    at: datetime,
    products: str,
    *,
    event: str = "product_purchased",
    is_goods: bool = True,
    price: int = 100,
) -> None:
    """Write one order; each letter is a product."""
    count = warehouse.frame("SELECT count(*)::BIGINT AS n FROM order_lines").item()
    frame = pl.DataFrame({"product_id": list(products)}).with_columns(
        fact_id=pl.lit(b"0" * 16),
        batch=pl.lit(1),
        node=pl.lit(customer, pl.Int64),
        event=pl.lit(event),
        source=pl.lit("till"),
        order_no=pl.lit(f"order-{count}"),
        description=pl.lit("Nice ") + pl.col("product_id"),
        quantity=pl.lit(1).cast(pl.Decimal(18, 3)),
        unit_price=pl.lit(price).cast(pl.Decimal(18, 4)),
        amount=pl.lit(price),
        is_goods=pl.lit(is_goods),
        occurred_at=pl.lit(at, INSTANT),
    )
    warehouse.append("order_lines", frame)


def shop(*baskets: str, customers: int = 50) -> Warehouse:
    """Return a shop with one order a day, of a new person each."""
    warehouse = Warehouse()
    numbers = list(range(1, customers + 1))
    warehouse.append("node_map", pl.DataFrame({"node": numbers, "customer": numbers}))
    for number, products in enumerate(baskets, start=1):
        order(warehouse, number, day(number), products)
    return warehouse


def real_purchases() -> Warehouse:
    """Return a warehouse with the UCI Online Retail purchases, customer number = the file's."""
    packed = (resources.files("tenshu.rehearse.demo") / "online_retail.parquet").read_bytes()
    quantity, price = pl.col("Quantity"), pl.col("UnitPrice")
    is_cancelled = pl.col("InvoiceNo").str.starts_with("C") | (quantity < 0)
    lines = pl.read_parquet(BytesIO(packed)).select(
        fact_id=pl.lit(b"0" * 16),
        batch=pl.lit(1),
        node=pl.col("CustomerID").cast(pl.Int64),
        event=pl.when(is_cancelled)
        .then(pl.lit("product_returned"))
        .when(price <= 0)
        .then(pl.lit("product_given"))
        .otherwise(pl.lit("product_purchased")),
        source=pl.lit("file"),
        order_no="InvoiceNo",
        product_id="StockCode",
        description="Description",
        quantity=quantity.cast(pl.Decimal(18, 3)),
        unit_price=price.cast(pl.Decimal(18, 4)),
        amount=(quantity * price * 100).round(0).cast(pl.Int64),
        is_goods=~pl.col("StockCode").is_in(NO_GOODS),
        occurred_at=pl.col("InvoiceDate").dt.replace_time_zone("UTC"),
    )
    warehouse = Warehouse()
    warehouse.append("order_lines", lines)
    known = lines["node"].drop_nulls().unique().sort()
    warehouse.append("node_map", pl.DataFrame({"node": known, "customer": known}))
    return warehouse
