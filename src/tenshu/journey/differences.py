"""Say what differs between two versions of a scenario: which steps came, went and changed, one sentence a difference.

A step is known by its name. One whose neighbours changed and that does the same as before has not changed.
"""

from typing import Final

import msgspec

from tenshu.journey.editing import led
from tenshu.journey.grammar import Journey, Step
from tenshu.journey.graph import exits_of
from tenshu.journey.sentence import head_sentences, step_sentence, way_names
from tenshu.kit.i18n import N_, _

ADDED: Final = "added"
CHANGED: Final = "changed"
REMOVED: Final = "removed"
#: How a difference is called beside the tree.
MARKS: Final = {ADDED: N_("new"), CHANGED: N_("changed"), REMOVED: N_("taken out")}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that differs.

    Attributes:
        mark: added, changed or removed.
        step: the step that it is about; empty for the scenario as a whole.
        before, after: what it was and what it is, in words; one of them is empty where it came or went.
    """

    mark: str
    step: str = ""
    before: str = ""
    after: str = ""


def marks(before: Journey, after: Journey) -> dict[str, str]:
    """Return the steps that differ: name -> added, changed or removed."""
    found = {name: REMOVED for name in before.steps if name not in after.steps}
    for name, step in after.steps.items():
        if name not in before.steps:
            found[name] = ADDED
        elif _deed(before.steps[name]) != _deed(step):
            found[name] = CHANGED
    return found


def differences(before: Journey, after: Journey, language: str, *, currency: str | None = None) -> list[Difference]:
    """Return what differs, the scenario as a whole first, then the steps as they are written, what went last.

    Args:
        before: the version from before.
        after: the later one.
        language: ja or en.
        currency: ISO 4217 code, for amounts in conditions.
    """
    was, now = _head(before, language, currency), _head(after, language, currency)
    whole = [
        Difference(mark=CHANGED, before=was.get(rule, ""), after=now.get(rule, ""))
        for rule in {**now, **was}
        if was.get(rule) != now.get(rule)
    ]
    found = marks(before, after)
    steps = [
        Difference(
            mark=found[name],
            step=name,
            before=_said(before.steps[name], language, currency) if name in before.steps else "",
            after=_said(after.steps[name], language, currency) if name in after.steps else "",
        )
        for name in {**after.steps, **before.steps}
        if name in found
    ]
    return [*whole, *steps]


def _deed(step: Step) -> Step:
    """Return what a step does, wherever it leads."""
    return led(step, [""] * len(exits_of(step)))


def _head(journey: Journey, language: str, currency: str | None) -> dict[str, str]:
    called = _("It is called: {title}", language, title=journey.title_in(language))
    return {"title": called, **head_sentences(journey, language, currency)}


def _said(step: Step, language: str, currency: str | None) -> str:
    ways = way_names(step, language, currency)
    told = step_sentence(step, language)
    return f"{told}: {' / '.join(ways)}" if ways else told
