"""A birthday comes once a year, on its day; who was born on 29 February is never forgotten."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.bootstrap import Shop, start_journey
from tenshu.collect.vocabulary import CUSTOMER_DESCRIBED
from tenshu.journey.definition import parse_journey
from tenshu.journey.tables import enrolments
from tenshu.kit.clock import SetClock
from tenshu.kit.ids import fact_id
from tenshu.know.anniversary import _days, celebrating
from tenshu.know.profile import profiles
from tenshu.testing.small_shop import MONDAY, add_template, everybody, open_small_shop, tell, tick

BORN = {"S-1": "1985-06-04", "S-2": "1990-02-29", "S-3": "1970-12-31", "S-4": "六月四日", "S-5": "2000-06-04T00:00:00"}


def born(number: str, day: str) -> dict[str, Any]:
    told = msgspec.json.encode({"traits": {"birthday": day}}).decode()
    return {
        "fact_id": fact_id("born", number),
        "event": CUSTOMER_DESCRIBED,
        "occurred_at": MONDAY - timedelta(days=1),
        "received_at": MONDAY,
        "source": "form",
        "identifiers": [{"kind": "customer_no", "value": number}],
        "properties": told,
    }


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """The cast with birthdays, one of them no date."""
    opened, _clock = open_small_shop(tmp_path / "home")
    add_template(opened)
    tell(opened, [born(number, day) for number, day in BORN.items()])
    return opened


def names(shop: Shop, day: date) -> set[str]:
    found = celebrating(shop.warehouse, "birthday", day, now=MONDAY)
    known = profiles(shop.warehouse, now=MONDAY, customers=found)
    return set(known["customer_no"].to_list()) if len(found) else set()


def test_the_day_of_the_year_counts_and_not_the_year(shop: Shop) -> None:
    assert names(shop, date(2026, 6, 4)) == {"S-1", "S-5"}
    assert names(shop, date(2026, 12, 31)) == {"S-3"}
    assert names(shop, date(2026, 6, 5)) == set()
    shop.close()


def test_a_leap_day_is_the_day_before_in_other_years(shop: Shop) -> None:
    assert names(shop, date(2027, 2, 28)) == {"S-2"}
    assert names(shop, date(2028, 2, 28)) == set()
    assert names(shop, date(2028, 2, 29)) == {"S-2"}
    shop.close()


@settings(max_examples=40, deadline=None)
@given(st.integers(1970, 2100), st.dates(date(1900, 1, 1), date(2020, 12, 31)))
def test_every_birthday_falls_on_exactly_one_day_of_every_year(year: int, birthday: date) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    hits = [day for day in days if day.year == year and f"{birthday:%m-%d}" in _days(day)]
    assert len(hits) == 1


def test_a_daily_scenario_lets_in_whose_birthday_comes_and_nobody_else(shop: Shop) -> None:
    steps = {"mail": {"kind": "send", "channel": "email", "template": "hello", "next": "end"}, "end": {"kind": "exit"}}
    journey = parse_journey(
        {
            "tenshu": "journey/1",
            "name": "birthday",
            "title": {"ja": "お誕生日"},
            "entry": {"kind": "daily", "at": "10:00", "condition": everybody(), "on": {"days_before": 2}},
            "goal": {"event": "order_completed", "within_days": 14, "target_rate": 0.1},
            "review_on": "2026-09-01",
            "first_step": "mail",
            "steps": steps,
        }
    )
    start_journey(shop, journey)
    clock = shop.clock
    assert isinstance(clock, SetClock)
    entered = {}
    for days in range(1, 5):
        clock.set(MONDAY + timedelta(days=days))
        entered[days] = tick(shop).entered
    assert entered == {1: 2, 2: 0, 3: 0, 4: 0}  # Tuesday 2 June, two days before the 4th
    with shop.ledger.reading() as tx:
        assert set(tx.frame(enrolments.select())["entry_key"]) == {"2026-06-02"}
    shop.close()
