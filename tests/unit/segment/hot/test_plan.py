"""Conditions come apart into questions, each once, each where it can be answered."""

from typing import Any

import pytest

from tenshu.condition import Condition, parse
from tenshu.segment.hot.plan import asks_ranks, place, plan, same, trait_column

CAME: dict[str, Any] = {"kind": "did", "event": "page_viewed"}
BOUGHT: dict[str, Any] = {"kind": "did", "event": "order_completed"}
TOKYO: dict[str, Any] = {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "東京都"}
BEST: dict[str, Any] = {"kind": "rank", "by": "rank", "cmp": "is", "value": "best"}


def of(**conditions: dict[str, Any]) -> dict[str, Condition]:
    return {name: parse(data) for name, data in conditions.items()}


def test_what_is_asked_of_no_store_leaves_it_out() -> None:
    wanted = plan(of(lives=TOKYO))
    assert (wanted.events, wanted.orders) == ({}, None)
    assert wanted.traits is not None
    assert wanted.traits.traits == ("prefecture",)
    assert plan(of(came=CAME)).traits is None
    assert plan({}).formulas == {}


def test_each_event_has_one_list_of_questions() -> None:
    link = {**CAME, "where": [{"field": "link", "cmp": "is", "value": 1}]}
    wanted = plan(of(a=CAME, b=link, c={**link, "within": {"days": 7}}, d={**CAME, "event": "product_returned"}))
    assert set(wanted.events) == {"page_viewed", "product_returned"}
    asked = wanted.events["page_viewed"]
    assert (asked.source, wanted.events["product_returned"].source) == ("facts", "lines")
    assert [len(where) for where in sorted(asked.wheres)] == [0, 1]
    assert (len(asked.running), len(asked.windows)) == (2, 1)


def test_conditions_that_ask_the_same_share_the_question() -> None:
    one, other = {**CAME, "count": {"cmp": "gte", "value": 2}}, {**CAME, "kind": "did_not"}
    assert len(plan(of(a=CAME, b=one, c=other)).events["page_viewed"].running) == 1


def test_a_sum_is_counted_and_added_up() -> None:
    asked = plan(of(a={**CAME, "sum": {"field": "worth", "cmp": "gt", "value": 3}})).events["page_viewed"]
    assert {one.field for one in asked.running} == {None, "worth"}
    assert asked.fields == ("worth",)


def test_orders_are_asked_for_by_orders_and_by_ranks() -> None:
    ranked = plan(of(best=BEST)).orders
    assert ranked is not None
    assert list(ranked.ranks) == ["rank"]
    assert ranked.aggregates == ()
    wheres = [{"field": "amount", "cmp": "gt", "value": 1}, {"field": "source", "cmp": "is", "value": "web"}]
    bought = plan(of(bought={**BOUGHT, "where": wheres})).orders
    assert bought is not None
    assert [where.field for where in bought.settled] == ["source"]


def test_parts_are_found_however_deep_they_lie() -> None:
    deep = {"kind": "not", "of": {"kind": "and", "of": [{"kind": "or", "of": [CAME, TOKYO]}, BEST, BOUGHT]}}
    wanted = plan(of(deep=deep))
    assert wanted.traits is not None
    assert (set(wanted.events), len(wanted.traits.comparisons)) == ({"page_viewed"}, 1)
    assert asks_ranks(parse(deep))
    assert not asks_ranks(parse({"kind": "not", "of": CAME}))


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (1, "1"), (0, False), ("true", True)], ids=repr)
def test_values_that_python_takes_for_equal_are_different_questions(one: object, other: object) -> None:
    conditions = [parse({**TOKYO, "value": value}) for value in (one, other)]
    assert not same(*conditions)
    assert same(conditions[0], conditions[0])
    assert trait_column(conditions[0]) != trait_column(conditions[1])  # type: ignore[arg-type]
    assert place(conditions[1], tuple(conditions)) == 1
    assert len(plan(dict(zip("ab", conditions, strict=True))).traits.comparisons) == 2  # type: ignore[union-attr]


def test_what_is_not_among_others_has_no_place() -> None:
    assert place(parse(CAME), (parse(BOUGHT),)) == -1
    assert place(parse(CAME), ()) == -1
