"""Say a scenario as a short indented list, in Japanese or English, so that a person can check it."""

from collections.abc import Iterator
from typing import Final, assert_never

from tenshu.condition import Did
from tenshu.condition import sentence as said_condition
from tenshu.condition.words import EVENTS, TRAITS
from tenshu.journey.conditions import entry_tests, read_condition
from tenshu.journey.grammar import (
    AfterDays,
    Branch,
    Broadcast,
    Daily,
    Exit,
    Journey,
    NeverAgain,
    RawCondition,
    Send,
    Split,
    Step,
    Wait,
)
from tenshu.kit.i18n import N_, _

#: What channels are called.
CHANNELS: Final = {"email": N_("email")}
_INDENT = "  "


def sentence(journey: Journey, language: str, *, currency: str | None = None) -> str:
    """Return the scenario in words, one line a rule and a step.

    Args:
        journey: what to say.
        language: ja or en.
        currency: ISO 4217 code, for amounts in conditions.
    """
    called = _("{title} ({name})", language, title=journey.title_in(language), name=journey.name)
    head = [_INDENT + told for told in head_sentences(journey, language, currency).values()]
    return "\n".join([called, *head, *_Telling(journey, language, currency).told()])


def head_sentences(journey: Journey, language: str, currency: str | None = None) -> dict[str, str]:
    """Return what holds for the scenario as a whole, a sentence a rule, by the name of the rule."""
    told = {"entry": entry_sentence(journey, language, currency), "reentry": _reentry(journey, language)}
    if journey.purpose == "service":
        told["hold_out"] = _("Service message: no hold-out, no frequency cap, no quiet hours", language)
    else:
        told["hold_out"] = _(
            "Hold-out: {share} get nothing, so that the effect can be measured; priority {priority}",
            language,
            share=_share(journey.holdout_rate),
            priority=journey.priority,
        )
    told["goal"] = goal_sentence(journey, language)
    if journey.exit_when is not None:
        left = condition_sentence(journey.exit_when, language, currency)
        told["exit"] = _("Leaves as soon as: {condition}", language, condition=left)
    told["review"] = _("Result reviewed on {day}", language, day=journey.review_on.isoformat())
    return told


def entry_sentence(journey: Journey, language: str, currency: str | None = None) -> str:
    """Return who enters and when."""
    entry = journey.entry
    if isinstance(entry, Broadcast):
        who = condition_sentence(entry.condition, language, currency)
        return _(
            "Enters: once, on {at}, whoever fits: {condition}", language, at=entry.at.replace("T", " "), condition=who
        )
    if isinstance(entry, Daily):
        who = condition_sentence(entry.condition, language, currency)
        if entry.on is not None:
            return _(
                "Enters: every day at {at}, whoever's {trait} is in {days} day(s) and who fits: {condition}",
                language,
                at=entry.at,
                trait=_(TRAITS[entry.on.trait], language) if entry.on.trait in TRAITS else entry.on.trait,
                days=entry.on.days_before,
                condition=who,
            )
        return _("Enters: every day at {at}, whoever fits: {condition}", language, at=entry.at, condition=who)
    tests = entry_tests(journey)
    event = (
        said_condition(Did(entry.event, tests), language, currency=currency) if tests else _event(entry.event, language)
    )
    if entry.condition is None:
        return _("Enters: as soon as this happens: {event}", language, event=event)
    who = condition_sentence(entry.condition, language, currency)
    return _(
        "Enters: as soon as this happens: {event}; whoever fits: {condition}", language, event=event, condition=who
    )


def entry_note(journey: Journey, language: str, currency: str | None = None) -> str:
    """Return who enters, without when: the condition, or what has to happen."""
    entry = journey.entry
    if isinstance(entry, Broadcast | Daily):
        return condition_sentence(entry.condition, language, currency)
    happened = said_condition(Did(entry.event, entry_tests(journey)), language, currency=currency)
    if entry.condition is None:
        return happened
    return happened + _(" and ", language) + condition_sentence(entry.condition, language, currency)


def _reentry(journey: Journey, language: str) -> str:
    if isinstance(journey.reentry, NeverAgain):
        return _("Enters again: never", language)
    if isinstance(journey.reentry, AfterDays):
        return _(
            "Enters again: {days} day(s) after the last entry at the earliest", language, days=journey.reentry.days
        )
    return _("Enters again: as soon as the last walk is over", language)


