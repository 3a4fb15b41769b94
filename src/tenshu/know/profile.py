"""Show one customer as one row: the well-known traits as stated last, or only where one is reached.

What a scenario's letter says about a person (name, language, address) comes from here.
"""

from datetime import datetime

import polars as pl

from tenshu.know.members import members_of
from tenshu.know.trait import WELL_KNOWN, read_traits
from tenshu.store.warehouse import Warehouse


def profiles(warehouse: Warehouse, *, now: datetime, customers: pl.Series | None = None) -> pl.DataFrame:
    """Return what is known about customers at `now`.

    Args:
        warehouse: where the facts lie.
        now: nothing stated later counts.
        customers: who is asked about; None = everybody in the node map.

    Returns:
        `customer` and one String column per well-known trait, null where nothing was ever stated; ordered by
        customer. A customer of whom only purchases are known has a row of nulls.
    """
    members = members_of(customers)
    everybody = warehouse.frame(
        f"WITH {members.table} SELECT DISTINCT customer::BIGINT AS customer FROM members ORDER BY customer",  # noqa: S608
        {},
        **members.lent,
    )
    stated = read_traits(warehouse, WELL_KNOWN, now=now, customers=customers)
    return everybody.join(stated, on="customer", how="left", maintain_order="left")


def reached_at(warehouse: Warehouse, *, now: datetime, customers: pl.Series) -> pl.DataFrame:
    """Return where these customers are reached by mail at `now`, one row each in the order given.

    Args:
        warehouse: where the facts lie.
        now: nothing stated later counts.
        customers: who is asked about.

    Returns:
        `customer`, `address` (e-mail) and `zone`, both String, null where nothing was ever stated.
    """
    stated = read_traits(warehouse, ("email", "zone"), now=now, customers=customers)
    asked = customers.cast(pl.Int64).alias("customer").to_frame()
    return asked.join(stated.rename({"email": "address"}), on="customer", how="left", maintain_order="left")
