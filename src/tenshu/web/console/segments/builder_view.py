"""What the builder shows: every part with its sentence, its controls and what is missing in it."""

from typing import Any, Final

import msgspec

from tenshu.condition import Condition, dump, sentence
from tenshu.kit.i18n import N_, _, current_language
from tenshu.segment.reach import STEPS
from tenshu.web.console import figures
from tenshu.web.console.segments.controls import Control, Known, controls
from tenshu.web.console.segments.draft import ROOT, Draft
from tenshu.web.console.segments.reading import Read
from tenshu.web.console.segments.ways import Values

KINDS: Final = {
    "and": N_("all of these hold"),
    "or": N_("at least one of these holds"),
    "none": N_("none of these holds"),
}
LEAF_KINDS: Final = {"did": N_("has done"), "did_not": N_("has not done")}
ADDED: Final = {
    "trait": N_("Attribute"),
    "did": N_("Has done something"),
    "did_not": N_("Has not done something"),
    "rank": N_("Rank or score"),
    "or": N_("Group"),
}
#: What is said of a reach while it is still being counted.
_NEW: Final = N_("This condition is not finished yet.")


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the condition.

    Attributes:
        path: its name in the form.
        id: of its element.
        kind: of the draft.
        sentence: what it says; empty of a group and of what is not finished.
        problem: what is missing in it.
        is_open: whether its controls are shown at once.
        lines: its controls.
        of: its parts.
    """

    path: str
    id: str
    kind: str
    sentence: str
    problem: str
    is_open: bool
    is_group: bool
    lines: tuple[tuple[Control, ...], ...]
    of: tuple["PartView", ...]


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the funnel: its words, how many are left, how many were lost at it, and the share of the first."""

    words: str
    people: str
    lost: str
    share: float
    is_last: bool


class LiveView(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside the builder while somebody writes.

    Attributes:
        sentence: the condition in words; empty when there is none.
        condition: its JSON, for the address; empty when there is none.
        matched, everybody: how many meet it, of how many.
        share: of everybody, 0..1.
        steps: of the funnel; empty while it is still being counted.
        is_waiting: whether the funnel comes in a moment.
        is_overtaken: whether a newer count is on its way.
        as_of: when it was counted.
        left_out: how many parts are not finished and not counted.
        parts: id of each part and its sentence.
    """

    sentence: str
    condition: str
    matched: str
    everybody: str
    share: float
    steps: tuple[StepView, ...]
    is_waiting: bool
    is_overtaken: bool
    as_of: str
    left_out: int
    parts: tuple[tuple[str, str, str], ...]


def part_view(
    draft: Draft, found: Read, known: Known, values: Values, *, path: str = ROOT, opened: frozenset[str] = frozenset()
) -> PartView:
    """Return the view of a draft.

    Args:
        draft: what stands in the form.
        found: what it says.
        known: what there is to choose from.
        values: what attributes and fields have often been.
        path: of the draft.
        opened: the paths whose controls are shown at once; unfinished parts always show theirs.
    """
    said = found.parts.get(path)
    problem = found.problems.get(path, "")
    return PartView(
        path=path,
        id=part_id(path),
        kind=draft.kind,
        sentence="" if draft.is_group or said is None else said_in_words(said, known.currency),
        problem=problem,
        is_open=bool(problem) or path in opened,
        is_group=draft.is_group,
        lines=controls(draft, path, known, values),
        of=tuple(
            part_view(one, found, known, values, path=f"{path}.{index}", opened=opened)
            for index, one in enumerate(draft.of)
        ),
    )


def live_view(found: Read, counted: dict[str, Any] | None, *, currency: str, zone: str) -> LiveView:
    """Return what stands beside the builder.

    Args:
        found: what the form says.
        counted: the owner's answer; None when there is no condition to count.
        currency: of the shop.
        zone: of the shop.
    """
    condition = found.condition
    counted = counted or {"is_overtaken": False, "matched": 0, "everybody": 0, "reach": None, "as_of": None}
    is_overtaken = counted["is_overtaken"]
    matched, everybody = (0, 0) if is_overtaken else (counted["matched"], counted["everybody"])
    reach = None if is_overtaken else counted["reach"]
    return LiveView(
        sentence="" if condition is None else said_in_words(condition, currency),
        condition="" if condition is None else as_json(condition),
        matched=figures.count(matched),
        everybody=figures.count(everybody),
        share=matched / everybody if everybody else 0.0,
        steps=funnel_steps(reach) if reach else (),
        is_waiting=condition is not None and not is_overtaken and reach is None,
        is_overtaken=is_overtaken,
        as_of="" if is_overtaken or counted["as_of"] is None else figures.moment(counted["as_of"], zone),
        left_out=len(found.problems),
        parts=tuple(
            (
                part_id(path),
                said_in_words(part, currency) if part is not None else _(_NEW),
                found.problems.get(path, ""),
            )
            for path, part in _leaves(found)
        ),
    )


def funnel_steps(reach: list[list[Any]]) -> tuple[StepView, ...]:
    """Return the steps of a funnel as they are drawn.

    Args:
        reach: code and people of every step.
    """
    first = max(reach[0][1], 1)
    steps = []
    before = reach[0][1]
    for place, (code, people) in enumerate(reach):
        lost = before - people
        steps.append(
            StepView(
                words=_(STEPS[code]),
                people=figures.count(people),
                lost="" if place == 0 or not lost else _("{count} fewer", count=figures.count(lost)),
                share=people / first,
                is_last=place == len(reach) - 1,
            )
        )
        before = people
    return tuple(steps)


def said_in_words(condition: Condition, currency: str) -> str:
    """Return a condition in the language that is spoken now."""
    return sentence(condition, current_language(), currency=currency)


def as_json(condition: Condition) -> str:
    """Return a condition's JSON as it stands in an address."""
    return msgspec.json.encode(dump(condition)).decode()


def part_id(path: str) -> str:
    """Return the id of a part's element."""
    return "part-" + path.replace(".", "-")


def _leaves(found: Read) -> list[tuple[str, Condition | None]]:
    told: dict[str, Condition | None] = dict(found.parts)
    told |= dict.fromkeys(found.problems.keys() - told.keys())
    from_groups = {path for path in told if any(other.startswith(f"{path}.") for other in told)}
    return [(path, part) for path, part in sorted(told.items()) if path not in from_groups and path != ROOT]
