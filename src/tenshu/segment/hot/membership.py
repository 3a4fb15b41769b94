"""Who meets which condition: one bit a condition and customer, eight to a byte."""

from collections.abc import Sequence

import numpy as np

from tenshu.segment.hot.arrays import Array, grown


class Membership:
    """The answers that were given last.

    Args:
        names: the conditions.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.bits: Array = np.empty((0, -(-len(self.names) // 8)), np.uint8)
        self.counts: Array = np.zeros(len(self.names), np.int64)

    def write(self, customers: Array, names: Sequence[str], answers: Array) -> tuple[Array, Array]:
        """Keep answers (a row a customer, a column a name); return row and column of those that changed."""
        if not len(customers) or not len(names):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        self.bits = grown(self.bits, int(customers.max()) + 1, 0)
        columns = [self.names.index(name) for name in names]
        known = np.unpackbits(self.bits[customers], axis=1, count=len(self.names), bitorder="little")
        changed = known[:, columns] != answers
        known[:, columns] = answers
        self.bits[customers] = np.packbits(known, axis=1, bitorder="little")
        rows, places = np.nonzero(changed)
        gained = np.where(answers[rows, places], 1, -1)
        np.add.at(self.counts, np.asarray(columns)[places], gained)
        return rows, places

    def read(self, customers: Array, name: str) -> Array:
        """Return the answers about customers; nobody who is unknown is a member."""
        index = self.names.index(name)
        known = (customers >= 0) & (customers < len(self.bits))
        found = np.zeros(len(customers), np.bool_)
        found[known] = (self.bits[customers[known], index >> 3] & (1 << (index & 7))) != 0
        return found

    def members(self, name: str) -> Array:
        """Return the customers who meet a condition, in order."""
        index = self.names.index(name)
        return np.flatnonzero(self.bits[:, index >> 3] & (1 << (index & 7)))

    def count(self, name: str) -> int:
        """Return how many they are."""
        return int(self.counts[self.names.index(name)])

    def renamed(self, names: Sequence[str], kept: Sequence[str]) -> "Membership":
        """Return the answers for other conditions: those of the kept ones, and no for the rest."""
        fresh = Membership(names)
        fresh.bits = np.zeros((len(self.bits), -(-len(fresh.names) // 8)), np.uint8)
        for name in kept:
            index = fresh.names.index(name)
            members = self.members(name)
            fresh.bits[members, index >> 3] |= np.uint8(1 << (index & 7))
            fresh.counts[index] = len(members)
        return fresh

    @property
    def nbytes(self) -> int:
        """Return how much memory it takes."""
        return self.bits.nbytes + self.counts.nbytes
