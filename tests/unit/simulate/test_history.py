"""What simulated customers start from is what lies in the warehouse, with the extremes cut off."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from tenshu.simulate.history import HISTORY, customer_history
from tenshu.store.warehouse import Warehouse

NOW = datetime(2011, 12, 10, tzinfo=UTC)
Line = tuple[int, str, str, float, str, int, bool, str]


@pytest.fixture
def warehouse() -> Warehouse:
    """Return a warehouse of two customers, each with a node of the same number."""
    empty = Warehouse()
    empty.append("node_map", pl.DataFrame({"node": [1, 2], "customer": [1, 2]}))
    return empty


def buy(
    warehouse: Warehouse,
    customer: int,
    order_no: str,
    *products: str,
    days_ago: float = 10,
    quantity: float = 2,
    price: str = "2.50",
    is_goods: bool = True,
    event: str = "product_purchased",
) -> None:
    """Put one order with a line for each product into the warehouse."""
    at = NOW - timedelta(days=days_ago)
    rows = [
        {
            "fact_id": f"{order_no}{product}{place}{days_ago}".encode(),
            "batch": 1,
            "node": customer,
            "event": event,
            "source": "file",
            "order_no": order_no,
            "product_id": product,
            "description": f"{product} as of {days_ago:g}",
            "quantity": Decimal(str(quantity)),
            "unit_price": Decimal(price),
            "amount": round(quantity * float(price) * 100),
            "is_goods": is_goods,
            "occurred_at": at.replace(tzinfo=None),
        }
        for place, product in enumerate(products)
    ]
    schema = {"quantity": pl.Decimal(18, 3), "unit_price": pl.Decimal(18, 4)}
    warehouse.append("order_lines", pl.DataFrame(rows, schema_overrides=schema))


def liked(warehouse: Warehouse, customer: int = 1) -> list[dict[str, object]]:
    """Return the favourites of a customer."""
    found = customer_history(warehouse, now=NOW).filter(pl.col("customer") == customer)["favourites"]
    return list(found.to_list()[0])


def test_history_has_its_columns_also_when_nobody_bought(warehouse: Warehouse) -> None:
    found = customer_history(warehouse, now=NOW)
    assert dict(found.schema) == HISTORY
    assert found.is_empty()


def test_each_buyer_is_one_row_with_orders_and_revenue(warehouse: Warehouse) -> None:
    buy(warehouse, 2, "A", "P1", "P2", days_ago=30)
    buy(warehouse, 2, "B", "P1", days_ago=10)
    buy(warehouse, 1, "C", "P1", days_ago=5)
    found = customer_history(warehouse, now=NOW)
    assert found["customer"].to_list() == [1, 2]
    assert found["orders"].to_list() == [1, 2]
    assert found["revenue"].to_list() == [500, 1500]  # 2 x 2.50 a line
    assert found["first_order_at"].to_list() == [NOW - timedelta(days=5), NOW - timedelta(days=30)]
    assert found["last_order_at"].to_list() == [NOW - timedelta(days=5), NOW - timedelta(days=10)]


def test_what_lies_after_the_instant_is_not_known(warehouse: Warehouse) -> None:
    buy(warehouse, 1, "A", "P1", days_ago=3)
    buy(warehouse, 1, "B", "P2", days_ago=-3)
    found = customer_history(warehouse, now=NOW)
    assert found["orders"].to_list() == [1]
    assert [line["product_id"] for line in liked(warehouse)] == ["P1"]


def test_instant_may_be_given_in_any_zone(warehouse: Warehouse) -> None:
    buy(warehouse, 1, "A", "P1", days_ago=0.01)
    tokyo = NOW.astimezone(tz=None)
    assert customer_history(warehouse, now=tokyo).equals(customer_history(warehouse, now=NOW))


def test_favourites_are_what_was_bought_most_often(warehouse: Warehouse) -> None:
    buy(warehouse, 1, "A", "P3", "P1", days_ago=30)
    buy(warehouse, 1, "B", "P3", "P2", days_ago=20)
    assert [line["product_id"] for line in liked(warehouse)] == ["P3", "P1", "P2"]


def test_favourite_has_its_newest_name_and_price(warehouse: Warehouse) -> None:
    buy(warehouse, 1, "A", "P1", days_ago=30, price="9.00")
    buy(warehouse, 1, "B", "P1", days_ago=20, price="3.25")
    (line,) = liked(warehouse)
    assert (line["description"], line["unit_price"]) == ("P1 as of 20", Decimal("3.2500"))


def test_only_so_many_favourites_are_kept(warehouse: Warehouse) -> None:
    buy(warehouse, 1, "A", *(f"P{place:02d}" for place in range(30)))
    assert len(liked(warehouse)) == 12


def test_postage_is_nobodys_favourite(warehouse: Warehouse) -> None:
    buy(warehouse, 1, "A", "P1")
    buy(warehouse, 1, "B", "POST", is_goods=False)
    assert [line["product_id"] for line in liked(warehouse)] == ["P1"]


def test_who_only_paid_postage_has_no_favourites(warehouse: Warehouse) -> None:
    buy(warehouse, 1, "A", "POST", is_goods=False)
    assert liked(warehouse) == []


def test_returns_are_no_orders(warehouse: Warehouse) -> None:
    buy(warehouse, 1, "CA", "P1", event="product_returned", quantity=-2)
    assert customer_history(warehouse, now=NOW).is_empty()


# Quantity bought, unit price -> quantity in a later basket: at most 48 pieces and 60.00, at least one piece.
QUANTITIES = [
    (2, "2.50", 2),
    (74_215, "0.10", 48),
    (100, "5.00", 12),
    (3, "649.50", 1),
    (0.4, "1.00", 1),
]


@pytest.mark.parametrize(("bought", "price", "later"), QUANTITIES)
def test_huge_lines_are_cut_for_later_baskets(warehouse: Warehouse, bought: float, price: str, later: int) -> None:
    buy(warehouse, 1, "A", "P1", quantity=bought, price=price)
    assert liked(warehouse)[0]["quantity"] == later


def test_usual_quantity_is_the_median(warehouse: Warehouse) -> None:
    for place, quantity in enumerate((1, 6, 40)):
        buy(warehouse, 1, f"O{place}", "P1", quantity=quantity, price="0.50", days_ago=10 + place)
    assert liked(warehouse)[0]["quantity"] == 6
