"""Keep what conditions ask of everybody as columns, exactly as of now: what was read for one question serves the next.

A person who writes a condition changes one row at a time, and a page that counts asks what the last one asked, so the
features are kept, one value a customer. Before each answer it is noticed what has changed: where facts have only been
added, those whom they are about are read anew; where windows have moved on, their columns; else everything.
"""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import polars as pl

from tenshu.condition import Condition
from tenshu.segment.evaluate import read_these
from tenshu.segment.features import Aggregate, Feature, features, key
from tenshu.segment.formula import formula
from tenshu.segment.noticed import Noticed, is_more, is_same, notice, whom
from tenshu.segment.statements import instants
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse

#: Columns that are kept; those that were not asked for longest go first.
MOST: Final = 48
#: More than this share of everybody is not read one by one: everything is read again.
MANY: Final = 0.2
_EVERYBODY: Final = "SELECT DISTINCT customer::BIGINT AS customer FROM node_map ORDER BY customer"


class Probe:
    """Answers who meets a condition, quickly when it is like the one before.

    Args:
        warehouse: where the facts lie, open in this process.
        ledger: where it is written who turned out to be whom; without it everything is read anew after each change.
    """

    def __init__(self, warehouse: Warehouse, ledger: Ledger | None = None) -> None:
        self._warehouse = warehouse
        self._ledger = ledger
        self._lock = threading.Lock()
        self._people = pl.Series("customer", [], dtype=pl.Int64)
        self._columns: dict[str, pl.Series] = {}
        self._features: dict[str, Feature] = {}
        self._bounds: dict[str, Mapping[str, datetime]] = {}
        self._seen: Noticed | None = None
        self._zone = ""

    def met(self, condition: Condition, *, now: datetime, zone: str) -> tuple[pl.Series, int]:
        """Return who meets the condition now, and how many customers there are in all.

        Args:
            condition: what is asked.
            now: business time.
            zone: the shop's zone.
        """
        wide = self.columns(features([condition]).values(), now=now, zone=zone)
        return wide.filter(formula(condition))["customer"], len(wide)

    def everybody(self, *, now: datetime, zone: str) -> pl.Series:
        """Return all customers, in order."""
        return self.columns([], now=now, zone=zone)["customer"]

    def columns(self, wanted: Iterable[Feature], *, now: datetime, zone: str) -> pl.DataFrame:
        """Return of everybody, in order, `customer` and each feature under its key, all of one state as of now.

        Args:
            wanted: what is to be known; a count or sum of those without such facts is 0, all else null.
            now: business time.
            zone: the shop's zone.
        """
        asked = {key(feature): feature for feature in wanted}
        with self._lock, self._warehouse.one_state():
            self._catch_up(now, zone)
            bounds = {name: _bounds(feature, now, zone) for name, feature in asked.items()}
            lacking = [name for name in asked if self._bounds.get(name) != bounds[name]]
            if lacking:
                self._columns |= self._read([asked[name] for name in lacking], self._people, None, now)
                self._features |= asked
                self._bounds |= bounds
            self._keep(list(asked))
            return pl.DataFrame([self._people, *(self._columns[name].alias(name) for name in asked)])

    def _catch_up(self, now: datetime, zone: str) -> None:
        """Bring what is kept up to the warehouse as it is now."""
        before = self._seen if zone == self._zone else None
        then = notice(self._warehouse, before, now=now)
        if before is not None and is_same(before, then, now):
            self._seen = then
            return
        some = None
        if before is not None and self._ledger is not None and is_more(before, then, now):
            some = whom(self._warehouse, self._ledger, before)
        if some is None or len(some) > MANY * len(self._people):
            self._seen = None
            self._columns, self._features, self._bounds = {}, {}, {}
            self._people = self._warehouse.frame(_EVERYBODY)["customer"]
        elif len(some):
            self._read_again(some, now, zone)
        self._seen, self._zone = then, zone

    def _read_again(self, some: pl.Series, now: datetime, zone: str) -> None:
        """Read some customers anew, of whom some may be new and some may be nobody now."""
        for name in [name for name, bound in self._bounds.items() if bound != _bounds(self._features[name], now, zone)]:
            self._drop(name)
        asked = some.alias("customer").to_frame()
        sql = "SELECT DISTINCT customer::BIGINT AS customer FROM node_map SEMI JOIN asked USING (customer)"
        there = self._warehouse.frame(sql, asked=asked)["customer"].sort()
        fresh = pl.DataFrame([there, *self._named(self._read(list(self._features.values()), there, there, now))])
        kept = pl.DataFrame([self._people, *self._named(self._columns)]).join(asked, on="customer", how="anti")
        whole = pl.concat([kept, fresh.select(kept.columns)]).sort("customer")
        self._people = whole["customer"]
        self._columns = {name: whole[name] for name in self._columns}

    def _named(self, columns: Mapping[str, pl.Series]) -> list[pl.Series]:
        return [column.alias(name) for name, column in columns.items()]

    def _read(
        self, wanted: list[Feature], people: pl.Series, customers: pl.Series | None, now: datetime
    ) -> dict[str, pl.Series]:
        """Return the features of these people, one value each in their order."""
        columns: dict[str, pl.Series] = {}
        asked = people.to_frame()
        for frame in read_these(self._warehouse, wanted, now=now, zone=self._zone, customers=customers):
            told = asked.join(frame, on="customer", how="left", maintain_order="left")
            columns |= {name: told[name] for name in told.columns if name != "customer"}
        for feature in wanted:
            if isinstance(feature, Aggregate):
                columns[key(feature)] = columns[key(feature)].fill_null(0)
        return columns

    def _keep(self, used: list[str]) -> None:
        """Move what was just used to the end, and let go of what was not used longest."""
        for name in used:
            self._columns[name] = self._columns.pop(name)
        for name in list(self._columns)[: max(len(self._columns) - max(MOST, len(used)), 0)]:
            self._drop(name)

    def _drop(self, name: str) -> None:
        del self._columns[name], self._features[name], self._bounds[name]


def _bounds(feature: Feature, now: datetime, zone: str) -> Mapping[str, datetime]:
    """Return where a feature's window begins and ends: a column holds as long as that does."""
    if not isinstance(feature, Aggregate):
        return {}
    return {name: instant for name, instant in instants([feature], now=now, zone=zone).items() if name != "now"}
