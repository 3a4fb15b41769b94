"""What the owner of the warehouse answers for the pages about segments: counts, sizes, what there is to choose from."""

import re
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from tenshu.bootstrap import Shop
from tenshu.condition import parse
from tenshu.content.shop import read_shop
from tenshu.flow.live import Live
from tenshu.measure.reach import ASKED
from tenshu.segment.saved import read_segments
from tenshu.web.console.segments.counter import Overtaken, counter_of, told_reach

#: Over so many days the list draws how a segment has grown or shrunk.
TREND_DAYS: Final = 30
#: Rows that are looked at to learn which properties and values there are: the first ones and the last ones.
_LOOKED_AT: Final = 20_000
#: Names become parts of JSON paths, so nothing else may.
_NAME: Final = re.compile(r"\w{1,64}")
_COMING_AND_GOING: Final = """
    SELECT
        json_extract_string(properties, '$.segment') AS segment,
        date_diff('day', occurred_at, $now)::BIGINT AS days_ago,
        count(*) FILTER (event = 'segment_entered')::BIGINT AS came,
        count(*) FILTER (event = 'segment_left')::BIGINT AS went
    FROM facts
    WHERE event IN ('segment_entered', 'segment_left') AND occurred_at > $since AND occurred_at <= $now
    GROUP BY segment, days_ago
    ORDER BY segment, days_ago
"""


def count(
    shop: Shop, live: object, *, condition: Any, purpose: str = "marketing", by: str = "", waits: bool = True
) -> dict[str, Any]:
    """Return how many meet a condition, the reach among them, how many there are, and as of when.

    Args:
        shop: opened as the owner.
        live: the live state; not needed.
        condition: decoded JSON.
        purpose: for which purpose one would write.
        by: who asks: a newer question of theirs ends this one, and it says so (`is_overtaken`).
        waits: whether to wait for what is not known yet; else `reach` may be None and is worth asking again.
    """
    del live
    now, zone = shop.clock.now(), read_shop(shop.ledger).zone
    counter = counter_of(shop)
    try:
        members, everybody = counter.met(parse(condition), now=now, zone=zone, by=by)
    except Overtaken:
        return {"is_overtaken": True}
    reach = counter.reach(members, now=now, zone=zone, purpose=purpose, waits=waits)
    return {
        "is_overtaken": False,
        "matched": len(members),
        "everybody": everybody,
        "reach": None if reach is None else told_reach(reach),
        "as_of": now,
    }


def kept_segments(shop: Shop, live: Live | None, *, purpose: str = "marketing") -> dict[str, Any]:
    """Return size, reach and trend of every kept segment by name."""
    now, zone = shop.clock.now(), read_shop(shop.ledger).zone
    with shop.ledger.reading() as tx:
        saved = read_segments(tx)
    counter = counter_of(shop)
    members = counter.members({one.name: one.condition for one in saved}, live, now=now, zone=zone)
    reached = counter.reached(now=now, zone=zone, purpose=purpose, waits=False)
    reachable = None if reached is None else reached.filter(*ASKED)["customer"].to_numpy()
    trend = _trend(shop, now)
    sizes: dict[str, Any] = {}
    for name, some in members.items():
        moved = trend.filter(pl.col("segment") == name)
        sizes[name] = {
            "size": len(some),
            "reach": None if reachable is None else _shared(some, reachable),
            "trend": _sizes_before(len(some), moved),
        }
    return {"everybody": len(counter.probe.everybody(now=now, zone=zone)), "segments": sizes}


def choices(shop: Shop, live: object) -> dict[str, Any]:
    """Return what there is to choose from: events with their properties, attributes, products, scenarios."""
    del live
    found: dict[str, Any] = counter_of(shop).kept("choices", lambda: _choices(shop), now=shop.clock.now())
    return found


