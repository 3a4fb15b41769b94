"""Digest the inbox: give every fact its node, keep it in the warehouse, take its consents to the ledger.

A batch is a range of requests with a number. Its steps can each be killed and done again:

1. *open*: the range is written down, so that a restart takes the same one;
2. identifiers get their nodes (the same identifier gets the same node);
3. the warehouse replaces everything of that batch number in one transaction;
4. *stored*: consents go to the ledger, keyed by their fact.

What follows from a batch (who enters a scenario) is done by the tick, which then calls it *digested*.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from tenshu.collect.event import FACT_SCHEMA
from tenshu.collect.inbox import read_requests
from tenshu.collect.vocabulary import CONSENT_RECORDED
from tenshu.identify.batch import Batch, clear, finish, name_import, next_batch, set_state, undoable
from tenshu.identify.fresh import fresh_facts
from tenshu.identify.known import KnownFacts
from tenshu.identify.nodes import KnownNodes
from tenshu.identify.resolve import changed_in_parts, resolve
from tenshu.identify.stored import FACT_COLUMNS, LINE_COLUMNS, as_stored, is_line, read_batch
from tenshu.identify.teller import Teller
from tenshu.kit.failpoint import reach
from tenshu.privacy.consent import record
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse

__all__ = ["Batch", "clear", "digest", "finish", "fresh_facts", "next_batch", "read_batch"]

#: Rows of a staged file that are in memory at a time.
CHUNK: Final = 50_000
#: Rows whose identifiers are one transaction of the ledger.
IDENTIFIED_AT_ONCE: Final = 10_000
#: A batch of more facts than these is not kept in hand.
MOST_IN_HAND: Final = 100_000
#: What was told twice was mostly told twice at once, or within minutes: how many batches back is looked, in turn.
RECENT: Final = (20, 600)


def digest(
    home: Path,
    ledger: Ledger,
    inbox: Ledger,
    warehouse: Warehouse,
    *,
    now: datetime,
    prepare: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
    known: KnownFacts | None = None,
    nodes: KnownNodes | None = None,
) -> Batch | None:
    """Bring the next batch into the warehouse, or the one that a crash left; None when nothing waits.

    Args:
        home: where staged files are.
        ledger: keeps batches, nodes and consents.
        inbox: where facts wait.
        warehouse: where they go.
        now: business time.
        prepare: completes facts before they are kept, e.g. says whether a person or a machine clicked.
        known: which facts the warehouse has; without it the warehouse is asked.
        nodes: remembers who is who from batch to batch; without it the ledger is asked.
    """
    batch = next_batch(ledger, inbox, now=now, home=home)
    if batch is None or batch.state == "stored":
        return batch
    facts, paths = read_requests(inbox, batch.first_seq, batch.last_seq)
    reach("digest.read")
    chunks = staged_chunks([home / path for path in paths]) if paths else iter([facts])
    is_in_hand = not paths and len(facts) <= MOST_IN_HAND
    with ledger.reading() as tx:
        teller = Teller(batch.number, is_import=bool(paths), undoable=frozenset(undoable(tx, now=now)))
    if known is None and not is_in_hand:  # to ask once for all its parts is less than to ask for each
        known = KnownFacts()
        known.fill(warehouse)
    kept: list[pl.DataFrame] = []
    with warehouse.transaction():
        if batch.state == "open":  # a crash left it: whatever it stored is replaced
            for table in ("facts", "order_lines", "facts_again", "order_lines_again"):
                warehouse.execute(f"DELETE FROM {table} WHERE batch = ?", [batch.number])  # noqa: S608 - fixed names
        for chunk in chunks:
            facts = prepare(chunk) if prepare else chunk
            placed = _resolve(ledger, facts, teller, nodes if is_in_hand else None)
            new = _store(warehouse, teller, placed, known)
            kept += [new] if is_in_hand else []
        _mirror(ledger, warehouse, batch)
        reach("digest.storing")
    reach("digest.warehoused")
    if known is not None:
        known.covered(batch.number)
    told = kept if is_in_hand else read_batch(warehouse, batch.number, events=[CONSENT_RECORDED])
    rest = _record(ledger, told)
    with ledger.writing() as tx:
        if rest is not None:
            record(tx, rest)
            reach("digest.consented")
        set_state(tx, batch.number, "stored")
        if paths:  # a staged file is alone in its batch, and is named after its import
            name_import(tx, batch.number, Path(paths[0]).stem)
    reach("digest.stored")
    return msgspec.structs.replace(batch, facts=pl.concat(kept) if is_in_hand else None)


def staged_chunks(paths: list[Path]) -> Iterator[pl.DataFrame]:
    """Yield the facts of staged files, so many at a time that memory stays bounded."""
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - most batches are no files

    for path in paths:
        with ParquetFile(path) as file:
            for rows in file.iter_batches(CHUNK):
                chunk = pl.from_arrow(rows)
                assert isinstance(chunk, pl.DataFrame)  # noqa: S101 - a batch of rows is never a series
                yield chunk.select(pl.col(name).cast(kind) for name, kind in FACT_SCHEMA.items())


def _store(warehouse: Warehouse, teller: Teller, placed: pl.DataFrame, known: KnownFacts | None) -> pl.DataFrame:
    """Put facts that are new into the warehouse, and return them."""
    once = placed.lazy().unique("fact_id", keep="first", maintain_order=True)
    unique = once.with_columns(batch=pl.lit(teller.batch, pl.Int64)).drop("identifiers").collect()
    new, again = _split(warehouse, unique, teller, known)
    warehouse.append("facts", new.select(FACT_COLUMNS))
    warehouse.append("order_lines", new.filter(is_line()).select(LINE_COLUMNS))
    if len(again):
        _keep_again(warehouse, again)
    if known is not None:
        known.add(new["fact_id"])  # if this batch is rolled back, these are candidates that the warehouse clears
    return as_stored(new)


def _keep_again(warehouse: Warehouse, again: pl.DataFrame) -> None:
    """Keep what an import told before that may be undone: this telling would then take its place."""
    warehouse.append("facts_again", again.select("of_batch", *FACT_COLUMNS))
    warehouse.append("order_lines_again", again.filter(is_line()).select("of_batch", *LINE_COLUMNS))


def _split(
    warehouse: Warehouse, unique: pl.DataFrame, teller: Teller, known: KnownFacts | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return those facts that the warehouse does not have, and those (`of_batch`) that an undo could take from it."""
    found = _found(warehouse, unique, teller.batch, known)
    if found.is_empty():
        return unique, unique.clear()
    new = unique.join(found, on="fact_id", how="anti", maintain_order="left")
    mine = found.filter(pl.col("of_batch").is_in(teller.others))
    return new, unique.join(mine, on="fact_id", maintain_order="left") if len(mine) else unique.clear()


