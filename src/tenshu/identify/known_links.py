"""Which links the ledger keeps for good, without asking it again: those that were told or asked for lately."""

from typing import Final

import numpy as np
import polars as pl

from tenshu.identify.runs import Numbers, Runs, each_once

#: More links than these are not remembered: 4 MB.
MOST: Final = 500_000
#: Two nodes are one number; larger ones, which no shop has, are asked for each time.
_LARGEST: Final = 2**32 - 1


class KnownLinks:
    """A bounded memory of links that no undo takes away; may be lost at any time.

    Args:
        most: how many links are remembered (0 = none); when there are more, all are forgotten.
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._runs = Runs()

    def __len__(self) -> int:
        return len(self._runs)

    def new(self, both: pl.DataFrame) -> pl.DataFrame:
        """Return those links that are not remembered.

        Args:
            both: `node_a`, `node_b`, sorted, each once.
        """
        if not len(self._runs):
            return both
        is_known = pl.Series(self._runs.has(_numbers(both)))
        return both.filter(~(is_known & (pl.max_horizontal("node_a", "node_b") <= _LARGEST)))

    def add(self, both: pl.DataFrame) -> None:
        """Remember links that the ledger holds for good: `node_a`, `node_b`, sorted."""
        numbers = each_once(_numbers(both.filter(pl.max_horizontal("node_a", "node_b") <= _LARGEST)))
        new = numbers[~self._runs.has(numbers)]
        if len(self) + len(new) > self._most:
            self._runs = Runs()
        if len(new) <= self._most:
            self._runs.push(new)


def _numbers(both: pl.DataFrame) -> Numbers:
    first, second = (both[name].to_numpy().astype(np.uint64) for name in ("node_a", "node_b"))
    numbers: Numbers = (first << np.uint64(32)) | second
    return numbers
