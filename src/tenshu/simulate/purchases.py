"""Orders that simulated customers place: by themselves, and the baskets of every order.

Everybody's orders without mail are drawn once, before anything happens, from the customer's own
history. They do not depend on any mail, so a twin run in which a scenario is silent has exactly
the same ones (common random numbers).
"""

from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from tenshu.kit.rng import unit
from tenshu.simulate.acts import LINE, acts_frame, no_acts
from tenshu.simulate.behaviour import Behaviour
from tenshu.simulate.history import FAVOURITE
from tenshu.simulate.hours import DAY, OpeningHours
from tenshu.store.tables import to_micros

_NAMES: Final = tuple(field.name for field in LINE.fields)


def order_rates(history: pl.DataFrame, *, behaviour: Behaviour, as_of: datetime) -> NDArray[np.float64]:
    """Return how many orders a day each customer places without any mail.

    The posterior mean of a Gamma-Poisson model; see `tenshu.simulate.behaviour`.
    """
    seen_days = (pl.lit(as_of) - pl.col("first_order_at")).dt.total_seconds() / 86_400
    rate = (pl.col("orders") - 1 + behaviour.prior_orders) / (seen_days.clip(lower_bound=0) + behaviour.prior_days)
    chosen = pl.when(pl.col("orders") > 0).then(rate * behaviour.season_factor).otherwise(0.0)
    return history.select(chosen.fill_null(0.0)).to_series().to_numpy()


def poisson_quantile(share: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the smallest count that a Poisson variable exceeds with no more than the rest of that probability.

    It is that of `scipy.stats`, whose import takes half a second of every process.

    Args:
        share: probabilities in [0, 1).
        expected: the variable's mean.
    """
    above = np.ceil(special.pdtrik(share, expected))
    below = np.maximum(above - 1, 0)
    counts: NDArray[np.int64] = np.where(special.pdtr(below, expected) >= share, below, above).astype(np.int64)
    return counts


class Shelves:
    """What each customer likes to buy, laid flat, so that many baskets are filled at once.

    Args:
        history: `customer` and `favourites`, in order of customer.
        lines: an order has at most so many lines.
    """

    def __init__(self, history: pl.DataFrame, *, lines: int, seed: int) -> None:
        liked = history["favourites"].cast(pl.List(FAVOURITE))
        self.products = liked.explode(empty_as_null=False).struct.unnest()
        self.counts = liked.list.len().fill_null(0).to_numpy().astype(np.int64)
        self.starts = np.cumsum(self.counts) - self.counts
        self._lines = lines
        self._salt = f"{seed}:basket"

    def baskets(self, places: NDArray[np.int64], customers: NDArray[np.int64], draw: NDArray[np.int64]) -> pl.Series:
        """Return the lines of one order for each place: some of that customer's favourites in a row.

        Args:
            places: where the customer of each order stands in the history.
            customers: the customer of each order.
            draw: what tells the orders of one customer apart.
        """
        liked = self.counts[places]
        sizes = 1 + (unit(f"{self._salt}:size", customers, draw) * self._lines).astype(np.int64)
        sizes = np.minimum(sizes, liked)
        first = (unit(f"{self._salt}:first", customers, draw) * liked).astype(np.int64)
        owner = np.repeat(np.arange(len(places)), sizes)
        nth = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        row = self.starts[places][owner] + (first[owner] + nth) % np.maximum(liked[owner], 1)
        rows = self.products[row].select(_NAMES)
        packed = rows.select(pl.Series("order", owner), pl.struct(_NAMES).alias("lines"))
        by_order = packed.group_by("order", maintain_order=True).agg(pl.col("lines"))
        orders = pl.DataFrame({"order": np.arange(len(places))})
        return orders.join(by_order, on="order", how="left", maintain_order="left")["lines"].fill_null([])


def orders_without_mail(
    history: pl.DataFrame,
    shelves: Shelves,
    hours: OpeningHours,
    *,
    behaviour: Behaviour,
    seed: int,
    start_at: datetime,
    end_at: datetime,
) -> pl.DataFrame:
    """Draw every order that customers place between the two instants by themselves, as acts."""
    customers = history["customer"].to_numpy().astype(np.int64)
    if not len(customers):
        return no_acts()
    days = (to_micros(end_at) - to_micros(start_at)) / DAY
    expected = order_rates(history, behaviour=behaviour, as_of=start_at) * days
    counts = poisson_quantile(unit(f"{seed}:orders", customers), expected)
    counts = np.where(shelves.counts > 0, counts, 0)
    place = np.repeat(np.arange(len(customers)), counts)
    if not len(place):
        return no_acts()
    nth = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    who = customers[place]
    at = hours.time_on(
        hours.any_day(unit(f"{seed}:order day", who, nth)),
        unit(f"{seed}:order hour", who, nth),
        unit(f"{seed}:order second", who, nth),
    )
    kept = (at >= to_micros(start_at)) & (at < to_micros(end_at))
    place, nth, who, at = place[kept], nth[kept], who[kept], at[kept]
    columns = pl.DataFrame({"at": at, "customer": who}).with_columns(
        pl.lit("buy").alias("act"),
        ("S" + pl.col("customer").cast(pl.String) + "-" + pl.Series(nth + 1).cast(pl.String)).alias("order_no"),
        shelves.baskets(place, who, nth).alias("lines"),
    )
    return acts_frame(columns)
