"""A slow reading of scenarios, one person at a time, that settles what is right."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tenshu.journey.advance import wakes_at
from tenshu.journey.conditions import case_name
from tenshu.journey.grammar import Branch, Exit, Journey, Send, Split, Wait
from tenshu.kit.rng import unit

Walk = tuple[str, int, str, str | None, datetime | None]
Message = tuple[int, str, str, datetime | None]


def walk_on(
    journey: Journey,
    customer: int,
    *,
    step: str,
    visit: int,
    due_at: datetime,
    holds: Callable[[str, int], bool],
    now: datetime,
    zone: str,
) -> tuple[Walk, list[Message]]:
    """Return where a person stands after the tick (step, visit, status, outcome, due_at), and what was proposed."""
    messages: list[Message] = []
    if journey.exit_when is not None and holds("exit_when", customer):
        return (step, visit, "ended", "exit", None), messages
    while True:
        here = journey.steps[step]
        if isinstance(here, Exit):
            return (step, visit + 1, "ended", here.outcome, None), messages
        if isinstance(here, Wait):
            return (here.next, visit + 1, "active", None, wakes_at(here, now, zone)), messages
        if isinstance(here, Send):
            hours = here.expires_after_hours
            messages.append((visit, step, here.template, None if hours is None else due_at + timedelta(hours=hours)))
            step = here.next
        elif isinstance(here, Branch):
            step = way_of_branch(step, here, customer, holds)
        else:
            step = way_of_split(journey, step, here, customer)
        visit += 1


def way_of_branch(name: str, branch: Branch, customer: int, holds: Callable[[str, int], bool]) -> str:
    """Return the way of the first case that holds."""
    for index, case in enumerate(branch.cases):
        if holds(case_name(name, index), customer):
            return case.next
    return branch.otherwise


def way_of_split(journey: Journey, name: str, split: Split, customer: int) -> str:
    """Return the way that the customer's draw falls on."""
    draw, border = float(unit(f"split:{journey.name}:{name}", [customer])[0]), 0.0
    for arm in split.arms:
        border += arm.share
        if draw < border:
            return arm.next
    return split.arms[-1].next
