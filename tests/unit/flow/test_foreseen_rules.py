"""Each rule of the first hour is foreseen by itself: the lot, who fits, the order of steps, the hour, the size."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tenshu.bootstrap import Shop
from tenshu.decide.tables import decisions
from tenshu.flow.foreseen import FirstHour, foresee
from tenshu.journey.definition import Journey
from tenshu.journey.recipes import RECIPES, Choices, make_journey
from tenshu.privacy.suppression import Digests
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop
from tests.unit.copies import copied

NOBODY: Any = {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "nowhere"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Forty-five people; one has refused, one has not said a word. Tests only look at it."""
    opened = copied(tmp_path_factory.mktemp("foreseen") / "home", "forty", _make)
    yield opened
    opened.close()


def _make(home: Path) -> Shop:
    shop, _clock = open_small_shop(home, people=40)
    add_template(shop)
    return shop


def scenario(recipe: str = "broadcast", *, segment: Any = None, name: str = "news", **changes: Any) -> Journey:
    usual = {"title": "x", "template": "hello", "review_on": date(2026, 7, 1), "days": 20, **changes}
    return make_journey(name, Choices(recipe=recipe, **usual), segment=segment, today_minute="2026-06-01T12:00")


def look(shop: Shop, journey: Journey) -> FirstHour:
    return foresee(shop, shop.settings, journey, now=MONDAY, digested=Digests(shop.address_key).of)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_parts_make_up_who_enters_for_every_recipe(shop: Shop, recipe: str) -> None:
    seen = look(shop, scenario(recipe))
    assert seen.entering == seen.sent + seen.held_out + sum(seen.suppressed.values()) == seen.customers.height
    assert seen.customers.columns == ["customer", "outcome", "reason"]
    assert seen.is_by_event is (recipe in {"welcome", "review-request"})
    assert seen.at >= MONDAY


@pytest.mark.parametrize("rate", [0.0, 0.9])
def test_the_lot_takes_its_share_of_those_who_could_be_written_to(shop: Shop, rate: float) -> None:
    seen = look(shop, scenario(holdout_rate=rate))
    assert (seen.held_out == 0) is (rate == 0)
    assert seen.held_out <= seen.entering
    assert seen.held_out == seen.customers.filter(seen.customers["outcome"] == "held_out").height


def test_a_larger_hold_out_only_adds_to_a_smaller_one(shop: Shop) -> None:
    found = [look(shop, scenario(holdout_rate=rate)).customers for rate in (0.1, 0.5)]
    small, large = (set(rows.filter(rows["outcome"] == "held_out")["customer"]) for rows in found)
    assert small <= large


def test_the_lot_is_drawn_again_for_another_scenario(shop: Shop) -> None:
    found = [look(shop, scenario(name=name, holdout_rate=0.5)).customers for name in ("spring", "summer")]
    one, two = (set(rows.filter(rows["outcome"] == "held_out")["customer"]) for rows in found)
    assert one != two


def test_looking_twice_is_seeing_the_same(shop: Shop) -> None:
    first, second = look(shop, scenario()), look(shop, scenario())
    assert first.customers.equals(second.customers)
    assert (first.sent, first.suppressed) == (second.sent, second.suppressed)


def test_nobody_who_fits_is_nobody_who_enters(shop: Shop) -> None:
    seen = look(shop, scenario(segment=NOBODY))
    assert (seen.entering, seen.sent, seen.held_out, seen.suppressed) == (0, 0, 0, {})
    assert seen.customers.is_empty()


@pytest.mark.parametrize(("at", "hours"), [("12:00", 0), ("12:01", 1 / 60), ("11:59", 23 + 59 / 60), ("00:00", 12)])
def test_a_daily_scenario_is_foreseen_for_its_next_hour(shop: Shop, at: str, hours: float) -> None:
    seen = look(shop, scenario("dormant-hello", at=at))
    assert seen.at == MONDAY + timedelta(minutes=round(60 * hours))


def test_one_that_is_late_is_foreseen_for_now(shop: Shop) -> None:
    assert look(shop, scenario(start="2026-05-01T10:00")).at == MONDAY
    assert look(shop, scenario(start="2026-06-03T10:00")).at == MONDAY + timedelta(hours=46)


def test_whom_a_reason_keeps_back_is_named_with_it(shop: Shop) -> None:
    seen = look(shop, scenario(holdout_rate=0.0))
    told = seen.customers.filter(seen.customers["outcome"] == "suppressed")
    assert sorted(told["reason"]) == ["no_basis", "refused"]
    assert seen.customers.filter(seen.customers["outcome"] == "send")["reason"].null_count() == seen.sent


def test_a_look_decides_on_nobody(shop: Shop) -> None:
    look(shop, scenario())
    with shop.ledger.reading() as tx:
        assert tx.value(select(func.count()).select_from(decisions)) == 0
