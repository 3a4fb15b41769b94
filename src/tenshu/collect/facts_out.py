"""What the ledger decided becomes facts: written in its own transaction, drained into the warehouse by number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import delete, select

from tenshu.collect.tables import facts_out
from tenshu.kit.ids import content_keys
from tenshu.store.ledger import INSTANT, ROWS_A_TRANSACTION, Ledger, Transaction
from tenshu.store.warehouse import Warehouse

STREAM: Final = "facts_out"


def tell(tx: Transaction, event: str, rows: pl.DataFrame, properties: Sequence[str], *, at: datetime | str) -> None:
    """Tell one fact a row, in the transaction that made it true.

    Args:
        tx: a transaction of the ledger.
        event: the fact's name (collect.vocabulary).
        rows: `customer` (a customer number is a node of its own component) and the properties.
        properties: the columns that go into the fact's properties.
        at: the business instant, or the name of the column that holds it.
    """
    if rows.is_empty():
        return
    told = rows.select(
        event=pl.lit(event),
        node="customer",
        occurred_at=pl.col(at) if isinstance(at, str) else pl.lit(at, INSTANT),
        properties=pl.struct(*properties).struct.json_encode(),
    )
    tx.insert(facts_out, told)


def drain(ledger: Ledger, warehouse: Warehouse) -> int:
    """Move what the ledger told into the warehouse, each fact exactly once; return how many.

    There is no transaction across the two files: the position moves with the rows in the warehouse's
    transaction, so a crash between the two commits repeats nothing and loses nothing.
    """
    moved = 0
    with ledger.reading() as tx:
        if tx.value(select(facts_out.c.seq).limit(1)) is None:
            return 0
    position = _position(warehouse)
    while True:
        with ledger.reading() as tx:
            query = select(facts_out).where(facts_out.c.seq > position).order_by(facts_out.c.seq)
            told = tx.frame(query.limit(ROWS_A_TRANSACTION))
        if told.is_empty():
            return moved
        position = int(told["seq"][-1])
        with warehouse.transaction():
            warehouse.append("facts", _as_facts(told))
            warehouse.execute("INSERT OR REPLACE INTO drained VALUES (?, ?)", [STREAM, position])
        with ledger.writing() as tx:
            tx.execute(delete(facts_out).where(facts_out.c.seq <= position))
        moved += len(told)


def _as_facts(told: pl.DataFrame) -> pl.DataFrame:
    return told.select(
        fact_id=pl.Series(content_keys(f"ledger\x1f{seq}" for seq in told["seq"]), dtype=pl.Binary),
        batch=pl.lit(0, pl.Int64),
        node=pl.col("node").cast(pl.Int32),
        event="event",
        occurred_at="occurred_at",
        received_at="occurred_at",
        source=pl.lit("ledger"),
        properties="properties",
    )


def _position(warehouse: Warehouse) -> int:
    found = warehouse.frame("SELECT position FROM drained WHERE stream = ?", [STREAM])
    return 0 if found.is_empty() else int(found["position"][0])
