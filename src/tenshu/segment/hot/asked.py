"""Who is asked about: some customers, the nodes that are theirs now, and the instant."""

from datetime import datetime
from functools import cached_property

import numpy as np

from tenshu.segment.hot.arrays import Array, borders
from tenshu.segment.hot.calendar import Calendar
from tenshu.segment.hot.owners import Owners
from tenshu.store.tables import to_micros


class Asked:
    """Some customers at an instant.

    Args:
        customers: each once.
        owners: whose nodes are whose.
        now: the instant.
        calendar: the shop's days.
    """

    def __init__(self, customers: Array, owners: Owners, *, now: datetime, calendar: Calendar) -> None:
        self.customers = customers
        self.nodes, self.which = owners.nodes_of(customers)
        self.now = now
        self.calendar = calendar

    def __len__(self) -> int:
        return len(self.customers)

    @property
    def micros(self) -> int:
        """Return the instant in microseconds since 1970."""
        return to_micros(self.now)

    @cached_property
    def edges(self) -> Array:
        """Return where the nodes of each customer begin."""
        return self.borders(self.which)

    def borders(self, which: Array) -> Array:
        """Return where each customer's rows begin in rows ordered by customer."""
        return borders(which, len(self))

    def never(self) -> Array:
        """Return one instant a customer that does not come."""
        return np.full(len(self), np.iinfo(np.int64).max, np.int64)
