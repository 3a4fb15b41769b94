"""What is foreseen is what happens: the same people, the same lottery, the same reasons, and nothing is written."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tenshu.bootstrap import Shop, start_journey
from tenshu.decide.tables import decisions
from tenshu.deliver.tables import outbox
from tenshu.flow.foreseen import FirstHour, foresee
from tenshu.journey.definition import Journey
from tenshu.journey.recipes import Choices, make_journey
from tenshu.journey.tables import enrolments
from tenshu.kit.clock import SetClock
from tenshu.measure.account import account, as_account
from tenshu.privacy.suppression import Digests
from tenshu.testing.small_shop import add_template, open_small_shop, order, start, tell, tick
from tests.unit.copies import copied

PEOPLE = 40


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Forty-five people; one has refused, one has not said a word."""
    return copied(tmp_path / "home", "forty", _make)


def _make(home: Path) -> Shop:
    shop, _clock = open_small_shop(home, people=PEOPLE)
    add_template(shop)
    return shop


def scenario(recipe: str, **changes: object) -> Journey:
    given = {"title": "x", "template": "hello", "review_on": date(2026, 7, 1), "days": 20}
    chosen = Choices(recipe=recipe, **{**given, **changes})  # type: ignore[arg-type]
    return make_journey(f"{recipe}-1", chosen, segment=None, today_minute="2026-06-01T12:00")


def look(shop: Shop, journey: Journey) -> FirstHour:
    return foresee(shop, shop.settings, journey, now=shop.clock.now(), digested=Digests(shop.address_key).of)


@pytest.mark.parametrize("recipe", ["broadcast", "dormant-hello", "second-order"])
def test_the_first_hour_is_as_it_was_foreseen(shop: Shop, recipe: str) -> None:
    journey = scenario(recipe)
    seen = look(shop, journey)
    assert seen.entering > 0
    start_journey(shop, journey)
    clock = shop.clock
    assert isinstance(clock, SetClock)
    clock.set(seen.at)
    assert tick(shop).entered == seen.entering
    became = as_account(account(shop.ledger, journey=journey.name))
    assert became.planned == seen.entering
    assert became.pending == seen.sent
    assert became.held_out == seen.held_out
    assert became.suppressed == seen.suppressed
    shop.close()


def test_everybody_foreseen_is_one_of_them(shop: Shop) -> None:
    seen = look(shop, scenario("broadcast"))
    assert len(seen.customers) == seen.entering == seen.sent + seen.held_out + sum(seen.suppressed.values())
    assert seen.suppressed == {"no_basis": 1, "refused": 1}
    assert seen.customers["customer"].n_unique() == seen.entering
    shop.close()


def test_nothing_is_written(shop: Shop) -> None:
    look(shop, scenario("broadcast"))
    with shop.ledger.reading() as tx:
        for table in (enrolments, decisions, outbox):
            assert tx.value(select(func.count()).select_from(table)) == 0
    shop.close()


def test_caps_are_foreseen_too(shop: Shop) -> None:
    start(shop, "first")
    tick(shop)
    seen = look(shop, scenario("broadcast", holdout_rate=0.0))
    assert seen.suppressed["capped"] == PEOPLE + 3
    assert seen.sent == 0
    shop.close()


def test_a_broadcast_of_tomorrow_is_foreseen_for_tomorrow(shop: Shop) -> None:
    seen = look(shop, scenario("broadcast", start="2026-06-02T10:00"))
    assert seen.at - shop.clock.now() == timedelta(hours=22)
    shop.close()


def test_of_a_scenario_by_event_those_of_the_last_weeks_stand_for_the_next(shop: Shop) -> None:
    seen = look(shop, scenario("review-request", holdout_rate=0.0))
    assert seen.is_by_event
    assert seen.entering == 2  # 佐藤 five days ago, 高橋 two
    tell(shop, [order("P-1", "P-1-new", shop.clock.now() - timedelta(days=3))])
    assert look(shop, scenario("review-request", holdout_rate=0.0)).entering == 3
    shop.close()


def test_whoever_walked_before_does_not_enter_again(shop: Shop) -> None:
    journey = scenario("broadcast")
    start_journey(shop, journey)
    tick(shop)
    assert look(shop, journey).entering == 0
    shop.close()
