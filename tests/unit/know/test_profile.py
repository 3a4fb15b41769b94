"""Profiles: of several statements the latest that says something counts, whoever asks."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tenshu.know import profiles
from tenshu.know.members import FEW, members_of
from tenshu.know.profile import reached_at
from tenshu.know.trait import WELL_KNOWN, read_traits
from tenshu.store.warehouse import Warehouse
from tests.unit.know.shop import NOW, described, shop


def told(*rows: dict[str, Any], merged: dict[int, int] | None = None) -> Warehouse:
    warehouse = shop([], merged=merged or {1: 1, 2: 2})
    warehouse.append("facts", pl.DataFrame(list(rows)))
    return warehouse


def of(warehouse: Warehouse, customer: int, name: str) -> str | None:
    found: str | None = profiles(warehouse, now=NOW).row(by_predicate=pl.col("customer") == customer, named=True)[name]
    return found


def days_ago(days: float) -> Any:
    return NOW - timedelta(days=days)


def test_a_profile_has_a_column_for_every_well_known_trait() -> None:
    frame = profiles(told(described(1, 1, days_ago(1), {"email": "a@example.com"})), now=NOW)
    assert frame.columns == ["customer", *WELL_KNOWN]
    assert set(frame.dtypes[1:]) == {pl.String}


def test_everybody_has_a_row_known_or_not() -> None:
    frame = profiles(told(described(1, 2, days_ago(1), {"email": "a@example.com"})), now=NOW)
    assert frame.select("customer", "email").rows() == [(1, None), (2, "a@example.com")]


def test_the_latest_statement_counts() -> None:
    warehouse = told(
        described(1, 1, days_ago(1), {"prefecture": "大阪府"}), described(2, 1, days_ago(9), {"prefecture": "東京都"})
    )
    assert of(warehouse, 1, "prefecture") == "大阪府"


def test_what_is_not_said_takes_nothing_back() -> None:
    warehouse = told(
        described(1, 1, days_ago(9), {"prefecture": "東京都", "phone": "03"}),
        described(2, 1, days_ago(5), {"prefecture": None}),
        described(3, 1, days_ago(1), {"phone": "06"}),
    )
    assert (of(warehouse, 1, "prefecture"), of(warehouse, 1, "phone")) == ("東京都", "06")


def test_at_the_same_instant_the_one_received_later_counts() -> None:
    at = days_ago(1)
    warehouse = told(
        described(9, 1, at, {"company": "first"}), described(1, 1, at, {"company": "second"}, received_late=1)
    )
    assert of(warehouse, 1, "company") == "second"


def test_of_two_equal_in_time_the_larger_key_counts_whatever_the_order_of_rows() -> None:
    rows = [described(1, 1, days_ago(1), {"company": "small"}), described(2, 1, days_ago(1), {"company": "large"})]
    assert of(told(*rows), 1, "company") == of(told(*reversed(rows)), 1, "company") == "large"


def test_what_is_said_later_than_now_is_not_known_yet() -> None:
    warehouse = told(
        described(1, 1, days_ago(1), {"sex": "f"}), described(2, 1, NOW + timedelta(seconds=1), {"sex": "m"})
    )
    assert of(warehouse, 1, "sex") == "f"


def test_all_identifiers_of_a_customer_speak_for_them() -> None:
    warehouse = told(
        described(1, 1, days_ago(9), {"full_name": "佐藤 花子"}),
        described(2, 2, days_ago(1), {"email": "hanako@example.jp"}),
        merged={1: 1, 2: 1},
    )
    assert profiles(warehouse, now=NOW).height == 1
    assert (of(warehouse, 1, "full_name"), of(warehouse, 1, "email")) == ("佐藤 花子", "hanako@example.jp")


@pytest.mark.parametrize(
    ("stated", "text"),
    [("03", "03"), (3, "3"), (2.5, "2.5"), (True, "true"), ("", ""), ([1], None), ({"a": 1}, None)],
)
def test_values_are_known_as_text(stated: object, text: str | None) -> None:
    warehouse = told(described(1, 1, days_ago(1), {"age": stated}))
    assert read_traits(warehouse, ["age"], now=NOW)["age"].to_list() == [text]


def test_any_trait_can_be_asked_for_in_any_script() -> None:
    warehouse = told(described(1, 1, days_ago(1), {"会員種別": "ゴールド", "rank_x": "A"}))
    found = read_traits(warehouse, ["会員種別", "rank_x", "missing"], now=NOW)
    assert found.rows() == [(1, "ゴールド", "A", None)]


def test_facts_of_nobody_and_other_facts_describe_nobody() -> None:
    rows = [
        described(1, 99, days_ago(1), {"email": "x@example.com"}),  # an identifier outside the map
        {**described(2, 1, days_ago(1), {"email": "y@example.com"}), "event": "consent_recorded"},
    ]
    assert profiles(told(*rows), now=NOW)["email"].null_count() == 2


@pytest.mark.parametrize("asked", [[2], [2, 2], [7], []])
def test_only_those_asked_about_come_back(asked: list[int]) -> None:
    warehouse = told(described(1, 2, days_ago(1), {"email": "a@example.com"}))
    found = profiles(warehouse, now=NOW, customers=pl.Series(asked, dtype=pl.Int64))
    assert found["customer"].to_list() == sorted(set(asked) & {1, 2})


def test_few_members_are_written_down_and_many_are_lent() -> None:
    few, many = members_of(pl.Series(range(FEW))), members_of(pl.Series(range(FEW + 1)))
    assert few.lent == {}
    assert many.lent["wanted"].height == FEW + 1
    assert "wanted" in many.sql


def test_members_are_whole_numbers_only() -> None:
    with pytest.raises(pl.exceptions.PolarsError):
        members_of(pl.Series(["1); DROP TABLE facts; --"]))
    assert "IN (1, 2)" in members_of(pl.Series([1, 2, 1, None])).sql


def test_everybody_is_the_whole_map() -> None:
    assert members_of(None).sql == "SELECT node, customer FROM node_map"


def test_where_people_are_reached_is_what_their_profiles_say() -> None:
    warehouse = told(
        described(1, 1, days_ago(9), {"email": "old@example.com", "zone": "Asia/Seoul"}),
        described(2, 1, days_ago(1), {"email": "new@example.com", "zone": None}),
        described(3, 2, days_ago(1), {"last_name": "佐藤"}),
    )
    found = reached_at(warehouse, now=NOW, customers=pl.Series([2, 1]))
    assert found.rows() == [(2, None, None), (1, "new@example.com", "Asia/Seoul")]
    stated = profiles(warehouse, now=NOW, customers=pl.Series([1, 2]))
    assert found.sort("customer").equals(stated.select("customer", address="email", zone="zone"))


def test_where_a_stranger_is_reached_is_not_known() -> None:
    warehouse = told(described(1, 1, days_ago(1), {"email": "a@example.com"}))
    assert reached_at(warehouse, now=NOW, customers=pl.Series([77])).rows() == [(77, None, None)]


def test_nobody_is_reached_at_what_is_stated_later() -> None:
    warehouse = told(described(1, 1, days_ago(-1), {"email": "a@example.com"}))
    assert reached_at(warehouse, now=NOW, customers=pl.Series([1])).rows() == [(1, None, None)]
