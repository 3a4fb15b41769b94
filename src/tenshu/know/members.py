"""Name those who are asked about: one table expression for everybody, for many or for a few.

Every statement of this room and of `segment` reads from a table `members` (node, customer) that is
put in front of it. For a few customers their numbers are written into the statement, which reads 400,000
order lines for 50 people in about 10 ms; for many they are lent to the engine as a frame.
"""

from typing import Final, NamedTuple

import polars as pl

from tenshu.store.warehouse import Warehouse

#: Up to so many customers are written into the statement itself.
FEW: Final = 500


class Members(NamedTuple):
    """Who is asked about, as SQL.

    Attributes:
        sql: a query of node and customer.
        lent: the frames that it names.
    """

    sql: str
    lent: dict[str, pl.DataFrame]

    @property
    def table(self) -> str:
        """Return the text that goes between WITH and a statement that reads from `members`."""
        return f"members AS NOT MATERIALIZED ({self.sql})"


def members_of(customers: pl.Series | None) -> Members:
    """Return the members of these customers; None = everybody in the node map.

    >>> members_of(pl.Series([3, 5])).sql
    'SELECT node, customer FROM node_map WHERE customer IN (3, 5)'
    """
    if customers is None:
        return Members("SELECT node, customer FROM node_map", {})
    wanted = customers.cast(pl.Int64).drop_nulls().unique(maintain_order=True)
    if wanted.is_empty():
        return Members("SELECT node, customer FROM node_map WHERE false", {})
    if len(wanted) <= FEW:
        # Whole numbers only, by the cast above: nothing that could be anything but a number.
        numbers = ", ".join(str(int(number)) for number in wanted)
        return Members(f"SELECT node, customer FROM node_map WHERE customer IN ({numbers})", {})  # noqa: S608
    asked = wanted.alias("customer").to_frame()
    return Members("SELECT node, customer FROM node_map SEMI JOIN wanted USING (customer)", {"wanted": asked})


def known_customers(warehouse: Warehouse) -> int:
    """Return how many customers are known, buyers or not."""
    return int(warehouse.frame("SELECT count(DISTINCT customer)::BIGINT AS known FROM node_map").item())
