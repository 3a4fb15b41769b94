"""One whole number a node, kept as narrow as the largest of them allows."""

from typing import Final

import numpy as np

from tenshu.segment.hot.arrays import Array, grown

_WIDTHS: Final = (np.int8, np.int16, np.int32, np.int64)


class Tally:
    """A number that only facts change."""

    def __init__(self) -> None:
        self.numbers: Array = np.empty(0, np.int8)

    def add(self, nodes: Array, amounts: Array | None) -> None:
        """Add to the nodes' numbers: one a row, or the amount of the row."""
        if not len(nodes):
            return
        self.numbers = grown(self.numbers, int(nodes.max()) + 1, 0)
        if len(nodes) > len(self.numbers) // 16:
            self._store(slice(None), self._many(nodes, amounts))
            return
        which, places = np.unique(nodes, return_inverse=True)
        added = np.zeros(len(which), np.int64)
        np.add.at(added, places, 1 if amounts is None else amounts)
        self._store(which, self.numbers[which] + added)

    def of(self, nodes: Array) -> Array:
        """Return the nodes' numbers; a node of which nothing is known has 0."""
        if len(nodes) and int(nodes.max()) >= len(self.numbers):
            self.numbers = grown(self.numbers, int(nodes.max()) + 1, 0)
        return self.numbers[nodes]

    def _many(self, nodes: Array, amounts: Array | None) -> Array:
        if amounts is None:
            return self.numbers + np.bincount(nodes, minlength=len(self.numbers))
        total = self.numbers.astype(np.int64)
        np.add.at(total, nodes, amounts)
        return total

    def _store(self, where: Array | slice, numbers: Array) -> None:
        low, high = int(numbers.min()), int(numbers.max())
        width = next(kind for kind in _WIDTHS if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
        if np.dtype(width).itemsize > self.numbers.dtype.itemsize:
            self.numbers = self.numbers.astype(width)
        self.numbers[where] = numbers
