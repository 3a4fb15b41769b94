"""The question of a branch as a form: whether they did something lately, or a segment that the shop keeps."""

from collections.abc import Mapping, Sequence
from typing import Final

from tenshu.collect.vocabulary import EMAIL_CLICKED, EMAIL_OPENED, ORDER_COMPLETED
from tenshu.condition import dump
from tenshu.journey.grammar import RawCondition
from tenshu.kit.i18n import N_, _, current_language
from tenshu.segment.saved import SavedSegment
from tenshu.web.console.scenarios.form import Reading

#: How the question can be put.
HOW: Final[Mapping[str, str]] = {
    "did": N_("They did this lately:"),
    "did_not": N_("They did not do this lately:"),
    "segment": N_("They are in the segment:"),
}
#: What can be asked; of mails only those of the scenario itself count.
DEEDS: Final[Mapping[str, str]] = {
    EMAIL_CLICKED: N_("clicked a link in a mail of this scenario"),
    EMAIL_OPENED: N_("opened a mail of this scenario"),
    ORDER_COMPLETED: N_("placed an order"),
}
_MAILS: Final = (EMAIL_CLICKED, EMAIL_OPENED)
#: The days that a new question begins with, and the most.
USUAL_DAYS: Final = 7
_MOST_DAYS: Final = 3650


def usual_question(scenario: str) -> RawCondition:
    """Return the question that a new branch begins with: whether they clicked in one of its mails."""
    return did(EMAIL_CLICKED, scenario, days=USUAL_DAYS)


def did(event: str, scenario: str, *, days: int, kind: str = "did") -> RawCondition:
    """Return whether somebody did this, or did not, within so many days."""
    asked: RawCondition = {"kind": kind, "event": event, "within": {"days": days}}
    if event in _MAILS:
        asked["where"] = [{"field": "journey", "cmp": "is", "value": scenario}]
    return asked


def read_question(reading: Reading, prefix: str, *, scenario: str, segments: Sequence[SavedSegment]) -> RawCondition:
    """Return the question that was asked; what is wrong is noted beside its field.

    Args:
        reading: of the form.
        prefix: what the names of its fields begin with.
        scenario: its name, for its mails.
        segments: those that the shop keeps; what is taken is their question as it is now.
    """
    how = reading.one_of(f"{prefix}how", list(HOW))
    if how == "segment":
        name = reading.one_of(f"{prefix}segment", [one.name for one in segments])
        found = next((one for one in segments if one.name == name), None)
        return {} if found is None else dump(found.condition)
    event = reading.one_of(f"{prefix}event", list(DEEDS))
    days = reading.number(f"{prefix}days", 0, _MOST_DAYS)
    return did(event, scenario, days=days, kind=how or "did")


def question_values(raw: RawCondition, prefix: str, scenario: str) -> dict[str, str]:
    """Return the form of a question as it is now; one that the form cannot put leaves its usual values."""
    values = {"how": "did", "event": EMAIL_CLICKED, "days": f"{USUAL_DAYS}", "segment": ""}
    within = raw.get("within")
    if raw.get("kind") in ("did", "did_not") and isinstance(within, dict) and isinstance(within.get("days"), int):
        event, days = str(raw.get("event")), within["days"]
        if event in DEEDS and did(event, scenario, days=days, kind=raw["kind"]) == raw:
            values |= {"how": raw["kind"], "event": event, "days": f"{days}"}
    return {f"{prefix}{name}": value for name, value in values.items()}


def how_options(segments: Sequence[SavedSegment]) -> list[tuple[str, str]]:
    """Return the ways in which a question can be put, those by a segment only where one is kept."""
    return [(code, _(words)) for code, words in HOW.items() if code != "segment" or segments]


def segment_options(segments: Sequence[SavedSegment]) -> list[tuple[str, str]]:
    """Return the kept segments by name and title."""
    return [(one.name, one.title.get(current_language()) or one.name) for one in segments]
