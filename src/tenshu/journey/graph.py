"""A scenario as a graph: where a step leads, who can be reached, in which order steps run.

Inside one tick nobody passes a wait, and without the ways out of its waits a valid scenario has no circle. So its
steps have an order in which each needs to run only once a tick, for everybody together.
"""

from collections.abc import Iterable
from typing import assert_never

from tenshu.journey.grammar import Branch, Exit, Journey, Send, Split, Step, Wait


def exits_of(step: Step) -> list[tuple[str, str]]:
    """Return the ways out of a step: (place in the step, name of the next step)."""
    match step:
        case Send() | Wait():
            return [("next", step.next)]
        case Branch():
            cases = [(f"cases[{index}].next", case.next) for index, case in enumerate(step.cases)]
            return [*cases, ("otherwise", step.otherwise)]
        case Split():
            return [(f"arms[{index}].next", arm.next) for index, arm in enumerate(step.arms)]
        case Exit():
            return []
        case _:
            assert_never(step)


def reachable_from(journey: Journey, starts: Iterable[str], *, past_waits: bool = True) -> set[str]:
    """Return the steps that can be come to from these, themselves included.

    Args:
        journey: the scenario.
        starts: names of steps.
        past_waits: whether to go on behind a wait; without it, what can run in one tick.
    """
    reached: set[str] = set()
    open_steps = [step for step in starts if step in journey.steps]
    while open_steps:
        name = open_steps.pop()
        if name not in reached:
            reached.add(name)
            if past_waits or not isinstance(journey.steps[name], Wait):
                open_steps.extend(target for _, target in exits_of(journey.steps[name]))
    return reached


def running_order(journey: Journey) -> tuple[list[str], list[str]]:
    """Return the steps in the order they run within a tick, and a circle without a wait if there is one.

    Kahn's algorithm over the ways that need no wait; steps that nothing orders keep the order in which they
    are written.
    """
    ways = {
        name: [] if isinstance(step, Wait) else [target for _, target in exits_of(step)]
        for name, step in journey.steps.items()
    }
    incoming = dict.fromkeys(ways, 0)
    for targets in ways.values():
        for target in targets:
            incoming[target] += 1
    ready = [name for name, count in incoming.items() if count == 0]
    order: list[str] = []
    while ready:
        name = ready.pop(0)
        order.append(name)
        for target in ways[name]:
            incoming[target] -= 1
            if incoming[target] == 0:
                ready.append(target)
    return order, _circle(ways, {name for name in ways if incoming[name] > 0})


def _circle(ways: dict[str, list[str]], left: set[str]) -> list[str]:
    """Return one circle among the steps that no order could be found for, in the order of walking."""
    # Each of them is in a circle or behind one: walk back along what leads here until a step comes twice.
    before = {target: name for name in ways if name in left for target in ways[name] if target in left}
    path: list[str] = []
    step = min(left, default=None)
    while step is not None and step not in path:
        path.append(step)
        step = before.get(step)
    return [] if step is None else list(reversed(path[path.index(step) :]))
