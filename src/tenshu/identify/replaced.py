"""Take batches of imports out of the warehouse: each fact passes to the next who told it, or is gone.

What goes was never so: an import that is undone told nothing. That is the one way in which a fact ever leaves.
"""

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from tenshu.identify.stored import FACT_COLUMNS, LINE_COLUMNS
from tenshu.kit.failpoint import reach
from tenshu.store.warehouse import Warehouse

_TABLES: Final = {"facts": FACT_COLUMNS, "order_lines": LINE_COLUMNS}
#: Of every fact of the batches that another told again: the first telling that stays.
_HEIRS: Final = """
SELECT fact_id, min(batch) AS heir FROM facts_again
WHERE list_contains($gone, of_batch) AND NOT list_contains($gone, batch)
GROUP BY fact_id
"""
_LOST: Final = f"""
FROM facts WHERE list_contains($gone, batch) AND fact_id NOT IN (SELECT fact_id FROM ({_HEIRS}))
"""  # noqa: S608 - our own names
_PASSED_ON: Final = f"""
SELECT again.* EXCLUDE (node), again.node::BIGINT AS node
FROM facts_again AS again JOIN ({_HEIRS}) AS heirs ON heirs.fact_id = again.fact_id AND heirs.heir = again.batch
WHERE list_contains($gone, of_batch)
QUALIFY row_number() OVER (PARTITION BY again.fact_id ORDER BY again.rowid) = 1
"""  # noqa: S608 - our own names


def count_lost(warehouse: Warehouse, gone: Sequence[int]) -> int:
    """Return how many facts nobody tells any more when these batches go."""
    return int(warehouse.frame(f"SELECT count(*) AS facts {_LOST}", {"gone": list(gone)}).item())


def lost_ids(warehouse: Warehouse, gone: Sequence[int], *, event: str) -> pl.Series:
    """Return the keys of those facts of one event."""
    sql = f"SELECT fact_id {_LOST} AND event = $event"
    return warehouse.frame(sql, {"gone": list(gone), "event": event})["fact_id"]


def passed_on(warehouse: Warehouse, gone: Sequence[int], *, event: str) -> pl.DataFrame:
    """Return the facts of one event that another batch tells from now on, as it told them."""
    return warehouse.frame(f"SELECT * FROM ({_PASSED_ON}) WHERE event = $event", {"gone": list(gone), "event": event})  # noqa: S608


def holds_any(warehouse: Warehouse, gone: Sequence[int]) -> bool:
    """Say whether the warehouse holds anything of these batches still."""
    sql = "SELECT 1 AS one FROM {} WHERE list_contains($gone, batch) LIMIT 1"
    return any(len(warehouse.frame(sql.format(table), {"gone": list(gone)})) for table in ("facts", "facts_again"))


def take_out(warehouse: Warehouse, gone: Sequence[int], nodes: pl.DataFrame, renamed: pl.DataFrame) -> None:
    """Remove the batches, and bring the mirror of the map up to date, in one transaction.

    Args:
        warehouse: where they are.
        gone: the batches.
        nodes: `node`, `customer` of everybody from now on.
        renamed: `former`, `customer`: numbers that are nobody's now, of customers who are known by another. What we
            did for them, which the ledger told by their number, stays theirs.
    """
    given: dict[str, Any] = {"gone": list(gone)}
    with warehouse.transaction():
        warehouse.execute(f"CREATE OR REPLACE TEMP TABLE undone_heirs AS {_HEIRS}", given)
        for table, columns in _TABLES.items():
            _pass_on(warehouse, table, columns, given)
        warehouse.execute("DROP TABLE undone_heirs")
        if len(renamed):
            sql = "UPDATE facts SET node = renamed.customer FROM renamed WHERE batch <= 0 AND node = renamed.former"
            warehouse.execute(sql, renamed=renamed.select(pl.all().cast(pl.Int32)))
        _mirror(warehouse, nodes)
        reach("undo.storing")
    reach("undo.stored")


def _pass_on(warehouse: Warehouse, table: str, columns: Sequence[str], given: dict[str, Any]) -> None:
    """Put the heirs' tellings in the places of what goes."""
    names = ", ".join(columns)
    warehouse.execute(f"DELETE FROM {table} WHERE list_contains($gone, batch)", given)  # noqa: S608 - fixed names
    heirs = """
        FROM {table}_again AS again JOIN undone_heirs AS heirs
        ON heirs.fact_id = again.fact_id AND heirs.heir = again.batch
        WHERE list_contains($gone, of_batch)
        QUALIFY row_number() OVER (PARTITION BY again.fact_id ORDER BY again.rowid) = 1
        ORDER BY again.rowid
    """
    picked = ", ".join(f"again.{name}" for name in columns)
    warehouse.execute(f"INSERT INTO {table} ({names}) SELECT {picked} {heirs.format(table=table)}", given)
    gone = f"""
        DELETE FROM {table}_again WHERE list_contains($gone, batch)
        OR (list_contains($gone, of_batch) AND (fact_id, batch) IN (SELECT (fact_id, heir) FROM undone_heirs))
    """  # noqa: S608 - fixed names
    warehouse.execute(gone, given)
    moved = f"""
        UPDATE {table}_again SET of_batch = heirs.heir FROM undone_heirs AS heirs
        WHERE {table}_again.fact_id = heirs.fact_id AND list_contains($gone, of_batch)
    """  # noqa: S608 - fixed names
    warehouse.execute(moved, given)


def _mirror(warehouse: Warehouse, nodes: pl.DataFrame) -> None:
    wanted = nodes.select(pl.col("node", "customer").cast(pl.Int32))
    before = warehouse.frame("SELECT node, customer FROM node_map")
    gone = before.join(wanted, on=["node", "customer"], how="anti").select("node")
    warehouse.execute("DELETE FROM node_map WHERE node IN (SELECT node FROM gone)", gone=gone)
    warehouse.append("node_map", wanted.join(before, on=["node", "customer"], how="anti"))
