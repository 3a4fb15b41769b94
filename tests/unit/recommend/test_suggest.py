"""People are suggested what goes with their last order, and nothing that they have."""

import polars as pl
import pytest

from tenshu.recommend.bought_together import SUGGESTION_SCHEMA, fit, reason_sentence, recommend
from tenshu.store.warehouse import Warehouse
from tests.unit.recommend.baskets import day, order, shop

LATER = day(60)


def taught(*baskets: str) -> Warehouse:
    """Return a shop that has learned from these orders; customer 40 has not bought yet."""
    warehouse = shop(*baskets)
    fit(warehouse, now=day(30), min_baskets=2)
    return warehouse


TEA_SHOP = (*["ab"] * 4, *["ac"] * 3, *["de"] * 3, *["f"] * 2)


def suggested(warehouse: Warehouse, customer: int, count: int = 3) -> list[tuple[str, str]]:
    """Return (product, reason) of one customer, best first."""
    found = recommend(warehouse, pl.Series([customer]), now=LATER, count=count)
    return found.select("product_id", "reason").rows()


def test_companions_of_the_last_order_come_first() -> None:
    warehouse = taught(*TEA_SHOP)
    order(warehouse, 40, day(40), "a")
    assert suggested(warehouse, 40, 2) == [("b", "bought_together"), ("c", "bought_together")]


def test_only_the_last_order_is_asked() -> None:
    warehouse = taught(*TEA_SHOP)
    order(warehouse, 40, day(40), "a")
    order(warehouse, 40, day(41), "d")
    assert suggested(warehouse, 40, 1) == [("e", "bought_together")]


def test_what_was_bought_long_ago_is_not_suggested_again() -> None:
    warehouse = taught(*TEA_SHOP)
    order(warehouse, 40, day(35), "b")
    order(warehouse, 40, day(40), "a")
    assert suggested(warehouse, 40, 1) == [("c", "bought_together")]


def test_popular_goods_fill_the_list() -> None:
    warehouse = taught(*TEA_SHOP)
    order(warehouse, 40, day(40), "d")
    # a has 7 buyers, b 4, c 3; d is owned
    assert suggested(warehouse, 40, 4) == [
        ("e", "bought_together"),
        ("a", "popular"),
        ("b", "popular"),
        ("c", "popular"),
    ]


def test_person_who_never_bought_gets_what_is_popular() -> None:
    assert suggested(taught(*TEA_SHOP), 40) == [("a", "popular"), ("b", "popular"), ("c", "popular")]


def test_nobody_is_suggested_anything_twice() -> None:
    warehouse = taught(*TEA_SHOP)
    order(warehouse, 40, day(40), "a")
    products = [product for product, _reason in suggested(warehouse, 40, 10)]
    assert len(products) == len(set(products))
    assert "a" not in products


def test_person_who_has_everything_gets_less() -> None:
    warehouse = taught(*TEA_SHOP)
    order(warehouse, 40, day(40), "abcde")
    assert suggested(warehouse, 40) == [("f", "popular")]


def test_order_of_tomorrow_is_not_the_last_order() -> None:
    warehouse = taught(*TEA_SHOP)
    order(warehouse, 40, day(40), "a")
    order(warehouse, 40, day(61), "d")
    assert suggested(warehouse, 40, 1) == [("b", "bought_together")]


def test_order_of_postage_alone_is_not_the_last_order() -> None:
    warehouse = taught(*TEA_SHOP)
    order(warehouse, 40, day(40), "a")
    order(warehouse, 40, day(41), "p", is_goods=False)
    assert suggested(warehouse, 40, 1) == [("b", "bought_together")]


def test_several_goods_of_the_order_agree_on_a_companion() -> None:
    # c goes with a and with b, x with a only and more strongly
    warehouse = taught(*["ax"] * 4, *["ac"] * 3, *["bc"] * 3)
    order(warehouse, 40, day(40), "ab")
    assert suggested(warehouse, 40, 1) == [("c", "bought_together")]


def test_reason_names_the_strongest_product_of_the_order() -> None:
    warehouse = taught(*TEA_SHOP)
    order(warehouse, 40, day(40), "ad")
    row = recommend(warehouse, pl.Series([40]), now=LATER).filter(pl.col("product_id") == "e").row(0, named=True)
    assert (row["because_id"], row["because_name"], row["confidence"]) == ("d", "Nice d", 1.0)
    assert row["name"] == "Nice e"
    assert float(row["unit_price"]) == 100.0


def test_popular_goods_name_no_product_as_reason() -> None:
    row = recommend(taught(*TEA_SHOP), pl.Series([40]), now=LATER).row(0, named=True)
    assert (row["because_id"], row["because_name"], row["lift"]) == (None, None, None)


def test_ranks_count_from_one_without_gaps() -> None:
    warehouse = taught(*TEA_SHOP)
    order(warehouse, 40, day(40), "d")
    found = recommend(warehouse, pl.Series([40, 41]), now=LATER, count=4)
    assert found.filter(pl.col("customer") == 40)["rank"].to_list() == [1, 2, 3, 4]
    assert found.filter(pl.col("customer") == 41)["rank"].to_list() == [1, 2, 3, 4]


def test_many_at_once_are_told_the_same_as_one_by_one() -> None:
    warehouse = taught(*TEA_SHOP)
    everybody = pl.Series(range(1, 46))
    together = recommend(warehouse, everybody, now=LATER)
    single = pl.concat([recommend(warehouse, pl.Series([number]), now=LATER) for number in everybody])
    assert together.equals(single)


def test_customer_asked_for_twice_is_answered_once() -> None:
    found = recommend(taught(*TEA_SHOP), pl.Series([40, 40]), now=LATER)
    assert found.height == 3


@pytest.mark.parametrize("customers", [pl.Series([], dtype=pl.Int64), pl.Series([40])])
def test_columns_are_always_the_same(customers: pl.Series) -> None:
    for warehouse in (Warehouse(), taught(*TEA_SHOP)):
        assert dict(recommend(warehouse, customers, now=LATER).schema) == SUGGESTION_SCHEMA


def test_nothing_is_suggested_before_the_first_fit() -> None:
    warehouse = shop(*TEA_SHOP)
    assert recommend(warehouse, pl.Series([1, 2]), now=LATER).is_empty()


def test_merged_customer_owns_what_either_bought() -> None:
    warehouse = taught(*TEA_SHOP)
    warehouse.execute("UPDATE node_map SET customer = 40 WHERE node = 41")
    order(warehouse, 41, day(39), "b")
    order(warehouse, 40, day(40), "a")
    assert suggested(warehouse, 40, 1) == [("c", "bought_together")]


def test_reason_is_said_in_both_languages() -> None:
    assert reason_sentence("bought_together", "緑茶", "ja") == "「緑茶」とよく一緒に購入されています"
    assert reason_sentence("bought_together", "green tea", "en") == "Often bought together with green tea"
    assert reason_sentence("popular", None, "ja") == "いま人気の商品です"
