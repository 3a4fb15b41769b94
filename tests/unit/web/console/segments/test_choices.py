"""What the form offers is exactly what the grammar takes."""

from typing import Any

import pytest
from hypothesis import given, settings

from tenshu.condition import parse, parse_where
from tenshu.condition.fields import LINE_FIELDS, ORDER_FIELDS, SCORES
from tenshu.condition.words import TIMES
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import _, speaking
from tenshu.web.console.segments.choices import (
    COMPARED,
    NUMBERS_COMPARED,
    RANKED_BY,
    WORDS,
    comparisons,
    field_shape,
    rank_comparisons,
)
from tests.unit.condition import trees

FIELDS = [("order_completed", name) for name in ORDER_FIELDS] + [("product_purchased", name) for name in LINE_FIELDS]
VALUES: dict[str, Any] = {"text": "x", "number": 1, "flag": False, "texts": ["x", "y"], "numbers": [1, 2.5]}


@pytest.mark.parametrize(("event", "field"), [*FIELDS, ("email_clicked", "link")])
def test_every_comparison_that_is_offered_is_taken_and_no_other(event: str, field: str) -> None:
    offered = comparisons(field_shape(event, field))
    for cmp in COMPARED:
        for shape, value in VALUES.items():
            said = [{"field": field, "cmp": cmp, "value": value}]
            try:
                parse_where(said, event)
                is_taken = True
            except TenshuError:
                is_taken = False
            assert is_taken == (shape in offered.get(cmp, ())), (cmp, shape)


@settings(deadline=None)
@given(trees.comparisons("free"))
def test_whatever_is_drawn_for_a_free_field_is_offered(said: dict[str, Any]) -> None:
    assert said["cmp"] in comparisons("free")


def test_attributes_are_compared_like_free_fields() -> None:
    assert field_shape(None, "amount") == "free"
    assert field_shape("order_completed", "amount") == "number"


@pytest.mark.parametrize("by", [*SCORES, "decile", "rank"])
def test_ranks_are_compared_as_the_grammar_takes_them(by: str) -> None:
    value: Any = "best" if by == "rank" else 1
    for cmp in COMPARED:
        given_value = [value] if cmp == "one_of" else value
        try:
            parse({"kind": "rank", "by": by, "cmp": cmp, "value": given_value})
            is_taken = True
        except TenshuError:
            is_taken = False
        assert is_taken == (cmp in rank_comparisons(by)), cmp


def test_everything_that_is_offered_has_words_in_both_languages() -> None:
    for words in WORDS.values():
        with speaking("ja"):
            assert _(words) != words
    assert set(WORDS) == set(COMPARED)
    assert set(NUMBERS_COMPARED) == set(TIMES)
    assert len(RANKED_BY) == 5