def _found(warehouse: Warehouse, unique: pl.DataFrame, batch: int, known: KnownFacts | None) -> pl.DataFrame:
    """Return `fact_id`, `of_batch` of those facts that the warehouse has."""
    candidates = unique.select("fact_id")
    if known is None:
        return warehouse.frame(_KNOWN, keys=candidates)
    candidates = candidates.filter(known.maybe(unique["fact_id"]))
    parts = [candidates.with_columns(of_batch=pl.lit(0, pl.Int64)).clear()]
    borders = [_LAST, *(max(0, batch - back) for back in RECENT), 0]
    for until, after in pairwise(borders):
        if candidates.is_empty():
            break
        sql = _KNOWN + " AND batch > ? AND batch <= ?"
        parts.append(warehouse.frame(sql, [after, until], keys=candidates))
        candidates = candidates.join(parts[-1], on="fact_id", how="anti")
    return pl.concat(parts)


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
    placed = told.join(
        pl.concat(found).unique(["kind", "value"]), on=["kind", "value"], how="left", maintain_order="left"
    )
    return placed.with_columns(node=pl.coalesce("node", "found")).drop("found")


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
    """Keep the consents among the facts, at most 50,000 in a transaction; return the last of these, not kept yet."""
    rest: pl.DataFrame | None = None
    for part in parts:
        for consents in consents_of(part).iter_slices(CHUNK):
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


def _mirror(ledger: Ledger, warehouse: Warehouse, batch: Batch) -> None:
    """Bring the warehouse's node map up to what this batch changed; shared nodes are nobody's and stay out."""
    for changed in changed_in_parts(ledger, batch.number):
        # Of those who were nobody's before, nothing is there, unless a crash has left it.
        there = changed if batch.state == "open" else changed.drop_nulls("former")
        if len(there):
            warehouse.execute("DELETE FROM node_map WHERE node IN (SELECT node FROM changed)", changed=there)
        warehouse.append("node_map", changed.filter(~pl.col("is_shared")).select("node", "customer"))


#: What a consent says, as its properties call it.
_WORDS: Final = ("channel", "purpose", "status", "basis", "reason", "proof")
#: No batch has a larger number.
_LAST: Final = 2**62
_KNOWN: Final = "SELECT fact_id, batch AS of_batch FROM facts WHERE fact_id IN (SELECT fact_id FROM keys)"
