"""Whoever walks through the real engine is counted where he is: what comes to a step stops there or goes on."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import polars as pl
from hypothesis import given, settings

from tenshu.condition import Condition
from tenshu.journey.advance import advance
from tenshu.journey.definition import Journey
from tenshu.journey.graph import exits_of
from tenshu.measure.where_they_stand import DOOR, WhereTheyStand, stood
from tests.unit.journey.drawn import journeys
from tests.unit.journey.examples import NOW, TOKYO, entered

PEOPLE: Final = 40
ACCOUNTS: Final = {"journey": pl.String, "step": pl.String, "state": pl.String, "reason": pl.String, "people": pl.Int64}


def by_number(conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
    """Answer the n-th condition with yes for every (n + 2)nd customer."""
    answers = {name: customers % (index + 2) == 0 for index, name in enumerate(conditions)}
    return pl.DataFrame({"customer": customers, **answers})


def walked(journey: Journey, days: int) -> tuple[pl.DataFrame, Counter[str]]:
    """Let people walk for so many days; return their walks and how often each sending step was decided."""
    walks = entered(journey, list(range(1, PEOPLE + 1)))
    decided: Counter[str] = Counter()
    now: datetime = NOW
    for _ in range(days):
        active = walks.filter((pl.col("status") == "active") & (pl.col("due_at") <= now))
        if len(active):
            result = advance(active, journey, holds=by_number, now=now, zone=TOKYO)
            decided.update(result.proposals["step"].to_list())
            walks = walks.update(result.moved, on="enrolment", include_nulls=True)
        now += timedelta(days=1)
    return walks, decided


def counted(journey: Journey, days: int) -> tuple[WhereTheyStand, Counter[str]]:
    walks, decided = walked(journey, days)
    by = ["step", "arm", "status", "outcome"]
    standing = walks.group_by(by).agg(people=pl.len().cast(pl.Int64))
    return stood(journey, standing, dict(decided), pl.DataFrame(schema=ACCOUNTS)), decided


@settings(max_examples=30, deadline=None)
@given(journeys(most=10))
def test_everybody_who_entered_walks_or_has_ended(journey: Journey) -> None:
    for days in (1, 4):
        where, _decided = counted(journey, days)
        assert where.entered == PEOPLE == where.walking + sum(where.outcomes.values())
        here = sum(at.waiting + at.waiting_held_out + at.stopped for at in where.steps.values())
        assert here == PEOPLE


@settings(max_examples=30, deadline=None)
@given(journeys(most=10))
def test_what_comes_to_a_step_stops_there_or_goes_on(journey: Journey) -> None:
    where, _decided = counted(journey, 3)
    for name, step in journey.steps.items():
        at = where.steps[name]
        out = [where.ways.get((name, way)) for way, _ in enumerate(exits_of(step))]
        if at.passed is None or None in out:
            continue
        assert at.passed == at.waiting + at.waiting_held_out + at.stopped + sum(count or 0 for count in out), name


@settings(max_examples=30, deadline=None)
@given(journeys(most=10))
def test_a_mail_was_come_to_as_often_as_it_was_decided(journey: Journey) -> None:
    where, decided = counted(journey, 3)
    for name, count in decided.items():
        at = where.steps[name]
        if at.passed is not None:
            assert at.passed - at.waiting - at.waiting_held_out - at.stopped == count


@settings(max_examples=20, deadline=None)
@given(journeys(most=8))
def test_nobody_is_counted_before_the_first_hour(journey: Journey) -> None:
    where, decided = counted(journey, 0)
    assert decided == {}
    assert where.ways[DOOR] == PEOPLE
    assert where.steps[journey.first_step].waiting + where.steps[journey.first_step].waiting_held_out == PEOPLE
    assert all(at.stopped == 0 for at in where.steps.values())
