"""What a tick knows of those who are due: asked once, the same in parts as at once."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pytest

from tenshu.bootstrap import Shop
from tenshu.condition import Condition, parse
from tenshu.flow.known import Known
from tenshu.know.profile import profiles
from tenshu.segment import evaluate
from tenshu.testing.small_shop import MONDAY, open_small_shop

HAS_BOUGHT = parse({"kind": "did", "event": "order_completed", "within": {"days": 30}})
IS_SUZUKI = parse({"kind": "trait", "trait": "last_name", "cmp": "is", "value": "鈴木"})


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened, _ = open_small_shop(tmp_path / "home", people=3)
    yield opened
    opened.close()


@pytest.fixture
def people(shop: Shop) -> pl.Series:
    return shop.warehouse.frame("SELECT DISTINCT customer::BIGINT AS customer FROM node_map ORDER BY 1")["customer"]


class Asked:
    """Answers conditions and counts how often it is asked: every second customer meets each."""

    def __init__(self) -> None:
        self.questions: list[tuple[int, int]] = []

    def __call__(self, conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        self.questions.append((len(conditions), len(customers)))
        return pl.DataFrame({"customer": customers, **dict.fromkeys(conditions, customers % 2 == 0)})


def test_parts_get_the_answers_that_the_warehouse_gives(shop: Shop, people: pl.Series) -> None:
    known = Known(shop, shop.settings, now=MONDAY, people=people)
    conditions = {"bought": HAS_BOUGHT, "suzuki": IS_SUZUKI}
    whole = evaluate(shop.warehouse, conditions, now=MONDAY, zone=shop.settings.zone, customers=people)
    assert whole["bought"].any()
    assert whole["suzuki"].sum() == 1
    parts = [known.holds(conditions, people[start : start + 2]) for start in range(0, len(people), 2)]
    assert pl.concat(parts).equals(whole)


def test_each_condition_is_asked_once_for_everybody(shop: Shop) -> None:
    asked = Asked()
    known = Known(shop, shop.settings, now=MONDAY, people=pl.Series([4, 2, 3, 1, 2]), holds=asked)
    assert known.holds({"a": HAS_BOUGHT}, pl.Series([1, 2]))["a"].to_list() == [False, True]
    assert known.holds({"b": HAS_BOUGHT}, pl.Series([3]))["b"].to_list() == [False]
    assert known.holds({"a": IS_SUZUKI, "b": HAS_BOUGHT}, pl.Series([4, 1])).rows() == [
        (4, True, True),
        (1, False, False),
    ]
    assert asked.questions == [(1, 4), (1, 4)]


def test_one_condition_under_two_names_is_one_question(shop: Shop) -> None:
    asked = Asked()
    known = Known(shop, shop.settings, now=MONDAY, people=pl.Series([1, 2]), holds=asked)
    told = known.holds({"a": HAS_BOUGHT, "b": HAS_BOUGHT}, pl.Series([1, 2]))
    assert told["a"].equals(told["b"].alias("a"))
    assert asked.questions == [(1, 2)]


def test_addresses_and_zones_are_those_of_the_profiles(shop: Shop, people: pl.Series) -> None:
    known = Known(shop, shop.settings, now=MONDAY, people=people)
    stated = profiles(shop.warehouse, now=MONDAY, customers=people).select("customer", address="email", zone="zone")
    assert stated["address"].drop_nulls().len() > 0
    parts = [known.reached_at(people[start : start + 3]) for start in range(0, len(people), 3)]
    assert pl.concat(parts).equals(stated)
    assert known.reached_at(people.reverse())["customer"].equals(people.reverse())


def test_somebody_nobody_expected_gets_an_answer_of_his_own(shop: Shop, people: pl.Series) -> None:
    asked = Asked()
    known = Known(shop, shop.settings, now=MONDAY, people=people[2:4], holds=asked)
    first = known.reached_at(people[2:4])
    known.holds({"a": HAS_BOUGHT}, people[2:4])
    for stranger in (people[0], people[len(people) - 1]):
        one = pl.Series("customer", [stranger])
        assert known.holds({"a": HAS_BOUGHT}, one).rows() == [(stranger, stranger % 2 == 0)]
        alone = Known(shop, shop.settings, now=MONDAY, people=one)
        assert known.reached_at(one).equals(alone.reached_at(one))
    assert asked.questions == [(1, 2), (1, 3), (1, 4)]
    assert known.reached_at(people[2:4]).equals(first)


def test_one_who_is_not_in_the_shop_has_no_address(shop: Shop, people: pl.Series) -> None:
    known = Known(shop, shop.settings, now=MONDAY, people=people)
    assert known.reached_at(pl.Series([999_999])).rows() == [(999_999, None, None)]
    assert known.holds({"a": HAS_BOUGHT}, pl.Series([999_999]))["a"].to_list() == [False]


def test_answers_in_any_order_find_their_customer_and_silence_is_no(shop: Shop) -> None:
    def holds(conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        told = pl.DataFrame({"customer": customers, **dict.fromkeys(conditions, customers > 2)})
        return told.reverse().filter(pl.col("customer") != 4)

    known = Known(shop, shop.settings, now=MONDAY, people=pl.Series([1, 2, 3, 4]), holds=holds)
    assert known.holds({"a": HAS_BOUGHT}, pl.Series([1, 2, 3, 4]))["a"].to_list() == [False, False, True, False]
