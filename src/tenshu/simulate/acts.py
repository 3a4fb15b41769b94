"""What simulated customers do, and the agenda that hands it out in order of time."""

from heapq import heappop, heappush
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenshu.store.ledger import INSTANT

LINE: Final = pl.Struct(
    {"product_id": pl.String, "description": pl.String, "quantity": pl.Int64, "unit_price": pl.Decimal(18, 4)}
)

#: The acts, in the order in which acts of one person at one instant happen.
ACT_KINDS: Final = ("scan", "open", "click", "buy", "unsubscribe", "complain")

#: Columns of a frame of acts. An order has an order number and lines, an answer to a mail has the rest.
ACTS: Final[dict[str, pl.DataType]] = {
    "at": INSTANT,
    "customer": pl.Int64(),
    "act": pl.String(),
    "enrolment": pl.Int64(),
    "visit": pl.Int64(),
    "journey": pl.String(),
    "step": pl.String(),
    "link": pl.Int64(),
    "user_agent": pl.String(),
    "method": pl.String(),
    "order_no": pl.String(),
    "lines": pl.List(LINE),
}


def no_acts() -> pl.DataFrame:
    """Return a frame of acts with no rows."""
    return pl.DataFrame(schema=ACTS)


def acts_frame(columns: pl.DataFrame) -> pl.DataFrame:
    """Give the frame every column of acts; what it does not say is null."""
    return columns.select(
        pl.col(name).cast(kind) if name in columns.columns else pl.lit(None, dtype=kind).alias(name)
        for name, kind in ACTS.items()
    )


def in_order(acts: pl.DataFrame) -> pl.DataFrame:
    """Sort acts by time; ties by customer, kind, enrolment and link, so that no order is left to chance."""
    if acts.height < 2:
        return acts
    rank = pl.col("act").replace_strict({kind: place for place, kind in enumerate(ACT_KINDS)}, return_dtype=pl.Int8)
    return acts.sort("at", "customer", rank, "enrolment", "link", "order_no", nulls_last=True)


class Agenda:
    """Acts to come: chunks that are each sorted by time, in a heap by their next instant.

    Adding and taking cost in proportion to what is added and taken, not to what waits.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int]] = []
        self._chunks: dict[int, tuple[pl.DataFrame, NDArray[np.int64], int]] = {}
        self._added = 0

    def add(self, acts: pl.DataFrame) -> None:
        """Take acts on, in any order."""
        if acts.is_empty():
            return
        ordered = in_order(acts)
        micros = ordered["at"].to_physical().to_numpy()
        self._added += 1
        self._chunks[self._added] = (ordered, micros, 0)
        heappush(self._heap, (int(micros[0]), self._added))

    def next_micros(self) -> int | None:
        """Return the instant of the next act in microseconds since 1970, or None when nothing waits."""
        return self._heap[0][0] if self._heap else None

    def take(self, until_micros: int) -> pl.DataFrame:
        """Hand out every act up to and including that instant, in order, and forget it."""
        due: list[pl.DataFrame] = []
        while self._heap and self._heap[0][0] <= until_micros:
            _, key = heappop(self._heap)
            frame, micros, done = self._chunks.pop(key)
            stop = int(np.searchsorted(micros, until_micros, side="right"))
            due.append(frame.slice(done, stop - done))
            if stop < len(micros):
                self._chunks[key] = (frame, micros, stop)
                heappush(self._heap, (int(micros[stop]), key))
        if not due:
            return no_acts()
        return due[0] if len(due) == 1 else in_order(pl.concat(due))
