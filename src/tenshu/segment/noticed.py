"""Notice exactly what has changed in the warehouse since one looked: nothing, some customers' facts, or anything.

Facts come in batches of rising numbers, and what the ledger told under falling ones, so new facts lie outside of the
range that was seen. Whatever is taken away or put in another's place changes how many lie inside of it. Between two
instants nothing changes as long as no fact's time lies between them.
"""

from datetime import datetime

import msgspec
import polars as pl
from sqlalchemy import select

from tenshu.identify.tables import node_map
from tenshu.know.cuts import Cuts
from tenshu.know.publish import published_cuts
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse

_LOOK = """
    SELECT
        coalesce(max(batch), 0)::BIGINT AS high,
        coalesce(min(batch), 0)::BIGINT AS low,
        count(*)::BIGINT AS facts,
        (count(*) FILTER (batch BETWEEN $low AND $high))::BIGINT AS facts_before,
        (SELECT count(*) FROM facts_again)::BIGINT AS again,
        (SELECT count(*) FROM facts_again WHERE batch <= $high)::BIGINT AS again_before,
        max(occurred_at) FILTER (occurred_at <= $now) AS since_at,
        min(occurred_at) FILTER (occurred_at > $now) AS until_at
    FROM facts
"""
_FRESH = """
    SELECT DISTINCT m.customer::BIGINT AS customer FROM facts AS f JOIN node_map AS m USING (node)
    WHERE f.batch > $high OR f.batch < $low
"""


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """What the warehouse held when one looked.

    Attributes:
        low, high: the range of the numbers of batches.
        facts, again: how many facts, and how many tellings that would take another's place.
        facts_before, again_before: of these, how many lie in the range that was seen before.
        since_at, until_at: the times of the facts around the instant at which one looked.
        cuts: the cut points of ranks that held then.
    """

    low: int
    high: int
    facts: int
    again: int
    facts_before: int
    again_before: int
    since_at: datetime | None
    until_at: datetime | None
    cuts: Cuts | None


def notice(warehouse: Warehouse, before: Noticed | None, *, now: datetime) -> Noticed:
    """Look at the warehouse; with what was noticed before, the two can be compared (`is_same`, `is_more`).

    Args:
        warehouse: what is looked at.
        before: what was noticed then.
        now: facts of later are as if they were not there.
    """
    given = {"now": now.replace(tzinfo=None), "low": before.low if before else 0, "high": before.high if before else 0}
    row = warehouse.frame(_LOOK, given).row(0, named=True)
    return Noticed(**row, cuts=published_cuts(warehouse, now=now))


def is_same(before: Noticed, then: Noticed, now: datetime) -> bool:
    """Say whether every answer is as it was before, but for windows that move with the clock."""
    is_all = (then.facts, then.again) == (then.facts_before, then.again_before)
    return is_all and is_more(before, then, now)


def is_more(before: Noticed, then: Noticed, now: datetime) -> bool:
    """Say whether facts were only added, and none of those before has come or gone with the instant."""
    is_untouched = (then.facts_before, then.again_before) == (before.facts, before.again) and then.cuts == before.cuts
    is_on = before.since_at is None or before.since_at <= now
    return is_untouched and is_on and (before.until_at is None or now < before.until_at)


def whom(warehouse: Warehouse, ledger: Ledger, before: Noticed) -> pl.Series:
    """Return the customers of whom something was added since, and numbers that may be nobody's now.

    The ledger may know of a batch already that the warehouse does not have: that is told again when it does.
    """
    told = warehouse.frame(_FRESH, {"high": before.high, "low": before.low})["customer"]
    with ledger.reading() as tx:
        moved = tx.frame(
            select(node_map.c.node, node_map.c.customer, node_map.c.former).where(node_map.c.epoch > before.high)
        )
    return pl.concat([told, moved["node"], moved["customer"], moved["former"].drop_nulls()]).unique().sort()
