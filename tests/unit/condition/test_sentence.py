"""Conditions in words: each kind, both languages, edges said aloud."""

from typing import Any

import pytest
from hypothesis import given

from tenshu.condition import parse, sentence
from tenshu.condition.words import COMPARISONS, EVENTS, FIELDS, RANKED_BY, RANKS, TIMES, TRAITS
from tenshu.kit.i18n import LANGUAGES, _
from tests.unit.segment.worlds import nodes

ORDERED = {"kind": "did", "event": "order_completed"}

SAID: list[tuple[dict[str, Any], str, str]] = [
    (
        {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "大阪府"},
        "prefecture is “大阪府”",
        "都道府県が「大阪府」",
    ),
    (  # the edge is said: unknown is not included
        {"kind": "trait", "trait": "prefecture", "cmp": "is_not", "value": "大阪府"},
        "prefecture is known and not “大阪府”",
        "都道府県が「大阪府」以外(未登録を除く)",
    ),
    (
        {"kind": "trait", "trait": "country", "cmp": "one_of", "value": ["France", "Spain"]},
        "country is one of “France”, “Spain”",
        "国が「France」、「Spain」のいずれか",
    ),
    (
        {"kind": "trait", "trait": "email", "cmp": "ends", "value": "@example.jp"},
        "e-mail address ends with “@example.jp”",
        "メールアドレスが「@example.jp」で終わる",
    ),
    (
        {"kind": "trait", "trait": "birthday", "cmp": "exists", "value": False},
        "birthday is not known",
        "誕生日が登録されていない",
    ),
    (
        {"kind": "trait", "trait": "points", "cmp": "gte", "value": 1000},
        "points is at least 1,000",
        "pointsが1,000以上",
    ),
    (ORDERED, "placed an order at least once", "注文が1回以上"),
    (
        {**ORDERED, "kind": "did_not", "within": {"days": 90}},
        "placed an order not once in the last 90 days and today",
        "過去90日間と今日の注文が一度もない",
    ),
    ({**ORDERED, "within": {"days": 0}}, "placed an order at least once today", "今日の注文が1回以上"),
    (
        {**ORDERED, "within": {"hours": 24}, "count": {"cmp": "is", "value": 2}},
        "placed an order exactly 2 times in the last 24 hours",
        "過去24時間の注文がちょうど2回",
    ),
    (
        {**ORDERED, "between": {"from": "2011-01-01", "to": "2011-06-30"}},
        "placed an order at least once from 2011-01-01 to 2011-06-30",
        "2011-01-01から2011-06-30までの注文が1回以上",
    ),
    (
        {**ORDERED, "between": {"from": "2011-01-01"}},
        "placed an order at least once from 2011-01-01 on",
        "2011-01-01以降の注文が1回以上",
    ),
    (
        {**ORDERED, "between": {"to": "2011-06-30"}},
        "placed an order at least once up to 2011-06-30",
        "2011-06-30までの注文が1回以上",
    ),
    (  # a count that is denied turns round: not at least 3 = less than 3
        {**ORDERED, "kind": "did_not", "count": {"cmp": "gte", "value": 3}},
        "placed an order less than 3 times",
        "注文が3回未満",
    ),
    (
        {**ORDERED, "sum": {"field": "amount", "cmp": "gte", "value": 10000}},
        "placed an order at least once, total amount is at least 10,000",
        "注文が1回以上、金額の合計が10,000以上",
    ),
    (  # with a sum both halves are denied together, so the whole is
        {**ORDERED, "kind": "did_not", "sum": {"field": "amount", "cmp": "gte", "value": 1}},
        "not (placed an order at least once, total amount is at least 1)",
        "「注文が1回以上、金額の合計が1以上」に当てはまらない",
    ),
    (
        {"kind": "did", "event": "product_purchased", "where": [{"field": "is_goods", "cmp": "is", "value": True}]},
        "bought a product at least once (is goods is yes)",
        "商品の購入(商品である(送料・手数料などでない)がはい)が1回以上",
    ),
    ({"kind": "did", "event": "video_watched"}, "did “video_watched” at least once", "行動「video_watched」が1回以上"),
    ({"kind": "rank", "by": "decile", "cmp": "lte", "value": 2}, "decile is at most 2", "デシルが2以下"),
    (
        {"kind": "rank", "by": "rank", "cmp": "one_of", "value": ["best", "loyal"]},
        "rank is one of “best customers”, “loyal customers”",
        "ランクが「優良顧客」、「ロイヤル顧客」のいずれか",
    ),
    (
        {"kind": "rank", "by": "rank", "cmp": "is", "value": "dormant"},
        "rank is “dormant customers”",
        "ランクが「休眠顧客」",
    ),
    ({"kind": "not", "of": ORDERED}, "not (placed an order at least once)", "「注文が1回以上」に当てはまらない"),
]


@pytest.mark.parametrize(("data", "english", "japanese"), SAID)
def test_every_kind_is_said_in_both_languages(data: dict[str, Any], english: str, japanese: str) -> None:
    condition = parse(data)
    assert sentence(condition, "en") == english
    assert sentence(condition, "ja") == japanese


def test_mixed_and_and_or_are_bracketed() -> None:
    one, other = {"kind": "did", "event": "a"}, {"kind": "did", "event": "b"}
    both = parse({"kind": "and", "of": [one, {"kind": "or", "of": [one, other]}]})
    assert sentence(both, "en") == ("did “a” at least once and (did “a” at least once or did “b” at least once)")
    assert sentence(both, "ja") == "行動「a」が1回以上 かつ (行動「a」が1回以上 または 行動「b」が1回以上)"


def test_a_group_of_one_needs_no_brackets() -> None:
    alone = parse({"kind": "and", "of": [ORDERED, {"kind": "or", "of": [ORDERED]}]})
    assert "(" not in sentence(alone, "en")


def test_amounts_are_money_where_the_currency_is_known() -> None:
    condition = parse({**ORDERED, "where": [{"field": "amount", "cmp": "gte", "value": 123456}]})
    assert "£1,234.56" in sentence(condition, "en", currency="GBP")
    assert "123,456" in sentence(condition, "ja", currency="JPY")
    assert "is at least 123,456" in sentence(condition, "en")


def test_other_numbers_are_never_money() -> None:
    condition = parse({**ORDERED, "where": [{"field": "lines", "cmp": "gte", "value": 5}]})
    assert "£" not in sentence(condition, "en", currency="GBP")


@given(data=nodes)
def test_every_condition_can_be_said(data: dict[str, Any]) -> None:
    condition = parse(data)
    for language in LANGUAGES:
        assert sentence(condition, language)


@pytest.mark.parametrize("words", [EVENTS, FIELDS, TRAITS, RANKED_BY, RANKS, COMPARISONS, TIMES])
def test_every_word_has_its_japanese(words: dict[str, str]) -> None:
    for word in words.values():
        assert _(word, "ja") != word
