"""The words of scenarios on pages: where one stands, what its steps are called, why its sending has stopped."""

from collections.abc import Mapping
from typing import Final, assert_never

from tenshu.deliver.breaker import REASONS, Tripped
from tenshu.journey.grammar import Branch, Broadcast, Daily, Exit, Journey, OnEvent, Send, Split, Step, Wait
from tenshu.journey.sentence import step_sentence
from tenshu.kit.i18n import N_, _, current_language
from tenshu.measure.state import Standing
from tenshu.web.console import figures

#: Where a scenario stands, in words; the last two are not the ledger's.
STANDINGS: Final[Mapping[str, str]] = {
    Standing.WAITING: N_("waiting"),
    Standing.RUNNING: N_("running"),
    Standing.PAUSING: N_("pausing"),
    Standing.PAUSED: N_("paused"),
    Standing.FINISHING: N_("finishing"),
    Standing.FINISHED: N_("finished"),
    Standing.ENDED: N_("ended"),
    "draft": N_("draft"),
    "resting": N_("resting"),
}
#: Why a walk is over, in words; a scenario's own outcomes speak for themselves.
OUTCOMES: Final = {
    "done": N_("came to the end"),
    "goal": N_("reached the goal"),
    "exit": N_("left by the exit rule"),
    "merged": N_("turned out to be one with another"),
    "step_gone": N_("their step is gone"),
    "ended": N_("the scenario was ended"),
}


def standing_words(standing: str) -> str:
    """Return where a scenario stands, in words."""
    return _(STANDINGS[standing])


def outcome_words(outcome: str) -> str:
    """Return how a walk ended, in words."""
    return _(OUTCOMES[outcome]) if outcome in OUTCOMES else outcome


def tripped_sentence(tripped: Tripped) -> str:
    """Return why a scenario's sending has stopped itself."""
    found = {name: figures.count(value) if isinstance(value, int) else value for name, value in tripped.found.items()}
    return _(REASONS[tripped.reason], **found)


def entry_title(journey: Journey) -> str:
    """Return in a few words when people enter."""
    entry = journey.entry
    if isinstance(entry, Broadcast):
        return _("Broadcast")
    if isinstance(entry, Daily):
        return _("Every day, {at}", at=entry.at)
    return _("When it happens")


def entry_kind(journey: Journey) -> str:
    """Return what kind of scenario this is, for its drawing."""
    kinds = {Broadcast: "broadcast", Daily: "daily", OnEvent: "event"}
    return kinds[type(journey.entry)]


def step_title(step: Step) -> str:
    """Return in a few words what happens at a step."""
    match step:
        case Send():
            return _("Send a mail")
        case Wait():
            return _("Wait")
        case Exit():
            return _("The end")
        case _:
            return step_sentence(step, current_language())


def step_note(step: Step) -> str:
    """Return the second line of a step: what tells it from others of its kind."""
    match step:
        case Send():
            return step.template
        case Wait():
            return step_sentence(step, current_language())
        case Exit():
            return outcome_words(step.outcome)
        case Split():
            return _("{count} ways", count=len(step.arms))
        case Branch():
            return _("{count} ways", count=len(step.cases) + 1)
        case _:
            assert_never(step)
