"""Whatever one presses in the builder, in whatever order, the form stays one that can be read."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.condition import parse
from tenshu.condition.parse import MOST_DEPTH
from tenshu.kit.i18n import speaking
from tenshu.web.console.segments.builder_view import PartView, part_view
from tenshu.web.console.segments.controls import Known
from tenshu.web.console.segments.draft import GROUPS, LEAVES, Draft, acted, draft_of_fields, fields_of_draft, touched
from tenshu.web.console.segments.reading import draft_of, read, rooted
from tests.unit.condition.trees import TREES

KNOWN = Known((), {}, (), "JPY")
PATHS = st.lists(st.integers(0, 3), max_size=4).map(lambda places: ".".join(["c", *map(str, places)]))
ACTS = st.one_of(
    st.builds("add:{}:{}".format, PATHS, st.sampled_from([*GROUPS, *LEAVES])),
    st.builds("{}:{}".format, st.sampled_from(["remove", "unwrap", "where"]), PATHS),
    st.builds("wrap:{}:{}".format, PATHS, st.sampled_from(GROUPS)),
    st.builds("drop:{}:{}".format, PATHS, st.integers(0, 3)),
    st.text(max_size=12),
)


def nothing(_trait: str, _event: str, _field: str) -> list[tuple[str, str]]:
    """Return no suggestions."""
    return []


def paths(part: PartView) -> list[str]:
    """Return the paths of a part and of those in it."""
    return [part.path, *[path for inner in part.of for path in paths(inner)]]


def depth(draft: Draft) -> int:
    """Return how many levels a draft has."""
    return 1 + max((depth(one) for one in draft.of), default=0)


@settings(max_examples=60, deadline=None)
@given(TREES, st.lists(ACTS, max_size=8), st.sampled_from(["ja", "en"]))
def test_any_buttons_leave_a_form_that_reads_and_shows(data: dict[str, Any], acts: list[str], language: str) -> None:
    """Each press sends the whole form and gets it back: nothing breaks, and nothing else is lost."""
    draft = rooted(draft_of(parse(data), "JPY"))
    for act in acts:
        draft = acted(draft, act)
        touched(draft, act)
        if depth(draft) > MOST_DEPTH:
            return
        assert draft_of_fields(fields_of_draft(draft)) == draft
    with speaking(language):
        found = read(draft, "JPY")
        shown = part_view(draft, found, KNOWN, nothing)
    assert len(set(paths(shown))) == len(paths(shown))
    assert found.problems.keys() <= set(paths(shown))
    assert found.parts.keys() <= set(paths(shown))


@settings(max_examples=40, deadline=None)
@given(TREES)
def test_wrapping_and_dissolving_is_doing_nothing(data: dict[str, Any]) -> None:
    draft = Draft("and", {}, [draft_of(parse(data), "JPY")])
    before = list(fields_of_draft(draft))
    assert list(fields_of_draft(acted(acted(draft, "wrap:c.0:or"), "unwrap:c.0"))) == before


@settings(max_examples=40, deadline=None)
@given(TREES, st.sampled_from([*GROUPS, *LEAVES]))
def test_adding_and_removing_is_doing_nothing(data: dict[str, Any], kind: str) -> None:
    draft = rooted(draft_of(parse(data), "JPY"))
    before, last = list(fields_of_draft(draft)), len(draft.of)
    assert list(fields_of_draft(acted(acted(draft, f"add:c:{kind}"), f"remove:c.{last}"))) == before


@settings(max_examples=40, deadline=None)
@given(TREES, TREES)
def test_an_unfinished_part_takes_nothing_from_the_others(data: dict[str, Any], other: dict[str, Any]) -> None:
    one, two = draft_of(parse(data), "JPY"), draft_of(parse(other), "JPY")
    alone = read(Draft("and", {}, [one, two]), "JPY").condition
    assert read(Draft("and", {}, [one, Draft("trait"), two, Draft("or")]), "JPY").condition == alone