def values(shop: Shop, live: object, *, trait: str = "", event: str = "", field: str = "") -> list[list[str]]:
    """Return what an attribute, or a field of an event, has often been: pairs of value and name, frequent first."""
    del live
    if not _NAME.fullmatch(trait or field):
        return []
    name = ("values", trait, event, field)
    found: list[list[str]] = counter_of(shop).kept(
        name, lambda: _values(shop, trait, event, field), now=shop.clock.now()
    )
    return found


def _choices(shop: Shop) -> dict[str, Any]:
    ask = shop.warehouse.frame
    events = ask("SELECT event, count(*) AS n FROM facts GROUP BY event ORDER BY n DESC LIMIT 200")["event"].to_list()
    named = ask(
        """
        SELECT DISTINCT event, unnest(json_keys(properties)) AS field FROM facts
        WHERE (rowid < $some OR rowid > (SELECT max(rowid) FROM facts) - $some)
            AND properties IS NOT NULL AND event <> 'customer_described'
        ORDER BY event, field
        """,
        {"some": _LOOKED_AT},
    )
    traits = ask(
        """
        SELECT trait FROM (
            SELECT unnest(json_keys(properties, '$.traits')) AS trait FROM (
                SELECT properties FROM facts WHERE event = 'customer_described' LIMIT $some
            )
        ) GROUP BY trait ORDER BY count(*) DESC, trait LIMIT 200
        """,
        {"some": _LOOKED_AT},
    )["trait"].to_list()
    fields = {event: some["field"].to_list() for (event,), some in named.group_by("event", maintain_order=True)}
    return {"events": events, "fields": fields, "traits": traits}


def _values(shop: Shop, trait: str, event: str, field: str) -> list[list[str]]:
    if trait:
        sql = """
            SELECT json_extract_string(properties, $path) AS value, NULL AS name FROM (
                SELECT properties FROM facts WHERE event = 'customer_described' LIMIT 50000
            ) WHERE value IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value LIMIT 60
        """
        rows = shop.warehouse.frame(sql, {"path": f'$."traits"."{trait}"'})
    elif field == "product_id":
        sql = """
            SELECT product_id AS value, arg_max(description, occurred_at) AS name FROM order_lines
            WHERE event = 'product_purchased' GROUP BY product_id ORDER BY count(*) DESC, product_id LIMIT 200
        """
        rows = shop.warehouse.frame(sql)
    elif field in {"description", "source"}:
        sql = f"SELECT {field} AS value, NULL AS name FROM order_lines GROUP BY value ORDER BY count(*) DESC LIMIT 200"  # noqa: S608 - one of two names
        rows = shop.warehouse.frame(sql)
    else:
        sql = """
            SELECT json_extract_string(properties, $path) AS value, NULL AS name FROM (
                SELECT properties FROM facts WHERE event = $event LIMIT 20000
            ) WHERE value IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value LIMIT 60
        """
        rows = shop.warehouse.frame(sql, {"path": f'$."{field}"', "event": event})
    return [[str(value), str(name or "")] for value, name in rows.iter_rows() if value is not None]


def _shared(some: pl.Series, others: Any) -> int:
    """Return how many customers are in both; each holds a customer once."""
    return int(np.isin(some.to_numpy(), others, assume_unique=True, kind="table").sum())


def _trend(shop: Shop, now: datetime) -> pl.DataFrame:
    given = {"now": now.replace(tzinfo=None), "since": (now - timedelta(days=TREND_DAYS)).replace(tzinfo=None)}
    return shop.warehouse.frame(_COMING_AND_GOING, given)


def _sizes_before(size: int, moved: pl.DataFrame) -> list[int]:
    """Return the size on each of the last days, today's last; empty when nobody has come or gone."""
    if moved.is_empty():
        return []
    net = {row["days_ago"]: row["came"] - row["went"] for row in moved.iter_rows(named=True)}
    sizes = [size]
    for days_ago in range(TREND_DAYS):
        sizes.append(max(0, sizes[-1] - net.get(days_ago, 0)))
    return sizes[::-1]
