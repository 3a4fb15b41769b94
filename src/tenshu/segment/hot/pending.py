"""Facts that are dated later than now: they wait, ordered by time, until it comes."""

import numpy as np

from tenshu.segment.hot.arrays import Rows, chosen, stacked


class Pending:
    """Rows that do not count yet."""

    def __init__(self) -> None:
        self.rows: Rows = {}

    def add(self, rows: Rows) -> None:
        """Let rows wait."""
        if not len(rows["at"]):
            return
        known = stacked([self.rows, rows]) if self.rows else rows
        self.rows = chosen(known, np.argsort(known["at"], kind="stable"))

    def release(self, now: int) -> Rows:
        """Return the rows whose time has come, and forget them; nothing at all when there is none."""
        due = int(np.searchsorted(self.rows["at"], now, side="right")) if self.rows else 0
        if not due:
            return {}
        released = chosen(self.rows, slice(due))
        self.rows = chosen(self.rows, slice(due, None))
        return released

    @property
    def nbytes(self) -> int:
        """Return how much memory it takes."""
        return sum(column.nbytes for column in self.rows.values())
