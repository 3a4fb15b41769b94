"""A scenario gets its next version while it runs: nobody is lost between the two, and nobody is let in twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tenshu.bootstrap import Shop
from tenshu.journey.tables import enrolments
from tenshu.kit.clock import SetClock
from tenshu.testing.small_shop import (
    MONDAY,
    TWO_MAILS,
    add_template,
    everybody,
    open_small_shop,
    order,
    start,
    tell,
    tick,
)

ORDERS = {"kind": "event", "event": "order_completed"}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Shop, SetClock]]:
    shop, clock = open_small_shop(tmp_path / "home")
    add_template(shop)
    yield shop, clock
    shop.close()


def walks(shop: Shop) -> list[tuple[Any, ...]]:
    with shop.ledger.reading() as tx:
        rows = tx.frame(enrolments.select())
    return rows.select("version", "customer", "entry_key", "step").sort("version", "customer").rows()


def test_an_order_from_before_the_change_that_is_told_after_it_enters_the_new_version(
    small: tuple[Shop, SetClock],
) -> None:
    shop, clock = small
    start(shop, entry=ORDERS, reentry={"kind": "always"})
    clock.set(MONDAY + timedelta(hours=1))
    start(shop, entry=ORDERS, reentry={"kind": "always"})
    clock.set(MONDAY + timedelta(hours=2))
    tell(shop, [order("S-1", "between", MONDAY + timedelta(minutes=30))])
    tell(shop, [order("S-2", "earlier", MONDAY - timedelta(minutes=30))])
    assert [(version, key) for version, _, key, _ in walks(shop)] == [(2, "between")]


def test_a_daily_scenario_whose_hour_moves_lets_nobody_in_twice_on_the_day_of_the_change(
    small: tuple[Shop, SetClock],
) -> None:
    shop, clock = small
    always = {"kind": "always"}
    start(shop, entry={"kind": "daily", "at": "12:00", "condition": everybody()}, reentry=always)
    entered = tick(shop).entered
    clock.set(MONDAY + timedelta(hours=1))
    start(shop, entry={"kind": "daily", "at": "15:00", "condition": everybody()}, reentry=always)
    clock.set(MONDAY + timedelta(hours=4))
    assert (entered > 0, tick(shop).entered) == (True, 0)
    clock.set(MONDAY + timedelta(days=1, hours=4))
    assert tick(shop).entered == entered


def test_those_who_walk_keep_the_steps_they_entered_with(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, **TWO_MAILS)
    tick(shop)
    start(shop, entry={"kind": "broadcast", "at": "2026-06-03T12:00", "condition": everybody()})
    clock.set(MONDAY + timedelta(days=3))
    tick(shop)
    assert {(version, step) for version, _, _, step in walks(shop)} == {(1, "end")}
    assert len(walks(shop)) == len({customer for _, customer, _, _ in walks(shop)})
