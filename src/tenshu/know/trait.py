"""What people have stated about themselves: of several statements of a trait the latest counts.

Traits come as facts `customer_described` with properties {"traits": {...}}. The latest statement
that says something wins per trait; of two at the same instant the one received later, and then
the one with the larger key, so that the answer never depends on the order of rows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import polars as pl

from tenshu.condition.words import TRAITS
from tenshu.know.members import members_of
from tenshu.store.warehouse import Warehouse

#: The traits that every part of the product knows.
WELL_KNOWN: Final = tuple(TRAITS)


def read_traits(
    warehouse: Warehouse, names: Sequence[str], *, now: datetime, customers: pl.Series | None = None
) -> pl.DataFrame:
    """Return what is known at `now`: customer and one text column per trait.

    Args:
        warehouse: where the facts lie.
        names: which traits.
        now: nothing stated later counts.
        customers: who is asked about; None = everybody.

    Returns:
        Only customers who ever described themselves have a row.
    """
    given = {f"path{index}": f'$."traits"."{name}"' for index, name in enumerate(names)}
    columns = "".join(f", {_latest(index)} AS v{index}" for index in range(len(names)))
    members = members_of(customers)
    sql = f"""
        WITH {members.table}
        SELECT m.customer{columns}
        FROM facts AS o JOIN members AS m ON o.node = m.node
        WHERE o.event = 'customer_described' AND o.occurred_at <= $now
        GROUP BY m.customer
        ORDER BY m.customer
    """  # noqa: S608 - names of columns made here; every value is bound
    found = warehouse.frame(sql, {"now": now.replace(tzinfo=None), **given}, **members.lent)
    renamed = found.rename({f"v{index}": name for index, name in enumerate(names)})
    return renamed.with_columns(pl.col("customer").cast(pl.Int64))


def _latest(index: int) -> str:
    nested = f"json_type(properties, $path{index}) IN ('OBJECT', 'ARRAY')"
    text = f"CASE WHEN {nested} THEN NULL ELSE json_extract_string(properties, $path{index}) END"
    return f"arg_max({text}, (occurred_at, received_at, fact_id))"
