"""Which facts the warehouse has already, without asking it: 8 bytes a fact in memory.

The first 64 bits of every fact's key lie in a few sorted runs. A key that is in no run is new for certain; one that
is found is a candidate, and only the warehouse can say.
"""

import os
from pathlib import Path
from typing import Final, Self

import numpy as np
import polars as pl

from tenshu.identify.runs import Numbers, Runs, each_once
from tenshu.store.warehouse import Warehouse

#: Keys that are fetched at a time.
CHUNK: Final = 1_000_000


class KnownFacts:
    """The keys of all facts up to a batch; may be lost at any time and filled again.

    Args:
        runs: sorted prefixes of keys, no key twice.
        covers: the last batch that is in.
    """

    def __init__(self, runs: list[Numbers] | None = None, *, covers: int = 0) -> None:
        self._runs = Runs(runs)
        self.covers = covers

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self._runs.nbytes

    def meet(self, ids: pl.Series) -> pl.Series:
        """Say of each key whether its fact may be known, and know all of them from now on; false is certain.

        Args:
            ids: keys of facts, Binary, each once.
        """
        keys = _prefixes(ids)
        order = np.argsort(keys)
        ordered = keys[order]
        is_known = self._runs.has(ordered)
        self._runs.push(each_once(ordered[~is_known]))
        told = np.empty(len(keys), dtype=np.bool_)
        told[order] = is_known
        return pl.Series(told)

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
            self._runs, counts["new"], self.covers = Runs(), counts["old"] + counts["new"], 0
        fresh = _fetch(warehouse, after=self.covers, size=counts["new"], last_row=counts["last_row"])
        if len(self._runs):
            fresh = fresh[~self._runs.has(fresh)]
        self._runs.push(fresh)
        self.covered(counts["last"])

    def save(self, path: Path) -> None:
        """Write everything to a file; a kill leaves the old file or the new one."""
        half = path.with_name(path.name + ".half")
        with half.open("wb") as file:
            np.savez(file, np.array([self.covers], dtype=np.uint64), *self._runs.each)
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


def _fetch(warehouse: Warehouse, *, after: int, size: int, last_row: int) -> Numbers:
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
    return each_once(keys)


def _prefixes(ids: pl.Series) -> Numbers:
    # A key of less than 8 bytes, which nobody makes, counts as 0.
    short = ids.bin.slice(0, 8).bin.reinterpret(dtype=pl.UInt64, endianness="big")
    return short.fill_null(0).to_numpy()
