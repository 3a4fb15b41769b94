"""What the forms of the tree show: the step as it is now, where one can be put in, what is lost with one taken out."""

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from tenshu.journey.changes import Change, RemoveStep, RemoveWay
from tenshu.journey.differences import ADDED, MARKS, REMOVED, Difference, differences, marks
from tenshu.journey.editing import apply, lost
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.grammar import AfterDays, Always, Branch, Exit, Journey, OnEvent, Send, Split, Step, Wait
from tenshu.journey.graph import exits_of
from tenshu.journey.recipes import GOALS
from tenshu.journey.sentence import condition_sentence, entry_sentence, step_sentence, way_names
from tenshu.kit.i18n import _, current_language
from tenshu.measure.state import Standing, scenario_states
from tenshu.web.console import figures
from tenshu.web.console.scenarios.changing.questions import (
    DEEDS,
    how_options,
    question_values,
    segment_options,
    usual_question,
)
from tenshu.web.console.scenarios.changing.reading import BEFORE, KINDS, ON_WAY, Known
from tenshu.web.console.scenarios.finding import Found
from tenshu.web.console.scenarios.tree_view import TreeView, tree_view
from tenshu.web.console.scenarios.words import step_note, step_title
from tenshu.web.console.visit import Visit

#: So many steps that are lost are named one by one.
_NAMED = 4
Options = list[tuple[str, str]]


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way out of the step.

    Attributes:
        number: of the way.
        name: what it is called; empty where the step has one way only.
        arm: of a split, its name without its share.
        goes: what is lost when this way goes; None where it cannot.
    """

    number: int
    name: str
    arm: str
    goes: str | None


class StepForms(msgspec.Struct, frozen=True, kw_only=True):
    """The forms of one step, or of the scenario as a whole.

    Attributes:
        key: the step, or `entry`.
        kind: send, wait, branch, split, exit or entry.
        title: the step in a sentence.
        values: what stands in the fields.
        errors: what is wrong, by field; `do` means a form as a whole.
        ways: out of the step.
        places: where a new step can be put.
        leads: the ways out, as they are chosen.
        kind_choices: steps that can be put in: code, words and no hint.
        stays: ways one of which can stay when the step goes: number, name, what is lost with the others.
        may_go: whether the step can be taken out.
        lists: what can be chosen, by the name of the list.
        moment: how the moment of entering is typed: `datetime-local`, `time`, or empty where events open it.
    """

    key: str
    kind: str
    title: str
    values: Mapping[str, str]
    errors: Mapping[str, str]
    ways: tuple[Way, ...]
    places: Options
    leads: Options
    kind_choices: list[tuple[str, str, str]]
    stays: list[tuple[str, str, str]]
    may_go: bool
    lists: Mapping[str, Options]
    moment: str


class FollowingView(msgspec.Struct, frozen=True, kw_only=True):
    """A next version beside the one that runs.

    Attributes:
        version: the one that runs.
        told: what differs, with its mark in words.
        walking: how many people walk now, in a sentence that says what happens to them.
        is_paused: whether it is paused, so that the next version rests too.
        before: the running version, drawn with what is taken out or changed.
    """

    version: int
    told: tuple[tuple[str, Difference], ...]
    walking: str
    is_paused: bool
    before: TreeView


def step_forms(
    key: str, known: Known, *, currency: str, typed: Mapping[str, str], errors: Mapping[str, str]
) -> StepForms:
    """Return the forms of a step.

    Args:
        key: the step, or `entry`.
        known: the scenario and what can be chosen.
        currency: for amounts in conditions.
        typed: a form that was refused, so that nothing is typed twice.
        errors: what was wrong with it.
    """
    journey, language = known.journey, current_language()
    step = journey.steps.get(key)
    title = entry_sentence(journey, language, currency) if step is None else step_sentence(step, language)
    return StepForms(
        key="entry" if step is None else key,
        kind="entry" if step is None else type(step).__name__.lower(),
        title=title,
        values=defaultdict(str, {**(_frame_values(journey) if step is None else _values(step, journey)), **typed}),
        errors=defaultdict(str, errors),
        ways=() if step is None else _ways(key, step, journey, currency),
        places=_places(step, currency),
        leads=[place for place in _places(step, currency) if place[0] != BEFORE],
        kind_choices=[(code, _(words), "") for code, words in KINDS.items()],
        stays=[] if step is None else _stays(key, step, journey, currency),
        may_go=step is not None and not isinstance(step, Exit),
        lists=_lists(known),
        moment={"Broadcast": "datetime-local", "Daily": "time"}.get(type(journey.entry).__name__, ""),
    )


def following_view(visit: Visit, found: Found) -> FollowingView | None:
    """Return what a next version changes and for whom; None for a draft that follows none."""
    if found.base is None:
        return None
    currency = visit.settings.currency
    states = [one for one in scenario_states(visit.shop.ledger, now=visit.now) if one.name == found.journey.name]
    before = {name: mark for name, mark in marks(found.base, found.journey).items() if mark != ADDED}
    told = differences(found.base, found.journey, current_language(), currency=currency)
    return FollowingView(
        version=found.newest,
        told=tuple((_(MARKS[one.mark]), one) for one in told),
        walking=_walking(sum(one.walking for one in states), found.newest),
        is_paused=any(one.standing in (Standing.PAUSED, Standing.PAUSING) for one in states),
        before=tree_view(found.base, None, currency=currency, marks=before),
    )


def new_marks(found: Found) -> dict[str, str]:
    """Return the steps of a next version that are new or changed."""
    given = {} if found.base is None else marks(found.base, found.journey)
    return {name: mark for name, mark in given.items() if mark != REMOVED}


def lost_words(before: Journey, after: Journey, *, besides: str = "") -> str:
    """Return which steps are lost, in words; empty when none is."""
    gone = [name for name in lost(before, after) if name != besides]
    told = [_told(before.steps[name]) for name in gone[:_NAMED]]
    if len(gone) > _NAMED:
        told.append(_("and {count} more", count=figures.count(len(gone) - _NAMED)))
    return _(", ").join(told)


def _walking(people: int, version: int) -> str:
    if not people:
        return _("Nobody walks in version {version} now. Whoever enters walks the new one.", version=version)
    return _(
        "{count} people walk in it now. They walk on in the version that they entered, to its end and with its "
        "messages; whoever enters after the start walks the new one.",
        count=figures.count(people),
    )


def _values(step: Step, journey: Journey) -> dict[str, str]:
    match step:
        case Send():
            hours = step.expires_after_hours
            return {"template": step.template, "expires": "" if hours is None else f"{hours:g}"}
        case Wait():
            return {"days": f"{step.days}", "hours": f"{step.hours:g}", "at": step.at or ""}
        case Branch():
            found = question_values(usual_question(journey.name), "new-", journey.name)
            for place, case in enumerate(step.cases):
                found |= question_values(case.when, f"q{place}-", journey.name)
            return found
        case Split():
            return {f"share-{place}": f"{round(100 * arm.share, 2):g}" for place, arm in enumerate(step.arms)}
        case Exit():
            return {"outcome": step.outcome}


def _frame_values(journey: Journey) -> dict[str, str]:
    again = journey.reentry
    return {
        "at": getattr(journey.entry, "at", ""),
        "who": "",
        "leaves": "" if journey.exit_when is not None else "(nobody)",
        "title": journey.title_in(current_language()),
        "goal_event": journey.goal.event,
        "within_days": f"{journey.goal.within_days}",
        "target": f"{round(100 * journey.goal.target_rate, 2):g}",
        "ends": "yes" if journey.goal.ends_journey else "",
        "review_on": journey.review_on.isoformat(),
        "holdout": f"{round(100 * journey.holdout_rate, 2):g}",
        "priority": f"{journey.priority}",
        "again": "after" if isinstance(again, AfterDays) else "always" if isinstance(again, Always) else "never",
        "again_days": f"{again.days}" if isinstance(again, AfterDays) else "90",
    }


def _ways(key: str, step: Step, journey: Journey, currency: str) -> tuple[Way, ...]:
    names = way_names(step, current_language(), currency) or [""]
    return tuple(
        Way(
            number=number,
            name=names[number],
            arm=step.arms[number].name if isinstance(step, Split) else "",
            goes=_lost_with(journey, RemoveWay(step=key, way=number)) if len(names) > 1 else None,
        )
        for number in range(len(exits_of(step)))
    )


def _stays(key: str, step: Step, journey: Journey, currency: str) -> list[tuple[str, str, str]]:
    names = way_names(step, current_language(), currency) or [""]
    found = []
    for number, _way in enumerate(exits_of(step)):
        gone = _lost_with(journey, RemoveStep(step=key, stays=number), besides=key)
        if gone is not None:
            found.append((f"{number}", names[number], _("Lost with it: {steps}", steps=gone) if gone else ""))
    return found


def _lost_with(journey: Journey, change: Change, *, besides: str = "") -> str | None:
    """Return what a change loses, in words; None where it is refused."""
    try:
        return lost_words(journey, apply(journey, change), besides=besides)
    except JourneyInvalid:
        return None


def _places(step: Step | None, currency: str) -> Options:
    if step is None:
        return [(f"{ON_WAY}0", _("At the beginning"))]
    before = (BEFORE, _("Before this step"))
    names = way_names(step, current_language(), currency)
    if not names:
        return [before] if isinstance(step, Exit) else [(f"{ON_WAY}0", _("After this step")), before]
    return [*((f"{ON_WAY}{number}", _("On the way: {name}", name=name)) for number, name in enumerate(names)), before]


def _lists(known: Known) -> dict[str, Options]:
    journey = known.journey
    segments = segment_options(known.segments)
    asked = journey.entry.condition
    kept = _("as it is now") if asked is None else condition_sentence(asked, current_language())
    who: Options = [("", _("As now: {condition}", condition=kept)[:120]), *segments]
    if isinstance(journey.entry, OnEvent) and asked is not None:
        who.append(("(nobody)", _("Everybody to whom it happens")))
    leaves: Options = [("(nobody)", _("Nobody leaves early")), *segments]
    if journey.exit_when is not None:
        words = _("As now: {condition}", condition=condition_sentence(journey.exit_when, current_language()))[:120]
        leaves.insert(0, ("", words))
    goals = {**GOALS, journey.goal.event: GOALS.get(journey.goal.event, journey.goal.event)}
    return {
        "templates": list(known.templates.items()),
        "steps": _steps(journey),
        "how": how_options(known.segments),
        "deeds": [(code, _(words)) for code, words in DEEDS.items()],
        "segments": segments,
        "who": who,
        "leaves": leaves,
        "goals": [(code, _(words)) for code, words in goals.items()],
        "again": [
            ("never", _("Never")),
            ("after", _("After so many days:")),
            ("always", _("As soon as the last walk is over")),
        ],
    }


def _steps(journey: Journey) -> Options:
    """Return the steps in a few words each, with their names where several sound alike."""
    told = {name: _told(step) for name, step in journey.steps.items()}
    words = list(told.values())
    return [(name, said if words.count(said) == 1 else f"{said} [{name}]") for name, said in told.items()]


def _told(step: Step) -> str:
    """Return a step in a few words, within a sentence."""
    if isinstance(step, Wait):
        return step_note(step)
    return f"{step_title(step)} ({step_note(step)})" if isinstance(step, Send | Exit) else step_title(step)
