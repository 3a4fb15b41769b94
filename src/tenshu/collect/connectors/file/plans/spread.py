"""Spread an amount that goes for a whole order evenly over its lines, so that it counts once.

Shops export the total of an order on each of its lines, or merge its cell over them. Counted line by line the sales
would be many times too high; put on one line, the other products would seem to be gifts.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
import polars as pl

from tenshu.collect.connectors.file.layout.table import Table
from tenshu.kit.japanese import normalise, parse_decimal

#: Headers that say that an amount goes for the order.
_OF_ORDER: Final = re.compile("合計|総額|注文金額|注文額|請求|支払|お買上|total|order amount")
_OF_LINE: Final = re.compile("明細|line|item|アイテム")
#: So many orders of several lines must repeat their amount, and so many of the amounts must differ; fewer where
#: the header says that they go for orders.
_LEAST: Final = 5
_LEAST_SAID: Final = 2
_DIFFERENT: Final = 0.5
#: Orders of one product told twice have equal amounts by their nature.
_MIXED: Final = 0.8


def says_of_order(header: str) -> bool:
    """Say whether a header says that its amounts go for whole orders.

    >>> says_of_order("合計金額"), says_of_order("Line total"), says_of_order("金額")
    (True, False, False)
    """
    plain = normalise(header).casefold()
    return _OF_ORDER.search(plain) is not None and _OF_LINE.search(plain) is None


class Spread(msgspec.Struct, frozen=True):
    """A column of amounts that go for several rows each.

    Attributes:
        amount: the column of amounts.
        order: the column that tells which rows belong together; None where merged cells tell it.
    """

    amount: int
    order: int | None = None


def find_spread(table: Table, columns: Mapping[str, Sequence[int]]) -> Spread | None:
    """Return which amounts go for several rows, or None; where there are unit prices, these count."""
    if "amount" not in columns or "unit_price" in columns:
        return None
    amount = columns["amount"][0]
    if any(merge.left == amount and merge.bottom > max(merge.top, table.header.row) for merge in table.merges):
        return Spread(amount)
    order = columns.get("order_no")
    if order is None or not ({"product_id", "description"} & set(columns)):
        return None
    is_said = says_of_order(table.header.names[amount])
    product = (columns.get("product_id") or columns["description"])[0]
    return Spread(amount, order[0]) if _repeats(table, order[0], amount, product, is_said=is_said) else None


def _repeats(table: Table, order: int, amount: int, product: int, *, is_said: bool) -> bool:
    """Say whether the lines of each order have one amount for different products, and orders have different ones."""
    orders = (
        pl.scan_parquet(table.path)
        .filter(table.is_row() & (pl.col(f"c{order}") != ""))
        .group_by(f"c{order}")
        .agg(
            pl.len().alias("lines"),
            pl.col(f"c{amount}").n_unique().alias("amounts"),
            pl.col(f"c{amount}").first(),
            pl.col(f"c{product}").n_unique().alias("products"),
        )
        .filter(pl.col("lines") > 1)
        .select(
            pl.len().alias("orders"),
            (pl.col("amounts") == 1).mean().alias("one"),
            (pl.col("products") > 1).mean().alias("mixed"),
            pl.col(f"c{amount}").n_unique(),
        )
        .collect(engine="streaming")
    )
    count, one, mixed, different = orders.row(0)
    enough = count >= (_LEAST_SAID if is_said else _LEAST)
    return bool(enough and one == 1.0 and mixed >= _MIXED and different >= max(2, _DIFFERENT * count))


def shares(table: Table, spread: Spread, digits: int) -> pl.DataFrame:
    """Return row and amount, as text, of each row whose amount goes for several.

    Args:
        table: the table.
        spread: the column of amounts.
        digits: decimal places of the currency.
    """
    cells = pl.scan_parquet(table.path).filter(table.is_row())
    if spread.order is None:
        rows = _of_merges(table, spread.amount, cells)
    else:
        rows = cells.select(
            "row", pl.col(f"c{spread.order}").alias("group"), pl.col(f"c{spread.amount}").alias("amount")
        ).filter(pl.col("group") != "")
    grouped = rows.with_columns(
        pl.len().over("group").alias("lines"),
        pl.int_range(pl.len()).over("group").alias("nth"),
        pl.col("amount").first().over("group"),
    )
    told = grouped.filter(pl.col("lines") > 1).collect()
    parts = told.select("amount", "lines").unique()
    divided = [_divided(amount, lines, digits) for amount, lines in parts.iter_rows()]
    known = parts.with_columns(
        pl.Series("first", [first for first, _other in divided], dtype=pl.String),
        pl.Series("other", [other for _first, other in divided], dtype=pl.String),
    )
    joined = told.join(known, on=["amount", "lines"], how="inner", maintain_order="left")
    return joined.select("row", pl.when(pl.col("nth") == 0).then("first").otherwise("other").alias("share"))


def _of_merges(table: Table, amount: int, cells: pl.LazyFrame) -> pl.LazyFrame:
    tall = [(merge.top, merge.bottom) for merge in table.merges if merge.left == amount and merge.bottom > merge.top]
    regions = pl.LazyFrame(tall, schema={"group": pl.UInt32, "bottom": pl.UInt32}, orient="row").sort("group")
    placed = cells.select("row", pl.col(f"c{amount}").alias("amount")).join_asof(
        regions, left_on="row", right_on="group", strategy="backward"
    )
    return placed.filter(pl.col("row") <= pl.col("bottom")).drop("bottom")


def _divided(amount: str, lines: int, digits: int) -> tuple[str, str]:
    """Return the amount of the first line and of each other one; a cell that is no amount stays what it is."""
    number = parse_decimal(amount)
    if number is None:
        return amount, amount
    unit = Decimal(10) ** -digits
    other = (number / lines).quantize(unit)
    return str(number - other * (lines - 1)), str(other)


def with_shares(frame: pl.DataFrame, spread: Spread, parts: pl.DataFrame) -> pl.DataFrame:
    """Return the chunk with the amounts that go for several rows spread over them."""
    name = f"c{spread.amount}"
    placed = frame.select("row", name).join(parts, on="row", how="left", maintain_order="left")
    return frame.with_columns(placed.select(pl.coalesce("share", name).alias(name))[name])
