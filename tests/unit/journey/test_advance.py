"""Everybody who is due goes on, all at once."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.condition import Condition
from tenshu.journey.advance import ENDED, MOVED, PROPOSALS, advance, goals_reached, wakes_at
from tenshu.journey.grammar import Journey, Wait
from tenshu.journey.local_time import local
from tenshu.store.ledger import INSTANT
from tests.unit.journey.examples import (
    IN_OSAKA,
    IN_TOKYO,
    NOW,
    SEND_AND_END,
    TOKYO,
    definition,
    entered,
    facts,
    holding,
    journey,
    shown,
)
from tests.unit.journey.oracle import walk_on


def standing(*rows: tuple[int, str, int], due_at: datetime = NOW) -> pl.DataFrame:
    """Return active enrolments: customer, step, visit; the enrolment's number is a hundred more."""
    frame = pl.DataFrame(list(rows), schema={"customer": pl.Int64, "step": pl.String, "visit": pl.Int64}, orient="row")
    return frame.with_columns(
        enrolment=pl.col("customer") + 100,
        arm=pl.lit("treated"),
        due_at=pl.lit(due_at, INSTANT),
        version=pl.lit(2, pl.Int64),
    )


def go(frame: pl.DataFrame, scenario: Journey | None = None, now: datetime = NOW, **names: set[int]) -> Any:
    """Advance everybody; the named conditions hold for those customers."""
    return advance(frame, scenario or journey(), holds=holding(**names), now=now, zone=TOKYO)


def at(result: Any) -> list[tuple[Any, ...]]:
    """Return step, visit, status, outcome of everybody who moved."""
    return list(result.moved.select("step", "visit", "status", "outcome").rows())


def test_first_tick_proposes_the_first_mail_and_waits_for_the_third_day() -> None:
    result = go(entered(journey(), [1, 2]))
    assert at(result) == [("asked", 2, "active", None)] * 2
    assert result.moved["due_at"].to_list() == [NOW + timedelta(days=3)] * 2
    assert result.proposals.select("enrolment", "visit", "step", "template").rows() == [
        (1, 0, "hello", "welcome-back-1"),
        (2, 0, "hello", "welcome-back-1"),
    ]


def test_frames_have_their_columns() -> None:
    result = go(entered(journey(), [1]))
    assert (result.moved.schema, result.proposals.schema) == (MOVED, PROPOSALS)
    nobody = go(entered(journey(), []))
    assert (nobody.moved.schema, nobody.proposals.schema) == (MOVED, PROPOSALS)


def test_proposal_carries_what_the_decision_asks() -> None:
    row = go(standing((7, "hello", 4)), journey(priority=80)).proposals.row(0, named=True)
    assert row == {
        "enrolment": 107,
        "visit": 4,
        "journey": "welcome-back",
        "version": 2,
        "step": "hello",
        "customer": 7,
        "arm": "treated",
        "channel": "email",
        "purpose": "marketing",
        "priority": 80,
        "template": "welcome-back-1",
        "expires_at": None,
    }


def test_those_due_later_are_left_alone() -> None:
    late = standing((1, "hello", 0), due_at=NOW + timedelta(microseconds=1))
    assert go(late).moved.is_empty()
    assert go(late).proposals.is_empty()


def test_first_case_that_holds_wins() -> None:
    people = standing((1, "asked", 2), (2, "asked", 2), (3, "asked", 2))
    result = go(people, asked_0={1, 2}, asked_1={2, 3})
    # 1 and 2 get the second mail (asked, again, end: 5 visited), 3 goes straight to the end (asked, end: 4).
    assert at(result) == [("end", 5, "ended", "done"), ("end", 5, "ended", "done"), ("end", 4, "ended", "done")]
    assert result.proposals.select("enrolment", "visit", "template").rows() == [
        (101, 3, "welcome-back-2"),
        (102, 3, "welcome-back-2"),
    ]


