"""What is kept while somebody writes gives the same answers as reading everything anew."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.condition import Condition, Trait, dump, parse
from tenshu.know import publish_ranks
from tenshu.segment import evaluate, probe
from tenshu.segment.probe import Probe
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.worlds import INSTANTS, NOW, ZONE, conditions, crowd, fill

_MANY = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
OFTEN = parse({"kind": "did", "event": "order_completed", "count": {"cmp": "gte", "value": 3}})


class Counted(Warehouse):
    """A warehouse that counts what it is asked."""

    asked = 0

    def frame(self, sql: str, given: object = (), /, **tables: pl.DataFrame) -> pl.DataFrame:
        """Run one query."""
        self.asked += sql.strip().startswith("WITH members")
        return super().frame(sql, given, **tables)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def crowded() -> Counted:
    store = Counted(threads=1)
    fill(store, crowd(3))
    publish_ranks(store, now=INSTANTS[8], zone=ZONE)
    return store


@_MANY
@given(asked=st.lists(conditions(), min_size=1, max_size=3))
def test_one_probe_answers_many_conditions_as_each_by_itself(crowded: Counted, asked: list[Condition]) -> None:
    """The answers do not depend on what was asked before."""
    one = Probe(crowded)
    for condition in asked:
        met = evaluate(crowded, {"c": condition}, now=NOW, zone=ZONE)
        assert one.met(condition, now=NOW, zone=ZONE)[0].to_list() == met.filter("c")["customer"].to_list(), condition


def test_a_changed_number_reads_nothing_anew(crowded: Counted) -> None:
    """How often is compared with what was counted already."""
    one = Probe(crowded)
    one.met(OFTEN, now=NOW, zone=ZONE)
    before = crowded.asked
    for value in range(1, 6):
        often = parse({"kind": "did", "event": "order_completed", "count": {"cmp": "gte", "value": value}})
        found = one.met(often, now=NOW, zone=ZONE)[0]
        assert crowded.asked == before
        assert found.to_list() == evaluate_members(crowded, often)
        before = crowded.asked


def evaluate_members(store: Warehouse, condition: Condition) -> list[int]:
    """Return who meets the condition, read anew."""
    return list(evaluate(store, {"c": condition}, now=NOW, zone=ZONE).filter("c")["customer"])


def test_a_changed_row_reads_that_row_only(crowded: Counted) -> None:
    one, age = Probe(crowded), Trait("age", "gte", 12)
    one.met(OFTEN, now=NOW, zone=ZONE)
    before = crowded.asked
    one.met(parse({"kind": "and", "of": [dump(OFTEN), dump(age)]}), now=NOW, zone=ZONE)
    assert crowded.asked == before + 1


def test_a_later_instant_of_the_same_day_reads_nothing_anew(crowded: Counted) -> None:
    """Windows of days begin where they began; only when a fact's time has come, or a day, is anything read."""
    one, later = Probe(crowded), max(INSTANTS) + timedelta(days=9)
    lately = parse({"kind": "did", "event": "order_completed", "within": {"days": 30}})
    one.met(lately, now=later, zone=ZONE)
    before = crowded.asked
    one.met(lately, now=later + timedelta(microseconds=1), zone=ZONE)
    assert crowded.asked == before
    one.met(lately, now=later + timedelta(days=1), zone=ZONE)
    assert crowded.asked == before + 1


@_MANY
@given(asked=conditions(), at=st.lists(st.sampled_from(INSTANTS), min_size=1, max_size=4))
def test_answers_are_of_the_instant_that_is_asked_for(crowded: Counted, asked: Condition, at: list[datetime]) -> None:
    """The clock may jump to and fro over facts and days: nothing of another instant is ever told."""
    one = Probe(crowded)
    for now in at:
        met = evaluate(crowded, {"c": asked}, now=now, zone=ZONE)
        assert one.met(asked, now=now, zone=ZONE)[0].to_list() == met.filter("c")["customer"].to_list(), (asked, now)


def test_facts_that_come_meanwhile_count_at_once() -> None:
    store = Warehouse(threads=1)
    world = crowd(4)
    fill(store, world)
    one = Probe(store)
    someone = one.everybody(now=NOW, zone=ZONE)[0]
    mark = Trait("marked", "is", "yes")
    assert one.met(mark, now=NOW, zone=ZONE)[0].to_list() == []
    node = int(store.frame("SELECT min(node) AS node FROM node_map WHERE customer = ?", [someone]).item())
    row = {
        "fact_id": b"0123456789abcdef", "batch": 99, "node": node, "event": "customer_described",
        "occurred_at": NOW - timedelta(seconds=1), "received_at": NOW, "source": "web",
        "properties": '{"traits": {"marked": "yes"}}',
    }  # fmt: skip
    store.append("facts", pl.DataFrame([row], schema_overrides={"node": pl.Int32}))
    assert one.met(mark, now=NOW, zone=ZONE)[0].to_list() == [someone]


def test_it_keeps_a_bounded_number_of_columns(crowded: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "MOST", 5)
    one = Probe(crowded)
    for days in range(1, 30):
        wide = parse({"kind": "did", "event": "order_completed", "within": {"days": days}})
        one.met(wide, now=NOW, zone=ZONE)
        assert len(one._columns) <= 5
    many = [{"kind": "did", "event": "order_completed", "within": {"days": days}} for days in range(1, 9)]
    whole = parse({"kind": "or", "of": many})
    assert one.met(whole, now=NOW, zone=ZONE)[0].to_list() == evaluate_members(crowded, whole)


def test_everybody_is_everybody_once_and_in_order(crowded: Counted) -> None:
    assert Probe(crowded).everybody(now=NOW, zone=ZONE).to_list() == sorted(crowd(3).customers())
