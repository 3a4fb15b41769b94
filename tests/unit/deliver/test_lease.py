"""Leases: nobody's clock takes a message out of living hands, and what the dead held is found in time."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select, update

from tenshu.bootstrap import Shop
from tenshu.deliver.channel import Outcome
from tenshu.deliver.outbox import LEASE_OVER, put_back, renew, settle
from tenshu.deliver.queue import next_due
from tenshu.deliver.tables import handovers, outbox, tallies
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.measure.account import account, as_account
from tenshu.testing.small_shop import MONDAY
from tests.unit.deliver.outboxes import accept_all, receipts, shop_with, states, take

PEOPLE = 5
ALL = PEOPLE + 3


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return shop_with(tmp_path / "home", PEOPLE)[0]


def expire(shop: Shop, **more: Any) -> None:
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).where(outbox.c.state == "sending").values(lease_at=0, **more))


def test_an_expired_lease_is_noted_first_and_let_go_when_nobody_renews_it(shop: Shop) -> None:
    take(shop)
    expire(shop)
    assert take(shop, worker="two").is_empty()
    assert states(shop.ledger) == {"sending": ALL}
    expire(shop)
    assert take(shop, worker="two").is_empty()
    assert states(shop.ledger) == {"in_doubt": ALL}
    shop.close()


@pytest.mark.parametrize("purpose", ["marketing", "service"])
def test_a_clock_an_hour_ahead_takes_nothing_out_of_living_hands(shop: Shop, purpose: str) -> None:
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(purpose=purpose))
    held = take(shop)
    for _ in range(3):
        expire(shop)  # to the other one, every lease is always over
        assert take(shop, worker="an hour ahead").is_empty()
        renew(shop.ledger, "one")
    settle(shop.ledger, held, receipts(held, Outcome.ACCEPTED), now=MONDAY)
    assert states(shop.ledger) == {"sent": ALL}
    shop.close()


def test_who_was_taken_for_dead_and_is_not_settles_what_is_in_doubt(shop: Shop) -> None:
    held = take(shop)
    expire(shop, reason=LEASE_OVER)
    take(shop, worker="two")
    assert states(shop.ledger) == {"in_doubt": ALL}
    settle(shop.ledger, held, receipts(held, Outcome.ACCEPTED), now=MONDAY)
    assert states(shop.ledger) == {"sent": ALL}
    assert as_account(account(shop.ledger)).closes
    shop.close()


def test_a_service_message_queued_again_is_not_sent_again_once_its_first_holder_says_it_went(shop: Shop) -> None:
    held = take(shop)
    expire(shop, reason=LEASE_OVER, purpose="service")
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(due_at=outbox.c.due_at + 60_000_000))
    assert take(shop, worker="two").is_empty()
    assert states(shop.ledger) == {"queued": ALL}
    settle(shop.ledger, held, receipts(held, Outcome.ACCEPTED), now=MONDAY)
    assert states(shop.ledger) == {"sent": ALL}
    shop.close()


def test_messages_that_two_handed_over_are_counted_as_repeated(shop: Shop) -> None:
    first = take(shop)
    expire(shop, reason=LEASE_OVER, purpose="service")
    second = take(shop, worker="two")
    assert len(second) == ALL
    for held in (second, first):
        settle(shop.ledger, held, receipts(held, Outcome.ACCEPTED), now=MONDAY)
    with shop.ledger.reading() as tx:
        assert tx.frame(select(tallies)).rows() == [("hello", "send", 2 * ALL, ALL)]
        assert len(tx.frame(select(handovers.c.attempt))) == 2 * ALL
    assert states(shop.ledger) == {"sent": ALL}
    shop.close()


def test_settling_again_after_a_commit_whose_answer_was_lost_changes_nothing(shop: Shop) -> None:
    held = take(shop)
    for _ in range(2):
        settle(shop.ledger, held, receipts(held, Outcome.ACCEPTED), now=MONDAY)
    with shop.ledger.reading() as tx:
        assert tx.frame(select(tallies)).rows() == [("hello", "send", ALL, 0)]
    assert states(shop.ledger) == {"sent": ALL}
    shop.close()


def test_what_the_dead_held_is_something_to_do_now(shop: Shop) -> None:
    take(shop)
    assert next_due(shop.ledger) is None
    expire(shop)
    assert next_due(shop.ledger) == MONDAY
    shop.close()


@pytest.mark.parametrize("point", ["outbox.claiming", "outbox.settling", "outbox.renewing", "outbox.putting_back"])
def test_what_stops_inside_a_transaction_leaves_no_trace(shop: Shop, point: str) -> None:
    held = pl.DataFrame() if point == "outbox.claiming" else take(shop)
    before = states(shop.ledger)
    steps: dict[str, Callable[[], object]] = {
        "outbox.claiming": lambda: take(shop),
        "outbox.settling": lambda: settle(shop.ledger, held, receipts(held, Outcome.ACCEPTED), now=MONDAY),
        "outbox.renewing": lambda: renew(shop.ledger, "one"),
        "outbox.putting_back": lambda: put_back(shop.ledger, held),
    }
    with failing(f"{point}:raise"), pytest.raises(ReachedFailPoint):
        steps[point]()
    assert states(shop.ledger) == before
    with shop.ledger.reading() as tx:
        assert tx.frame(select(handovers.c.attempt)).is_empty()
    shop.close()


@pytest.mark.parametrize("point", ["outbox.claimed", "outbox.settled"])
def test_what_stops_after_a_commit_is_kept(shop: Shop, point: str) -> None:
    with failing(f"{point}:raise"), pytest.raises(ReachedFailPoint):
        accept_all(shop)
    assert states(shop.ledger) == {"sending": ALL} if point == "outbox.claimed" else {"sent": ALL}
    shop.close()


def test_a_lease_is_for_minutes_not_for_business_time(shop: Shop) -> None:
    shop.clock.set(MONDAY + timedelta(days=300))  # type: ignore[attr-defined]
    take(shop)
    shop.clock.set(MONDAY + timedelta(days=900))  # type: ignore[attr-defined]
    for _ in range(3):
        assert take(shop, worker="two").is_empty()
    assert states(shop.ledger) == {"sending": ALL}
    shop.close()
