"""Pairs are counted right, and one giant order does not speak for everybody."""

import math
from collections import Counter
from itertools import permutations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.recommend.bought_together import companions, fit, last_fit
from tenshu.store.warehouse import Warehouse
from tests.unit.recommend.baskets import day, order, shop

LATER = day(100)


def pairs(warehouse: Warehouse) -> pl.DataFrame:
    """Return everything that was learned."""
    return warehouse.frame("SELECT * FROM bought_together ORDER BY product_id, other_id")


def test_support_confidence_and_lift_are_shares_of_baskets() -> None:
    # 10 baskets: a in 6, b in 5, both in 4
    warehouse = shop(*["ab"] * 4, *["ac"] * 2, "bc", *["cd"] * 3)
    fit(warehouse, now=LATER, min_baskets=1)
    row = pairs(warehouse).filter((pl.col("product_id") == "a") & (pl.col("other_id") == "b")).row(0, named=True)
    assert row["baskets"] == 4
    assert row["support"] == pytest.approx(4 / 10)
    assert row["confidence"] == pytest.approx(4 / 6)
    assert row["lift"] == pytest.approx((4 / 6) / (5 / 10))
    # every basket holds two, so each pair counts 1 / (2 - 1): the cosine 4 / sqrt(6 x 5)
    assert row["strength"] == pytest.approx(4 / math.sqrt(30))


def test_pair_of_a_large_basket_counts_less() -> None:
    warehouse = shop("ab", "ab", "cdefgh", "cdefgh")
    fit(warehouse, now=LATER, min_baskets=1)
    found = {(row[0], row[1]): row[6] for row in pairs(warehouse).rows()}
    assert found["a", "b"] == pytest.approx(1.0)
    assert found["c", "d"] == pytest.approx(1 / 5)  # five companions share the vote


def test_basket_above_the_cap_makes_no_pairs() -> None:
    warehouse = shop("ab", "ab", "abcdefghij")
    found = fit(warehouse, now=LATER, min_baskets=1, basket_cap=5)
    assert (found.baskets, found.too_large) == (2, 1)
    assert pairs(warehouse).select("product_id", "other_id").rows() == [("a", "b"), ("b", "a")]


def test_pair_seen_too_seldom_is_chance() -> None:
    warehouse = shop("ab", "ab", "ab", "ac")
    fit(warehouse, now=LATER, min_baskets=3)
    assert pairs(warehouse)["other_id"].to_list() == ["b", "a"]


def test_only_the_strongest_companions_are_kept() -> None:
    warehouse = shop("ab", "ab", "ab", "ac", "ac", "ad")
    fit(warehouse, now=LATER, min_baskets=1, neighbours=2)
    assert companions(warehouse, pl.Series(["a"]))["other_id"].to_list() == ["b", "c"]


def test_line_bought_twice_in_an_order_is_one_product_of_the_basket() -> None:
    warehouse = shop("aab", "ab")
    fit(warehouse, now=LATER, min_baskets=1)
    row = pairs(warehouse).row(0, named=True)
    assert (row["baskets"], row["confidence"]) == (2, 1.0)


def test_orders_of_nobody_known_are_baskets_too() -> None:
    warehouse = shop()
    for at in range(3):
        order(warehouse, None, day(at), "ab")
    assert fit(warehouse, now=LATER, min_baskets=3).pairs == 2


@pytest.mark.parametrize("event", ["product_returned", "product_given", "order_adjusted"])
def test_what_was_not_bought_is_in_no_basket(event: str) -> None:
    warehouse = shop()
    for at in range(3):
        order(warehouse, 1, day(at), "ab", event=event)
    found = fit(warehouse, now=LATER, min_baskets=1)
    assert (found.baskets, found.pairs) == (0, 0)


def test_postage_goes_with_everything_and_is_suggested_with_nothing() -> None:
    warehouse = shop("ab", "ab")
    order(warehouse, 3, day(3), "p", is_goods=False)
    fit(warehouse, now=LATER, min_baskets=1)
    assert "p" not in pairs(warehouse)["other_id"].to_list()
    assert "p" not in warehouse.frame("SELECT product_id FROM sellable_products")["product_id"].to_list()


def test_order_of_tomorrow_teaches_nothing_today() -> None:
    warehouse = shop("ab", "ab", "cd", "cd")
    fit(warehouse, now=day(2.5), min_baskets=1)
    assert pairs(warehouse)["product_id"].to_list() == ["a", "b"]


def test_new_fit_replaces_the_old_one() -> None:
    warehouse = shop("ab", "ab")
    first = fit(warehouse, now=day(10), min_baskets=1)
    order(warehouse, 9, day(20), "cd")
    second = fit(warehouse, now=day(30), min_baskets=1)
    assert (first.version, second.version) == (1, 2)
    assert (first.pairs, second.pairs) == (2, 4)
    assert last_fit(warehouse) == second
    assert second.as_of_at == day(30)


