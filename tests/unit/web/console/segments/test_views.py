"""What the builder and the list show: words, shares, lines."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.condition import parse, sentence
from tenshu.kit.i18n import speaking
from tenshu.segment.saved import SavedSegment
from tenshu.web.console.segments.builder_view import PartView, funnel_steps, live_view, part_id, part_view
from tenshu.web.console.segments.controls import Control, Known
from tenshu.web.console.segments.draft import Draft, draft_of_fields, fields_of_draft
from tenshu.web.console.segments.list_view import line_of, list_view, trend_in_words
from tenshu.web.console.segments.naming import fresh_name, title_of
from tenshu.web.console.segments.reading import draft_of, read, rooted
from tenshu.web.console.segments.recipes import RECIPES
from tests.unit.condition.trees import TREES

KNOWN = Known(("page_viewed",), {"email_clicked": ("journey", "n"), "x": ("journey", "n")}, ("points",), "JPY")
AT = datetime(2026, 6, 1, 3, tzinfo=UTC)


def nothing(_trait: str, _event: str, _field: str) -> list[tuple[str, str]]:
    """Return no suggestions."""
    return []


def view_of(data: dict[str, Any]) -> PartView:
    """Return the builder's view of a condition."""
    draft = rooted(draft_of(parse(data), "JPY"))
    return part_view(draft, read(draft, "JPY"), KNOWN, nothing)


def controls_of(part: PartView) -> list[Control]:
    """Return all controls of a part and of the parts in it."""
    return [one for line in part.lines for one in line] + [one for inner in part.of for one in controls_of(inner)]


def kinds_of(part: PartView) -> list[tuple[str, str]]:
    """Return the name and value of the kind of each part, which the template writes."""
    return [(f"{part.path}.kind", part.kind)] + [pair for inner in part.of for pair in kinds_of(inner)]


@settings(max_examples=40, deadline=None)
@given(TREES, st.sampled_from(["ja", "en"]))
def test_the_controls_on_the_page_hold_the_whole_condition(data: dict[str, Any], language: str) -> None:
    """What the page shows, sent back by a browser, is the condition: nothing lies in what is not shown."""
    with speaking(language):
        shown = view_of(data)
    fields = kinds_of(shown)
    for control in controls_of(shown):
        if control.kind in {"drop", "add"}:
            continue
        values = control.values if control.kind == "checks" else (control.value,)
        if control.kind == "select":
            assert control.value in dict(control.options), (control.name, control.value)
        fields += [(control.name, value) for value in values]
    condition = parse(data)
    assert read(draft_of_fields(fields), "JPY").condition == read(rooted(draft_of(condition, "JPY")), "JPY").condition


@settings(max_examples=40, deadline=None)
@given(TREES)
def test_every_control_has_a_name_of_its_own_and_words_for_those_who_cannot_see(data: dict[str, Any]) -> None:
    with speaking("en"):
        found = controls_of(view_of(data))
    assert len({one.id for one in found}) == len(found)
    assert all(one.label for one in found)
    assert not any(set(one.id) & set(". #:") for one in found)


@settings(max_examples=40, deadline=None)
@given(TREES, st.sampled_from(["ja", "en"]))
def test_each_part_says_its_sentence(data: dict[str, Any], language: str) -> None:
    with speaking(language):
        shown = view_of(data)

    def leaves(part: PartView) -> list[PartView]:
        return [one for inner in part.of for one in leaves(inner)] if part.is_group else [part]

    draft = rooted(draft_of(parse(data), "JPY"))
    said = read(draft, "JPY").parts
    assert all(one.sentence == sentence(said[one.path], language, currency="JPY") for one in leaves(shown))


def test_unfinished_parts_are_open_and_say_what_is_missing() -> None:
    draft = Draft(
        "and",
        {},
        [Draft("trait", {"trait": ["points"]}), Draft("rank", {"by": ["decile"], "cmp": ["is"], "value": ["1"]})],
    )
    with speaking("en"):
        shown = part_view(draft, read(draft, "JPY"), KNOWN, nothing)
    assert [(one.is_open, one.problem) for one in shown.of] == [
        (True, "Fill in what it is compared with."),
        (False, ""),
    ]


