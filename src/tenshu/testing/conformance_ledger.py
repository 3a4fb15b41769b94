"""What every ledger engine must do, as tests that an engine's own test class inherits.

A class `TestXLedger(LedgerConformance)` says where its ledger is. The claims are those that the rest of the product
rests on: a transaction is whole or not there, writers take turns, appends pass by, what was acknowledged survives a
kill, and every value comes back as it went in.
"""
# ruff: noqa: S101 - a suite of tests

import os
import signal
import subprocess
import sys
import threading
from abc import abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl
import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from tenshu.store.dialect import TextHoldsNul
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.postgres import PostgresPlace
from tenshu.store.tables import Instant, from_micros, to_micros

NOON: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
metadata: Final = MetaData()
things: Final = Table(
    "things",
    metadata,
    Column("thing", Integer, primary_key=True, autoincrement=False),
    Column("name", String),
    Column("is_good", Boolean),
    Column("weight", Float),
    Column("seal", LargeBinary),
    Column("due_at", Instant),
)
arrivals: Final = Table(
    "arrivals",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("order", String, nullable=False),
    sqlite_autoincrement=True,
)
_COUNT: Final = select(func.count()).select_from(things)
#: Texts that some engine, some day, took for something else than a text.
_TEXTS: Final = [
    "",
    "NULL",
    "null",
    "\\",
    "\\N",
    '"',
    "'",
    "{}",
    ",",
    "a,b",
    "\n",
    "\t",
    " ",
    "%s",
    "?",
    ":x",
    "佐藤 🏯",
]


def make_tables(store: Ledger, tables: MetaData = metadata) -> Ledger:
    """Make the tables of a metadata in an empty store; return the store."""
    with store.writing() as tx:
        store.dialect.prepare(tx.connection)
        tables.create_all(tx.connection)
    return store


def rows(*names: str | None, first: int = 1) -> pl.DataFrame:
    """Return `thing`, `name` of so many things, numbered from the first."""
    return pl.DataFrame(
        {"thing": list(range(first, first + len(names))), "name": list(names)}, schema_overrides={"name": pl.String}
    )


def together(*work: Callable[[], None]) -> None:
    """Do all of it at once, one thread each; the first failure is raised."""
    gate = threading.Barrier(len(work))

    def begin(one: Callable[[], None]) -> None:
        gate.wait()
        one()

    with ThreadPoolExecutor(len(work)) as pool:
        for done in [pool.submit(begin, one) for one in work]:
            done.result()


