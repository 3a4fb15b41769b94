"""Pause and go on: what was due in the meantime, what happened in the meantime, and what was over by then."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop
from tenshu.deliver.ending import end_scenario
from tenshu.deliver.tables import outbox
from tenshu.journey import switch
from tenshu.journey.tables import enrolments, journeys
from tenshu.testing.small_shop import (
    MONDAY,
    TWO_MAILS,
    add_template,
    everybody,
    open_small_shop,
    order,
    start,
    tell,
    tick,
)
from tests.unit.deliver.outboxes import accept_all, on, states

ZONE = "Asia/Tokyo"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made, _ = open_small_shop(tmp_path / "home", at=MONDAY - timedelta(hours=1))
    add_template(made)
    return made


def at(shop: Shop, days: float) -> Any:
    shop.clock.set(on(days))  # type: ignore[attr-defined]
    return tick(shop)


def resume(shop: Shop) -> int:
    return switch.resume(shop.ledger, "hello", now=shop.clock.now(), zone=ZONE)


def entries(shop: Shop) -> list[str]:
    with shop.ledger.reading() as tx:
        return tx.frame(select(enrolments.c.entry_key))["entry_key"].unique().sort().to_list()


def test_a_broadcast_whose_minute_came_goes_out_when_it_is_resumed(shop: Shop) -> None:
    start(shop)
    switch.pause(shop.ledger, "hello")
    assert at(shop, 1).entered == 0
    assert resume(shop) == 1
    assert tick(shop).entered == 5
    assert len(accept_all(shop)) == 3
    assert tick(shop).entered == 0
    shop.close()


def test_the_days_of_a_daily_scenario_that_were_missed_are_over(shop: Shop) -> None:
    start(shop, entry={"kind": "daily", "at": "12:00", "condition": everybody()}, reentry={"kind": "always"})
    assert at(shop, 0).entered == 5
    switch.pause(shop.ledger, "hello")
    at(shop, 1)
    at(shop, 2)
    at(shop, 2.5)
    resume(shop)
    assert tick(shop).entered == 0
    assert at(shop, 3).entered == 5
    assert entries(shop) == ["2026-06-01", "2026-06-04"]
    shop.close()


def test_what_happened_during_a_pause_starts_nothing_and_what_happens_after_it_does(shop: Shop) -> None:
    start(shop, entry={"kind": "event", "event": "order_completed"})
    switch.pause(shop.ledger, "hello")
    tell(shop, [order("S-1", "in the pause", shop.clock.now())])
    resume(shop)
    assert tick(shop).entered == 0
    tell(shop, [order("S-2", "after it", shop.clock.now())])
    tick(shop)
    assert entries(shop) == ["after it"]
    shop.close()


def test_walks_whose_time_came_go_on_at_once_from_where_they_were(shop: Shop) -> None:
    start(shop, **TWO_MAILS)
    at(shop, 0)
    accept_all(shop)
    switch.pause(shop.ledger, "hello")
    assert at(shop, 5).moved == 0
    resume(shop)
    done = tick(shop)
    assert (done.moved, done.decided) == (5, 5)
    assert len(accept_all(shop)) == 3
    assert states(shop.ledger) == {"sent": 6}
    shop.close()


def test_a_goal_reached_during_a_pause_ends_the_walk(shop: Shop) -> None:
    start(shop, **TWO_MAILS)
    at(shop, 0)
    accept_all(shop)
    switch.pause(shop.ledger, "hello")
    shop.clock.set(on(1))  # type: ignore[attr-defined]
    tell(shop, [order("S-1", "bought", on(1))])
    at(shop, 5)
    resume(shop)
    assert tick(shop).moved == 4
    assert len(accept_all(shop)) == 2
    shop.close()


def test_a_message_that_expired_during_a_pause_is_not_sent_and_says_so(shop: Shop) -> None:
    send = TWO_MAILS["steps"]["send"] | {"expires_after_hours": 12}
    start(shop, first_step="send", steps=TWO_MAILS["steps"] | {"send": send})
    at(shop, 0)
    switch.pause(shop.ledger, "hello")
    at(shop, 0.6)
    resume(shop)
    assert accept_all(shop) == []
    with shop.ledger.reading() as tx:
        assert tx.frame(select(outbox.c.state, outbox.c.reason)).unique().rows() == [("suppressed", "expired")]
    shop.close()


def test_every_version_stops_and_goes_on_together(shop: Shop) -> None:
    start(shop)
    start(shop)
    assert switch.pause(shop.ledger, "hello") == 2
    with shop.ledger.reading() as tx:
        assert set(tx.frame(select(journeys.c.status))["status"]) == {"paused"}
    assert resume(shop) == 2
    shop.close()


def test_what_was_ended_stays_ended(shop: Shop) -> None:
    start(shop)
    end_scenario(shop.ledger, "hello", now=MONDAY)
    assert switch.pause(shop.ledger, "hello") == 0
    assert resume(shop) == 0
    assert at(shop, 0).entered == 0
    shop.close()


def test_resuming_what_runs_moves_no_hour(shop: Shop) -> None:
    start(shop, entry={"kind": "daily", "at": "12:00", "condition": everybody()})
    resume(shop)
    resume(shop)
    assert at(shop, 0).entered == 5
    shop.close()
