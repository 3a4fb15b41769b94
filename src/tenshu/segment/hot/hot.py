"""Who meets which live condition, kept up to date by facts, merges, publications and the passing time.

Facts are kept by node and put together for whoever has the nodes now, so a merge or its undoing changes a map and
nothing else. Every change marks the customers that it touches; `settle` asks the conditions of these alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import polars as pl

from tenshu.condition import Condition
from tenshu.know.cuts import Cuts
from tenshu.segment.hot import snapshot
from tenshu.segment.hot.arrays import NEVER, Array, below, grown
from tenshu.segment.hot.asked import Asked
from tenshu.segment.hot.calendar import Calendar
from tenshu.segment.hot.cursor import Cursor
from tenshu.segment.hot.membership import Membership
from tenshu.segment.hot.owners import NOBODY, Owners
from tenshu.segment.hot.plan import asks_ranks, plan, same
from tenshu.segment.hot.reading import Told
from tenshu.segment.hot.stores import Stores
from tenshu.store.tables import to_micros
from tenshu.store.warehouse import Aside, Warehouse

#: How many customers are asked about at a time, so that memory stays bounded.
CROWD: Final = 65_536


class Hot:
    """The hot columns of a shop.

    Args:
        cursor: up to where they have seen.
        zone: the shop's zone.
        cuts: the cut points that hold, None when nothing was published.
        engine: matches batches.
    """

    def __init__(self, cursor: Cursor, *, zone: str, cuts: Cuts | None, engine: Aside) -> None:
        self.cursor = cursor
        self._cuts = cuts
        self._calendar = Calendar(zone)
        self._owners = Owners()
        self._stores = Stores(self._calendar)
        self._conditions: dict[str, Condition] = {}
        self._membership = Membership(())
        self._due: Array = np.empty(0, np.int64)
        self._touched: Array = np.empty(0, np.bool_)
        self._ranked: Array = np.empty(0, np.bool_)
        self._engine = engine

    @classmethod
    def fill(
        cls,
        warehouse: Warehouse,
        conditions: Mapping[str, Condition],
        *,
        nodes: pl.DataFrame,
        cursor: Cursor,
        zone: str,
        cuts: Cuts | None,
    ) -> "Hot":
        """Read everything from the warehouse.

        Args:
            warehouse: where the facts lie.
            conditions: by name.
            nodes: node and customer of every node that belongs to somebody, as of the cursor.
            cursor: which facts have been seen, and the instant.
            zone: the shop's zone.
            cuts: the cut points that hold at the cursor, None when nothing was published.
        """
        hot = cls(cursor, zone=zone, cuts=cuts, engine=warehouse.aside())
        hot._owners.remap(*_pairs(nodes))
        hot.watch(warehouse, conditions)
        return hot

    def watch(self, warehouse: Warehouse, conditions: Mapping[str, Condition]) -> None:
        """Keep exactly these conditions from now on; who meets new ones is found out without telling a change."""
        self._stores.widen(plan(conditions), warehouse, self.cursor)
        kept = [
            name for name, known in self._conditions.items() if name in conditions and same(known, conditions[name])
        ]
        self._membership = self._membership.renamed(list(conditions), kept)
        self._conditions = dict(conditions)
        fresh = [name for name in conditions if name not in kept]
        if fresh:
            self._reach()
            for customers in _crowds(self._owners.everybody()):
                answers, due = self._answers(customers, fresh)
                self._membership.write(customers, fresh, answers)
                self._due[customers] = np.minimum(self._due[customers], due)

    def remap(self, changed: pl.DataFrame) -> None:
        """Give nodes to other customers: `node`, and `customer` or null when it belongs to nobody now."""
        if not changed.is_empty():
            self._touch(self._owners.remap(*_pairs(changed)))

    def customers_of(self, nodes: pl.Series) -> pl.DataFrame:
        """Return `node`, `customer` of those of the nodes that are somebody's."""
        owners = pl.Series("customer", self._owners.customers_of(nodes.to_numpy()), pl.Int64)
        return pl.DataFrame([nodes.alias("node"), owners]).filter(owners != NOBODY)

    def take(self, facts: pl.DataFrame, *, batch: int | None = None, position: int | None = None) -> None:
        """Take facts that are new in the warehouse, each once, and move the cursor.

        Args:
            facts: the columns of `collect.event.FACT_SCHEMA` but the identifiers, and `node`.
            batch: the batch they came with.
            position: up to where the ledger's facts are drained with them.
        """
        if not facts.is_empty():
            for nodes in self._stores.take(Told(facts), self._engine, self.cursor.at):
                self._touch(self._owners.owners_of(nodes))
                # Nobody is ever asked about who has these, so that they are looked after here.
                self._stores.forget(self._owners.strays_of(nodes), self.cursor.at)
        self.cursor = msgspec.structs.replace(
            self.cursor,
            batch=self.cursor.batch if batch is None else batch,
            position=self.cursor.position if position is None else position,
        )

    @property
    def cuts(self) -> Cuts | None:
        """The cut points that hold, None when nothing was published."""
        return self._cuts

    def publish(self, cuts: Cuts) -> None:
        """Rank by new cut points."""
        self._cuts = cuts
        self.cursor = msgspec.structs.replace(self.cursor, cuts_version=cuts.version)
        if any(asks_ranks(condition) for condition in self._conditions.values()):
            self._reach()
            for customers in _crowds(self._owners.everybody()):
                self._ranked[self._stores.buyers(self._asked(customers))] = True

    def move_to(self, now: datetime) -> None:
        """Let time pass; it never goes back."""
        if now <= self.cursor.at:
            return
        before, self.cursor = self.cursor.at, msgspec.structs.replace(self.cursor, at=now)
        for nodes in self._stores.release(now):
            self._touch(self._owners.owners_of(nodes))
        self._reach()
        self._touch(np.flatnonzero(self._due <= to_micros(now)))
        zone = ZoneInfo(self._calendar.zone)
        if now.astimezone(zone).date() < before.astimezone(zone).date():
            self._touch(self._owners.everybody())  # clocks were set back over midnight: a day has opened again

    def settle(self) -> pl.DataFrame:
        """Ask about everybody who was touched; return customer, name, is_member of each answer that changed."""
        self._reach()
        changes = [self._settled(np.flatnonzero(self._touched), list(self._conditions))]
        ranked = [name for name, condition in self._conditions.items() if asks_ranks(condition)]
        changes.append(self._settled(np.flatnonzero(self._ranked & ~self._touched), ranked))
        self._touched[:] = False
        self._ranked[:] = False
        return pl.concat(changes).sort("customer", "name")

    def holds(self, names: Sequence[str], customers: pl.Series) -> pl.DataFrame:
        """Return customer and, in the order given, whether each meets the conditions, with everything taken so far."""
        asked = customers.cast(pl.Int64).to_numpy()
        found = {name: self._membership.read(asked, name) for name in names}
        self._reach()
        stale = np.flatnonzero(self._is_stale(asked))
        if len(stale) and names:
            each, places = np.unique(asked[stale], return_inverse=True)
            answers = np.concatenate([self._answers(some, list(names))[0] for some in _crowds(each)])
            for index, name in enumerate(names):
                found[name][stale] = answers[places, index]
        return pl.DataFrame({"customer": asked, **found}, schema_overrides={"customer": pl.Int64})

    def members(self, name: str) -> pl.Series:
        """Return who met the condition when it was settled last, in order."""
        return pl.Series("customer", self._membership.members(name), pl.Int64)

    def count(self, name: str) -> int:
        """Return how many met the condition when it was settled last."""
        return self._membership.count(name)

    def save(self, path: Path) -> None:
        """Write everything into one file, in place of an older one."""
        said = {
            "zone": self._calendar.zone,
            "engine": self._stores.engine,
            "cursor": self.cursor,
            "cuts": self._cuts,
            "names": list(self._membership.names),
            "conditions": self._conditions,
            "asks": self._stores.asks(),
        }
        snapshot.write(path, said, self._arrays())

    @classmethod
    def load(cls, path: Path, warehouse: Warehouse, conditions: Mapping[str, Condition], *, zone: str) -> "Hot | None":
        """Return what was saved, or None: nothing whole is there, or it is of other conditions or of another zone.

        Args:
            path: the file.
            warehouse: where the facts lie, whose engine matches those that are to come.
            conditions: by name.
            zone: the shop's zone.
        """
        kept = snapshot.read(path)
        if kept is None:
            return None
        said, arrays = kept
        wanted = msgspec.json.decode(msgspec.json.encode(dict(conditions)))
        if (said["zone"], said["engine"]) != (zone, Stores.engine) or not same(said["conditions"], wanted):
            return None
        cuts = msgspec.convert(said["cuts"], Cuts | None)
        hot = cls(msgspec.convert(said["cursor"], Cursor), zone=zone, cuts=cuts, engine=warehouse.aside())
        hot._conditions = dict(conditions)
        hot._membership = Membership(said["names"])
        hot._membership.bits, hot._membership.counts, hot._due = arrays["bits"], arrays["counts"], arrays["due"]
        hot._owners.restore(below(arrays, "owners."))
        hot._stores.restore(said["asks"], below(arrays, "stores."))
        hot._reach()
        hot._touched[arrays["touched"]] = True
        hot._ranked[arrays["ranked"]] = True
        return hot

    @property
    def nbytes(self) -> int:
        """Return how much memory it takes."""
        own = (self._due, self._touched, self._ranked)
        return self._owners.nbytes + self._stores.nbytes + self._membership.nbytes + sum(one.nbytes for one in own)

    def _arrays(self) -> Iterator[tuple[str, Array]]:
        yield from (("bits", self._membership.bits), ("counts", self._membership.counts), ("due", self._due))
        yield from (("touched", np.flatnonzero(self._touched)), ("ranked", np.flatnonzero(self._ranked)))
        yield from ((f"owners.{name}", column) for name, column in self._owners.arrays().items())
        yield from ((f"stores.{name}", column) for name, column in self._stores.arrays())

    def _asked(self, customers: Array) -> Asked:
        return Asked(customers, self._owners, now=self.cursor.at, calendar=self._calendar)

    def _answers(self, customers: Array, names: Sequence[str]) -> tuple[Array, Array]:
        """Return who meets the conditions, a column each, and when the first window that matters closes."""
        wanted = self._stores.plan_of({name: self._conditions[name] for name in names})
        columns, due = self._stores.features(self._asked(customers), wanted, self._cuts)
        answers = pl.DataFrame(columns).select(**wanted.formulas)
        return answers.to_numpy().astype(np.bool_, copy=False), due

    def _settled(self, customers: Array, names: list[str]) -> pl.DataFrame:
        found = [pl.DataFrame(schema={"customer": pl.Int64, "name": pl.String, "is_member": pl.Boolean})]
        for some in _crowds(customers) if names else ():
            answers, due = self._answers(some, names)
            answers = answers & self._owners.is_there(some)[:, None]
            rows, columns = self._membership.write(some, names, answers)
            whole = len(names) == len(self._conditions)
            self._due[some] = due if whole else np.minimum(self._due[some], due)
            if whole:
                self._stores.forget(self._owners.nodes_of(some)[0], self.cursor.at)
            changed = {"customer": some[rows], "name": np.array(names, object)[columns]}
            found.append(pl.DataFrame({**changed, "is_member": answers[rows, columns]}, schema=found[0].schema))
        return pl.concat(found)

    def _is_stale(self, customers: Array) -> Array:
        known = self._owners.is_there(customers)
        touched = self._touched | self._ranked
        return ~known | touched[np.where(known, customers, 0)] if len(touched) else ~known

    def _touch(self, customers: Array) -> None:
        self._reach()
        self._touched[customers] = True

    def _reach(self) -> None:
        self._due = grown(self._due, self._owners.reach, NEVER)
        self._touched = grown(self._touched, self._owners.reach, fill=False)
        self._ranked = grown(self._ranked, self._owners.reach, fill=False)


def _pairs(nodes: pl.DataFrame) -> tuple[Array, Array]:
    """Return nodes and their customers, of a node that is there several times the last."""
    numbers = nodes["node"].cast(pl.Int64).to_numpy()
    if (np.diff(numbers) > 0).all():  # as the ledger tells them
        return numbers, nodes["customer"].cast(pl.Int64).fill_null(NOBODY).to_numpy()
    return _pairs(nodes.unique("node", keep="last").sort("node"))


def _crowds(customers: Array) -> Iterator[Array]:
    for first in range(0, len(customers), CROWD):
        yield customers[first : first + CROWD]
