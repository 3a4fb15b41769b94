"""Shops with baskets for tests of jobs, and what was learned from them."""

from datetime import datetime, timedelta

import polars as pl

from tenshu.store.home import Stores
from tenshu.store.warehouse import Warehouse
from tests.unit.jobs.homes import NOW
from tests.unit.recommend.baskets import order

#: Jobs of tests are asked for at this instant; what was bought later counts for none.
LATER = NOW
LEARNED = ("bought_together", "sellable_products", "bought_together_fits")


def baskets(stores: Stores, *products: str, until: datetime = NOW) -> None:
    """Write one order a day, of a new person each, the last one a day before the instant; each letter is a product."""
    warehouse = stores.warehouse
    numbers = list(range(1, len(products) + 1))
    with warehouse.transaction():
        warehouse.append("node_map", pl.DataFrame({"node": numbers, "customer": numbers}))
        for number, letters in zip(numbers, products, strict=True):
            order(warehouse, number, until - timedelta(days=len(products) + 1 - number), letters)


def learned(warehouse: Warehouse) -> dict[str, pl.DataFrame]:
    """Return everything that was learned, in the order in which it lies there."""
    return {name: warehouse.frame(f"SELECT * FROM {name}") for name in LEARNED}
