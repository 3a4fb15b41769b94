"""Change a scenario one step at a time: a definition and a change give a definition that can run, or a refusal.

Nothing here is kept: a draft keeps the changes, and what it is now is made of them anew (`edited`). So taking the last
one back gives the very definition from before.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from string import ascii_lowercase
from typing import Final, assert_never

import msgspec
from msgspec.structs import replace

from tenshu.journey.changes import (
    AddWay,
    Change,
    InsertBefore,
    InsertOnWay,
    LeadWay,
    RemoveStep,
    RemoveWay,
    SetEntry,
    SetExitRule,
    SetFrame,
    SetStep,
)
from tenshu.journey.definition import parse_journey
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.grammar import Arm, Branch, Broadcast, Case, Daily, Exit, Journey, OnEvent, Send, Split, Step, Wait
from tenshu.journey.graph import exits_of, reachable_from
from tenshu.kit.i18n import N_

#: Undoing goes back by so many changes; a draft that needs more is written anew.
MOST_CHANGES: Final = 500
_FEWEST_ARMS: Final = 2


class StepNotThere(JourneyInvalid):
    """A change of a step that is not in the scenario (any more)."""

    template = N_('There is no step "{step}" here any more ({path}). Look at the tree as it is now, and change that.')


class ChangeUnfit(JourneyInvalid):
    """A change that does not fit the step that it is for."""

    template = N_('The step "{step}" ({path}) cannot be changed like this. Look at the tree as it is now.')


class ExitNeeded(JourneyInvalid):
    """The end of a way cannot be taken out."""

    template = N_("Every way has an end: {path} cannot be taken out. Take out the steps before it, or put some there.")


class TooManyChanges(JourneyInvalid):
    """A draft with more changes than it keeps."""

    template = N_("This draft has been changed {most} times, which is the most. Start it as it is ({path}), or anew.")


def apply(journey: Journey, change: Change) -> Journey:
    """Return the scenario with one thing changed.

    Raises:
        JourneyInvalid: it could not run; the path says where.
    """
    return _checked(_changed(journey, change))


def edited(journey: Journey, changes: Sequence[Change]) -> Journey:
    """Return the scenario after all these changes, one after the other.

    Raises:
        JourneyInvalid: one of them does not fit, or what comes out could not run.
    """
    if len(changes) > MOST_CHANGES:
        raise TooManyChanges(path="$", most=MOST_CHANGES)
    return _checked(reduce(_changed, changes, journey)) if changes else journey


def lost(before: Journey, after: Journey) -> list[str]:
    """Return the steps that are gone, in the order in which they were written."""
    return [name for name in before.steps if name not in after.steps]


def fresh_name(taken: Iterable[str], kind: str) -> str:
    """Return a name for a new step that none of these has.

    >>> fresh_name(["wait", "end"], "wait")
    'wait-2'
    """
    known = set(taken)
    names = [kind, *(f"{kind}-{number}" for number in range(2, len(known) + 3))]
    return next(name for name in names if name not in known)


def _checked(journey: Journey) -> Journey:
    return parse_journey(msgspec.to_builtins(journey))


def _changed(journey: Journey, change: Change) -> Journey:  # noqa: C901, PLR0911 - one line a kind
    match change:
        case SetStep():
            return _with(journey, {change.step: _kept_ways(_step(journey, change.step), change.to, change.step)})
        case InsertOnWay():
            return _inserted_on_way(journey, change)
        case InsertBefore():
            return _inserted_before(journey, change)
        case RemoveStep():
            return _removed(journey, change)
        case AddWay():
            return _with(journey, {change.step: _one_more(_step(journey, change.step), change)})
        case RemoveWay():
            return _reached(_with(journey, {change.step: _one_less(_step(journey, change.step), change)}))
        case LeadWay():
            return _led_elsewhere(journey, change)
        case SetFrame():
            given = {name: getattr(change, name) for name in change.__struct_fields__}
            return replace(journey, **given)
        case SetEntry():
            return replace(journey, entry=_entry(journey, change))
        case SetExitRule():
            return replace(journey, exit_when=change.when)
        case _:
            assert_never(change)


def _step(journey: Journey, name: str) -> Step:
    if name not in journey.steps:
        raise StepNotThere(path=f"$.steps.{name}", step=name)
    return journey.steps[name]


def _with(journey: Journey, steps: dict[str, Step]) -> Journey:
    return replace(journey, steps={**journey.steps, **steps})


def _kept_ways(was: Step, to: Step, name: str) -> Step:
    """Return what a step does now, leading where it led."""
    ways = [target for _, target in exits_of(was)]
    if type(was) is not type(to) or len(ways) != len(exits_of(to)):
        raise ChangeUnfit(path=f"$.steps.{name}", step=name)
    return led(to, ways)


def led(step: Step, targets: Sequence[str]) -> Step:
    """Return the step with its ways out leading to these steps, as many as it has ways."""
    match step:
        case Send() | Wait():
            return replace(step, next=targets[0])
        case Branch():
            cases = tuple(replace(case, next=target) for case, target in zip(step.cases, targets, strict=False))
            return replace(step, cases=cases, otherwise=targets[-1])
        case Split():
            return replace(
                step, arms=tuple(replace(arm, next=target) for arm, target in zip(step.arms, targets, strict=True))
            )
        case Exit():
            return step
        case _:
            assert_never(step)


def _inserted_on_way(journey: Journey, change: InsertOnWay) -> Journey:
    _check_new(journey, change.name)
    if not change.after:
        new = led(change.step, [journey.first_step] * len(exits_of(change.step)))
        return _reached(_placed(journey, change.name, new, journey.first_step, first=change.name))
    target = _ways_of(journey, change)[change.way]
    new = led(change.step, [target] * len(exits_of(change.step)))
    return _reached(_placed(_one_way(journey, change, change.name), change.name, new, target))


def _led_elsewhere(journey: Journey, change: LeadWay) -> Journey:
    _step(journey, change.to)
    if not change.after:
        return _reached(replace(journey, first_step=change.to))
    return _reached(_one_way(journey, change, change.to))


def _ways_of(journey: Journey, change: InsertOnWay | LeadWay) -> list[str]:
    """Return where the ways lead out of the step whose way is changed."""
    ways = [target for _, target in exits_of(_step(journey, change.after))]
    if not 0 <= change.way < len(ways):
        raise ChangeUnfit(path=f"$.steps.{change.after}", step=change.after)
    return ways


def _one_way(journey: Journey, change: InsertOnWay | LeadWay, to: str) -> Journey:
    """Return the scenario with one way leading to a step, there already or put in next."""
    ways = _ways_of(journey, change)
    ways[change.way] = to
    return _with(journey, {change.after: led(journey.steps[change.after], ways)})


def _inserted_before(journey: Journey, change: InsertBefore) -> Journey:
    _check_new(journey, change.name)
    behind = change.before
    _step(journey, behind)
    if isinstance(change.step, Exit):
        raise ChangeUnfit(path=f"$.steps.{behind}", step=behind)
    turned = _redirected(journey, behind, change.name)
    return _placed(turned, change.name, led(change.step, [behind] * len(exits_of(change.step))), behind)


def _removed(journey: Journey, change: RemoveStep) -> Journey:
    ways = [target for _, target in exits_of(_step(journey, change.step))]
    if not ways:
        raise ExitNeeded(path=f"$.steps.{change.step}")
    if not 0 <= change.stays < len(ways) or ways[change.stays] == change.step:
        raise ChangeUnfit(path=f"$.steps.{change.step}", step=change.step)
    return _reached(_redirected(journey, change.step, ways[change.stays]))


def _redirected(journey: Journey, was: str, to: str) -> Journey:
    """Return the scenario with every way that led to one step leading to another."""
    steps = {
        name: led(step, [to if target == was else target for _, target in exits_of(step)]) if exits_of(step) else step
        for name, step in journey.steps.items()
    }
    return replace(journey, steps=steps, first_step=to if journey.first_step == was else journey.first_step)


def _placed(journey: Journey, name: str, step: Step, before: str, *, first: str = "") -> Journey:
    """Return the scenario with a new step written before the one that it leads to."""
    steps: dict[str, Step] = {}
    for other, found in journey.steps.items():
        if other == before:
            steps[name] = step
        steps[other] = found
    return replace(journey, steps=steps, first_step=first or journey.first_step)


def _reached(journey: Journey) -> Journey:
    """Return the scenario without the steps that nobody can come to any more."""
    reached = reachable_from(journey, [journey.first_step])
    return replace(journey, steps={name: step for name, step in journey.steps.items() if name in reached})


def _check_new(journey: Journey, name: str) -> None:
    if name in journey.steps:
        raise ChangeUnfit(path=f"$.steps.{name}", step=name)


def _one_more(step: Step, change: AddWay) -> Step:
    if isinstance(step, Branch) and change.when is not None:
        return replace(step, cases=(*step.cases, Case(when=change.when, next=step.otherwise)))
    if isinstance(step, Split) and change.when is None:
        arms = (*step.arms, Arm(name=_letter(step), share=1, next=step.arms[-1].next))
        shares = equal_shares(len(arms))
        return replace(step, arms=tuple(replace(arm, share=share) for arm, share in zip(arms, shares, strict=True)))
    raise ChangeUnfit(path=f"$.steps.{change.step}", step=change.step)


def _letter(split: Split) -> str:
    """Return the first letter that no arm is named by, else a word."""
    used = [arm.name for arm in split.arms]
    return next((letter for letter in ascii_lowercase if letter not in used), fresh_name(used, "arm"))


def equal_shares(many: int) -> list[float]:
    """Return shares in whole per cents that are as equal as can be and together are 1; there are at most 100.

    >>> equal_shares(3)
    [0.34, 0.33, 0.33]
    """
    whole = 100 if many <= 100 else 1000
    least, over = divmod(whole, many)
    return [(least + (1 if place < over else 0)) / whole for place in range(many)]


def _one_less(step: Step, change: RemoveWay) -> Step:
    way = change.way
    if isinstance(step, Branch) and len(step.cases) > 1 and 0 <= way < len(step.cases):
        return replace(step, cases=(*step.cases[:way], *step.cases[way + 1 :]))
    if isinstance(step, Split) and len(step.arms) > _FEWEST_ARMS and 0 <= way < len(step.arms):
        first, *rest = [*step.arms[:way], *step.arms[way + 1 :]]
        share = round(first.share + step.arms[way].share, 12)
        return replace(step, arms=(replace(first, share=min(share, 1.0)), *rest))
    raise ChangeUnfit(path=f"$.steps.{change.step}", step=change.step)


def _entry(journey: Journey, change: SetEntry) -> Broadcast | Daily | OnEvent:
    entry = journey.entry
    if isinstance(entry, OnEvent):
        if change.at is not None:
            raise ChangeUnfit(path="$.entry.at", step="entry")
        return replace(entry, condition=change.condition)
    if change.at is None or change.condition is None:
        raise ChangeUnfit(path="$.entry", step="entry")
    return replace(entry, at=change.at, condition=change.condition)
