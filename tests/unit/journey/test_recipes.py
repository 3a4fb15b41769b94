"""Every recipe makes a scenario that can run, whatever a shop chooses; its goal, target and review day are kept."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.journey.grammar import AfterDays, Broadcast, Daily, NeverAgain, OnEvent, Send, Wait
from tenshu.journey.recipes import EVERYBODY, GOALS, RECIPES, Choices, RecipeUnknown, make_journey, recipe_of
from tenshu.journey.sentence import entry_note, sentence
from tests.unit.journey.examples import IN_OSAKA

NOON = "2026-06-01T12:00"


def choices(recipe: str, **changes: object) -> Choices:
    """Return what a shop would choose that changes nothing."""
    days = RECIPES[recipe].days
    given = {
        "title": "春のお知らせ",
        "template": "hello",
        "review_on": date(2026, 7, 1),
        "days": days[0] if days else 0,
    }
    return Choices(recipe=recipe, **{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_sends_the_chosen_message_and_keeps_the_goal(name: str) -> None:
    chosen = choices(name, goal_event="email_clicked", within_days=9, target_rate=0.07, holdout_rate=0.2)
    scenario = make_journey(f"{name}-1", chosen, segment=None, today_minute=NOON)
    assert scenario.templates() == ["hello"]
    assert (scenario.goal.event, scenario.goal.within_days, scenario.goal.target_rate) == ("email_clicked", 9, 0.07)
    assert scenario.review_on == date(2026, 7, 1)
    assert scenario.holdout_rate == 0.2
    assert scenario.purpose == "marketing"
    assert scenario.title_in("ja") == "春のお知らせ"


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_narrowed_by_the_segment(name: str) -> None:
    narrow = make_journey("a", choices(name), segment=IN_OSAKA, today_minute=NOON)
    assert "大阪府" in entry_note(narrow, "ja")
    wide = make_journey("a", choices(name), segment=None, today_minute=NOON)
    assert "大阪府" not in entry_note(wide, "ja")


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_recipe_can_be_said(name: str, language: str) -> None:
    assert len(sentence(make_journey("a", choices(name), segment=None, today_minute=NOON), language).split("\n")) >= 6


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(RECIPES)),
    st.floats(0, 1),
    st.floats(0, 0.9),
    st.floats(0.001, 1),
    st.integers(1, 365),
    st.times().map(lambda time: f"{time:%H:%M}"),
    st.sampled_from(sorted(GOALS)),
)
def test_whatever_a_shop_chooses_can_run(
    name: str, share: float, holdout: float, target: float, within: int, at: str, goal: str
) -> None:
    days = RECIPES[name].days
    chosen = choices(
        name,
        days=round(share * days[2]) if days else 0,
        holdout_rate=holdout,
        target_rate=target,
        within_days=within,
        at=at,
        goal_event=goal,
    )
    scenario = make_journey("a", chosen, segment=None, today_minute=NOON)
    assert sum(isinstance(step, Send) for step in scenario.steps.values()) == 1


def test_a_broadcast_at_once_is_due_at_this_minute() -> None:
    scenario = make_journey("a", choices("broadcast"), segment=None, today_minute=NOON)
    assert scenario.entry == Broadcast(at=NOON, condition=EVERYBODY)


def test_a_broadcast_at_a_moment_keeps_it_whenever_it_is_started() -> None:
    later = choices("broadcast", start="2026-06-05T09:30")
    for today in (NOON, "2026-06-09T00:00"):
        entry = make_journey("a", later, segment=IN_OSAKA, today_minute=today).entry
        assert entry == Broadcast(at="2026-06-05T09:30", condition=IN_OSAKA)


def test_the_birthday_recipe_asks_for_the_day_of_the_year() -> None:
    entry = make_journey("a", choices("birthday", days=7, at="09:15"), segment=None, today_minute=NOON).entry
    assert isinstance(entry, Daily)
    assert entry.on is not None
    assert (entry.at, entry.on.trait, entry.on.days_before) == ("09:15", "birthday", 7)


def test_recipes_after_an_order_wait_before_they_write() -> None:
    for name in ("welcome", "review-request"):
        scenario = make_journey("a", choices(name, days=4), segment=None, today_minute=NOON)
        assert isinstance(scenario.entry, OnEvent)
        first = scenario.steps[scenario.first_step]
        assert isinstance(first, Wait)
        assert first.days == 4


def test_nobody_is_welcomed_twice_and_the_best_are_thanked_again() -> None:
    welcome = make_journey("a", choices("welcome"), segment=None, today_minute=NOON)
    thanks = make_journey("a", choices("thanks-to-the-best"), segment=None, today_minute=NOON)
    assert welcome.reentry == NeverAgain()
    assert thanks.reentry == AfterDays(days=180)


def test_an_unknown_recipe_is_named_with_those_there_are() -> None:
    with pytest.raises(RecipeUnknown, match="broadcast"):
        recipe_of("spam")