def test_who_fits_no_case_goes_the_other_way() -> None:
    result = go(standing(*((number, "asked", 2) for number in range(1, 401))))
    # A quarter draws the mail, the others wait two hours. 400 draws: +- 5 x 8.7.
    steps = Counter(result.moved["step"].to_list())
    assert set(steps) == {"end"}
    assert 100 - 44 <= len(result.proposals) <= 100 + 44
    assert result.moved.filter(status="active")["due_at"].unique().to_list() == [NOW + timedelta(hours=2)]


def test_condition_that_nobody_answers_does_not_hold() -> None:
    def silent(conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        nobody = pl.DataFrame({"customer": customers.head(0)})
        return nobody.with_columns(pl.lit(None, pl.Boolean).alias(name) for name in conditions)

    result = advance(standing((1, "asked", 2)), journey(), holds=silent, now=NOW, zone=TOKYO)
    assert at(result)[0][0] == "end"


def test_conditions_are_asked_once_and_only_those_that_can_come_up() -> None:
    asked: list[tuple[list[str], list[int]]] = []

    def holds(conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        asked.append((sorted(conditions), customers.to_list()))
        return holding()(conditions, customers)

    advance(standing((3, "hello", 0), (1, "later", 5)), journey(), holds=holds, now=NOW, zone=TOKYO)
    assert asked == []
    advance(standing((3, "asked", 0), (1, "asked", 5)), journey(), holds=holds, now=NOW, zone=TOKYO)
    assert asked == [(["asked_0", "asked_1"], [1, 3])]
    asked.clear()
    advance(standing((3, "hello", 0)), journey(exit_when=IN_TOKYO), holds=holds, now=NOW, zone=TOKYO)
    assert asked == [(["exit_when"], [3])]


def test_who_meets_the_exit_rule_leaves_before_anything_else() -> None:
    result = go(standing((1, "hello", 0), (2, "hello", 0)), journey(exit_when=IN_TOKYO), exit_when={1})
    assert at(result) == [("hello", 0, "ended", "exit"), ("asked", 2, "active", None)]
    assert result.proposals["customer"].to_list() == [2]
    assert result.moved["ended_at"].to_list() == [NOW, None]


def test_ghosts_walk_like_the_others() -> None:
    people = entered(journey(holdout_rate=0.5), list(range(1, 101)))
    result = go(people, journey(holdout_rate=0.5))
    assert len(result.proposals) == 100
    assert result.proposals["arm"].to_list() == people["arm"].to_list()
    assert {"treated", "held_out"} == set(people["arm"])


def test_person_at_a_step_that_is_gone_leaves() -> None:
    result = go(standing((1, "removed", 3), (2, "hello", 0)), journey(exit_when=IN_TOKYO), exit_when={1})
    assert at(result)[0] == ("removed", 3, "ended", "step_gone")
    assert at(result)[1] == ("asked", 2, "active", None)


def test_split_follows_its_shares_and_keeps_to_them() -> None:
    arms = [
        {"name": name, "share": share, "next": f"wait-{name}"} for name, share in (("a", 0.2), ("b", 0.3), ("c", 0.5))
    ]
    waits = {
        f"wait-{name}": {"kind": "wait", "days": days, "next": "end"} for name, days in (("a", 1), ("b", 2), ("c", 3))
    }
    scenario = journey(
        first_step="draw", steps={"draw": {"kind": "split", "arms": arms}, **waits, "end": {"kind": "exit"}}
    )
    people = standing(*((number, "draw", 0) for number in range(1, 50_001)))
    first = go(people, scenario).moved
    days = (first["due_at"] - NOW).dt.total_days()
    # 50,000 draws: five standard errors of a half are 1.1 %.
    for day, share in ((1, 0.2), (2, 0.3), (3, 0.5)):
        assert (days == day).mean() == pytest.approx(share, abs=0.0112)
    alone = go(people.filter(pl.col("customer") == 4711), scenario).moved
    assert alone.row(0) == first.filter(pl.col("enrolment") == 4811).row(0)


def test_message_expires_counted_from_when_it_was_due() -> None:
    """A queue that was stopped for days sends nothing stale when it goes on (attack 38)."""
    steps = {**SEND_AND_END, "hello": {**SEND_AND_END["hello"], "expires_after_hours": 48}}
    three_days_ago = NOW - timedelta(days=3)
    result = go(standing((1, "hello", 0), due_at=three_days_ago), journey(steps=steps))
    assert result.proposals["expires_at"].to_list() == [three_days_ago + timedelta(hours=48)]


def test_same_tick_twice_proposes_the_same_keys() -> None:
    """Mautic #9880: workers that overlap; the unique key (enrolment, visit) lets one of them through."""
    people = entered(journey(), list(range(1, 200)))
    first, second = go(people), go(people)
    assert first.moved.equals(second.moved)
    assert first.proposals.equals(second.proposals)


def test_rows_in_any_order_give_the_same_tables() -> None:
    people = entered(journey(), list(range(1, 200)))
    shuffled = people.sample(fraction=1.0, shuffle=True, seed=3)
    assert go(people).moved.equals(go(shuffled).moved)
    assert go(people).proposals.equals(go(shuffled).proposals)


def test_clock_that_jumps_back_an_hour_repeats_no_step() -> None:
    people = entered(journey(), [1])
    moved = go(people).moved
    again = people.drop(MOVED.names()[1:]).join(moved, on="enrolment")
    assert go(again, now=NOW - timedelta(hours=1)).moved.is_empty()
    assert go(again, now=NOW + timedelta(hours=1)).moved.is_empty()


DAILY_LOOP = {
    "hello": {"kind": "send", "channel": "email", "template": "t", "next": "wait"},
    "wait": {"kind": "wait", "days": 1, "at": "10:00", "next": "hello"},
}


def run_days(scenario: Journey, zone: str, days: int, late: timedelta) -> list[tuple[int, datetime]]:
    """Walk one person from tick to tick, each a little late; return (visit, instant) of each proposal."""
    person = entered(scenario, [1])
    proposed = []
    now = NOW
    for _ in range(days):
        result = advance(person, scenario, holds=holding(), now=now, zone=zone)
        proposed += [(visit, now) for visit in result.proposals["visit"].to_list()]
        person = person.drop(MOVED.names()[1:]).join(result.moved, on="enrolment")
        now = person["due_at"][0] + late
    return proposed


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Asia/Tokyo", "Australia/Lord_Howe"])
@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=9), timedelta(hours=3)])
def test_daily_step_is_proposed_once_a_local_day_over_changes_of_clocks(zone: str, late: timedelta) -> None:
    """Mautic #8802 and #6505: "30 mails in a few days"; and no day is lost when ticks are late."""
    proposed = run_days(journey(steps=DAILY_LOOP), zone, 100, late)
    days = [local(now, zone).date() for _, now in proposed]
    assert len(days) == len(set(days)) == 100
    assert (days[-1] - days[1]).days == 98


