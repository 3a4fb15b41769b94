"""A draft is read from a form's names, changed by its buttons, and never larger than a condition may be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.condition import ConditionTooLarge
from tenshu.web.console.segments.draft import (
    GROUPS,
    LEAVES,
    MOST_WHERES,
    Draft,
    acted,
    draft_of_fields,
    fields_of_draft,
    fresh,
    touched,
)


def tree() -> Draft:
    """Return all of (a trait, any of (a deed, a rank))."""
    return Draft("and", {}, [fresh("trait"), Draft("or", {}, [fresh("did"), fresh("rank")])])


def kinds(draft: Draft) -> list[object]:
    """Return the shape of a draft."""
    return [draft.kind, *[kinds(one) for one in draft.of]] if draft.is_group else [draft.kind]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=5)), max_size=30))
def test_names_that_are_not_ours_make_an_empty_draft(fields: list[tuple[str, str]]) -> None:
    strange = [(name, text) for name, text in fields if not name.startswith("c.")]
    assert draft_of_fields(strange) == Draft("and")


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["c.kind", "c.0.kind", "c.0.0.kind", "c.1.kind", "c.7.kind", "c.0.cmp"]), unique=True),
    st.data(),
)
def test_any_fields_make_some_draft(names: list[str], data: st.DataObject) -> None:
    """Missing groups, gaps between numbers, kinds that do not exist: nothing breaks."""
    texts = [data.draw(st.sampled_from(["and", "or", "none", "trait", "did", "bogus", ""])) for _ in names]
    draft = draft_of_fields(zip(names, texts, strict=True))
    assert all(one.kind in {*GROUPS, *LEAVES, ""} for one in draft.of)
    assert draft_of_fields(fields_of_draft(draft)) == draft


def test_fields_of_a_draft_make_the_draft_again() -> None:
    draft = tree()
    draft.of[0].said["value"] = ["one", "two"]
    assert draft_of_fields(fields_of_draft(draft)) == draft


def test_parts_stand_in_the_order_of_their_numbers() -> None:
    fields = [("c.kind", "or"), ("c.10.kind", "did"), ("c.2.kind", "trait"), ("c.9.kind", "rank")]
    assert kinds(draft_of_fields(fields)) == ["or", ["trait"], ["rank"], ["did"]]


@pytest.mark.parametrize(
    ("act", "shape"),
    [
        ("add:c:rank", ["and", ["trait"], ["or", ["did"], ["rank"]], ["rank"]]),
        ("add:c.1:none", ["and", ["trait"], ["or", ["did"], ["rank"], ["none"]]]),
        ("remove:c.0", ["and", ["or", ["did"], ["rank"]]]),
        ("remove:c.1.0", ["and", ["trait"], ["or", ["rank"]]]),
        ("wrap:c.0:or", ["and", ["or", ["trait"]], ["or", ["did"], ["rank"]]]),
        ("unwrap:c.1", ["and", ["trait"], ["did"], ["rank"]]),
    ],
)
def test_buttons_change_the_shape(act: str, shape: list[object]) -> None:
    assert kinds(acted(tree(), act)) == shape


@pytest.mark.parametrize(
    "act",
    [
        "",
        "add",
        "add:c:bogus",
        "add:c.0:rank",
        "remove:c",
        "remove:c.9",
        "remove:c.1.5.2",
        "wrap:c:or",
        "wrap:c.0:trait",
        "unwrap:c",
        "unwrap:c.0",
        "drop:c.0:3",
        "explode:c.0",
        "remove:c.0x",
        "add:d:rank",
        "::::",
    ],
)
def test_what_names_nothing_changes_nothing(act: str) -> None:
    draft = acted(tree(), act) if act not in {"add:d:rank", "remove:c.0x"} else tree()
    assert kinds(draft) == kinds(tree())


def test_details_are_added_and_left_out_one_by_one() -> None:
    draft = Draft("and", {}, [fresh("did")])
    for _ in range(3):
        acted(draft, "where:c.0")
    assert draft.of[0].wheres() == [0, 1, 2]
    draft.of[0].said["where.1.cmp"] = ["is"]
    assert acted(draft, "drop:c.0:1").of[0].wheres() == [0, 2]
    assert acted(draft, "where:c.0").of[0].wheres() == [0, 2, 3]


def test_no_more_details_than_the_grammar_allows() -> None:
    draft = Draft("and", {}, [fresh("did")])
    for _ in range(MOST_WHERES + 5):
        acted(draft, "where:c.0")
    assert len(draft.of[0].wheres()) == MOST_WHERES


def test_an_act_says_which_part_it_was_about() -> None:
    draft = acted(tree(), "add:c:rank")
    assert touched(draft, "add:c:rank") == {"c.2"}
    assert touched(acted(tree(), "wrap:c.0:or"), "wrap:c.0:or") == {"c.0.0"}
    assert touched(tree(), "where:c.1.0") == {"c.1.0"}
    assert touched(tree(), "") == {""}


@pytest.mark.parametrize(
    "fields",
    [
        [(f"c.{nth}.kind", "trait") for nth in range(10_000)],
        [("c" + ".0" * depth + ".kind", "or") for depth in range(40)],
    ],
)
def test_ten_thousand_parts_or_forty_levels_are_refused(fields: list[tuple[str, str]]) -> None:
    with pytest.raises(ConditionTooLarge) as refused:
        draft_of_fields(fields)
    assert "300" in refused.value.text("en")
