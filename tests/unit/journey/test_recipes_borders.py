"""Every recipe at the borders of its choices: what is kept, what follows, what is refused with its reason."""

from datetime import date
from typing import Any

import msgspec
import pytest

from tenshu.collect.vocabulary import EMAIL_CLICKED, ORDER_COMPLETED
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.grammar import AfterDays, Broadcast, Daily, Exit, Journey, NeverAgain, OnEvent, Send, Wait
from tenshu.journey.recipes import EVERYBODY, RECIPES, Choices, RecipeUnknown, make_journey
from tenshu.journey.sentence import entry_note, entry_sentence
from tenshu.kit.i18n import _
from tests.unit.journey.examples import IN_OSAKA, IN_TOKYO

NOON = "2026-06-01T12:00"
WITH_DAYS = [name for name, recipe in RECIPES.items() if recipe.days]
DAILY = ["birthday", "dormant-hello", "thanks-to-the-best", "second-order"]
BOTH = {"kind": "and", "of": [IN_OSAKA, IN_TOKYO]}
ONCE = {"kind": "did", "event": ORDER_COMPLETED, "count": {"cmp": "is", "value": 1}}


def made(name: str, *, segment: Any = None, **changes: Any) -> Journey:
    """Return the scenario of a recipe, with its usual days unless told otherwise."""
    days = RECIPES[name].days if name in RECIPES else None
    usual = {"title": "春", "template": "hello", "review_on": date(2026, 7, 1), "days": days[0] if days else 0}
    chosen = Choices(recipe=name, **{**usual, **changes})
    return make_journey("spring", chosen, segment=segment, today_minute=NOON)


def silent(days: int) -> dict[str, Any]:
    return {"kind": "did_not", "event": ORDER_COMPLETED, "within": {"days": days}}


def condition(scenario: Journey) -> Any:
    entry = scenario.entry
    assert isinstance(entry, Broadcast | Daily | OnEvent)
    return entry.condition


@pytest.mark.parametrize("name", WITH_DAYS)
def test_the_fewest_and_the_most_days_make_a_scenario(name: str) -> None:
    days = RECIPES[name].days
    assert days is not None
    assert 0 < days[0] <= days[2]
    for count in (0, 1, days[0], days[2] - 1, days[2]):
        for language in ("ja", "en"):
            assert entry_sentence(made(name, days=count), language)


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", "24:00"),
        ("at", "9:00"),
        ("within_days", 0),
        ("within_days", 731),
        ("target_rate", 0.0),
        ("target_rate", 1.01),
        ("holdout_rate", 1.0),
        ("holdout_rate", -0.1),
        ("template", ""),
        ("title", ""),
        ("goal_event", ""),
    ],
)
def test_what_cannot_be_is_refused(name: str, field: str, value: object) -> None:
    if field == "at" and name == "broadcast":  # it has a moment instead
        assert made(name, at=value).entry == made(name).entry
        return
    if field == "at" and name in {"welcome", "review-request"}:
        with pytest.raises(JourneyInvalid, match="wait"):
            made(name, at=value)
        return
    with pytest.raises(JourneyInvalid):
        made(name, **{field: value})


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(
    ("field", "value"),
    [("within_days", 1), ("within_days", 730), ("target_rate", 1.0), ("holdout_rate", 0.0), ("holdout_rate", 0.999)],
)
def test_what_is_just_allowed_is_kept(name: str, field: str, value: float) -> None:
    scenario = made(name, **{field: value})
    kept = {"holdout_rate": scenario.holdout_rate, **msgspec.to_builtins(scenario.goal)}
    assert kept[field] == value


@pytest.mark.parametrize("start", ["2026-06-01", "2026-02-30T10:00", "2026-06-01T10:00:30", "tomorrow"])
def test_a_moment_that_no_calendar_has_is_refused(start: str) -> None:
    with pytest.raises(JourneyInvalid):
        made("broadcast", start=start)


def test_a_broadcast_may_begin_on_a_day_of_the_leap_year() -> None:
    entry = made("broadcast", start="2028-02-29T23:59").entry
    assert isinstance(entry, Broadcast)
    assert entry.at == "2028-02-29T23:59"


@pytest.mark.parametrize(
    ("name", "segment", "found"),
    [
        ("broadcast", None, EVERYBODY),
        ("broadcast", IN_OSAKA, IN_OSAKA),
        ("birthday", None, EVERYBODY),
        ("birthday", BOTH, BOTH),
        ("welcome", None, ONCE),
        ("welcome", IN_OSAKA, {"kind": "and", "of": [ONCE, IN_OSAKA]}),
        ("review-request", None, None),
        ("review-request", IN_OSAKA, IN_OSAKA),
        ("thanks-to-the-best", None, {"kind": "rank", "by": "rank", "cmp": "is", "value": "best"}),
        (
            "dormant-hello",
            IN_OSAKA,
            {"kind": "and", "of": [{"kind": "did", "event": ORDER_COMPLETED}, silent(120), IN_OSAKA]},
        ),
        (
            "second-order",
            None,
            {
                "kind": "and",
                "of": [ONCE, silent(30), {"kind": "did", "event": ORDER_COMPLETED, "within": {"days": 90}}],
            },
        ),
    ],
)
def test_who_enters_is_the_recipes_condition_and_the_segments(name: str, segment: Any, found: Any) -> None:
    assert condition(made(name, segment=segment)) == found


