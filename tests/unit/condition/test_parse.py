"""Reading conditions: what is accepted, what is refused, and that the refusal names the place."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given

from tenshu.condition import (
    And,
    Between,
    ComparisonUnfit,
    Condition,
    ConditionTooLarge,
    ConditionUnreadable,
    Count,
    Did,
    DidNot,
    FieldUnknown,
    Not,
    Or,
    Rank,
    RankUnknown,
    Sum,
    Trait,
    Where,
    WindowUnclear,
    Within,
    dump,
    parse,
    parse_where,
)
from tenshu.condition.parse import parts
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import LANGUAGES
from tests.unit.segment.worlds import nodes

TOKYO = {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "東京都"}
ORDERED = {"kind": "did", "event": "order_completed"}


def with_where(event: str, **where: Any) -> dict[str, Any]:
    return {"kind": "did", "event": event, "where": [where]}


READ = [
    (TOKYO, Trait("prefecture", "is", "東京都")),
    ({"kind": "trait", "trait": "会員種別", "cmp": "exists", "value": True}, Trait("会員種別", "exists", True)),  # noqa: FBT003
    (ORDERED, Did("order_completed")),
    ({"kind": "did_not", "event": "email_clicked"}, DidNot("email_clicked")),
    ({**ORDERED, "within": {"days": 90}}, Did("order_completed", within=Within(days=90))),
    ({**ORDERED, "within": {"hours": 24}}, Did("order_completed", within=Within(hours=24))),
    (
        {**ORDERED, "between": {"from": "2011-01-01", "to": "2011-06-30"}},
        Did("order_completed", between=Between(date(2011, 1, 1), date(2011, 6, 30))),
    ),
    ({**ORDERED, "between": {"to": "2011-06-30"}}, Did("order_completed", between=Between(None, date(2011, 6, 30)))),
    ({**ORDERED, "count": {"cmp": "gte", "value": 3}}, Did("order_completed", count=Count("gte", 3))),
    (
        {**ORDERED, "sum": {"field": "amount", "cmp": "gt", "value": 10000}},
        Did("order_completed", sum=Sum("amount", "gt", 10000)),
    ),
    (
        with_where("product_purchased", field="product_id", cmp="one_of", value=["85123A", "71053"]),
        Did("product_purchased", where=(Where("product_id", "one_of", ("85123A", "71053")),)),
    ),
    (
        with_where("email_clicked", field="journey", cmp="is", value="welcome-back"),
        Did("email_clicked", where=(Where("journey", "is", "welcome-back"),)),
    ),
    ({"kind": "rank", "by": "decile", "cmp": "lte", "value": 2}, Rank("decile", "lte", 2)),
    ({"kind": "rank", "by": "rank", "cmp": "one_of", "value": ["best"]}, Rank("rank", "one_of", ("best",))),
    ({"kind": "and", "of": [TOKYO, ORDERED]}, And((Trait("prefecture", "is", "東京都"), Did("order_completed")))),
    ({"kind": "or", "of": [ORDERED]}, Or((Did("order_completed"),))),
    ({"kind": "not", "of": ORDERED}, Not(Did("order_completed"))),
]


@pytest.mark.parametrize(("data", "condition"), READ)
def test_every_kind_of_condition_is_read(data: dict[str, Any], condition: Condition) -> None:
    assert parse(data) == condition


@pytest.mark.parametrize(("data", "condition"), READ)
def test_a_condition_in_the_versioned_envelope_is_the_same(data: dict[str, Any], condition: Condition) -> None:
    assert parse({"tenshu": "condition/1", "title": {"ja": "題"}, "condition": data}) == condition


@given(data=nodes)
def test_what_is_written_is_what_was_read(data: dict[str, Any]) -> None:
    condition = parse(data)
    assert parse(dump(condition)) == condition


UNREADABLE: list[tuple[object, str]] = [
    (None, "$"),
    ("prefecture is Tokyo", "$"),
    ([], "$"),
    ({}, "$"),
    ({"kind": "regex"}, "$.kind"),
    ({"trait": "prefecture", "cmp": "is", "value": "東京都"}, "$"),  # no kind
    ({**TOKYO, "extra": 1}, "$"),  # the grammar is closed
    ({**TOKYO, "cmp": "matches"}, "$.cmp"),  # no regular expressions
    ({**TOKYO, "value": None}, "$.value"),
    ({**TOKYO, "value": {"a": 1}}, "$.value"),
    ({**TOKYO, "trait": 'a"b'}, "$.trait"),  # would leave the JSON path
    ({**TOKYO, "trait": "a.b"}, "$.trait"),
    ({**TOKYO, "trait": "a\n"}, "$.trait"),
    ({**TOKYO, "trait": ""}, "$.trait"),
    ({**ORDERED, "event": "Order Completed"}, "$.event"),
    ({**ORDERED, "event": "x'; DROP TABLE facts"}, "$.event"),
    ({**ORDERED, "within": {"days": -1}}, "$.within.days"),
    ({**ORDERED, "within": {"days": 1.5}}, "$.within.days"),
    ({**ORDERED, "within": {"hours": 0}}, "$.within.hours"),
    ({**ORDERED, "within": {"weeks": 1}}, "$.within"),
    ({**ORDERED, "between": {"from": "01/02/2011"}}, "$.between.from"),
    ({**ORDERED, "count": {"cmp": "gte", "value": -1}}, "$.count.value"),
    ({**ORDERED, "count": {"cmp": "one_of", "value": 1}}, "$.count.cmp"),
    ({**ORDERED, "count": {"cmp": "gte"}}, "$.count"),
    ({**ORDERED, "sum": {"field": "amount", "cmp": "gte", "value": "much"}}, "$.sum.value"),
    ({"kind": "and", "of": []}, "$.of"),
    ({"kind": "and", "of": [TOKYO, {"kind": "nor"}]}, "$.of[1].kind"),
    ({"kind": "not", "of": [TOKYO]}, "$.of"),
    ({"kind": "rank", "by": "ltv", "cmp": "is", "value": 1}, "$.by"),
    ({"tenshu": "condition/2", "condition": TOKYO}, "$.tenshu"),
    ({"tenshu": "condition/1"}, "$"),
    ({"tenshu": "condition/1", "condition": TOKYO, "more": 1}, "$.tenshu"),
]


@pytest.mark.parametrize(("data", "path"), UNREADABLE)
def test_what_does_not_follow_the_grammar_is_refused_at_its_place(data: object, path: str) -> None:
    with pytest.raises(ConditionUnreadable) as refused:
        parse(data)
    assert str(refused.value.given["path"]).startswith(path)


UNFIT = [
    {**TOKYO, "cmp": "contains", "value": 3},
    {**TOKYO, "cmp": "one_of", "value": "東京都"},
    {**TOKYO, "cmp": "one_of", "value": []},
    {**TOKYO, "cmp": "one_of", "value": ["a", 1]},
    {**TOKYO, "cmp": "is", "value": ["a"]},
    {**TOKYO, "cmp": "exists", "value": "yes"},
    {**TOKYO, "cmp": "gt", "value": True},
    {**TOKYO, "value": float("nan")},
    {**TOKYO, "cmp": "lt", "value": float("inf")},
    {**TOKYO, "value": 2**60},  # no double holds it exactly
    with_where("order_completed", field="amount", cmp="is", value="5000"),
    with_where("order_completed", field="amount", cmp="contains", value="5"),
    with_where("order_completed", field="order_no", cmp="is", value=536365),
    with_where("product_purchased", field="is_goods", cmp="is", value="true"),
    with_where("product_purchased", field="is_goods", cmp="gt", value=True),
    with_where("product_purchased", field="is_goods", cmp="one_of", value=["true"]),
    with_where("product_purchased", field="quantity", cmp="one_of", value=["1"]),
    {**ORDERED, "sum": {"field": "order_no", "cmp": "gte", "value": 1}},
]


@pytest.mark.parametrize("data", UNFIT)
def test_a_comparison_that_the_value_or_field_cannot_bear_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ComparisonUnfit):
        parse(data)


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ("order_completed", "amonut"),
        ("order_completed", "product_id"),  # an order has many
        ("product_purchased", "journey"),
        ("product_returned", "lines"),
    ],
)
def test_a_field_that_the_event_does_not_have_is_refused_with_those_it_has(event: str, field: str) -> None:
    with pytest.raises(FieldUnknown) as refused:
        parse(with_where(event, field=field, cmp="exists", value=True))
    assert "amount" in refused.value.text("en")
    assert field in refused.value.text("ja")


def test_other_events_may_be_asked_for_any_property() -> None:
    condition = parse(with_where("video_watched", field="seconds", cmp="gte", value=30))
    assert condition == Did("video_watched", where=(Where("seconds", "gte", 30),))


@pytest.mark.parametrize(
    "period",
    [
        {"within": {}},
        {"within": {"days": 1, "hours": 1}},
        {"within": {"days": 1}, "between": {"from": "2011-01-01"}},
        {"between": {}},
        {"between": {"from": "2011-02-01", "to": "2011-01-31"}},
    ],
)
def test_a_period_that_says_nothing_or_two_things_is_refused(period: dict[str, Any]) -> None:
    with pytest.raises(WindowUnclear):
        parse({**ORDERED, **period})


def test_a_period_of_one_day_may_begin_and_end_on_it() -> None:
    assert parse({**ORDERED, "between": {"from": "2011-02-01", "to": "2011-02-01"}}) == Did(
        "order_completed", between=Between(date(2011, 2, 1), date(2011, 2, 1))
    )


@pytest.mark.parametrize(
    ("by", "cmp", "value"),
    [
        ("rfm.recency", "is", 0),
        ("rfm.recency", "is", 6),
        ("decile", "is", 11),
        ("decile", "is", "1"),
        ("decile", "is", True),
        ("decile", "is", 1.5),
        ("decile", "one_of", []),
        ("decile", "one_of", 1),
        ("decile", "is", [1]),
        ("rank", "is", "gold"),
        ("rank", "is", 1),
        ("rank", "gte", "loyal"),  # ranks have names and no order
    ],
)
def test_a_rank_that_does_not_exist_is_refused(by: str, cmp: str, value: object) -> None:
    with pytest.raises(RankUnknown):
        parse({"kind": "rank", "by": by, "cmp": cmp, "value": value})


def test_a_refusal_deep_inside_names_the_whole_path() -> None:
    inner = with_where("order_completed", field="x", cmp="is", value=1)
    with pytest.raises(FieldUnknown) as refused:
        parse({"kind": "or", "of": [TOKYO, {"kind": "not", "of": {"kind": "and", "of": [inner]}}]})
    assert refused.value.given["path"] == "$.of[1].of.of[0].where[0]"


def test_a_tower_of_conditions_is_refused_before_it_is_read() -> None:
    tower: dict[str, Any] = TOKYO
    for _ in range(5000):
        tower = {"kind": "not", "of": tower}
    with pytest.raises(ConditionTooLarge):
        parse(tower)


def test_twelve_levels_are_read_and_thirteen_are_not() -> None:
    tower: dict[str, Any] = TOKYO
    for _ in range(11):
        tower = {"kind": "not", "of": tower}
    assert len(list(parts(parse(tower)))) == 12
    with pytest.raises(ConditionTooLarge):
        parse({"kind": "not", "of": tower})


def test_three_hundred_parts_are_read_and_more_are_not() -> None:
    groups = [{"kind": "or", "of": [TOKYO] * 98} for _ in range(3)]  # 1 + 3 + 294 = 298 parts
    assert len(list(parts(parse({"kind": "and", "of": groups})))) == 298
    with pytest.raises(ConditionTooLarge):
        parse({"kind": "and", "of": [*groups, TOKYO, TOKYO, TOKYO]})


def test_parts_come_with_their_paths() -> None:
    condition = parse({"kind": "and", "of": [TOKYO, {"kind": "not", "of": ORDERED}]})
    assert [path for path, _ in parts(condition)] == ["$", "$.of[0]", "$.of[1]", "$.of[1].of"]


def test_comparisons_alone_are_checked_like_those_of_a_condition() -> None:
    assert parse_where([{"field": "amount", "cmp": "gte", "value": 1}], "order_completed") == (
        Where("amount", "gte", 1),
    )
    with pytest.raises(FieldUnknown) as refused:
        parse_where([{"field": "journey", "cmp": "is", "value": "x"}], "order_completed", "$.entry.where")
    assert refused.value.given["path"] == "$.entry.where[0]"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("data", [UNREADABLE[4][0], UNFIT[0], {**ORDERED, "within": {}}])
def test_every_refusal_is_a_sentence_in_both_languages(language: str, data: object) -> None:
    with pytest.raises(TenshuError) as refused:
        parse(data)
    said = refused.value.text(language)
    assert "$" in said
    assert "{" not in said


def test_the_refusal_differs_between_languages() -> None:
    with pytest.raises(WindowUnclear) as refused:
        parse({**ORDERED, "within": {}})
    assert "period" in refused.value.text("en")
    assert "期間" in refused.value.text("ja")
