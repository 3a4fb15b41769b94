"""Fill a ledger with the identifiers of a shop that `shop_of.fill_shop` made: the same nodes, the same customers."""

from typing import Final

import polars as pl

from tenshu.identify.tables import identifiers, links, node_map
from tenshu.store.ledger import ROWS_A_TRANSACTION, Ledger
from tenshu.store.warehouse import Warehouse

#: As `shop_of` maps them: numbers 1..customers, and a tenth more, each a second identifier of somebody.
_NODES: Final = """
    SELECT
        node,
        CASE WHEN node <= $customers THEN node ELSE (1 + hash(node, 'same') % $customers)::BIGINT END AS customer
    FROM range($first, $last) AS part(node)
"""


def fill_identifiers(ledger: Ledger, customers: int) -> None:
    """Fill an empty ledger: customer n has the number `C<n, 8 digits>`, every tenth an address `m<node>@example.com`.

    Args:
        ledger: what is filled: identifiers, links, node_map, all told by batch 0.
        customers: as many as the shop has.
    """
    engine = Warehouse(threads=1)
    nodes = customers + customers // 10
    for first in range(1, nodes + 1, ROWS_A_TRANSACTION):
        given = {"customers": customers, "first": first, "last": min(first + ROWS_A_TRANSACTION, nodes + 1)}
        part = engine.frame(_NODES, given).with_columns(batch=pl.lit(0))
        is_number = pl.col("node") <= customers
        number = pl.lit("C") + pl.col("node").cast(pl.String).str.zfill(8)
        address = pl.lit("m") + pl.col("node").cast(pl.String) + pl.lit("@example.com")
        named = part.select(
            "node",
            "batch",
            kind=pl.when(is_number).then(pl.lit("customer_no")).otherwise(pl.lit("email")),
            value=pl.when(is_number).then(number).otherwise(address),
        )
        linked = part.filter(~is_number).select("batch", node_a="customer", node_b="node", source=pl.lit("row"))
        with ledger.writing() as tx:
            tx.insert(identifiers, named)
            tx.insert(links, linked)
            tx.insert(node_map, part.select("node", "customer", is_shared=pl.lit(value=False), epoch="batch"))
    engine.close()
