"""What can be changed about a scenario, one thing at a time, as values that a draft keeps in their order.

`tenshu.journey.editing` applies them. A step keeps its name through all of them, so that a later version can be
compared with an earlier one step by step.
"""

from datetime import date
from typing import Literal

import msgspec

from tenshu.journey.grammar import Goal, RawCondition, Reentry, Step


class _Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="change"):
    """What all changes share."""


class SetStep(_Change, frozen=True, kw_only=True, tag="step"):
    """A step does something else of the same kind; where it leads stays as it is.

    Attributes:
        step: its name.
        to: what it does now; the names of the next steps in it count for nothing.
    """

    step: str
    to: Step


class InsertOnWay(_Change, frozen=True, kw_only=True, tag="insert_on_way"):
    """A new step on one way out of a step; every way out of the new one leads where that way led.

    Attributes:
        after: the step before it; empty = where people enter.
        way: number of the way out.
        name: of the new step.
        step: the new step; an exit cuts off what only this way led to.
    """

    after: str
    way: int = 0
    name: str
    step: Step


class InsertBefore(_Change, frozen=True, kw_only=True, tag="insert_before"):
    """A new step that everybody passes who comes to a step.

    Attributes:
        before: the step behind it.
        name: of the new step.
        step: the new step, none that ends the walk.
    """

    before: str
    name: str
    step: Step


class RemoveStep(_Change, frozen=True, kw_only=True, tag="remove"):
    """A step goes; of its ways out one stays, and what only the others led to goes with them.

    Attributes:
        step: its name; an exit cannot go.
        stays: number of the way that stays.
    """

    step: str
    stays: int = 0


class AddWay(_Change, frozen=True, kw_only=True, tag="add_way"):
    """One more way out of a branch or a split; it leads where the last one leads.

    Attributes:
        step: its name.
        when: for whom, of a branch; a split divides equally anew.
    """

    step: str
    when: RawCondition | None = None


class RemoveWay(_Change, frozen=True, kw_only=True, tag="remove_way"):
    """One way out of a branch or a split goes, with what only it led to; of a split, the first other takes its share.

    Attributes:
        step: its name.
        way: number of the way; the last one of a branch (otherwise) cannot go.
    """

    step: str
    way: int


class LeadWay(_Change, frozen=True, kw_only=True, tag="lead"):
    """A way goes on at another step that is there already; what only this way led to before is lost.

    Attributes:
        after: the step whose way it is; empty = where people enter.
        way: number of the way out.
        to: the step at which it goes on, also one from before, if a wait lies between.
    """

    after: str
    way: int = 0
    to: str


class SetFrame(_Change, frozen=True, kw_only=True, tag="frame"):
    """What holds for the scenario as a whole; see `tenshu.journey.grammar.Journey`."""

    title: dict[Literal["ja", "en"], str]
    goal: Goal
    review_on: date
    holdout_rate: float
    priority: int
    reentry: Reentry


class SetEntry(_Change, frozen=True, kw_only=True, tag="entry"):
    """Who enters and when; what kind of entry it is stays.

    Attributes:
        at: hour of the day, or minute of a broadcast; None where events open the scenario.
        condition: who; only where events open it may it be None.
    """

    at: str | None = None
    condition: RawCondition | None = None


class SetExitRule(_Change, frozen=True, kw_only=True, tag="exit_rule"):
    """Who leaves early: whoever this comes to hold for; None = nobody."""

    when: RawCondition | None = None


Change = (
    SetStep | InsertOnWay | InsertBefore | RemoveStep | AddWay | RemoveWay | LeadWay | SetFrame | SetEntry | SetExitRule
)
