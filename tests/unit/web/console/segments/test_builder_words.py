"""The builder's view of every kind of condition: sentences, what is open, what is left out, what is lost on the way."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tenshu.condition import dump, parse
from tenshu.kit.i18n import _, speaking
from tenshu.web.console.segments.builder_view import (
    ADDED,
    KINDS,
    LEAF_KINDS,
    as_json,
    funnel_steps,
    live_view,
    part_id,
    part_view,
    said_in_words,
)
from tenshu.web.console.segments.controls import Known
from tenshu.web.console.segments.draft import GROUPS, LEAVES, Draft, fresh
from tenshu.web.console.segments.reading import draft_of, read

KNOWN = Known((), {}, (), "JPY")
AT = datetime(2026, 6, 1, 3, tzinfo=UTC)
TOKYO = {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "東京都"}
BOUGHT = {"kind": "did", "event": "order_completed", "within": {"days": 90}}
QUIET = {"kind": "did_not", "event": "order_completed", "within": {"days": 180}}
BEST = {"kind": "rank", "by": "rank", "cmp": "one_of", "value": ["best", "loyal"]}
EVERY_KIND = [
    TOKYO,
    BOUGHT,
    QUIET,
    BEST,
    {"kind": "rank", "by": "decile", "cmp": "lte", "value": 2},
    {"kind": "rank", "by": "rfm.recency", "cmp": "is", "value": 5},
    {"kind": "trait", "trait": "birthday", "cmp": "exists", "value": True},
    {"kind": "trait", "trait": "points", "cmp": "gte", "value": 100},
    {"kind": "did", "event": "product_purchased", "where": [{"field": "product_id", "cmp": "is", "value": "tea"}]},
    {"kind": "did", "event": "order_completed", "count": {"cmp": "gte", "value": 3}},
    {"kind": "did", "event": "order_completed", "sum": {"field": "amount", "cmp": "gte", "value": 10_000}},
    {"kind": "did", "event": "order_completed", "between": {"from": "2026-04-01", "to": "2026-04-30"}},
    {"kind": "did", "event": "email_clicked", "within": {"hours": 12}},
    {"kind": "and", "of": [TOKYO, BOUGHT]},
    {"kind": "or", "of": [TOKYO, BEST]},
    {"kind": "not", "of": QUIET},
]


def nothing(_trait: str, _event: str, _field: str) -> list[tuple[str, str]]:
    """Return no suggestions."""
    return []


def counted(**more: Any) -> dict[str, Any]:
    """Return the owner's answer."""
    told = {"is_overtaken": False, "matched": 25, "everybody": 100, "reach": None, "as_of": AT}
    return told | more


def of(*parts: dict[str, Any] | Draft, kind: str = "and") -> Draft:
    """Return a group of conditions and drafts."""
    return Draft(kind, {}, [one if isinstance(one, Draft) else draft_of(parse(one), "JPY") for one in parts])


@pytest.mark.parametrize("said", EVERY_KIND)
def test_every_kind_of_condition_is_said_in_both_languages(said: dict[str, Any]) -> None:
    words = {}
    for language in ("en", "ja"):
        with speaking(language):
            words[language] = said_in_words(parse(said), "JPY")
    assert words["en"] != words["ja"]
    assert "{" not in words["en"] + words["ja"], "every name in the sentence is filled in"
    assert not any("a" <= mark <= "z" for mark in words["ja"].replace("tea", "").replace("points", "")), words["ja"]


@pytest.mark.parametrize("said", EVERY_KIND)
def test_what_stands_in_the_address_is_the_condition(said: dict[str, Any]) -> None:
    condition = parse(said)
    assert json.loads(as_json(condition)) == dump(condition)
    assert parse(json.loads(as_json(condition))) == condition


@pytest.mark.parametrize(("path", "ident"), [("c", "part-c"), ("c.0", "part-c-0"), ("c.3.0.12", "part-c-3-0-12")])
def test_the_id_of_a_part_is_its_path(path: str, ident: str) -> None:
    assert part_id(path) == ident


def test_every_kind_that_a_part_can_be_has_words_in_both_languages() -> None:
    assert set(KINDS) == set(GROUPS)
    assert set(LEAF_KINDS) <= set(LEAVES)
    assert set(ADDED) <= set(GROUPS) | set(LEAVES)
    for words in [*KINDS.values(), *LEAF_KINDS.values(), *ADDED.values()]:
        with speaking("ja"):
            assert _(words) != words


def test_a_group_has_no_sentence_of_its_own_and_its_parts_have() -> None:
    draft = of(TOKYO, of(BOUGHT, BEST, kind="or"))
    with speaking("en"):
        shown = part_view(draft, read(draft, "JPY"), KNOWN, nothing)
    assert (shown.is_group, shown.sentence, shown.lines, shown.path) == (True, "", (), "c")
    leaf, group = shown.of
    assert (leaf.is_group, leaf.path, bool(leaf.sentence)) == (False, "c.0", True)
    assert (group.sentence, [one.path for one in group.of]) == ("", ["c.1.0", "c.1.1"])
    assert all(one.sentence for one in group.of)


