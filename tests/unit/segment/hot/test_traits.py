"""Statements in any order and in any portions: the judge's answer, and no more rows than are needed."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.condition import Condition, Trait, parse
from tenshu.kit.rng import unit
from tenshu.segment.hot.asked import Asked
from tenshu.segment.hot.calendar import Calendar
from tenshu.segment.hot.owners import Owners
from tenshu.segment.hot.plan import TraitAsk, plan, trait_column
from tenshu.segment.hot.reading import Told
from tenshu.segment.hot.traits import TraitStore
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.hot.story import told
from tests.unit.segment.oracle import Fact, holds
from tests.unit.segment.worlds import NOW, TRAITS, ZONE, crowd, nodes

_SHOPS = [crowd(seed, customers=15) for seed in (4, 5)]
_trait = nodes.map(parse).filter(lambda one: isinstance(one, Trait))


@pytest.fixture(scope="module")
def engine() -> Iterator[Warehouse]:
    store = Warehouse(threads=1)
    yield store
    store.close()


def asks(*conditions: Condition) -> TraitAsk:
    found = plan({str(index): one for index, one in enumerate(conditions)}).traits
    assert found is not None
    return found


def asked(node_map: dict[int, int]) -> Asked:
    owners = Owners()
    owners.remap(np.array(list(node_map)), np.array(list(node_map.values())))
    return Asked(owners.everybody(), owners, now=NOW, calendar=Calendar(ZONE))


def described(shop: Any, shuffle: int) -> list[Fact]:
    facts = [fact for fact in shop.facts if fact.event == "customer_described" and fact.occurred_at <= NOW]
    return [facts[place] for place in unit(f"order {shuffle}", range(len(facts))).argsort()]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    number=st.integers(0, 1),
    shuffle=st.integers(0, 99),
    conditions=st.lists(_trait, min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 80), max_size=3),
)
def test_the_latest_statement_is_found_whatever_the_portions(
    engine: Warehouse, number: int, shuffle: int, conditions: list[Condition], cuts: list[int]
) -> None:
    shop = _SHOPS[number]
    store = TraitStore(asks(*conditions))
    facts = described(shop, shuffle)
    borders = [0, *sorted(cuts), len(facts)]
    for first, last in pairwise(borders):
        rows = Told(told(facts[first:last])).rows(engine, store)
        if rows:
            store.put(rows, NOW)
    people = asked(dict(shop.node_map))
    found = store.features(people, store.ask)
    for condition in conditions:
        assert isinstance(condition, Trait)
        judged = [holds(shop, condition, customer, NOW) for customer in people.customers.tolist()]
        assert found[trait_column(condition)].tolist() == judged


def test_a_node_keeps_no_more_statements_than_traits(engine: Warehouse) -> None:
    known = [parse({"kind": "trait", "trait": name, "cmp": "exists", "value": True}) for name in TRAITS]
    store = TraitStore(asks(*known))
    for shuffle in range(5):
        store.put(Told(told(described(_SHOPS[0], shuffle))).rows(engine, store), NOW)
    kept = dict(store.arrays())["shelf.node"]
    assert np.bincount(kept).max() <= len(TRAITS)


def test_many_at_once_are_kept_as_the_same_few(engine: Warehouse) -> None:
    known = [parse({"kind": "trait", "trait": name, "cmp": "is", "value": "12"}) for name in TRAITS]
    one, other = TraitStore(asks(*known)), TraitStore(asks(*known))
    rows = Told(told(described(_SHOPS[1], 0))).rows(engine, one)
    one.build([rows], NOW)
    other.put(rows, NOW)
    assert sorted(dict(one.arrays())["shelf.node"].tolist()) == sorted(dict(other.arrays())["shelf.node"].tolist())


def test_who_said_nothing_about_a_trait_is_as_if_he_said_nothing_at_all(engine: Warehouse) -> None:
    untold = parse({"kind": "trait", "trait": "age", "cmp": "exists", "value": False})
    store = TraitStore(asks(untold))
    said = Fact(b"1" * 16, 1, "customer_described", NOW, NOW, {"traits": {"prefecture": "東京都", "age": None}})
    assert len(Told(told([said])).rows(engine, store)["node"]) == 0
    column = trait_column(untold)  # type: ignore[arg-type]
    assert store.features(asked({1: 1, 2: 2}), store.ask)[column].tolist() == [True, True]


def test_of_two_at_the_same_instant_the_one_received_later_wins_then_the_larger_key(engine: Warehouse) -> None:
    second = timedelta(seconds=1)
    adult = parse({"kind": "trait", "trait": "age", "cmp": "gte", "value": 20})
    store = TraitStore(asks(adult))
    for age, late, key in ((30, 0, 9), (10, 1, 1), (40, 1, 3), (15, 1, 2)):
        said = Fact(
            bytes([255 * (key == 3), *[key] * 15]),
            1,
            "customer_described",
            NOW,
            NOW + late * second,
            {"traits": {"age": age}},
        )
        store.put(Told(told([said])).rows(engine, store), NOW)
    assert store.features(asked({1: 1}), store.ask)[trait_column(adult)].tolist() == [True]  # type: ignore[arg-type]


def test_a_store_covers_fewer_comparisons_and_no_others() -> None:
    age, old = (parse({"kind": "trait", "trait": "age", "cmp": "gte", "value": value}) for value in (20, 65))
    store = TraitStore(asks(age, old))
    assert store.covers(asks(old))
    assert not store.covers(asks(old, parse({"kind": "trait", "trait": "age", "cmp": "gte", "value": 66})))
