"""The builder's form says what the condition says, over the whole grammar; what is unfinished is left out and told."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.condition import And, Condition, Did, Not, Or, Rank, Trait, parse
from tenshu.condition.grammar import Count, Sum, Where, Within
from tenshu.kit.i18n import speaking
from tenshu.web.console.segments.draft import Draft, draft_of_fields, fields_of_draft, fresh
from tenshu.web.console.segments.reading import draft_of, read, rooted
from tests.unit.condition.trees import TREES


def through_the_form(condition: Condition, currency: str) -> Condition | None:
    """Return what comes back when a condition is written into a form and the form is sent."""
    fields = list(fields_of_draft(draft_of(condition, currency)))
    return read(draft_of_fields(fields), currency).condition


@settings(deadline=None)
@given(TREES, st.sampled_from(["JPY", "GBP", "BHD"]))
def test_every_condition_of_the_grammar_comes_back_from_the_form(data: dict[str, Any], currency: str) -> None:
    """Whatever a file may say, the form can show, and saving it unchanged changes nothing."""
    condition = parse(data)
    assert through_the_form(condition, currency) == condition


@settings(max_examples=40, deadline=None)
@given(TREES, st.sampled_from(["JPY", "GBP"]))
def test_what_the_form_writes_reads_again_as_the_same_fields(data: dict[str, Any], currency: str) -> None:
    """Showing the form again, as every button does, changes no control."""
    once = draft_of(parse(data), currency)
    condition = read(once, currency).condition
    assert condition is not None
    assert list(fields_of_draft(draft_of(condition, currency))) == list(fields_of_draft(once))


@settings(max_examples=40, deadline=None)
@given(TREES)
def test_the_outermost_part_is_a_group_that_says_the_same(data: dict[str, Any]) -> None:
    condition = parse(data)
    draft = rooted(draft_of(condition, "JPY"))
    assert draft.is_group
    again = read(draft, "JPY").condition
    assert again == (condition if not isinstance(condition, Trait | Did | Rank) else And((condition,))) or (
        isinstance(again, And) and again.of == (condition,)
    )


@settings(max_examples=40, deadline=None)
@given(TREES)
def test_finished_parts_have_no_problem_and_each_its_condition(data: dict[str, Any]) -> None:
    found = read(rooted(draft_of(parse(data), "JPY")), "JPY")
    assert not found.problems
    assert found.parts["c"] == found.condition


@pytest.mark.parametrize(
    ("draft", "missing"),
    [
        (fresh("trait"), "Choose which attribute is compared."),
        (Draft("trait", {"trait": ["prefecture"], "cmp": ["is"]}), "Fill in what it is compared with."),
        (
            Draft("trait", {"trait": ["age"], "cmp": ["gte"], "as": ["number"], "value": ["old"]}),
            "Write a number here, such as 3.",
        ),
        (Draft("trait", {"trait": ["x"], "cmp": ["one_of"], "value": ["\n\n"]}), "Fill in what it is compared with."),
        (fresh("rank"), "Fill in what it is compared with."),
        (Draft("rank", {"by": ["decile"], "cmp": ["is"], "value": ["x"]}), "Fill in what it is compared with."),
        (Draft("did", {"event": [" "]}), "Choose what happened or did not happen."),
        (Draft("did", {"event": ["x"], "when": ["days"], "days": [""]}), "Write a number here, such as 3."),
        (Draft("did", {"event": ["x"], "when": ["between"]}), "Choose at least one of the two dates."),
        (Draft("did", {"event": ["x"], "count_cmp": ["gte"], "count_value": [""]}), "Write a number here, such as 3."),
        (Draft("did", {"event": ["x"], "where.0.field": [""]}), "Choose which detail is compared."),
        (Draft("or"), "This group is empty: add a condition to it."),
    ],
)
def test_what_is_missing_is_said_at_its_place_and_the_rest_counts(draft: Draft, missing: str) -> None:
    whole = Trait("prefecture", "is", "大阪府")
    with speaking("en"):
        found = read(Draft("and", {}, [draft_of(whole, "JPY"), draft]), "JPY")
    assert found.condition == And((whole,))
    assert found.problems == {"c.1": missing}


@pytest.mark.parametrize(
    ("draft", "word"),
    [
        (Draft("did", {"event": ["x; DROP TABLE facts"]}), "$"),
        (Draft("did", {"event": ["order_completed"], "where.0.field": ["secret"], "where.0.value": ["1"]}), "secret"),
        (Draft("trait", {"trait": ['"."x'], "cmp": ["is"], "value": ["1"]}), "$"),
        (Draft("trait", {"trait": ["a"], "cmp": ["matches"], "value": ["("]}), "matches"),
        (Draft("rank", {"by": ["rank"], "cmp": ["is"], "value": ["king"]}), "king"),
        (Draft("rank", {"by": ["shoe_size"], "cmp": ["is"], "value": ["1"]}), "shoe_size"),
        (Draft("did", {"event": ["x"], "when": ["days"], "days": ["-1"]}), "$"),
        (Draft("did", {"event": ["x"], "when": ["days"], "days": ["1.5"]}), "$"),
        (Draft("did", {"event": ["x"], "when": ["between"], "from": ["2026-02-30"]}), "$"),
        (Draft("did", {"event": ["x"], "count_cmp": ["gte"], "count_value": ["-3"]}), "$"),
        (Draft("did", {"event": ["x"], "sum_field": ["a b"], "sum_value": ["3"]}), "$"),
    ],
)
def test_what_the_grammar_refuses_is_refused_in_its_words(draft: Draft, word: str) -> None:
    """Names, comparisons and values that nobody could choose are no conditions, whatever a form sends."""
    with speaking("en"):
        found = read(Draft("and", {}, [draft]), "JPY")
    assert found.condition is None
    assert word in found.problems["c.0"]


def test_no_condition_at_all_is_no_problem() -> None:
    found = read(Draft("and"), "JPY")
    assert (found.condition, found.problems) == (None, {})


def test_none_of_several_is_what_neither_is() -> None:
    one, other = Trait("a", "is", "1"), Trait("b", "is", "2")
    drafts = [draft_of(one, "JPY"), draft_of(other, "JPY")]
    assert read(Draft("none", {}, drafts), "JPY").condition == Not(Or((one, other)))
    assert read(Draft("none", {}, drafts[:1]), "JPY").condition == Not(one)


def test_amounts_stand_in_the_form_as_money() -> None:
    """Minor units are for files; a person writes 12.50."""
    spent = Did(
        "order_completed",
        (Where("amount", "gte", 1250),),
        Within(days=30),
        None,
        Count("gte", 2),
        Sum("amount", "lt", 5),
    )
    draft = draft_of(spent, "GBP")
    assert (draft.text("where.0.value"), draft.text("sum_value")) == ("12.50", "0.05")
    assert read(draft, "GBP").condition == spent
    assert draft_of(spent, "JPY").text("where.0.value") == "1250"


def test_numbers_may_be_written_as_people_write_them() -> None:
    draft = Draft("trait", {"trait": ["points"], "cmp": ["gte"], "as": ["number"], "value": ["１，２００"]})
    assert read(draft, "JPY").condition == Trait("points", "gte", 1200)
    draft.said["as"] = ["text"]
    assert read(draft, "JPY").condition == Trait("points", "gte", "１，２００")
