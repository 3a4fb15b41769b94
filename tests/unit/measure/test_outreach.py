"""One scenario's report says the same as its tables."""

from typing import Any

import msgspec
import polars as pl
import pytest

from tenshu.journey.definition import Journey
from tenshu.measure.lift import Verdict
from tenshu.measure.outcome import Truth
from tenshu.measure.outreach import OutreachReport, Started, arm_report, outreach
from tests.unit.measure.books import START, day, definition


def started(**changes: Any) -> Started:
    """Return a started scenario with two letters and half of the people held out."""
    return Started(journey=msgspec.convert(definition(**changes), Journey), status="active", started_at=START)


def accounts(*rows: tuple[str, str, str, str | None, int]) -> pl.DataFrame:
    """Return rows of the account."""
    return pl.DataFrame(rows, schema=["journey", "step", "state", "reason", "people"], orient="row").cast(
        {"journey": pl.String, "step": pl.String, "state": pl.String, "reason": pl.String, "people": pl.Int64}
    )


def answers(*rows: tuple[str, str, str, int]) -> pl.DataFrame:
    """Return counted answers."""
    return pl.DataFrame(rows, schema=["journey", "step", "answer", "messages"], orient="row").cast(
        {"journey": pl.String, "step": pl.String, "answer": pl.String, "messages": pl.Int64}
    )


def people(treated: list[int], held_out: list[int], *, open_windows: int = 0, mixed: int = 0) -> pl.DataFrame:
    """Return people with so many orders each, at 1 000 an order."""
    orders = [*treated, *held_out]
    count = len(orders)
    return pl.DataFrame(
        {
            "customer": range(count),
            "arm": ["treated"] * len(treated) + ["held_out"] * len(held_out),
            "entered_at": [day(0)] * count,
            "is_mixed": [number < mixed for number in range(count)],
            "orders": orders,
            "revenue": [1_000 * number for number in orders],
            "is_complete": [number >= open_windows for number in range(count)],
        },
        schema_overrides={
            "arm": pl.String,
            "is_mixed": pl.Boolean,
            "orders": pl.Int64,
            "revenue": pl.Int64,
            "is_complete": pl.Boolean,
        },
    )


HALF_BUY = [0, 1] * 40
FEW_BUY = [0, 0, 0, 0, 1] * 16


def report(**given: Any) -> OutreachReport:
    """Return the report of the scenario, of nothing where nothing is given."""
    told = {"accounts": accounts(), "answers": answers(), "people": people([], [])} | given
    return outreach(told.pop("started", started()), **told)


def test_names_and_goal_come_from_the_definition() -> None:
    found = report()
    assert found.name == "hello"
    assert found.title == {"ja": "ごあいさつ", "en": "Greetings"}
    assert (found.goal.within_days, found.goal.target_rate, found.goal.event) == (14, 0.05, "order_completed")
    assert str(found.goal.review_on) == "2026-05-01"
    assert found.started_at == START


def test_outreach_sums_its_steps() -> None:
    found = report(
        accounts=accounts(
            ("hello", "first", "sent", None, 10),
            ("hello", "first", "suppressed", "capped", 3),
            ("hello", "second", "sent", None, 4),
            ("hello", "second", "suppressed", "capped", 2),
            ("hello", "second", "pending", None, 1),
            ("thanks", "first", "sent", None, 99),
        )
    )
    assert [step.name for step in found.steps] == ["first", "second"]
    assert [step.account.planned for step in found.steps] == [13, 7]
    assert (found.account.planned, found.account.sent, found.account.pending) == (20, 14, 1)
    assert found.account.suppressed == {"capped": 5}
    assert found.account.closes


def test_step_that_nobody_reached_is_shown_with_zero() -> None:
    found = report(accounts=accounts(("hello", "first", "sent", None, 10)))
    assert [(step.name, step.account.planned) for step in found.steps] == [("first", 10), ("second", 0)]


