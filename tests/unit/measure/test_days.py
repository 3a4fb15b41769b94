"""What happened day by day: local days, silence beside sends, nothing from the future."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenshu.bootstrap import Shop
from tenshu.collect.vocabulary import EMAIL_SENT, MESSAGE_DECIDED, MESSAGE_SUPPRESSED, UNSUBSCRIBED
from tenshu.kit.ids import fact_id
from tenshu.measure.days import Day, last_days
from tenshu.testing.small_shop import MONDAY, open_small_shop, order, tell

TOKYO = "Asia/Tokyo"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened, _clock = open_small_shop(tmp_path)
    yield opened
    opened.close()


def said(event: str, at: datetime, nth: int = 0, **properties: Any) -> dict[str, Any]:
    """Return a fact about S-1."""
    return {
        "fact_id": fact_id(event, at.isoformat(), str(nth)),
        "event": event,
        "occurred_at": at,
        "received_at": at,
        "source": "test",
        "identifiers": [{"kind": "customer_no", "value": "S-1"}],
        "properties": msgspec.json.encode(properties).decode(),
    }


def by_day(shop: Shop, *, now: datetime = MONDAY, zone: str = TOKYO, days: int = 14) -> dict[date, Day]:
    return {day.on: day for day in last_days(shop.warehouse, now=now, zone=zone, days=days)}


def test_every_day_is_told_also_those_without_anything(shop: Shop) -> None:
    days = last_days(shop.warehouse, now=MONDAY, zone=TOKYO, days=10)
    assert [day.on for day in days] == [date(2026, 5, 23) + timedelta(days=nth) for nth in range(10)]
    assert sum(day.orders for day in days) == 2


def test_sends_silence_and_hold_out_are_counted_apart(shop: Shop) -> None:
    at = MONDAY - timedelta(hours=1)
    tell(
        shop,
        [
            said(EMAIL_SENT, at),
            said(EMAIL_SENT, at, 1),
            said(MESSAGE_DECIDED, at, outcome="send"),
            said(MESSAGE_DECIDED, at, 1, outcome="suppressed", reason="capped"),
            said(MESSAGE_DECIDED, at, 2, outcome="held_out"),
            said(MESSAGE_SUPPRESSED, at, reason="unsubscribed"),
            said(UNSUBSCRIBED, at),
        ],
    )
    today = by_day(shop)[date(2026, 6, 1)]
    assert (today.sent, today.silent, today.held_out, today.unsubscribed) == (2, 2, 1, 1)


@pytest.mark.parametrize(
    ("zone", "on"),
    [(TOKYO, date(2026, 6, 1)), ("Europe/London", date(2026, 5, 31)), ("Asia/Kolkata", date(2026, 5, 31))],
)
def test_a_day_is_the_shops_own(shop: Shop, zone: str, on: date) -> None:
    tell(shop, [said(EMAIL_SENT, datetime(2026, 5, 31, 16, 30, tzinfo=UTC))])
    assert by_day(shop, zone=zone)[on].sent == 1


def test_an_order_of_many_lines_counts_once_with_its_whole_amount(shop: Shop) -> None:
    at = MONDAY - timedelta(hours=2)
    lines = [order("S-1", "order-9", at, amount=300), order("S-1", "order-9", at, amount=700, product="鉢")]
    lines[1]["fact_id"] = fact_id("order", "order-9", "second")
    tell(shop, lines)
    today = by_day(shop)[date(2026, 6, 1)]
    assert (today.orders, today.revenue) == (1, 1000)


def test_what_comes_later_than_now_does_not_count(shop: Shop) -> None:
    tell(shop, [said(EMAIL_SENT, MONDAY + timedelta(minutes=1))])
    assert by_day(shop)[date(2026, 6, 1)].sent == 0
    assert by_day(shop, now=MONDAY + timedelta(minutes=2))[date(2026, 6, 1)].sent == 1
