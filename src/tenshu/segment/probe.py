"""Count a condition again and again while somebody writes it: what was read for one version serves the next.

A person changes one row at a time, so the features of the other rows are kept as columns, one value a customer, and
only what is new is read from the facts. All columns are of one instant; when it has passed, or facts have come, they
are read anew.
"""

import threading
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from tenshu.condition import Condition, Did, DidNot, Rank, Trait
from tenshu.condition.parse import parts
from tenshu.know.directory_changes import Seen, look
from tenshu.segment.evaluate import read_features
from tenshu.segment.features import Aggregate, features
from tenshu.segment.formula import formula
from tenshu.store.warehouse import Warehouse

#: How long an answer stays of the same instant.
KEPT_FOR: Final = timedelta(seconds=30)
#: Columns that are kept; those that were not asked for longest go first.
MOST: Final = 48


class Probe:
    """Answers who meets a condition, quickly when it is like the one before.

    Args:
        warehouse: where the facts lie.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._lock = threading.Lock()
        self._columns: dict[str, pl.Series] = {}
        self._people = pl.Series("customer", [], dtype=pl.Int64)
        self._as_of: datetime | None = None
        self._state: tuple[Seen, str] | None = None

    def met(self, condition: Condition, *, now: datetime, zone: str) -> tuple[pl.Series, datetime]:
        """Return who meets the condition, and as of when.

        Args:
            condition: what is asked.
            now: business time; what is kept is of this instant or of one up to half a minute before.
            zone: the shop's zone.
        """
        with self._lock:
            as_of = self._prepared(now, zone)
            self._read(condition, as_of, zone)
            wanted = list(features([condition]))
            wide = pl.DataFrame([self._people, *(self._columns[name].alias(name) for name in wanted)])
        return wide.filter(formula(condition))["customer"], as_of

    def everybody(self, *, now: datetime, zone: str) -> pl.Series:
        """Return all customers."""
        with self._lock:
            self._prepared(now, zone)
            return self._people

    def _prepared(self, now: datetime, zone: str) -> datetime:
        state = (look(self._warehouse, now), zone)
        is_old = self._as_of is None or not timedelta(0) <= now - self._as_of < KEPT_FOR
        if is_old or state != self._state or self._as_of is None:
            self._columns.clear()
            found = self._warehouse.frame(
                "SELECT DISTINCT customer::BIGINT AS customer FROM node_map ORDER BY customer"
            )
            self._people, self._as_of, self._state = found["customer"], now, state
        return self._as_of

    def _read(self, condition: Condition, as_of: datetime, zone: str) -> None:
        wanted = features([condition])
        lacking = {name for name in wanted if name not in self._columns}
        if lacking:
            asked = {
                path: part
                for path, part in parts(condition)
                if isinstance(part, Trait | Did | DidNot | Rank) and lacking & features([part]).keys()
            }
            people = self._people.to_frame()
            for frame in read_features(self._warehouse, asked, now=as_of, zone=zone, customers=None):
                told = people.join(frame, on="customer", how="left", maintain_order="left")
                self._columns |= {name: told[name] for name in told.columns if name != "customer"}
            for name, feature in wanted.items():
                if isinstance(feature, Aggregate) and name in lacking:
                    self._columns[name] = self._columns[name].fill_null(0)
        used = {name: self._columns.pop(name) for name in wanted}
        self._columns = dict(list(self._columns.items())[-max(MOST - len(used), 0) :]) if len(used) < MOST else {}
        self._columns |= used
