"""Orders without mail follow the history and the opening hours, and nothing else."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tenshu.simulate.acts import ACTS
from tenshu.simulate.behaviour import Behaviour
from tenshu.simulate.history import HISTORY
from tenshu.simulate.hours import opening_hours
from tenshu.simulate.purchases import Shelves, order_rates, orders_without_mail, poisson_quantile

from .shops import END, LONDON, START, history

MODEL = Behaviour(season_factor=1.0)


def rate(orders: int, days_ago: float, behaviour: Behaviour = MODEL) -> float:
    """Return the orders a day of one customer."""
    past = history(1, orders=orders).with_columns(first_order_at=pl.lit(START - timedelta(days=days_ago)))
    return float(order_rates(past, behaviour=behaviour, as_of=START)[0])


def drawn(past: pl.DataFrame, *, behaviour: Behaviour = MODEL, seed: int = 1, end: datetime = END) -> pl.DataFrame:
    """Return the orders of these customers."""
    hours = opening_hours(behaviour, start_at=START, end_at=end, zone=LONDON)
    shelves = Shelves(past, lines=behaviour.basket_lines, seed=seed)
    return orders_without_mail(past, shelves, hours, behaviour=behaviour, seed=seed, start_at=START, end_at=end)


# 1.3 orders in 110 days are added to those after the first: with 5 orders in 170 days that makes 5.3 in 280.
RATES = [
    (1, 0, 1.3 / 110),
    (1, 200, 1.3 / 310),
    (5, 170, 5.3 / 280),
    (30, 373, 30.3 / 483),
]


@pytest.mark.parametrize(("orders", "days_ago", "wanted"), RATES)
def test_rate_is_the_posterior_mean_of_the_model(orders: int, days_ago: int, wanted: float) -> None:
    assert rate(orders, days_ago) == pytest.approx(wanted)


# What the groups of the UCI purchases really placed in the 60 days after 2011-06-01 or 2011-09-01.
REAL = [
    (1, 250, 0.21),
    (1, 75, 0.38),
    (2, 150, 0.66),
    (5, 170, 1.2),
    (9, 220, 1.9),
]


@pytest.mark.parametrize(("orders", "days_ago", "in_sixty_days"), REAL)
def test_model_comes_near_what_such_customers_really_did(orders: int, days_ago: int, in_sixty_days: float) -> None:
    assert rate(orders, days_ago) * 60 == pytest.approx(in_sixty_days, rel=0.25)


def test_season_scales_every_rate() -> None:
    assert rate(4, 100, Behaviour(season_factor=0.5)) == pytest.approx(rate(4, 100) / 2)


def test_who_never_ordered_orders_nothing_by_himself() -> None:
    assert rate(0, 100) == 0.0


def test_customer_without_a_first_order_has_rate_zero() -> None:
    past = history(1).with_columns(first_order_at=pl.lit(None, pl.Datetime("us", "UTC")))
    assert order_rates(past, behaviour=MODEL, as_of=START).tolist() == [0.0]


def test_quantiles_are_where_the_summed_probabilities_reach_the_share() -> None:
    share, expected = np.random.default_rng(1).random(20_000), np.geomspace(1e-9, 40, 20_000)
    term = np.exp(-expected)
    reached, counts = term.copy(), np.zeros(len(share), dtype=np.int64)
    for count in range(1, 120):
        counts += reached < share
        term = term * expected / count
        reached += term
    assert np.array_equal(poisson_quantile(share, expected), counts)
    assert poisson_quantile(np.array([0.0, 0.0, 0.9]), np.array([0.0, 3.0, 0.0])).tolist() == [0, 0, 0]


def test_number_of_orders_is_what_the_rates_expect() -> None:
    past = history(4_000, orders=5, first_days_ago=170)
    expected = 4_000 * 60 * 5.3 / 280
    # Poisson: four standard deviations, and the part of the last day that lies after its hours.
    assert abs(drawn(past).height - expected) < 4 * np.sqrt(expected) + 0.02 * expected


def test_orders_are_spread_like_a_poisson_process_over_customers() -> None:
    per_customer = drawn(history(4_000, orders=5, first_days_ago=170)).group_by("customer").len()["len"]
    filled = np.zeros(4_000)
    filled[: len(per_customer)] = per_customer.to_numpy()
    assert filled.var() == pytest.approx(filled.mean(), rel=0.15)


def test_orders_have_a_number_of_their_own_and_at_least_one_line() -> None:
    orders = drawn(history(300))
    assert orders["order_no"].is_unique().all()
    assert (orders["lines"].list.len() >= 1).all()
    assert dict(orders.schema) == ACTS


def test_order_number_never_looks_like_a_cancellation() -> None:
    assert drawn(history(300))["order_no"].str.starts_with("S").all()


def test_orders_fall_into_the_window_and_the_opening_hours() -> None:
    at = drawn(history(300))["at"]
    assert ((at >= START) & (at < END)).all()
    assert set(at.dt.convert_time_zone(LONDON).dt.hour().unique()) <= set(range(8, 19))
    assert 6 not in at.dt.weekday().to_list()


def test_customers_orders_do_not_depend_on_who_else_is_there() -> None:
    alone = drawn(history(40).filter(pl.col("customer") == 17))
    together = drawn(history(40)).filter(pl.col("customer") == 17)
    assert alone.sort("at").equals(together.sort("at"))
    assert alone.height > 0


def test_another_seed_is_another_luck() -> None:
    assert not drawn(history(40), seed=1).equals(drawn(history(40), seed=2))


def test_customer_without_favourites_buys_nothing() -> None:
    assert drawn(history(100, favourites=0)).is_empty()


def test_shop_without_customers_has_no_orders() -> None:
    assert drawn(pl.DataFrame(schema=HISTORY)).is_empty()


def baskets(past: pl.DataFrame, places: list[int], draws: list[int], *, lines: int = 12) -> pl.Series:
    """Return the baskets of orders of the customers at these places."""
    shelves = Shelves(past, lines=lines, seed=1)
    where = np.array(places, dtype=np.int64)
    return shelves.baskets(where, past["customer"].to_numpy()[where], np.array(draws, dtype=np.int64))


def test_basket_holds_only_what_the_customer_likes_and_nothing_twice() -> None:
    past = history(2, favourites=5)
    for basket in baskets(past, [0] * 50, list(range(50))).to_list():
        products = [line["product_id"] for line in basket]
        assert set(products) <= {f"P{place}" for place in range(5)}
        assert len(set(products)) == len(products)


def test_basket_lines_keep_quantity_price_and_name() -> None:
    line = baskets(history(1), [0], [3])[0][0]
    assert (line["quantity"], str(line["unit_price"])) == (2, "2.5000")
    assert line["description"] == "THING " + line["product_id"][1:]


def test_basket_has_at_most_so_many_lines() -> None:
    sizes = baskets(history(1, favourites=12), [0] * 200, list(range(200)), lines=4).list.len()
    assert (sizes.min(), sizes.max()) == (1, 4)


def test_orders_of_one_customer_differ() -> None:
    assert baskets(history(1, favourites=12), [0] * 20, list(range(20))).n_unique() > 10


def test_basket_is_the_same_whatever_is_filled_beside_it() -> None:
    past = history(3, favourites=6)
    assert baskets(past, [2], [9])[0].to_list() == baskets(past, [0, 2, 1], [1, 9, 4])[1].to_list()


def test_basket_of_somebody_without_favourites_is_empty_and_shifts_nobody_elses() -> None:
    past = pl.concat([history(1, favourites=0), history(2).filter(pl.col("customer") == 2)])
    filled = baskets(past, [0, 1], [1, 1])
    assert filled.list.len().to_list()[0] == 0
    assert filled.list.len().to_list()[1] >= 1


def test_closed_weeks_have_no_orders_and_lose_none_of_the_others() -> None:
    closed = Behaviour(season_factor=1.0, weekday_weights=(1.0, 0, 0, 0, 0, 0, 0))
    assert drawn(history(200), behaviour=closed)["at"].dt.weekday().unique().to_list() == [1]


def test_short_window_in_which_the_shop_never_opens_has_no_orders() -> None:
    saturday = START + timedelta(days=1)
    assert drawn(history(500), end=saturday).is_empty()


def test_aware_instants_of_any_zone_are_taken() -> None:
    assert rate(4, 100) == pytest.approx(
        float(
            order_rates(
                history(1).with_columns(first_order_at=pl.lit(START - timedelta(days=100))),
                behaviour=MODEL,
                as_of=START.astimezone(UTC),
            )[0]
        )
    )
