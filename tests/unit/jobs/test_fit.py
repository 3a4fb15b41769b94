"""Learning on a snapshot, in a child or inline, is learning in the warehouse; a later fit is never undone."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tenshu.jobs import KINDS
from tenshu.jobs.runner import run_inline
from tenshu.jobs.snapshot import quoted, write_snapshot
from tenshu.recommend.pairs import fit, last_fit
from tenshu.store.home import Stores
from tenshu.store.warehouse import Warehouse
from tests.unit.jobs.homes import NOW, asked, job_of, run_all, stores_at
from tests.unit.jobs.shops import baskets, learned
from tests.unit.recommend.baskets import order

DAY = timedelta(days=1)
FIT = "fit_bought_together"
WORDS = ["ab", "abc", "bcd", "ae", "abcde"] * 6


def same(one: Warehouse, other: Warehouse) -> None:
    """Make sure that two warehouses have learned the same."""
    for name, rows in learned(one).items():
        assert_frame_equal(rows, learned(other)[name])


def test_a_fit_in_a_child_is_the_fit_in_the_warehouse(stores: Stores, tmp_path: Path) -> None:
    baskets(stores, *WORDS)
    number = asked(stores.ledger, FIT)
    run_all(stores, KINDS)
    plain = stores_at(tmp_path / "plain")
    baskets(plain, *WORDS)
    found = fit(plain.warehouse, now=NOW)
    same(stores.warehouse, plain.warehouse)
    result = {"baskets": found.baskets, "too_large": found.too_large, "pairs": found.pairs}
    assert job_of(stores.ledger, number).result == result
    assert found.pairs > 0
    plain.close()


def test_a_fit_inline_is_the_fit_in_the_warehouse(stores: Stores, tmp_path: Path) -> None:
    baskets(stores, *WORDS)
    run_inline(stores, FIT, now=NOW)
    plain = stores_at(tmp_path / "plain")
    baskets(plain, *WORDS)
    fit(plain.warehouse, now=NOW)
    same(stores.warehouse, plain.warehouse)
    plain.close()


@given(
    words=st.lists(st.text("abcdef", min_size=1, max_size=4).map(lambda word: "".join(sorted(set(word)))), max_size=25)
)
@settings(max_examples=6, deadline=None)
def test_any_baskets_give_the_same_on_a_snapshot(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    one, other = (stores_at(tmp_path_factory.mktemp("home")) for _ in range(2))
    for stores in (one, other):
        baskets(stores, *words)
    fit(one.warehouse, now=NOW)
    run_inline(other, FIT, now=NOW)
    same(one.warehouse, other.warehouse)
    one.close()
    other.close()


def test_what_was_bought_after_the_asking_does_not_count(stores: Stores) -> None:
    baskets(stores, *["ab"] * 6)
    number = asked(stores.ledger, FIT)
    for nth in range(6):
        order(stores.warehouse, 1, NOW + DAY * nth + timedelta(hours=1), "cd")
    run_all(stores, KINDS)
    assert job_of(stores.ledger, number).state == "done"
    assert set(learned(stores.warehouse)["bought_together"]["product_id"]) == {"a", "b"}


def test_each_fit_is_the_next_version(stores: Stores) -> None:
    baskets(stores, *["ab"] * 6)
    run_inline(stores, FIT, now=NOW)
    run_inline(stores, FIT, now=NOW + DAY)
    found = last_fit(stores.warehouse)
    assert found is not None
    assert (found.version, found.as_of_at, found.baskets) == (2, NOW + DAY, 6)


@pytest.mark.parametrize("later", [timedelta(), DAY])
def test_a_fit_of_an_earlier_instant_or_the_same_changes_nothing(stores: Stores, later: timedelta) -> None:
    baskets(stores, *["ab"] * 6)
    fit(stores.warehouse, now=NOW + later)
    before = learned(stores.warehouse)
    order(stores.warehouse, 1, NOW - DAY, "cd")
    run_inline(stores, FIT, now=NOW)
    for name, rows in learned(stores.warehouse).items():
        assert_frame_equal(rows, before[name])


def test_a_shop_that_sold_nothing_learns_nothing_and_says_so(stores: Stores) -> None:
    assert run_inline(stores, FIT, now=NOW) == {"baskets": 0, "too_large": 0, "pairs": 0}
    found = last_fit(stores.warehouse)
    assert found is not None
    assert found.version == 1


def test_a_merge_counts_its_customer_once(stores: Stores) -> None:
    baskets(stores, *["ab"] * 6)
    stores.warehouse.execute("UPDATE node_map SET customer = 1 WHERE node <= 3")
    run_inline(stores, FIT, now=NOW)
    assert learned(stores.warehouse)["sellable_products"]["buyers"].to_list() == [4, 4]


def test_a_snapshot_lies_in_folders_with_any_name(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s a "shop" 花'
    write_snapshot(stores.warehouse, {"one": "SELECT 1 AS n"}, folder)
    assert stores.warehouse.frame(f"FROM read_parquet({quoted(folder / 'one.parquet')})")["n"].to_list() == [1]
