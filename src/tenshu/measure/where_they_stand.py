"""Say of every step of a scenario how many people came by, who waits there now, and who went which way.

The ledger keeps where each walk stands and what was decided at each sending step; the rest follows, for whoever comes
to a step stops there or leaves it by one of its ways. Where steps are left open by that (two ways that meet before
anybody can be counted, circles), nothing is said rather than something guessed.
"""

from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import Integer, Select, func, select

from tenshu.decide.tables import decisions
from tenshu.journey.grammar import OWN_OUTCOMES, Exit, Journey, Send, Wait
from tenshu.journey.graph import exits_of
from tenshu.journey.tables import enrolments
from tenshu.measure.account import Account, account, as_account
from tenshu.store.ledger import Ledger

#: The way into a scenario, beside those between its steps: (step, number of the way out).
Way = tuple[str, int]
DOOR: Final[Way] = ("", 0)
#: How walks end that did not come to an end of their own.
_CUT_SHORT: Final = (*OWN_OUTCOMES, "ended")


class AtStep(msgspec.Struct, frozen=True, kw_only=True):
    """Who is at one step.

    Attributes:
        waiting: people who are here now, and will get what comes.
        waiting_held_out: those of the hold-out who are here now, as ghosts.
        stopped: walks that ended here, for whatever reason.
        passed: walks that came by; None where that cannot be told.
        account: of a sending step, what became of everybody it was planned for.
    """

    waiting: int = 0
    waiting_held_out: int = 0
    stopped: int = 0
    passed: int | None = None
    account: Account | None = None


class WhereTheyStand(msgspec.Struct, frozen=True, kw_only=True):
    """Where everybody in one version of a scenario stands.

    Attributes:
        entered: walks that were begun, those held out among them.
        held_out: of these.
        walking: of these, those that go on.
        outcomes: how the others ended: outcome -> walks.
        steps: by step.
        ways: how many went which way; a way of which that cannot be told is missing.
        account: what became of everybody it was planned for, in all versions.
    """

    entered: int = 0
    held_out: int = 0
    walking: int = 0
    outcomes: dict[str, int] = msgspec.field(default_factory=dict)
    steps: dict[str, AtStep] = msgspec.field(default_factory=dict)
    ways: dict[Way, int] = msgspec.field(default_factory=dict)
    account: Account = msgspec.field(default_factory=Account)


def where_they_stand(ledger: Ledger, journey: Journey, version: int) -> WhereTheyStand:
    """Count one version's walks by where they stand, in a few statements however many they are."""
    with ledger.reading() as tx:
        standing = tx.frame(_standing(journey.name, version))
        decided = dict(tx.frame(_decided(journey.name, version)).rows())
    return stood(journey, standing, decided, account(ledger, journey=journey.name))


def stood(journey: Journey, standing: pl.DataFrame, decided: dict[str, int], accounts: pl.DataFrame) -> WhereTheyStand:
    """Put the counts together.

    Args:
        journey: the scenario.
        standing: [step, arm, status, outcome, people] of its walks.
        decided: visits of each sending step.
        accounts: rows of `account.account` of the scenario, all versions.
    """
    is_active, is_held_out = pl.col("status") == "active", pl.col("arm") == "held_out"
    standing = _at_waits(journey, standing)
    here = _by_step(standing)
    waiting = _by_step(standing.filter(is_active & ~is_held_out))
    ghosts = _by_step(standing.filter(is_active & is_held_out))
    ended = standing.filter(~is_active)
    ways = flows(journey, entered=int(standing["people"].sum()), stopped=here, left=decided)
    came = {name: _sum(ways, into) for name, into in _ways_into(journey).items()}
    steps = {
        name: AtStep(
            waiting=waiting.get(name, 0),
            waiting_held_out=ghosts.get(name, 0),
            stopped=here.get(name, 0) - waiting.get(name, 0) - ghosts.get(name, 0),
            passed=came[name],
            account=as_account(accounts.filter(pl.col("step") == name)) if isinstance(step, Send) else None,
        )
        for name, step in journey.steps.items()
    }
    return WhereTheyStand(
        entered=int(standing["people"].sum()),
        held_out=int(standing.filter(is_held_out)["people"].sum()),
        walking=int(standing.filter(is_active)["people"].sum()),
        outcomes=dict(ended.group_by("outcome").agg(pl.col("people").sum()).sort("outcome").iter_rows()),
        steps=steps,
        ways={way: people for way, people in ways.items() if people is not None},
        account=as_account(accounts),
    )


