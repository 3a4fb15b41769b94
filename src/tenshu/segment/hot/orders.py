"""Orders: lines by node, put together for whoever has the nodes now; and the ranks that follow from them.

An order is (source, order number) of a customer, kept as one 64-bit number, and its time is its earliest line. Two
nodes that turn out to be one person may each hold lines of the same order, so lines become orders only when
they are asked for.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import polars as pl

from tenshu.know.cuts import Cuts, scored
from tenshu.segment.compare import compared_number
from tenshu.segment.features import Aggregate, key
from tenshu.segment.hot.arrays import EVER, NEVER, Array, Rows, bit, greatest, least, stacked, totals
from tenshu.segment.hot.asked import Asked
from tenshu.segment.hot.match import as_double, numbers, order_query
from tenshu.segment.hot.plan import SETTLED, OrderAsk, place
from tenshu.segment.hot.shelved import Shelved
from tenshu.store.tables import to_micros

_COLUMNS = ("key", "at", "amount", "lines", "bits")


class Orders(msgspec.Struct, frozen=True):
    """The orders of those who are asked about.

    Attributes:
        edges: where each customer's orders begin.
        at: when it was placed.
        amount: what it cost, in minor units.
        lines: how many lines it has.
        bits: which comparisons of settled fields hold.
    """

    edges: Any
    at: Any
    amount: Any
    lines: Any
    bits: Any


class OrderStore(Shelved):
    """The order lines of everybody."""

    table = "order_lines"

    def __init__(self, ask: OrderAsk) -> None:
        self.ask = ask
        kinds: dict[str, tuple[Any, int | None]] = {
            "key": (np.uint64, None),
            "at": (np.int64, None),
            "amount": (np.int64, None),
        }
        kinds |= {"lines": (np.int32, None), "bits": (np.uint8, -(-len(ask.settled) // 8))}
        super().__init__(order_query(ask), kinds)

    def covers(self, ask: OrderAsk) -> bool:
        """Return whether this store can answer other questions too."""
        return all(place(one, self.ask.settled) >= 0 for one in ask.settled)

    def rows(self, told: pl.DataFrame) -> Rows:
        """Return the lines of a frame of the query."""
        lines = pl.lit(1, pl.Int32) if "lines" not in told.columns else pl.col("lines").cast(pl.Int32)
        return numbers(told.with_columns(lines=lines))

    def build(self, parts: Iterable[Rows], now: datetime) -> None:  # noqa: ARG002 - the same for every store
        """Take the first rows."""
        found = list(parts)
        if found:
            self._shelf.build(stacked(found))

    def put(self, rows: Rows, now: datetime) -> None:  # noqa: ARG002 - the same for every store
        """Take rows that are not later than now."""
        self._shelf.add(rows)

    def features(self, asked: Asked, wanted: OrderAsk, cuts: Cuts | None) -> tuple[dict[str, Any], Array]:
        """Return the features, and of each customer when the first of the windows that he is in will close."""
        orders = self._orders(asked)
        found: dict[str, Any] = {}
        due = asked.never()
        for one in wanted.aggregates:
            inside = self._inside(orders, one, asked)
            if one.within is not None:
                first = least(np.where(inside, orders.at, NEVER), orders.edges)
                np.minimum(due, asked.calendar.closes(one.within, first), out=due)
            if one.field is None:
                found[key(one)] = totals(inside, orders.edges)
            else:
                added = orders.amount if one.field == "amount" else orders.lines
                found[key(one)] = as_double(totals(np.where(inside, added, 0), orders.edges), 1)
        if wanted.ranks:
            found |= _ranks(orders, asked, wanted.ranks, cuts)
        return found, due

    def buyers(self, asked: Asked) -> Array:
        """Return those of the customers who ever bought."""
        _places, which = self._shelf.find(asked.nodes, asked.which)
        bought: Array = asked.customers[np.unique(which)]
        return bought

    def _orders(self, asked: Asked) -> Orders:
        places, which = self._shelf.find(asked.nodes, asked.which)
        keys = self._shelf.column("key", places)
        order = np.lexsort((keys, which))
        places, which, keys = places[order], which[order], keys[order]
        begins = np.ones(len(places), np.bool_)
        begins[1:] = (which[1:] != which[:-1]) | (keys[1:] != keys[:-1])
        starts = np.flatnonzero(begins)
        at, amount, lines, bits = (self._shelf.column(name, places) for name in _COLUMNS[1:])
        if not len(starts):
            return Orders(asked.borders(which), at, amount, lines, bits)
        return Orders(
            edges=asked.borders(which[starts]),
            at=np.minimum.reduceat(at, starts),
            amount=np.add.reduceat(amount, starts),
            lines=np.add.reduceat(lines, starts),
            bits=bits[starts],
        )

    def _inside(self, orders: Orders, one: Aggregate, asked: Asked) -> Array:
        since, until = asked.calendar.between(one.between)
        if one.within is not None:
            since, until = asked.calendar.since(one.within, asked.now), NEVER
        inside: Array = (orders.at >= since) & (orders.at < until)
        for where in one.where:
            if where.field in SETTLED:
                inside &= bit(orders.bits, place(where, self.ask.settled))
            elif where.cmp == "exists":
                inside &= where.value is True
            else:
                values = where.value if isinstance(where.value, tuple) else (where.value,)
                grows = pl.Series("grows", orders.amount if where.field == "amount" else orders.lines, pl.Float64)
                asked_of = compared_number(pl.col("grows"), where.cmp, tuple(float(value) for value in values))
                inside &= grows.to_frame().select(asked_of.alias("is_met"))["is_met"].to_numpy()
        return inside


def _ranks(orders: Orders, asked: Asked, names: dict[str, str], cuts: Cuts | None) -> dict[str, pl.Series]:
    if cuts is None:
        kinds = {column: pl.String if column == "rank" else pl.Int64 for column in names}
        return {name: pl.Series([None] * len(asked), dtype=kinds[column]) for column, name in names.items()}
    since = EVER if cuts.since_at is None else to_micros(cuts.since_at)
    counts = orders.edges[1:] - orders.edges[:-1]
    recent = orders.at >= since
    bought = pl.DataFrame(
        {
            "customer": asked.customers,
            "last_order_at": greatest(orders.at, orders.edges),
            "orders": counts,
            "period_orders": totals(recent, orders.edges),
            "period_revenue": totals(np.where(recent, orders.amount, 0), orders.edges),
        },
        schema_overrides={"customer": pl.Int64},
    )
    bought = bought.with_row_index("row").filter(pl.Series(counts > 0))
    local = pl.col("last_order_at").cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(cuts.zone).dt.date()
    known = scored(bought.with_columns(last_order_on=local), cuts)
    wide = pl.DataFrame({"row": np.arange(len(asked), dtype=np.uint32)}).join(
        known.select("row", *names), on="row", how="left", maintain_order="left"
    )
    return {name: wide[column] for column, name in names.items()}
