"""The JSON Schema accepts what `parse` accepts and refuses what breaks the grammar."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given

from tenshu.condition import dump, parse, schema
from tests.unit.condition.test_parse import READ, TOKYO
from tests.unit.segment.worlds import nodes

VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("data", [data for data, _ in READ])
def test_the_schema_accepts_every_kind_of_condition(data: dict[str, Any]) -> None:
    VALIDATOR.validate(data)
    VALIDATOR.validate({"tenshu": "condition/1", "condition": data})


@given(data=nodes)
def test_the_schema_accepts_what_is_parsed_and_written_again(data: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(data)
    assert VALIDATOR.is_valid(dump(parse(data)))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "regex", "trait": "a", "cmp": "is", "value": "b"},
        {**TOKYO, "extra": 1},
        {**TOKYO, "cmp": "matches"},
        {**TOKYO, "trait": 'a"b'},
        {"kind": "and", "of": []},
        {"kind": "not", "of": [TOKYO]},
        {"kind": "did", "event": "Order"},
        {"kind": "did", "event": "order_completed", "within": {"weeks": 1}},
        {"kind": "did", "event": "order_completed", "count": {"cmp": "gte", "value": -1}},
        {"kind": "rank", "by": "ltv", "cmp": "is", "value": 1},
        {"tenshu": "condition/2", "condition": TOKYO},
        {"tenshu": "condition/1", "condition": TOKYO, "more": 1},
    ],
)
def test_the_schema_refuses_what_breaks_the_grammar(data: object) -> None:
    assert not VALIDATOR.is_valid(data)


def test_the_schema_explains_every_kind_in_words() -> None:
    definitions = schema()["$defs"]
    kinds = {"And", "Or", "Not", "Trait", "Did", "DidNot", "Rank", "Where", "Within", "Between", "Count", "Sum"}
    assert kinds <= set(definitions)
    assert all(definitions[name]["description"] for name in kinds)
