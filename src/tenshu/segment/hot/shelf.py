"""Rows kept by node, in one pool: everything of a node lies side by side, and a change costs what it touches.

A node has a place in the pool whose size is a power of two. When it is full its rows move to one twice as large, and
the old place is free for another node. So nothing ever has to be sorted or merged anew, however long the shop lives.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tenshu.segment.hot.arrays import Array, Rows, grown, ranges


class Shelf:
    """Rows by node.

    Args:
        kinds: the columns with their type, and their width when they are bits.
    """

    def __init__(self, kinds: Mapping[str, tuple[Any, int | None]]) -> None:
        self._kinds = dict(kinds)
        self._pool = {name: np.empty(_shape(0, width), kind) for name, (kind, width) in kinds.items()}
        self._tail = 0
        self._free: dict[int, Array] = {}
        self._start: Array = np.empty(0, np.int32)
        self._length: Array = np.empty(0, np.int32)
        #: 1 + the power of two that the place of a node surely holds; 0 = it has none.
        self._room: Array = np.empty(0, np.uint8)

    @property
    def names(self) -> set[str]:
        """Return the columns."""
        return set(self._kinds)

    def build(self, rows: Rows) -> None:
        """Put the first rows in: many at once, as tight as they lie."""
        order = np.argsort(rows["node"], kind="stable")
        nodes, starts, counts = np.unique(rows["node"][order], return_index=True, return_counts=True)
        self._reach(int(nodes[-1]) + 1 if len(nodes) else 0)
        self._pool = {name: rows[name][order] for name in self._kinds}
        self._tail = len(order)
        self._start[nodes], self._length[nodes] = starts, counts
        self._room[nodes] = _power_below(counts) + 1

    def add(self, rows: Rows) -> None:
        """Put rows in."""
        if not len(rows["node"]):
            return
        order = np.argsort(rows["node"], kind="stable")
        nodes, counts = np.unique(rows["node"][order], return_counts=True)
        self._reach(int(nodes[-1]) + 1)
        lengths = self._length[nodes] + counts
        self._make_room(nodes, lengths)
        places = ranges(self._start[nodes] + self._length[nodes], counts)
        for name, column in self._pool.items():
            column[places] = rows[name][order]
        self._length[nodes] = lengths

    def find(self, nodes: Array, which: Array) -> tuple[Array, Array]:
        """Return the places of all rows of the nodes, and with each the number that came with its node."""
        if len(nodes) and int(nodes.max()) >= len(self._start):
            known = nodes < len(self._start)
            nodes, which = nodes[known], which[known]
        lengths = self._length[nodes]
        return ranges(self._start[nodes], lengths), np.repeat(which, lengths)

    def column(self, name: str, places: Array) -> Array:
        """Return a column at these places."""
        return self._pool[name][places]

    def keep(self, nodes: Array, mask: Array) -> None:
        """Drop rows of the nodes: `mask` says of every row that `find` gives for them whether it stays."""
        places, which = self.find(nodes, np.arange(len(nodes)))
        lost = np.unique(which[~mask])
        if not len(lost):
            return
        changed = np.isin(which, lost)
        places, stays = places[changed], mask[changed]
        nodes = nodes[lost]
        left = np.bincount(np.searchsorted(lost, which[changed])[stays], minlength=len(lost))
        targets = ranges(self._start[nodes], left)
        for column in self._pool.values():
            column[targets] = column[places[stays]]
        self._length[nodes] = left
        self._release(nodes[left == 0])

    def columns(self) -> Iterator[tuple[str, Array]]:
        """Yield the columns of everything one after the other, ordered by node."""
        nodes = np.flatnonzero(self._length)
        places, which = self.find(nodes, nodes)
        yield "node", which.astype(np.int32)
        for name, column in self._pool.items():
            yield name, column[places]

    @property
    def nbytes(self) -> int:
        """Return how much memory it takes."""
        row = sum(np.dtype(kind).itemsize * (1 if width is None else width) for kind, width in self._kinds.values())
        by_node = self._start.nbytes + self._length.nbytes + self._room.nbytes
        return int(self._tail * row + by_node + sum(one.nbytes for one in self._free.values()))

    def _reach(self, nodes: int) -> None:
        self._start = grown(self._start, nodes, 0)
        self._length = grown(self._length, nodes, 0)
        self._room = grown(self._room, nodes, 0)

    def _make_room(self, nodes: Array, lengths: Array) -> None:
        held = np.where(
            self._room[nodes] > 0, np.left_shift(1, np.maximum(self._room[nodes], 1).astype(np.int64) - 1), 0
        )
        full = lengths > held
        nodes, needed = nodes[full], _power_above(lengths[full])
        starts = self._places(needed)
        count = self._length[nodes]
        source, target = ranges(self._start[nodes], count), ranges(starts, count)
        for column in self._pool.values():
            column[target] = column[source]
        self._release(nodes)
        self._start[nodes], self._room[nodes] = starts, needed + 1

    def _places(self, powers: Array) -> Array:
        """Return free places of these sizes, those that others left first."""
        starts = np.empty(len(powers), np.int64)
        for power in np.unique(powers).tolist():
            wanted = np.flatnonzero(powers == power)
            free = self._free.get(power, np.empty(0, np.int64))
            used = min(len(free), len(wanted))
            starts[wanted[:used]] = free[len(free) - used :]
            self._free[power] = free[: len(free) - used]
            fresh = wanted[used:]
            starts[fresh] = self._tail + (np.arange(len(fresh), dtype=np.int64) << power)
            self._tail += len(fresh) << power
        for name, column in self._pool.items():
            if self._tail > len(column):
                larger = np.empty(_shape(2 * self._tail, self._kinds[name][1]), column.dtype)
                larger[: len(column)] = column
                self._pool[name] = larger
        return starts

    def _release(self, nodes: Array) -> None:
        nodes = nodes[self._room[nodes] > 0]
        powers = self._room[nodes] - 1
        for power in np.unique(powers).tolist():
            left = self._start[nodes[powers == power]].astype(np.int64)
            self._free[power] = np.concatenate([self._free.get(power, np.empty(0, np.int64)), left])
        self._room[nodes] = 0


def _shape(rows: int, width: int | None) -> tuple[int, ...]:
    return (rows,) if width is None else (rows, width)


def _power_below(counts: Array) -> Array:
    return np.frexp(counts.astype(np.float64))[1] - 1


def _power_above(counts: Array) -> Array:
    return np.frexp((counts - 1).astype(np.float64))[1]