def test_visit_never_repeats_in_a_circle() -> None:
    visits = [visit for visit, _ in run_days(journey(steps=DAILY_LOOP), TOKYO, 50, timedelta(0))]
    assert visits == list(range(0, 100, 2))


@pytest.mark.parametrize(
    ("wait", "local_end"),
    [
        # It is Monday 2026-01-05, 10:00 in Tokyo.
        (Wait(next="x", days=1), shown("2026-01-06T10:00")),
        (Wait(next="x", hours=1.5), shown("2026-01-05T11:30")),
        (Wait(next="x", days=1, hours=3), shown("2026-01-06T13:00")),
        (Wait(next="x", at="18:00"), shown("2026-01-05T18:00")),
        (Wait(next="x", at="10:00"), shown("2026-01-06T10:00")),  # never now: it would go round at once
        (Wait(next="x", at="09:00"), shown("2026-01-06T09:00")),
        (Wait(next="x", days=1, at="09:00"), shown("2026-01-06T09:00")),  # tomorrow at nine, not the day after
        (Wait(next="x", days=3, at="18:00"), shown("2026-01-08T18:00")),
        (Wait(next="x", hours=2, at="12:00"), shown("2026-01-05T12:00")),  # noon is when two hours have passed
        (Wait(next="x", hours=2, at="11:59"), shown("2026-01-06T11:59")),
        (Wait(next="x", days=1, hours=1, at="10:30"), shown("2026-01-07T10:30")),
    ],
)
def test_wait_is_over(wait: Wait, local_end: datetime) -> None:
    assert local(wakes_at(wait, NOW, TOKYO), TOKYO) == local_end


