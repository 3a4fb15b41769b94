"""Which nodes identifiers have, without asking the ledger again: those that were asked for or made lately.

What is remembered lies in one table in order of arrival. A few sorted runs of 64-bit hashes lead to its rows; like runs
are merged, so that a row is moved a few times in its life. A hash alone proves nothing: the identifier that lies there
is compared whole, so an answer is never somebody else's. Nodes never change their identifier; only undoing an import
removes some, and whoever undoes one begins with an empty memory afterwards.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenshu.identify.known_links import MOST as MOST_LINKS
from tenshu.identify.known_links import KnownLinks
from tenshu.identify.runs import MERGE_AT

#: More identifiers than these are not remembered: about 35 MB.
MOST: Final = 500_000
_KEPT: Final = pl.Schema({"kind": pl.String(), "value": pl.String(), "node": pl.Int64()})

_Hashes = NDArray[np.uint64]
_Rows = NDArray[np.int64]


class KnownNodes:
    """A bounded memory of identifiers and their nodes; may be lost at any time.

    Args:
        most: how many identifiers are remembered (0 = none); when it is full, the half that came first is forgotten.

    Attributes:
        links: remembers what links them.
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self.links = KnownLinks(most=min(most, MOST_LINKS))
        self._kept = pl.DataFrame(schema=_KEPT)
        self._runs: list[tuple[_Hashes, _Rows]] = []

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, told: pl.DataFrame) -> pl.Series:
        """Return the node of each identifier, in order; null where none is remembered.

        Args:
            told: `kind`, `value`; null values are nobody's.
        """
        if not len(self._kept):
            return pl.Series("node", [None] * len(told), pl.Int64)
        rows = self._rows_of(_hashed(told))
        places = pl.Series(np.maximum(rows, 0).astype(np.uint32))
        kept = self._kept[places]
        is_it = (kept["kind"] == told["kind"]) & (kept["value"] == told["value"]) & pl.Series(rows >= 0)
        return pl.select(pl.when(is_it).then(kept["node"]).alias("node")).to_series()

    def add(self, found: pl.DataFrame) -> None:
        """Remember identifiers that the ledger holds for good: `kind`, `value`, `node`."""
        if not self._most or found.is_empty():
            return
        hashes, first = np.unique(_hashed(found), return_index=True)
        # Of two whose hashes are alike, the one that came first stays: the other is asked for each time.
        is_new = self._rows_of(hashes) < 0
        if not is_new.any():
            return
        start, more = len(self._kept), _detached(found.select(_KEPT.names())[first[is_new]])
        self._kept = pl.concat([self._kept, more])
        if len(self._kept) > self._most:
            self._kept, self._runs = self._kept.tail(max(self._most // 2, 1)).rechunk(), []
            start, hashes = 0, _hashed(self._kept)
            order = np.argsort(hashes)
            self._push(hashes[order], order.astype(np.int64))
        else:
            self._push(hashes[is_new], np.arange(start, len(self._kept), dtype=np.int64))

    def _rows_of(self, hashes: _Hashes) -> _Rows:
        """Return the row to which each hash leads, -1 where none does."""
        rows = np.full(len(hashes), -1, dtype=np.int64)
        order = np.argsort(hashes)  # neighbours in a run are neighbours in memory
        ordered = hashes[order]
        for run, places_of in self._runs:
            places = np.minimum(np.searchsorted(run, ordered), len(run) - 1)
            is_there = run[places] == ordered
            rows[order[is_there]] = places_of[places[is_there]]
        return rows

    def _push(self, hashes: _Hashes, rows: _Rows) -> None:
        """Take a sorted run in, and merge from the end what has grown to be alike."""
        self._runs.append((hashes, rows))
        while len(self._runs) > 1 and len(self._runs[-1][0]) * MERGE_AT >= len(self._runs[-2][0]):
            last, before = self._runs.pop(), self._runs.pop()
            both, places = (np.concatenate(pair) for pair in zip(before, last, strict=True))
            order = np.argsort(both)
            self._runs.append((both[order], places[order]))
            self._kept = self._kept.rechunk()


def _detached(found: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with texts of their own: as views they would keep everything alive that came with them."""
    return pl.DataFrame({name: found[name].to_list() for name in found.columns}, schema=_KEPT)


def _hashed(told: pl.DataFrame) -> _Hashes:
    hashes: _Hashes = told.select(pl.col("kind").hash(1) * 31 + pl.col("value").hash(2)).to_series().to_numpy()
    return hashes
