"""The forms of the tree: what was typed becomes one change, or sentences that say what is wrong beside each field."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, assert_never

import msgspec
from msgspec.structs import replace

from tenshu.condition import dump
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
from tenshu.journey.editing import fresh_name
from tenshu.journey.grammar import (
    AfterDays,
    Always,
    Arm,
    Branch,
    Broadcast,
    Case,
    Daily,
    Exit,
    Journey,
    NeverAgain,
    OnEvent,
    RawCondition,
    Reentry,
    Send,
    Split,
    Step,
    Wait,
)
from tenshu.journey.recipes import GOALS
from tenshu.kit.i18n import N_, _
from tenshu.segment.saved import SavedSegment
from tenshu.web.console.scenarios.changing.questions import read_question, usual_question
from tenshu.web.console.scenarios.form import Reading

#: What can be inserted.
KINDS: Final[Mapping[str, str]] = {
    "send": N_("Send a mail"),
    "wait": N_("Wait"),
    "branch": N_("Branch by a question"),
    "split": N_("Split by chance"),
    "exit": N_("End this way here"),
}
BEFORE: Final = "before"
ON_WAY: Final = "way-"
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_MOST_DAYS: Final = 3650
_MOST_HOURS: Final = 8760.0
_WHOLE: Final = 100
_SHORTEST_WAIT: Final = 0.02
#: A share may be off by so many per cent, for thirds cannot be typed.
_ROUNDED: Final = 0.05


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the forms need to know.

    Attributes:
        journey: the scenario as it is now.
        templates: messages that can be sent: name -> title.
        segments: those that the shop keeps.
        taken: names that no new step gets.
        language: of the person, and so of the title.
        today: on the shop's clock.
    """

    journey: Journey
    templates: dict[str, str]
    segments: list[SavedSegment]
    taken: frozenset[str]
    language: str
    today: date


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a form says.

    Attributes:
        change: None when something is wrong.
        opens: the step whose form is shown next.
        errors: what is wrong, by field.
    """

    change: Change | None = None
    opens: str = "entry"
    errors: dict[str, str] = msgspec.field(default_factory=dict)


def read_change(said: Mapping[str, str], known: Known) -> Asked:
    """Read one form of the tree; `do` says which one it is, `step` which step it is about."""
    reading = Reading(said)
    step = said.get("step", "entry")
    maker = _MAKERS.get(said.get("do", ""))
    if maker is None or (step != "entry" and step not in known.journey.steps):
        return Asked(errors={"do": _("This step is not there any more. Look at the tree as it is now.")})
    change = maker(reading, step, known)
    if reading.errors or change is None:
        return Asked(opens=step, errors=reading.errors or {"do": _("This cannot be changed here.")})
    opens = change.name if isinstance(change, InsertOnWay | InsertBefore) else step
    return Asked(change=change, opens="entry" if isinstance(change, RemoveStep) else opens)


def _set_step(reading: Reading, name: str, known: Known) -> Change | None:
    step = known.journey.steps.get(name)
    to = None if step is None else _step_of(step, reading, known)
    return None if to is None else SetStep(step=name, to=to)


def _step_of(step: Step, reading: Reading, known: Known) -> Step | None:
    match step:
        case Send():
            template = reading.one_of("template", list(known.templates))
            hours = reading.hours("expires", most=_MOST_HOURS)
            return replace(step, template=template, expires_after_hours=hours or None)
        case Wait():
            return _wait(step, reading)
        case Branch():
            return _branch(step, reading, known)
        case Split():
            return _split(step, reading)
        case Exit():
            return replace(step, outcome=_word(reading, "outcome"))
        case _:
            assert_never(step)


def _wait(step: Wait, reading: Reading) -> Wait:
    days, hours = reading.number("days", 0, _MOST_DAYS), reading.hours("hours", most=_MOST_HOURS)
    at = reading.time("at") if reading.said.get("at", "").strip() else None
    if not reading.errors and at is None and not days and hours < _SHORTEST_WAIT:
        reading.errors["days"] = _("Give days, hours or a time of the day.")
    return replace(step, days=days, hours=hours, at=at)


def _branch(step: Branch, reading: Reading, known: Known) -> Branch | None:
    place = _place(reading.said.get("way", ""), len(step.cases))
    if place is None:
        return None
    when = read_question(reading, f"q{place}-", scenario=known.journey.name, segments=known.segments)
    cases = [replace(case, when=when) if number == place else case for number, case in enumerate(step.cases)]
    return replace(step, cases=tuple(cases))


def _split(step: Split, reading: Reading) -> Split:
    shares = [reading.percent(f"share-{place}", least=0.01, most=_WHOLE) for place in range(len(step.arms))]
    total = sum(shares)
    if not reading.errors and abs(total - 1) * _WHOLE > _ROUNDED:
        words = _("Together they are {total}%; they must be 100%.", total=f"{_WHOLE * total:g}")
        reading.errors["share-0"] = words
    exact = [share / total for share in shares] if total else shares
    return replace(step, arms=tuple(replace(arm, share=share) for arm, share in zip(step.arms, exact, strict=True)))


def _word(reading: Reading, name: str) -> str:
    found = reading.said.get(name, "").strip()
    if not _WORD.fullmatch(found):
        reading.errors[name] = _("Take small Latin letters, digits, - and _, such as done.")
    return found


def _insert(reading: Reading, name: str, known: Known) -> Change | None:
    kind = reading.one_of("kind", list(KINDS))
    place = reading.said.get("place", "")
    if kind == "exit" and place == BEFORE:
        reading.errors["place"] = _("An end stands on a way: choose one after this step.")
    if kind == "send" and not known.templates:
        reading.errors["kind"] = _("There is no message to send yet: write one first.")
    if reading.errors:
        return None
    fresh, step = fresh_name(known.taken, "mail" if kind == "send" else kind), _new_step(kind, known)
    if place == BEFORE and name != "entry":
        return InsertBefore(before=name, name=fresh, step=step)
    way = _way(reading, "place")
    return None if way is None else InsertOnWay(after="" if name == "entry" else name, way=way, name=fresh, step=step)


def _lead(reading: Reading, name: str, known: Known) -> Change | None:
    way = _way(reading, "leads")
    to = reading.one_of("to", list(known.journey.steps))
    return None if way is None else LeadWay(after="" if name == "entry" else name, way=way, to=to)


def _way(reading: Reading, field: str) -> int | None:
    """Return the number of the way that was chosen."""
    found = reading.said.get(field, "")
    way = _place(found.removeprefix(ON_WAY), _WHOLE + 1) if found.startswith(ON_WAY) else None
    if way is None:
        reading.errors[field] = _("Choose one of these.")
    return way


def _new_step(kind: str, known: Known) -> Step:
    """Return a new step with what suits most shops; where it leads is settled when it is inserted."""
    journey = known.journey
    if kind == "send":
        used = [name for name in journey.templates() if name in known.templates]
        return Send(channel="email", template=(used or list(known.templates))[0], next="")
    if kind == "wait":
        at = journey.entry.at if isinstance(journey.entry, Daily) else "10:00"
        return Wait(days=3, at=at, next="")
    if kind == "branch":
        return Branch(cases=(Case(when=usual_question(journey.name), next=""),), otherwise="")
    if kind == "split":
        return Split(arms=(Arm(name="a", share=0.5, next=""), Arm(name="b", share=0.5, next="")))
    return Exit()


def _remove(reading: Reading, name: str, _known: Known) -> Change | None:
    stays = _place(reading.said.get("stays", "0"), _WHOLE + 1)
    return None if stays is None else RemoveStep(step=name, stays=stays)


def _add_way(reading: Reading, name: str, known: Known) -> Change | None:
    if not isinstance(known.journey.steps.get(name), Branch):
        return AddWay(step=name)
    when = read_question(reading, "new-", scenario=known.journey.name, segments=known.segments)
    return AddWay(step=name, when=when)


def _remove_way(reading: Reading, name: str, _known: Known) -> Change | None:
    way = _place(reading.said.get("way", ""), _WHOLE + 1)
    return None if way is None else RemoveWay(step=name, way=way)


def _set_entry(reading: Reading, _name: str, known: Known) -> Change | None:
    entry = known.journey.entry
    at: str | None = None
    if isinstance(entry, Broadcast):
        at = reading.minute("at")
    elif isinstance(entry, Daily):
        at = reading.time("at")
    others = [one.name for one in known.segments]
    who = reading.one_of("who", ["", *others] + (["(nobody)"] if isinstance(entry, OnEvent) else []))
    return SetEntry(at=at, condition=_asked_segment(who, entry.condition, known))


def _set_exit_rule(reading: Reading, _name: str, known: Known) -> Change | None:
    who = reading.one_of("leaves", ["", "(nobody)", *(one.name for one in known.segments)])
    return SetExitRule(when=_asked_segment(who, known.journey.exit_when, known))


def _asked_segment(name: str, now: RawCondition | None, known: Known) -> RawCondition | None:
    """Return the question of a segment as it is today; an empty name leaves what was asked before."""
    if name == "(nobody)":
        return None
    found = next((one for one in known.segments if one.name == name), None)
    return now if found is None else dump(found.condition)


def _set_frame(reading: Reading, _name: str, known: Known) -> Change | None:
    journey = known.journey
    title = reading.text("title", most=80)
    goal = replace(
        journey.goal,
        event=reading.one_of("goal_event", list(dict.fromkeys([*GOALS, journey.goal.event]))),
        within_days=reading.number("within_days", 1, 365),
        target_rate=reading.percent("target", least=0.1, most=_WHOLE),
        ends_journey=reading.said.get("ends") == "yes",
    )
    titles: dict[Any, str] = {**journey.title, known.language: title}
    return SetFrame(
        title=titles,
        goal=goal,
        review_on=reading.day("review_on", after=known.today),
        holdout_rate=reading.percent("holdout", least=0, most=90),
        priority=reading.number("priority", 0, 100),
        reentry=_reentry(reading),
    )


def _reentry(reading: Reading) -> Reentry:
    again = reading.one_of("again", ["never", "after", "always"])
    if again == "after":
        return AfterDays(days=reading.number("again_days", 1, _MOST_DAYS))
    return Always() if again == "always" else NeverAgain()


def _place(found: str, many: int) -> int | None:
    return int(found) if found.isascii() and found.isdecimal() and len(found) < 4 and int(found) < many else None


_MAKERS: Final[Mapping[str, Callable[[Reading, str, Known], Change | None]]] = {
    "step": _set_step,
    "insert": _insert,
    "lead": _lead,
    "remove": _remove,
    "add_way": _add_way,
    "remove_way": _remove_way,
    "entry": _set_entry,
    "exit_rule": _set_exit_rule,
    "frame": _set_frame,
}


def field_of(path: str, names: Sequence[str]) -> str:
    """Return the field that the path of a refusal means, else `do`, which stands above the form.

    >>> field_of("$.steps.end.outcome", ["outcome"]), field_of("$.steps.a", ["days"])
    ('outcome', 'do')
    """
    last = path.rpartition(".")[2].partition("[")[0]
    return last if last in names else "do"
