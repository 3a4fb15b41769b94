"""Walking a template: openings and closings, in one pass."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.stretch import LIQUID, Stretch, replaced, stretches


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("no liquid { } % here", []),
        ("{{ a }}", ["{{ a }}"]),
        ("x{{a}}y{% b %}z", ["{{a}}", "{% b %}"]),
        ("{% a %}{{ b }}{% c %}", ["{% a %}", "{{ b }}", "{% c %}"]),
        ("{{ '{% a %}' }}", ["{{ '{% a %}' }}"]),  # inside another: part of it
        ("{% if a < 3 %}", ["{% if a < 3 %}"]),
        ("{{ a\nb }}", ["{{ a\nb }}"]),
        ("}} {{ a }}", ["{{ a }}"]),
    ],
)
def test_stretches_are_found_in_order(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in stretches(text, LIQUID)] == found


def test_unclosed_opening_is_told_once_and_the_rest_is_still_found() -> None:
    assert list(stretches("{{ {{ {{ {% a %}", LIQUID)) == [Stretch(0, -1), Stretch(9, 16)]


def test_replaced_keeps_everything_between() -> None:
    assert replaced("a{{b}}c{%d%}e{{", LIQUID, lambda found: f"<{len(found)}>") == "a<5>c<5>e{{"


def test_replaced_follows_the_pairs_that_it_is_given() -> None:
    assert replaced("a<!-- b -->c{{ d }}", (("<!--", "-->"),), lambda _: "") == "ac{{ d }}"


@given(st.text(alphabet="{}%ab ", max_size=80))
def test_replacing_each_stretch_by_itself_changes_nothing(text: str) -> None:
    assert replaced(text, LIQUID, lambda found: found) == text


@given(st.text(alphabet="{}%ab ", max_size=80))
def test_closed_stretches_do_not_overlap(text: str) -> None:
    spans = [stretch for stretch in stretches(text, LIQUID) if stretch.end >= 0]
    assert all(before.end <= after.start for before, after in pairwise(spans))


def test_a_hundred_thousand_openings_are_one_walk() -> None:
    assert list(stretches("{{" * 100_000, LIQUID)) == [Stretch(0, -1)]
    assert list(stretches("{{{%" * 50_000, LIQUID)) == [Stretch(0, -1), Stretch(2, -1)]
