"""The queue by scenario and hour counts every message that waits, once; what went or failed is not in it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from tenshu.bootstrap import Shop
from tenshu.deliver.channel import Outcome
from tenshu.deliver.outbox import settle
from tenshu.deliver.tables import outbox
from tenshu.journey import switch
from tenshu.measure.outgoing import HOUR, in_hands, overdue, queued_by_hour
from tenshu.store.tables import to_micros
from tenshu.testing.small_shop import MONDAY, start, tick
from tests.unit.copies import copied
from tests.unit.deliver.outboxes import receipts, shop_with, take


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Twelve people, each with a mail of two scenarios that waits."""
    opened = copied(tmp_path / "home", "two queues", _make)
    yield opened
    opened.close()


def _make(home: Path) -> Shop:
    shop, _clock = shop_with(home, 9)
    start(shop, "news")
    tick(shop)
    return shop


def spread(shop: Shop, minutes: int) -> None:
    """Let the messages be due one after the other, so many minutes apart."""
    with shop.ledger.writing() as tx:
        keys = tx.frame(select(outbox.c.enrolment).order_by(outbox.c.enrolment))["enrolment"].to_list()
        for number, enrolment in enumerate(keys):
            due = to_micros(MONDAY + timedelta(minutes=minutes * number))
            tx.execute(update(outbox).where(outbox.c.enrolment == enrolment).values(due_at=due))


def by_hour(shop: Shop) -> dict[tuple[str, datetime], int]:
    return {(row["journey"], row["hour_at"]): row["messages"] for row in queued_by_hour(shop.ledger).to_dicts()}


def test_each_scenario_is_counted_by_itself(shop: Shop) -> None:
    assert by_hour(shop) == {("hello", MONDAY): 12, ("news", MONDAY): 12}


@pytest.mark.parametrize("minutes", [1, 7, 30, 60, 90])
def test_hours_hold_every_message_that_waits_once(shop: Shop, minutes: int) -> None:
    spread(shop, minutes)
    found = by_hour(shop)
    assert sum(found.values()) == 24
    with shop.ledger.reading() as tx:
        rows = tx.frame(select(outbox.c.journey, outbox.c.due_at))
    for (journey, hour), count in found.items():
        assert hour.minute == hour.second == hour.microsecond == 0
        inside = rows.filter((rows["journey"] == journey) & (rows["due_at"] >= hour) & (rows["due_at"] < hour + HOUR))
        assert inside.height == count


def test_what_went_failed_or_is_in_doubt_does_not_wait(shop: Shop) -> None:
    claimed = take(shop, limit=6)
    told = [
        *receipts(claimed[:2], Outcome.ACCEPTED),
        *receipts(claimed[2:4], Outcome.REFUSED),
        *receipts(claimed[4:], Outcome.UNKNOWN),
    ]
    settle(shop.ledger, claimed, told, now=MONDAY)
    assert sum(by_hour(shop).values()) == 18
    assert in_hands(shop.ledger) == (0, 2)


def test_what_is_in_somebodys_hands_is_told_apart(shop: Shop) -> None:
    take(shop, limit=5)
    assert in_hands(shop.ledger) == (5, 0)
    assert sum(by_hour(shop).values()) == 19


def test_a_paused_scenario_keeps_its_queue_and_says_so(shop: Shop) -> None:
    switch.pause(shop.ledger, "news")
    states = {row["journey"]: row["status"] for row in queued_by_hour(shop.ledger).to_dicts()}
    assert states == {"hello": "active", "news": "paused"}


def test_what_was_due_for_long_is_counted_by_scenario(shop: Shop) -> None:
    spread(shop, 10)
    now = MONDAY + timedelta(hours=3)
    counts = overdue(shop.ledger, now=now, after=timedelta(hours=1))
    with shop.ledger.reading() as tx:
        late = tx.value(
            select(func.count()).select_from(outbox).where(outbox.c.due_at < to_micros(now - timedelta(hours=1)))
        )
    assert sum(counts.values()) == late == 12
    assert overdue(shop.ledger, now=MONDAY, after=timedelta(hours=1)) == {}