def goal_sentence(journey: Journey, language: str) -> str:
    """Return what the scenario is for."""
    goal = journey.goal
    given = {"rate": _share(goal.target_rate), "days": goal.within_days, "event": _event(goal.event, language)}
    if goal.ends_journey:
        return _("Goal: {rate} within {days} day(s): {event}; whoever reaches it leaves", language, **given)
    return _("Goal: {rate} within {days} day(s): {event}", language, **given)


class _Telling:
    """The steps as a list; a step that was told before is only named."""

    def __init__(self, journey: Journey, language: str, currency: str | None) -> None:
        self.journey, self.language, self.currency = journey, language, currency
        self.seen: set[str] = set()

    def told(self) -> Iterator[str]:
        """Yield the lines."""
        yield from self._from(self.journey.first_step, 1)

    def _from(self, name: str | None, depth: int) -> Iterator[str]:
        while name is not None:
            if name in self.seen:
                yield _INDENT * depth + _("- go on at [{step}]", self.language, step=name)
                return
            self.seen.add(name)
            step = self.journey.steps[name]
            yield _INDENT * depth + f"- [{name}] " + step_sentence(step, self.language)
            yield from self._ways(step, depth + 1)
            name = step.next if isinstance(step, Send | Wait) else None

    def _ways(self, step: Step, depth: int) -> Iterator[str]:
        if isinstance(step, Branch):
            for case in step.cases:
                when = condition_sentence(case.when, self.language, self.currency)
                yield _INDENT * depth + _("- if {condition}:", self.language, condition=when)
                yield from self._from(case.next, depth + 1)
            yield _INDENT * depth + _("- otherwise:", self.language)
            yield from self._from(step.otherwise, depth + 1)
        elif isinstance(step, Split):
            for arm in step.arms:
                yield _INDENT * depth + _("- {arm}, {share}:", self.language, arm=arm.name, share=_share(arm.share))
                yield from self._from(arm.next, depth + 1)


def step_sentence(step: Step, language: str) -> str:
    """Return what happens at a step, without its ways out."""
    match step:
        case Send():
            return _send(step, language)
        case Wait():
            return _wait(step, language)
        case Branch():
            return _("Branch", language)
        case Split():
            return _("Split by chance", language)
        case Exit():
            return _("End ({outcome})", language, outcome=step.outcome)
        case _:
            assert_never(step)


def way_names(step: Step, language: str, currency: str | None = None) -> list[str]:
    """Return what each way out of a step is called; a step with one way out has no names for it."""
    if isinstance(step, Branch):
        return [*(condition_sentence(case.when, language, currency) for case in step.cases), _("otherwise", language)]
    if isinstance(step, Split):
        return [f"{arm.name} {_share(arm.share)}" for arm in step.arms]
    return []


def _send(step: Send, language: str) -> str:
    given = {"channel": _(CHANNELS.get(step.channel, step.channel), language), "template": step.template}
    if step.expires_after_hours is None:
        return _("Send {template} by {channel}", language, **given)
    hours = f"{step.expires_after_hours:g}"
    return _("Send {template} by {channel}, within {hours} hour(s) or not at all", language, hours=hours, **given)


def _wait(step: Wait, language: str) -> str:
    if step.at and step.days and not step.hours:
        return _("Wait until {at}, {days} day(s) later", language, at=step.at, days=step.days)
    parts = []
    if step.days:
        parts.append(_("{days} day(s)", language, days=step.days))
    if step.hours:
        parts.append(_("{hours} hour(s)", language, hours=f"{step.hours:g}"))
    if step.at:
        parts.append(_("until it is {at}", language, at=step.at))
    return _("Wait {parts}", language, parts=_(", then ", language).join(parts))


def condition_sentence(raw: RawCondition, language: str, currency: str | None = None) -> str:
    """Return a condition inside a scenario in words; openings and clicks in it are people's."""
    return said_condition(read_condition(raw, "$"), language, currency=currency)


def _event(name: str, language: str) -> str:
    return _(EVENTS[name], language) if name in EVENTS else name


def _share(rate: float) -> str:
    return f"{100 * rate:g} %"
