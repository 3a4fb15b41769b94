"""The form of a recipe: what was typed becomes choices, or sentences that say what is wrong beside each field."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from tenshu.journey.local_time import local
from tenshu.journey.recipes import GOALS, Choices, Recipe
from tenshu.kit.i18n import _

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_MINUTE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]")
_LONGEST_TITLE: Final = 80
#: The result is looked at so many days after the last window may have closed.
_REVIEW_AFTER: Final = 14
_FAR: Final = 730


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it was sent, or as it begins.

    Attributes:
        values: by field.
        errors: what is wrong, by field.
        choices: what it says; None when something is wrong.
    """

    values: dict[str, str]
    errors: dict[str, str] = msgspec.field(default_factory=dict)
    choices: Choices | None = None


def fresh(recipe: Recipe, *, now: datetime, zone: str) -> Typed:
    """Return the form as it begins, filled with what suits most shops."""
    today = local(now, zone).date()
    return Typed(
        values={
            "title": _(recipe.title),
            "segment": "",
            "template": "",
            "when": "at_once",
            "start": f"{today + timedelta(days=1)}T10:00",
            "at": "10:00",
            "days": str(recipe.days[0]) if recipe.days else "",
            "goal_event": "order_completed",
            "within_days": "14",
            "target": "5",
            "review_on": (today + timedelta(days=14 + _REVIEW_AFTER)).isoformat(),
            "holdout": "10",
        }
    )


def of_choices(choices: Choices) -> Typed:
    """Return the form with what was chosen before."""
    return Typed(
        values={
            "title": choices.title,
            "segment": choices.segment,
            "template": choices.template,
            "when": "later" if choices.start else "at_once",
            "start": choices.start,
            "at": choices.at,
            "days": str(choices.days or ""),
            "goal_event": choices.goal_event,
            "within_days": str(choices.within_days),
            "target": f"{choices.target_rate * 100:g}",
            "review_on": choices.review_on.isoformat(),
            "holdout": f"{choices.holdout_rate * 100:g}",
        },
        choices=choices,
    )


def read_form(
    said: Mapping[str, str], recipe: Recipe, *, templates: list[str], segments: list[str], language: str, today: date
) -> Typed:
    """Read what was typed.

    Args:
        said: fields of the form.
        recipe: which asks them.
        templates: what may be sent.
        segments: what it may be for.
        language: of the person, and so of the title.
        today: on the shop's clock; the result is looked at later.
    """
    reading = Reading(said)
    title = reading.text("title", most=_LONGEST_TITLE)
    template = reading.one_of("template", templates)
    segment = reading.one_of("segment", ["", *segments])
    start = reading.minute("start") if recipe.asks_start and said.get("when") == "later" else ""
    at = "10:00" if recipe.asks_start else reading.time("at")
    days = reading.number("days", 0, recipe.days[2]) if recipe.days else 0
    goal = reading.one_of("goal_event", list(GOALS))
    within = reading.number("within_days", 1, 365)
    target = reading.percent("target", least=0.1, most=100)
    review = reading.day("review_on", after=today)
    holdout = reading.percent("holdout", least=0, most=90)
    if reading.errors:
        return Typed(values=dict(said), errors=reading.errors)
    chosen = Choices(
        recipe=recipe.name,
        title=title,
        language=language,
        segment=segment,
        template=template,
        at=at,
        start=start,
        days=days,
        goal_event=goal,
        within_days=within,
        target_rate=target,
        review_on=review,
        holdout_rate=holdout,
    )
    return Typed(values=dict(said), choices=chosen)


class Reading:
    """Reads fields and notes what is wrong with each."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self.said = said
        self.errors: dict[str, str] = {}

    def text(self, name: str, *, most: int) -> str:
        """Return a line of text."""
        found = self.said.get(name, "").strip()
        if not found:
            self.errors[name] = _("Give it a name, so that others know what it is.")
        elif len(found) > most or any(not letter.isprintable() for letter in found):
            self.errors[name] = _("Take at most {most} letters on one line.", most=most)
        return found

    def one_of(self, name: str, allowed: list[str]) -> str:
        """Return one of what may be chosen."""
        found = self.said.get(name, "")
        if found not in allowed:
            self.errors[name] = _("Choose one of these.")
        return found

    def number(self, name: str, least: int, most: int) -> int:
        """Return a whole number."""
        found = self.said.get(name, "").strip()
        if not found.isascii() or not found.isdecimal() or not least <= int(found[:9]) <= most:
            self.errors[name] = _("Give a whole number from {least} to {most}.", least=least, most=most)
            return least
        return int(found[:9])

    def percent(self, name: str, *, least: float, most: float) -> float:
        """Return a share 0..1 that was typed as per cent."""
        found = self.said.get(name, "").strip().removesuffix("%").removesuffix("％").strip()
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", found) or not least <= float(found) <= most:
            self.errors[name] = _("Give a share from {least}% to {most}%.", least=f"{least:g}", most=f"{most:g}")
            return least / 100
        return round(float(found) / 100, 6)

    def hours(self, name: str, *, most: float) -> float:
        """Return hours, parts of them after a point; 0 where nothing was typed."""
        found = self.said.get(name, "").strip() or "0"
        if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,2})?", found) or float(found) > most:
            self.errors[name] = _("Give hours from 0 to {most}, such as 1 or 0.5.", most=f"{most:g}")
            return 0.0
        return float(found)

    def time(self, name: str) -> str:
        """Return a time of the day."""
        found = self.said.get(name, "").strip()
        if not _TIME.fullmatch(found):
            self.errors[name] = _("Give a time such as 10:00.")
        return found

    def minute(self, name: str) -> str:
        """Return a day with a time."""
        found = self.said.get(name, "").strip()[:16]
        try:
            datetime.fromisoformat(found)
        except ValueError:
            found = ""
        if not _MINUTE.fullmatch(found):
            self.errors[name] = _("Give a day and a time.")
        return found

    def day(self, name: str, *, after: date) -> date:
        """Return a day in the time to come."""
        try:
            found = date.fromisoformat(self.said.get(name, "").strip())
        except ValueError:
            found = after
        if not after < found <= after + timedelta(days=_FAR):
            self.errors[name] = _("Give a day after today, within two years: the day on which you look at the result.")
        return found
