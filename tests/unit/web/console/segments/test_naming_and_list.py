"""Names for definitions, titles in two languages, and how the list of kept segments tells of each."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.condition import parse
from tenshu.kit.i18n import _, speaking
from tenshu.segment.saved import SavedSegment
from tenshu.web.console.segments.list_view import SegmentView, line_of, list_view, trend_in_words
from tenshu.web.console.segments.naming import fresh_name, title_of
from tenshu.web.console.segments.reading import draft_of, read
from tenshu.web.console.segments.recipes import RECIPES

AT = datetime(2026, 6, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("VIP", "vip"),
        ("VIP Tokyo!", "vip-tokyo"),
        ("  Spring   2026  ", "spring-2026"),
        ("bought-once", "bought-once"),
        ("--a--", "a"),
        ("Mothers' Day", "mothers-day"),
        ("2026 buyers", "segment-1"),
        ("東京の方", "segment-1"),
        ("VIP 東京", "segment-1"),
        ("café", "segment-1"),
        ("!!!", "segment-1"),
        ("", "segment-1"),
        ("new", "new-1"),
        ("New", "new-1"),
        ("segment", "segment-1"),
        ("a" * 200, "a" * 48),
        ("a" * 47 + " b", "a" * 47),
    ],
)
def test_a_title_in_latin_letters_names_its_segment_and_any_other_is_numbered(title: str, name: str) -> None:
    assert fresh_name(title, {}) == name


@pytest.mark.parametrize(
    ("title", "taken", "name"),
    [
        ("VIP", ["vip"], "vip-1"),
        ("VIP", ["vip", "vip-1", "vip-2"], "vip-3"),
        ("VIP", ["vip", "vip-2"], "vip-1"),
        ("東京", ["segment-1", "segment-3"], "segment-2"),
        ("new", ["new-1", "new-2"], "new-3"),
        ("vip 1", ["vip"], "vip-1"),
        ("a" * 60, ["a" * 48], "a" * 48 + "-1"),
    ],
)
def test_a_taken_name_gets_the_first_free_number(title: str, taken: list[str], name: str) -> None:
    assert fresh_name(title, dict.fromkeys(taken, 1)) == name


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["VIP", "vip", "new", "Segment", "東京", "1"]), max_size=30))
def test_however_many_are_kept_under_one_title_each_has_its_name(titles: list[str]) -> None:
    taken: dict[str, int] = {}
    for title in titles:
        taken[fresh_name(title, taken)] = 1
    assert len(taken) == len(titles)
    assert "new" not in taken


@pytest.mark.parametrize(
    ("language", "known", "titles"),
    [
        ("ja", None, {"ja": "T", "en": "T"}),
        ("en", None, {"ja": "T", "en": "T"}),
        ("ja", {}, {"ja": "T", "en": "T"}),
        ("ja", {"ja": "古", "en": "Old"}, {"ja": "T", "en": "Old"}),
        ("en", {"ja": "古", "en": "Old"}, {"ja": "古", "en": "T"}),
        ("en", {"ja": "古"}, {"ja": "古", "en": "T"}),
        ("en", {"en": "Old"}, {"ja": "T", "en": "T"}),
    ],
)
def test_a_new_title_leaves_the_other_language_alone(
    language: str, known: dict[str, str] | None, titles: dict[str, str]
) -> None:
    assert title_of("T", language, known) == titles


@settings(deadline=None)
@given(st.text(max_size=10), st.sampled_from(["ja", "en"]))
def test_naming_twice_is_naming_once(title: str, language: str) -> None:
    once = title_of(title, language, {"ja": "古", "en": "Old"})
    assert title_of(title, language, once) == once


@pytest.mark.parametrize(
    ("sizes", "points"),
    [
        ([], ""),
        ([7], ""),
        ([7, 7], "0.0,26.0 120.0,26.0"),
        ([0, 10], "0.0,26.0 120.0,2.0"),
        ([10, 0], "0.0,2.0 120.0,26.0"),
        ([0, 5, 10], "0.0,26.0 60.0,14.0 120.0,2.0"),
        ([100, 200, 100, 150], "0.0,26.0 40.0,2.0 80.0,26.0 120.0,14.0"),
    ],
)
def test_the_line_goes_up_where_more_came_and_fills_its_box(sizes: list[int], points: str) -> None:
    assert line_of(sizes) == points


@settings(deadline=None)
@given(st.lists(st.integers(0, 1_000), min_size=2, max_size=31), st.integers(0, 10**6))
def test_the_line_shows_the_change_and_not_the_size(sizes: list[int], more: int) -> None:
    assert line_of([one + more for one in sizes]) == line_of(sizes)


@pytest.mark.parametrize(
    ("sizes", "english", "japanese"),
    [
        ([1_000, 3_500, 2_500], "1,500 more than 2 days ago", "2日前より1,500人増えました"),
        ([2_500, 0, 1_000], "1,500 fewer than 2 days ago", "2日前より1,500人減りました"),
        ([5, 900, 0, 5], "as many as 3 days ago", "3日前と同じ人数です"),
        ([], "", ""),
    ],
)
def test_a_trend_compares_the_two_ends_in_both_languages(sizes: list[int], english: str, japanese: str) -> None:
    with speaking("en"):
        assert trend_in_words(sizes) == english
    with speaking("ja"):
        assert trend_in_words(sizes) == japanese


def saved(name: str, **titles: str) -> SavedSegment:
    """Return a kept segment."""
    condition = parse({"kind": "rank", "by": "decile", "cmp": "lte", "value": 2})
    return SavedSegment(name=name, version=1, title=titles, condition=condition, saved_at=AT, is_filled=True)


def told(size: int, reach: int | None = None, trend: list[int] | None = None) -> dict[str, Any]:
    """Return what the owner tells of a segment."""
    return {"size": size, "reach": reach, "trend": trend or []}


def listed(segments: list[SavedSegment], everybody: int, language: str = "en", **sizes: Any) -> list[SegmentView]:
    """Return the list."""
    with speaking(language):
        return list_view(segments, {"everybody": everybody, "segments": sizes}, currency="JPY", language=language)


def test_without_kept_segments_the_list_is_empty() -> None:
    assert listed([], 0) == []


def test_a_segment_without_a_title_in_the_language_is_called_by_its_name() -> None:
    (row,) = listed([saved("vip", ja="大事な方")], 10, vip=told(1))
    assert row.title == "vip"
    (row,) = listed([saved("vip", ja="大事な方")], 10, "ja", vip=told(1))
    assert row.title == "大事な方"


def test_equally_large_segments_keep_their_order() -> None:
    rows = listed([saved("b"), saved("a"), saved("c")], 10, a=told(5), b=told(5), c=told(6))
    assert [row.name for row in rows] == ["c", "b", "a"]


def test_shares_are_of_everybody_even_where_there_is_nobody() -> None:
    (row,) = listed([saved("a")], 0, a=told(0, 0))
    assert (row.share, row.reach_share, row.size, row.reach) == (0.0, 0.0, "0", "0")
    (row,) = listed([saved("a")], 4_000, a=told(3_000, 1_000))
    assert (row.share, row.reach_share, row.size, row.reach) == (0.75, 0.25, "3,000", "1,000")


def test_a_reach_that_is_not_known_is_a_dash_and_not_nothing() -> None:
    (row,) = listed([saved("a")], 10, a=told(5, None))
    assert (row.reach, row.reach_share) == ("–", 0.0)


def test_each_says_its_condition_in_the_language() -> None:
    (english,) = listed([saved("a")], 10, a=told(5, 1, [4, 5]))
    (japanese,) = listed([saved("a")], 10, "ja", a=told(5, 1, [4, 5]))
    assert english.sentence != japanese.sentence
    assert (english.line, english.trend) == ("0.0,26.0 120.0,2.0", "1 more than yesterday")
    assert japanese.line == english.line


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
@pytest.mark.parametrize("currency", ["JPY", "GBP"])
def test_a_ready_condition_opens_in_the_builder_and_is_kept_as_it_is(recipe: Any, currency: str) -> None:
    found = read(draft_of(recipe.parsed, currency), currency)
    assert (found.condition, found.problems) == (recipe.parsed, {})
    with speaking("ja"):
        assert _(recipe.title) != recipe.title
        assert _(recipe.why) != recipe.why