@pytest.mark.parametrize("opened", [frozenset(), frozenset({"c.1"}), frozenset({"c.0", "c.1", "c.7"})])
def test_finished_parts_are_open_only_when_they_were_just_touched(opened: frozenset[str]) -> None:
    draft = of(TOKYO, BEST)
    shown = part_view(draft, read(draft, "JPY"), KNOWN, nothing, opened=opened)
    assert {one.path for one in shown.of if one.is_open} == opened & {"c.0", "c.1"}


def test_an_empty_group_says_that_it_is_empty_but_the_outermost_does_not() -> None:
    draft = of(TOKYO, Draft("or"))
    with speaking("ja"):
        shown = part_view(draft, read(draft, "JPY"), KNOWN, nothing)
        empty = part_view(Draft("and"), read(Draft("and"), "JPY"), KNOWN, nothing)
    assert shown.of[1].problem == "このグループは空です。条件を追加してください。"
    assert (empty.problem, empty.is_open, empty.of) == ("", False, ())


def test_each_leaf_beside_the_builder_has_its_sentence_or_what_is_missing() -> None:
    draft = of(TOKYO, fresh("trait"), of(BEST, fresh("rank"), kind="none"))
    with speaking("en"):
        live = live_view(read(draft, "JPY"), counted(), currency="JPY", zone="UTC")
    assert [ident for ident, _said, _missing in live.parts] == ["part-c-0", "part-c-1", "part-c-2-0", "part-c-2-1"]
    assert [bool(missing) for _ident, _said, missing in live.parts] == [False, True, False, True]
    assert live.parts[1][1:] == ("This condition is not finished yet.", "Choose which attribute is compared.")
    assert live.left_out == 2


def test_the_tenth_part_is_not_taken_for_a_part_of_the_first() -> None:
    """Paths are compared part by part, not letter by letter."""
    live = live_view(read(of(*[BOUGHT] * 12), "JPY"), counted(), currency="JPY", zone="UTC")
    assert {ident for ident, _said, _missing in live.parts} == {f"part-c-{nth}" for nth in range(12)}


@pytest.mark.parametrize(
    ("matched", "everybody", "share"), [(25, 100, 0.25), (0, 100, 0.0), (0, 0, 0.0), (100, 100, 1.0)]
)
def test_the_share_is_of_everybody_and_of_nobody_it_is_nothing(matched: int, everybody: int, share: float) -> None:
    live = live_view(read(of(BOUGHT), "JPY"), counted(matched=matched, everybody=everybody), currency="JPY", zone="UTC")
    assert (live.share, live.matched, live.everybody) == (share, str(matched), str(everybody))


def test_a_count_that_was_overtaken_tells_no_number_of_before() -> None:
    reach = [["matched", 25], ["has_address", 20]]
    live = live_view(
        read(of(BOUGHT), "JPY"), counted(is_overtaken=True, reach=reach), currency="JPY", zone="Asia/Tokyo"
    )
    assert (live.matched, live.share, live.steps, live.as_of) == ("0", 0.0, (), "")
    assert (live.is_waiting, live.is_overtaken) == (False, True)


def test_the_instant_of_the_count_is_told_in_the_shops_zone_and_language() -> None:
    found = read(of(BOUGHT), "JPY")
    with speaking("ja"):
        assert live_view(found, counted(), currency="JPY", zone="Asia/Tokyo").as_of == "2026年6月1日 12:00"
    with speaking("en"):
        assert live_view(found, counted(), currency="JPY", zone="Europe/London").as_of == "1 June 2026, 04:00"
        assert live_view(found, counted(as_of=None), currency="JPY", zone="UTC").as_of == ""


def test_once_the_reach_is_counted_nobody_waits_any_more() -> None:
    reach = [["matched", 25], ["has_address", 20], ["has_consent", 20], ["not_suppressed", 19], ["not_capped", 0]]
    live = live_view(read(of(BOUGHT), "JPY"), counted(reach=reach), currency="JPY", zone="UTC")
    assert not live.is_waiting
    assert len(live.steps) == 5


def test_the_funnel_says_whom_each_question_loses_in_both_languages() -> None:
    reach = [
        ["matched", 1_200],
        ["has_address", 1_000],
        ["has_consent", 1_000],
        ["not_suppressed", 1],
        ["not_capped", 0],
    ]
    with speaking("ja"):
        japanese = funnel_steps(reach)
    with speaking("en"):
        english = funnel_steps(reach)
    assert [one.lost for one in english] == ["", "200 fewer", "", "999 fewer", "1 fewer"]
    assert [one.lost for one in japanese] == ["", "200人減", "", "999人減", "1人減"]
    assert english[0].words == "meet the condition"
    assert not {one.words for one in english} & {one.words for one in japanese}


def test_a_funnel_of_nobody_has_no_share_of_anything() -> None:
    steps = funnel_steps([[code, 0] for code in ("matched", "has_address", "has_consent")])
    assert [(one.share, one.lost, one.is_last) for one in steps] == [(0, "", False), (0, "", False), (0, "", True)]


def test_amounts_in_a_sentence_are_in_the_shops_money() -> None:
    spent = parse(EVERY_KIND[10])
    with speaking("en"):
        assert "10,000" in said_in_words(spent, "JPY")
        assert "100.00" in said_in_words(spent, "GBP")
