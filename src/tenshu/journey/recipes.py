"""Recipes (ひな形): scenarios that most shops want, ready but for the shop's own choices.

A recipe knows who enters and when; the shop chooses the words (a template), how large the hold-out is, what the
scenario is for and when to look at the result. The definition that comes out is checked like any other.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from tenshu.collect.vocabulary import EMAIL_CLICKED, ORDER_COMPLETED
from tenshu.journey.definition import parse_journey
from tenshu.journey.grammar import Journey, RawCondition
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

#: What a scenario may be for, with its words.
GOALS: Final = {ORDER_COMPLETED: N_("They order"), EMAIL_CLICKED: N_("They click a link in the mail")}
#: Everybody who has an address.
EVERYBODY: Final[RawCondition] = {"kind": "trait", "trait": "email", "cmp": "exists", "value": True}


class RecipeUnknown(TenshuError):
    """A recipe was asked for that there is none of."""

    template = N_('There is no recipe "{name}". There are: {known}.')


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What a shop chose for a scenario.

    Attributes:
        recipe: a key of `RECIPES`.
        title: what people call it.
        language: in which that is.
        segment: the saved segment that it is for; empty = everybody who fits the recipe.
        template: what is sent.
        at: hour of the day, `10:00`.
        start: for a broadcast the local minute `2026-06-01T10:00`; empty = at once.
        days: the recipe's number of days, such as after how many a customer counts as dormant.
        goal_event, within_days, target_rate: what it is for (KPI).
        review_on: the day to look at the result and decide.
        holdout_rate: share who get nothing, so that the effect can be known.
    """

    recipe: str
    title: str
    language: str = "ja"
    segment: str = ""
    template: str
    at: str = "10:00"
    start: str = ""
    days: int = 0
    goal_event: str = ORDER_COMPLETED
    within_days: int = 14
    target_rate: float = 0.05
    review_on: date
    holdout_rate: float = 0.1


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario that most shops want.

    Attributes:
        name: what its scenarios are called in files and keys.
        title: what people call it.
        who: whom it reaches and when, in a sentence.
        why: what it is good for.
        days: its usual number of days, the question for it and the most that it may be; None where it has none.
        asks_start: whether it is sent once, at a moment that the shop chooses.
        entry: makes the entry rule of the choices and of the condition of the chosen segment.
        wait: days between entering and the mail; None = at once.
        again_after: days after which a customer may enter again; None = never.
        expires_after: hours after which the mail is of no use any more; None = never.
    """

    name: str
    title: str
    who: str
    why: str
    days: tuple[int, str, int] | None = None
    asks_start: bool = False
    entry: Callable[[Choices, RawCondition | None], dict[str, Any]]
    wait: Callable[[Choices], int] | None = None
    again_after: int | None = None
    expires_after: int | None = 72


def _all(*conditions: RawCondition | None) -> RawCondition:
    given = [one for one in conditions if one is not None]
    return given[0] if len(given) == 1 else {"kind": "and", "of": given}


def _ordered(**words: Any) -> RawCondition:
    return {"kind": "did", "event": ORDER_COMPLETED, **words}


def _daily(choices: Choices, *conditions: RawCondition | None, **words: Any) -> dict[str, Any]:
    return {"kind": "daily", "at": choices.at, "condition": _all(*conditions), **words}


def _broadcast(choices: Choices, segment: RawCondition | None) -> dict[str, Any]:
    return {"kind": "broadcast", "at": choices.start, "condition": segment or EVERYBODY}


def _welcome(_choices: Choices, segment: RawCondition | None) -> dict[str, Any]:
    first = _ordered(count={"cmp": "is", "value": 1})
    return {"kind": "event", "event": ORDER_COMPLETED, "condition": _all(first, segment)}


def _birthday(choices: Choices, segment: RawCondition | None) -> dict[str, Any]:
    return _daily(choices, segment or EVERYBODY, on={"trait": "birthday", "days_before": choices.days})


def _dormant(choices: Choices, segment: RawCondition | None) -> dict[str, Any]:
    silent = {"kind": "did_not", "event": ORDER_COMPLETED, "within": {"days": choices.days}}
    return _daily(choices, _ordered(), silent, segment)


def _thanks(choices: Choices, segment: RawCondition | None) -> dict[str, Any]:
    best = {"kind": "rank", "by": "rank", "cmp": "is", "value": "best"}
    return _daily(choices, best, segment)


def _second(choices: Choices, segment: RawCondition | None) -> dict[str, Any]:
    once = _ordered(count={"cmp": "is", "value": 1})
    silent = {"kind": "did_not", "event": ORDER_COMPLETED, "within": {"days": choices.days}}
    not_lost = _ordered(within={"days": choices.days + 60})
    return _daily(choices, once, silent, not_lost, segment)


def _review(_choices: Choices, segment: RawCondition | None) -> dict[str, Any]:
    entry = {"kind": "event", "event": ORDER_COMPLETED}
    return entry if segment is None else {**entry, "condition": segment}


#: In the order in which they are offered.
RECIPES: Final[Mapping[str, Recipe]] = {
    one.name: one
    for one in (
        Recipe(
            name="broadcast",
            title=N_("News to a segment"),
            who=N_("Everybody in a segment, once, at a moment you choose."),
            why=N_("For news that concern many: a new season, a holiday, an opening."),
            asks_start=True,
            entry=_broadcast,
            expires_after=None,
        ),
        Recipe(
            name="welcome",
            title=N_("Welcome after the first order"),
            who=N_("Whoever has ordered for the first time, some days later."),
            why=N_("The first weeks decide whether somebody comes back. Say thanks and how to use what they bought."),
            days=(1, N_("Days after the first order"), 365),
            entry=_welcome,
            wait=lambda choices: choices.days,
        ),
        Recipe(
            name="birthday",
            title=N_("Birthday with a small gift"),
            who=N_("Whoever has a birthday soon, once a year."),
            why=N_("A small coupon on the right day says: we know you. It needs the birthday in your data."),
            days=(3, N_("Days before the birthday"), 60),
            entry=_birthday,
            again_after=300,
        ),
        Recipe(
            name="dormant-hello",
            title=N_("Hello to the dormant"),
            who=N_("Whoever has bought before and not for a long time."),
            why=N_("A hello with a limited benefit costs little, and winning somebody back less than winning anew."),
            days=(120, N_("Days without an order"), 3650),
            entry=_dormant,
            again_after=180,
        ),
        Recipe(
            name="thanks-to-the-best",
            title=N_("Thanks to the best customers"),
            who=N_("Whoever is among the best customers, at most twice a year."),
            why=N_("The best carry the shop. Thank them before you ask them for anything."),
            entry=_thanks,
            again_after=180,
        ),
        Recipe(
            name="second-order",
            title=N_("Nudge to the second order"),
            who=N_("Whoever has ordered once, and not again for some time."),
            why=N_("Most who order twice order again and again. The second order is the hardest."),
            days=(30, N_("Days since the first order"), 3650),
            entry=_second,
        ),
        Recipe(
            name="review-request",
            title=N_("How did you like it?"),
            who=N_("Whoever has ordered, when they have had time to try it."),
            why=N_("What customers say improves the shop, and asking shows that you care."),
            days=(10, N_("Days after the order"), 365),
            entry=_review,
            wait=lambda choices: choices.days,
            again_after=60,
        ),
    )
}


def recipe_of(name: str) -> Recipe:
    """Return the recipe.

    Raises:
        RecipeUnknown: there is none of that name.
    """
    if name not in RECIPES:
        raise RecipeUnknown(name=name, known=", ".join(RECIPES))
    return RECIPES[name]


def make_journey(name: str, choices: Choices, *, segment: RawCondition | None, today_minute: str) -> Journey:
    """Return the scenario of a recipe and a shop's choices, checked.

    Args:
        name: of the scenario.
        choices: what the shop chose.
        segment: the condition of the chosen segment as it is now; None = everybody who fits the recipe.
        today_minute: the shop's local minute, `2026-06-01T12:00`: what "at once" means.

    Raises:
        RecipeUnknown: there is no such recipe.
        JourneyInvalid: a choice cannot be; the sentence names it.
    """
    recipe = recipe_of(choices.recipe)
    timed = msgspec.structs.replace(choices, start=choices.start or today_minute)
    mail: dict[str, Any] = {"kind": "send", "channel": "email", "template": choices.template, "next": "end"}
    if recipe.expires_after is not None:
        mail["expires_after_hours"] = recipe.expires_after
    steps: dict[str, Any] = {"mail": mail, "end": {"kind": "exit"}}
    days = recipe.wait(choices) if recipe.wait is not None else 0
    if recipe.wait is not None:
        steps = {"wait": {"kind": "wait", "days": days, "at": choices.at, "next": "mail"}, **steps}
    again = recipe.again_after
    return parse_journey(
        {
            "tenshu": "journey/1",
            "name": name,
            "title": {choices.language: choices.title},
            "entry": recipe.entry(timed, segment),
            "reentry": {"kind": "never"} if again is None else {"kind": "after", "days": again},
            "goal": {
                "event": choices.goal_event,
                "within_days": choices.within_days,
                "target_rate": choices.target_rate,
                "ends_journey": False,  # there is one mail, and whoever orders meanwhile may have it all the same
            },
            "review_on": choices.review_on.isoformat(),
            "holdout_rate": choices.holdout_rate,
            "first_step": next(iter(steps)),
            "steps": steps,
        }
    )