def test_step_of_an_older_version_stays_in_the_account() -> None:
    found = report(accounts=accounts(("hello", "ancient", "sent", None, 5), ("hello", "first", "sent", None, 1)))
    assert [step.name for step in found.steps] == ["first", "second", "ancient"]
    assert found.account.sent == 6


def test_answers_stand_on_the_messages_of_their_step() -> None:
    found = report(
        accounts=accounts(("hello", "first", "sent", None, 10), ("hello", "second", "sent", None, 5)),
        answers=answers(
            ("hello", "first", "opened", 4), ("hello", "second", "opened", 1), ("thanks", "first", "opened", 9)
        ),
    )
    assert (found.rates.opened.count, found.rates.opened.base) == (5, 15)
    assert [(step.rates.opened.count, step.rates.opened.base) for step in found.steps] == [(4, 10), (1, 5)]


def test_arms_hold_everybody_who_entered() -> None:
    found = report(people=people(HALF_BUY, FEW_BUY))
    assert (found.treated.people, found.treated.orders, found.treated.buyers) == (80, 40, 40)
    assert (found.held_out.people, found.held_out.orders, found.held_out.revenue) == (80, 16, 16_000)
    assert found.treated.orders_per_person == 0.5
    assert found.held_out.revenue_per_person == 200.0


def test_lift_is_the_difference_of_the_arms() -> None:
    found = report(people=people(HALF_BUY, FEW_BUY))
    assert found.lift_orders.estimate == pytest.approx(0.3)  # 40 / 80 - 16 / 80
    assert found.lift_revenue.estimate == pytest.approx(300.0)
    assert found.lift_orders.verdict is Verdict.HELPED


def test_truth_is_carried_beside_the_estimate() -> None:
    found = report(people=people(HALF_BUY, FEW_BUY), truth=Truth(orders=0.25, revenue=250.0))
    assert found.lift_orders.truth == 0.25
    assert found.lift_revenue.truth == 250.0


def test_truth_is_shown_although_the_estimate_cannot_be_known() -> None:
    found = report(people=people([1], []), truth=Truth(orders=0.25, revenue=250.0))
    assert found.lift_orders.estimate is None
    assert found.lift_orders.truth == 0.25


def test_arms_of_the_wrong_size_silence_the_verdict_but_not_the_numbers() -> None:
    found = report(started=started(holdout_rate=0.1), people=people(HALF_BUY, FEW_BUY))
    assert found.sample_ratio.is_suspect
    assert found.lift_orders.verdict is Verdict.CANNOT_KNOW_YET
    assert found.lift_orders.estimate == pytest.approx(0.3)


def test_conversion_of_both_arms_stands_side_by_side() -> None:
    found = report(people=people([0, 3, 1, 0], [0, 1]))
    assert (found.rates.converted.count, found.rates.converted.base) == (2, 4)
    assert (found.rates.converted_held_out.count, found.rates.converted_held_out.base) == (1, 2)


def test_share_of_complete_windows_is_told() -> None:
    found = report(people=people(HALF_BUY, FEW_BUY, open_windows=40))
    assert found.complete_rate == 0.75
    assert found.treated.complete_people == 40


def test_people_of_both_arms_are_counted() -> None:
    assert report(people=people(HALF_BUY, FEW_BUY, mixed=3)).mixed_people == 3


def test_scenario_that_nobody_entered_is_a_designed_state() -> None:
    found = report()
    assert found.account.closes
    assert found.complete_rate is None
    assert found.treated.orders_per_person is None
    assert found.lift_orders.verdict is Verdict.CANNOT_KNOW_YET
    assert found.rates.opened.rate is None


def test_arm_of_nobody_has_no_mean() -> None:
    found = arm_report(people([], []))
    assert (found.people, found.orders, found.orders_per_person) == (0, 0, None)


def test_report_survives_a_round_trip_as_json() -> None:
    found = report(accounts=accounts(("hello", "first", "sent", None, 10)), people=people(HALF_BUY, FEW_BUY))
    assert msgspec.json.decode(msgspec.json.encode(found), type=OutreachReport) == found
