"""What the ledger decided becomes facts: written in its own transaction, drained into the warehouse by number.

In the warehouse such a fact carries `batch = -seq`, so that what came after a number can be found again.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import delete, func, select

from tenshu.collect.event import LINE_ONLY, STORED_SCHEMA
from tenshu.collect.tables import facts_out
from tenshu.kit.failpoint import reach
from tenshu.kit.ids import content_keys
from tenshu.store.ledger import INSTANT, ROWS_A_TRANSACTION, Ledger, Transaction
from tenshu.store.warehouse import Warehouse

STREAM: Final = "facts_out"
_FACT_COLUMNS: Final = tuple(name for name in STORED_SCHEMA if name not in LINE_ONLY)

#: Is given drained facts (`STORED_SCHEMA`) and the number of the last of them.
OnDrained = Callable[[pl.DataFrame, int], None]


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


def drain(ledger: Ledger, warehouse: Warehouse, *, on_drained: OnDrained | None = None) -> int:
    """Move what the ledger told into the warehouse, each fact exactly once; return how many.

    There is no transaction across the two files: the position moves with the rows in the warehouse's
    transaction, so a crash between the two commits repeats nothing and loses nothing.

    Args:
        ledger: where facts wait.
        warehouse: where they go.
        on_drained: is told of them, at most 50,000 at a time; `read_drained` gives again what it missed by a crash.
    """
    moved = 0
    with ledger.reading() as tx:
        last = tx.value(select(func.max(facts_out.c.seq)))
    if last is None or not ledger.outwait():
        return 0
    done = position(warehouse)
    while True:
        with ledger.reading() as tx:
            query = select(facts_out).where(facts_out.c.seq.between(done + 1, last)).order_by(facts_out.c.seq)
            told = tx.frame(query.limit(ROWS_A_TRANSACTION))
        facts = _as_facts(told)
        if len(told):
            done = int(told["seq"][-1])
            with warehouse.transaction():
                stored = facts.select(_FACT_COLUMNS).with_columns(batch=-told["seq"])
                warehouse.append("facts", stored)
                warehouse.execute("INSERT OR REPLACE INTO drained VALUES (?, ?)", [STREAM, done])
                reach("drain.storing")
            reach("drain.stored")
        with ledger.writing() as tx:  # also what a crash left
            tx.execute(delete(facts_out).where(facts_out.c.seq <= done))
            reach("drain.forgetting")
        reach("drain.forgotten")
        moved += len(told)
        if on_drained is not None and len(told):
            on_drained(facts, done)
        if told.is_empty() or done >= last:
            return moved


def position(warehouse: Warehouse) -> int:
    """Return the number of the last fact of the ledger that the warehouse has; 0 when it has none."""
    found = warehouse.frame("SELECT position FROM drained WHERE stream = ?", [STREAM])
    return 0 if found.is_empty() else int(found["position"][0])


def read_drained(warehouse: Warehouse, after: int, up_to: int) -> Iterator[tuple[pl.DataFrame, int]]:
    """Yield the drained facts after a number, as `drain` told of them: at most 50,000, and the last one's number.

    Args:
        warehouse: where they are.
        after: the last number that is not wanted any more.
        up_to: the last number that is.
    """
    for first in range(after + 1, up_to + 1, ROWS_A_TRANSACTION):
        last = min(first + ROWS_A_TRANSACTION - 1, up_to)
        found = warehouse.frame(
            "SELECT fact_id, node::BIGINT AS node, event, occurred_at, received_at, source, properties "
            "FROM facts WHERE batch BETWEEN ? AND ? ORDER BY batch DESC",
            [-last, -first],
        )
        if len(found):
            yield _whole(found), last


def _as_facts(told: pl.DataFrame) -> pl.DataFrame:
    return _whole(
        told.select(
            fact_id=pl.Series(content_keys(f"ledger\x1f{seq}" for seq in told["seq"]), dtype=pl.Binary),
            node="node",
            event="event",
            occurred_at="occurred_at",
            received_at="occurred_at",
            source=pl.lit("ledger"),
            properties="properties",
        )
    )


def _whole(facts: pl.DataFrame) -> pl.DataFrame:
    nothing = {name: pl.lit(None, STORED_SCHEMA[name]) for name in LINE_ONLY}
    return facts.with_columns(**nothing).select(list(STORED_SCHEMA))
