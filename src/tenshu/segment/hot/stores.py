"""All stores together: one of each event that is asked about, one of orders, one of traits."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar

import duckdb
import msgspec
import numpy as np

from tenshu import __version__
from tenshu.condition import Condition
from tenshu.know.cuts import Cuts
from tenshu.segment.hot.arrays import Array, below
from tenshu.segment.hot.asked import Asked
from tenshu.segment.hot.calendar import Calendar
from tenshu.segment.hot.cursor import Cursor
from tenshu.segment.hot.events import EventStore
from tenshu.segment.hot.orders import OrderStore
from tenshu.segment.hot.plan import EventAsk, OrderAsk, Plan, TraitAsk, plan
from tenshu.segment.hot.reading import Store, Told, fill, hand_over
from tenshu.segment.hot.traits import TraitStore
from tenshu.store.tables import to_micros
from tenshu.store.warehouse import Aside, Warehouse


class Stores:
    """What is known, by where it comes from."""

    #: Who made them: another version may match otherwise, and keys of orders are hashes of the engine.
    engine: ClassVar[str] = f"tenshu {__version__}, duckdb {duckdb.__version__}"

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._events: dict[str, EventStore] = {}
        self._orders: OrderStore | None = None
        self._traits: TraitStore | None = None
        self._plans: dict[bytes, Plan] = {}

    def widen(self, wanted: Plan, warehouse: Warehouse, cursor: Cursor) -> None:
        """Be able to answer the plan: fill what is new, drop what nobody asks for."""
        self._plans.clear()
        self._events = {event: store for event, store in self._events.items() if event in wanted.events}
        for event, ask in wanted.events.items():
            known = self._events.get(event)
            if known is not None and known.covers(ask):
                known.narrow(ask)
                continue
            self._events[event] = EventStore(ask, self._calendar)
            fill(self._events[event], warehouse, cursor)
        if wanted.orders is None:
            self._orders = None
        elif self._orders is None or not self._orders.covers(wanted.orders):
            self._orders = OrderStore(wanted.orders)
            fill(self._orders, warehouse, cursor)
        if wanted.traits is None:
            self._traits = None
        elif self._traits is None or not self._traits.covers(wanted.traits):
            self._traits = TraitStore(wanted.traits)
            fill(self._traits, warehouse, cursor)

    def plan_of(self, conditions: Mapping[str, Condition]) -> Plan:
        """Return what some of the conditions need, worked out once."""
        which = msgspec.json.encode(conditions)
        if which not in self._plans:
            self._plans[which] = plan(conditions)
        return self._plans[which]

    def take(self, told: Told, engine: Aside, now: datetime) -> Iterator[Array]:
        """Take a batch; yield the nodes of facts that count already."""
        # First everything is matched, which can fail; then it is taken, which cannot.
        matched = [(store, told.rows(engine, store)) for store in self._each()]
        for store, found in matched:
            rows = hand_over(store, found, now)
            if rows:
                yield rows["node"]

    def release(self, now: datetime) -> Iterator[Array]:
        """Let facts count whose time has come; yield their nodes."""
        for store in self._each():
            rows = store.pending.release(to_micros(now))
            if rows:
                store.put(rows, now)
                yield rows["node"]

    def features(self, asked: Asked, wanted: Plan, cuts: Cuts | None) -> tuple[dict[str, Any], Array]:
        """Return every feature of the plan, and of each customer when the first of his windows closes."""
        found: dict[str, Any] = {"customer": asked.customers}
        due = asked.never()
        for event, ask in wanted.events.items():
            some, closes = self._events[event].features(asked, (*ask.running, *ask.windows))
            found |= some
            np.minimum(due, closes, out=due)
        if wanted.orders is not None and self._orders is not None:
            some, closes = self._orders.features(asked, wanted.orders, cuts)
            found |= some
            np.minimum(due, closes, out=due)
        if wanted.traits is not None and self._traits is not None:
            found |= self._traits.features(asked, wanted.traits)
        return found, due

    def buyers(self, asked: Asked) -> Array:
        """Return those of the customers who ever bought."""
        return asked.customers[:0] if self._orders is None else self._orders.buyers(asked)

    def forget(self, nodes: Array, now: datetime) -> None:
        """Drop what no window can hold any more of the nodes' facts."""
        for store in self._events.values():
            store.forget(nodes, now)

    def asks(self) -> dict[str, Any]:
        """Return what the stores can answer, to be kept with their arrays."""
        return {
            "events": {event: store.ask for event, store in self._events.items()},
            "orders": None if self._orders is None else self._orders.ask,
            "traits": None if self._traits is None else self._traits.ask,
        }

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield what has to be kept, one array at a time."""
        named: dict[str, EventStore | OrderStore | TraitStore | None] = {
            **{f"event.{event}.": store for event, store in self._events.items()},
            "orders.": self._orders,
            "traits.": self._traits,
        }
        for prefix, store in named.items():
            for name, array in () if store is None else store.arrays():
                yield f"{prefix}{name}", array

    def restore(self, asks: dict[str, Any], arrays: dict[str, Array]) -> None:
        """Take what was kept."""
        for event, said in asks["events"].items():
            self._events[event] = EventStore(msgspec.convert(said, EventAsk), self._calendar)
            self._events[event].restore(below(arrays, f"event.{event}."))
        if asks["orders"] is not None:
            self._orders = OrderStore(msgspec.convert(asks["orders"], OrderAsk))
            self._orders.restore(below(arrays, "orders."))
        if asks["traits"] is not None:
            self._traits = TraitStore(msgspec.convert(asks["traits"], TraitAsk))
            self._traits.restore(below(arrays, "traits."))

    @property
    def nbytes(self) -> int:
        """Return how much memory it takes."""
        parts = [*self._events.values(), self._orders, self._traits]
        return sum(store.nbytes for store in parts if store is not None)

    def _each(self) -> Iterator[Store]:
        single: list[Store | None] = [self._orders, self._traits]
        return chain(self._events.values(), (store for store in single if store is not None))
