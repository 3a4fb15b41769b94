"""Features: what conditions share is computed once, and what differs is kept apart."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlglot

from tenshu.condition import parse
from tenshu.segment.features import Aggregate, RankFeature, TraitFeature, features, key
from tenshu.segment.statements import instants, statement

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)


def did(**more: Any) -> dict[str, Any]:
    return {"kind": "did", "event": "order_completed", **more}


def wanted(*data: dict[str, Any]) -> list[Any]:
    return list(features([parse(one) for one in data]).values())


def test_the_same_question_twice_is_one_feature() -> None:
    same = [did(within={"days": 90}), {**did(within={"days": 90}), "kind": "did_not"}]
    assert len(wanted(*same)) == 1


def test_different_counts_of_the_same_facts_share_the_feature() -> None:
    # The count is compared afterwards, so "at least 1" and "at least 5" read the facts once.
    assert len(wanted(did(count={"cmp": "gte", "value": 1}), did(count={"cmp": "gte", "value": 5}))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (did(within={"days": 1}), did(within={"hours": 24})),
        (did(within={"days": 1}), did(within={"days": 2})),
        (did(between={"from": "2026-01-01"}), did(between={"to": "2026-01-01"})),
        (
            did(where=[{"field": "amount", "cmp": "gte", "value": 1}]),
            did(where=[{"field": "amount", "cmp": "gt", "value": 1}]),
        ),
        (
            {"kind": "did", "event": "a", "where": [{"field": "x", "cmp": "is", "value": 1}]},
            {"kind": "did", "event": "a", "where": [{"field": "x", "cmp": "is", "value": True}]},
        ),
        (
            {"kind": "did", "event": "a", "where": [{"field": "x", "cmp": "is", "value": 1}]},
            {"kind": "did", "event": "a", "where": [{"field": "x", "cmp": "is", "value": "1"}]},
        ),
        ({"kind": "did", "event": "a"}, {"kind": "did", "event": "b"}),
    ],
)
def test_different_questions_are_different_features(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert len(wanted(one, other)) == 2


def test_a_sum_is_a_feature_beside_the_count() -> None:
    found = wanted(did(sum={"field": "amount", "cmp": "gte", "value": 1}))
    assert {feature.field for feature in found} == {None, "amount"}


def test_features_are_found_at_every_depth() -> None:
    deep = {
        "kind": "and",
        "of": [
            {
                "kind": "not",
                "of": {"kind": "or", "of": [did(), {"kind": "rank", "by": "decile", "cmp": "is", "value": 1}]},
            },
            {"kind": "trait", "trait": "email", "cmp": "exists", "value": True},
        ],
    }
    found = {type(feature) for feature in wanted(deep)}
    assert found == {Aggregate, RankFeature, TraitFeature}


def test_the_order_of_conditions_does_not_change_the_features() -> None:
    one, other = parse(did()), parse({"kind": "did", "event": "email_clicked"})
    assert list(features([one, other])) == list(features([other, one]))


@pytest.mark.parametrize(
    ("event", "source"),
    [
        ("order_completed", "orders"),
        ("product_purchased", "lines"),
        ("product_returned", "lines"),
        ("product_given", "lines"),
        ("order_adjusted", "lines"),
        ("email_clicked", "facts"),
        ("customer_described", "facts"),
        ("anything_else", "facts"),
    ],
)
def test_facts_are_read_where_they_lie(event: str, source: str) -> None:
    assert Aggregate(event, (), None, None, None).source == source


def test_keys_of_features_are_their_json() -> None:
    assert key(TraitFeature("email")) == '{"type":"trait","trait":"email"}'


def aggregates(*data: dict[str, Any]) -> list[Aggregate]:
    return [feature for feature in wanted(*data) if isinstance(feature, Aggregate)]


def test_values_are_bound_and_never_written_into_the_statement() -> None:
    evil = "x'); DROP TABLE facts; --"
    asked = aggregates(
        {"kind": "did", "event": "email_clicked", "where": [{"field": "url", "cmp": "is", "value": evil}]}
    )
    written = statement("facts", asked)
    assert "DROP" not in written.sql
    assert evil in written.values.values()


def test_one_statement_serves_any_number_of_features() -> None:
    asked = aggregates(*[did(where=[{"field": "amount", "cmp": "gte", "value": n}]) for n in range(50)])
    written = statement("orders", asked)
    parsed = sqlglot.parse(f"WITH members AS (SELECT 1) {written.sql}", read="duckdb")
    assert len(parsed) == 1
    assert written.sql.count("order_lines") == 1
    assert written.sql.count("FILTER") == 50


def test_the_same_features_give_the_very_same_statement() -> None:
    asked = aggregates(did(within={"days": 3}))
    assert statement("orders", asked) is statement("orders", aggregates(did(within={"days": 3})))


def test_windows_are_bound_anew_at_every_call() -> None:
    asked = aggregates(did(within={"days": 0}), did(between={"to": "2026-03-01"}), did())
    bound = instants(asked, now=NOW, zone="Asia/Tokyo")
    assert bound["now"] == datetime(2026, 3, 10, 3, 0)  # noqa: DTZ001
    values = set(bound.values())
    assert datetime(2026, 3, 9, 15, 0) in values  # noqa: DTZ001 - today began
    assert datetime(2026, 3, 1, 15, 0) in values  # noqa: DTZ001 - the 1st ended
    assert len(bound) == 3


def test_the_statement_can_be_spelled_for_another_engine() -> None:
    asked = aggregates(
        {"kind": "did", "event": "email_clicked", "where": [{"field": "url", "cmp": "starts", "value": "a"}]}
    )
    written = statement("facts", asked)
    assert sqlglot.transpile(written.sql, read="duckdb", write="postgres")
