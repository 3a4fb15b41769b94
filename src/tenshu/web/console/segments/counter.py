"""Count who meets a condition and who of them can be reached, while somebody writes it: in the warehouse's process.

What is asked about everybody (address, basis, suppression, cap) is asked once and kept for a minute; after that it is
asked anew behind the scenes, so that nobody who types waits for it. A count that somebody no longer waits for, because
they have typed on, is ended.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
import polars as pl

from tenshu.bootstrap import Shop
from tenshu.condition import Condition
from tenshu.flow.live import Live
from tenshu.know.directory_changes import look
from tenshu.measure.reach import reach_of, read_reached
from tenshu.privacy.suppression import Digests
from tenshu.segment.evaluate import evaluate
from tenshu.segment.probe import Probe
from tenshu.segment.reach import Reach
from tenshu.store.warehouse import Warehouse

#: How long what is known of everybody's reach is taken for true.
REACHED_FOR: Final = timedelta(seconds=60)
#: Of so few customers it is asked at once.
FEW: Final = 10_000
#: So many things that were made of the facts are kept.
MOST_MADE: Final = 200
_counters: "WeakKeyDictionary[Warehouse, Counter]" = WeakKeyDictionary()
_lock: Final = threading.Lock()


class Overtaken(Exception):
    """Somebody has typed on."""


class Counter:
    """Counts for one shop.

    Args:
        shop: whose warehouse is open in this process.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.probe = Probe(shop.warehouse, shop.ledger)
        self.digests = Digests(shop.address_key)
        self._turns: dict[str, _Turn] = {}
        self._reached: dict[str, tuple[pl.DataFrame, datetime, object]] = {}
        self._asking: dict[str, threading.Thread] = {}
        self._made: dict[object, tuple[object, datetime, Any]] = {}
        self._lock = threading.Lock()

    def met(self, condition: Condition, *, now: datetime, zone: str, by: str = "") -> tuple[pl.Series, int]:
        """Return who meets the condition now, and how many customers there are in all.

        Args:
            condition: what is asked.
            now: business time.
            zone: the shop's.
            by: who asks; an older question of theirs that is not answered yet is ended.

        Raises:
            Overtaken: the same person has asked again meanwhile.
        """
        turn = _Turn(self._shop.warehouse.interrupter())
        with self._lock:
            former = self._turns.get(by)
            if by:
                self._turns[by] = turn
        if former is not None:
            former.end()
        try:
            return self.probe.met(condition, now=now, zone=zone)
        except Exception:
            if turn.is_over:
                raise Overtaken from None
            raise
        finally:
            with self._lock:
                if self._turns.get(by) is turn:
                    del self._turns[by]

    def members(
        self, conditions: Mapping[str, Condition], live: Live | None, *, now: datetime, zone: str
    ) -> dict[str, pl.Series]:
        """Return who meets each of the conditions: from the live state where it watches them, else from the facts."""
        found: dict[str, pl.Series] = {}
        for name, condition in conditions.items():
            settled = None if live is None else live.settled(condition)
            if settled is not None:
                found[name] = settled
        left = {name: condition for name, condition in conditions.items() if name not in found}
        if left:
            met = self.kept(
                ("members", zone, msgspec.json.encode(left)),
                lambda: evaluate(self._shop.warehouse, left, now=now, zone=zone),
                now=now,
            )
            found |= {name: met.filter(name)["customer"] for name in left}
        return found

    def kept(self, name: object, make: Callable[[], Any], *, now: datetime) -> Any:
        """Return what was made of the same facts and not long ago, else make it."""
        state = look(self._shop.warehouse, now)
        known = self._made.get(name)
        if known is None or known[0] != state or not timedelta(0) <= now - known[1] < REACHED_FOR:
            while len(self._made) >= MOST_MADE:
                self._made.pop(next(iter(self._made)), None)
            known = self._made[name] = (state, now, make())
        return known[2]

    def reach(self, members: pl.Series, *, now: datetime, zone: str, purpose: str, waits: bool) -> Reach | None:
        """Return how many of the members can be reached; None = not known yet, and nobody is to wait for it."""
        reached = self.reached(now=now, zone=zone, purpose=purpose, waits=waits)
        return None if reached is None else reach_of(members, reached)

    def reached(self, *, now: datetime, zone: str, purpose: str, waits: bool) -> pl.DataFrame | None:
        """Return what stands between everybody and one more mail (see `measure.reach`); None = not known yet."""
        known = self._reached.get(purpose)
        if known is None and not waits and len(self.probe.everybody(now=now, zone=zone)) > FEW:
            self._ask(now, zone, purpose)
            return None
        if known is None:
            self._read(now, zone, purpose)
        elif known[2] != look(self._shop.warehouse, now) or not timedelta(0) <= now - known[1] < REACHED_FOR:
            self._ask(now, zone, purpose)
        return self._reached[purpose][0]

    def _ask(self, now: datetime, zone: str, purpose: str) -> None:
        """Have it read in a thread of its own, unless that is being done."""
        with self._lock:
            asking = self._asking.get(purpose)
            if asking is not None and asking.is_alive():
                return
            asking = threading.Thread(
                target=self._read, args=(now, zone, purpose), kwargs={"is_alone": True}, daemon=True
            )
            self._asking[purpose] = asking
        asking.start()

    def _read(self, now: datetime, zone: str, purpose: str, *, is_alone: bool = False) -> None:
        state = look(self._shop.warehouse, now)
        try:
            found = read_reached(
                self._shop, None, now=now, purpose=purpose, zone=zone, address_key=self._shop.address_key
            )
        finally:
            if is_alone:
                self._shop.warehouse.leave()
        self._reached[purpose] = (found, now, state)


class _Turn:
    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self.is_over = False

    def end(self) -> None:
        self.is_over = True
        self._interrupt()


def counter_of(shop: Shop) -> Counter:
    """Return the counter of a shop, one as long as its warehouse is open."""
    with _lock:
        found = _counters.get(shop.warehouse)
        if found is None:
            found = _counters[shop.warehouse] = Counter(shop)
        return found


def told_reach(reach: Reach) -> list[list[Any]]:
    """Return the funnel as plain data: code and people of every step."""
    return [[code, people] for code, _words, people in reach.steps]
