"""Give identifiers their nodes and keep the map to customers: reads and writes of the ledger."""

from typing import Final

import polars as pl
from sqlalchemy import func, select

from tenshu.identify.graph import map_nodes
from tenshu.identify.tables import identifiers, links, node_map
from tenshu.store.ledger import ROWS_A_TRANSACTION, Ledger, Transaction

#: No node has a larger number; the engine could not even ask for one.
_LARGEST: Final = 2**63 - 1


def resolve(ledger: Ledger, told: pl.DataFrame, pairs: pl.DataFrame, *, batch: int) -> pl.DataFrame:
    """Return the node of each identifier told, making those that are new; doing it twice changes nothing.

    Args:
        ledger: where identifiers live.
        told: `kind`, `value` in order of arrival, each once.
        pairs: `kind_a`, `value_a`, `kind_b`, `value_b`: told together of one person.
        batch: the batch they arrived with.

    Returns:
        `kind`, `value`, `node`.
    """
    known = _nodes_of(ledger, told)
    new = told.join(known, on=["kind", "value"], how="anti", maintain_order="left")
    if new.is_empty() and pairs.is_empty():
        return known
    with ledger.writing() as tx:
        last = tx.value(select(func.max(identifiers.c.node))) or 0
        made = new.with_columns(node=pl.int_range(last + 1, last + 1 + len(new), dtype=pl.Int64))
        for part in made.iter_slices(ROWS_A_TRANSACTION):
            tx.insert(identifiers, part.select("node", "kind", "value", pl.lit(batch).alias("batch")))
            alone = part.select("node", customer="node", is_shared=pl.lit(value=False), epoch=pl.lit(batch))
            tx.insert(node_map, alone)
        found = pl.concat([known, made.select("kind", "value", "node")])
        if _link(tx, found, pairs, batch):
            _remap(tx, batch)
    return found


def customers_of(tx: Transaction, nodes: pl.Series) -> pl.DataFrame:
    """Return `node`, `customer` of those nodes that belong to one customer."""
    query = select(node_map.c.node, node_map.c.customer).where(
        tx.among(node_map.c.node, nodes), node_map.c.is_shared.is_(False)
    )
    return tx.frame(query)


def changed_nodes(tx: Transaction, *, since: int) -> pl.DataFrame:
    """Return `node`, `customer`, `is_shared` of nodes that this batch or a later one changed, for the mirror."""
    query = select(node_map.c.node, node_map.c.customer, node_map.c.is_shared)
    return tx.frame(query.where(node_map.c.epoch >= since))


def find_customer(tx: Transaction, said: str) -> int | None:
    """Return the customer that a number or the value of an identifier names, or None."""
    by_value = select(node_map.c.customer).join(identifiers, identifiers.c.node == node_map.c.node)
    found = tx.value(by_value.where(identifiers.c.value == said, node_map.c.is_shared.is_(False)))
    if found is None and said.isdecimal() and int(said) <= _LARGEST:
        found = tx.value(select(node_map.c.customer).where(node_map.c.node == int(said)))
    return None if found is None else int(found)


def _nodes_of(ledger: Ledger, told: pl.DataFrame) -> pl.DataFrame:
    parts = [pl.DataFrame(schema={"kind": pl.String, "value": pl.String, "node": pl.Int64})]
    with ledger.reading() as tx:
        for (kind,), some in told.group_by("kind", maintain_order=True):
            query = select(identifiers.c.kind, identifiers.c.value, identifiers.c.node).where(
                identifiers.c.kind == kind, tx.among(identifiers.c.value, some["value"])
            )
            parts.append(tx.frame(query))
    return pl.concat(parts)


def _link(tx: Transaction, found: pl.DataFrame, pairs: pl.DataFrame, batch: int) -> bool:
    """Keep the links; return whether any was new."""
    if pairs.is_empty():
        return False
    both = (
        pairs.join(found, left_on=["kind_a", "value_a"], right_on=["kind", "value"])
        .rename({"node": "a"})
        .join(found, left_on=["kind_b", "value_b"], right_on=["kind", "value"])
        .rename({"node": "b"})
        .filter(pl.col("a") != pl.col("b"))
        .select(node_a=pl.min_horizontal("a", "b"), node_b=pl.max_horizontal("a", "b"))
        .unique()
        .sort("node_a", "node_b")
        .with_columns(source=pl.lit("row"), batch=pl.lit(batch))
    )
    before = tx.value(select(func.count()).select_from(links))
    tx.insert(links, both, conflict="ignore")
    return bool(tx.value(select(func.count()).select_from(links)) != before)


def _remap(tx: Transaction, batch: int) -> None:
    nodes = tx.frame(select(identifiers.c.node, identifiers.c.kind))
    mapped = map_nodes(nodes, tx.frame(select(links.c.node_a, links.c.node_b)))
    now = tx.frame(select(node_map.c.node, node_map.c.customer, node_map.c.is_shared))
    changed = mapped.join(now, on=["node", "customer", "is_shared"], how="anti")
    tx.update(node_map, changed.with_columns(epoch=pl.lit(batch)), keys=["node"])
