"""Purchases that carry only an e-mail address become somebody's when a roster tells whose it is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tenshu import flow
from tenshu.bootstrap import Shop
from tenshu.collect.importing import import_file
from tenshu.testing.small_shop import MONDAY, open_small_shop
from tests.unit.collect.connectors.file.support import stage, write_csv

ORDERS = ("注文番号", "商品名", "数量", "注文日", "単価", "メールアドレス")
ROSTER = ("会員番号", "氏名", "メールアドレス", "電話番号")
BOUGHT = [
    ["W-1", "花束", "1", "2026/05/01", "3000", "hanako@example.jp"],
    ["W-2", "鉢植え", "2", "2026/05/10", "1200", "ＨＡＮＡＫＯ＠example.jp"],  # one address in two spellings
    ["W-3", "花束", "1", "2026/05/11", "3000", "taro@example.jp"],
    ["W-4", "花束", "1", "2026/05/12", "3000", ""],  # nobody's
]
PEOPLE = [["K-1", "山田 花子", "hanako@example.jp", "090-1234-5678"], ["K-2", "山田 太郎", "taro@example.jp", ""]]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened, _clock = open_small_shop(tmp_path / "home")
    yield opened
    opened.close()


def bring(shop: Shop, path: Path, *, days: int = 0) -> None:
    at = MONDAY + timedelta(days=days)
    import_file(shop.inbox, shop.ledger, stage(path, received_at=at))
    flow.digest_all(shop, now=at)


def bring_orders(shop: Shop, folder: Path, *, days: int = 0) -> None:
    bring(shop, write_csv(folder / "orders.csv", [ORDERS, *BOUGHT]), days=days)


def bring_roster(shop: Shop, folder: Path, *, days: int = 0) -> None:
    bring(shop, write_csv(folder / "roster.csv", [ROSTER, *PEOPLE]), days=days)


def totals(shop: Shop) -> dict[str, tuple[int, int]]:
    """Return orders and money of each customer of the files, by the name that the shop knows, if it knows one."""
    found = shop.warehouse.frame(
        """
        WITH told AS (
            SELECT customer, max(properties ->> '$.traits.customer_no') AS number
            FROM customer_facts WHERE event = 'customer_described' GROUP BY customer
        )
        SELECT coalesce(number, '?') AS number, count(*)::BIGINT AS orders, sum(amount)::BIGINT AS amount
        FROM orders LEFT JOIN told USING (customer) WHERE order_no LIKE 'W-%'
        GROUP BY customer, number ORDER BY number, orders DESC
        """
    )
    return {
        f"{number}{orders}" if number == "?" else number: (orders, amount) for number, orders, amount in found.rows()
    }


def test_before_the_roster_an_address_is_a_customer_without_a_name(shop: Shop, tmp_path: Path) -> None:
    bring_orders(shop, tmp_path)
    assert totals(shop) == {
        "?2": (2, 5400),
        "?1": (1, 3000),
    }  # 3000 + 2 x 1200; an order without an address is nobody's


def test_later_roster_joins_purchases_to_its_customers(shop: Shop, tmp_path: Path) -> None:
    bring_orders(shop, tmp_path)
    bring_roster(shop, tmp_path, days=1)
    assert totals(shop) == {"K-1": (2, 5400), "K-2": (1, 3000)}


def test_earlier_roster_gives_the_same_answer(shop: Shop, tmp_path: Path) -> None:
    bring_roster(shop, tmp_path)
    bring_orders(shop, tmp_path, days=1)
    assert totals(shop) == {"K-1": (2, 5400), "K-2": (1, 3000)}


def test_roster_and_purchases_of_one_moment_give_the_same_answer(shop: Shop, tmp_path: Path) -> None:
    for name, rows in (("orders.csv", [ORDERS, *BOUGHT]), ("roster.csv", [ROSTER, *PEOPLE])):
        import_file(shop.inbox, shop.ledger, stage(write_csv(tmp_path / name, rows), received_at=MONDAY))
    flow.digest_all(shop, now=MONDAY)
    assert totals(shop) == {"K-1": (2, 5400), "K-2": (1, 3000)}


def test_order_without_an_address_is_kept_as_nobodys(shop: Shop, tmp_path: Path) -> None:
    bring_orders(shop, tmp_path)
    bring_roster(shop, tmp_path, days=1)
    kept = shop.warehouse.frame("SELECT order_no, node FROM order_lines WHERE order_no = 'W-4'").rows()
    assert kept == [("W-4", None)]


def test_address_of_the_cast_is_the_casts_customer(shop: Shop, tmp_path: Path) -> None:
    rows = [ORDERS, ["W-9", "花束", "1", "2026/05/20", "4000", "s-1@example.com"]]
    bring(shop, write_csv(tmp_path / "orders.csv", rows))
    assert totals(shop) == {"S-1": (1, 4000)}


def test_same_purchases_again_after_the_roster_are_the_same_purchases(shop: Shop, tmp_path: Path) -> None:
    bring_orders(shop, tmp_path)
    bring_roster(shop, tmp_path, days=1)
    bring(shop, write_csv(tmp_path / "again.csv", [ORDERS, *reversed(BOUGHT)]), days=2)
    assert totals(shop) == {"K-1": (2, 5400), "K-2": (1, 3000)}
