"""Walks in the ledger: who is due, in which order, and at what cost for those who are not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text, update

from tenshu.journey import records
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.tables import enrolments, journeys
from tenshu.store.ledger import INSTANT, Ledger, Transaction
from tenshu.store.migrate import upgrade
from tenshu.store.postgres import PostgresPlace
from tests.unit.journey.examples import NOW, journey

HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(place: Path | PostgresPlace) -> Iterator[Ledger]:
    store = Ledger(place)
    upgrade(store, "ledger")
    yield store
    store.close()


@pytest.fixture
def tx(ledger: Ledger) -> Iterator[Transaction]:
    with ledger.writing() as open_one:
        yield open_one


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Ledger]:
    store = Ledger(tmp_path / "sqlite" / "ledger.sqlite")
    upgrade(store, "ledger")
    yield store
    store.close()


def start(tx: Transaction, *names: str) -> None:
    for name in names:
        records.start(tx, journey(name=name), now=NOW - 9 * HOUR, due_at=None)


def walk(number: int, name: str = "a", **changes: Any) -> dict[str, Any]:
    row = {
        "enrolment": number,
        "journey": name,
        "version": 1,
        "customer": number,
        "entry_key": f"k{number}",
        "arm": "treated",
        "entered_at": NOW - 5 * HOUR,
        "status": "active",
        "step": "asked",
        "visit": 2,
        "due_at": NOW - HOUR,
    }
    return {**row, **changes}


def put(tx: Transaction, *walks: dict[str, Any]) -> None:
    tx.insert(enrolments, pl.DataFrame(walks, infer_schema_length=None))


def due(tx: Transaction, **given: Any) -> list[int]:
    return records.due(tx, now=NOW, **given)["enrolment"].to_list()


def test_who_has_waited_longest_goes_on_first_whatever_the_scenario(tx: Transaction) -> None:
    start(tx, "a", "b")
    put(tx, walk(1, "a"), walk(2, "b", due_at=NOW - 3 * HOUR), walk(3, "a", due_at=NOW - 2 * HOUR), walk(4, "b"))
    assert due(tx) == [2, 3, 1, 4]
    assert due(tx, limit=3) == [2, 3, 1]


def test_due_is_whose_hour_has_struck_to_the_microsecond(tx: Transaction) -> None:
    start(tx, "a")
    put(tx, walk(1, due_at=NOW), walk(2, due_at=NOW + timedelta(microseconds=1)))
    assert due(tx) == [1]


def test_a_walk_that_is_due_comes_with_all_that_advance_asks_for(tx: Transaction) -> None:
    start(tx, "a")
    put(tx, walk(7))
    (row,) = records.due(tx, now=NOW).to_dicts()
    names = ("enrolment", "journey", "version", "customer", "arm", "step", "visit", "due_at")
    assert row == {name: walk(7)[name] for name in names}


def test_nobody_due_is_an_empty_frame_of_the_same_columns(tx: Transaction) -> None:
    nobody = records.due(tx, now=NOW)
    start(tx, "a")
    put(tx, walk(1))
    assert nobody.is_empty()
    assert nobody.schema == records.due(tx, now=NOW).schema


@pytest.mark.parametrize("status", ["paused", "ended"])
def test_walks_of_what_does_not_run_rest(tx: Transaction, status: str) -> None:
    start(tx, "a", "b")
    put(tx, walk(1, "a"), walk(2, "b"))
    records.set_status(tx, "a", status)
    assert due(tx) == [2]
    assert records.due_customers(tx, now=NOW).to_list() == [2]
    records.set_status(tx, "a", "active")
    assert due(tx) == [1, 2]


def test_every_version_goes_on_by_itself(tx: Transaction) -> None:
    start(tx, "a", "a")
    put(tx, walk(1, version=1), walk(2, version=2), walk(3, version=3))
    assert due(tx) == [1, 2]


def test_who_has_ended_is_never_due(tx: Transaction) -> None:
    start(tx, "a")
    put(tx, walk(1, status="ended", due_at=None, outcome="done", ended_at=NOW), walk(2))
    assert due(tx) == [2]


def test_customers_who_are_due_are_named_once_each(tx: Transaction) -> None:
    start(tx, "a", "b")
    put(tx, walk(1, "a", customer=5), walk(2, "b", customer=5), walk(3, "a"), walk(4, "a", due_at=NOW + HOUR))
    assert sorted(records.due_customers(tx, now=NOW).to_list()) == [3, 5]


def test_of_very_many_scenarios_those_that_waited_longest_come_first(
    tx: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "VERSIONS_AT_ONCE", 2)
    start(tx, "a", "b", "c")
    put(tx, walk(1, "a"), walk(2, "b", due_at=NOW - 2 * HOUR), walk(3, "c", due_at=NOW - 3 * HOUR))
    assert due(tx) == [3, 2]


@given(hours=st.lists(st.tuples(st.sampled_from("abc"), st.integers(-3, 2)), max_size=12), limit=st.integers(1, 13))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_due_is_the_head_of_all_walks_in_order(sqlite: Ledger, hours: list[tuple[str, int]], limit: int) -> None:
    with sqlite.writing() as tx:
        start(tx, "a", "b", "c")
        records.set_status(tx, "c", "paused")
        walks = [walk(n, name, due_at=NOW + hour * HOUR) for n, (name, hour) in enumerate(hours, 1)]
        if walks:
            put(tx, *walks)
        running = [one for one in walks if one["journey"] != "c" and one["due_at"] <= NOW]
        ordered = [one["enrolment"] for one in sorted(running, key=lambda one: (one["due_at"], one["enrolment"]))]
        assert due(tx, limit=limit) == ordered[:limit]
        for table in (enrolments, journeys):
            tx.execute(table.delete())


def test_next_due_is_the_first_walk_or_entry_of_what_runs(ledger: Ledger) -> None:
    assert records.next_due(ledger) is None
    with ledger.writing() as tx:
        start(tx, "a", "b")
        put(tx, walk(1, "a", due_at=NOW + 3 * HOUR), walk(2, "b", due_at=NOW + HOUR), walk(3, "a", due_at=None))
    assert records.next_due(ledger) == NOW + HOUR
    with ledger.writing() as tx:
        records.set_status(tx, "b", "paused")
    assert records.next_due(ledger) == NOW + 3 * HOUR
    with ledger.writing() as tx:
        records.start(tx, journey(name="c"), now=NOW, due_at=NOW + 2 * HOUR)
    assert records.next_due(ledger) == NOW + 2 * HOUR


def test_nobody_can_walk_since_before_the_first_start(tx: Transaction) -> None:
    assert records.earliest_walk(tx) is None
    records.start(tx, journey(name="old"), now=NOW - 5 * HOUR, due_at=None)
    records.start(tx, journey(name="new"), now=NOW, due_at=None)
    assert records.earliest_walk(tx) == NOW - 5 * HOUR
    records.set_status(tx, "old", "paused")
    assert records.earliest_walk(tx) == NOW - 5 * HOUR
    records.set_status(tx, "old", "ended")
    assert records.earliest_walk(tx) == NOW


def test_active_walks_of_some_are_found_in_one_question_for_all_scenarios(tx: Transaction) -> None:
    start(tx, "a", "b")
    over = {"status": "ended", "due_at": None}
    put(tx, walk(1, "a"), walk(2, "b", customer=1), walk(3, "b", customer=1, **over), walk(4, "a"))
    found = records.active_walks(tx, pl.Series([1, 9]))
    assert sorted(found.select("journey", "enrolment").rows()) == [("a", 1), ("b", 2)]
    assert found.columns == ["enrolment", "journey", "version", "customer", "entered_at"]


def test_who_was_in_a_scenario_is_known_whatever_became_of_the_walk(tx: Transaction) -> None:
    start(tx, "a", "b")
    over = {"status": "ended", "due_at": None}
    put(tx, walk(1, "a"), walk(2, "a", version=2, **over), walk(3, "b"), walk(4, "a", customer=1, **over))
    asked = pl.Series([1, 2, 3, 9])
    assert set(records.been_in(tx, "a", asked)) == {1, 2}
    assert records.been_in(tx, "none", asked).is_empty()
    assert records.have_walked(tx, pl.Series([9, 3]))
    assert not records.have_walked(tx, pl.Series([9]))


def test_walks_that_end_where_they_stand_keep_step_and_visit(tx: Transaction) -> None:
    start(tx, "a")
    put(tx, walk(1), walk(2))
    ended = pl.DataFrame([{"enrolment": 1, "journey": "a", "customer": 1}]).with_columns(
        status=pl.lit("ended"), outcome=pl.lit("goal"), due_at=pl.lit(None, INSTANT), ended_at=pl.lit(NOW, INSTANT)
    )
    records.keep_moves(tx, ended)
    asked = select(*(enrolments.c[name] for name in ("enrolment", "step", "visit", "status", "outcome", "due_at")))
    assert tx.frame(asked.order_by("enrolment")).rows() == [
        (1, "asked", 2, "ended", "goal", None),
        (2, "asked", 2, "active", None, NOW - HOUR),
    ]


def spoil(tx: Transaction, name: str) -> None:
    body = {**msgspec.json.decode(msgspec.json.encode(journey(name=name))), "review_on": "someday"}
    tx.execute(update(journeys).where(journeys.c.journey == name).values(body=msgspec.json.encode(body).decode()))


def test_a_definition_that_cannot_be_read_any_more_stops_nobody_else(tx: Transaction) -> None:
    start(tx, "a", "b")
    put(tx, walk(1, "a"), walk(2, "b"))
    spoil(tx, "a")
    assert [one.journey.name for one in records.read_running(tx)] == ["b"]
    assert due(tx) == [2]
    assert records.due_customers(tx, now=NOW).to_list() == [2]


def test_what_cannot_run_is_listed_with_what_is_wrong(tx: Transaction) -> None:
    start(tx, "a", "b", "c")
    assert records.resting(tx) == []
    spoil(tx, "a")
    spoil(tx, "c")
    records.set_status(tx, "a", "paused")
    records.set_status(tx, "c", "ended")
    (one,) = records.resting(tx)
    assert (one.journey, one.version, one.status) == ("a", 1, "paused")
    assert isinstance(one.problem, JourneyInvalid)
    assert "review_on" in one.problem.text("en")


def test_only_the_newest_version_takes_entries(tx: Transaction) -> None:
    start(tx, "a", "b", "a")
    everything = records.read_running(tx)
    taking = {(one.journey.name, one.version) for one in everything if records.is_newest(one, everything)}
    assert taking == {("a", 2), ("b", 1)}


def test_nobody_enters_an_older_version_because_the_newest_rests(tx: Transaction) -> None:
    start(tx, "a")
    whole = msgspec.json.encode(journey(name="a")).decode()
    start(tx, "a")
    spoil(tx, "a")
    tx.execute(update(journeys).where(journeys.c.version == 1).values(body=whole))
    (first,) = records.read_running(tx)
    assert first.version == 1
    assert not records.is_newest(first, [first])


def test_what_is_put_right_goes_on_where_it_stood(tx: Transaction) -> None:
    start(tx, "a")
    put(tx, walk(1))
    spoil(tx, "a")
    assert due(tx) == []
    whole = msgspec.json.encode(journey(name="a")).decode()
    tx.execute(update(journeys).where(journeys.c.journey == "a").values(body=whole))
    assert due(tx) == [1]


def test_a_definition_is_read_once_and_not_at_every_tick(tx: Transaction) -> None:
    start(tx, "a")
    first, second = records.read_running(tx), records.read_running(tx)
    assert first == second
    assert first[0].journey is second[0].journey


def plans(ledger: Ledger, ask: Any) -> list[str]:
    """Return how SQLite runs the statements of a question: a line a table."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        seen.append((statement, given))

    with ledger.reading() as tx:
        event.listen(ledger.engine, "before_cursor_execute", note)
        ask(tx)
        event.remove(ledger.engine, "before_cursor_execute", note)
        asked = [one for one in seen if one[0].startswith("SELECT")]
        rows = [tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all() for sql, given in asked]
    return [row[3] for plan in rows for row in plan]


