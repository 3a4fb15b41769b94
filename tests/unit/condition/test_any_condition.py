"""Any condition that may be written is read, written, said and meant; any that may not is refused in a sentence."""

import json
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.condition import Between, Did, DidNot, dump, parse, schema, sentence
from tenshu.condition.grammar import VERSION
from tenshu.condition.parse import MOST_DEPTH, MOST_NODES, parts
from tenshu.condition.window import window
from tenshu.kit.errors import TenshuError
from tests.unit.condition.trees import LEAVES, TREES, Data

VALID = jsonschema.Draft202012Validator(schema())
NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
ZONES = ["Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati", "Africa/Cairo", "UTC"]


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_what_was_read_is_written_and_read_again(data: Data) -> None:
    condition = parse(data)
    plain = json.loads(json.dumps(dump(condition), ensure_ascii=False))
    assert parse(plain) == condition
    assert parse({"tenshu": VERSION, "title": {"ja": "名前"}, "condition": plain}) == condition
    assert hash(parse(plain)) == hash(condition)


@settings(max_examples=80, deadline=None)
@given(TREES)
def test_what_the_parser_takes_the_schema_takes(data: Data) -> None:
    VALID.validate(data)
    VALID.validate(dump(parse(data)))
    VALID.validate({"tenshu": VERSION, "condition": data})


@settings(max_examples=80, deadline=None)
@given(TREES, st.sampled_from([None, "JPY", "GBP"]))
def test_every_condition_is_a_sentence_of_its_own_in_both_languages(data: Data, currency: str | None) -> None:
    condition = parse(data)
    english, japanese = (sentence(condition, language, currency=currency) for language in ("en", "ja"))
    assert english
    assert japanese
    assert english != japanese
    assert sentence(condition, "en", currency=currency) == english
    assert "{" not in _without_values(english, data)  # no gap was left unfilled


def _without_values(said: str, data: Any) -> str:
    """Return the sentence without the texts that the condition itself brought."""
    return said if "{" not in json.dumps(_texts(data)) else ""


def _texts(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [text for value in data.values() for text in _texts(value)]
    if isinstance(data, list):
        return [text for value in data for text in _texts(value)]
    return [data] if isinstance(data, str) else []


@settings(max_examples=80, deadline=None)
@given(TREES, st.data())
def test_a_word_too_many_anywhere_is_refused_at_its_place(data: Data, draw: st.DataObject) -> None:
    places = [path for path, _part in parts(parse(data))]
    path = draw.draw(st.sampled_from(places))
    broken = deepcopy(data)
    _at(broken, path)["unheard_of"] = 1
    with pytest.raises(TenshuError, match="unheard_of"):
        parse(broken)
    assert not VALID.is_valid(broken)


@settings(max_examples=80, deadline=None)
@given(TREES, st.data())
def test_a_word_left_out_anywhere_is_refused(data: Data, draw: st.DataObject) -> None:
    path = draw.draw(st.sampled_from([path for path, _part in parts(parse(data))]))
    broken = deepcopy(data)
    node = _at(broken, path)
    needed = {"kind", "of", "trait", "cmp", "value", "event", "by"} & set(node)
    del node[draw.draw(st.sampled_from(sorted(needed)))]
    with pytest.raises(TenshuError):
        parse(broken)
    assert not VALID.is_valid(broken)


def _at(data: Any, path: str) -> Any:
    for step in path.removeprefix("$").split(".of")[1:]:
        data = data["of"][int(step[1:-1])] if step else data["of"]
    return data


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "of", "trait", "cmp", "value", "event", "where", "within", "tenshu", "condition"]),
            inner | st.sampled_from(["and", "or", "not", "trait", "did", "is", VERSION]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_anything_at_all_is_a_condition_or_a_refusal_in_both_languages(data: Any) -> None:
    refusal = None
    try:
        condition = parse(data)
    except TenshuError as refused:
        refusal = refused
    if refusal is None:
        assert parse(dump(condition)) == condition
    else:
        assert refusal.text("ja")
        assert refusal.text("en") != refusal.text("ja")


@settings(max_examples=60, deadline=None)
@given(LEAVES, st.integers(1, 16), st.sampled_from(["not", "and", "or"]))
def test_depth_alone_decides_whether_a_tower_is_read(leaf: Data, floors: int, kind: str) -> None:
    data = leaf
    for _ in range(floors):
        data = {"kind": kind, "of": data if kind == "not" else [data]}
    if floors + 1 > MOST_DEPTH:
        with pytest.raises(TenshuError, match=str(MOST_DEPTH)):
            parse(data)
    else:
        assert len(list(parts(parse(data)))) == floors + 1 <= MOST_NODES


@settings(max_examples=60, deadline=None)
@given(LEAVES.filter(lambda data: data["kind"] in {"did", "did_not"}), st.sampled_from(ZONES))
def test_every_period_that_is_read_is_two_instants_in_order(data: Data, zone: str) -> None:
    condition = parse(data)
    assert isinstance(condition, Did | DidNot)
    since, until = window(condition.within, condition.between, now=NOW, zone=zone)
    assert since is None or until is None or since < until
    assert since is None or since.tzinfo is UTC


@pytest.mark.parametrize("zone", ZONES)
def test_period_up_to_the_end_of_the_calendar_has_no_end(zone: str) -> None:
    # 9999-12-31 is how other systems write "for ever"; no day follows it.
    for last in (date.max, date.max - timedelta(days=1)):
        assert window(None, Between(to_on=last), now=NOW, zone=zone) == (None, None)
    for first in (date.min, date.min + timedelta(days=1)):
        assert window(None, Between(from_on=first), now=NOW, zone=zone) == (None, None)


@settings(max_examples=60, deadline=None)
@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 500), st.sampled_from(ZONES), st.data())
def test_period_between_two_days_holds_just_the_instants_of_those_days(
    first: date, days: int, zone: str, data: st.DataObject
) -> None:
    last = first + timedelta(days=days)
    held = window(None, Between(first, last), now=NOW, zone=zone)
    instant = data.draw(
        st.datetimes(
            datetime(first.year, first.month, first.day) - timedelta(days=3),  # noqa: DTZ001
            datetime(last.year, last.month, last.day) + timedelta(days=3),  # noqa: DTZ001
            timezones=st.just(UTC),
        )
    )
    assert held.holds(instant) is (first <= instant.astimezone(ZoneInfo(zone)).date() <= last)