def test_wait_over_a_gap_ends_at_the_first_valid_minute() -> None:
    saturday = datetime(2026, 3, 7, 12, tzinfo=UTC)
    ends = wakes_at(Wait(next="x", days=1, at="02:30"), saturday, "America/New_York")
    assert local(ends, "America/New_York") == shown("2026-03-08T03:00")


def test_wait_over_a_skipped_day_ends_the_day_after() -> None:
    on_29th = datetime(2011, 12, 29, 22, tzinfo=UTC)  # 12:00 in Samoa
    ends = wakes_at(Wait(next="x", days=1, at="12:00"), on_29th, "Pacific/Apia")
    assert local(ends, "Pacific/Apia") == shown("2011-12-31T12:00")


def test_each_customer_waits_by_the_clock_of_their_own_zone() -> None:
    people = standing((1, "wait", 1), (2, "wait", 1), (3, "wait", 1), (4, "wait", 1)).with_columns(
        zone=pl.Series(["America/New_York", None, "Mars/Olympus", "Europe/London"])
    )
    ends = go(people).moved["due_at"].to_list()
    # 2026-01-05 01:00 UTC is still the 4th in New York (20:00): the third day from there is the 7th.
    assert local(ends[0], "America/New_York") == shown("2026-01-07T10:00")
    assert ends[1] == ends[2] == NOW + timedelta(days=3)
    assert local(ends[3], "Europe/London") == shown("2026-01-08T10:00")


STEP_NAMES = ["s0", "s1", "s2", "s3", "s4"]


@st.composite
def scenarios(draw: st.DrawFn) -> Journey:
    """Draw a scenario that runs: steps lead forward, waits lead anywhere."""
    steps: dict[str, Any] = {"end": {"kind": "exit", "outcome": "finished"}}
    for index, name in enumerate(STEP_NAMES):
        ahead = st.sampled_from([*STEP_NAMES[index + 1 :], "end"])
        step: dict[str, Any]
        kind = draw(st.sampled_from(["send", "wait", "branch", "split", "exit"]))
        if kind == "send":
            hours = draw(st.sampled_from([None, 24]))
            step = {"channel": "email", "template": name, "next": draw(ahead), "expires_after_hours": hours}
        elif kind == "wait":
            step = {"days": 1, "next": draw(st.sampled_from([*STEP_NAMES, "end"]))}
        elif kind == "branch":
            cases = [{"when": IN_OSAKA, "next": draw(ahead)} for _ in range(draw(st.integers(1, 3)))]
            step = {"cases": cases, "otherwise": draw(ahead)}
        elif kind == "split":
            step = {
                "arms": [{"name": arm, "share": share, "next": draw(ahead)} for arm, share in (("a", 0.3), ("b", 0.7))]
            }
        else:
            step = {"outcome": "left"}
        steps[name] = {"kind": kind, **step}
    data = definition(first_step="s0", exit_when=IN_TOKYO, steps=steps)
    data["steps"] = {name: steps[name] for name in ["end", *reversed(STEP_NAMES)] if name in reached(steps)}
    from tenshu.journey.definition import parse_journey  # noqa: PLC0415 - drawn first

    return parse_journey(data)


