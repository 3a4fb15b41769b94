"""One event's store: it answers what it covers as a new one would, and keeps what a window can still hold."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.condition import parse
from tenshu.segment.features import key
from tenshu.segment.hot.arrays import NEVER, chosen
from tenshu.segment.hot.asked import Asked
from tenshu.segment.hot.calendar import Calendar
from tenshu.segment.hot.cursor import Cursor
from tenshu.segment.hot.events import SLACK, EventStore
from tenshu.segment.hot.match import numbers
from tenshu.segment.hot.owners import Owners
from tenshu.segment.hot.plan import EventAsk, plan
from tenshu.segment.hot.reading import fill
from tenshu.store.tables import from_micros, to_micros
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.worlds import NOW, ZONE, crowd
from tests.unit.segment.worlds import fill as put_into

SHOP = crowd(6)
CURSOR = Cursor(1, 0, NOW, None)
_WITHIN: list[dict[str, Any]] = [
    {},
    *({"within": {"days": days}} for days in (0, 1, 7, 8, 199, 200)),
    *({"within": {"hours": hours}} for hours in (24, 192, 193)),
    {"between": {"from": "2026-03-03"}},
]
_WHERE: list[list[dict[str, Any]]] = [
    [],
    [{"field": "link", "cmp": "exists", "value": True}],
    [{"field": "link", "cmp": "gte", "value": 1}],
    [{"field": "amount", "cmp": "is", "value": "12"}, {"field": "journey", "cmp": "exists", "value": False}],
]
_SUM = [{}, {"sum": {"field": "amount", "cmp": "gt", "value": 1}}, {"sum": {"field": "link", "cmp": "gt", "value": 1}}]
_did = st.builds(
    lambda within, where, total: {"kind": "did", "event": "email_clicked", "where": where, **within, **total},
    st.sampled_from(_WITHIN),
    st.sampled_from(_WHERE),
    st.sampled_from(_SUM),
)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    store = Warehouse(threads=1)
    put_into(store, SHOP)
    yield store
    store.close()


def ask(*conditions: dict[str, Any]) -> EventAsk:
    return plan({str(index): parse(one) for index, one in enumerate(conditions)}).events["email_clicked"]


def filled(warehouse: Warehouse, asked: EventAsk) -> EventStore:
    store = EventStore(asked, Calendar(ZONE))
    fill(store, warehouse, CURSOR)
    return store


def everybody(now: datetime = NOW) -> Asked:
    owners = Owners()
    owners.remap(np.array(list(SHOP.node_map)), np.array(list(SHOP.node_map.values())))
    return Asked(owners.everybody(), owners, now=now, calendar=Calendar(ZONE))


def answers(store: EventStore, asked: EventAsk) -> dict[str, list[float]]:
    found, due = store.features(everybody(), (*asked.running, *asked.windows))
    return {name: column.tolist() for name, column in found.items()} | {"due": due.tolist()}


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=st.lists(_did, min_size=1, max_size=5), then=st.lists(_did, min_size=1, max_size=3))
def test_a_store_that_covers_other_questions_answers_them_as_a_new_one(
    warehouse: Warehouse, first: list[dict[str, Any]], then: list[dict[str, Any]]
) -> None:
    store, wanted = filled(warehouse, ask(*first)), ask(*then)
    if store.covers(wanted):
        expected = answers(filled(warehouse, wanted), wanted)
        assert answers(store, wanted) == expected
        store.narrow(wanted)
        assert answers(store, wanted) == expected
        assert store.covers(wanted)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(conditions=st.lists(_did, min_size=1, max_size=4), data=st.data())
def test_portions_in_any_order_make_the_store_that_one_fill_makes(
    warehouse: Warehouse, conditions: list[dict[str, Any]], data: st.DataObject
) -> None:
    asked = ask(*conditions)
    store = EventStore(asked, Calendar(ZONE))
    rows = store.rows(warehouse.frame(store.query.over("facts"), store.query.values))
    rows = chosen(rows, rows["at"] <= to_micros(NOW))
    order = np.array(data.draw(st.permutations(range(len(rows["at"])))), np.int64)
    for some in np.array_split(order, data.draw(st.integers(1, 6))):
        store.put(chosen(rows, some), NOW)
    assert answers(store, asked) == answers(filled(warehouse, asked), asked)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(conditions=st.lists(_did, min_size=1, max_size=4))
def test_what_was_kept_is_the_same_store(warehouse: Warehouse, conditions: list[dict[str, Any]]) -> None:
    asked = ask(*conditions)
    store, again = filled(warehouse, asked), EventStore(asked, Calendar(ZONE))
    again.restore(dict(store.arrays()))
    assert answers(again, asked) == answers(store, asked)


def test_every_question_of_itself_is_covered_and_a_longer_window_is_not(warehouse: Warehouse) -> None:
    week, month = ({"kind": "did", "event": "email_clicked", "within": {"days": days}} for days in (7, 30))
    store = filled(warehouse, ask(week))
    assert store.covers(ask(week))
    assert not store.covers(ask(month))
    assert not store.covers(ask({"kind": "did", "event": "email_clicked"}))
    assert filled(warehouse, ask(month)).covers(ask(week, month))


def test_due_is_the_first_instant_at_which_an_answer_changes(warehouse: Warehouse) -> None:
    asked = ask(*({"kind": "did", "event": "email_clicked", **within} for within in _WITHIN[1:]))
    store = filled(warehouse, asked)
    everything = (*asked.running, *asked.windows)
    before, due = store.features(everybody(), everything)
    real = np.flatnonzero(due != NEVER)
    assert len(real)
    for person in real.tolist():
        at = from_micros(int(due[person]))
        just, _ = store.features(everybody(at - timedelta(microseconds=1)), everything)
        then, _ = store.features(everybody(at), everything)
        assert all(just[key(one)][person] == before[key(one)][person] for one in everything)
        assert any(then[key(one)][person] < before[key(one)][person] for one in everything)


def test_facts_that_no_window_can_hold_are_dropped_when_their_customer_is_asked(warehouse: Warehouse) -> None:
    asked = ask({"kind": "did", "event": "email_clicked", "within": {"days": 7}})
    store = filled(warehouse, asked)
    later = everybody(NOW + timedelta(days=3))
    store.forget(later.nodes, later.now)
    kept = dict(store.arrays())["shelf.at"]
    assert len(kept) > 0
    assert kept.min() >= Calendar(ZONE).since(parse_within(7), later.now) - SLACK
    store.forget(later.nodes, NOW + timedelta(days=30))
    assert set(dict(store.arrays())["shelf.node"]) <= {999}  # whom the map does not know


def parse_within(days: int) -> Any:
    return parse({"kind": "did", "event": "x", "within": {"days": days}}).within  # type: ignore[union-attr]


def test_facts_of_no_interest_are_not_kept_at_all(warehouse: Warehouse) -> None:
    where = [{"field": "amount", "cmp": "is", "value": "never said"}]
    asked = ask({"kind": "did", "event": "email_clicked", "where": where, "within": {"days": 300}})
    store = filled(warehouse, asked)
    assert len(dict(store.arrays())["shelf.at"]) == 0
    told = numbers(warehouse.frame(store.query.over("facts"), store.query.values))
    assert len(told["at"]) > 0
    assert not told["bits"].any()
