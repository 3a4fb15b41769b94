"""On a year of real purchases the figures are those of the file, and chance is called chance."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from tenshu.collect.vocabulary import JOURNEY_ENTERED
from tenshu.kit.rng import unit
from tenshu.measure.customers import CustomerSheet, customer_sheet, totals
from tenshu.measure.lift import Verdict, lift, sample_ratio, sample_stats
from tenshu.measure.outcome import outcomes
from tenshu.store.warehouse import Warehouse
from tests.unit.recommend.baskets import real_purchases

END = datetime(2011, 12, 10, tzinfo=UTC)
ENTERED = datetime(2011, 10, 1, tzinfo=UTC)
WINDOW = 14


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    """Return the real purchases, with everybody who had bought by 1 October 2011 in a scenario that does nothing."""
    found = real_purchases()
    people = found.frame(
        "SELECT DISTINCT customer::BIGINT AS node FROM orders WHERE occurred_at < $at ORDER BY node",
        {"at": ENTERED.replace(tzinfo=None)},
    )
    facts = people.select(
        fact_id=pl.lit(b"0" * 16),
        batch=pl.lit(0),
        node="node",
        event=pl.lit(JOURNEY_ENTERED),
        occurred_at=pl.lit(ENTERED),
        received_at=pl.lit(ENTERED),
        source=pl.lit("ledger"),
        properties=pl.lit('{"journey": "nothing", "arm": "treated"}'),
    )
    found.append("facts", facts)
    yield found
    found.close()


@pytest.fixture(scope="module")
def sheet(warehouse: Warehouse) -> CustomerSheet:
    """Return the customers' half of the report after the last purchase."""
    return customer_sheet(warehouse, now=END, zone="Europe/London")


@pytest.fixture(scope="module")
def people(warehouse: Warehouse) -> pl.DataFrame:
    """Return what everybody did in the two weeks after entering."""
    return outcomes(warehouse, "nothing", now=END, window_days=WINDOW)


def held_out(people: pl.DataFrame, salt: str, share: float) -> pl.Series:
    """Say who is held out when the lot is drawn with this salt."""
    return pl.Series(unit(salt, people["customer"].to_numpy()) < share)


def test_totals_are_those_of_the_file(warehouse: Warehouse) -> None:
    found = totals(warehouse)
    assert (found.customers, found.orders, found.revenue) == (4_338, 18_532, 891_140_790)


def test_sheet_says_the_same_as_the_totals(warehouse: Warehouse, sheet: CustomerSheet) -> None:
    assert sheet.totals == totals(warehouse)


def test_best_tenth_brings_three_fifths(sheet: CustomerSheet) -> None:
    best = sheet.deciles[0]
    assert best.customers == 434
    assert round(best.revenue_rate, 5) == 0.61375
    assert sheet.deciles[-1].cumulative_rate == pytest.approx(1.0)


def test_heat_map_and_ranks_hold_every_buyer_once(sheet: CustomerSheet) -> None:
    assert sum(cell.customers for cell in sheet.rfm) == 4_338
    assert sum(row.customers for row in sheet.ranks) == 4_338
    assert sum(row.revenue for row in sheet.ranks) == 891_140_790


def test_orders_of_the_window_are_those_of_the_file(warehouse: Warehouse, people: pl.DataFrame) -> None:
    expected = warehouse.frame(
        """
        SELECT count(*)::BIGINT AS orders, sum(amount)::BIGINT AS revenue
        FROM orders
        WHERE occurred_at > TIMESTAMP '2011-10-01' AND occurred_at <= TIMESTAMP '2011-10-15'
            AND customer IN (SELECT customer FROM orders WHERE occurred_at < TIMESTAMP '2011-10-01')
        """
    ).row(0)
    assert people.select(pl.col("orders").sum(), pl.col("revenue").sum()).row(0) == expected
    assert people["is_complete"].all()


@pytest.mark.parametrize("outcome", ["orders", "revenue"])
def test_scenario_that_does_nothing_is_seldom_said_to_do_something(people: pl.DataFrame, outcome: str) -> None:
    values = people[outcome].to_numpy()
    claims = 0
    for number in range(300):
        out = held_out(people, f"lot {number}", 0.1).to_numpy()
        found = lift(sample_stats(values[~out]), sample_stats(values[out]))
        claims += found.verdict is not Verdict.CANNOT_KNOW_YET
    # 5 % and three standard errors of 300 lots (3.8 points)
    assert claims / 300 <= 0.088


def test_range_finds_an_effect_put_into_real_orders(people: pl.DataFrame) -> None:
    orders = people["orders"].to_numpy()
    covered = 0
    for number in range(200):
        out = held_out(people, f"lot {number}", 0.1).to_numpy()
        added = np.asarray(unit(f"extra {number}", people["customer"].to_numpy()) < 0.15, dtype=np.int64)
        found = lift(sample_stats((orders + added)[~out]), sample_stats(orders[out]))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= float(added[~out].mean()) <= found.high
    assert covered / 200 >= 0.95 - 3 * (0.95 * 0.05 / 200) ** 0.5


def test_more_people_shrink_as_the_hold_out_grows(people: pl.DataFrame) -> None:
    orders = people["orders"].to_numpy()
    needed = []
    for share in (0.05, 0.1, 0.3):
        out = held_out(people, "one lot", share).to_numpy()
        # the same small effect in each: so small that it can never be known from these people
        found = lift(sample_stats(orders[~out]), sample_stats(orders[out]), target=0.02)
        assert found.more_people is not None
        needed.append(found.more_people)
    assert needed == sorted(needed, reverse=True)


def test_lot_draws_arms_of_the_right_size(people: pl.DataFrame) -> None:
    suspects = 0
    for number in range(200):
        out = held_out(people, f"lot {number}", 0.1)
        suspects += sample_ratio(people.height - int(out.sum()), int(out.sum()), 0.1).is_suspect
    assert suspects <= 2  # one in a thousand by chance


def test_lot_that_prefers_good_customers_is_not_seen_by_size_alone(people: pl.DataFrame) -> None:
    # The check finds arms of the wrong size, not arms of the wrong people: a hold-out of everybody with an
    # even number has the right size although no lot was drawn.
    even = int((people["customer"] % 2 == 0).sum())
    assert not sample_ratio(people.height - even, even, 0.5).is_suspect
