"""The pre-flight as a page: the funnel of who gets it and who does not, and the checks, those that stop it first."""

from typing import Final

import msgspec

from tenshu.decide.reasons import sentence as reason_sentence
from tenshu.deliver.preflight import Check
from tenshu.journey.grammar import Journey
from tenshu.journey.sentence import entry_sentence, goal_sentence
from tenshu.kit.i18n import _, current_language
from tenshu.web.console import figures
from tenshu.web.console.scenarios.flight import Flight

_ORDER: Final = {"stop": 0, "warn": 1, "ok": 2}


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the funnel: how many, and how wide."""

    kind: str
    words: str
    count: str
    width: float


class FlightView(msgspec.Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        who, goal: what it does, in sentences.
        when: when the first people enter.
        people: how many would be sent a mail; as a number for the form.
        summary: the size in a sentence.
        funnel: who, and why not.
        checks: those that stop it first.
        stops, warns: how many of each, in words; empty when none.
        may_start: whether nothing stands in the way.
        may_test: whether a test makes sense: a server is set and there is a message.
    """

    who: str
    goal: str
    when: str
    people: int
    summary: str
    funnel: tuple[Bar, ...]
    checks: tuple[Check, ...]
    stops: str
    warns: str
    may_start: bool
    may_test: bool


def flight_view(journey: Journey, flight: Flight, *, zone: str, currency: str) -> FlightView:
    """Return the page in the language that is spoken now."""
    seen, language = flight.seen, current_language()
    checks = tuple(sorted(flight.checks, key=lambda check: _ORDER[check.level]))
    stopping = [check for check in checks if check.level == "stop"]
    warning = [check for check in checks if check.level == "warn"]
    return FlightView(
        who=entry_sentence(journey, language, currency),
        goal=goal_sentence(journey, language),
        when=figures.moment(seen.at, zone),
        people=seen.sent,
        summary=_summary(flight),
        funnel=_funnel(flight),
        checks=checks,
        stops=_("{count} to be put right first", count=figures.count(len(stopping))) if stopping else "",
        warns=_("{count} to think about", count=figures.count(len(warning))) if warning else "",
        may_start=flight.may_start,
        may_test=not any(check.code in ("server", "template") and check.level == "stop" for check in checks),
    )


def _summary(flight: Flight) -> str:
    seen = flight.seen
    given = {"sent": figures.count(seen.sent), "entering": figures.count(seen.entering)}
    if seen.is_by_event:
        return _("In the last 28 days it would have been {entering} people, {sent} of them with a mail.", **given)
    return _("{sent} of {entering} people get a mail. A mail costs nothing.", **given)


def _funnel(flight: Flight) -> tuple[Bar, ...]:
    seen = flight.seen
    whole = max(seen.entering, 1)

    def bar(kind: str, words: str, people: int) -> Bar:
        return Bar(kind=kind, words=words, count=figures.count(people), width=round(100 * people / whole, 2))

    return (
        bar("people", _("Fit the scenario"), seen.entering),
        *(
            bar("silent", reason_sentence(reason, current_language()), people)
            for reason, people in seen.suppressed.items()
        ),
        bar("held_out", _("Held out by lot, to measure the effect"), seen.held_out),
        bar("people", _("Get the mail"), seen.sent),
    )
