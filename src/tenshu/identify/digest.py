"""Digest the inbox: give every fact its node, keep it in the warehouse, take its consents to the ledger.

A batch is a range of requests with a number. Its steps can each be killed and done again:

1. *open*: the range is written down, so that a restart takes the same one;
2. identifiers get their nodes (the same identifier gets the same node);
3. the warehouse replaces everything of that batch number in one transaction;
4. *stored*: consents go to the ledger, keyed by their fact.

What follows from a batch (who enters a scenario) is done by the tick, which then calls it *digested*.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
from pyarrow.parquet import ParquetFile
from sqlalchemy import select, update

from tenshu.collect.event import FACT_SCHEMA, FRESH_FOR
from tenshu.collect.inbox import forget, last_seq, read_requests, waiting
from tenshu.collect.tables import batches
from tenshu.collect.vocabulary import CONSENT_RECORDED, ORDER_COMPLETED, ORDER_LINES
from tenshu.identify.resolve import changed_nodes, resolve
from tenshu.privacy.consent import record
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.warehouse import Warehouse

REQUESTS_A_BATCH: Final = 5_000
#: Rows of a staged file that are in memory at a time.
CHUNK: Final = 50_000


class Batch(msgspec.Struct, frozen=True):
    """A numbered range of requests; `new` when it was written down a moment ago, else in the ledger's state."""

    number: int
    first_seq: int
    last_seq: int
    state: str


