"""Give identifiers their nodes and ask the map to customers: reads and writes of the ledger."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import polars as pl
from sqlalchemy import ColumnElement, Integer, and_, case, func, null, select, type_coerce

from tenshu.identify.nodes import KnownNodes
from tenshu.identify.remap import remap
from tenshu.identify.tables import identifiers, links, node_map
from tenshu.identify.teller import Teller
from tenshu.store.ledger import ROWS_A_TRANSACTION, Ledger, Transaction
from tenshu.store.settings import setting

#: No node has a larger number; the engine could not even ask for one.
_LARGEST: Final = 2**63 - 1
#: The setting that holds the last node that was given to somebody whom an undo has removed: no number comes twice.
LAST_NODE: Final = "last_node"


def resolve(
    ledger: Ledger,
    told: pl.DataFrame,
    pairs: pl.DataFrame,
    *,
    batch: int,
    teller: Teller | None = None,
    nodes: KnownNodes | None = None,
) -> pl.DataFrame:
    """Return the node of each identifier told, making those that are new; doing it twice changes nothing.

    Everything new is one transaction: a caller that has a lot tells it in parts.

    Args:
        ledger: where identifiers live.
        told: `kind`, `value` in order of arrival, each once.
        pairs: `kind_a`, `value_a`, `kind_b`, `value_b`: told together of one person.
        batch: the batch they arrived with.
        teller: whether links that an earlier import told have to be remembered as told again; None = none has.
        nodes: remembers what was asked for before; None = the ledger is asked for all.

    Returns:
        `kind`, `value`, `node`.
    """
    remembers = teller or Teller(batch)
    memory = KnownNodes(most=0) if nodes is None else nodes
    remembered = told.with_columns(memory.find(told))
    asked = remembered.filter(pl.col("node").is_null()).select("kind", "value")
    with ledger.reading() as tx:
        stored = _nodes_of(tx, asked)
        memory.add(stored)
        known = pl.concat([remembered.drop_nulls("node"), stored])
        new = asked.join(stored, on=["kind", "value"], how="anti", maintain_order="left")
        if new.is_empty():
            both = _untold(memory, pairs, known)
            added, again = remembers.split(tx, both)
            if added.is_empty() and again.is_empty():
                _remember(memory, remembers, both)
                return known
    found, both = _make(ledger, remembers, known, new, partial(_untold, memory, pairs))
    memory.add(found.tail(len(new)))
    _remember(memory, remembers, both)
    return found


def _make(
    ledger: Ledger,
    remembers: Teller,
    known: pl.DataFrame,
    new: pl.DataFrame,
    untold: Callable[[pl.DataFrame], pl.DataFrame],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give new identifiers their nodes and keep what links them, in one transaction.

    Returns:
        All identifiers, the new ones last; and the links that were told, known ones left out.
    """
    batch = remembers.batch
    with ledger.writing() as tx:
        last = max(tx.value(select(func.max(identifiers.c.node))) or 0, setting(tx, LAST_NODE, 0))
        made = new.with_columns(node=pl.int_range(last + 1, last + 1 + len(new), dtype=pl.Int64))
        found = pl.concat([known, made.select("kind", "value", "node")])
        both = untold(found)
        added, again = remembers.split(tx, both)
        tx.insert(identifiers, made.select("node", "kind", "value", pl.lit(batch).alias("batch")))
        remap(tx, made, added, batch=batch)
        tx.insert(links, added.with_columns(source=pl.lit("row"), batch=pl.lit(batch)))
        remembers.remember(tx, again)
    return found, both


