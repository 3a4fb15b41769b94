"""Put one scenario's report together: account, answers, arms, lift.

Everything here is pure: tables that others have read go in, one struct comes out.
"""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
import polars as pl

from tenshu.journey.definition import Journey
from tenshu.journey.grammar import Send
from tenshu.measure.account import Account, as_account
from tenshu.measure.lift import Lift, SampleRatio, Verdict, lift, sample_ratio, sample_stats
from tenshu.measure.outcome import Truth
from tenshu.measure.rates import Rate, Rates, rates, share


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """What an outreach is for, and within which window it is judged."""

    event: str = "order_completed"
    within_days: int = 14
    target_rate: float | None = None
    review_on: date | None = None


class ArmReport(msgspec.Struct, frozen=True, kw_only=True):
    """One arm, everybody who entered, whether reached or not (intent to treat).

    Attributes:
        people: entered people; somebody who entered twice counts once, from the first time.
        complete_people: those whose window is over by now.
        buyers: people with an order in their window so far.
        orders: orders in their windows.
        revenue: minor units in their windows.
        orders_per_person: orders / people; None when nobody is in the arm.
        revenue_per_person: minor units a person; None when nobody is in the arm.
    """

    people: int = 0
    complete_people: int = 0
    buyers: int = 0
    orders: int = 0
    revenue: int = 0
    orders_per_person: float | None = None
    revenue_per_person: float | None = None


class StepReport(msgspec.Struct, frozen=True, kw_only=True):
    """One send step of an outreach, with its own account and answers."""

    name: str
    account: Account
    rates: Rates = Rates()


class OutreachReport(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario, summed over its send steps.

    Attributes:
        name: the scenario's name.
        title: what people call it, by language (ja, en); may be empty.
        status: active | paused | ended.
        standing: where it stands at this moment (`measure.state.Standing`); empty when unknown.
        started_at: when its first version started; None when unknown.
        goal: what it is judged by.
        account: what became of everybody it was planned for; sums the steps.
        steps: the same, send step by send step, in order of the definition.
        rates: answers, each with its base.
        treated, held_out: the two arms.
        complete_rate: share of entered people whose window is over; None when nobody entered.
        mixed_people: people who entered in both arms through a merge; they count in their earliest arm.
        lift_orders: orders per entered person, treated minus held out.
        lift_revenue: minor units per entered person, treated minus held out.
        sample_ratio: whether the arms are as large as they should be.
    """

    name: str
    title: dict[str, str] = msgspec.field(default_factory=dict)
    status: str = "active"
    standing: str = ""
    started_at: datetime | None = None
    goal: Goal = Goal()
    account: Account = msgspec.field(default_factory=Account)
    steps: tuple[StepReport, ...] = ()
    rates: Rates = Rates()
    treated: ArmReport = ArmReport()
    held_out: ArmReport = ArmReport()
    complete_rate: float | None = None
    mixed_people: int = 0
    lift_orders: Lift = Lift()
    lift_revenue: Lift = Lift()
    sample_ratio: SampleRatio = SampleRatio()


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario as the ledger has it: its newest definition and when it began."""

    journey: Journey
    status: str
    started_at: datetime


def outreach(
    started: Started, *, accounts: pl.DataFrame, answers: pl.DataFrame, people: pl.DataFrame, truth: Truth | None = None
) -> OutreachReport:
    """Put one scenario's report together.

    Args:
        started: the scenario.
        accounts: rows of `account.account`, of any scenarios.
        answers: rows of `rates.answers`, of any scenarios.
        people: `outcome.outcomes` of this scenario.
        truth: what it really changed, in a rehearsal.
    """
    journey = started.journey
    mine = accounts.filter(pl.col("journey") == journey.name)
    told = answers.filter(pl.col("journey") == journey.name)
    treated, held_out = (people.filter(pl.col("arm") == arm) for arm in ("treated", "held_out"))
    here, there = arm_report(treated), arm_report(held_out)
    account = as_account(mine)
    ratio = sample_ratio(here.people, there.people, journey.holdout_rate)
    return OutreachReport(
        name=journey.name,
        title={str(language): text for language, text in journey.title.items()},
        status=started.status,
        started_at=started.started_at,
        goal=_goal(journey),
        account=account,
        steps=tuple(_step(name, mine, told) for name in _send_steps(journey, mine)),
        rates=rates(told, sent=account.sent, treated=_converted(here), held_out=_converted(there)),
        treated=here,
        held_out=there,
        complete_rate=share(here.complete_people + there.complete_people, people.height).rate,
        mixed_people=int(people["is_mixed"].sum()),
        lift_orders=_trusted(_lift(treated, held_out, "orders", truth.orders if truth else None), ratio),
        lift_revenue=_trusted(_lift(treated, held_out, "revenue", truth.revenue if truth else None), ratio),
        sample_ratio=ratio,
    )


def arm_report(people: pl.DataFrame) -> ArmReport:
    """Sum one arm up.

    Args:
        people: [orders, revenue, is_complete], one row a person.
    """
    count = people.height
    orders, revenue = int(people["orders"].sum()), int(people["revenue"].sum())
    return ArmReport(
        people=count,
        complete_people=int(people["is_complete"].sum()),
        buyers=people.filter(pl.col("orders") > 0).height,
        orders=orders,
        revenue=revenue,
        orders_per_person=orders / count if count else None,
        revenue_per_person=revenue / count if count else None,
    )


def _goal(journey: Journey) -> Goal:
    goal = journey.goal
    return Goal(
        event=goal.event, within_days=goal.within_days, target_rate=goal.target_rate, review_on=journey.review_on
    )


def _send_steps(journey: Journey, rows: pl.DataFrame) -> Sequence[str]:
    """Return the send steps in order, then those that only older versions had."""
    named = [name for name, step in journey.steps.items() if isinstance(step, Send)]
    return [*named, *(name for name in rows["step"].unique().sort() if name not in named)]


def _step(name: str, accounts: pl.DataFrame, answers: pl.DataFrame) -> StepReport:
    account = as_account(accounts.filter(pl.col("step") == name))
    return StepReport(
        name=name, account=account, rates=rates(answers.filter(pl.col("step") == name), sent=account.sent)
    )


def _converted(arm: ArmReport) -> Rate:
    return share(arm.buyers, arm.people)


def _lift(treated: pl.DataFrame, held_out: pl.DataFrame, outcome: str, truth: float | None) -> Lift:
    return lift(sample_stats(treated[outcome].to_numpy()), sample_stats(held_out[outcome].to_numpy()), truth=truth)


def _trusted(found: Lift, ratio: SampleRatio) -> Lift:
    """Keep the numbers but say nothing when the arms were not drawn by chance alone."""
    if not ratio.is_suspect:
        return found
    return msgspec.structs.replace(found, verdict=Verdict.CANNOT_KNOW_YET, more_people=None)
