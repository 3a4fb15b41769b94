"""What a fact looks like on its way in: one frame, the same columns for every source.

A fact carries the identifiers it came by, the first being its own; an empty list means that
nobody is known (a till sale without a card) and the fact counts all the same. Order lines carry typed
columns, everything else JSON properties. Rows are in order of arrival.
"""

from datetime import timedelta
from typing import Final

import polars as pl

from tenshu.store.ledger import INSTANT

#: A fact that is told later than this after it happened is history: it is kept and starts nothing.
FRESH_FOR: Final = timedelta(hours=24)
IDENTIFIER: Final = pl.Struct({"kind": pl.String, "value": pl.String})

#: Columns of a frame of facts. The last seven are null unless the fact is an order line.
FACT_SCHEMA: Final[dict[str, pl.DataType]] = {
    "fact_id": pl.Binary(),
    "event": pl.String(),
    "occurred_at": INSTANT,
    "received_at": INSTANT,
    "source": pl.String(),
    "identifiers": pl.List(IDENTIFIER),
    "properties": pl.String(),
    "order_no": pl.String(),
    "product_id": pl.String(),
    "description": pl.String(),
    "quantity": pl.Decimal(18, 3),
    "unit_price": pl.Decimal(18, 4),
    "amount": pl.Int64(),
    "is_goods": pl.Boolean(),
}

#: What a fact is once it is in the warehouse: its node in the place of its identifiers; null = nobody known.
STORED_SCHEMA: Final[dict[str, pl.DataType]] = {
    name: kind for name, kind in {**FACT_SCHEMA, "node": pl.Int64()}.items() if name != "identifiers"
}
#: Columns that only an order line has.
LINE_ONLY: Final = ("order_no", "product_id", "description", "quantity", "unit_price", "amount", "is_goods")


def no_facts() -> pl.DataFrame:
    """Return a frame of facts with no rows."""
    return pl.DataFrame(schema=FACT_SCHEMA)


def facts_frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Make a frame of facts from a few rows; what a row does not say is null."""
    full = [
        {name: row.get(name) for name in FACT_SCHEMA} | {"identifiers": row.get("identifiers") or []} for row in rows
    ]
    return pl.DataFrame(full, schema=FACT_SCHEMA, orient="row")