def reached(steps: dict[str, Any]) -> set[str]:
    """Return the steps that can be come to."""
    found, open_steps = set(), ["s0"]
    while open_steps:
        name = open_steps.pop()
        if name in found:
            continue
        found.add(name)
        step = steps[name]
        ways = [*step.get("cases", []), *step.get("arms", [])]
        open_steps += [way["next"] for way in ways]
        open_steps += [step[key] for key in ("next", "otherwise") if key in step]
    return found


@given(scenarios(), st.data())
def test_everybody_at_once_goes_where_each_would_go_alone(scenario: Journey, data: st.DataObject) -> None:
    names = sorted(scenario.steps)
    where = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=12))
    salt = data.draw(st.integers(0, 1000))

    def truth(name: str, customer: int) -> bool:
        return (sum(map(ord, name)) * 5 + salt + customer * 7) % 3 == 0

    def holds(conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        answers = {name: [truth(name, one) for one in customers.to_list()] for name in conditions}
        return pl.DataFrame({"customer": customers, **answers})

    people = standing(*((index + 1, step, index) for index, step in enumerate(where)))
    result = advance(people, scenario, holds=holds, now=NOW, zone=TOKYO)
    moved, proposed = [], []
    for index, step in enumerate(where):
        walk, messages = walk_on(
            scenario, index + 1, step=step, visit=index, due_at=NOW, holds=truth, now=NOW, zone=TOKYO
        )
        moved.append((index + 101, *walk))
        proposed += [(index + 101, *message) for message in messages]
    assert result.moved.select("enrolment", "step", "visit", "status", "outcome", "due_at").rows() == moved
    assert result.proposals.select("enrolment", "visit", "step", "template", "expires_at").rows() == proposed


class TestGoalsReached:
    """Whoever has reached the goal has walked enough."""

    def active(self, *rows: tuple[int, datetime]) -> pl.DataFrame:
        """Return active enrolments: customer, entered_at."""
        people = standing(*((customer, "asked", 2) for customer, _ in rows))
        return people.with_columns(entered_at=pl.Series([at for _, at in rows], dtype=INSTANT))

    def ended(self, people: pl.DataFrame, told: pl.DataFrame, **changes: Any) -> list[int]:
        """Return the enrolments that end."""
        return goals_reached(people, told, journey(**changes), now=NOW)["enrolment"].to_list()

    def test_goal_ends_the_walk_with_its_outcome(self) -> None:
        told = facts((1, "order_completed", NOW, None, None))
        ended = goals_reached(self.active((1, NOW - timedelta(days=1))), told, journey(), now=NOW)
        assert ended.schema == ENDED
        assert ended.rows() == [(101, "ended", "goal", None, NOW)]

    @pytest.mark.parametrize(
        ("after", "counts"),
        [
            (timedelta(0), False),  # the order that opened the scenario is not its goal
            (timedelta(microseconds=1), True),
            (timedelta(days=14), True),
            (timedelta(days=14, microseconds=1), False),
            (timedelta(seconds=-1), False),
        ],
    )
    def test_only_facts_within_the_window_count(self, after: timedelta, counts: bool) -> None:  # noqa: FBT001
        entered_at = NOW - timedelta(days=20)
        told = facts((1, "order_completed", entered_at + after, None, None))
        assert self.ended(self.active((1, entered_at)), told) == ([101] if counts else [])

    def test_other_events_and_other_people_do_not_count(self) -> None:
        told = facts((1, "email_clicked", NOW, None, None), (2, "order_completed", NOW, None, None))
        assert self.ended(self.active((1, NOW - timedelta(days=1))), told) == []

    def test_walk_ends_once_however_many_facts_reach_the_goal(self) -> None:
        told = facts(*[(1, "order_completed", NOW, None, None)] * 46)
        assert self.ended(self.active((1, NOW - timedelta(days=1))), told) == [101]

    def test_goal_that_does_not_end_the_walk_ends_nothing(self) -> None:
        goal = {"event": "order_completed", "within_days": 14, "target_rate": 0.05, "ends_journey": False}
        told = facts((1, "order_completed", NOW, None, None))
        assert self.ended(self.active((1, NOW - timedelta(days=1))), told, goal=goal) == []