def test_nothing_was_learned_before_the_first_fit() -> None:
    assert last_fit(Warehouse()) is None


def test_shop_without_orders_can_be_fitted() -> None:
    found = fit(Warehouse(), now=LATER)
    assert (found.baskets, found.too_large, found.pairs) == (0, 0, 0)


def test_goods_that_are_no_longer_sold_are_not_companions() -> None:
    warehouse = shop("ab", "ab", "ac", "ac")
    order(warehouse, 9, day(99), "ac")  # b was sold last on day 2, more than 90 days before
    fit(warehouse, now=LATER, min_baskets=1)
    assert companions(warehouse, pl.Series(["a"]))["other_id"].to_list() == ["c"]


def test_price_of_a_product_is_the_middle_of_the_recent_ones() -> None:
    warehouse = shop()
    for number, price in enumerate((100, 120, 900), start=1):  # once sold dearly
        order(warehouse, number, day(number), "a", price=price)
    fit(warehouse, now=LATER)
    row = warehouse.frame("SELECT * FROM sellable_products").row(0, named=True)
    assert (float(row["unit_price"]), row["buyers"], row["popularity"]) == (120.0, 3, 1)


def test_product_is_called_what_its_newest_line_calls_it() -> None:
    warehouse = shop("a")
    warehouse.execute("UPDATE order_lines SET description = 'Old name'")
    order(warehouse, 2, day(9), "a")
    fit(warehouse, now=LATER)
    assert warehouse.frame("SELECT name FROM sellable_products")["name"].to_list() == ["Nice a"]


def test_popularity_counts_people_not_orders() -> None:
    warehouse = shop("b", "b")
    for at in range(5):
        order(warehouse, 9, day(10 + at), "a")  # five times the same person
    fit(warehouse, now=LATER)
    ranked = warehouse.frame("SELECT product_id, buyers FROM sellable_products ORDER BY popularity").rows()
    assert ranked == [("b", 2), ("a", 1)]


def test_failed_fit_leaves_the_last_one_in_place() -> None:
    warehouse = shop("ab", "ab")
    before = fit(warehouse, now=LATER, min_baskets=1)
    warehouse.execute("ALTER TABLE bought_together_fits ADD COLUMN must_be_known INTEGER")
    with pytest.raises(Exception, match="columns"):
        fit(warehouse, now=LATER, min_baskets=1)
    assert pairs(warehouse).height == before.pairs


BASKETS = st.lists(st.text("abcdef", min_size=1, max_size=5), min_size=1, max_size=15)


@settings(max_examples=40, deadline=None)
@given(baskets=BASKETS, least=st.integers(1, 3), cap=st.integers(2, 6))
def test_slow_counting_pair_by_pair_agrees(baskets: list[str], least: int, cap: int) -> None:
    warehouse = shop(*baskets)
    fit(warehouse, now=LATER, min_baskets=least, basket_cap=cap)
    found = {(row[0], row[1]): (row[2], row[6]) for row in pairs(warehouse).rows()}
    expected = slowly(baskets, least, cap)
    assert found.keys() == expected.keys()
    for pair, (count, strength) in expected.items():
        assert found[pair][0] == count
        assert found[pair][1] == pytest.approx(strength, rel=1e-6)
    warehouse.close()


def slowly(baskets: list[str], least: int, cap: int) -> dict[tuple[str, str], tuple[int, float]]:
    """Count the same pairs one by one."""
    kept = [set(basket) for basket in baskets if 2 <= len(set(basket)) <= cap]
    singles = Counter(product for basket in kept for product in basket)
    counts: Counter[tuple[str, str]] = Counter()
    weights: dict[tuple[str, str], float] = {}
    for basket in kept:
        for pair in permutations(basket, 2):
            counts[pair] += 1
            weights[pair] = weights.get(pair, 0.0) + 1 / (len(basket) - 1)
    return {
        pair: (count, weights[pair] / math.sqrt(singles[pair[0]] * singles[pair[1]]))
        for pair, count in counts.items()
        if count >= least
    }


@settings(max_examples=20, deadline=None)
@given(baskets=BASKETS, seed=st.randoms(use_true_random=False))
def test_order_of_arrival_changes_nothing(baskets: list[str], seed: object) -> None:
    plain, shuffled = shop(*baskets), shop()
    lines = plain.frame("SELECT * FROM order_lines")
    shuffled.append("order_lines", lines.sample(fraction=1.0, shuffle=True, seed=hash(str(seed)) % 1000))
    for warehouse in (plain, shuffled):
        fit(warehouse, now=LATER, min_baskets=1)
    assert pairs(plain).equals(pairs(shuffled))
    plain.close()
    shuffled.close()
