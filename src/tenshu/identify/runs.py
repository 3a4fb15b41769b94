"""A growing set of 64-bit numbers: a few sorted runs, the largest first.

New ones make a small run, and runs of like size are merged, so that a number is moved a few times in its life.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

#: A run is merged with the one before it when it has grown to this share of it.
MERGE_AT: Final = 4

Numbers = NDArray[np.uint64]


class Runs:
    """A set of numbers that only grows: 8 bytes each.

    Args:
        each: sorted runs, no number twice, none empty.

    Attributes:
        each: the runs.

    >>> some = Runs()
    >>> some.push(np.array([3, 5], dtype=np.uint64))
    >>> some.has(np.array([4, 5], dtype=np.uint64)).tolist()
    [False, True]
    """

    def __init__(self, each: list[Numbers] | None = None) -> None:
        self.each = each or []

    def __len__(self) -> int:
        return sum(len(run) for run in self.each)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return sum(run.nbytes for run in self.each)

    def has(self, ordered: Numbers) -> NDArray[np.bool_]:
        """Say of sorted numbers whether they are in: neighbours in a run are neighbours in memory."""
        found = np.zeros(len(ordered), dtype=np.bool_)
        for run in self.each:
            places = np.minimum(np.searchsorted(run, ordered), len(run) - 1)
            found |= run[places] == ordered
        return found

    def push(self, ordered: Numbers) -> None:
        """Take sorted numbers in that are not in yet, each once; merge from the end what has grown to be alike."""
        if not len(ordered):
            return
        self.each.append(ordered)
        while len(self.each) > 1 and len(self.each[-1]) * MERGE_AT >= len(self.each[-2]):
            last, before = self.each.pop(), self.each.pop()
            both = np.concatenate([before, last])
            both.sort(kind="stable")  # merges what is sorted already
            self.each.append(both)


def each_once(ordered: Numbers) -> Numbers:
    """Return sorted numbers without those that are there twice."""
    is_twice = ordered[1:] == ordered[:-1]
    return np.delete(ordered, np.flatnonzero(is_twice)) if is_twice.any() else ordered
