"""Counts on every step are those of the people who walked: what is told is true, what cannot be told is not guessed."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.bootstrap import Shop
from tenshu.journey import records
from tenshu.journey.definition import Journey, parse_journey
from tenshu.journey.grammar import Exit, Send, Wait
from tenshu.journey.graph import exits_of
from tenshu.measure.where_they_stand import DOOR, WhereTheyStand, flows, kept_at, stood, where_they_stand
from tenshu.testing.small_shop import TWO_MAILS, add_template, open_small_shop, order, start, tell, tick
from tests.unit.copies import copied
from tests.unit.journey.drawn import journeys
from tests.unit.journey.examples import definition

PEOPLE = 25


def walked(journey: Journey, chance: Any) -> tuple[Counter[tuple[str, int]], Counter[str], Counter[str]]:
    """Let people walk by chance; return who went which way, who stands or ended where, who was decided on where."""
    ways: Counter[tuple[str, int]] = Counter()
    here: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    for _ in range(PEOPLE):
        ways[DOOR] += 1
        at = journey.first_step
        for _step in range(60):
            step = journey.steps[at]
            if isinstance(step, Exit) or (isinstance(step, Wait) and chance.random() < 0.3):
                break
            decided[at] += isinstance(step, Send)
            way = chance.randrange(len(exits_of(step)))
            ways[at, way] += 1
            at = exits_of(step)[way][1]
        here[at] += 1
    return ways, here, decided


@settings(max_examples=30, deadline=None)
@given(journeys(), st.randoms(use_true_random=False))
def test_what_is_told_of_a_way_is_how_many_went_it(journey: Journey, chance: Any) -> None:
    ways, here, decided = walked(journey, chance)
    found = flows(journey, entered=PEOPLE, stopped=dict(here), left=dict(decided))
    for way, people in found.items():
        assert people is None or people == ways[way], way


@settings(max_examples=20, deadline=None)
@given(journeys(), st.randoms(use_true_random=False))
def test_every_way_is_told_where_no_two_ways_meet(journey: Journey, chance: Any) -> None:
    targets = Counter(target for step in journey.steps.values() for _, target in exits_of(step))
    if max(targets.values(), default=0) > 1 or targets[journey.first_step]:
        return
    _, here, decided = walked(journey, chance)
    found = flows(journey, entered=PEOPLE, stopped=dict(here), left=dict(decided))
    assert None not in found.values()


def test_a_mail_tells_how_many_came_where_ways_meet_behind_it() -> None:
    """Both ways of the branch meet at the end; the decisions at the mail say who went through it."""
    steps = {
        "asked": {
            "kind": "branch",
            "cases": [{"when": {"kind": "trait", "trait": "a", "cmp": "exists", "value": True}, "next": "mail"}],
            "otherwise": "end",
        },
        "mail": {"kind": "send", "channel": "email", "template": "t", "next": "end"},
        "end": {"kind": "exit"},
    }
    journey = parse_journey(definition(first_step="asked", steps=steps))
    found = flows(journey, entered=10, stopped={"end": 10}, left={"mail": 4})
    assert found == {DOOR: 10, ("asked", 0): 4, ("asked", 1): 6, ("mail", 0): 4}


def test_what_two_ways_hide_is_not_guessed() -> None:
    steps = {
        "draw": {
            "kind": "split",
            "arms": [{"name": "a", "share": 0.5, "next": "end"}, {"name": "b", "share": 0.5, "next": "end"}],
        },
        "end": {"kind": "exit"},
    }
    journey = parse_journey(definition(first_step="draw", steps=steps))
    found = flows(journey, entered=10, stopped={"end": 10}, left={})
    assert (found["draw", 0], found["draw", 1]) == (None, None)


@pytest.fixture
def walking(tmp_path: Path) -> Shop:
    """Thirty-five people between two mails, a fifth of them held out."""
    return copied(tmp_path / "home", "thirty-five", _make)


def _make(home: Path) -> Shop:
    shop, _clock = open_small_shop(home, people=30)
    add_template(shop)
    start(shop, "two", holdout_rate=0.2, **TWO_MAILS)
    tick(shop)
    return shop


def stand(shop: Shop) -> WhereTheyStand:
    with shop.ledger.reading() as tx:
        (one,) = records.read_running(tx)
    return where_they_stand(shop.ledger, one.journey, one.version)


def test_people_between_two_mails_are_said_to_be_at_the_wait(walking: Shop) -> None:
    where = stand(walking)
    assert (where.entered, where.walking) == (35, 35)
    assert where.steps["wait"].waiting + where.steps["wait"].waiting_held_out == 35
    assert where.steps["wait"].waiting_held_out == where.held_out > 0
    assert where.steps["second"].waiting == 0
    assert where.steps["send"].account is not None
    assert where.steps["send"].account.closes
    assert where.steps["send"].account.planned == where.steps["send"].passed == 35
    walking.close()


def test_whoever_reaches_the_goal_has_left_while_waiting(walking: Shop) -> None:
    at = walking.clock.now() + timedelta(hours=2)
    walking.clock.set(at)  # type: ignore[attr-defined]
    tell(walking, [order("P-3", "new-1", at)])
    where = stand(walking)
    assert where.outcomes == {"goal": 1}
    assert where.steps["wait"].stopped == 1
    assert where.steps["wait"].passed == 35
    assert where.walking == 34
    walking.close()


def test_when_the_wait_is_over_everybody_is_behind_it(walking: Shop) -> None:
    walking.clock.set(walking.clock.now() + timedelta(days=4))  # type: ignore[attr-defined]
    tick(walking)
    where = stand(walking)
    assert where.steps["wait"].waiting == 0
    assert where.steps["second"].passed == where.steps["end"].stopped == 35
    assert where.outcomes == {"done": 35}
    assert all(people == 35 for people in where.ways.values())
    walking.close()


def test_a_new_version_counts_its_own_people(walking: Shop) -> None:
    start(walking, "two", holdout_rate=0.2, **TWO_MAILS)
    with walking.ledger.reading() as tx:
        older, newer = sorted(records.read_running(tx), key=lambda one: one.version)
    assert where_they_stand(walking.ledger, older.journey, older.version).entered == 35
    assert where_they_stand(walking.ledger, newer.journey, newer.version).steps["send"].passed == 0
    walking.close()


def test_of_a_wait_the_ledger_keeps_the_step_behind_it() -> None:
    journey = parse_journey(definition())
    assert kept_at(journey, "wait") == ["asked", "wait"]
    assert kept_at(journey, "asked") == []
    assert kept_at(journey, "hello") == ["hello"]
    assert kept_at(journey, "nothing") == []


def test_of_nobody_nothing_is_told_but_zero() -> None:
    journey = parse_journey(definition())
    empty = pl.DataFrame(
        schema={"step": pl.String, "arm": pl.String, "status": pl.String, "outcome": pl.String, "people": pl.Int64}
    )
    accounts = pl.DataFrame(
        schema={"journey": pl.String, "step": pl.String, "state": pl.String, "reason": pl.String, "people": pl.Int64}
    )
    where = stood(journey, empty, {}, accounts)
    assert (where.entered, where.walking, where.outcomes) == (0, 0, {})
    assert all(at.waiting == 0 and at.passed in (0, None) for at in where.steps.values())
