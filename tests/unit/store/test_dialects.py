"""What the engines spell themselves: one list of values, one clause for a row that is there, one array a column."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select
from sqlalchemy.engine.default import DefaultDialect

from tenshu.store.dialect import NUL, TextHoldsNul, on_conflict, plain_columns, quoted, unique_key
from tenshu.store.ledger import Ledger
from tenshu.store.postgres import PostgresDialect, _arrays
from tenshu.store.sqlite import SqliteDialect
from tenshu.store.tables import Instant, from_micros, to_micros
from tenshu.testing.conformance_ledger import arrivals, make_tables, things

INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    made = make_tables(Ledger(tmp_path_factory.mktemp("dialects") / "ledger.sqlite"))
    yield made
    made.close()


@pytest.fixture
def connection(ledger: Ledger) -> Iterator[Connection]:
    with ledger.engine.connect() as made:
        yield made


def array(*values: object, kind: type[pl.DataType] | None = None) -> str:
    """Return a column as PostgreSQL is given it."""
    return _arrays(pl.DataFrame({"a": pl.Series(list(values), dtype=kind, strict=False)}))[0]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["a"], '{"a"}'),
        (["a", None, "b"], '{"a",NULL,"b"}'),
        (["NULL", "null", ""], '{"NULL","null",""}'),  # in quotes: three texts
        (['"', "\\", '\\"'], '{"\\"","\\\\","\\\\\\""}'),
        (["a,b", "{a}", "a b", "a\nb"], '{"a,b","{a}","a b","a\nb"}'),
        (["花", "🌸"], '{"花","🌸"}'),
        ([1, -2, None], "{1,-2,NULL}"),
        ([2**63 - 1, -(2**63)], "{9223372036854775807,-9223372036854775808}"),
        ([True, False, None], "{true,false,NULL}"),
        ([b"", b"\x00\xff", None], '{"\\\\x","\\\\x00ff",NULL}'),
        ([0.5, -2.25], "{0.5,-2.25}"),
    ],
)
def test_a_column_is_written_as_one_array(values: list[object], said: str) -> None:
    assert array(*values) == said


def unread(said: str) -> list[str]:
    """Return the texts of an array literal, read by PostgreSQL's own rules."""
    found, at = list[str](), 1
    while said[at] != "}":
        assert said[at] == '"'
        at, text = at + 1, ""
        while said[at] != '"':
            at += said[at] == "\\"
            text += said[at]
            at += 1
        found.append(text)
        at += 1 + (said[at + 1] == ",")
    return found


@given(
    texts=st.lists(st.text(st.characters(exclude_characters=NUL, exclude_categories=["Cs"]), max_size=8), min_size=1)
)
def test_no_text_breaks_out_of_its_place_in_an_array(texts: list[str]) -> None:
    assert unread(array(*texts)) == texts


@given(column=st.sampled_from(["thing", "name", "seal"]), text=st.text(max_size=5), after=st.text(max_size=5))
def test_the_one_character_that_no_text_may_hold_is_found_wherever_it_is(column: str, text: str, after: str) -> None:
    frame = pl.DataFrame({"name": ["fine", text + NUL + after], "other": ["a", "b"]})
    with pytest.raises(TextHoldsNul) as problem:
        plain_columns(things, frame)
    assert problem.value.given == {"column": "name", "table": "things"}
    assert plain_columns(things, frame.head(1)).equals(frame.head(1))
    assert plain_columns(things, pl.DataFrame({column: [b"\0"]})).height == 1  # bytes may hold it


@given(instants=st.lists(INSTANTS, max_size=5))
def test_instants_are_kept_as_whole_microseconds_and_come_back(instants: list[datetime]) -> None:
    frame = pl.DataFrame({"seen_at": instants}, schema={"seen_at": pl.Datetime("us", "UTC")})
    plain = plain_columns(things, frame)
    assert plain.schema["seen_at"] == pl.Int64
    assert [from_micros(micros) for micros in plain["seen_at"].to_list()] == instants
    assert plain["seen_at"].to_list() == [to_micros(instant) for instant in instants]


@given(instant=INSTANTS, hours=st.integers(-12, 14))
def test_an_instant_is_the_same_in_every_zone(instant: datetime, hours: int) -> None:
    there = instant.astimezone(timezone(timedelta(hours=hours)))
    assert to_micros(there) == to_micros(instant)
    bound = Instant().process_bind_param(there, DefaultDialect())
    assert bound == to_micros(instant)


