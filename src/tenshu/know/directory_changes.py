"""Know what has changed since one looked last: in numbers that are read in a millisecond."""

from datetime import datetime

import msgspec
import polars as pl
from sqlalchemy import select

from tenshu.identify.tables import node_map
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse


class Seen(msgspec.Struct, frozen=True):
    """How far somebody has looked.

    Attributes:
        batch: the last batch of facts.
        facts: how many there are up to it; another number later means that some were taken away.
        cuts: the version of the ranks.
    """

    batch: int
    facts: int
    cuts: int | None


def look(warehouse: Warehouse, now: datetime, *, upto: int | None = None) -> Seen:
    """Return how far the warehouse has come.

    Args:
        warehouse: what is looked at.
        now: ranks published for later do not count.
        upto: count the facts up to this batch; None = up to the last.
    """
    sql = """
        SELECT
            coalesce(max(batch), 0)::BIGINT AS batch,
            (count(*) FILTER (batch <= coalesce($upto, batch)))::BIGINT AS facts,
            (SELECT max(version) FROM rank_cuts WHERE as_of <= $now)::BIGINT AS cuts
        FROM facts WHERE batch > 0
    """
    row = warehouse.frame(sql, {"upto": upto, "now": now.replace(tzinfo=None)}).row(0, named=True)
    return Seen(**row)


def touched(warehouse: Warehouse, ledger: Ledger, then: Seen, now: Seen) -> pl.Series | None:
    """Return the customers of whom something may have changed, and numbers that may be nobody's now; None = anybody."""
    sql = "SELECT count(*)::BIGINT FROM facts WHERE batch > 0 AND batch <= $batch"
    if then.cuts != now.cuts or warehouse.frame(sql, {"batch": then.batch}).item() != then.facts:
        return None
    fresh = """
        SELECT DISTINCT m.customer::BIGINT AS customer FROM facts AS f JOIN node_map AS m USING (node)
        WHERE f.batch > $batch AND f.event IN ('customer_described', 'product_purchased')
    """
    told = warehouse.frame(fresh, {"batch": then.batch})["customer"]
    with ledger.reading() as tx:
        moved = tx.frame(
            select(node_map.c.node, node_map.c.customer, node_map.c.former).where(node_map.c.epoch > then.batch)
        )
    return pl.concat([told, moved["node"], moved["customer"], moved["former"].drop_nulls()]).unique()
