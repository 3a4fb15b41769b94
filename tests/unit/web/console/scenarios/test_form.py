"""The form of a recipe begins with what suits most shops, and reads what was typed as it was meant."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.journey.recipes import RECIPES, Choices
from tenshu.kit.i18n import speaking
from tenshu.web.console.scenarios.form import Typed, fresh, of_choices, read_form

NOW = datetime(2026, 6, 1, 20, tzinfo=UTC)  # 5:00 on the 2nd in Tokyo
TODAY = date(2026, 6, 2)


def typed(recipe: str = "dormant-hello", **changes: str) -> Typed:
    """Read a form as it begins, with some fields typed over."""
    begun = fresh(RECIPES[recipe], now=NOW, zone="Asia/Tokyo").values
    said = {**begun, "template": "spring", **changes}
    with speaking("en"):
        return read_form(said, RECIPES[recipe], templates=["spring"], segments=["best"], language="en", today=TODAY)


def chosen(recipe: str = "dormant-hello", **changes: str) -> Choices:
    found = typed(recipe, **changes)
    assert found.errors == {}
    assert found.choices is not None
    return found.choices


@pytest.mark.parametrize("name", RECIPES)
def test_the_form_begins_with_what_could_be_kept(name: str) -> None:
    choices = chosen(name)
    assert choices.recipe == name
    assert choices.holdout_rate == 0.1
    assert choices.target_rate == 0.05
    assert choices.within_days == 14
    assert choices.review_on == TODAY + timedelta(days=28)


@pytest.mark.parametrize("name", RECIPES)
def test_the_days_begin_as_the_recipe_has_them(name: str) -> None:
    days = RECIPES[name].days
    assert chosen(name).days == (days[0] if days else 0)


def test_the_days_of_the_form_are_the_shops() -> None:
    """It is the 2nd in Tokyo already."""
    assert fresh(RECIPES["broadcast"], now=NOW, zone="Asia/Tokyo").values["start"] == "2026-06-03T10:00"
    assert fresh(RECIPES["broadcast"], now=NOW, zone="Europe/London").values["start"] == "2026-06-02T10:00"


@pytest.mark.parametrize(
    ("said", "rate"), [("5", 0.05), ("5%", 0.05), ("0.5", 0.005), ("12.25 %", 0.1225), ("７", None)]
)
def test_a_share_is_typed_as_per_cent(said: str, rate: float | None) -> None:
    found = typed(target=said)
    assert (found.choices.target_rate if found.choices else None) == rate


@pytest.mark.parametrize(
    ("field", "least", "most"), [("within_days", 1, 365), ("days", 0, 3650), ("holdout", 0, 90), ("target", 1, 100)]
)
def test_numbers_are_taken_up_to_their_ends_and_no_further(field: str, least: int, most: int) -> None:
    for inside in (least, most):
        assert field not in typed(**{field: str(inside)}).errors
    for outside in (least - 1, most + 1):
        assert field in typed(**{field: str(outside)}).errors


@pytest.mark.parametrize("name", ["birthday", "welcome", "dormant-hello"])
def test_each_recipe_has_its_own_most_days(name: str) -> None:
    days = RECIPES[name].days
    assert days is not None
    assert "days" not in typed(name, days=str(days[2])).errors
    assert "days" in typed(name, days=str(days[2] + 1)).errors


@pytest.mark.parametrize("at", ["24:00", "9:00", "10:60", "", "10", "10:00:00"])
def test_a_time_that_no_clock_shows_is_refused(at: str) -> None:
    assert set(typed(at=at).errors) == {"at"}


@pytest.mark.parametrize(
    "start", ["", "2026-06-03", "2026-13-01T10:00", "2026-02-30T10:00", "2026-06-03T25:00", "soon"]
)
def test_a_moment_that_is_none_is_refused_only_where_it_is_asked(start: str) -> None:
    assert set(typed("broadcast", when="later", start=start).errors) == {"start"}
    assert typed("broadcast", when="at_once", start=start).errors == {}
    assert typed("welcome", when="later", start=start).errors == {}


def test_a_moment_with_seconds_is_taken_to_the_minute() -> None:
    assert chosen("broadcast", when="later", start="2026-06-03T10:15:30").start == "2026-06-03T10:15"


def test_the_day_to_look_is_after_today_and_not_too_far() -> None:
    assert chosen(review_on="2026-06-03").review_on == date(2026, 6, 3)
    for day in ("2026-06-02", "2025-01-01", "2029-01-01", "2026-02-30", ""):
        assert set(typed(review_on=day).errors) == {"review_on"}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = typed(title="", template="", target="-1", holdout="x", within_days="", days="", at="", review_on="")
    assert set(found.errors) == {"title", "template", "target", "holdout", "within_days", "days", "at", "review_on"}
    assert all(found.errors.values())


def test_what_was_typed_is_kept_as_it_was_typed() -> None:
    found = typed(title=" x ", target="abc")
    assert (found.values["title"], found.values["target"]) == (" x ", "abc")


@given(st.text(min_size=1, max_size=80).filter(lambda text: text.strip() and text.strip().isprintable()))
def test_any_name_on_one_line_is_kept(title: str) -> None:
    assert chosen(title=title).title == title.strip()


@given(st.characters(categories=["Cc", "Zl", "Zp"]))
def test_a_name_with_a_control_letter_is_refused(letter: str) -> None:
    assert set(typed(title=f"a{letter}b").errors) == {"title"}


def test_choices_fill_the_form_again() -> None:
    choices = chosen("broadcast", when="later", segment="best", target="2.5", holdout="0")
    values: dict[str, Any] = of_choices(choices).values
    assert (values["when"], values["segment"], values["target"], values["holdout"]) == ("later", "best", "2.5", "0")
    assert of_choices(chosen("broadcast")).values["when"] == "at_once"
