"""Put what a batch told into the warehouse: each fact once, its order line, and the map to customers."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import polars as pl

from tenshu.identify.batch import Batch
from tenshu.identify.known import KnownFacts
from tenshu.identify.stored import FACT_COLUMNS, LINE_COLUMNS, is_line
from tenshu.identify.teller import Teller
from tenshu.store.warehouse import Warehouse

#: What was told twice was mostly told twice at once, or within minutes: how many batches back is looked, in turn.
RECENT: Final = (20, 600)
#: No batch has a larger number.
_LAST: Final = 2**62
_KNOWN: Final = "SELECT fact_id, batch AS of_batch FROM facts WHERE fact_id IN (SELECT fact_id FROM keys)"


def take_out(warehouse: Warehouse, batch: Batch) -> None:
    """Remove what a crash left of the batch."""
    for table in ("facts", "order_lines", "facts_again", "order_lines_again"):
        warehouse.execute(f"DELETE FROM {table} WHERE batch = ?", [batch.number])  # noqa: S608 - fixed names


def told_first(
    warehouse: Warehouse, placed: pl.DataFrame, teller: Teller, known: KnownFacts | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return those facts that the warehouse does not have, and those (`of_batch`) that an undo could take from it.

    Args:
        warehouse: what is there.
        placed: facts with their `node`.
        teller: the batch that tells them.
        known: which facts the warehouse has; None = it is asked for all. From now on it has these.
    """
    once = placed.lazy().unique("fact_id", keep="first", maintain_order=True)
    unique = once.with_columns(batch=pl.lit(teller.batch, pl.Int64)).drop("identifiers").collect()
    found = _found(warehouse, unique, teller.batch, known)
    if found.is_empty():
        return unique, unique.clear()
    new = unique.join(found, on="fact_id", how="anti", maintain_order="left")
    mine = found.filter(pl.col("of_batch").is_in(teller.others))
    return new, unique.join(mine, on="fact_id", maintain_order="left") if len(mine) else unique.clear()


def put(warehouse: Warehouse, new: pl.DataFrame, again: pl.DataFrame) -> None:
    """Put new facts into the warehouse, and those again that an import told before which may be undone.

    Once it is undone, the second telling takes the place of the first.
    """
    warehouse.append("facts", new.select(FACT_COLUMNS))
    warehouse.append("order_lines", new.filter(is_line()).select(LINE_COLUMNS))
    if len(again):
        warehouse.append("facts_again", again.select("of_batch", *FACT_COLUMNS))
        warehouse.append("order_lines_again", again.filter(is_line()).select("of_batch", *LINE_COLUMNS))


def mirror(warehouse: Warehouse, batch: Batch, changes: Iterable[pl.DataFrame]) -> None:
    """Bring the warehouse's node map up to what this batch changed; shared nodes are nobody's and stay out.

    Args:
        warehouse: where the map is.
        batch: which.
        changes: what `resolve.changed_in_parts` tells of it.
    """
    for changed in changes:
        # Of those who were nobody's before, nothing is there, unless a crash has left it.
        there = changed if batch.state == "open" else changed.drop_nulls("former")
        if len(there):
            warehouse.execute("DELETE FROM node_map WHERE node IN (SELECT node FROM changed)", changed=there)
        warehouse.append("node_map", changed.filter(~pl.col("is_shared")).select("node", "customer"))


def _found(warehouse: Warehouse, unique: pl.DataFrame, batch: int, known: KnownFacts | None) -> pl.DataFrame:
    """Return `fact_id`, `of_batch` of those facts that the warehouse has."""
    candidates = unique.select("fact_id")
    if known is None:
        return warehouse.frame(_KNOWN, keys=candidates)
    # If this batch is rolled back, all of these are candidates next time, and the warehouse clears them.
    candidates = candidates.filter(known.meet(unique["fact_id"]))
    parts = [candidates.with_columns(of_batch=pl.lit(0, pl.Int64)).clear()]
    borders = [_LAST, *(max(0, batch - back) for back in RECENT), 0]
    for until, after in pairwise(borders):
        if candidates.is_empty():
            break
        sql = _KNOWN + " AND batch > ? AND batch <= ?"
        parts.append(warehouse.frame(sql, [after, until], keys=candidates))
        candidates = candidates.join(parts[-1], on="fact_id", how="anti")
    return pl.concat(parts)
