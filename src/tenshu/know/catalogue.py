"""Say which data a shop keeps: every trait and every event, since when, from where, and of how many people."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from tenshu.know.members import known_customers
from tenshu.store.warehouse import Warehouse


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of data.

    Attributes:
        name: of the trait or the event.
        people: customers of whom there is any.
        facts: how many statements or events.
        first_at, last_at: from when the earliest and the latest are.
        sources: who told them.
    """

    name: str
    people: int
    facts: int
    first_at: datetime
    last_at: datetime
    sources: tuple[str, ...]


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept.

    Attributes:
        customers: known customers, the base of every share.
        traits: what people or files have stated, the most complete first.
        events: what happened, the most frequent first.
    """

    customers: int = 0
    traits: tuple[Kept, ...] = ()
    events: tuple[Kept, ...] = ()


def catalogue(warehouse: Warehouse, *, now: datetime) -> Catalogue:
    """Return what is kept at `now`; facts of nobody known count among the facts and not among the people."""
    given = {"now": now.astimezone(UTC).replace(tzinfo=None)}
    return Catalogue(
        customers=known_customers(warehouse),
        traits=tuple(_kept(row) for row in warehouse.frame(_TRAITS, given).iter_rows(named=True)),
        events=tuple(_kept(row) for row in warehouse.frame(_EVENTS, given).iter_rows(named=True)),
    )


def _kept(row: dict[str, Any]) -> Kept:
    times = {name: row[name].replace(tzinfo=UTC) for name in ("first_at", "last_at")}
    return Kept(**(row | times | {"sources": tuple(row["sources"])}))


_COLUMNS = """
    count(DISTINCT map.customer)::BIGINT AS people,
    count(*)::BIGINT AS facts,
    min(told.occurred_at)::TIMESTAMP AS first_at,
    max(told.occurred_at)::TIMESTAMP AS last_at,
    list_sort(list(DISTINCT told.source)) AS sources
"""
_TRAITS = f"""
    WITH told AS (
        SELECT node, occurred_at, source, unnest(json_keys(properties, '$.traits')) AS name
        FROM facts WHERE event = 'customer_described' AND occurred_at <= $now
    )
    SELECT told.name, {_COLUMNS} FROM told LEFT JOIN node_map AS map USING (node)
    GROUP BY told.name ORDER BY people DESC, told.name
"""  # noqa: S608 - words of ours
_EVENTS = f"""
    SELECT told.event AS name, {_COLUMNS} FROM facts AS told LEFT JOIN node_map AS map USING (node)
    WHERE told.occurred_at <= $now
    GROUP BY told.event ORDER BY facts DESC, told.event
"""  # noqa: S608 - words of ours
