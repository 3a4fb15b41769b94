"""Keep the map from nodes to customers when links are added, touching only whom they can concern.

Whose customer a node is depends on nothing but the nodes that links lead to from it. And a *common* identifier
(an address that two of the shop's own numbers gave) stays shared whatever is linked later, so it leads nowhere: the
shop's own telephone in ten thousand rows does not make those rows one neighbourhood.
"""

import polars as pl
from sqlalchemy import select

from tenshu.identify.graph import map_nodes
from tenshu.identify.tables import identifiers, links, node_map
from tenshu.store.ledger import Transaction

_LINK = ["node_a", "node_b"]
_NODES = pl.Schema(
    {"node": pl.Int64(), "kind": pl.String(), "customer": pl.Int64(), "is_shared": pl.Boolean()}
    | {"is_common": pl.Boolean(), "epoch": pl.Int64(), "former": pl.Int64()}
)


def remap(tx: Transaction, made: pl.DataFrame, added: pl.DataFrame, *, batch: int) -> None:
    """Write what new identifiers and new links change in the map.

    Args:
        tx: a transaction of the ledger that may write; the added links are not in it yet.
        made: `node`, `kind` of identifiers that are new and have no place in the map.
        added: `node_a`, `node_b` of links that are new.
        batch: the batch they came with.
    """
    ends = pl.concat([added["node_a"], added["node_b"].alias("node_a")]).unique()
    known, near = _neighbourhood(tx, ends.filter(~ends.is_in(made["node"].implode())))
    mapped = map_nodes(
        pl.concat([known.select("node", "kind"), made.select("node", "kind")]),
        pl.concat([near, added.select(_LINK)]),
        known.filter("is_common")["node"],
    )
    new = mapped.join(made, on="node", how="semi", maintain_order="left")
    tx.insert(node_map, new.with_columns(epoch=pl.lit(batch)))
    tx.update(node_map, _changed(mapped, known, batch), keys=["node"])


def _changed(mapped: pl.DataFrame, known: pl.DataFrame, batch: int) -> pl.DataFrame:
    place = ["customer", "is_shared", "is_common"]
    before = known.select("node", "epoch", "former", *[pl.col(name).alias(f"{name}_before") for name in place])
    both = mapped.join(before, on="node").filter(
        pl.any_horizontal(pl.col(name) != pl.col(f"{name}_before") for name in place)
    )
    owner = pl.when(~pl.col("is_shared_before")).then("customer_before")
    former = pl.when(pl.col("epoch") == batch).then("former").otherwise(owner)
    return both.select("node", *place, former=former, epoch=pl.lit(batch)).sort("node")


def _neighbourhood(tx: Transaction, start: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what is known of every node that links lead to from these, and the links."""
    known, near = [pl.DataFrame(schema=_NODES)], [pl.DataFrame(schema=dict.fromkeys(_LINK, pl.Int64))]
    seen, frontier = start, start
    while len(frontier):
        known.append(_read_nodes(tx, frontier))
        near.append(_read_links(tx, known[-1].filter(~pl.col("is_common"))["node"]))
        ends = pl.concat([near[-1]["node_a"], near[-1]["node_b"].alias("node_a")]).unique()
        frontier = ends.filter(~ends.is_in(seen.implode()))
        seen = pl.concat([seen, frontier])
    return pl.concat(known), pl.concat(near).unique()


def _read_nodes(tx: Transaction, nodes: pl.Series) -> pl.DataFrame:
    columns = (node_map.c.customer, node_map.c.is_shared, node_map.c.is_common, node_map.c.epoch, node_map.c.former)
    query = select(node_map.c.node, identifiers.c.kind, *columns).join(
        identifiers, identifiers.c.node == node_map.c.node
    )
    return tx.frame(query.where(tx.among(node_map.c.node, nodes)))


def _read_links(tx: Transaction, nodes: pl.Series) -> pl.DataFrame:
    query = select(links.c.node_a, links.c.node_b)
    found = [tx.frame(query.where(tx.among(end, nodes))) for end in (links.c.node_a, links.c.node_b)]
    return pl.concat(found)
