"""The facts of a batch as the warehouse has them: the same rows whether they are still in hand or read again."""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from tenshu.collect.event import LINE_ONLY, STORED_SCHEMA
from tenshu.store.warehouse import Warehouse

#: Rows that are in memory at a time.
CHUNK: Final = 50_000
FACT_COLUMNS: Final = ("fact_id", "batch", "node", "event", "occurred_at", "received_at", "source", "properties")
LINE_COLUMNS: Final = ("fact_id", "batch", "node", "event", "source", "occurred_at", *LINE_ONLY)

_ROWS: Final = """
SELECT min(rowid) AS first, max(rowid) AS last FROM facts
WHERE batch = $batch AND (len($events) = 0 OR list_contains($events, event))
"""
_PART: Final = f"""
SELECT facts.rowid AS place, facts.* EXCLUDE (batch, node), facts.node::BIGINT AS node, {", ".join(LINE_ONLY)}
FROM facts
LEFT JOIN (SELECT fact_id, {", ".join(LINE_ONLY)} FROM order_lines WHERE batch = $batch) AS lines USING (fact_id)
WHERE batch = $batch AND facts.rowid BETWEEN $first AND $last AND (len($events) = 0 OR list_contains($events, event))
ORDER BY place
"""  # noqa: S608 - our own names


def read_batch(warehouse: Warehouse, batch: int, *, events: Sequence[str] = ()) -> Iterator[pl.DataFrame]:
    """Yield the facts of a batch (`STORED_SCHEMA`) in order of arrival, at most 50,000 at a time.

    Args:
        warehouse: where they are.
        batch: its number.
        events: only facts of these names; all when there are none.
    """
    first, last = warehouse.frame(_ROWS, {"batch": batch, "events": list(events)}).row(0)
    if first is None:
        return
    for start in range(first, last + 1, CHUNK):
        until = min(start + CHUNK - 1, last)
        given = {"batch": batch, "first": start, "last": until, "events": list(events)}
        part = warehouse.frame(_PART, given)
        if len(part):
            yield part.select(list(STORED_SCHEMA))


def as_stored(facts: pl.DataFrame) -> pl.DataFrame:
    """Return the facts as `read_batch` gives them: what is not a whole order line has no part of one.

    Args:
        facts: the columns of `STORED_SCHEMA`, maybe more.
    """
    kept = [pl.when(is_line()).then(name).alias(name) if name in LINE_ONLY else name for name in STORED_SCHEMA]
    return facts.select(kept)


def is_line() -> pl.Expr:
    """Say of a fact that it is a line of an order."""
    return pl.col("order_no").is_not_null() & pl.col("product_id").is_not_null()