def test_what_the_data_hold_can_be_chosen() -> None:
    with speaking("en"):
        trait = view_of({"kind": "trait", "trait": "points", "cmp": "is", "value": "1"})
        deed = view_of({"kind": "did", "event": "page_viewed"})
    assert "points" in dict(controls_of(trait)[0].options)
    assert dict(controls_of(deed)[0].options)["page_viewed"] == "page_viewed"
    assert dict(controls_of(deed)[0].options)["order_completed"] == "placed an order"


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=5).map(lambda counts: sorted(counts, reverse=True)))
def test_the_funnel_only_narrows_and_tells_whom_it_loses(counts: list[int]) -> None:
    codes = ["matched", "has_address", "has_consent", "not_suppressed", "not_capped"]
    with speaking("en"):
        steps = funnel_steps([list(pair) for pair in zip(codes, counts, strict=True)])
    assert [step.people for step in steps] == [f"{count:,}" for count in counts]
    assert all(0 <= step.share <= 1 for step in steps)
    lost = [int(step.lost.split()[0].replace(",", "")) if step.lost else 0 for step in steps]
    assert sum(lost) == counts[0] - counts[-1]
    assert [step.is_last for step in steps] == [False] * 4 + [True]


def test_while_the_reach_is_counted_the_number_is_there() -> None:
    found = read(rooted(draft_of(parse({"kind": "did", "event": "x"}), "JPY")), "JPY")
    counted = {"is_overtaken": False, "matched": 1234, "everybody": 5000, "reach": None, "as_of": AT}
    with speaking("en"):
        live = live_view(found, counted, currency="JPY", zone="Asia/Tokyo")
        old = live_view(found, {"is_overtaken": True}, currency="JPY", zone="Asia/Tokyo")
    assert (live.matched, live.is_waiting, live.steps, live.as_of) == ("1,234", True, (), "1 June 2026, 12:00")
    assert old.is_overtaken


def test_nothing_written_is_nothing_counted() -> None:
    live = live_view(read(Draft("and"), "JPY"), None, currency="JPY", zone="UTC")
    assert (live.sentence, live.condition, live.is_waiting, live.parts) == ("", "", False, ())


def test_ids_can_stand_in_a_selector() -> None:
    assert part_id("c.0.11") == "part-c-0-11"


def test_ready_conditions_are_conditions_with_words_and_reasons() -> None:
    assert len({recipe.title for recipe in RECIPES}) == len(RECIPES) == 3
    for recipe in RECIPES:
        assert list(fields_of_draft(draft_of(recipe.parsed, "JPY")))
        assert recipe.why


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=31))
def test_a_line_stays_in_its_box(sizes: list[int]) -> None:
    points = [tuple(map(float, point.split(","))) for point in line_of(sizes).split()]
    assert len(points) == len(sizes)
    assert all(0 <= x <= 120 and 0 <= y <= 28 for x, y in points)
    assert points[0][0] == 0
    assert points[-1][0] == pytest.approx(120, abs=0.1)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([], ""),
        ([5, 5, 5], "as many as 2 days ago"),
        ([5, 9], "4 more than yesterday"),
        ([9, 5], "4 fewer than yesterday"),
    ],
)
def test_a_trend_is_said_in_words(sizes: list[int], words: str) -> None:
    with speaking("en"):
        assert trend_in_words(sizes) == words


def test_the_list_goes_from_large_to_small_and_shows_titles_in_the_language() -> None:
    saved = [
        SavedSegment(
            name=name,
            version=1,
            title={"ja": f"{name}の方", "en": f"The {name}"},
            condition=parse({"kind": "did", "event": "x"}),
            saved_at=AT,
            is_filled=True,
        )
        for name in ("few", "many")
    ]
    sizes = {
        "everybody": 100,
        "segments": {
            "few": {"size": 5, "reach": None, "trend": []},
            "many": {"size": 50, "reach": 25, "trend": [40, 50]},
        },
    }
    with speaking("en"):
        rows = list_view(saved, sizes, currency="JPY", language="en")
    assert [(row.title, row.size, row.reach) for row in rows] == [("The many", "50", "25"), ("The few", "5", "–")]
    assert (rows[0].share, rows[0].reach_share, rows[1].reach_share) == (0.5, 0.25, 0.0)


@settings(deadline=None)
@given(st.text(max_size=60), st.sets(st.sampled_from(["segment-1", "segment-2", "vip", "new", "segment"])))
def test_names_for_definitions_are_always_fit_and_fresh(title: str, taken: set[str]) -> None:
    name = fresh_name(title, dict.fromkeys(taken, 1))
    assert name not in taken | {"new", "edit", "count", "save"}
    assert name.isascii()
    assert name[0].isalpha()
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(name) <= 64


def test_a_title_is_for_both_languages_until_the_other_has_its_own() -> None:
    assert title_of("買った方", "ja", None) == {"ja": "買った方", "en": "買った方"}
    assert title_of("Buyers", "en", {"ja": "買った方", "en": "買った方"}) == {"ja": "買った方", "en": "Buyers"}
    assert title_of("Buyers", "en", {"ja": "買った方", "en": "Old"}) == {"ja": "買った方", "en": "Buyers"}
