"""Give the stores their facts: everything once from the warehouse, or what a batch brought."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Protocol

import polars as pl

from tenshu.segment.hot.arrays import EVER, NEVER, Rows, chosen
from tenshu.segment.hot.cursor import Cursor
from tenshu.segment.hot.match import Query
from tenshu.segment.hot.pending import Pending
from tenshu.store.tables import from_micros, to_micros
from tenshu.store.warehouse import Aside, Warehouse

#: How many rows of a table one statement looks at, so that memory stays bounded.
SPAN: Final = 4_000_000
#: The columns that queries of each table read.
_FACTS: Final = ("fact_id", "node", "event", "occurred_at", "received_at", "properties")
_LINES: Final = (
    *("node", "event", "source", "order_no", "product_id", "description", "quantity", "unit_price"),
    *("amount", "is_goods", "occurred_at"),
)


class Store(Protocol):
    """What takes facts."""

    pending: Pending
    query: Query

    @property
    def table(self) -> str:
        """Return where its facts lie in the warehouse."""

    def spans(self, now: datetime) -> list[tuple[Query, int, int]]:
        """Return the queries that read the past, each from an instant (included) to another."""

    def rows(self, told: pl.DataFrame) -> Rows:
        """Return what matters of a frame of its query."""

    def build(self, parts: Iterator[Rows], now: datetime) -> None:
        """Take the first rows."""

    def put(self, rows: Rows, now: datetime) -> None:
        """Take rows that are not later than now."""


class Told:
    """A batch of facts, as the tables of the warehouse would hold them."""

    def __init__(self, facts: pl.DataFrame) -> None:
        self._facts = facts

    @cached_property
    def _tables(self) -> dict[str, pl.DataFrame]:
        known = self._facts.filter(pl.col("node").is_not_null())
        is_line = pl.col("order_no").is_not_null() & pl.col("product_id").is_not_null()
        return {"facts": known.select(_FACTS), "order_lines": known.filter(is_line).select(_LINES)}

    @cached_property
    def _events(self) -> dict[str, set[str]]:
        return {name: set(table["event"].unique().to_list()) for name, table in self._tables.items()}

    def rows(self, engine: Aside | Warehouse, store: Store) -> Rows:
        """Return what matters to a store; nothing at all when no fact of the batch can."""
        event = store.query.event
        if event not in self._events[store.table]:
            return {}
        told = self._tables[store.table].filter(pl.col("event") == event)
        return store.rows(engine.frame(store.query.over("told"), store.query.values, told=told))


def fill(store: Store, warehouse: Warehouse, cursor: Cursor) -> None:
    """Give a new store everything that the warehouse had at the cursor."""
    store.build(_parts(store, warehouse, cursor), cursor.at)


def hand_over(store: Store, rows: Rows, now: datetime) -> Rows:
    """Give a store rows; return those that count already, the others wait."""
    if not rows:
        return rows
    later = rows["at"] > to_micros(now)
    if later.any():
        store.pending.add(chosen(rows, later))
        rows = chosen(rows, ~later)
    store.put(rows, now)
    return rows


def _parts(store: Store, warehouse: Warehouse, cursor: Cursor) -> Iterator[Rows]:
    now = to_micros(cursor.at)
    for sql, given in _statements(store, warehouse, cursor):
        rows = store.rows(warehouse.frame(sql, given))
        later = rows["at"] > now
        if later.any():
            store.pending.add(chosen(rows, later))
            rows = chosen(rows, ~later)
        yield rows


def _statements(store: Store, warehouse: Warehouse, cursor: Cursor) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the statements that read the past: by parts of the table, and by spans of time."""
    seen, bounds = "AND batch BETWEEN $low AND $high", {"low": -cursor.position, "high": cursor.batch}
    if store.table == "order_lines":
        seen, bounds = "AND batch <= $high", {"high": cursor.batch}
    found = warehouse.frame(f"SELECT max(rowid) AS last FROM {store.table}")["last"].item()  # noqa: S608 - a constant
    for query, since, until in store.spans(cursor.at):
        more, given = seen, {**query.values, **bounds}
        for name, instant, compares in (("since", since, ">="), ("until", until, "<")):
            if EVER < instant < NEVER:
                more = f"{more} AND occurred_at {compares} ${name}"
                given[name] = from_micros(instant).replace(tzinfo=None)
        for first in range(0, (-1 if found is None else found) + 1, SPAN):
            part = f"{more} AND rowid >= $first AND rowid < $beyond"
            yield query.over(store.table, part), {**given, "first": first, "beyond": first + SPAN}
