"""Which facts the warehouse has already, without asking it: 8 bytes a fact in memory.

The first 64 bits of every fact's key lie in a few sorted runs, the largest first. New ones make a small run, and runs
of like size are merged, so that a fact is moved a few times in its life. A key that is in no run is new for
certain; one that is found is a candidate, and only the warehouse can say.
"""

import os
from pathlib import Path
from typing import Final, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenshu.store.warehouse import Warehouse

#: A run is merged with the one before it when it has grown to this share of it.
MERGE_AT: Final = 4
#: Keys that are fetched at a time.
CHUNK: Final = 1_000_000

_Keys = NDArray[np.uint64]


class KnownFacts:
    """The keys of all facts up to a batch; may be lost at any time and filled again.

    Args:
        runs: sorted prefixes of keys, no key twice.
        covers: the last batch that is in.
    """

    def __init__(self, runs: list[_Keys] | None = None, *, covers: int = 0) -> None:
        self._runs = runs or []
        self.covers = covers

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return sum(run.nbytes for run in self._runs)

    def maybe(self, ids: pl.Series) -> pl.Series:
        """Say of each key whether its fact may be known; false is certain.

        Args:
            ids: keys of facts, Binary.
        """
        return pl.Series(self._has(_prefixes(ids)))

    def add(self, ids: pl.Series) -> None:
        """Take facts in; those that are in already change nothing."""
        keys = _each_once(np.sort(_prefixes(ids)))
        self._push(keys[~self._has(keys)])

    def covered(self, batch: int) -> None:
        """Note that every fact up to this batch is in."""
        self.covers = max(self.covers, batch)

    def fill(self, warehouse: Warehouse) -> None:
        """Take in what came after the last batch that is covered; everything when that does not fit the warehouse."""
        counts = warehouse.frame(
            """
            SELECT count(*) FILTER (batch <= $covers) AS old, count(*) FILTER (batch > $covers) AS new,
                   coalesce(max(batch), 0) AS last, coalesce(max(rowid), -1) AS last_row
            FROM facts WHERE batch > 0
            """,
            {"covers": self.covers},
        ).row(0, named=True)
        if counts["old"] != len(self):
            self._runs, counts["new"], self.covers = [], counts["old"] + counts["new"], 0
        fresh = _fetch(warehouse, after=self.covers, size=counts["new"], last_row=counts["last_row"])
        if self._runs:
            fresh = fresh[~self._has(fresh)]
        self._push(fresh)
        self.covered(counts["last"])

    def save(self, path: Path) -> None:
        """Write everything to a file; a kill leaves the old file or the new one."""
        half = path.with_name(path.name + ".half")
        with half.open("wb") as file:
            np.savez(file, np.array([self.covers], dtype=np.uint64), *self._runs)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what was saved; `fill` then brings it up to date.

        Raises:
            OSError: the file is not there.
            ValueError: it is damaged.
        """
        with path.open("rb") as file:
            try:
                saved = np.load(file)
                covers, *runs = (saved[name] for name in saved.files)
                return cls(runs, covers=int(covers[0]))
            except Exception as problem:
                message = f"{path} is no snapshot of known facts; remove it and it is made again"
                raise ValueError(message) from problem

    def _has(self, keys: _Keys) -> NDArray[np.bool_]:
        found = np.zeros(len(keys), dtype=np.bool_)
        order = np.argsort(keys)  # neighbours in a run are neighbours in memory
        ordered = keys[order]
        for run in self._runs:
            places = np.searchsorted(run, ordered)
            inside = places < len(run)
            found[order[inside]] |= run[places[inside]] == ordered[inside]
        return found

    def _push(self, keys: _Keys) -> None:
        """Take a sorted run in, and merge from the end what has grown to be alike."""
        if not len(keys):
            return
        self._runs.append(keys)
        while len(self._runs) > 1 and len(self._runs[-1]) * MERGE_AT >= len(self._runs[-2]):
            last, before = self._runs.pop(), self._runs.pop()
            both = np.concatenate([before, last])
            both.sort(kind="stable")  # merges what is sorted already
            self._runs.append(both)


def _fetch(warehouse: Warehouse, *, after: int, size: int, last_row: int) -> _Keys:
    """Return the prefixes of all facts after a batch, sorted, each once."""
    keys = np.empty(size, dtype=np.uint64)
    filled = 0
    for first in range(0, last_row + 1 if size else 0, CHUNK):
        part = warehouse.frame(
            "SELECT fact_id FROM facts WHERE rowid BETWEEN ? AND ? AND batch > ?",
            [first, first + CHUNK - 1, max(after, 0)],
        )
        keys[filled : filled + len(part)] = _prefixes(part["fact_id"])
        filled += len(part)
    keys = keys[:filled]
    keys.sort()
    return _each_once(keys)


def _each_once(ordered: _Keys) -> _Keys:
    is_twice = ordered[1:] == ordered[:-1]
    return np.delete(ordered, np.flatnonzero(is_twice)) if is_twice.any() else ordered


def _prefixes(ids: pl.Series) -> _Keys:
    # A key of less than 8 bytes, which nobody makes, counts as 0.
    short = ids.bin.slice(0, 8).bin.reinterpret(dtype=pl.UInt64, endianness="big")
    return short.fill_null(0).to_numpy()
