"""What happened in a shop, day by day: messages sent and not sent, orders, people who stopped the mail."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from tenshu.collect.vocabulary import EMAIL_SENT, MESSAGE_DECIDED, MESSAGE_SUPPRESSED, UNSUBSCRIBED
from tenshu.store.warehouse import Warehouse

#: Zones lie at least a quarter of an hour apart, so local days are made of whole quarters.
_QUARTER: Final = "15 minutes"


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One local day.

    Attributes:
        on: the day in the shop's zone.
        sent: messages that a receiver took.
        silent: messages that were not sent, for a reason.
        held_out: messages that were not sent so that the effect can be known.
        unsubscribed: words of people who stopped the mail.
        orders: orders of known customers.
        revenue: their minor units.
    """

    on: date
    sent: int = 0
    silent: int = 0
    held_out: int = 0
    unsubscribed: int = 0
    orders: int = 0
    revenue: int = 0


def last_days(warehouse: Warehouse, *, now: datetime, zone: str, days: int = 14) -> tuple[Day, ...]:
    """Return the last local days with today, the oldest first; days on which nothing happened are among them.

    Args:
        warehouse: the shop's facts.
        now: nothing later counts.
        zone: IANA zone in which days begin.
        days: how many, today included.
    """
    local = ZoneInfo(zone)
    today = now.astimezone(local).date()
    wanted = [today - timedelta(days=back) for back in reversed(range(days))]
    since = datetime(wanted[0].year, wanted[0].month, wanted[0].day, tzinfo=local).astimezone(UTC)
    given = {"since": since.replace(tzinfo=None), "until": now.astimezone(UTC).replace(tzinfo=None)}
    told = pl.concat([warehouse.frame(_MESSAGES, given), warehouse.frame(_ORDERS, given)])
    counted = (
        told.with_columns(on=pl.col("quarter").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date())
        .group_by("on", "kind")
        .agg(pl.col("amount").sum())
    )
    found: dict[date, dict[str, int]] = {day: {} for day in wanted}
    for on, kind, amount in counted.iter_rows():
        found.setdefault(on, {})[kind] = int(amount)
    return tuple(Day(on=day, **found[day]) for day in wanted)


_MESSAGES: Final = f"""
    SELECT time_bucket(INTERVAL '{_QUARTER}', occurred_at)::TIMESTAMP AS quarter, kind, count(*)::BIGINT AS amount
    FROM (
        SELECT occurred_at, CASE
            WHEN event = '{EMAIL_SENT}' THEN 'sent'
            WHEN event = '{UNSUBSCRIBED}' THEN 'unsubscribed'
            WHEN event = '{MESSAGE_SUPPRESSED}' THEN 'silent'
            WHEN properties->>'$.outcome' = 'held_out' THEN 'held_out'
            WHEN properties->>'$.outcome' = 'suppressed' THEN 'silent'
        END AS kind
        FROM facts
        WHERE occurred_at BETWEEN $since AND $until
            AND event IN ('{EMAIL_SENT}', '{UNSUBSCRIBED}', '{MESSAGE_SUPPRESSED}', '{MESSAGE_DECIDED}')
    )
    WHERE kind IS NOT NULL
    GROUP BY ALL
"""  # noqa: S608 - words of ours
_ORDERS: Final = f"""
    WITH recent AS (
        SELECT time_bucket(INTERVAL '{_QUARTER}', occurred_at)::TIMESTAMP AS quarter, amount
        FROM orders WHERE occurred_at BETWEEN $since AND $until
    )
    SELECT quarter, 'orders' AS kind, count(*)::BIGINT AS amount FROM recent GROUP BY ALL
    UNION ALL
    SELECT quarter, 'revenue' AS kind, sum(amount)::BIGINT AS amount FROM recent GROUP BY ALL
"""  # noqa: S608 - words of ours
