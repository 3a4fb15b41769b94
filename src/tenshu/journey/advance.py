"""Move people through a scenario: everybody who is due, all steps at once.

The steps run in their order inside the tick, each for everybody who stands there by then, so that the
number of operations depends on the scenario and never on how many people walk through it. Those held out walk
too, as ghosts: what they would have been sent is proposed with their arm, and `decide` keeps it back.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple, assert_never

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenshu.condition import Condition
from tenshu.journey.conditions import EXIT_WHEN, asked_at, case_name
from tenshu.journey.grammar import Branch, Exit, Journey, Send, Split, Wait, clock_time
from tenshu.journey.graph import reachable_from, running_order
from tenshu.journey.local_time import after_days, by_zone, day_instant, instant_of, local, next_daily
from tenshu.kit.rng import unit
from tenshu.store.ledger import INSTANT

#: Asks the conditions for these customers: columns `customer` and one Boolean a name.
Holds = Callable[[Mapping[str, Condition], pl.Series], pl.DataFrame]

MOVED: Final = pl.Schema(
    {
        "enrolment": pl.Int64(),
        "step": pl.String(),
        "visit": pl.Int64(),
        "status": pl.String(),
        "outcome": pl.String(),
        "due_at": INSTANT,
        "ended_at": INSTANT,
    }
)
#: Of a walk that ends where it stands.
ENDED: Final = pl.Schema({name: kind for name, kind in MOVED.items() if name not in ("step", "visit")})
PROPOSALS: Final = pl.Schema(
    {
        "enrolment": pl.Int64(),
        "visit": pl.Int64(),
        "journey": pl.String(),
        "version": pl.Int64(),
        "step": pl.String(),
        "customer": pl.Int64(),
        "arm": pl.String(),
        "channel": pl.String(),
        "purpose": pl.String(),
        "priority": pl.Int64(),
        "template": pl.String(),
        "expires_at": INSTANT,
    }
)
_GOES_ON: Final = -1  # no outcome yet
_MICROSECOND: Final = timedelta(microseconds=1)


class Advanced(NamedTuple):
    """What one tick did to the walks of one scenario.

    Attributes:
        moved: where everybody who was due stands now, columns `MOVED`; one row an enrolment.
        proposals: the messages that the walk came to, columns `PROPOSALS`; unique by (enrolment, visit).
    """

    moved: pl.DataFrame
    proposals: pl.DataFrame


def advance(standing: pl.DataFrame, journey: Journey, *, holds: Holds, now: datetime, zone: str) -> Advanced:
    """Run every step that is due.

    Args:
        standing: active enrolments of this scenario: enrolment, customer, arm, step, visit, due_at, and if known
            version and zone (the customer's own). Those due later are left alone.
        journey: the version these people are on.
        holds: asked once, with every condition that can come up before the next wait.
        now: business time.
        zone: the shop's, for customers without one.
    """
    due = standing.filter(pl.col("due_at") <= now).sort("enrolment")
    if due.is_empty():
        return Advanced(pl.DataFrame(schema=MOVED), pl.DataFrame(schema=PROPOSALS))
    return _Walk(due, journey, holds=holds, now=now, zone=zone).run()


class _Walk:
    """Everybody who is due, as columns, while the steps run over them."""

    def __init__(self, due: pl.DataFrame, journey: Journey, *, holds: Holds, now: datetime, zone: str) -> None:
        self.due, self.journey, self.now, self.zone = due, journey, now, zone
        self.names = list(journey.steps)
        self.outcomes: list[str] = []
        self.customers = due["customer"].to_numpy()
        self.at = _codes(due["step"], self.names)
        self.visit = due["visit"].to_numpy().copy()
        self.ended = np.full(len(due), _GOES_ON, dtype=np.int64)
        self.wakes = np.zeros(len(due), dtype=np.int64)
        self.proposals: list[pl.DataFrame] = []
        self.truths = self._ask(holds)

    def run(self) -> Advanced:
        """Run the steps in their order; a step sees everybody whom the steps before it have sent there."""
        gone = self.at < 0  # stands at a step that this version does not have
        if gone.any():
            self._end(np.flatnonzero(gone), "step_gone")
        if EXIT_WHEN in self.truths:
            self._end(np.flatnonzero(self.truths[EXIT_WHEN] & ~gone), "exit")
        running = self.ended == _GOES_ON
        order, _ = running_order(self.journey)
        for name in order:
            here = np.flatnonzero((self.at == self.names.index(name)) & running)
            if len(here):
                self._run_step(name, here, running)
        return Advanced(self._moved(), self._proposed())

    def _run_step(self, name: str, here: NDArray[np.int64], running: NDArray[np.bool_]) -> None:
        step = self.journey.steps[name]
        match step:
            case Send():
                self._propose(name, step, here)
                self._go(here, step.next)
            case Wait():
                self._sleep(step, here)
                self._go(here, step.next)
                running[here] = False
            case Branch():
                left = here
                for index, case in enumerate(step.cases):
                    takes = self.truths[case_name(name, index)][left]
                    self._go(left[takes], case.next)
                    left = left[~takes]
                self._go(left, step.otherwise)
            case Split():
                draws = unit(f"split:{self.journey.name}:{name}", self.customers[here])
                borders = np.cumsum([arm.share for arm in step.arms])[:-1]
                drawn = np.searchsorted(borders, draws, side="right")
                for index, arm in enumerate(step.arms):
                    self._go(here[drawn == index], arm.next)
            case Exit():
                self.visit[here] += 1
                self._end(here, step.outcome)
            case _:
                assert_never(step)

    def _go(self, here: NDArray[np.int64], step: str) -> None:
        self.at[here] = self.names.index(step)
        self.visit[here] += 1

    def _end(self, here: NDArray[np.int64], outcome: str) -> None:
        self.outcomes.append(outcome)
        self.ended[here] = len(self.outcomes) - 1

    def _sleep(self, step: Wait, here: NDArray[np.int64]) -> None:
        zones = self.due["zone"][here] if "zone" in self.due.columns else pl.Series([None] * len(here), dtype=pl.String)
        woken = by_zone(zones, self.zone, lambda zone: wakes_at(step, self.now, zone))
        self.wakes[here] = woken.dt.epoch("us").to_numpy()

    def _propose(self, name: str, step: Send, here: NDArray[np.int64]) -> None:
        """Propose the message; its key is the enrolment and how many steps it has visited before."""
        expires = None
        if step.expires_after_hours is not None:
            # Counted from when the step was due, so that nothing stale goes out after a long stop.
            expires = pl.col("due_at") + timedelta(hours=step.expires_after_hours)
        rows = self.due[here].with_columns(visit=pl.Series(self.visit[here], dtype=pl.Int64))
        self.proposals.append(
            rows.select(
                "enrolment",
                "visit",
                pl.lit(self.journey.name).alias("journey"),
                pl.col("version") if "version" in rows.columns else pl.lit(None, pl.Int64).alias("version"),
                pl.lit(name).alias("step"),
                "customer",
                "arm",
                pl.lit(step.channel).alias("channel"),
                pl.lit(self.journey.purpose).alias("purpose"),
                pl.lit(self.journey.priority, pl.Int64).alias("priority"),
                pl.lit(step.template).alias("template"),
                pl.lit(None, INSTANT).alias("expires_at") if expires is None else expires.alias("expires_at"),
            )
        )

    def _ask(self, holds: Holds) -> dict[str, NDArray[np.bool_]]:
        starts = self.due["step"].unique().to_list()
        conditions = asked_at(self.journey, sorted(reachable_from(self.journey, starts, past_waits=False)))
        if not conditions:
            return {}
        answers = holds(conditions, self.due["customer"].unique().sort())
        rows = self.due.select("customer").join(answers, on="customer", how="left", maintain_order="left")
        return {name: rows[name].fill_null(value=False).to_numpy() for name in conditions}

    def _moved(self) -> pl.DataFrame:
        is_over = pl.col("ended") != _GOES_ON
        rows = self.due.select(
            "enrolment",
            was_at="step",
            at=pl.Series(self.at),
            visit=pl.Series(self.visit),
            ended=pl.Series(self.ended),
            wakes_at=pl.Series(self.wakes).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        )
        return rows.select(
            "enrolment",
            _named(pl.col("at"), self.names).fill_null(pl.col("was_at")).alias("step"),
            "visit",
            pl.when(is_over).then(pl.lit("ended")).otherwise(pl.lit("active")).alias("status"),
            _named(pl.col("ended"), self.outcomes).alias("outcome"),
            pl.when(~is_over).then(pl.col("wakes_at")).alias("due_at"),
            pl.when(is_over).then(pl.lit(self.now, INSTANT)).alias("ended_at"),
        )

    def _proposed(self) -> pl.DataFrame:
        if not self.proposals:
            return pl.DataFrame(schema=PROPOSALS)
        return pl.concat(self.proposals).cast(PROPOSALS).sort("enrolment", "visit")


def wakes_at(step: Wait, now: datetime, zone: str) -> datetime:
    """Return when a wait that begins now is over for a customer in this zone.

    Days are local days: the same time of the day, also when the clocks change in between. `days` with `at` and no
    hours is that day at that time, so that a daily step never loses a day because a tick was late.
    """
    if step.at is None:
        return after_days(now, step.days, zone) + timedelta(hours=step.hours)
    at = clock_time(step.at)
    if step.days and not step.hours:
        day = local(now, zone).date() + timedelta(days=step.days)
        midnight = instant_of(datetime.combine(day, time()), zone)
        return day_instant(day, at, zone) or next_daily(midnight, at, zone)
    earliest = after_days(now, step.days, zone) + timedelta(hours=step.hours)
    return next_daily(earliest, at, zone) if earliest == now else next_daily(earliest - _MICROSECOND, at, zone)


def goals_reached(active: pl.DataFrame, facts: pl.DataFrame, journey: Journey, *, now: datetime) -> pl.DataFrame:
    """Return the walks that end because their customer has reached the goal.

    Args:
        active: active enrolments of this scenario: enrolment, customer, entered_at.
        facts: facts of the batch: customer, event, occurred_at.
        journey: the version these people are on.
        now: business time.

    Returns:
        Rows as in `Advanced.moved`, columns `ENDED`: they end where they stand. The fact that opened the walk is not
        its goal: only later facts count, until `within_days` after it began.
    """
    if not journey.goal.ends_journey:
        return pl.DataFrame(schema=ENDED)
    told = facts.filter(pl.col("event") == journey.goal.event).select("customer", "occurred_at")
    within = pl.col("occurred_at") - pl.col("entered_at")
    reached = (
        active.select("enrolment", "customer", "entered_at")
        .join(told, on="customer")
        .filter((within > timedelta()) & (within <= timedelta(days=journey.goal.within_days)))
        .unique("enrolment")
        .sort("enrolment")
    )
    return reached.select(
        "enrolment",
        pl.lit("ended").alias("status"),
        pl.lit("goal").alias("outcome"),
        pl.lit(None, INSTANT).alias("due_at"),
        pl.lit(now, INSTANT).alias("ended_at"),
    ).cast(ENDED)


def _codes(steps: pl.Series, names: list[str]) -> NDArray[np.int64]:
    """Return the place of each step among the names, -1 for one that is not there."""
    table = {name: index for index, name in enumerate(names)}
    return steps.replace_strict(table, default=-1, return_dtype=pl.Int64).to_numpy().copy()


def _named(codes: pl.Expr, names: list[str]) -> pl.Expr:
    if not names:
        return pl.lit(None, pl.String)  # nobody has one
    return codes.replace_strict(list(range(len(names))), names, default=None, return_dtype=pl.String)