class LedgerConformance:
    """Inherit it as `class TestXLedger(LedgerConformance)` and write the fixture `place`."""

    @abstractmethod
    def place(self) -> Path | PostgresPlace:
        """Return where an empty ledger is; a fixture."""

    @pytest.fixture
    def ledger(self, place: Path | PostgresPlace) -> Iterator[Ledger]:
        """Open a ledger with the tables above."""
        store = make_tables(Ledger(place))
        yield store
        store.close()

    def test_every_type_comes_back_as_it_went_in(self, ledger: Ledger) -> None:
        """Nothing is rounded, cut or taken for something else."""
        frame = pl.DataFrame(
            {
                "thing": [1, 2, 2**62],
                "name": ["佐藤", None, ""],
                "is_good": [True, None, False],
                "weight": [0.1 + 0.2, None, -1e300],
                "seal": [b"\x00\xff", None, b""],
            }
        ).with_columns(due_at=pl.Series([NOON, None, datetime(1969, 1, 1, tzinfo=UTC)], dtype=INSTANT))
        with ledger.writing() as tx:
            assert tx.insert(things, frame) == 3
        assert everything(ledger).equals(frame)

    def test_text_is_never_taken_for_anything_but_text(self, ledger: Ledger) -> None:
        """What goes in by insert, by update and as something to look for is the same text."""
        with ledger.writing() as tx:
            tx.insert(things, rows(*_TEXTS))
            tx.insert(things, rows(*["?"] * len(_TEXTS), first=101))
            tx.update(things, rows(*_TEXTS, first=101), keys=["thing"])
            assert tx.value(select(func.count()).where(tx.among(things.c.name, _TEXTS))) == 2 * len(_TEXTS)
        assert everything(ledger)["name"].to_list() == _TEXTS * 2

    def test_text_with_a_nul_is_refused_by_name_and_leaves_nothing(self, ledger: Ledger) -> None:
        """One engine could keep it; all refuse it, so that a shop can move."""
        with pytest.raises(TextHoldsNul) as refused, ledger.writing() as tx:  # noqa: PT012 - the block fails
            tx.insert(things, rows("good"))
            tx.insert(things, rows("a\0b", first=2))
        assert refused.value.given == {"column": "name", "table": "things"}
        assert everything(ledger).is_empty()

    def test_failed_transaction_leaves_no_trace(self, ledger: Ledger) -> None:
        """Neither by a conflict nor by an error of the caller's."""
        with pytest.raises(IntegrityError), ledger.writing() as tx:  # noqa: PT012 - the block fails
            tx.insert(things, rows("a", "b"))
            tx.insert(things, rows("again"))
        with pytest.raises(ZeroDivisionError), ledger.writing() as tx:  # noqa: PT012 - the block fails
            tx.insert(things, rows("a", "b"))
            raise ZeroDivisionError
        assert everything(ledger).is_empty()

    def test_conflicts_fail_are_ignored_or_replace(self, ledger: Ledger) -> None:
        """Replacing sets the given columns only; of rows with one key in a frame, the last."""
        twice = pl.concat([rows("second"), rows("third"), rows("new", first=9)])
        with ledger.writing() as tx:
            tx.insert(things, rows("first").with_columns(weight=pl.lit(2.0)))
            assert tx.insert(things, rows("second", "two"), conflict="ignore") == 1
            tx.insert(things, twice, conflict="replace")
        assert everything(ledger).select("thing", "name", "weight").rows() == [
            (1, "third", 2.0),
            (2, "two", None),
            (9, "new", None),
        ]

    def test_replacing_a_row_that_is_all_key_changes_nothing(self, ledger: Ledger) -> None:
        """There is nothing to set."""
        with ledger.writing() as tx:
            tx.insert(things, rows("first"))
            tx.insert(things, rows("x").select("thing"), conflict="replace")
        assert everything(ledger)["name"].to_list() == ["first"]

    def test_update_sets_the_named_rows_and_no_other(self, ledger: Ledger) -> None:
        """Also to nothing; what is not there is not made."""
        with ledger.writing() as tx:
            tx.insert(things, rows("a", "b", "c"))
            assert tx.update(things, rows("A", None, first=2), keys=["thing"]) == 2
            assert tx.update(things, rows("nobody", first=99), keys=["thing"]) == 0
        assert everything(ledger)["name"].to_list() == ["a", "A", None]

    def test_empty_frames_and_lists_are_no_work(self, ledger: Ledger) -> None:
        """And an empty answer has the table's types."""
        with ledger.writing() as tx:
            assert tx.insert(things, rows()) == 0
            assert tx.update(things, rows(), keys=["thing"]) == 0
            for column in (things.c.thing, things.c.name, things.c.seal):
                assert tx.frame(select(things).where(tx.among(column, []))).is_empty()
            schema = tx.frame(select(things)).schema
        assert schema["due_at"] == INSTANT
        assert [schema[name] for name in ("seal", "is_good", "thing")] == [pl.Binary(), pl.Boolean(), pl.Int64()]

    def test_among_finds_a_hundred_thousand_numbers_texts_and_bytes(self, ledger: Ledger) -> None:
        """As one parameter each: engines allow some thousands."""
        many = pl.DataFrame({"thing": range(100_000)}).with_columns(
            name="n" + pl.col("thing").cast(pl.String), seal=pl.col("thing").cast(pl.String).cast(pl.Binary)
        )
        some = many.filter(pl.col("thing") >= 10)
        with ledger.writing() as tx:
            tx.insert(things, many)
            for column in ("thing", "name", "seal"):
                found = tx.frame(select(things.c.thing).where(tx.among(things.c[column], some[column])))
                assert found["thing"].sort().equals(some["thing"])

    def test_frames_in_parts_are_the_frame(self, ledger: Ledger) -> None:
        """Every row once, in order, whatever the size of the parts."""
        with ledger.writing() as tx:
            tx.insert(things, pl.DataFrame({"thing": range(2_500)}).with_columns(is_good=pl.col("thing") % 2 == 0))
        query = select(things).order_by(things.c.thing)
        with ledger.reading() as tx:
            whole = tx.frame(query)
            for size in (999, 1_000, 2_500, 10_000):
                parts = list(tx.frames(query, size))
                assert pl.concat(parts).equals(whole)
                assert max(map(len, parts)) == min(size, 2_500)
            assert list(tx.frames(query.where(things.c.thing < 0))) == []

    def test_rows_are_those_of_the_frame(self, ledger: Ledger) -> None:
        """Value by value, of a question asked once or again and with what its places hold."""
        query = select(things, (things.c.thing > 1).label("is_late"), func.sum(things.c.thing).over().label("total"))
        with ledger.writing() as tx:
            full = [{"thing": 1, "name": "あ", "is_good": True, "weight": 0.5, "seal": b"\x00", "due_at": NOON}]
            tx.insert(things, pl.DataFrame([*full, {"thing": 2}], schema_overrides={"due_at": INSTANT}))
            asked = query.where(things.c.thing <= bindparam("most")).order_by(things.c.thing)
            again = [tx.rows(asked, {"most": most}) for most in (2, 1, 0)]
            assert again[0] == tx.frame(query.order_by(things.c.thing)).to_dicts()
            assert [len(rows) for rows in again] == [2, 1, 0]

    def test_texts_are_in_the_order_of_their_characters(self, ledger: Ledger) -> None:
        """Whatever the order of the machine's language is."""
        names = ["b", "B", "a", "Ä", "あ", "_", "Z", "10", "9"]
        with ledger.writing() as tx:
            tx.insert(things, rows(*names))
            assert tx.frame(select(things.c.name).order_by(things.c.name))["name"].to_list() == sorted(names)
            assert tx.value(select(func.max(things.c.name))) == max(names)

    def test_sum_is_a_whole_number(self, ledger: Ledger) -> None:
        """Not a decimal, on any engine; of nothing it is nothing."""
        with ledger.writing() as tx:
            tx.insert(things, rows("a", "b"))
            added = tx.frame(select(func.sum(things.c.thing).label("all")))
            nothing = tx.frame(select(func.sum(things.c.thing).label("all")).where(things.c.thing > 2))
        assert added.schema == {"all": pl.Int64}
        assert (added["all"].to_list(), nothing["all"].to_list()) == ([3], [None])

    def test_instants_compare_and_add_up_as_instants(self, ledger: Ledger) -> None:
        """An aggregate of them is one when it is named so."""
        with ledger.writing() as tx:
            tx.insert(things, rows("a").with_columns(due_at=pl.lit(NOON, INSTANT)))
            assert tx.value(select(func.count()).where(things.c.due_at <= NOON)) == 1
            assert tx.value(select(func.count()).where(things.c.due_at < NOON)) == 0
            assert tx.frame(select(func.max(things.c.due_at).label("latest_at")))["latest_at"][0] == NOON

    def test_reader_sees_one_state_while_others_write(self, ledger: Ledger) -> None:
        """And the next reader sees what was committed."""
        with ledger.reading() as reader:
            assert reader.value(_COUNT) == 0
            with ledger.writing() as writer:
                writer.insert(things, rows("a"))
                with ledger.reading() as other:
                    assert other.value(_COUNT) == 0
            assert reader.value(_COUNT) == 0
        assert len(everything(ledger)) == 1

    def test_writers_take_turns(self, place: Path | PostgresPlace, ledger: Ledger) -> None:
        """Whoever reads a number and writes the next one loses no step, from two openings of one ledger."""
        other = Ledger(place)
        with ledger.writing() as tx:
            tx.insert(things, rows("counter").with_columns(weight=pl.lit(0.0)))

        def count_up(store: Ledger) -> None:
            for _ in range(20):
                with store.writing() as tx:
                    seen = tx.value(select(things.c.weight))
                    tx.execute(update(things).values(weight=seen + 1))

        together(*[lambda store=store: count_up(store) for store in (ledger, other, ledger, other)])
        other.close()
        assert everything(ledger)["weight"].to_list() == [80.0]

    def test_appends_side_by_side_are_each_there_once(self, ledger: Ledger) -> None:
        """And once they are outwaited, none turns up below a number that was seen."""
        late: list[int] = []

        def append(writer: int) -> None:
            for nth in range(40):
                with ledger.writing(shared=True) as tx:
                    tx.insert(arrivals, pl.DataFrame({"order": [f"{writer}-{nth}"]}))

        def follow() -> None:
            taken: set[int] = set()
            numbers, last = select(arrivals.c.seq), 0
            while len(taken) < 160:
                with ledger.reading() as tx:
                    seen = tx.value(select(func.max(arrivals.c.seq))) or 0
                if ledger.outwait():
                    with ledger.reading() as tx:
                        new = set(tx.frame(numbers.where(arrivals.c.seq <= seen))["seq"]) - taken
                    late.extend(seq for seq in new if seq <= last)
                    taken, last = taken | new, seen

        together(*[lambda writer=writer: append(writer) for writer in range(4)], follow)
        with ledger.reading() as tx:
            assert tx.frame(select(arrivals.c.order))["order"].n_unique() == 160
        assert late == []

    def test_killed_writer_leaves_what_it_acknowledged_and_nothing_else(
        self, place: Path | PostgresPlace, ledger: Ledger
    ) -> None:
        """SIGKILL in the middle of a transaction; the next writer waits for nobody."""
        command = [sys.executable, "-c", _WRITER, os.fspath(place) if isinstance(place, Path) else _packed(place)]
        acknowledged = 0
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:  # noqa: S603 - this interpreter
            assert writer.stdout is not None
            for line in writer.stdout:
                acknowledged = int(line)
                if acknowledged >= 15:
                    writer.send_signal(signal.SIGKILL)
                    break
        with ledger.writing() as tx:
            kept = tx.frame(select(things.c.thing).order_by(things.c.thing))["thing"].to_list()
        # Ten rows a transaction; it may have been killed between a commit and its word.
        assert kept == list(range(10 * (len(kept) // 10)))
        assert acknowledged <= len(kept) // 10

    def test_counters_go_on_where_another_store_left_off(self, ledger: Ledger) -> None:
        """A number that was given out is never given out again."""
        with ledger.writing() as tx:
            tx.insert(arrivals, pl.DataFrame({"order": ["a", "b"]}))
            tx.execute(arrivals.delete())
            assert ledger.dialect.counters(tx.connection) == {"arrivals": 2}
            ledger.dialect.set_counter(tx.connection, arrivals, 7)
            tx.insert(arrivals, pl.DataFrame({"order": ["c"]}))
            assert tx.value(select(arrivals.c.seq)) == 8

    def test_lease_clock_is_real_time_and_goes_on_within_a_transaction(self, ledger: Ledger) -> None:
        """Leases run on it, whatever the clocks of the processes say."""
        with ledger.writing() as tx:
            first = tx.value(select(ledger.dialect.lease_clock()))
            threading.Event().wait(0.02)
            second = tx.value(select(ledger.dialect.lease_clock()))
        assert timedelta(milliseconds=10) <= from_micros(second) - from_micros(first) < timedelta(minutes=5)
        assert to_micros(datetime(2024, 1, 1, tzinfo=UTC)) < first

    def test_error_of_the_engine_in_a_shared_transaction_lets_the_next_go_on(self, ledger: Ledger) -> None:
        """No connection is left in a state that poisons the next user of it."""
        for _ in range(3):
            with pytest.raises(DBAPIError), ledger.writing(shared=True) as tx:
                tx.connection.exec_driver_sql("SELECT nothing FROM nowhere")
        with ledger.writing(shared=True) as tx:
            assert tx.insert(things, rows("a")) == 1


def everything(ledger: Ledger) -> pl.DataFrame:
    """Return all things in the order of their numbers."""
    with ledger.reading() as tx:
        return tx.frame(select(things).order_by(things.c.thing))


def place_of(said: str) -> Path | PostgresPlace:
    """Return the place that was given to another process in one word."""
    return msgspec.json.decode(said, type=PostgresPlace) if said.startswith("{") else Path(said)


def write_on(place: Path | PostgresPlace) -> None:
    """Write ten rows a transaction until somebody ends this process, and say each commit's number."""
    store, done = Ledger(place), 0
    while True:
        with store.writing() as tx:
            for nth in range(10):
                tx.insert(things, pl.DataFrame({"thing": [10 * done + nth]}))
        done += 1
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()


def _packed(place: PostgresPlace) -> str:
    return msgspec.json.encode(place).decode()


_WRITER: Final[Any] = (
    "import sys; from tenshu.testing.conformance_ledger import place_of, write_on; write_on(place_of(sys.argv[1]))"
)
