"""What an export holds of the warehouse, and how a table becomes a CSV file that no spreadsheet runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl
from polars import selectors as cs
from pyarrow.parquet import ParquetFile

#: Rows that are in memory at a time.
CHUNK: Final = 50_000
#: The start of a text that a spreadsheet would run (`collect.reject.safe_cell`, for whole columns).
_FORMULA: Final = "^[\t\r]|^[\u0000-\u0020\u00a0\u3000]*[=+\\-@＝＋－＠]"
_INSTANT: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"

#: File -> query; everybody's, also what nobody known did.
WAREHOUSE_TABLES: Final[Mapping[str, str]] = {
    "facts": """
        SELECT map.customer, hex(fact_id) AS fact_id, event, occurred_at, received_at, source, properties
        FROM facts LEFT JOIN node_map AS map USING (node)
    """,
    "order_lines": """
        SELECT map.customer, event, source, order_no, product_id, description, quantity, unit_price, amount,
            is_goods, occurred_at
        FROM order_lines LEFT JOIN node_map AS map USING (node)
    """,
    "orders": """
        SELECT map.customer, source, order_no, min(occurred_at) AS occurred_at, sum(amount)::BIGINT AS amount,
            count(*)::INTEGER AS lines
        FROM order_lines JOIN node_map AS map USING (node)
        WHERE event = 'product_purchased'
        GROUP BY map.customer, source, order_no
        ORDER BY occurred_at, map.customer, source, order_no
    """,
}


def write_csv(parquet: Path, path: Path) -> None:
    """Write the rows of a Parquet file as CSV: UTF-8 with BOM, as Excel reads it; instants are UTC."""
    file = ParquetFile(parquet)
    with path.open("wb") as out:
        out.write("\ufeff".encode())
        _append(pl.from_arrow(file.schema_arrow.empty_table()), out, is_first=True)
        for rows in file.iter_batches(CHUNK):
            _append(pl.from_arrow(rows), out, is_first=False)


def safe_text(column: pl.Expr) -> pl.Expr:
    """Return text so that no spreadsheet runs it as a formula."""
    return pl.when(column.str.contains(_FORMULA)).then(pl.lit("'") + column).otherwise(column)


def _append(rows: pl.DataFrame | pl.Series, out: object, *, is_first: bool) -> None:
    assert isinstance(rows, pl.DataFrame)  # noqa: S101 - a batch of rows is never a series
    texts = [safe_text(pl.col(name)).alias(name) for name, kind in rows.schema.items() if kind == pl.String]
    plain = rows.with_columns(*texts, cs.binary().bin.encode("hex"))
    plain.write_csv(out, include_header=is_first, datetime_format=_INSTANT)  # type: ignore[call-overload]
