"""Whose a node is, and which nodes somebody has: two arrays and chains, so that a change costs what it touches."""

from typing import Final

import numpy as np

from tenshu.segment.hot.arrays import Array, distinct, grown

NOBODY: Final = -1


class Owners:
    """The map node -> customer and back."""

    def __init__(self) -> None:
        self._customer: Array = np.empty(0, np.int32)
        self._first: Array = np.empty(0, np.int32)
        self._next: Array = np.empty(0, np.int32)

    def remap(self, nodes: Array, customers: Array) -> Array:
        """Give nodes to customers (NOBODY = to nobody); return the customers before and after, each once."""
        self._reach(nodes, customers)
        before = self._customer[nodes]
        touched = distinct(np.concatenate([before, customers]))
        touched = touched[touched >= 0]
        theirs, _ = self.nodes_of(touched)
        self._customer[nodes] = customers
        self._link(touched, distinct(np.concatenate([theirs, nodes])))
        return touched

    def owners_of(self, nodes: Array) -> Array:
        """Return the customers who have one of these nodes, with repetitions."""
        known = nodes[nodes < len(self._customer)]
        found = self._customer[known]
        return found[found >= 0]

    def customers_of(self, nodes: Array) -> Array:
        """Return the customer of each node, NOBODY where it is nobody's."""
        found = np.full(len(nodes), NOBODY, np.int32)
        known = nodes < len(self._customer)
        found[known] = self._customer[nodes[known]]
        return found

    def strays_of(self, nodes: Array) -> Array:
        """Return those of the nodes that belong to nobody, each once."""
        each = distinct(nodes)
        known = each < len(self._customer)
        is_stray = ~known
        is_stray[known] = self._customer[each[known]] == NOBODY
        return each[is_stray]

    def nodes_of(self, customers: Array) -> tuple[Array, Array]:
        """Return the nodes of the customers, and of each the index of its customer; ordered by that index."""
        which = np.flatnonzero(self.is_there(customers))
        nodes = self._first[customers[which]]
        parts = [(nodes, which)]
        while len(nodes):
            nodes = self._next[nodes]
            more = nodes >= 0
            nodes, which = nodes[more], which[more]
            parts.append((nodes, which))
        found, whose = (np.concatenate(column) for column in zip(*parts, strict=True))
        if len(parts) <= 2:
            return found, whose
        order = np.argsort(whose, kind="stable")
        return found[order], whose[order]

    def is_there(self, customers: Array) -> Array:
        """Return whether the customers have a node at all."""
        known = (customers >= 0) & (customers < len(self._first))
        return known & (self._first[np.where(known, customers, 0)] >= 0) if len(self._first) else known

    def everybody(self) -> Array:
        """Return every customer who has a node, in order."""
        return np.flatnonzero(self._first >= 0)

    @property
    def reach(self) -> int:
        """Return one more than the largest customer number."""
        return len(self._first)

    def arrays(self) -> dict[str, Array]:
        """Return what has to be kept."""
        return {"customer": self._customer, "first": self._first, "next": self._next}

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take what was kept."""
        self._customer, self._first, self._next = arrays["customer"], arrays["first"], arrays["next"]

    @property
    def nbytes(self) -> int:
        """Return how much memory it takes."""
        return self._customer.nbytes + self._first.nbytes + self._next.nbytes

    def _reach(self, nodes: Array, customers: Array) -> None:
        highest_node, highest_customer = (int(one.max(initial=-1)) + 1 for one in (nodes, customers))
        self._customer = grown(self._customer, highest_node, NOBODY)
        self._next = grown(self._next, highest_node, NOBODY)
        self._first = grown(self._first, highest_customer, NOBODY)

    def _link(self, customers: Array, nodes: Array) -> None:
        self._first[customers] = NOBODY
        self._next[nodes] = NOBODY
        owned = nodes[self._customer[nodes] >= 0]
        owned = owned[np.argsort(self._customer[owned], kind="stable")]
        whose = self._customer[owned]
        is_first = np.concatenate([[True], whose[1:] != whose[:-1]])[: len(owned)]
        self._first[whose[is_first]] = owned[is_first]
        follows = ~is_first[1:]
        self._next[owned[:-1][follows]] = owned[1:][follows]
