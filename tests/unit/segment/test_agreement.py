"""The engine and the judge agree on every condition about every shop."""

from dataclasses import replace
from datetime import datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.condition import Condition, parse
from tenshu.know import RankBorders, publish_ranks
from tenshu.know.purchases import period_start
from tenshu.segment import evaluate
from tenshu.store.warehouse import Warehouse
from tests.unit.segment import oracle
from tests.unit.segment.oracle import World
from tests.unit.segment.worlds import INSTANTS, NOW, ZONE, conditions, crowd, did_conditions, fill, worlds

_CALM = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
_MANY = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
#: An instant between the edges, so that purchases lie on both sides of the publication.
_PUBLISHED_AT = INSTANTS[8]


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    return Warehouse(threads=1)


@pytest.fixture(scope="module", params=[1, 2])
def crowded(request: pytest.FixtureRequest) -> tuple[Warehouse, World]:
    store, world = Warehouse(threads=1), crowd(request.param)
    fill(store, world)
    since_at = period_start(_PUBLISHED_AT, 150, ZONE)
    publish_ranks(store, now=_PUBLISHED_AT, zone=ZONE, borders=RankBorders(period_days=150))
    return store, replace(world, published=oracle.publish(world, _PUBLISHED_AT, since_at))


@_MANY
@given(asked=st.lists(conditions(), min_size=1, max_size=4))
def test_engine_agrees_with_the_judge_in_a_crowded_shop(
    crowded: tuple[Warehouse, World], asked: list[Condition]
) -> None:
    store, world = crowded
    named = {f"c{index}": condition for index, condition in enumerate(asked)}
    found = evaluate(store, named, now=NOW, zone=ZONE)
    for name, condition in named.items():
        judged = [oracle.holds(world, condition, customer, NOW) for customer in world.customers()]
        assert found[name].to_list() == judged, condition


@_MANY
@given(asked=did_conditions(), now=st.sampled_from(INSTANTS))
def test_engine_agrees_with_the_judge_at_every_instant(
    crowded: tuple[Warehouse, World], asked: Condition, now: datetime
) -> None:
    store, world = crowded
    found = evaluate(store, {"c": asked}, now=now, zone=ZONE)
    assert found["c"].to_list() == [oracle.holds(world, asked, customer, now) for customer in world.customers()]


def test_a_crowded_shop_gives_most_conditions_both_answers(crowded: tuple[Warehouse, World]) -> None:
    # The power of the agreement tests: where everybody gets the same answer, an error could hide.
    _, world = crowded
    asked = [
        {"kind": "trait", "trait": "age", "cmp": "gte", "value": 12},
        {"kind": "did", "event": "email_clicked", "within": {"days": 7}},
        {"kind": "did", "event": "order_completed", "count": {"cmp": "gte", "value": 3}},
        {"kind": "rank", "by": "decile", "cmp": "lte", "value": 5},
        {"kind": "rank", "by": "rank", "cmp": "is", "value": "trial"},
    ]
    for one in asked:
        answers = {oracle.holds(world, parse(one), customer, NOW) for customer in world.customers()}
        assert answers == {True, False}, one


@_CALM
@given(world=worlds(), asked=st.lists(conditions(), min_size=1, max_size=6))
def test_engine_agrees_with_the_judge_on_small_shops(
    warehouse: Warehouse, world: World, asked: list[Condition]
) -> None:
    fill(warehouse, world)
    named = {f"c{index}": condition for index, condition in enumerate(asked)}
    found = evaluate(warehouse, named, now=NOW, zone=ZONE)
    assert found["customer"].to_list() == world.customers()
    for name, condition in named.items():
        judged = [oracle.holds(world, condition, customer, NOW) for customer in world.customers()]
        assert found[name].to_list() == judged, condition


@_CALM
@given(world=worlds(), asked=conditions(), as_of=st.sampled_from(INSTANTS))
def test_engine_agrees_with_the_judge_on_published_ranks_of_small_shops(
    warehouse: Warehouse, world: World, asked: Condition, as_of: datetime
) -> None:
    fill(warehouse, world)
    publish_ranks(warehouse, now=as_of, zone=ZONE)
    judged_world = replace(world, published=oracle.publish(world, as_of))
    found = evaluate(warehouse, {"c": asked}, now=NOW, zone=ZONE)
    judged = [oracle.holds(judged_world, asked, customer, NOW) for customer in world.customers()]
    assert found["c"].to_list() == judged, asked


@_CALM
@given(world=worlds(), asked=conditions(), data=st.data())
def test_few_customers_get_the_answers_they_get_among_everybody(
    warehouse: Warehouse, world: World, asked: Condition, data: st.DataObject
) -> None:
    fill(warehouse, world)
    everybody = evaluate(warehouse, {"c": asked}, now=NOW, zone=ZONE)
    few = data.draw(st.lists(st.sampled_from(world.customers()), unique=True, max_size=3))
    found = evaluate(warehouse, {"c": asked}, now=NOW, zone=ZONE, customers=pl.Series(few, dtype=pl.Int64))
    assert found["customer"].to_list() == few
    expected = dict(everybody.rows())
    assert found["c"].to_list() == [expected[customer] for customer in few]


@_CALM
@given(world=worlds(), asked=conditions(), instant=st.sampled_from(INSTANTS))
def test_nothing_after_now_changes_an_answer(
    warehouse: Warehouse, world: World, asked: Condition, instant: datetime
) -> None:
    fill(warehouse, world)
    with_future = evaluate(warehouse, {"c": asked}, now=instant, zone=ZONE)
    past = replace(
        world,
        facts=tuple(fact for fact in world.facts if fact.occurred_at <= instant),
        lines=tuple(line for line in world.lines if line.occurred_at <= instant),
    )
    fill(warehouse, past)
    assert with_future.equals(evaluate(warehouse, {"c": asked}, now=instant, zone=ZONE))


@_CALM
@given(world=worlds(), asked=conditions())
def test_every_answer_is_yes_or_no(warehouse: Warehouse, world: World, asked: Condition) -> None:
    fill(warehouse, world)
    found = evaluate(warehouse, {"c": asked}, now=NOW, zone=ZONE)
    assert found.schema == {"customer": pl.Int64, "c": pl.Boolean}
    assert found["c"].null_count() == 0
