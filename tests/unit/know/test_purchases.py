"""What each customer has bought: orders by their key, any past day, the shop's own days."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from tenshu.know.purchases import buyers, period_start
from tenshu.store.warehouse import Warehouse
from tests.unit.know.shop import NOW, ZONE, order_line, shop


def row(
    warehouse: Warehouse, customer: int, until: datetime = NOW, since_at: datetime | None = None
) -> dict[str, object]:
    found = buyers(warehouse, until=until, since_at=since_at, zone=ZONE)
    return found.row(by_predicate=pl.col("customer") == customer, named=True)


def test_orders_and_revenue_are_added_up_per_customer() -> None:
    found = row(shop([(1, 10, 300), (1, 2, 500), (2, 1, 9)]), 1)
    assert (found["orders"], found["revenue"]) == (2, 800)
    assert found["first_order_at"] == NOW - timedelta(days=10)
    assert found["last_order_at"] == NOW - timedelta(days=2)


def test_lines_of_one_order_are_one_order_at_its_earliest_line() -> None:
    warehouse = shop([])
    lines = [
        order_line(1, 1, NOW - timedelta(minutes=1), 100, order_no="A"),
        order_line(2, 1, NOW - timedelta(minutes=2), 200, order_no="A"),
        order_line(3, 1, NOW, 400, order_no="A", source="web"),  # another shop's A
    ]
    warehouse.append("order_lines", pl.DataFrame(lines))
    warehouse.execute("INSERT INTO node_map (node, customer) VALUES (1, 1)")
    found = row(warehouse, 1)
    assert (found["orders"], found["revenue"]) == (2, 700)
    assert found["first_order_at"] == NOW - timedelta(minutes=2)


def test_the_same_number_at_two_customers_is_two_orders() -> None:
    warehouse = shop([])
    lines = [order_line(1, 1, NOW, 100, order_no="A"), order_line(2, 2, NOW, 200, order_no="A")]
    warehouse.append("order_lines", pl.DataFrame(lines))
    warehouse.execute("INSERT INTO node_map (node, customer) VALUES (1, 1), (2, 2)")
    assert (row(warehouse, 1)["revenue"], row(warehouse, 2)["revenue"]) == (100, 200)


def test_identical_lines_both_count() -> None:
    warehouse = shop([])
    lines = [order_line(number, 1, NOW, 100, order_no="A") for number in (1, 2)]
    warehouse.append("order_lines", pl.DataFrame(lines))
    warehouse.execute("INSERT INTO node_map (node, customer) VALUES (1, 1)")
    assert row(warehouse, 1)["revenue"] == 200


@pytest.mark.parametrize("event", ["product_returned", "product_given", "order_adjusted"])
def test_only_purchases_count(event: str) -> None:
    warehouse = shop([(1, 1, 100)])
    warehouse.append("order_lines", pl.DataFrame([order_line(9, 1, NOW, -100, event=event)]))
    assert row(warehouse, 1)["revenue"] == 100


def test_purchases_without_a_customer_belong_to_nobody() -> None:
    assert buyers(shop([(None, 1, 100)]), until=NOW, since_at=None, zone=ZONE).is_empty()


def test_a_past_day_sees_only_what_had_happened() -> None:
    warehouse = shop([(1, 10, 300), (1, 2, 500)])
    assert row(warehouse, 1, until=NOW - timedelta(days=5))["revenue"] == 300
    assert row(warehouse, 1, until=NOW - timedelta(days=2))["revenue"] == 800  # the instant itself is included
    assert buyers(warehouse, until=NOW - timedelta(days=11), since_at=None, zone=ZONE).is_empty()


def test_the_period_counts_beside_everything_ever() -> None:
    found = row(shop([(1, 100, 300), (1, 2, 500)]), 1, since_at=NOW - timedelta(days=30))
    assert (found["orders"], found["period_orders"]) == (2, 1)
    assert (found["revenue"], found["period_revenue"]) == (800, 500)


def test_a_period_without_purchases_counts_nothing() -> None:
    found = row(shop([(1, 100, 300)]), 1, since_at=NOW - timedelta(days=30))
    assert (found["period_orders"], found["period_revenue"]) == (0, 0)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Asia/Tokyo", date(2026, 3, 10)),  # 20:00 UTC on the 9th is 05:00 on the 10th
        ("Europe/London", date(2026, 3, 9)),
        ("America/New_York", date(2026, 3, 9)),
    ],
)
def test_the_last_day_is_the_shops(zone: str, day: date) -> None:
    warehouse = shop([])
    late = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)
    warehouse.append("order_lines", pl.DataFrame([order_line(1, 1, late, 100)]))
    warehouse.execute("INSERT INTO node_map (node, customer) VALUES (1, 1)")
    assert buyers(warehouse, until=NOW, since_at=None, zone=zone)["last_order_on"].to_list() == [day]


def test_merged_customers_have_one_history() -> None:
    found = row(shop([(1, 10, 300), (7, 2, 500)], merged={7: 1}), 1)
    assert (found["orders"], found["revenue"]) == (2, 800)


@pytest.mark.parametrize("asked", [[2], [2, 3], [2, 99], list(range(2, 900))])
def test_some_customers_alone_are_what_they_are_among_all(asked: list[int]) -> None:
    warehouse = shop([(1, 10, 300), (2, 2, 500), (3, 1, 7), (2, 9, 1)])
    everybody = buyers(warehouse, until=NOW, since_at=None, zone=ZONE)
    some = buyers(warehouse, until=NOW, since_at=None, zone=ZONE, customers=pl.Series(asked))
    assert some.equals(everybody.filter(pl.col("customer").is_in(asked)))


def test_a_period_begins_at_the_local_midnight() -> None:
    assert period_start(NOW, 30, ZONE) == datetime(2026, 2, 7, 15, 0, tzinfo=UTC)
    assert period_start(NOW, None, ZONE) is None
