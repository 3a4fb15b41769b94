"""A scenario that was ended is over: nobody walks, nothing waits, and the account closes."""

from pathlib import Path

import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop
from tenshu.deliver.channel import Outcome
from tenshu.deliver.ending import close_ended, end_scenario, end_walks
from tenshu.deliver.outbox import settle
from tenshu.journey.tables import enrolments
from tenshu.measure.account import account, as_account
from tenshu.testing.small_shop import MONDAY, TWO_MAILS, start, tick
from tests.unit.deliver.outboxes import accept_all, on, receipts, shop_with, states, take

PEOPLE = 7
ALL = PEOPLE + 3


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return shop_with(tmp_path / "home", PEOPLE, **TWO_MAILS)[0]


def walks(shop: Shop) -> list[tuple[str, str | None]]:
    with shop.ledger.reading() as tx:
        return tx.frame(select(enrolments.c.status, enrolments.c.outcome)).unique().rows()


def test_every_walk_ends_where_it_is_and_what_waits_is_not_sent(shop: Shop) -> None:
    assert end_scenario(shop.ledger, "hello", now=MONDAY) == 1
    assert walks(shop) == [("ended", "ended")]
    assert states(shop.ledger) == {"suppressed": ALL}
    found = as_account(account(shop.ledger))
    assert (found.closes, found.suppressed["ended"]) == (True, ALL)
    shop.close()


def test_nothing_of_it_comes_back_later(shop: Shop) -> None:
    accept_all(shop)
    end_scenario(shop.ledger, "hello", now=MONDAY)
    shop.clock.set(on(10))  # type: ignore[attr-defined]
    done = tick(shop)
    assert (done.moved, done.decided, done.entered) == (0, 0, 0)
    assert states(shop.ledger) == {"sent": ALL}
    shop.close()


def test_what_is_in_hand_is_still_handed_over_and_a_refused_one_does_not_come_back(shop: Shop) -> None:
    held = take(shop, limit=4)
    end_scenario(shop.ledger, "hello", now=MONDAY)
    assert states(shop.ledger) == {"sending": 4, "suppressed": ALL - 4}
    answers = receipts(held[:3], Outcome.ACCEPTED) + receipts(held[3:], Outcome.DEFERRED)
    settle(shop.ledger, held, answers, now=MONDAY)
    assert states(shop.ledger)["queued"] == 1
    assert close_ended(shop.ledger, now=on(1)) == 1
    assert close_ended(shop.ledger, now=on(1)) == 0
    found = as_account(account(shop.ledger))
    assert (found.sent, found.pending, found.closes) == (3, 0, True)
    shop.close()


def test_each_ending_is_told_once(shop: Shop) -> None:
    for _ in range(2):
        end_scenario(shop.ledger, "hello", now=MONDAY)
    tick(shop)
    told = dict(shop.warehouse.frame("SELECT event, count(*)::BIGINT AS n FROM facts GROUP BY event").rows())
    assert told["journey_left"] == told["journey_entered"]
    assert told["message_suppressed"] == ALL
    shop.close()


def test_another_scenario_goes_on(shop: Shop) -> None:
    start(shop, "other")
    tick(shop)
    end_scenario(shop.ledger, "hello", now=MONDAY)
    assert len(accept_all(shop)) == ALL
    assert end_walks(shop.ledger, "hello", now=MONDAY) == 0
    shop.close()


def test_a_scenario_that_is_not_there_is_none(shop: Shop) -> None:
    assert end_scenario(shop.ledger, "hallo", now=MONDAY) == 0
    assert states(shop.ledger) == {"queued": ALL}
    shop.close()
