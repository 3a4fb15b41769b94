"""Whatever a definition holds: it is refused when it is read, or it runs.

A definition that reading lets through and a tick cannot run would stop every tick of the shop.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.condition import Condition
from tenshu.journey.advance import advance, goals_reached
from tenshu.journey.definition import Journey, parse_journey, to_json
from tenshu.journey.entry import by_event, due_entry, entry_key
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.sentence import sentence
from tests.unit.journey.examples import IN_OSAKA, NOW, STEP_MAIL, TOKYO, definition, entered, facts

ROUND: Final = {
    "hello": {"kind": "send", "channel": "email", "template": "t", "next": "w", "expires_after_hours": 48},
    "w": {"kind": "wait", "hours": 24, "next": "hello"},
}
WHERE: Final = [{"field": "amount", "cmp": "gte", "value": 100}]
SOUND: Final[list[dict[str, Any]]] = [
    STEP_MAIL,
    definition(entry={"kind": "broadcast", "at": "2026-01-06T09:30", "condition": IN_OSAKA}, exit_when=IN_OSAKA),
    definition(entry={"kind": "event", "event": "order_completed", "where": WHERE, "key": "order_no"}, steps=ROUND),
    definition(entry={"kind": "event", "event": "cart_filled", "key": "cart"}, reentry={"kind": "after", "days": 3}),
]
NUMBERS: Final = [0, -1, 1, 7, 1e-12, 1 / 60, 0.016, 0.5, 1e300, 87600, 87600.1, 2**63, 10**30, 0.1 + 0.2]
NO_NUMBERS: Final = [float("nan"), float("inf"), -float("inf")]
TEXTS: Final = [
    *("", "w", "hello", "end", "wait", "asked", "exit_when", "fax", "email", "goal", "exit", "merged", "step_gone"),
    *("0000-01-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30T12:00", "2026-03-01T12:00", "00:00"),
    *('a"]..$[*]', "$", "価格", "\x00", "\ud800", "send", "split", "service", "daily", "never", "0001-01-01"),
]
ODD: Final = st.sampled_from([*NUMBERS, *NO_NUMBERS, *TEXTS, None, True, [], {}, [1, [2]], {"kind": "wait"}])


def places(data: object) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a decoded JSON value."""
    found: list[tuple[Any, Any]] = []
    if isinstance(data, dict | list):
        for key in list(data) if isinstance(data, dict) else range(len(data)):
            found += [(data, key), *places(data[key])]
    return found


def alike(value: object) -> st.SearchStrategy[Any]:
    """Draw another value of the same kind, so that many of the drawn definitions get past the first look."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return st.just(deepcopy(value))
    if isinstance(value, str):
        return st.sampled_from([*TEXTS, value])
    # Between the least and the most that the grammar allows, and a little beyond.
    return st.one_of(st.sampled_from(NUMBERS), st.integers(-1, 3660), st.floats(0, 1), st.floats(0, 90000))


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a sound definition with some places replaced, moved, doubled or taken away."""
    data: dict[str, Any] = deepcopy(draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(places(data)))
        how = draw(st.sampled_from([*["alike"] * 8, "replace", "move", "rename", "remove"]))
        if how == "alike":
            holder[key] = draw(alike(holder[key]))
        elif how == "replace":
            holder[key] = deepcopy(draw(ODD))
        elif how == "move":
            other, other_key = draw(st.sampled_from(places(data)))
            holder[key] = deepcopy(other[other_key])
        elif how == "rename" and isinstance(holder, dict):
            holder[draw(st.sampled_from(TEXTS))] = holder.pop(key)
        elif how == "remove":
            del holder[key]
        if not places(data):
            break
    return data


def by_number(conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
    """Answer the n-th condition with yes for every (n + 2)nd customer."""
    answers = {name: customers % (index + 2) == 0 for index, name in enumerate(conditions)}
    return pl.DataFrame({"customer": customers, **answers})


def read(data: object) -> Journey | None:
    """Return the scenario, or None when it is refused with a sentence in both languages."""
    try:
        return parse_journey(data)
    except JourneyInvalid as refusal:
        if not (refusal.text("ja") and refusal.text("en")):
            raise
        return None


def walked(scenario: Journey) -> None:
    """Let five customers enter and walk for six ticks; every tick must leave everybody later or out."""
    standing = entered(scenario, [1, 2, 3, 4, 5])
    now = NOW
    for _ in range(6):
        result = advance(standing, scenario, holds=by_number, now=now, zone=TOKYO)
        active = result.moved.filter(status="active")
        assert active.filter(pl.col("due_at") <= now).is_empty()
        goals_reached(standing, facts((1, scenario.goal.event, now, None, None)), scenario, now=now)
        if active.is_empty():
            return
        standing = active.join(standing.select("enrolment", "customer", "arm", "entered_at"), on="enrolment")
        now = min(active["due_at"].to_list())
        standing = standing.filter(pl.col("due_at") <= now)


def opened(scenario: Journey) -> None:
    """Ask when people enter, and let facts open it."""
    due = due_entry(scenario, NOW, None, "America/New_York")
    if due is not None:
        entry_key(scenario, due, TOKYO)
        later = due_entry(scenario, NOW, due, TOKYO)
        assert later is None or later > due
    told = facts(
        (7, getattr(scenario.entry, "event", "e"), NOW, "A", '{"amount": 900, "cart": "c"}'),
        (8, getattr(scenario.entry, "event", "e"), NOW, None, None),
    )
    by_event(scenario, told, started_at=NOW - timedelta(hours=1), now=NOW)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mutated())
