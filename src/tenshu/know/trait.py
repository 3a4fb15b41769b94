"""What people have stated about themselves: of several statements of a trait the latest counts.

Traits come as facts `customer_described` with properties {"traits": {...}}. The latest statement
that says something wins per trait; of two at the same instant the one received later, and then
the one with the larger key, so that the answer never depends on the order of rows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from tenshu.condition.words import TRAITS
from tenshu.know.members import members_of
from tenshu.store.warehouse import Warehouse

#: So many people are asked about at a time: what is stated last of a text cannot spill to the disk.
AT_ONCE: Final = 250_000
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
    given: dict[str, Any] = {f"path{index}": trait_path(name) for index, name in enumerate(names)}
    columns = "".join(f", {_latest(index)} AS v{index}" for index in range(len(names)))
    members = members_of(customers)
    sql = f"""
        WITH {members.table}
        SELECT m.customer{columns}
        FROM facts AS o JOIN members AS m ON o.node = m.node
        WHERE o.event = 'customer_described' AND o.occurred_at <= $now AND m.customer % $parts = $part
        GROUP BY m.customer
        ORDER BY m.customer
    """  # noqa: S608 - names of columns made here; every value is bound
    given |= {"now": now.replace(tzinfo=None), "parts": _parts(warehouse, customers)}
    found = pl.concat([warehouse.frame(sql, {**given, "part": part}, **members.lent) for part in range(given["parts"])])
    renamed = found.rename({f"v{index}": name for index, name in enumerate(names)})
    return renamed.with_columns(pl.col("customer").cast(pl.Int64)).sort("customer")


def _parts(warehouse: Warehouse, customers: pl.Series | None) -> int:
    """Return in how many parts people are asked about: the engine holds the texts of one part in memory."""
    people = warehouse.frame("SELECT count(*) FROM node_map").item() if customers is None else len(customers)
    return int(1 + people // AT_ONCE)


def trait_text(parameter: str) -> str:
    """Return the SQL that reads a trait out of a statement's `properties`: its text, null where it says nothing.

    Args:
        parameter: the name of the parameter that is bound to the trait's path.
    """
    nested = f"json_type(properties, ${parameter}) IN ('OBJECT', 'ARRAY')"
    return f"CASE WHEN {nested} THEN NULL ELSE json_extract_string(properties, ${parameter}) END"


def trait_path(name: str) -> str:
    """Return where in `properties` a trait lies."""
    return f'$."traits"."{name}"'


def _latest(index: int) -> str:
    return f"arg_max({trait_text(f'path{index}')}, (occurred_at, received_at, fact_id))"
