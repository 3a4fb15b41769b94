"""What the stores have in common that keep rows by node on a shelf: the query that fills them, keeping, taking back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tenshu.segment.hot.arrays import EVER, NEVER, Array, below
from tenshu.segment.hot.match import Query
from tenshu.segment.hot.pending import Pending
from tenshu.segment.hot.shelf import Shelf


class Shelved:
    """Rows on a shelf, and beside it those whose time has not come.

    Args:
        query: reads the past, all of it.
        kinds: column -> its type, and how many bytes wide it is where it holds bits.
    """

    def __init__(self, query: Query, kinds: dict[str, tuple[Any, int | None]]) -> None:
        self.query = query
        self.pending = Pending()
        self._shelf = Shelf(kinds)

    def spans(self, now: datetime) -> list[tuple[Query, int, int]]:  # noqa: ARG002 - the same for every store
        """Return the queries that read the past, each from an instant (included) to another."""
        return [(self.query, EVER, NEVER)]

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield what has to be kept, one array at a time."""
        for name, column in self._shelf.columns():
            yield f"shelf.{name}", column
        for name, column in self.pending.rows.items():
            yield f"pending.{name}", column

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take what was kept."""
        self._shelf.build(below(arrays, "shelf."))
        self.pending.rows = below(arrays, "pending.")

    @property
    def nbytes(self) -> int:
        """Return how much memory it takes."""
        return self._shelf.nbytes + self.pending.nbytes