def _untold(memory: KnownNodes, pairs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return the links that the pairs are, those left out of which it is known that they need nothing."""
    return memory.links.new(_linked(found, pairs))


def _remember(memory: KnownNodes, teller: Teller, both: pl.DataFrame) -> None:
    """Remember links that were told by whom no undo can take back: nothing has to be noted when they are told again."""
    if not teller.is_import:
        memory.links.add(both)


def customers_of(tx: Transaction, nodes: pl.Series) -> pl.DataFrame:
    """Return `node`, `customer` of those nodes that belong to one customer."""
    query = select(node_map.c.node, node_map.c.customer).where(
        tx.among(node_map.c.node, nodes), node_map.c.is_shared.is_(False)
    )
    return tx.frame(query)


def nodes_as_of(tx: Transaction, batch: int) -> pl.DataFrame:
    """Return `node`, `customer` of every node that was somebody's when that batch was in, by node.

    Exact as long as no batch but the next one has come since.
    """
    owner = _owner_as_of(batch)
    return tx.frame(select(node_map.c.node, owner.label("customer")).where(owner.is_not(None)).order_by("node"))


def owners_between(tx: Transaction, *, after: int, until: int) -> pl.DataFrame:
    """Return `node`, `customer` as of a batch of every node that was changed after an earlier one; null = nobody's.

    Exact as long as no batch but the next one has come since.
    """
    query = select(node_map.c.node, _owner_as_of(until).label("customer")).where(node_map.c.epoch > after)
    return tx.frame(query.order_by(node_map.c.node))


def changed_nodes(tx: Transaction, *, since: int) -> pl.DataFrame:
    """Return `node`, `customer`, `is_shared` of nodes that this batch or a later one changed."""
    query = select(node_map.c.node, node_map.c.customer, node_map.c.is_shared)
    return tx.frame(query.where(node_map.c.epoch >= since))


def changed_in_parts(ledger: Ledger, batch: int) -> Iterator[pl.DataFrame]:
    """Yield `changed_nodes` of one batch, and `former`, so many at a time that memory stays bounded, by node."""
    columns = (node_map.c.node, node_map.c.customer, node_map.c.is_shared, node_map.c.former)
    query = select(*columns).where(node_map.c.epoch == batch)
    last = 0
    while True:
        with ledger.reading() as tx:
            part = tx.frame(query.where(node_map.c.node > last).order_by(node_map.c.node).limit(ROWS_A_TRANSACTION))
        if len(part):
            yield part
        if len(part) < ROWS_A_TRANSACTION:
            return
        last = int(part["node"][-1])


def find_customer(tx: Transaction, said: str) -> int | None:
    """Return the customer that a number or the value of an identifier names, or None."""
    by_value = select(node_map.c.customer).join(identifiers, identifiers.c.node == node_map.c.node)
    found = tx.value(by_value.where(identifiers.c.value == said, node_map.c.is_shared.is_(False)))
    if found is None and said.isdecimal() and int(said) <= _LARGEST:
        found = tx.value(select(node_map.c.customer).where(node_map.c.node == int(said)))
    return None if found is None else int(found)


def _owner_as_of(batch: int) -> ColumnElement[int]:
    is_then = node_map.c.epoch <= batch
    now = and_(is_then, node_map.c.is_shared.is_(False))
    then = case((now, node_map.c.customer), (is_then, null()), else_=node_map.c.former)
    return type_coerce(then, Integer)


def _nodes_of(tx: Transaction, told: pl.DataFrame) -> pl.DataFrame:
    parts = [pl.DataFrame(schema={"kind": pl.String, "value": pl.String, "node": pl.Int64})]
    for (kind,), some in told.group_by("kind", maintain_order=True):
        query = select(identifiers.c.kind, identifiers.c.value, identifiers.c.node).where(
            identifiers.c.kind == kind, tx.among(identifiers.c.value, some["value"])
        )
        parts.append(tx.frame(query))
    return pl.concat(parts)


def _linked(found: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return `node_a`, `node_b` of those pairs whose nodes are known, the smaller first."""
    nodes = found.lazy()
    return (
        pairs.lazy()
        .join(nodes, left_on=["kind_a", "value_a"], right_on=["kind", "value"])
        .rename({"node": "a"})
        .join(nodes, left_on=["kind_b", "value_b"], right_on=["kind", "value"])
        .rename({"node": "b"})
        .filter(pl.col("a") != pl.col("b"))
        .select(node_a=pl.min_horizontal("a", "b"), node_b=pl.max_horizontal("a", "b"))
        .unique()
        .sort("node_a", "node_b")
        .collect()
    )