@pytest.mark.parametrize("given_", [None, 0, -5, 10**15])
def test_a_number_of_microseconds_is_bound_as_it_is(given_: int | None) -> None:
    assert Instant().process_bind_param(given_, DefaultDialect()) == given_


def test_words_of_sql_and_odd_names_are_quoted_and_plain_ones_are_not(connection: Connection) -> None:
    assert quoted(connection, ["name", "order", "with blank", 'a"b']) == ["name", '"order"', '"with blank"', '"a""b"']


def test_a_row_that_is_there_gets_only_the_columns_that_were_given(connection: Connection) -> None:
    clause = on_conflict(connection, things, ["thing", "name", "seal"], [])
    assert clause == " ON CONFLICT (thing) DO UPDATE SET name = excluded.name, seal = excluded.seal"
    assert on_conflict(connection, things, ["thing"], []) == " ON CONFLICT (thing) DO NOTHING"
    assert on_conflict(connection, things, ["thing", "name"], ["name"]).startswith(" ON CONFLICT (name) DO UPDATE SET")


def test_the_key_is_what_is_named_or_else_the_tables_own() -> None:
    assert unique_key(things, []) == ["thing"]
    assert unique_key(things, ["name", "seal"]) == ["name", "seal"]
    assert unique_key(arrivals, ()) == [column.name for column in arrivals.primary_key.columns]


@settings(max_examples=30, deadline=None)
@given(wanted=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=6))
def test_one_parameter_holds_any_texts_on_sqlite(ledger: Ledger, wanted: list[str]) -> None:
    with ledger.reading() as tx:
        for text in {*wanted, "'", '"]'}:
            here = select(things.c.thing).where(tx.among(things.c.name, wanted)).compile()
            assert len(here.params) == 1
            assert text in wanted or text in {"'", '"]'}


@settings(max_examples=20, deadline=None)
@given(
    kept=st.lists(st.binary(min_size=1, max_size=4), unique=True, max_size=5),
    wanted=st.lists(st.binary(min_size=1, max_size=4), max_size=5),
)
def test_bytes_and_numbers_are_found_among_many(ledger: Ledger, kept: list[bytes], wanted: list[bytes]) -> None:
    with ledger.writing() as tx:
        tx.execute(things.delete())
        tx.insert(things, pl.DataFrame({"thing": range(len(kept)), "seal": kept}, schema_overrides={"seal": pl.Binary}))
        found = tx.frame(select(things.c.seal).where(tx.among(things.c.seal, wanted)))["seal"].to_list()
        assert sorted(found) == sorted(set(kept) & set(wanted))
        numbers = tx.frame(select(things.c.thing).where(tx.among(things.c.thing, range(0, 9, 2))))["thing"].to_list()
        assert numbers == list(range(0, len(kept), 2))


def test_two_schemas_of_one_database_have_two_locks_and_one_schema_always_the_same() -> None:
    one, again, other = (PostgresDialect(name) for name in ("a_ledger", "a_ledger", "b_ledger"))
    assert one.begin_writing == again.begin_writing
    assert len({one.begin_writing, other.begin_writing, one.begin_sharing, other.begin_sharing}) == 4
    assert SqliteDialect.begin_writing == SqliteDialect.begin_sharing  # a file has one writer


@given(schema=st.text(min_size=1, max_size=40))
def test_the_number_of_a_lock_fits_into_32_bits_whatever_the_schema_is_called(schema: str) -> None:
    assert -(2**31) <= PostgresDialect(schema)._number < 2**31


def test_the_lease_clock_of_a_file_goes_in_microseconds_since_1970(ledger: Ledger) -> None:
    with ledger.reading() as tx:
        micros = tx.value(select(tx.dialect.lease_clock()))
    assert isinstance(micros, int)
    assert from_micros(micros).year >= 2024


def test_a_counter_goes_on_after_the_number_that_it_is_set_to(tmp_path: Path) -> None:
    ledger = make_tables(Ledger(tmp_path / "ledger.sqlite"))
    with ledger.writing() as tx:
        assert arrivals.name not in tx.dialect.counters(tx.connection)
        for last in (7, 41):
            tx.dialect.set_counter(tx.connection, arrivals, last)
            assert tx.dialect.counters(tx.connection)[arrivals.name] == last
    ledger.close()
