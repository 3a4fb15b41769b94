"""The head of a scenario's page: where it stands, what it does next, what a person can do about it."""

from datetime import datetime
from typing import Final

import msgspec

from tenshu.deliver.breaker import OVERDUE
from tenshu.journey.grammar import Broadcast
from tenshu.journey.sentence import entry_sentence, goal_sentence
from tenshu.kit.i18n import _, current_language
from tenshu.measure.state import ScenarioState, Standing
from tenshu.web.console import figures
from tenshu.web.console.scenarios.finding import Found
from tenshu.web.console.scenarios.words import standing_words, tripped_sentence

#: People enter, or will again: a next version makes sense.
_OPEN: Final = (Standing.WAITING, Standing.RUNNING, Standing.PAUSING, Standing.PAUSED)


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """Sending that has stopped itself.

    Attributes:
        reason: why, in a sentence.
        waiting: how many messages wait.
        may_skip: whether what is overdue may be skipped.
    """

    reason: str
    waiting: str
    may_skip: bool


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What stands above the tree.

    Attributes:
        title: what people call it.
        standing, standing_words: where it stands.
        who, goal, holdout: what it does, in sentences.
        facts: label and value.
        stopped: where its sending has stopped itself.
        in_doubt: how many messages are in doubt, in words; empty when none.
        may_pause, may_resume, may_change, may_end: what a person may do now.
        older: versions in which people may still walk.
    """

    title: str
    standing: str
    standing_words: str
    who: str
    goal: str
    facts: tuple[tuple[str, str], ...]
    stopped: Stopped | None = None
    in_doubt: str = ""
    may_pause: bool = False
    may_resume: bool = False
    may_change: bool = False
    may_end: bool = False
    older: tuple[int, ...] = ()


def head_view(found: Found, state: ScenarioState | None, *, now: datetime, zone: str, currency: str) -> Head:
    """Return the head of a scenario's page in the language that is spoken now."""
    journey, language = found.journey, current_language()
    standing = "draft" if state is None else state.standing.value
    return Head(
        title=journey.title_in(language),
        standing=standing,
        standing_words=standing_words(standing),
        who=entry_sentence(journey, language, currency),
        goal=goal_sentence(journey, language),
        facts=_facts(found, state, now=now, zone=zone),
        stopped=None if state is None else _stopped(state),
        in_doubt=figures.count(state.in_doubt) if state is not None and state.in_doubt else "",
        may_pause=state is not None and state.standing in (Standing.RUNNING, Standing.WAITING, Standing.FINISHING),
        may_resume=state is not None and state.standing in (Standing.PAUSED, Standing.PAUSING),
        may_change=state is not None and state.standing in _OPEN and not _has_gone_out(found),
        may_end=state is not None and state.standing not in (Standing.ENDED, Standing.FINISHED),
        older=found.versions[1:],
    )


def _has_gone_out(found: Found) -> bool:
    return isinstance(found.journey.entry, Broadcast) and found.due_at is None


def _facts(found: Found, state: ScenarioState | None, *, now: datetime, zone: str) -> tuple[tuple[str, str], ...]:
    journey = found.journey
    told = [
        (_("Held out"), figures.whole_percent(journey.holdout_rate)),
        (_("To be judged"), figures.date_on(journey.review_on)),
    ]
    if found.started_at is not None:
        told.append((_("Started"), figures.moment(found.started_at, zone)))
        told.append((_("Version"), str(found.version)))
    if state is not None:
        told.append((_("In it now"), figures.count(state.walking)))
        if found.due_at is not None and found.status == "active":
            at = _("at this moment") if found.due_at <= now else figures.moment(found.due_at, zone)
            told.append((_("People enter next"), at))
    return tuple(told)


def _stopped(state: ScenarioState) -> Stopped | None:
    if state.tripped is None:
        return None
    return Stopped(
        reason=tripped_sentence(state.tripped),
        waiting=figures.count(state.queued),
        may_skip=state.tripped.reason == OVERDUE,
    )
