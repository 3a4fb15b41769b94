"""A shop whose facts, merges and hours arrive one after the other, for the warehouse and for the hot columns."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from tenshu.collect.event import FACT_SCHEMA
from tenshu.condition import Condition
from tenshu.know import Cuts, RankBorders, publish_ranks
from tenshu.know.purchases import period_start
from tenshu.segment import evaluate
from tenshu.segment.hot import Cursor, Hot
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.oracle import Fact, Line, Published, World, holds, publish

_BORDERS = RankBorders(period_days=150)


def told(rows: Sequence[Fact | Line]) -> pl.DataFrame:
    """Return facts as a digest hands them over: the columns of an inbox with their nodes."""
    full = []
    for row in rows:
        fields = dict(vars(row))
        if isinstance(row, Fact):
            fields["properties"] = json.dumps(row.properties, ensure_ascii=False)
        fields.setdefault("source", "test")
        fields.setdefault("received_at", row.occurred_at)
        full.append(fields)
    kinds = {name: kind for name, kind in FACT_SCHEMA.items() if name != "identifiers"} | {"node": pl.Int64()}
    return pl.DataFrame([{name: row.get(name) for name in kinds} for row in full], schema=kinds, orient="row")


class Story:
    """A shop that lives.

    Args:
        warehouse: is emptied.
        zone: the shop's.
        now: when the story begins.
        node_map: whose the first nodes are.
    """

    def __init__(self, warehouse: Warehouse, zone: str, now: datetime, node_map: Mapping[int, int]) -> None:
        for table in ("facts", "order_lines", "node_map", "rank_cuts"):
            warehouse.execute(f"DELETE FROM {table}")
        self.warehouse = warehouse
        self.zone = zone
        self.cursor = Cursor(0, 0, now, None)
        self.cuts: Cuts | None = None
        self.node_map = dict(node_map)
        self._rows: list[Fact | Line] = []
        self._published: Published | None = None
        self._write_map()

    def filled(self, conditions: Mapping[str, Condition]) -> Hot:
        """Return hot columns filled from what the warehouse has by now."""
        known = self.warehouse.frame("SELECT node, customer FROM node_map")
        return Hot.fill(self.warehouse, conditions, nodes=known, cursor=self.cursor, zone=self.zone, cuts=self.cuts)

    def tell(self, rows: Sequence[Fact | Line], *, drained: bool = False) -> tuple[pl.DataFrame, Cursor]:
        """Put facts into the warehouse as one batch, or as drained from the ledger; return them and the cursor."""
        facts = told(rows)
        self._rows.extend(rows)
        batch, position = self.cursor.batch + (not drained), self.cursor.position + drained * len(rows)
        numbers = [-self.cursor.position - 1 - n if drained else batch for n in range(len(rows))]
        numbered = facts.with_columns(batch=pl.Series(numbers, dtype=pl.Int64), node=pl.col("node").cast(pl.Int32))
        columns = ("fact_id", "batch", "node", "event", "occurred_at", "received_at", "source", "properties")
        self.warehouse.append("facts", numbered.select(columns))
        lines = numbered.filter(pl.col("order_no").is_not_null()).drop("received_at", "properties")
        self.warehouse.append("order_lines", lines)
        self.cursor = Cursor(batch, position, self.cursor.at, self.cursor.cuts_version)
        return facts, self.cursor

    def give(self, changed: Mapping[int, int | None]) -> pl.DataFrame:
        """Give nodes to other customers; return the change."""
        self.node_map |= {node: customer for node, customer in changed.items() if customer is not None}
        for node in [node for node, customer in changed.items() if customer is None]:
            self.node_map.pop(node, None)
        self._write_map()
        return pl.DataFrame(
            {"node": list(changed), "customer": list(changed.values())}, schema={"node": pl.Int64, "customer": pl.Int64}
        )

    def wait_until(self, now: datetime) -> None:
        """Let time pass."""
        self.cursor = Cursor(
            self.cursor.batch, self.cursor.position, max(now, self.cursor.at), self.cursor.cuts_version
        )

    def publish(self) -> Cuts:
        """Publish cut points as of now."""
        since_at = period_start(self.cursor.at, _BORDERS.period_days, self.zone)
        self._published = publish(self.world(), self.cursor.at, since_at)
        self.cuts = publish_ranks(self.warehouse, now=self.cursor.at, zone=self.zone, borders=_BORDERS)
        self.cursor = Cursor(self.cursor.batch, self.cursor.position, self.cursor.at, self.cuts.version)
        return self.cuts

    def answers(self, conditions: Mapping[str, Condition]) -> dict[str, list[int]]:
        """Return who meets each condition now, as the warehouse says it."""
        found = evaluate(self.warehouse, conditions, now=self.cursor.at, zone=self.zone, cuts=self.cuts)
        return {name: found.filter(name)["customer"].to_list() for name in conditions}

    def world(self) -> World:
        """Return everything that has happened, for the judge."""
        facts = tuple(row for row in self._rows if isinstance(row, Fact))
        lines = tuple(row for row in self._rows if isinstance(row, Line))
        return World(facts, lines, dict(self.node_map), self.zone, self._published)

    def judged(self, conditions: Mapping[str, Condition]) -> dict[str, list[int]]:
        """Return who meets each condition now, as the judge says it."""
        world, now = self.world(), self.cursor.at
        return {
            name: [customer for customer in world.customers() if holds(world, condition, customer, now)]
            for name, condition in conditions.items()
        }

    def _write_map(self) -> None:
        self.warehouse.execute("DELETE FROM node_map")
        owned = {"node": list(self.node_map), "customer": list(self.node_map.values())}
        self.warehouse.append("node_map", pl.DataFrame(owned, schema={"node": pl.Int32, "customer": pl.Int32}))


def members(hot: Hot, conditions: Mapping[str, Condition]) -> dict[str, list[int]]:
    """Return who meets each condition by the bits."""
    return {name: hot.members(name).to_list() for name in conditions}


def replayed(before: Mapping[str, list[int]], changes: pl.DataFrame) -> dict[str, list[int]]:
    """Return the members after some changes."""
    after = {name: set(people) for name, people in before.items()}
    for customer, name, is_member in changes.iter_rows():
        assert is_member is (customer not in after[name]), "a change that is none"
        (after[name].add if is_member else after[name].remove)(customer)
    return {name: sorted(people) for name, people in after.items()}
