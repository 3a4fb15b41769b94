"""Tests on the event that opens a scenario mean the same as in a condition."""

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.condition import Where
from tenshu.journey.where import passes

COLUMNS = {"properties": pl.String, "order_no": pl.String, "amount": pl.Int64}


def who_passes(tests: list[Where], *rows: tuple[str | None, str | None, int | None]) -> list[bool]:
    """Return which of the facts (properties, order_no, amount) pass."""
    frame = pl.DataFrame(list(rows), schema=COLUMNS, orient="row")
    return frame.with_columns(passes=passes(tests, frame.columns))["passes"].to_list()


def test_without_tests_everything_passes() -> None:
    assert who_passes([], ("{}", None, None), (None, None, None)) == [True, True]


@pytest.mark.parametrize(
    ("cmp", "value", "expected"),
    [
        ("is", 5000, [False, True, False]),
        ("is_not", 5000, [True, False, False]),  # an unknown amount is not "another amount"
        ("gt", 5000, [False, False, False]),
        ("gte", 5000, [False, True, False]),
        ("lt", 5000, [True, False, False]),
        ("lte", 4999, [True, False, False]),
        ("one_of", (1, 5000), [False, True, False]),
        ("exists", True, [True, True, False]),
        ("exists", False, [False, False, True]),
    ],
)
def test_order_properties_compare_as_numbers(cmp: Any, value: Any, expected: list[bool]) -> None:
    rows = [("{}", None, 4999), ("{}", None, 5000), ("{}", None, None)]
    assert who_passes([Where("amount", cmp, value)], *rows) == expected


@pytest.mark.parametrize(
    ("cmp", "value", "expected"),
    [
        ("is", "red", [True, False, False, False]),
        ("is_not", "red", [False, True, True, False]),
        ("contains", "e", [True, True, False, False]),
        ("starts", "gre", [False, True, False, False]),
        ("ends", "d", [True, False, False, False]),
        ("one_of", ("red", "green"), [True, True, False, False]),
        ("gt", "green", [True, False, False, False]),  # text in the order of its letters; "7" comes first
        ("is", 7, [False, False, True, False]),
        ("gte", 7.0, [False, False, True, False]),
        ("exists", True, [True, True, True, False]),
    ],
)
def test_json_properties_compare_as_asked(cmp: Any, value: Any, expected: list[bool]) -> None:
    rows = [('{"colour": "red"}', None, None), ('{"colour": "green"}', None, None), ('{"colour": 7}', None, None)]
    assert who_passes([Where("colour", cmp, value)], *rows, ('{"other": 1}', None, None)) == expected


def test_true_and_false_compare_with_their_words() -> None:
    rows = [('{"is_gift": true}', None, None), ('{"is_gift": false}', None, None), ("{}", None, None)]
    assert who_passes([Where("is_gift", "is", value=True)], *rows) == [True, False, False]


def test_every_test_must_hold() -> None:
    tests = [Where("amount", "gte", 10), Where("colour", "is", "red")]
    rows = [('{"colour": "red"}', None, 10), ('{"colour": "red"}', None, 9), ('{"colour": "blue"}', None, 10)]
    assert who_passes(tests, *rows) == [True, False, False]


def test_properties_that_are_no_json_fail_quietly() -> None:
    """A poisoned fact must not stop the others."""
    rows = [("not json", None, None), ("[1]", None, None), (None, None, None), ('{"colour": "red"}', None, None)]
    assert who_passes([Where("colour", "is", "red")], *rows) == [False, False, False, True]


def test_text_with_special_signs_is_only_text() -> None:
    rows = [(json.dumps({"colour": "a.*b"}), None, None), (json.dumps({"colour": "axxb"}), None, None)]
    assert who_passes([Where("colour", "contains", ".*")], *rows) == [True, False]


VALUES = st.one_of(st.none(), st.integers(-3, 3), st.sampled_from(["a", "ab", "b", "2", "-1"]))


def oracle(found: object, cmp: str, value: object) -> bool:
    """Say slowly whether a JSON value passes a test."""
    if cmp == "exists":
        return (found is not None) == value
    if found is None:
        return False
    if isinstance(value, int):
        try:
            left: Any = float(str(found))
        except ValueError:
            return False
    else:
        left = str(found)
    right: Any = value
    answers: dict[str, bool] = {
        "is": left == right,
        "is_not": left != right,
        "gt": left > right,
        "lte": left <= right,
        "contains": str(right) in str(left),
    }
    return answers[cmp]


@given(
    st.lists(VALUES, min_size=1, max_size=8),
    st.sampled_from(["is", "is_not", "gt", "lte", "contains", "exists"]),
    st.data(),
)
def test_tests_agree_with_the_slow_reading(found: list[object], cmp: Any, data: st.DataObject) -> None:
    text = st.sampled_from(["a", "b", "2", "ab"])
    value = data.draw(
        st.booleans() if cmp == "exists" else text if cmp == "contains" else st.one_of(st.integers(-3, 3), text)
    )
    rows = [(json.dumps({"p": one}), None, None) for one in found]
    assert who_passes([Where("p", cmp, value)], *rows) == [oracle(one, cmp, value) for one in found]
