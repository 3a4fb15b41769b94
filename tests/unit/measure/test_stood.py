"""Counts of walks become counts on steps: who waits is at the wait, who is over is where it ended, nobody is lost."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.journey.definition import Journey
from tenshu.journey.grammar import OWN_OUTCOMES
from tenshu.measure.where_they_stand import DOOR, WhereTheyStand, flows, kept_at, stood
from tests.unit.journey.examples import IN_OSAKA, journey

END: dict[str, Any] = {"kind": "exit"}
NO_ACCOUNT = pl.DataFrame(
    schema={"journey": pl.String, "step": pl.String, "state": pl.String, "reason": pl.String, "people": pl.Int64}
)
KINDS: dict[str, Any] = {
    "step": pl.String,
    "arm": pl.String,
    "status": pl.String,
    "outcome": pl.String,
    "people": pl.Int64,
}
Row = tuple[str, str, str, str | None, int]


def mail(following: str) -> dict[str, Any]:
    return {"kind": "send", "channel": "email", "template": "t", "next": following}


def wait(following: str) -> dict[str, Any]:
    return {"kind": "wait", "days": 3, "next": following}


def two_mails() -> Journey:
    """A mail, a wait, a mail, the end."""
    return journey(first_step="one", steps={"one": mail("rest"), "rest": wait("two"), "two": mail("end"), "end": END})


def waits_first() -> Journey:
    return journey(first_step="rest", steps={"rest": wait("one"), "one": mail("end"), "end": END})


def counted(made: Journey, rows: list[Row], decided: dict[str, int] | None = None) -> WhereTheyStand:
    standing = pl.DataFrame(rows, schema=KINDS, orient="row")
    return stood(made, standing, decided or {}, NO_ACCOUNT)


def test_whoever_the_ledger_keeps_behind_a_wait_is_said_to_be_at_it() -> None:
    rows: list[Row] = [("two", "treated", "active", None, 7), ("two", "held_out", "active", None, 2)]
    found = counted(two_mails(), rows, {"one": 9})
    rest, two = found.steps["rest"], found.steps["two"]
    assert (rest.waiting, rest.waiting_held_out, rest.passed) == (7, 2, 9)
    assert (two.waiting, two.waiting_held_out, two.passed) == (0, 0, 0)
    assert (found.entered, found.held_out, found.walking) == (9, 2, 9)


@pytest.mark.parametrize("outcome", sorted({*OWN_OUTCOMES, "ended"}))
def test_whoever_left_before_the_second_mail_left_while_waiting(outcome: str) -> None:
    found = counted(two_mails(), [("two", "treated", "ended", outcome, 4)], {"one": 4})
    assert found.steps["rest"].stopped == 4
    assert found.steps["two"].stopped == 0
    assert found.outcomes == {outcome: 4}
    assert found.walking == 0


def test_whoever_came_to_the_end_is_at_the_end() -> None:
    found = counted(two_mails(), [("end", "treated", "ended", "done", 5)], {"one": 5, "two": 5})
    assert found.steps["end"].stopped == found.steps["end"].passed == 5
    assert found.ways == {DOOR: 5, ("one", 0): 5, ("rest", 0): 5, ("two", 0): 5}


def test_an_end_behind_a_wait_holds_who_arrived_and_the_wait_who_has_not() -> None:
    made = journey(first_step="one", steps={"one": mail("rest"), "rest": wait("end"), "end": END})
    rows: list[Row] = [
        ("end", "treated", "active", None, 3),
        ("end", "treated", "ended", "done", 4),
        ("end", "treated", "ended", "goal", 2),
    ]
    found = counted(made, rows, {"one": 9})
    assert (found.steps["rest"].waiting, found.steps["rest"].stopped) == (3, 2)
    assert (found.steps["end"].waiting, found.steps["end"].stopped, found.steps["end"].passed) == (0, 4, 4)
    assert found.outcomes == {"done": 4, "goal": 2}


def test_a_step_that_two_waits_lead_to_keeps_its_own_people() -> None:
    cases = [{"when": IN_OSAKA, "next": "short"}]
    made = journey(
        first_step="ask",
        steps={
            "ask": {"kind": "branch", "cases": cases, "otherwise": "long"},
            "short": wait("one"),
            "long": wait("one"),
            "one": mail("end"),
            "end": END,
        },
    )
    found = counted(made, [("one", "treated", "active", None, 6)])
    assert found.steps["one"].waiting == 6
    assert found.steps["short"].waiting == found.steps["long"].waiting == 0
    assert ("ask", 0) not in found.ways, "which of the two they went is not guessed"
    assert found.ways[DOOR] == 6
    assert kept_at(made, "one") == ["one"]
    assert kept_at(made, "short") == ["short"]


@pytest.mark.parametrize(
    ("step", "kept"), [("one", ["one"]), ("rest", ["two", "rest"]), ("two", []), ("end", ["end"]), ("gone", [])]
)
def test_where_the_ledger_keeps_them_is_found_back(step: str, kept: list[str]) -> None:
    assert kept_at(two_mails(), step) == kept


def test_a_wait_that_comes_first_holds_who_has_just_entered() -> None:
    assert kept_at(waits_first(), "rest") == ["one", "rest"]
    found = counted(waits_first(), [("one", "treated", "active", None, 3)])
    assert (found.steps["rest"].waiting, found.steps["one"].passed) == (3, 0)


def test_the_account_of_a_mail_is_its_own_and_that_of_the_head_is_all() -> None:
    rows = [
        ("welcome-back", "one", "sent", None, 5),
        ("welcome-back", "one", "suppressed", "capped", 2),
        ("welcome-back", "two", "sent", None, 3),
    ]
    accounts = pl.DataFrame(rows, schema=NO_ACCOUNT.schema, orient="row")
    found = stood(two_mails(), pl.DataFrame(schema=KINDS), {"one": 7, "two": 3}, accounts)
    one, two = found.steps["one"].account, found.steps["two"].account
    assert one is not None
    assert two is not None
    assert (one.planned, one.sent, one.suppressed) == (7, 5, {"capped": 2})
    assert (two.planned, two.sent) == (3, 3)
    assert (found.account.planned, found.account.sent, found.account.closes) == (10, 8, True)
    assert found.steps["rest"].account is None


def test_a_decision_in_flight_is_never_told_as_less_than_nobody() -> None:
    # A tick may have decided on more than are counted as entered a moment before.
    ways = flows(two_mails(), entered=2, stopped={}, left={"one": 3, "two": 3})
    assert all(people is not None and people >= 0 for people in ways.values())


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "end"]),
        st.sampled_from(["treated", "held_out"]),
        st.sampled_from([("active", None), ("ended", "goal"), ("ended", "exit"), ("ended", "done")]),
        st.integers(1, 500),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_everybody_is_at_one_step_and_counted_once(rows: list[tuple[str, str, tuple[str, str | None], int]]) -> None:
    told: list[Row] = [(step, arm, status, outcome, people) for step, arm, (status, outcome), people in rows]
    found = counted(two_mails(), told)
    steps = found.steps.values()
    assert sum(at.waiting + at.waiting_held_out + at.stopped for at in steps) == found.entered
    assert sum(at.waiting + at.waiting_held_out for at in steps) == found.walking
    assert found.entered == found.walking + sum(found.outcomes.values())
    assert found.held_out == sum(people for _s, arm, _o, people in rows if arm == "held_out")
    assert min(at.stopped for at in steps) >= 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 900), st.integers(0, 900), st.integers(0, 900), st.integers(0, 900))
def test_along_a_straight_way_every_number_follows(waiting: int, left: int, done: int, held: int) -> None:
    rows: list[Row] = [
        ("two", "treated", "active", None, waiting),
        ("two", "treated", "ended", "goal", left),
        ("end", "treated", "ended", "done", done),
        ("two", "held_out", "active", None, held),
    ]
    found = counted(two_mails(), rows, {"one": waiting + left + done + held, "two": done})
    whole = waiting + left + done + held
    assert [found.steps[name].passed for name in ("one", "rest", "two", "end")] == [whole, whole, done, done]
