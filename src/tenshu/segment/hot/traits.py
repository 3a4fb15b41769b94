"""What people stated: of each node the statements that are the latest about any trait that is asked.

Not the texts are kept, only whether they meet the comparisons: one bit each. A statement is a row with its place in the
order (when, received when, which fact), so that the latest wins whatever order they came in.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from tenshu.segment.compare import compared_text
from tenshu.segment.hot.arrays import Array, Rows, bit, chosen, distinct, greatest, stacked
from tenshu.segment.hot.asked import Asked
from tenshu.segment.hot.match import trait_query
from tenshu.segment.hot.plan import TraitAsk, place, trait_column
from tenshu.segment.hot.shelved import Shelved

_ORDER = ("first_half", "second_half")


class TraitStore(Shelved):
    """The statements that count."""

    table = "facts"

    def __init__(self, ask: TraitAsk) -> None:
        self.ask = ask
        width = -(-(len(ask.traits) + len(ask.comparisons)) // 8)
        kinds: dict[str, tuple[Any, int | None]] = dict.fromkeys(("at", "received"), (np.int64, None))
        kinds |= dict.fromkeys(_ORDER, (np.uint64, None)) | {"bits": (np.uint8, width)}
        super().__init__(trait_query(ask), kinds)

    def covers(self, ask: TraitAsk) -> bool:
        """Return whether this store can answer other questions too."""
        return all(place(one, self.ask.comparisons) >= 0 for one in ask.comparisons)

    def rows(self, told: pl.DataFrame) -> Rows:
        """Return the statements of a frame of the query that say anything about a trait."""
        texts = {name: pl.col(f"t{index}") for index, name in enumerate(self.ask.traits)}
        said = [text.is_not_null() for text in texts.values()]
        met = [compared_text(texts[one.trait], one.cmp, one.value) for one in self.ask.comparisons]
        packed = _packed(told, [*said, *met])
        first, second = _halves(told["fact_id"])
        rows = {"node": told["node"].to_numpy().astype(np.int32), "bits": packed, _ORDER[0]: first, _ORDER[1]: second}
        rows |= {name: told[name].to_numpy() for name in ("at", "received")}
        says = np.zeros(self._width, np.uint8)
        for index in range(len(self.ask.traits)):
            says[index >> 3] |= 1 << (index & 7)
        return chosen(rows, ((packed & says) != 0).any(axis=1))

    def build(self, parts: Iterable[Rows], now: datetime) -> None:  # noqa: ARG002 - the same for every store
        """Take the first rows."""
        found = list(parts)
        if not found:
            return
        rows = stacked(found)
        self._shelf.build(rows)
        self._drop_superseded(np.flatnonzero(np.bincount(rows["node"]) > 1))

    def put(self, rows: Rows, now: datetime) -> None:  # noqa: ARG002 - the same for every store
        """Take rows that are not later than now."""
        self._shelf.add(rows)
        self._drop_superseded(distinct(rows["node"]))

    def features(self, asked: Asked, wanted: TraitAsk) -> dict[str, Array]:
        """Return of each comparison for whom it holds."""
        places, which = self._shelf.find(asked.nodes, asked.which)
        places, which = self._in_order(places, which)
        edges = asked.borders(which)
        bits = self._shelf.column("bits", places)
        found: dict[str, Array] = {}
        latest = {name: greatest(self._said(bits, name), edges, -1) for name in wanted.traits}
        for one in wanted.comparisons:
            column = bit(bits, len(self.ask.traits) + place(one, self.ask.comparisons))
            row = latest[one.trait]
            untold = one.cmp == "exists" and one.value is False
            found[trait_column(one)] = np.where(row >= 0, column[row] if len(column) else untold, untold)
        return found

    @property
    def _width(self) -> int:
        return -(-(len(self.ask.traits) + len(self.ask.comparisons)) // 8)

    def _said(self, bits: Array, trait: str) -> Array:
        """Return of each row its number where it says something about the trait, else -1."""
        return np.where(bit(bits, self.ask.traits.index(trait)), np.arange(len(bits)), -1)

    def _in_order(self, places: Array, which: Array) -> tuple[Array, Array]:
        keys = [self._shelf.column(name, places) for name in (_ORDER[1], _ORDER[0], "received", "at")]
        order = np.lexsort((*keys, which))
        return places[order], which[order]

    def _drop_superseded(self, nodes: Array) -> None:
        found, numbered = self._shelf.find(nodes, np.arange(len(nodes)))
        places, which = self._in_order(found, numbered)
        edges = np.searchsorted(which, np.arange(len(nodes) + 1))
        bits = self._shelf.column("bits", places)
        latest = np.concatenate([greatest(self._said(bits, name), edges, -1) for name in self.ask.traits])
        stays = np.isin(found, places[np.unique(latest[latest >= 0])])
        self._shelf.keep(nodes, stays)


def _packed(told: pl.DataFrame, flags: list[pl.Expr]) -> Array:
    frame = told.select(flag.alias(str(index)) for index, flag in enumerate(flags))
    return np.packbits(frame.to_numpy().astype(np.bool_), axis=1, bitorder="little")


def _halves(keys: pl.Series) -> tuple[Array, Array]:
    """Return the keys as two numbers each, in the same order as the bytes."""
    joined = b"".join(key.ljust(16, b"\0")[:16] for key in keys.to_list())
    both = np.frombuffer(joined, ">u8").astype(np.uint64).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()
