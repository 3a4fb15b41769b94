"""Messages in doubt wait for a person's word; the word is a fact, and the account moves with it."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from tenshu.bootstrap import Shop
from tenshu.deliver.breaker import read_tripped
from tenshu.deliver.doubt import count_as_sent, doubts, resend
from tenshu.deliver.outbox import settle
from tenshu.deliver.tables import handovers, outbox
from tenshu.measure.account import account, as_account
from tenshu.testing.small_shop import MONDAY, tick
from tests.unit.deliver.outboxes import accept_all, on, requeue, shop_with, states, take

PEOPLE = 7


@pytest.fixture
def doubtful(tmp_path: Path) -> Shop:
    """A shop whose ten messages are all in doubt: they were handed over, and nobody answered."""
    shop, _ = shop_with(tmp_path / "home", PEOPLE)
    settle(shop.ledger, take(shop), [], now=MONDAY)
    return shop


def told(shop: Shop) -> dict[str, int]:
    tick(shop)
    return dict(shop.warehouse.frame("SELECT event, count(*)::BIGINT AS n FROM facts GROUP BY event").rows())


def test_they_are_listed_with_whom_they_were_for_and_why(doubtful: Shop) -> None:
    found = doubts(doubtful.ledger, "hello")
    assert len(found) == PEOPLE + 3
    assert found["address"].to_list()[0] == "s-1@example.com"
    assert set(found["step"]) == {"send"}
    assert set(found["claimed_at"]) == {MONDAY}
    assert doubts(doubtful.ledger, "other").is_empty()
    doubtful.close()


def test_counted_as_sent_they_are_sent_and_can_never_go_again(doubtful: Shop) -> None:
    assert count_as_sent(doubtful.ledger, "hello", now=on(1)) == PEOPLE + 3
    assert count_as_sent(doubtful.ledger, "hello", now=on(1)) == 0
    assert states(doubtful.ledger) == {"sent": PEOPLE + 3}
    found = as_account(account(doubtful.ledger))
    assert (found.sent, found.in_doubt, found.closes) == (PEOPLE + 3, 0, True)
    with doubtful.ledger.reading() as tx:
        assert tx.value(select(func.count()).select_from(handovers)) == PEOPLE + 3
    requeue(doubtful)
    assert accept_all(doubtful) == []
    doubtful.close()


def test_sent_again_they_are_due_at_once_and_go_once(doubtful: Shop) -> None:
    doubtful.clock.set(on(1))  # type: ignore[attr-defined]
    assert resend(doubtful.ledger, "hello", now=on(1)) == PEOPLE + 3
    assert as_account(account(doubtful.ledger)).pending == PEOPLE + 3
    assert len(accept_all(doubtful)) == PEOPLE + 3
    assert states(doubtful.ledger) == {"sent": PEOPLE + 3}
    assert resend(doubtful.ledger, "hello", now=on(1)) == 0
    doubtful.close()


def test_each_word_is_a_fact(doubtful: Shop) -> None:
    resend(doubtful.ledger, "hello", now=on(1))
    before = told(doubtful)
    assert (before["email_in_doubt"], before["email_doubt_resolved"]) == (PEOPLE + 3, PEOPLE + 3)
    assert "email_sent" not in before
    settle(doubtful.ledger, take(doubtful), [], now=on(1))
    doubtful.clock.set(on(1))  # type: ignore[attr-defined]
    settle(doubtful.ledger, take(doubtful), [], now=on(1))
    count_as_sent(doubtful.ledger, "hello", now=on(2))
    after = told(doubtful)
    assert (after["email_doubt_resolved"], after["email_sent"]) == (2 * (PEOPLE + 3), PEOPLE + 3)
    reasons = doubtful.warehouse.frame(
        "SELECT DISTINCT properties->>'reason' AS reason FROM facts WHERE event = 'email_doubt_resolved' ORDER BY 1"
    )
    assert reasons["reason"].to_list() == ["counted_as_sent", "resent"]
    doubtful.close()


def test_who_has_it_for_certain_is_never_sent_it_again(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", PEOPLE)
    accept_all(shop)
    requeue(shop, enrolment=1)
    accept_all(shop)
    assert doubts(shop.ledger, "hello")["reason"].to_list() == ["already_sent"]
    assert resend(shop.ledger, "hello", now=on(1)) == 0
    assert count_as_sent(shop.ledger, "hello", now=on(1)) == 1
    assert states(shop.ledger) == {"sent": PEOPLE + 3}
    with shop.ledger.reading() as tx:
        assert list(read_tripped(tx)) == ["hello"]
    shop.close()


def test_what_was_resolved_in_the_meantime_is_left_alone(doubtful: Shop) -> None:
    with doubtful.ledger.writing() as tx:
        tx.execute(update(outbox).where(outbox.c.enrolment <= 3).values(state="sent"))
    assert count_as_sent(doubtful.ledger, "hello", now=on(1)) == len(doubts(doubtful.ledger, "hello")) + 7
    doubtful.close()


def test_only_the_chosen_ones_are_decided_on(doubtful: Shop) -> None:
    everything = doubts(doubtful.ledger, "hello")
    chosen = everything.select("enrolment", "visit")[:3]
    assert doubts(doubtful.ledger, "hello", chosen).height == 3
    assert count_as_sent(doubtful.ledger, "hello", now=on(1), only=chosen) == 3
    assert count_as_sent(doubtful.ledger, "hello", now=on(1), only=chosen) == 0
    again = everything.select("enrolment", "visit")[3:5]
    assert resend(doubtful.ledger, "hello", now=on(1), only=again) == 2
    assert states(doubtful.ledger) == {"sent": 3, "queued": 2, "in_doubt": PEOPLE + 3 - 5}
    doubtful.close()


def test_choosing_nobody_decides_on_nobody(doubtful: Shop) -> None:
    nobody = doubts(doubtful.ledger, "hello").select("enrolment", "visit").clear()
    assert resend(doubtful.ledger, "hello", now=on(1), only=nobody) == 0
    assert count_as_sent(doubtful.ledger, "hello", now=on(1), only=nobody) == 0
    assert states(doubtful.ledger) == {"in_doubt": PEOPLE + 3}
    doubtful.close()