@pytest.mark.parametrize("question", ["due", "due_customers", "next_number", "active_walks", "past_of", "been_in"])
def test_no_question_of_a_tick_looks_through_everybody(sqlite: Ledger, question: str) -> None:
    some = pl.Series([1, 2])
    ask: dict[str, Any] = {
        "due": lambda tx: records.due(tx, now=NOW),
        "due_customers": lambda tx: records.due_customers(tx, now=NOW),
        "next_number": records.next_number,
        "active_walks": lambda tx: records.active_walks(tx, some),
        "past_of": lambda tx: records.past_of(tx, "a", some),
        "been_in": lambda tx: records.been_in(tx, "a", some),
    }
    with sqlite.writing() as tx:
        start(tx, "a", "b")
        put(tx, walk(1, "a"), walk(2, "b"))
    plan = plans(sqlite, ask[question])
    assert any("enrolments" in line for line in plan)
    assert not [line for line in plan if "SCAN enrolments" in line]


def test_those_who_wait_are_found_by_scenario_and_hour(sqlite: Ledger) -> None:
    with sqlite.writing() as tx:
        start(tx, "a")
        put(tx, walk(1, "a"))
    plan = plans(sqlite, lambda tx: records.due(tx, now=NOW))
    assert [line for line in plan if "enrolments_waiting (journey=? AND version=? AND due_at<?)" in line]


def test_who_was_in_a_scenario_is_read_from_its_index_alone(sqlite: Ledger) -> None:
    plan = plans(sqlite, lambda tx: records.been_in(tx, "a", pl.Series([1])))
    assert [line for line in plan if "COVERING INDEX" in line]


def test_whoever_has_ended_takes_no_room_among_those_who_wait(sqlite: Ledger) -> None:
    with sqlite.reading() as tx:
        sql = tx.connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'enrolments_waiting'")
        ).scalar_one()
    assert sql.endswith("WHERE due_at IS NOT NULL")