def digest(
    home: Path,
    ledger: Ledger,
    inbox: Ledger,
    warehouse: Warehouse,
    *,
    now: datetime,
    prepare: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> Batch | None:
    """Bring the next batch into the warehouse, or the one that a crash left; None when nothing waits.

    Args:
        home: where staged files are.
        ledger: keeps batches, nodes and consents.
        inbox: where facts wait.
        warehouse: where they go.
        now: business time.
        prepare: completes facts before they are kept, e.g. says whether a person or a machine clicked.
    """
    batch = next_batch(ledger, inbox, now=now)
    if batch is None or batch.state == "stored":
        return batch
    facts, paths = read_requests(inbox, batch.first_seq, batch.last_seq)
    chunks = staged_chunks([home / path for path in paths]) if paths else iter([facts])
    with warehouse.transaction():
        if batch.state == "open":  # a crash left it: whatever it stored is replaced
            for table in ("facts", "order_lines"):
                warehouse.execute(f"DELETE FROM {table} WHERE batch = ?", [batch.number])  # noqa: S608 - fixed names
        consents = [_store(ledger, warehouse, batch, prepare(chunk) if prepare else chunk) for chunk in chunks]
        _mirror(ledger, warehouse, batch)
    with ledger.writing() as tx:
        if consents:  # a file whose rows were all refused has no chunk
            record(tx, pl.concat(consents))
        set_state(tx, batch.number, "stored")
    return batch


def next_batch(ledger: Ledger, inbox: Ledger, *, now: datetime) -> Batch | None:
    """Return the batch that is open, else write down the next one; None when nothing waits."""
    with ledger.reading() as tx:
        known = tx.frame(select(batches).order_by(batches.c.batch.desc()).limit(1))
    newest = Batch(0, 0, 0, "digested")
    if len(known):
        newest = Batch(*known.select("batch", "first_seq", "last_seq", "state").row(0))
    if newest.state != "digested":
        return newest
    last = last_seq(inbox, after=newest.last_seq, limit=REQUESTS_A_BATCH)
    if last is None:
        if newest.number and waiting(inbox):
            forget(inbox, newest.last_seq)  # a crash may have left what is digested already
        return None
    batch = Batch(newest.number + 1, newest.last_seq + 1, last, "new")
    row = {"batch": batch.number, "first_seq": batch.first_seq, "last_seq": last, "state": "open", "now_at": now}
    with ledger.writing() as tx:
        tx.insert(batches, pl.DataFrame([row]))
    return batch


def finish(tx: Transaction, batch: Batch) -> None:
    """Say that everything that follows from the batch is done, in the transaction that did it."""
    set_state(tx, batch.number, "digested")


def clear(inbox: Ledger, batch: Batch) -> None:
    """Drop the batch's requests: the warehouse has them."""
    forget(inbox, batch.last_seq)


def fresh_facts(warehouse: Warehouse, batch: Batch, *, now: datetime, since: datetime | None = None) -> pl.DataFrame:
    """Return what the batch newly told of known customers, old history and the far future left out.

    Args:
        warehouse: where the batch is.
        batch: which.
        now: business time; what is dated more than a day ahead has not happened.
        since: how far back facts still matter to somebody, when that is further than a day.

    Returns:
        `customer`, `event`, `occurred_at`, `order_no`, `properties` (JSON); an order is one `order_completed`
        beside its lines.
    """
    since = min(now - FRESH_FOR, since or now)
    return warehouse.frame(
        """
        SELECT map.customer::BIGINT AS customer, event, occurred_at, NULL::VARCHAR AS order_no, properties
        FROM facts JOIN node_map AS map USING (node)
        WHERE batch = $batch AND occurred_at BETWEEN $since AND $until AND NOT list_contains($lines, event)
        UNION ALL
        SELECT map.customer::BIGINT, event, occurred_at, order_no,
               json_object('product_id', product_id, 'description', description, 'quantity', quantity, 'amount', amount,
                           'unit_price', unit_price, 'is_goods', is_goods, 'source', source)::VARCHAR
        FROM order_lines JOIN node_map AS map USING (node)
        WHERE batch = $batch AND occurred_at BETWEEN $since AND $until
        UNION ALL
        SELECT customer::BIGINT, $order, min(occurred_at), order_no,
               json_object('amount', sum(amount)::BIGINT, 'lines', count(*), 'order_no', order_no,
                           'source', source)::VARCHAR
        FROM purchases
        WHERE batch = $batch AND occurred_at BETWEEN $since AND $until
        GROUP BY customer, source, order_no
        ORDER BY occurred_at, customer, event, order_no
        """,
        {
            "batch": batch.number,
            "since": since.replace(tzinfo=None),
            "until": (now + FRESH_FOR).replace(tzinfo=None),
            "lines": list(ORDER_LINES),
            "order": ORDER_COMPLETED,
        },
    )


def set_state(tx: Transaction, number: int, state: str) -> None:
    """Move a batch on: open -> stored -> digested."""
    tx.execute(update(batches).where(batches.c.batch == number).values(state=state))


def staged_chunks(paths: list[Path]) -> Iterator[pl.DataFrame]:
    """Yield the facts of staged files, so many at a time that memory stays bounded."""
    for path in paths:
        for rows in ParquetFile(path).iter_batches(CHUNK):
            chunk = pl.from_arrow(rows)
            assert isinstance(chunk, pl.DataFrame)  # noqa: S101 - a batch of rows is never a series
            yield chunk.select(pl.col(name).cast(kind) for name, kind in FACT_SCHEMA.items())


def _store(ledger: Ledger, warehouse: Warehouse, batch: Batch, facts: pl.DataFrame) -> pl.DataFrame:
    """Put facts that are new into the warehouse, with their nodes; return the consents among them."""
    told = facts.with_columns(own=pl.col("identifiers").list.first())
    nodes = resolve(ledger, *_identifiers(told), batch=batch.number)
    unique = told.unique("fact_id", keep="first", maintain_order=True)
    known = warehouse.frame(_KNOWN, keys=unique.select("fact_id"))
    new = (
        unique.join(known, on="fact_id", how="anti", maintain_order="left")
        .with_columns(
            batch=pl.lit(batch.number, pl.Int64),
            kind=pl.col("own").struct.field("kind"),
            value=pl.col("own").struct.field("value"),
        )
        .join(nodes, on=["kind", "value"], how="left", maintain_order="left")
    )
    warehouse.append("facts", new.select(_FACT_COLUMNS))
    lines = new.filter(pl.col("order_no").is_not_null() & pl.col("product_id").is_not_null())
    warehouse.append("order_lines", lines.select(_LINE_COLUMNS))
    return _consents(new)


def _identifiers(told: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the identifiers in order of arrival, and the pairs that one row told together."""
    every = told.select(pl.col("identifiers").explode()).unnest("identifiers").drop_nulls("value")
    pairs = (
        told.filter(pl.col("identifiers").list.len() > 1)
        .select("own", other=pl.col("identifiers").list.slice(1))
        .explode("other")
        .select(
            kind_a=pl.col("own").struct.field("kind"),
            value_a=pl.col("own").struct.field("value"),
            kind_b=pl.col("other").struct.field("kind"),
            value_b=pl.col("other").struct.field("value"),
        )
    )
    return every.unique(maintain_order=True), pairs.unique(maintain_order=True)


def _consents(new: pl.DataFrame) -> pl.DataFrame:
    said = new.filter((pl.col("event") == CONSENT_RECORDED) & pl.col("node").is_not_null())
    word = {name: _said(name) for name in ("channel", "purpose", "status", "basis", "reason")}
    proof = _said("proof").fill_null("{}")
    return said.select("fact_id", "node", **word, recorded_at="occurred_at", source="source", proof=proof)


def _said(name: str) -> pl.Expr:
    return pl.col("properties").str.json_path_match(f"$.{name}")


def _mirror(ledger: Ledger, warehouse: Warehouse, batch: Batch) -> None:
    """Bring the warehouse's node map up to what this batch changed; shared nodes are nobody's and stay out."""
    with ledger.reading() as tx:
        changed = changed_nodes(tx, since=batch.number)
    if len(changed):
        warehouse.execute("DELETE FROM node_map WHERE node IN (SELECT node FROM changed)", changed=changed)
        warehouse.append("node_map", changed.filter(~pl.col("is_shared")).select("node", "customer"))


_FACT_COLUMNS: Final = ("fact_id", "batch", "node", "event", "occurred_at", "received_at", "source", "properties")
_LINE_COLUMNS: Final = (
    *("fact_id", "batch", "node", "event", "source", "order_no", "product_id", "description"),
    *("quantity", "unit_price", "amount", "is_goods", "occurred_at"),
)
_KNOWN: Final = "SELECT fact_id FROM facts WHERE fact_id IN (SELECT fact_id FROM keys)"