def test_any_definition_is_refused_or_runs(data: dict[str, Any]) -> None:
    scenario = read(data)
    if scenario is None:
        return
    assert parse_journey(to_json(scenario)) == scenario
    assert sentence(scenario, "ja")
    opened(scenario)
    walked(scenario)


@settings(max_examples=100)
@given(mutated(), st.data())
def test_any_text_is_refused_or_is_a_definition(data: dict[str, Any], draw: st.DataObject) -> None:
    written = json.dumps(data)
    at = draw.draw(st.integers(0, len(written)))
    cut = written[:at] + draw.draw(st.sampled_from(["", "]", "}", '"', ",", "NaN", "\\u"])) + written[at + 1 :]
    for text in (cut, cut.encode()):
        read(text)


@pytest.mark.parametrize("index", range(len(SOUND)))
def test_definitions_that_the_drawn_ones_start_from_run(index: int) -> None:
    scenario = parse_journey(SOUND[index])
    opened(scenario)
    walked(scenario)


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"tenshu":"journey/1","steps":{"a":', '[{"of":'])
@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_json_deeper_than_any_stack_is_refused(opening: str, depth: int) -> None:
    for text in (opening * depth, (opening * depth).encode()):
        with pytest.raises(JourneyInvalid, match="recursion"):
            parse_journey(text)


def nested(depth: int) -> dict[str, Any]:
    """Return a condition inside a condition inside a condition."""
    found: dict[str, Any] = dict(IN_OSAKA)
    for _ in range(depth):
        found = {"kind": "not", "of": found}
    return found


@pytest.mark.parametrize("depth", [13, 900, 5_000])
def test_values_deeper_than_any_stack_are_refused(depth: int) -> None:
    envelope = {"tenshu": "condition/1", "title": nested(100_000), "condition": IN_OSAKA}
    for deep in (nested(depth), {"tenshu": nested(100_000)}, envelope):
        with pytest.raises(JourneyInvalid):
            parse_journey({**definition(), "exit_when": deep})


@pytest.mark.parametrize("many", [101, 20_000])
def test_steps_with_more_ways_than_anybody_draws_are_refused(many: int) -> None:
    """Each name is compared with each other one: 20,000 arms would be 400,000,000 comparisons."""
    arms = [{"name": f"a{number}", "share": 1 / many, "next": "end"} for number in range(many)]
    cases = [{"when": IN_OSAKA, "next": "end"}] * many
    end = {"kind": "exit"}
    for step in ({"kind": "split", "arms": arms}, {"kind": "branch", "cases": cases, "otherwise": "end"}):
        with pytest.raises(JourneyInvalid, match="100"):
            parse_journey(definition(first_step="a", steps={"a": step, "end": end}))


def test_value_that_json_cannot_keep_is_refused() -> None:
    """It would be saved as something else, or not at all."""
    for title in ("\ud800", "夏\udfff"):
        with pytest.raises(JourneyInvalid, match="surrogates"):
            parse_journey(definition(title={"ja": title}))
    envelope = {"tenshu": "condition/1", "title": {"ja": object()}, "condition": IN_OSAKA}
    with pytest.raises(JourneyInvalid, match="unsupported"):
        parse_journey(definition(exit_when=envelope))


def test_day_of_a_broadcast_is_reckoned_in_every_zone() -> None:
    for at in ("1970-01-01T00:00", "9998-12-31T23:59"):
        scenario = parse_journey(definition(entry={"kind": "broadcast", "at": at, "condition": IN_OSAKA}))
        for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "UTC", TOKYO):
            started_at = datetime(1960, 1, 1, tzinfo=UTC)
            due = due_entry(scenario, started_at, None, zone)
            assert due is not None
            assert abs(due.replace(tzinfo=None) - datetime.fromisoformat(at)) <= timedelta(hours=14)
