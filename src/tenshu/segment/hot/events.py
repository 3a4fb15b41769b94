"""What is known of one event: running numbers a node, and the facts that lie in a window."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from tenshu.condition.grammar import Within
from tenshu.segment.features import Aggregate, key
from tenshu.segment.hot.arrays import EVER, NEVER, Array, Rows, below, bit, chosen, least, stacked, totals
from tenshu.segment.hot.asked import Asked
from tenshu.segment.hot.calendar import Calendar
from tenshu.segment.hot.match import SCALES, Query, as_double, event_query, nano_double, numbers, value_columns
from tenshu.segment.hot.pending import Pending
from tenshu.segment.hot.plan import EventAsk, place
from tenshu.segment.hot.shelf import Shelf
from tenshu.segment.hot.tally import Tally

#: Facts stay so much longer than the longest window: clocks that are set back may open a day again.
SLACK: Final = 2 * 86_400_000_000


class EventStore:
    """The facts of one event as far as conditions ask for them.

    Args:
        ask: what is asked; stays what this store can answer.
        calendar: the shop's days.
    """

    def __init__(self, ask: EventAsk, calendar: Calendar) -> None:
        self.ask = ask
        self.query = event_query(ask)
        self.pending = Pending()
        self._calendar = calendar
        self._values = value_columns(ask)
        self._tallies: dict[str, Tally] = {}
        for one in ask.running:
            self._tallies.update({name: Tally() for name in self._tally_names(one)})
        self._shelf = self._empty_shelf()

    def covers(self, ask: EventAsk) -> bool:
        """Return whether this store can answer other questions too."""
        windowed = tuple(one.where for one in self.ask.windows)
        return (
            all(place(one, self.ask.running) >= 0 for one in ask.running)
            and all(place(one.where, windowed) >= 0 for one in ask.windows)
            and set(self._value_names(*(one.field for one in ask.windows))) <= self._shelf.names
            and {one.field for one in ask.windows} <= {None, *self.ask.fields}
            and _longest(ask.windows) <= _longest(self.ask.windows)
        )

    def narrow(self, ask: EventAsk) -> None:
        """Forget what other questions, which this store covers, do not need."""
        self.ask = msgspec.structs.replace(self.ask, running=ask.running, windows=ask.windows)
        needed = {name for one in ask.running for name in self._tally_names(one)}
        self._tallies = {name: tally for name, tally in self._tallies.items() if name in needed}
        if not ask.windows:
            self._shelf = self._empty_shelf()

    def spans(self, now: datetime) -> list[tuple[Query, int, int]]:
        """Return the queries that read the past, each from an instant (included) to another."""
        horizon = self._horizon(now)
        recent = (self.query, horizon, NEVER)
        if not self.ask.running:
            return [recent]
        return [(event_query(self.ask, only=self.ask.running), EVER, horizon), *([recent] if horizon < NEVER else [])]

    @property
    def table(self) -> str:
        """Return where such facts lie in the warehouse."""
        return "order_lines" if self.ask.source == "lines" else "facts"

    def rows(self, told: pl.DataFrame) -> Rows:
        """Return those rows of a frame of the query that any question is about."""
        rows = numbers(told)
        return chosen(rows, np.any(rows["bits"], axis=1))

    def build(self, parts: Iterable[Rows], now: datetime) -> None:
        """Take the first rows, all of them not later than now."""
        kept: list[Rows] = []
        for rows in parts:
            self._count(rows)
            kept.append(self._in_windows(rows, now))
        if kept:
            self._shelf.build(stacked(kept))

    def put(self, rows: Rows, now: datetime) -> None:
        """Take rows that are not later than now."""
        self._count(rows)
        self._shelf.add(self._in_windows(rows, now))

    def features(self, asked: Asked, wanted: tuple[Aggregate, ...]) -> tuple[dict[str, Array], Array]:
        """Return the features, and of each customer when the first of the windows that he is in will close."""
        found: dict[str, Array] = {}
        for one in wanted:
            if one.within is None:
                found[key(one)] = self._running(asked, one)
        due = asked.never()
        windows = [one for one in wanted if one.within is not None]
        if windows:
            self._windows(asked, windows, found, due)
        return found, due

    def forget(self, nodes: Array, now: datetime) -> None:
        """Drop the nodes' facts that no window can hold any more."""
        if self.ask.windows:
            places, _ = self._shelf.find(nodes, nodes)
            self._shelf.keep(nodes, self._shelf.column("at", places) >= self._horizon(now))

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield what has to be kept, one array at a time."""
        for name, column in self._shelf.columns():
            yield f"shelf.{name}", column
        for name, tally in self._tallies.items():
            yield f"tally.{name}", tally.numbers
        for name, column in self.pending.rows.items():
            yield f"pending.{name}", column

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take what was kept."""
        self._shelf.build(below(arrays, "shelf."))
        for name, kept in below(arrays, "tally.").items():
            self._tallies[name].numbers = kept
        self.pending.rows = below(arrays, "pending.")

    @property
    def nbytes(self) -> int:
        """Return how much memory it takes."""
        tallies = sum(tally.numbers.nbytes for tally in self._tallies.values())
        return self._shelf.nbytes + tallies + self.pending.nbytes

    def _count(self, rows: Rows) -> None:
        selected: dict[bytes, Array] = {}
        for one in self.ask.running:
            which = msgspec.json.encode((one.where, one.between))
            if which not in selected:
                since, until = self._calendar.between(one.between)
                inside = (rows["at"] >= since) & (rows["at"] < until)
                selected[which] = np.flatnonzero(bit(rows["bits"], place(one.where, self.ask.wheres)) & inside)
            some = selected[which]
            nodes = rows["node"][some]
            for name, column in zip(self._tally_names(one), self._value_names(one.field) or [""], strict=True):
                self._tallies[name].add(nodes, rows[column][some] if column else None)

    def _in_windows(self, rows: Rows, now: datetime) -> Rows:
        asked = np.zeros(rows["bits"].shape[1], np.uint8)
        for one in self.ask.windows:
            index = place(one.where, self.ask.wheres)
            asked[index >> 3] |= 1 << (index & 7)
        keep = ((rows["bits"] & asked) != 0).any(axis=1)
        if self.ask.windows:
            keep &= rows["at"] >= self._horizon(now)
        return chosen({name: rows[name] for name in ("node", *sorted(self._shelf.names))}, keep)

    def _empty_shelf(self) -> Shelf:
        kinds: dict[str, tuple[Any, int | None]] = {
            "at": (np.int64, None),
            "bits": (np.uint8, -(-len(self.ask.wheres) // 8)),
        }
        values = self._value_names(*(one.field for one in self.ask.windows))
        return Shelf(kinds | dict.fromkeys(values, (np.int64, None)))

    def _running(self, asked: Asked, one: Aggregate) -> Array:
        sums = [totals(self._tallies[name].of(asked.nodes), asked.edges) for name in self._tally_names(one)]
        return sums[0] if one.field is None else self._double(one.field, sums)

    def _windows(self, asked: Asked, wanted: list[Aggregate], found: dict[str, Array], due: Array) -> None:
        places, which = self._shelf.find(asked.nodes, asked.which)
        edges = asked.borders(which)
        at, bits = self._shelf.column("at", places), self._shelf.column("bits", places)
        columns = self._value_names(*(one.field for one in wanted))
        values = {name: self._shelf.column(name, places) for name in columns}
        inside: dict[bytes, Array] = {}
        for one in wanted:
            within = one.within or Within()
            same = msgspec.json.encode((one.where, within))
            if same not in inside:
                since = asked.calendar.since(within, asked.now)
                inside[same] = bit(bits, place(one.where, self.ask.wheres)) & (at >= since)
                first = least(np.where(inside[same], at, NEVER), edges)
                np.minimum(due, asked.calendar.closes(within, first), out=due)
            chosen_rows = inside[same]
            if one.field is None:
                found[key(one)] = totals(chosen_rows, edges)
            else:
                sums = [totals(np.where(chosen_rows, values[name], 0), edges) for name in self._value_names(one.field)]
                found[key(one)] = self._double(one.field, sums)

    def _double(self, field: str, sums: list[Array]) -> Array:
        return nano_double(*sums) if len(sums) > 1 else as_double(sums[0], SCALES[field])

    def _value_names(self, *fields: str | None) -> list[str]:
        return [name for name, (field, _) in self._values.items() if field in fields]

    def _tally_names(self, one: Aggregate) -> list[str]:
        return [f"{key(one)}{column}" for column in self._value_names(one.field) or [""]]

    def _horizon(self, now: datetime) -> int:
        spans = [self._calendar.since(one.within, now) for one in self.ask.windows if one.within is not None]
        return min(spans) - SLACK if spans else NEVER


def _longest(windows: tuple[Aggregate, ...]) -> timedelta:
    """Return how far the windows reach back at most; one of days begins at a midnight."""
    asked = [one.within for one in windows if one.within is not None]
    spans = [timedelta(hours=one.hours or 0) if one.days is None else timedelta(days=one.days + 1) for one in asked]
    return max(spans, default=timedelta())
