"""Take batches out of who is who: what they told of identifiers and links, unless another batch told it too.

Each step can be cut anywhere and done again. They read the warehouse, which still holds the batches, and change the
ledger only, so that whoever comes back after a kill finds the same things to do.
"""

from collections.abc import Sequence
from typing import Any, Final

import polars as pl
from sqlalchemy import Select, delete, func, select, union_all

from tenshu.identify.graph import map_nodes
from tenshu.identify.resolve import LAST_NODE
from tenshu.identify.tables import identifiers, links, links_again, node_map
from tenshu.kit.failpoint import reach
from tenshu.store.ledger import ROWS_A_TRANSACTION, Ledger
from tenshu.store.settings import setting, write_setting
from tenshu.store.warehouse import Warehouse

_ENDS: Final = ["node_a", "node_b"]
_PLACE: Final = ["customer", "is_shared", "is_common"]
#: The batch of a link on its way out; no batch has this number.
_LOST: Final = -1
#: Who still tells of nodes, whatever the batches that go said: the first of the others.
_TOLD_OF: Final = """
SELECT node::BIGINT AS node, min(batch) AS batch
FROM (
    SELECT node, batch FROM facts WHERE batch > 0 AND NOT list_contains($gone, batch)
    UNION ALL
    SELECT node, batch FROM facts_again WHERE NOT list_contains($gone, batch)
)
WHERE node IN (SELECT node FROM candidates)
GROUP BY node
"""


def drop_links(ledger: Ledger, gone: Sequence[int]) -> None:
    """Let links of these batches pass to the next import that told them, and drop the others."""
    told = select(links.c.node_a, links.c.node_b).where(links.c.batch.in_(gone))
    while True:
        with ledger.writing() as tx:
            some = tx.frame(told.limit(ROWS_A_TRANSACTION))
            if some.is_empty():
                break
            again = select(links_again.c.node_a, links_again.c.node_b, links_again.c.batch).where(
                tx.among(links_again.c.node_a, some["node_a"].unique()), links_again.c.batch.not_in(gone)
            )
            heirs = tx.frame(again).join(some, on=_ENDS, how="semi").group_by(_ENDS).agg(pl.col("batch").min())
            tx.update(links, heirs, keys=_ENDS)
            lost = some.join(heirs, on=_ENDS, how="anti")
            tx.update(links, lost.with_columns(batch=pl.lit(_LOST, pl.Int64)), keys=_ENDS)
            of_them = tx.among(links.c.node_b, lost["node_b"].unique())  # the index of that end finds them
            tx.execute(delete(links).where(links.c.batch == _LOST, of_them))
            reach("undo.unlinking")
    with ledger.writing() as tx:
        tx.execute(delete(links_again).where(links_again.c.batch.in_(gone)))
    reach("undo.unlinked")


def drop_identifiers(ledger: Ledger, warehouse: Warehouse, gone: Sequence[int]) -> None:
    """Drop identifiers that only these batches told; the others are from now on of the first that tells them."""
    with ledger.reading() as tx:
        candidates = tx.frame(select(identifiers.c.node).where(identifiers.c.batch.in_(gone)).order_by("node"))
        linked = tx.frame(_linked_to(gone))
    told = warehouse.frame(_TOLD_OF, {"gone": list(gone)}, candidates=candidates.cast(pl.Int32))
    living = pl.concat([told, linked]).group_by("node").agg(pl.col("batch").min()).sort("node")
    dead = candidates.join(living, on="node", how="anti", maintain_order="left")
    with ledger.writing() as tx:
        highest = tx.value(select(func.max(identifiers.c.node))) or 0
        write_setting(tx, LAST_NODE, max(highest, setting(tx, LAST_NODE, 0)))
    for some in living.iter_slices(ROWS_A_TRANSACTION):
        with ledger.writing() as tx:
            tx.update(identifiers, some, keys=["node"])
    for some in dead.iter_slices(ROWS_A_TRANSACTION):
        with ledger.writing() as tx:
            tx.execute(delete(identifiers).where(tx.among(identifiers.c.node, some["node"])))
        reach("undo.forgetting")
    reach("undo.forgotten")


def map_again(ledger: Ledger) -> pl.DataFrame:
    """Return the customer of every node as what is left of identifiers and links says: as `map_nodes` does."""
    with ledger.reading() as tx:
        nodes = tx.frame(select(identifiers.c.node, identifiers.c.kind))
        both = tx.frame(select(links.c.node_a, links.c.node_b))
    return map_nodes(nodes, both)


def write_map(ledger: Ledger, mapped: pl.DataFrame, *, epoch: int) -> None:
    """Bring the map to what `map_again` found.

    Args:
        ledger: where the map is.
        mapped: `node`, `customer`, `is_shared`, `is_common` of every node that is left.
        epoch: the last batch that was digested: nobody asks any more whose the nodes were before it.
    """
    with ledger.reading() as tx:
        before = tx.frame(select(node_map.c.node, *(node_map.c[name] for name in _PLACE)))
    gone = before.join(mapped, on="node", how="anti", maintain_order="left").select("node")
    changed = mapped.join(before, on=["node", *_PLACE], how="anti", maintain_order="left").with_columns(
        former=pl.when(~pl.col("is_shared")).then("customer"), epoch=pl.lit(epoch, pl.Int64)
    )
    for some in gone.iter_slices(ROWS_A_TRANSACTION):
        with ledger.writing() as tx:
            tx.execute(delete(node_map).where(tx.among(node_map.c.node, some["node"])))
        reach("undo.mapping")
    for some in changed.iter_slices(ROWS_A_TRANSACTION):
        with ledger.writing() as tx:
            tx.update(node_map, some, keys=["node"])
        reach("undo.mapping")
    reach("undo.mapped")


def _linked_to(gone: Sequence[int]) -> Select[Any]:
    """Ask for the nodes of these batches that links lead to still, with the first batch of such a link."""
    ends = union_all(
        *[
            select(end.label("node"), links.c.batch.label("batch"))
            .join(identifiers, identifiers.c.node == end)
            .where(identifiers.c.batch.in_(gone))
            for end in (links.c.node_a, links.c.node_b)
        ]
    ).subquery()
    return select(ends.c.node, func.min(ends.c.batch).label("batch")).group_by(ends.c.node)
