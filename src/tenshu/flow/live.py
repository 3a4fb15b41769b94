"""Keep the live state of all conditions along with the tick: who meets what, who has come and who has gone.

After batch N of the inbox, fact P of the ledger's own and cut points V, at instant T, the state is a function of the
facts up to there: it lives in memory and may die. (N, P, T, V) lies in the ledger, moved in the transaction that tells
who came and went, so that a restart begins exactly where the last one ended, from a snapshot or from the facts.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import func, select

from tenshu.collect.event import no_facts
from tenshu.collect.facts_out import drain, position, read_drained, tell
from tenshu.collect.tables import batches
from tenshu.collect.vocabulary import SEGMENT_ENTERED, SEGMENT_LEFT
from tenshu.condition import Condition
from tenshu.identify.digest import Batch, read_batch
from tenshu.identify.known import KnownFacts
from tenshu.identify.nodes import KnownNodes
from tenshu.identify.resolve import customers_of, nodes_as_of, owners_between
from tenshu.journey import records
from tenshu.journey.advance import Holds
from tenshu.journey.conditions import conditions_of
from tenshu.know.cuts import Cuts
from tenshu.know.publish import cuts_of, published_cuts
from tenshu.segment import evaluate
from tenshu.segment.hot import Cursor, Hot
from tenshu.segment.position import keep_cursor, read_cursor
from tenshu.segment.saved import SavedSegment, read_segments, set_filled
from tenshu.store.home import Stores
from tenshu.store.ledger import Transaction

#: The cursor is moved without news, too, after so many facts or so long, so that a restart has little to do again.
FACTS_WITHOUT_NEWS: Final = 20_000
TIME_WITHOUT_NEWS: Final = timedelta(hours=1)
SNAPSHOT: Final = "live"

#: Who came (is_member) and went: what a settling of the state tells.
CHANGES: Final = pl.Schema(
    {"customer": pl.Int64(), "segment": pl.String(), "version": pl.Int64(), "is_member": pl.Boolean()}
)


class Live:
    """The live state of one shop; opened when it is first needed, given up when a tick failed.

    Args:
        stores: the home's stores; the warehouse is ours.
        zone: the shop's.
        snapshot: a folder to start from and to keep the state in, e.g. `home/live`; None = always from the facts.

    Attributes:
        nodes: remembers who is who while this state lasts.
    """

    def __init__(self, stores: Stores, zone: str, *, snapshot: Path | None = None) -> None:
        self.stores = stores
        self.zone = zone
        self.snapshot = snapshot
        self._hot: Hot | None = None
        self._known: KnownFacts | None = None
        self.nodes = KnownNodes()
        self._segments: list[SavedSegment] = []
        self._watched: dict[str, Condition] = {}
        self._kept: Cursor | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a state in memory."""
        return self._hot is not None

    @property
    def known(self) -> KnownFacts:
        """The facts that the warehouse has already."""
        if self._known is None:
            self._known = self._load_known()
            self._known.fill(self.stores.warehouse)
            self.stores.warehouse.drop_pages()
        return self._known

    def hot(self, now: datetime) -> Hot:
        """Return the state; when there is none, as the ledger's cursor says it was."""
        if self._hot is None:
            self._hot = self._open(now)
            self.stores.warehouse.drop_pages()
        return self._hot

    def forget(self) -> None:
        """Give the state up: what comes next starts from the ledger's cursor again."""
        self._hot = None
        self._known = None
        self.nodes = KnownNodes()
        self._watched = {}

    def save(self) -> None:
        """Keep a snapshot, so that the next start is fast."""
        if self.snapshot is None or self._hot is None:
            return
        self.snapshot.mkdir(exist_ok=True)
        self._hot.save(self.snapshot / "columns")
        self.known.save(self.snapshot / "known")

    def refresh(self, now: datetime) -> None:
        """Watch what segments and scenarios ask by now, and take in what the ledger has told since."""
        hot = self.hot(now)
        conditions, self._segments = self._definitions()
        if conditions.keys() != self._watched.keys():
            hot.watch(self.stores.warehouse, conditions)
            self._watched = conditions
        self.take_ledger(now)

    def take_ledger(self, now: datetime) -> None:
        """Drain what the ledger told into the warehouse, and take it in."""
        hot = self.hot(now)
        drain(self.stores.ledger, self.stores.warehouse, on_drained=lambda facts, last: hot.take(facts, position=last))

    def take_batch(self, batch: Batch, now: datetime) -> pl.DataFrame:
        """Take a batch in: its facts, and who turned out to be whom, which is returned as `owners_between` tells it."""
        hot = self.hot(now)
        with self.stores.ledger.reading() as tx:
            changed = owners_between(tx, after=batch.number - 1, until=batch.number)
        hot.remap(changed)
        if batch.facts is not None:
            hot.take(batch.facts, batch=batch.number)
        elif self._watched:
            for facts in read_batch(self.stores.warehouse, batch.number):
                hot.take(facts, batch=batch.number)
        hot.take(no_facts(), batch=batch.number)
        return changed

    def settle(self, now: datetime) -> pl.DataFrame:
        """Let time pass up to now; return who came and went since the last settling, columns `CHANGES`."""
        hot = self.hot(now)
        hot.move_to(max(now, hot.cursor.at))
        flips = hot.settle()
        told = {
            name: [one for one in self._segments if _key(one.condition) == name and one.is_filled]
            for name in flips["name"].unique()
        }
        named = pl.DataFrame(
            [(name, one.name, one.version) for name, some in told.items() for one in some],
            schema={"name": pl.String, "segment": pl.String, "version": pl.Int64},
            orient="row",
        )
        changes = flips.join(named, on="name").select(CHANGES.names()).cast(CHANGES)
        if changes.is_empty():
            return changes
        with self.stores.ledger.reading() as tx:  # a number that became another's has neither come nor gone
            owners = customers_of(tx, changes["customer"].unique())
        themselves = owners.filter(pl.col("node") == pl.col("customer")).select("customer")
        return changes.join(themselves, on="customer", how="semi").sort("segment", "customer")

    def cuts(self, now: datetime) -> Cuts | None:
        """Return the cut points that are used, None when nothing was published."""
        return self.hot(now).cuts

    def publish(self, cuts: Cuts, now: datetime) -> None:
        """Use new cut points from now on."""
        self.hot(now).publish(cuts)

    def has_news(self, changes: pl.DataFrame) -> bool:
        """Say whether the ledger has to learn where the state stands."""
        assert self._hot is not None  # noqa: S101 - settled a moment ago
        cursor, kept = self._hot.cursor, self._kept
        return (
            kept is None
            or len(changes) > 0
            or any(not one.is_filled for one in self._segments)
            or cursor.cuts_version != kept.cuts_version
            or cursor.position - kept.position >= FACTS_WITHOUT_NEWS
            or cursor.at - kept.at >= TIME_WITHOUT_NEWS
        )

    def keep(self, tx: Transaction, changes: pl.DataFrame, now: datetime) -> None:
        """Tell who came and went, and write down where the state stands, in one transaction of the ledger."""
        assert self._hot is not None  # noqa: S101 - settled a moment ago
        for is_member, event in ((True, SEGMENT_ENTERED), (False, SEGMENT_LEFT)):
            tell(tx, event, changes.filter(pl.col("is_member") == is_member), ["segment", "version"], at=now)
        keep_cursor(tx, self._hot.cursor)
        set_filled(tx, [one for one in self._segments if not one.is_filled])
        self._kept = self._hot.cursor

    def holds(self, conditions: Mapping[str, Condition], customers: pl.Series, *, now: datetime) -> pl.DataFrame:
        """Return who meets which condition: from memory where all of them are watched, else from the facts."""
        hot = self.hot(now)
        keys = {name: _key(condition) for name, condition in conditions.items()}
        if hot.cursor.at != now or not set(keys.values()) <= self._watched.keys():
            return evaluate(self.stores.warehouse, conditions, now=now, zone=self.zone, customers=customers)
        found = hot.holds(sorted(set(keys.values())), customers)
        return found.select("customer", **{name: pl.col(key) for name, key in keys.items()})

    def settled(self, condition: Condition) -> pl.Series | None:
        """Return who met a condition when the state was settled last; None where it is not watched.

        Only looks, so that it may be asked beside the tick, which may be in the middle of settling.
        """
        hot, name = self._hot, _key(condition)
        return hot.members(name) if hot is not None and name in self._watched else None

    def holds_at(self, now: datetime) -> Holds:
        """Return `holds` at an instant, as scenarios ask it."""
        return partial(self.holds, now=now)

    def _definitions(self) -> tuple[dict[str, Condition], list[SavedSegment]]:
        with self.stores.ledger.reading() as tx:
            saved = read_segments(tx)
            running = records.read_running(tx, "active", "paused")
        wanted = [one.condition for one in saved]
        wanted += [condition for one in running for condition in conditions_of(one.journey).values()]
        return {_key(condition): condition for condition in wanted}, saved

    def _open(self, now: datetime) -> Hot:
        warehouse = self.stores.warehouse
        conditions, self._segments = self._definitions()
        self._watched = conditions
        with self.stores.ledger.reading() as tx:
            cursor = read_cursor(tx)
            followed = tx.value(select(func.max(batches.c.batch)).where(batches.c.state == "digested")) or 0
        self._kept = cursor
        if cursor is None:
            cuts = published_cuts(warehouse, now=now)
            version = None if cuts is None else cuts.version
            cursor = Cursor(batch=followed, position=position(warehouse), at=now, cuts_version=version)
        hot = self._from_snapshot(cursor, conditions) or self._from_facts(cursor, conditions)
        for chunk, last in read_drained(warehouse, hot.cursor.position, position(warehouse)):
            hot.take(chunk, position=last)
        return hot

    def _from_facts(self, cursor: Cursor, conditions: Mapping[str, Condition]) -> Hot:
        with self.stores.ledger.reading() as tx:
            nodes = nodes_as_of(tx, cursor.batch)
        cuts = self._cuts(cursor)
        return Hot.fill(self.stores.warehouse, conditions, nodes=nodes, cursor=cursor, zone=self.zone, cuts=cuts)

    def _from_snapshot(self, cursor: Cursor, conditions: Mapping[str, Condition]) -> Hot | None:
        """Return the snapshot's state brought up to the cursor, or None when there is none that can be used."""
        if self.snapshot is None:
            return None
        hot = Hot.load(self.snapshot / "columns", self.stores.warehouse, conditions, zone=self.zone)
        if hot is None or not _is_behind(hot.cursor, cursor):
            return None
        warehouse, then = self.stores.warehouse, hot.cursor
        with self.stores.ledger.reading() as tx:
            hot.remap(owners_between(tx, after=then.batch, until=cursor.batch))
        for number in range(then.batch + 1, cursor.batch + 1):
            for chunk in read_batch(warehouse, number):
                hot.take(chunk, batch=number)
        for chunk, last in read_drained(warehouse, then.position, cursor.position):
            hot.take(chunk, position=last)
        cuts = self._cuts(cursor)
        if cuts is not None and cursor.cuts_version != then.cuts_version:
            hot.publish(cuts)
        hot.move_to(cursor.at)
        hot.settle()  # told before the restart
        return hot

    def _cuts(self, cursor: Cursor) -> Cuts | None:
        return None if cursor.cuts_version is None else cuts_of(self.stores.warehouse, cursor.cuts_version)

    def _load_known(self) -> KnownFacts:
        """Return the snapshot's known facts, none when there is no snapshot that can be used."""
        try:
            return KnownFacts() if self.snapshot is None else KnownFacts.load(self.snapshot / "known")
        except (OSError, ValueError):
            return KnownFacts()


@contextmanager
def lasting(live: Live) -> Iterator[Live]:
    """Give the live state up when anything fails: it may have seen what the ledger was never told."""
    try:
        yield live
    except BaseException:
        live.forget()
        raise


def segment_events(changes: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Return who came and went as facts that scenarios can be opened by: the columns of `fresh_facts`."""
    said = pl.struct("segment", "version").struct.json_encode()
    return changes.select(
        "customer",
        event=pl.when("is_member").then(pl.lit(SEGMENT_ENTERED)).otherwise(pl.lit(SEGMENT_LEFT)),
        occurred_at=pl.lit(now, pl.Datetime("us", "UTC")),
        order_no=pl.lit(None, pl.String),
        properties=said,
    )


def _is_behind(then: Cursor, cursor: Cursor) -> bool:
    return then.batch <= cursor.batch and then.position <= cursor.position and then.at <= cursor.at


def _key(condition: Condition) -> str:
    return msgspec.json.encode(condition).decode()
