"""The room's README says the grammar as it is: its example is read, and nothing of the grammar is missing in it."""

import ast
import re
from importlib import resources
from typing import Any, get_args

import msgspec
import pytest

from tenshu.condition import And, parse, sentence
from tenshu.condition.fields import LINE_FIELDS, LINES, ORDER_FIELDS, RANK_NAMES
from tenshu.condition.grammar import Comparison, Condition, RankedBy
from tenshu.condition.parse import MOST_DEPTH, MOST_NODES

README = (resources.files("tenshu.condition") / "README.md").read_text("utf-8")


def example() -> Any:
    """Return the condition that the example of the README parses."""
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    calls = [node for node in ast.walk(ast.parse(code[1])) if isinstance(node, ast.Call)]
    (parsed,) = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "parse"]
    return ast.literal_eval(parsed.args[0])


def test_the_example_is_read_and_said_in_both_languages() -> None:
    condition = parse(example())
    assert isinstance(condition, And)
    assert sentence(condition, "en", currency="JPY").count(" and ") >= 3
    assert "優良顧客" in sentence(condition, "ja", currency="JPY")


def test_the_example_survives_a_file() -> None:
    stored = msgspec.json.encode({"tenshu": "condition/1", "condition": example()})
    assert parse(msgspec.json.decode(stored)) == parse(example())


@pytest.mark.parametrize("kind", [part.__struct_config__.tag for part in get_args(Condition)])
def test_every_kind_is_in_the_readme(kind: str) -> None:
    assert f"`{kind}`" in README


@pytest.mark.parametrize("cmp", get_args(Comparison))
def test_every_comparison_is_in_the_readme(cmp: str) -> None:
    assert f"`{cmp}`" in README


@pytest.mark.parametrize("word", [*get_args(RankedBy), *RANK_NAMES, *LINES, *LINE_FIELDS, *ORDER_FIELDS])
def test_every_rank_event_and_field_is_in_the_readme(word: str) -> None:
    assert re.search(rf"\b{re.escape(word)}\b", README)


def test_the_limits_in_the_readme_are_the_real_ones() -> None:
    assert f"{MOST_NODES} parts" in README
    assert f"{MOST_DEPTH} levels" in README
