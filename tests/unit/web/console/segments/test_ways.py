"""Sizes are compared by what the values are: points as numbers, days as days, and by somebody's word before all."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.condition import Trait
from tenshu.condition.fields import LINES
from tenshu.kit.i18n import speaking
from tenshu.web.console.segments.controls import Control, Known, controls
from tenshu.web.console.segments.draft import Draft
from tenshu.web.console.segments.reading import draft_of, read
from tenshu.web.console.segments.ways import FOUND, SIZES, WAYS, chosen_way, is_date, settle, way_of_values, ways_of

OFTEN = {
    "points": ["9", "10", "-2.5"],
    "birthday": ["1990-05-12", "2001-12-31"],
    "postal_code": ["060-0001", "1000001"],
    "code": ["007", "12"],
    "seconds": ["3", "40"],
}


def often(trait: str, event: str, field: str) -> Sequence[tuple[str, str]]:
    return [(value, "") for value in OFTEN.get(trait or field, [])]


def compared(trait: str, value: str, cmp: str = "gte", way: str = "") -> Draft:
    said = {"trait": [trait], "cmp": [cmp], "value": [value], "as": [way]}
    return settle(Draft("trait", said), often)


def said(draft: Draft) -> object:
    """Return the value that the draft compares with; None when it is not finished."""
    condition = read(draft, "JPY").condition
    return condition.value if isinstance(condition, Trait) else None


def control(draft: Draft, name: str) -> Control:
    known = Known((), {}, tuple(OFTEN), "JPY")
    (line,) = controls(draft, "c.0", known, often)
    return next(one for one in line if one.name == f"c.0.{name}")


@pytest.mark.parametrize(
    ("values", "way"),
    [
        (["9", "10"], "number"),
        (["0", "-1.25", "999999999999999"], "number"),
        (["2026-02-28", "1899-01-01"], "date"),
        (["2026-02-30"], "text"),
        (["2026-02-28", "9"], "text"),
        (["007"], "text"),
        (["9999999999999999"], "text"),
        (["1e3"], "text"),
        (["9", "many"], "text"),
        ([""], "text"),
        ([], "text"),
    ],
)
def test_values_are_of_a_kind_when_all_of_them_are(values: list[str], way: str) -> None:
    assert way_of_values(values) == way


@given(st.dates())
def test_every_day_as_it_is_kept_is_a_date(day: object) -> None:
    assert is_date(str(day))


@pytest.mark.parametrize("cmp", SIZES)
def test_points_are_compared_as_numbers_and_birthdays_as_dates_though_nobody_says_so(cmp: str) -> None:
    assert said(compared("points", "１０", cmp)) == 10
    assert said(compared("birthday", "1990-05-12", cmp)) == "1990-05-12"
    assert said(compared("postal_code", "1000000", cmp)) == "1000000"
    assert said(compared("code", "007", cmp)) == "007"
    assert said(compared("points", "ten", cmp)) is None
    assert said(compared("birthday", "yesterday", cmp)) is None


def test_what_somebody_chooses_comes_before_what_the_values_are() -> None:
    assert said(compared("points", "10", way="text")) == "10"
    assert said(compared("code", "12", way="number")) == 12
    assert said(compared("birthday", "1990", way="text")) == "1990"


def test_equal_is_compared_as_written_whatever_the_values_are() -> None:
    assert said(compared("points", "10", "is")) == "10"
    assert said(compared("points", "10", "is", "number")) == 10


@pytest.mark.parametrize(("trait", "kind"), [("points", "number"), ("birthday", "date"), ("code", "text")])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_is_explained_which_way_was_chosen_and_every_other_can_be(trait: str, kind: str, language: str) -> None:
    with speaking(language):
        draft = compared(trait, "")
        asked = control(draft, "as")
    assert control(draft, "value").kind == kind
    assert asked.value == ""
    assert [value for value, _words in asked.options] == ["", *ways_of("free", "gte")]
    words = dict(asked.options)
    assert len(set(words.values())) == 4
    assert words[""] == FOUND[kind] or language == "ja"
    assert control(compared(trait, "", way="text"), "as").value == "text"


def test_a_choice_made_while_texts_are_equal_does_not_stick_to_sizes() -> None:
    """The plain choice of "is" is no choice: the form sends it back empty, and sizes go by the values."""
    equal = control(compared("points", "10", "is"), "as")
    assert equal.value == ""
    assert said(compared("points", "10", "gt", equal.value)) == 10


def test_a_kept_condition_opens_as_it_was_kept() -> None:
    for value, way in (("10", "text"), (10, "number"), ("1990-05-12", "date"), ("1990", "text")):
        kept = Trait("points", "gte", value)
        draft = settle(draft_of(kept, "JPY"), often)
        assert control(draft, "as").value == way
        assert read(draft, "JPY").condition == kept


def test_details_of_an_event_go_by_their_values_where_nothing_else_says_what_they_are() -> None:
    fields = {"where.0.field": ["seconds"], "where.0.cmp": ["gt"], "where.0.value": ["9"]}
    free = settle(Draft("did", {"event": ["page_viewed"], **fields}), often)
    assert free.said["where.0.found"] == ["number"]
    assert chosen_way(free, "where.0.", ways_of("free", "gt")) == "number"
    typed = {"where.0.field": ["product_id"], "where.0.cmp": ["gt"], "where.0.value": ["9"]}
    assert "where.0.found" not in settle(Draft("did", {"event": [LINES[0]], **typed}), often).said


def test_what_a_form_says_was_found_is_looked_up_again() -> None:
    draft = Draft("trait", {"trait": ["code"], "cmp": ["gt"], "value": ["12"], "found": ["number"]})
    assert said(settle(draft, often)) == "12"
    assert "found" not in settle(Draft("trait", {"trait": [""], "found": ["number"]}), often).said


def test_every_way_has_words() -> None:
    assert set(FOUND) <= set(WAYS)
    assert {way for cmp in SIZES for way in ways_of("free", cmp)} <= set(WAYS)