def flows(journey: Journey, *, entered: int, stopped: dict[str, int], left: dict[str, int]) -> dict[Way, int | None]:
    """Return how many went each way; None where it does not follow from what is known.

    For every step: in = stopped + out; what left a sending step is known. Each equation with one way unknown gives it.

    Args:
        journey: the scenario.
        entered: walks that were begun.
        stopped: walks that stand at a step, or ended there.
        left: visits of sending steps that were decided.
    """
    into, out = _ways_into(journey), _ways_out(journey)
    ways: dict[Way, int | None] = {way: None for each in out.values() for way in each} | {DOOR: entered}
    for name, step in journey.steps.items():
        if isinstance(step, Send):
            ways[name, 0] = left.get(name, 0)
    is_new = True
    while is_new:
        is_new = False
        for name in journey.steps:
            unknown = [way for way in (*into[name], *out[name]) if ways[way] is None]
            if len(unknown) != 1 or (unknown[0] in into[name] and unknown[0] in out[name]):
                continue
            known_in = sum(ways[way] or 0 for way in into[name])
            known_out = stopped.get(name, 0) + sum(ways[way] or 0 for way in out[name])
            ways[unknown[0]] = max(0, known_out - known_in if unknown[0] in into[name] else known_in - known_out)
            is_new = True
    return ways


def _ways_into(journey: Journey) -> dict[str, list[Way]]:
    into: dict[str, list[Way]] = {name: [] for name in journey.steps}
    into[journey.first_step].append(DOOR)
    for name, step in journey.steps.items():
        for number, (_place, target) in enumerate(exits_of(step)):
            into[target].append((name, number))
    return into


def _ways_out(journey: Journey) -> dict[str, list[Way]]:
    return {name: [(name, number) for number in range(len(exits_of(step)))] for name, step in journey.steps.items()}


def _sum(ways: dict[Way, int | None], into: list[Way]) -> int | None:
    people = [ways[way] for way in into]
    return None if None in people else sum(number or 0 for number in people)


def _at_waits(journey: Journey, standing: pl.DataFrame) -> pl.DataFrame:
    """Say of those who wait that they are at the wait: the ledger keeps the step that they go on at."""
    ends = [name for name, step in journey.steps.items() if isinstance(step, Exit)]
    has_arrived = pl.col("step").is_in(ends) & ~pl.col("outcome").is_in(_CUT_SHORT).fill_null(value=True)
    waits = pl.col("step").replace_strict(_leading_waits(journey), default=None, return_dtype=pl.String)
    return standing.with_columns(step=pl.when(has_arrived).then("step").otherwise(pl.coalesce(waits, "step")))


def _leading_waits(journey: Journey) -> dict[str, str]:
    """Return for each step that one wait leads to its wait; whoever stands before such a step is said to wait there.

    Where several waits lead to one step, people are said to be at that step, before it.
    """
    leading: dict[str, list[str]] = {}
    for name, step in journey.steps.items():
        if isinstance(step, Wait):
            leading.setdefault(step.next, []).append(name)
    return {step: waits[0] for step, waits in leading.items() if len(waits) == 1 and step != journey.first_step}


def kept_at(journey: Journey, step: str) -> list[str]:
    """Return the steps at which the ledger keeps those who are at this step now."""
    waits = _leading_waits(journey)
    found = journey.steps.get(step)
    if isinstance(found, Wait) and waits.get(found.next) == step:
        return [found.next, *([step] if step not in waits else [])]
    return [step] if found is not None and step not in waits else []


def _by_step(rows: pl.DataFrame) -> dict[str, int]:
    return dict(rows.group_by("step").agg(pl.col("people").sum()).iter_rows())


def _standing(journey: str, version: int) -> Select[Any]:
    by = (enrolments.c.step, enrolments.c.arm, enrolments.c.status, enrolments.c.outcome)
    mine = (enrolments.c.journey == journey, enrolments.c.version == version)
    return select(*by, func.count(type_=Integer).label("people")).where(*mine).group_by(*by)


def _decided(journey: str, version: int) -> Select[Any]:
    """Count decisions by step; those of other versions are left out, where there are any."""
    of_version = select(enrolments.c.enrolment).where(enrolments.c.journey == journey, enrolments.c.version != version)
    query = select(decisions.c.step, func.count(type_=Integer)).where(decisions.c.journey == journey)
    return query.where(decisions.c.enrolment.not_in(of_version)).group_by(decisions.c.step)