@pytest.mark.parametrize("days", [1, 30, 3_650])
def test_whoever_is_lost_for_two_more_months_is_not_nudged(days: int) -> None:
    *_others, not_lost = condition(made("second-order", days=days))["of"]
    assert not_lost["within"] == {"days": days + 60}


@pytest.mark.parametrize("name", DAILY)
@pytest.mark.parametrize("at", ["00:00", "09:05", "23:59"])
def test_a_daily_recipe_asks_at_its_hour_and_writes_at_once(name: str, at: str) -> None:
    scenario = made(name, at=at)
    assert isinstance(scenario.entry, Daily)
    assert scenario.entry.at == at
    assert isinstance(scenario.steps[scenario.first_step], Send)
    assert (scenario.entry.on is not None) == (name == "birthday")


@pytest.mark.parametrize(("name", "days"), [("welcome", 365), ("welcome", 1), ("review-request", 365)])
def test_a_recipe_by_an_order_waits_so_many_days_until_its_hour(name: str, days: int) -> None:
    scenario = made(name, days=days, at="18:30")
    wait = scenario.steps[scenario.first_step]
    assert wait == Wait(next="mail", days=days, at="18:30")
    assert isinstance(scenario.entry, OnEvent)
    assert scenario.entry.event == ORDER_COMPLETED


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_one_mail_and_an_end(name: str) -> None:
    scenario = made(name)
    mail = scenario.steps["mail"]
    assert isinstance(mail, Send)
    assert (mail.channel, mail.template, mail.next) == ("email", "hello", "end")
    assert mail.expires_after_hours == RECIPES[name].expires_after
    assert scenario.steps["end"] == Exit()
    assert len(scenario.steps) == (3 if isinstance(scenario.entry, OnEvent) else 2)


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("broadcast", NeverAgain()),
        ("welcome", NeverAgain()),
        ("birthday", AfterDays(days=300)),
        ("dormant-hello", AfterDays(days=180)),
        ("thanks-to-the-best", AfterDays(days=180)),
        ("second-order", NeverAgain()),
        ("review-request", AfterDays(days=60)),
    ],
)
def test_how_often_somebody_may_enter_is_the_recipes(name: str, again: object) -> None:
    assert made(name).reentry == again


@pytest.mark.parametrize("days", [0, 1, 60])
def test_a_birthday_is_greeted_every_year_however_many_days_before(days: int) -> None:
    scenario = made("birthday", days=days)
    assert isinstance(scenario.entry, Daily)
    assert scenario.entry.on is not None
    assert scenario.entry.on.days_before == days
    assert isinstance(scenario.reentry, AfterDays)
    assert scenario.reentry.days < 365


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("goal", [ORDER_COMPLETED, EMAIL_CLICKED])
def test_whoever_reaches_the_goal_meanwhile_may_have_the_mail_all_the_same(name: str, goal: str) -> None:
    scenario = made(name, goal_event=goal)
    assert scenario.goal.event == goal
    assert not scenario.goal.ends_journey
    assert scenario.exit_when is None


@pytest.mark.parametrize(("language", "other"), [("ja", "en"), ("en", "ja")])
def test_a_title_in_one_language_is_read_in_both(language: str, other: str) -> None:
    scenario = made("welcome", language=language, title="Spring 春")
    assert scenario.title_in(language) == scenario.title_in(other) == "Spring 春"


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda one: one.name)
def test_a_recipe_teaches_in_both_languages(recipe: Any) -> None:
    told = [recipe.title, recipe.who, recipe.why, *([recipe.days[1]] if recipe.days else [])]
    for words in told:
        assert _(words, "en") == words
        assert _(words, "ja") != words


def test_no_two_recipes_are_told_alike() -> None:
    for told in ("title", "who", "why"):
        assert len({getattr(recipe, told) for recipe in RECIPES.values()}) == len(RECIPES)
    notes = {entry_note(made(name), "en") + str(type(made(name).entry)) for name in RECIPES if name != "birthday"}
    assert len(notes) == len(RECIPES) - 1


@pytest.mark.parametrize("name", ["", "Welcome", "welcome ", "../welcome"])
def test_a_recipe_that_is_none_is_answered_with_all_there_are(name: str) -> None:
    with pytest.raises(RecipeUnknown) as refused:
        made(name)
    assert all(known in refused.value.text("ja") for known in RECIPES)
