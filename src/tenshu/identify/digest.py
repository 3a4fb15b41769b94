"""Digest the inbox: give every fact its node, keep it in the warehouse, take its consents to the ledger.

A batch is a range of requests with a number. Its steps can each be killed and done again:

1. *open*: the range is written down, so that a restart takes the same one;
2. identifiers get their nodes (the same identifier gets the same node);
3. the warehouse takes everything of that batch number in one transaction, in the place of what a crash left of it;
4. *stored*: consents go to the ledger, keyed by their fact, and are committed once the warehouse has committed.

A batch that memory holds is written to the warehouse by a thread of its own. Meanwhile its consents are made ready, and
the requests of the next batch are read.

What follows from a batch (who enters a scenario) is done by the tick, which then calls it *digested*.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from tenshu.collect.ahead import ReadAhead
from tenshu.collect.event import FACT_SCHEMA
from tenshu.collect.vocabulary import CONSENT_RECORDED
from tenshu.identify.batch import Batch, ahead_of, clear, finish, name_import, next_batch, set_state, undoable
from tenshu.identify.fresh import fresh_facts
from tenshu.identify.known import KnownFacts
from tenshu.identify.nodes import KnownNodes
from tenshu.identify.resolve import changed_in_parts, resolve
from tenshu.identify.stored import as_stored, read_batch
from tenshu.identify.storing import mirror, put, take_out, told_first
from tenshu.identify.teller import Teller
from tenshu.kit.failpoint import reach
from tenshu.privacy.consent import record
from tenshu.store.home import Stores
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse

__all__ = ["Batch", "ahead_of", "clear", "digest", "finish", "fresh_facts", "next_batch", "read_batch"]

#: Rows of a staged file that are in memory at a time.
CHUNK: Final = 50_000
#: Rows whose identifiers are one transaction of the ledger.
IDENTIFIED_AT_ONCE: Final = 10_000
#: A batch of more facts than these is not kept in hand.
MOST_IN_HAND: Final = 100_000


def digest(
    stores: Stores,
    *,
    now: datetime,
    prepare: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
    known: KnownFacts | None = None,
    nodes: KnownNodes | None = None,
    ahead: ReadAhead | None = None,
) -> Batch | None:
    """Bring the next batch into the warehouse, or the one that a crash left; None when nothing waits.

    Args:
        stores: the inbox where facts wait, the warehouse where they go, the ledger that keeps batches, nodes and
            consents, and the home where staged files are.
        now: business time.
        prepare: completes facts before they are kept, e.g. says whether a person or a machine clicked.
        known: which facts the warehouse has; without it the warehouse is asked.
        nodes: remembers who is who from batch to batch; without it the ledger is asked.
        ahead: what reads the inbox: while a batch is being stored, it reads the next one.
    """
    reader = ahead or ahead_of(stores)
    batch = next_batch(stores, now=now, ahead=reader)
    if batch is None or batch.state == "stored":
        return batch
    facts, paths = reader.read(batch.first_seq, batch.last_seq)
    reach("digest.read")
    with stores.ledger.reading() as tx:
        teller = Teller(batch.number, is_import=bool(paths), undoable=frozenset(undoable(tx, now=now)))
    # A file has no use for who was told of lately.
    remembered = None if paths else nodes
    work = _Work(batch, teller, stores.ledger, stores.warehouse, prepare or _as_they_are, known, remembered)
    if batch.state == "new" and not paths and len(facts) <= MOST_IN_HAND:
        return _digest_in_hand(work, facts, ahead)
    chunks = staged_chunks([stores.home / path for path in paths]) if paths else iter([facts])
    # A staged file is alone in its batch, and is named after its import.
    _digest_in_parts(work, chunks, import_id=Path(paths[0]).stem if paths else None)
    return batch


@dataclass(frozen=True)
class _Work:
    """One batch in work, who tells it, and where it goes."""

    batch: Batch
    teller: Teller
    ledger: Ledger
    warehouse: Warehouse
    prepare: Callable[[pl.DataFrame], pl.DataFrame]
    known: KnownFacts | None
    nodes: KnownNodes | None


def _as_they_are(facts: pl.DataFrame) -> pl.DataFrame:
    return facts


def _digest_in_hand(work: _Work, facts: pl.DataFrame, ahead: ReadAhead | None) -> Batch:
    """Digest a new batch that memory holds: the warehouse writes its facts while the ledger takes in its consents.

    The ledger commits once the warehouse has: whatever ends between the two leaves the batch open, to be done again.
    """
    ledger, number = work.ledger, work.batch.number
    placed = _resolve(ledger, work.prepare(facts), work.teller, work.nodes)
    changes = list(changed_in_parts(ledger, number))
    new, again = told_first(work.warehouse, placed, work.teller, work.known)
    with ThreadPoolExecutor(1, "warehouse") as aside:
        storing = aside.submit(_put_aside, work, new, again, changes)
        if ahead is not None:
            ahead.look(work.batch.last_seq)
        told = as_stored(new)
        said = consents_of(told)
        if len(said) > CHUNK:  # more than one transaction of the ledger: they come after the warehouse's
            storing.result()
        rest = _record(ledger, [said])
        with ledger.writing() as tx:
            if rest is not None:
                record(tx, rest)
            storing.result()
            reach("digest.warehoused")
            if rest is not None:
                reach("digest.consented")
            set_state(tx, number, "stored")
    reach("digest.stored")
    if work.known is not None:
        work.known.covered(number)
    return msgspec.structs.replace(work.batch, facts=told)


def _put_aside(work: _Work, new: pl.DataFrame, again: pl.DataFrame, changes: list[pl.DataFrame]) -> None:
    """Put what a batch told into the warehouse in one transaction of this thread."""
    try:
        with work.warehouse.transaction():
            put(work.warehouse, new, again)
            mirror(work.warehouse, work.batch, changes)
            reach("digest.storing")
    finally:
        work.warehouse.leave()


def _digest_in_parts(work: _Work, chunks: Iterator[pl.DataFrame], *, import_id: str | None) -> None:
    """Digest what is larger than memory, or what a crash left: then whatever it has stored is replaced."""
    ledger, warehouse, batch, known = work.ledger, work.warehouse, work.batch, work.known
    if known is None:  # to ask once for all its parts is less than to ask for each
        known = KnownFacts()
        known.fill(warehouse)
    with warehouse.transaction():
        if batch.state == "open":
            take_out(warehouse, batch)
        for chunk in chunks:
            placed = _resolve(ledger, work.prepare(chunk), work.teller, work.nodes)
            put(warehouse, *told_first(warehouse, placed, work.teller, known))
        mirror(warehouse, batch, changed_in_parts(ledger, batch.number))
        reach("digest.storing")
    reach("digest.warehoused")
    known.covered(batch.number)
    told = read_batch(warehouse, batch.number, events=[CONSENT_RECORDED])
    rest = _record(ledger, map(consents_of, told))
    with ledger.writing() as tx:
        if rest is not None:
            record(tx, rest)
            reach("digest.consented")
        set_state(tx, batch.number, "stored")
        if import_id is not None:
            name_import(tx, batch.number, import_id)
    reach("digest.stored")


def staged_chunks(paths: list[Path]) -> Iterator[pl.DataFrame]:
    """Yield the facts of staged files, so many at a time that memory stays bounded."""
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - most batches are no files

    for path in paths:
        with ParquetFile(path) as file:
            for rows in file.iter_batches(CHUNK):
                chunk = pl.from_arrow(rows)
                assert isinstance(chunk, pl.DataFrame)  # noqa: S101 - a batch of rows is never a series
                yield chunk.select(pl.col(name).cast(kind) for name, kind in FACT_SCHEMA.items())


def _resolve(ledger: Ledger, facts: pl.DataFrame, teller: Teller, nodes: KnownNodes | None) -> pl.DataFrame:
    """Return the facts with `kind`, `value` and `node` of the identifier that is their own, null where none is."""
    own = pl.col("identifiers").list.first()
    memory = KnownNodes(most=0) if nodes is None else nodes
    told = facts.with_columns(kind=own.struct.field("kind"), value=own.struct.field("value"))
    told = told.with_columns(memory.find(told))
    is_new = pl.col("node").is_null() & pl.col("value").is_not_null()
    asked = told.filter(is_new | (pl.col("identifiers").list.len() > 1))
    if asked.is_empty():
        return told
    found = [told.select("kind", "value", found="node").clear()]
    for part in asked.iter_slices(IDENTIFIED_AT_ONCE):
        made = resolve(ledger, *_identifiers(part), batch=teller.batch, teller=teller, nodes=nodes)
        found.append(made.rename({"node": "found"}))
        reach("digest.identified")
    return told.with_columns(_filled(told, pl.concat(found).unique(["kind", "value"])))


def _filled(told: pl.DataFrame, found: pl.DataFrame) -> pl.Series:
    """Return `node` of each row, null ones as found (`kind`, `value`, `found`): mostly a few rows of many."""
    rows = told.select("kind", "value", "node", place=pl.int_range(pl.len(), dtype=pl.UInt32))
    missing = rows.filter(pl.col("node").is_null()).join(found, on=["kind", "value"])
    return told["node"].scatter(missing["place"], missing["found"])


def _identifiers(told: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the identifiers in order of arrival, and the pairs that one row told together."""
    every = told.lazy().select(pl.col("identifiers").explode()).unnest("identifiers").drop_nulls("value")
    pairs = (
        told.lazy()
        .filter(pl.col("identifiers").list.len() > 1)
        .select(kind_a="kind", value_a="value", other=pl.col("identifiers").list.slice(1))
        .explode("other")
        .select(
            "kind_a",
            "value_a",
            kind_b=pl.col("other").struct.field("kind"),
            value_b=pl.col("other").struct.field("value"),
        )
    )
    return every.unique(maintain_order=True).collect(), pairs.unique(maintain_order=True).collect()


