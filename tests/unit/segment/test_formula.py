"""A condition as one boolean expression over columns of features."""

from typing import Any

import polars as pl
import pytest

from tenshu.condition import parse
from tenshu.segment.features import Aggregate, RankFeature, TraitFeature, key
from tenshu.segment.formula import formula

EMAIL = key(TraitFeature("email"))
ORDERS = key(Aggregate("order_completed", (), None, None, None))
AMOUNT = key(Aggregate("order_completed", (), None, None, "amount"))
DECILE, RANK = key(RankFeature("decile")), key(RankFeature("rank"))

#: Three people: a good customer, one who bought once, one of whom nothing is known.
PEOPLE = pl.DataFrame(
    {
        EMAIL: ["a@example.jp", "b@example.com", None],
        ORDERS: [5, 1, 0],
        AMOUNT: [9000.0, 100.0, 0.0],
        DECILE: [1, 10, None],
        RANK: ["best", "trial", None],
    }
)
JP = {"kind": "trait", "trait": "email", "cmp": "ends", "value": ".jp"}
OFTEN = {"kind": "did", "event": "order_completed", "count": {"cmp": "gte", "value": 2}}
ONCE = {"kind": "did", "event": "order_completed"}


def met(data: dict[str, Any]) -> list[bool]:
    return PEOPLE.select(formula(parse(data))).to_series().to_list()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (JP, [True, False, False]),
        (ONCE, [True, True, False]),
        (OFTEN, [True, False, False]),
        ({**OFTEN, "kind": "did_not"}, [False, True, True]),
        ({**ONCE, "kind": "did_not"}, [False, False, True]),
        ({**ONCE, "count": {"cmp": "is", "value": 1}}, [False, True, False]),
        ({**ONCE, "count": {"cmp": "lte", "value": 1}}, [False, True, True]),
        # a sum asks for one occurrence besides, unless the count says otherwise
        ({**ONCE, "sum": {"field": "amount", "cmp": "lt", "value": 500}}, [False, True, False]),
        (
            {**ONCE, "count": {"cmp": "gte", "value": 0}, "sum": {"field": "amount", "cmp": "lt", "value": 500}},
            [False, True, True],
        ),
        # did_not denies both halves together
        ({**ONCE, "kind": "did_not", "sum": {"field": "amount", "cmp": "lt", "value": 500}}, [True, False, True]),
        ({"kind": "rank", "by": "decile", "cmp": "lte", "value": 5}, [True, False, False]),
        ({"kind": "rank", "by": "decile", "cmp": "is_not", "value": 1}, [False, True, False]),
        ({"kind": "rank", "by": "decile", "cmp": "one_of", "value": [1, 10]}, [True, True, False]),
        ({"kind": "rank", "by": "rank", "cmp": "is_not", "value": "best"}, [False, True, False]),
        ({"kind": "rank", "by": "rank", "cmp": "one_of", "value": ["best", "loyal"]}, [True, False, False]),
        ({"kind": "and", "of": [JP, OFTEN]}, [True, False, False]),
        ({"kind": "or", "of": [JP, ONCE]}, [True, True, False]),
        ({"kind": "not", "of": {"kind": "or", "of": [JP, ONCE]}}, [False, False, True]),
        ({"kind": "and", "of": [ONCE]}, [True, True, False]),
    ],
)
def test_each_kind_is_answered_for_each_of_three_people(data: dict[str, Any], expected: list[bool]) -> None:
    assert met(data) == expected


@pytest.mark.parametrize("data", [JP, OFTEN, ONCE, {"kind": "rank", "by": "decile", "cmp": "is", "value": 1}])
def test_not_turns_every_answer_round(data: dict[str, Any]) -> None:
    assert met({"kind": "not", "of": data}) == [not answer for answer in met(data)]
    assert met({"kind": "not", "of": {"kind": "not", "of": data}}) == met(data)


def test_de_morgan_holds() -> None:
    both = {"kind": "not", "of": {"kind": "and", "of": [JP, ONCE]}}
    either = {"kind": "or", "of": [{"kind": "not", "of": JP}, {"kind": "not", "of": ONCE}]}
    assert met(both) == met(either)
