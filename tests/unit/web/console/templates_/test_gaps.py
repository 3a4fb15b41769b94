"""For how many of an audience a merged field is blank, and who comes next in it."""

import polars as pl
import pytest

from tenshu.bootstrap import Shop
from tenshu.condition import parse
from tenshu.segment.saved import SegmentMissing, save_segment
from tenshu.testing.small_shop import MONDAY
from tenshu.web.console.templates_.gaps import audience, read_gaps, read_neighbours
from tests.unit.web.console.templates_.writing import words_of
from tests.unit.web.console.visiting import Visitor

NOW = MONDAY.isoformat()


@pytest.fixture
def cast(shop: Shop) -> str:
    """A segment of those of the cast who are called 佐藤 or 鈴木."""
    names = [{"kind": "trait", "trait": "last_name", "cmp": "is", "value": name} for name in ("佐藤", "鈴木")]
    one_of = {"kind": "or", "of": names}
    with shop.ledger.writing() as tx:
        save_segment(tx, "cast", {"ja": "二人", "en": "Two"}, parse(one_of), now=MONDAY)
    return "cast"


def asked(shop: Shop, *fields: str, segment: str = "") -> tuple[int, dict[str, int]]:
    told = read_gaps(shop, None, fields=list(fields), segment=segment, now=NOW)
    return told["base"], dict(told["blank"])


def test_everybody_s_blanks_are_counted(shop: Shop) -> None:
    assert asked(shop, "last_name", "company") == (8, {"last_name": 0, "company": 8})


def test_a_segment_s_blanks_are_counted_against_the_segment(shop: Shop, cast: str) -> None:
    assert asked(shop, "last_name", "prefecture", segment=cast) == (2, {"last_name": 0, "prefecture": 2})


def test_without_fields_only_the_audience_is_counted(shop: Shop) -> None:
    assert asked(shop) == (8, {})


def test_a_segment_that_is_not_kept_is_named(shop: Shop) -> None:
    with pytest.raises(SegmentMissing, match="gone"):
        asked(shop, "last_name", segment="gone")


def test_neighbours_of_everybody_are_the_next_numbers(shop: Shop) -> None:
    everybody = shop.warehouse.frame("SELECT DISTINCT customer FROM node_map ORDER BY customer")["customer"].to_list()
    for before, at, after in zip([None, *everybody], everybody, [*everybody[1:], None], strict=False):
        told = read_neighbours(shop, None, customer=at, segment="", now=NOW)
        assert told == {"before": before, "after": after, "first": everybody[0], "is_in": True}


def test_neighbours_in_a_segment_stay_in_it(shop: Shop, cast: str) -> None:
    inside = audience(shop, cast, now=MONDAY)
    assert isinstance(inside, pl.Series)
    first, second = inside.to_list()
    told = read_neighbours(shop, None, customer=first, segment=cast, now=NOW)
    assert told == {"before": None, "after": second, "first": first, "is_in": True}
    beyond = read_neighbours(shop, None, customer=10**9, segment=cast, now=NOW)
    assert beyond == {"before": second, "after": None, "first": first, "is_in": False}


def test_the_page_says_how_many_and_what_they_read_instead(marketer: Visitor) -> None:
    english = words_of(marketer.part("GET", "/templates/welcome/gaps?in=en").text)
    assert "8人のうち8人(100%)が未登録" in english
    assert "「Dear customer」" in english
    japanese = words_of(marketer.part("GET", "/templates/welcome/gaps?in=ja").text)
    assert "8人全員に登録があります" in japanese
    assert "代わりに" not in japanese


def test_the_page_asks_about_the_audience_that_was_chosen(marketer: Visitor, cast: str) -> None:
    page = words_of(marketer.part("GET", f"/templates/welcome/gaps?in=en&of={cast}").text)
    assert "2人のうち2人" in page
    assert f"of={cast}" in words_of(marketer.get(f"/templates/welcome?in=ja&of={cast}").text)


def test_whoever_leafs_through_a_segment_goes_on_with_somebody_of_it(shop: Shop, marketer: Visitor, cast: str) -> None:
    inside = audience(shop, cast, now=MONDAY)
    assert inside is not None
    outside = shop.warehouse.frame("SELECT max(customer) FROM node_map").item()
    assert outside not in inside
    page = marketer.part("GET", f"/templates/welcome/seen?in=ja&as={outside}&of={cast}").text
    assert f'name="as" value="{inside[0]}"' in page
    assert f'<option value="{cast}" selected>二人</option>' in page
    assert "対象: 二人" in page
    stays = marketer.part("GET", f"/templates/welcome/seen?in=ja&as={inside[1]}&of={cast}").text
    assert f'name="as" value="{inside[1]}"' in stays


def test_as_nobody_stays_nobody_in_every_audience(marketer: Visitor, cast: str) -> None:
    page = marketer.part("GET", f"/templates/welcome/seen?in=ja&as=0&of={cast}").text
    assert 'name="as" value="0"' in page
    assert "お名前の分からない方" in page


def test_a_segment_that_has_gone_is_told_in_words(marketer: Visitor) -> None:
    answer = marketer.part("GET", "/templates/welcome/gaps?in=en&of=gone")
    assert answer.status_code == 400
    assert "gone" in answer.text