def _record(ledger: Ledger, parts: Iterable[pl.DataFrame]) -> pl.DataFrame | None:
    """Keep consents, at most 50,000 in a transaction; return the last of these, not kept yet."""
    rest: pl.DataFrame | None = None
    for part in parts:
        for consents in part.iter_slices(CHUNK):
            if rest is not None:
                with ledger.writing() as tx:
                    record(tx, rest)
                reach("digest.consented")
            rest = consents
    return rest


def consents_of(new: pl.DataFrame) -> pl.DataFrame:
    """Return the words on consent among some facts, as privacy keeps them."""
    columns = ("fact_id", "node", "occurred_at", "source", "properties")
    said = new.lazy().filter((pl.col("event") == CONSENT_RECORDED) & pl.col("node").is_not_null()).select(columns)
    some = said.collect()
    # Most are said in the same words, and each word is looked for on its own.
    words = some.select(pl.col("properties").unique()).with_columns(**{name: _said(name) for name in _WORDS})
    each = some.join(words, on="properties", how="left", nulls_equal=True, maintain_order="left")
    proof = pl.col("proof").fill_null("{}")
    return each.select("fact_id", "node", *_WORDS[:-1], recorded_at="occurred_at", source="source", proof=proof)


def _said(name: str) -> pl.Expr:
    return pl.col("properties").str.json_path_match(f"$.{name}")


#: What a consent says, as its properties call it.
_WORDS: Final = ("channel", "purpose", "status", "basis", "reason", "proof")
