"""Names of fields and buttons that no form would send, and what every button leaves as it was."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.condition import parse
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
from tenshu.web.console.segments.reading import read

LEAF = st.sampled_from(LEAVES).map(fresh)


def group(inner: st.SearchStrategy[Draft]) -> st.SearchStrategy[Draft]:
    """Return groups of such parts."""
    return st.builds(Draft, st.sampled_from(GROUPS), st.builds(dict), st.lists(inner, max_size=4))


DRAFTS = group(st.recursive(LEAF, group, max_leaves=8))


def leaves(draft: Draft) -> list[Draft]:
    """Return the leaves of a draft, in order."""
    return [leaf for one in draft.of for leaf in leaves(one)] if draft.is_group else [draft]


def groups(draft: Draft, path: str = "c") -> list[str]:
    """Return the paths of all groups."""
    inner = [found for nth, one in enumerate(draft.of) for found in groups(one, f"{path}.{nth}")]
    return [path, *inner] if draft.is_group else []


@settings(max_examples=25, deadline=None)
@given(DRAFTS)
def test_a_draft_comes_back_from_its_fields(draft: Draft) -> None:
    assert draft_of_fields(fields_of_draft(draft)) == draft


@settings(max_examples=25, deadline=None)
@given(DRAFTS, st.data())
def test_what_is_added_and_removed_again_leaves_everything_as_it_was(draft: Draft, data: st.DataObject) -> None:
    before = copy.deepcopy(draft)
    path = data.draw(st.sampled_from(groups(draft)))
    kind = data.draw(st.sampled_from(GROUPS + LEAVES))
    added = acted(draft, f"add:{path}:{kind}")
    assert len(leaves(added)) == len(leaves(before)) + (kind in LEAVES)
    (place,) = touched(added, f"add:{path}:trait")
    assert acted(added, f"remove:{place}") == before


@settings(max_examples=25, deadline=None)
@given(DRAFTS, st.sampled_from(GROUPS))
def test_what_is_wrapped_and_unwrapped_again_is_what_it_was(draft: Draft, kind: str) -> None:
    before = copy.deepcopy(draft)
    for nth in range(len(draft.of)):
        acted(draft, f"wrap:c.{nth}:{kind}")
    assert [one.kind for one in draft.of] == [kind] * len(before.of)
    for nth in range(len(draft.of)):
        acted(draft, f"unwrap:c.{nth}")
    assert draft == before


@settings(max_examples=25, deadline=None)
@given(DRAFTS, st.data())
def test_dissolving_a_group_loses_none_of_its_parts(draft: Draft, data: st.DataObject) -> None:
    before = [one.kind for one in leaves(draft)]
    path = data.draw(st.sampled_from(groups(draft)))
    assert [one.kind for one in leaves(acted(draft, f"unwrap:{path}"))] == before


@pytest.mark.parametrize(
    "name",
    [
        "kind",
        "c",
        "c.",
        "c..kind",
        "C.kind",
        "c.kind ",
        " c.kind",
        "c.0000.kind",
        "c.-1.kind",
        "c.٣.kind",
        "c.0.Kind",
        "c.0._kind",
        "c.0.where.100.field",
        "c.0.where.0.field.more",
        "c.0.where.0.Field",
        "c.0.kind\n",
        "d.0.kind",
        "c/0/kind",
        "c.0.__class__",
    ],
)
def test_names_that_no_form_writes_are_passed_over(name: str) -> None:
    assert draft_of_fields([(name, "or")]) == Draft("and")


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ([("c.0.kind", "trait")], []),
        ([("c.kind", "or"), ("c.0.0.kind", "trait")], []),
        ([("c.kind", "or"), ("c.0.kind", "trait"), ("c.0.0.kind", "rank")], ["trait"]),
        ([("c.kind", "or"), ("c.0.kind", "DROP TABLE"), ("c.1.kind", "rank")], ["", "rank"]),
        ([("c.kind", "or"), ("c.999.kind", "did"), ("c.5.kind", "rank")], ["rank", "did"]),
    ],
)
def test_parts_without_a_group_to_hold_them_are_no_parts(fields: list[tuple[str, str]], kinds: list[str]) -> None:
    assert [one.kind for one in draft_of_fields(fields).of] == kinds


def test_all_texts_of_a_control_are_kept_in_their_order_and_the_first_is_the_text() -> None:
    fields = [("c.kind", "and"), ("c.0.kind", "rank"), ("c.0.value", "loyal"), ("c.0.value", "best")]
    part = draft_of_fields(fields).of[0]
    assert part.said == {"value": ["loyal", "best"]}
    assert (part.text("value"), part.text("by"), part.text("by", "rank")) == ("loyal", "", "rank")


def test_a_control_without_a_text_has_the_text_it_has_by_default() -> None:
    assert Draft("trait", {"cmp": []}).text("cmp", "is") == "is"
    assert Draft("trait", {"cmp": [""]}).text("cmp", "is") == "", "an emptied control is empty"


@pytest.mark.parametrize("kind", GROUPS + LEAVES)
def test_a_fresh_part_is_of_its_kind_and_shares_nothing_with_the_next(kind: str) -> None:
    one, other = fresh(kind), fresh(kind)
    assert (one.kind, one.is_group, one.of) == (kind, kind in GROUPS, [])
    one.said["x"] = ["y"]
    one.of.append(other)
    assert fresh(kind) == other


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("did", {"kind": "did", "event": "order_completed", "within": {"days": 90}}),
        ("did_not", {"kind": "did_not", "event": "order_completed", "within": {"days": 180}}),
    ],
)
def test_a_fresh_deed_can_be_counted_at_once(kind: str, said: dict[str, object]) -> None:
    """Whoever adds it sees a number before having chosen anything."""
    assert read(fresh(kind), "JPY").condition == parse(said)


@pytest.mark.parametrize("kind", ["trait", "rank"])
def test_a_fresh_attribute_or_rank_waits_for_a_choice(kind: str) -> None:
    found = read(fresh(kind), "JPY")
    assert (found.condition, list(found.problems)) == (None, ["c"])


@pytest.mark.parametrize("verb", ["add", "remove", "wrap", "unwrap", "where", "drop"])
@pytest.mark.parametrize("number", ["9" * 30, "9" * 5_000])
def test_a_part_of_an_endless_number_is_not_there(verb: str, number: str) -> None:
    draft = Draft("and", {}, [fresh("did")])
    act = f"{verb}:c.{number}:or"
    assert acted(draft, act) == Draft("and", {}, [fresh("did")])
    assert touched(draft, act)


def test_leaving_out_a_detail_leaves_out_all_of_it_and_nothing_that_begins_alike() -> None:
    said = {f"where.{nth}.{name}": ["x"] for nth in (1, 10, 11) for name in ("field", "cmp", "value", "as")}
    draft = Draft("and", {}, [Draft("did", {"event": ["x"], **said})])
    assert acted(draft, "drop:c.0:1").of[0].wheres() == [10, 11]
    assert acted(draft, "drop:c.0:").of[0].wheres() == [10, 11]
    assert acted(draft, "drop:c.0:10").of[0].wheres() == [11]
    assert draft.of[0].text("event") == "x"


def test_a_detail_can_be_added_and_left_out_for_ever() -> None:
    """What a button adds is in the form that it makes, however often it was pressed."""
    draft = Draft("and", {}, [fresh("did")])
    acted(draft, "where:c.0")
    for _ in range(150):
        acted(draft, "where:c.0")
        draft = draft_of_fields(fields_of_draft(draft))
        first, *others = draft.of[0].wheres()
        assert len(others) == 1
        acted(draft, f"drop:c.0:{first}")


def test_details_stand_in_the_order_in_which_they_were_added() -> None:
    draft = Draft("and", {}, [fresh("did")])
    for nth in range(MOST_WHERES):
        acted(draft, "where:c.0")
        assert draft.of[0].wheres() == list(range(nth + 1))
