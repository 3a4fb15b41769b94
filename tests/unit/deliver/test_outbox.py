"""The outbox: claimed once, checked at the last moment, and every message ends in a listed state."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select, update

from tenshu.bootstrap import Shop
from tenshu.decide.policy import Cap, Policy
from tenshu.deliver.channel import Outcome, Receipt
from tenshu.deliver.outbox import ATTEMPTS, IN_FLIGHT, LEASE_OVER, claim, next_due, put_back, renew, settle
from tenshu.deliver.tables import outbox
from tenshu.journey.records import set_status
from tenshu.kit.clock import SetClock
from tenshu.privacy.suppression import EVERY_PURPOSE, suppress, unsubscribe
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.testing.small_shop import MONDAY, add_template, consent, open_small_shop, start, tell, tick
from tests.unit.copies import copied

FREE = Policy(caps=(), quiet_hours=None)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Shop, SetClock]]:
    shop = copied(tmp_path / "home", "everybody's mail is due", _make)
    assert isinstance(shop.clock, SetClock)
    yield shop, shop.clock
    shop.close()


def _make(home: Path) -> Shop:
    shop, _clock = open_small_shop(home)
    add_template(shop)
    start(shop)
    tick(shop)
    return shop


def take(shop: Shop, *, limit: int = IN_FLIGHT, policy: Policy = FREE, worker: str = "one") -> pl.DataFrame:
    now = shop.clock.now()
    return claim(shop.ledger, now=now, worker=worker, policy=policy, zone="Asia/Tokyo", limit=limit)


def states(ledger: Ledger) -> dict[str, int]:
    with ledger.reading() as tx:
        return dict(tx.frame(select(outbox.c.state)).group_by("state").len().rows())


def reasons(ledger: Ledger) -> list[str | None]:
    with ledger.reading() as tx:
        return tx.frame(select(outbox.c.reason).order_by(outbox.c.enrolment))["reason"].to_list()


def answer(claimed: pl.DataFrame, outcome: Outcome, code: str = "", text: str = "") -> list[Receipt]:
    keys = claimed.select("enrolment", "visit").rows()
    return [Receipt(enrolment=one, visit=two, outcome=outcome, code=code, text=text) for one, two in keys]


def test_only_those_with_a_basis_are_in_the_outbox(small: tuple[Shop, SetClock]) -> None:
    # 佐藤, 鈴木 and 高橋; 田中 has revoked, of 伊藤 nothing is recorded.
    assert states(small[0].ledger) == {"queued": 3}


def test_a_claimed_message_is_not_claimed_again(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    assert len(take(shop)) == 3
    assert take(shop, worker="two").is_empty()
    assert states(shop.ledger) == {"sending": 3}


def test_a_claim_takes_no_more_than_its_limit(small: tuple[Shop, SetClock]) -> None:
    assert [len(take(small[0], limit=2)) for _ in range(3)] == [2, 1, 0]


def test_nothing_is_claimed_before_it_is_due(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    assert next_due(shop.ledger) == MONDAY
    clock.set(MONDAY - timedelta(seconds=1))
    assert take(shop).is_empty()


def test_accepted_is_sent(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    claimed = take(shop)
    settle(shop.ledger, claimed, answer(claimed, Outcome.ACCEPTED, "250"), now=MONDAY)
    assert states(shop.ledger) == {"sent": 3}
    assert next_due(shop.ledger) is None


def test_no_receipt_is_in_doubt_and_never_sent_again(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    settle(shop.ledger, take(shop), [], now=MONDAY)
    assert states(shop.ledger) == {"in_doubt": 3}
    clock.set(MONDAY + timedelta(days=30))
    assert take(shop).is_empty()


def test_a_dead_dispatchers_messages_are_in_doubt_after_its_lease(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    take(shop)
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(lease_at=0, reason=LEASE_OVER))
    assert take(shop, worker="two").is_empty()
    assert states(shop.ledger) == {"in_doubt": 3}
    assert set(reasons(shop.ledger)) == {"dispatcher_died"}


def test_a_service_message_of_a_dead_dispatcher_is_sent_again(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    take(shop)
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(lease_at=0, reason=LEASE_OVER, purpose="service"))
    assert len(take(shop, worker="two")) == 3


def test_business_time_has_no_say_over_leases(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    take(shop)
    clock.set(MONDAY + timedelta(days=365))  # a dispatcher whose clock is a year ahead
    assert take(shop, worker="two").is_empty()
    assert states(shop.ledger) == {"sending": 3}


def test_a_deferred_message_is_tried_again_later_and_fails_in_the_end(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    waits = []
    for _ in range(ATTEMPTS):
        claimed = take(shop)
        assert len(claimed) == 3
        settle(shop.ledger, claimed, answer(claimed, Outcome.DEFERRED, "451", "try later"), now=clock.now())
        due = next_due(shop.ledger)
        if due is not None:
            waits.append((due - clock.now()).total_seconds() / 60)
            clock.set(due)
    assert waits == [15, 30, 60, 120]
    assert states(shop.ledger) == {"failed": 3}
    assert set(reasons(shop.ledger)) == {"451 try later"}


def test_an_address_its_server_calls_dead_is_never_written_to_again(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    claimed = take(shop, limit=1)
    settle(shop.ledger, claimed, answer(claimed, Outcome.REFUSED, "550", "5.1.1 no such user"), now=MONDAY)
    clock.set(MONDAY + timedelta(days=2))
    start(shop, "again")
    tick(shop)
    assert states(shop.ledger) == {"failed": 1, "queued": 4}


def test_a_refused_mail_does_not_kill_its_address(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    claimed = take(shop, limit=1)
    settle(shop.ledger, claimed, answer(claimed, Outcome.REFUSED, "554", "5.7.1 message looks like spam"), now=MONDAY)
    clock.set(MONDAY + timedelta(days=2))
    start(shop, "again")
    tick(shop)
    assert states(shop.ledger) == {"failed": 1, "queued": 5}


def test_who_unsubscribes_after_the_decision_gets_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with shop.ledger.writing() as tx:
        row = tx.frame(select(outbox).order_by(outbox.c.enrolment)).row(0, named=True)
        unsubscribe(
            tx,
            node=row["customer"],
            channel="email",
            purpose="marketing",
            address_digest=row["address_digest"],
            at=MONDAY,
            proof={},
        )
    assert len(take(shop)) == 2
    assert reasons(shop.ledger) == ["unsubscribed", None, None]


def test_who_takes_the_consent_back_after_the_decision_gets_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    tell(shop, [consent("S-1", "revoked", "opt_in", MONDAY)])
    assert len(take(shop)) == 2
    assert reasons(shop.ledger)[0] == "refused"


def test_an_address_suppressed_after_the_decision_gets_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with shop.ledger.writing() as tx:
        digests = tx.frame(select(outbox.c.address_digest))
        suppress(tx, digests, channel="email", purpose=EVERY_PURPOSE, reason="complaint", at=MONDAY)
    assert take(shop).is_empty()
    assert states(shop.ledger) == {"suppressed": 3}
    assert set(reasons(shop.ledger)) == {"complaint"}


def test_a_suppression_of_another_purpose_stops_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with shop.ledger.writing() as tx:
        digests = tx.frame(select(outbox.c.address_digest))
        suppress(tx, digests, channel="email", purpose="research", reason="manual", at=MONDAY)
    assert len(take(shop)) == 3


def test_the_last_check_keeps_the_caps(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    claimed = take(shop)
    settle(shop.ledger, claimed, answer(claimed, Outcome.ACCEPTED), now=MONDAY)
    with shop.ledger.writing() as tx:  # a second message that slipped in beside the decision
        tx.execute(update(outbox).where(outbox.c.enrolment == 1).values(state="queued", journey="hello"))
        tx.insert(
            outbox,
            tx.frame(select(outbox).where(outbox.c.enrolment == 1)).with_columns(
                visit=pl.lit(9), state=pl.lit("sent"), ended_at="due_at"
            ),
        )
    one_a_day = Policy(caps=(Cap(limit=1, days=1),), quiet_hours=None)
    assert take(shop, policy=one_a_day).is_empty()
    assert "capped" in reasons(shop.ledger)


def test_what_comes_too_late_is_not_sent(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(expires_at=MONDAY + timedelta(hours=1)))
    clock.set(MONDAY + timedelta(hours=2))
    assert take(shop).is_empty()
    assert set(reasons(shop.ledger)) == {"expired"}


def test_a_message_that_comes_up_at_night_waits_for_the_morning(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    night = MONDAY + timedelta(hours=11)  # 23:00 in Tokyo
    clock.set(night)
    assert take(shop, policy=Policy(caps=())).is_empty()
    assert states(shop.ledger) == {"queued": 3}
    assert next_due(shop.ledger) == MONDAY + timedelta(hours=20)  # 8:00
    clock.set(MONDAY + timedelta(hours=20))
    assert len(take(shop, policy=Policy(caps=()))) == 3


def test_quiet_hours_are_the_customers_own(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).where(outbox.c.customer == 1).values(zone="Europe/London"))
    clock.set(MONDAY + timedelta(hours=11))  # 23:00 in Tokyo, 15:00 in London
    assert take(shop, policy=Policy(caps=()))["customer"].to_list() == [1]


def test_a_service_message_goes_at_any_hour(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(purpose="service"))
    clock.set(MONDAY + timedelta(hours=11))
    assert len(take(shop, policy=Policy(caps=()))) == 3


def test_a_paused_scenario_sends_nothing_and_goes_on_when_it_is_resumed(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with shop.ledger.writing() as tx:
        set_status(tx, "hello", "paused")
    assert take(shop).is_empty()
    assert states(shop.ledger) == {"queued": 3}
    with shop.ledger.writing() as tx:
        set_status(tx, "hello", "active")
    assert len(take(shop)) == 3


def test_suppressed_ones_do_not_hide_those_behind_them(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with shop.ledger.writing() as tx:
        first = tx.frame(select(outbox.c.address_digest).order_by(outbox.c.enrolment).limit(2))
        suppress(tx, first, channel="email", purpose=EVERY_PURPOSE, reason="manual", at=MONDAY)
    assert len(take(shop, limit=2)) == 1


def test_every_ending_is_told_once(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    claimed = take(shop)
    receipts = answer(claimed[:1], Outcome.ACCEPTED) + answer(claimed[1:2], Outcome.REFUSED, "554", "no")
    settle(shop.ledger, claimed, receipts, now=MONDAY)
    tick(shop)
    told = shop.warehouse.frame(
        "SELECT event, count(*)::INT AS n FROM facts WHERE event LIKE 'email_%' GROUP BY 1 ORDER BY 1"
    )
    assert told.rows() == [("email_failed", 1), ("email_in_doubt", 1), ("email_sent", 1)]


def test_a_backlog_of_suppressed_messages_is_worked_off_in_one_call(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with shop.ledger.writing() as tx:
        earlier = pl.lit(MONDAY - timedelta(hours=1), INSTANT)
        row = tx.frame(select(outbox).where(outbox.c.enrolment == 1)).with_columns(due_at=earlier, expires_at=earlier)
        tx.insert(outbox, pl.concat([row] * 1500).with_columns(visit=pl.int_range(10, 1510)))
    assert len(take(shop, limit=10)) == 3
    assert states(shop.ledger)["suppressed"] == 1500


def test_who_lost_the_lease_has_nothing_to_settle_any_more(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    first = take(shop, worker="one")
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(lease_at=0, reason=LEASE_OVER, purpose="service"))
    second = take(shop, worker="two")
    settle(shop.ledger, second, answer(second, Outcome.ACCEPTED), now=MONDAY)
    settle(shop.ledger, first, answer(first, Outcome.DEFERRED), now=MONDAY)
    assert states(shop.ledger) == {"sent": 3}
    tick(shop)
    assert len(shop.warehouse.frame("SELECT 1 FROM facts WHERE event = 'email_sent'")) == 3


def test_a_renewed_lease_is_not_taken_away(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    take(shop, worker="one")
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(lease_at=0, reason=LEASE_OVER))
    renew(shop.ledger, "another")
    with shop.ledger.reading() as tx:
        assert (
            tx.frame(select(outbox.c.lease_at)).with_columns(pl.col("lease_at").dt.epoch("us"))["lease_at"].max() == 0
        )
    renew(shop.ledger, "one")
    assert take(shop, worker="two").is_empty()
    assert states(shop.ledger) == {"sending": 3}


def test_what_was_put_back_can_be_claimed_again_and_counts_no_attempt(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    put_back(shop.ledger, take(shop))
    again = take(shop)
    assert again["attempt"].to_list() == [1, 1, 1]


@pytest.mark.parametrize("purpose", ["service", "marketing"])
def test_nothing_is_tried_for_ever(purpose: str, small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(purpose=purpose))
    for _ in range(2 * ATTEMPTS):
        claimed = take(shop)
        settle(shop.ledger, claimed, answer(claimed, Outcome.UNKNOWN), now=clock.now())
        clock.set(clock.now() + timedelta(hours=5))
    assert states(shop.ledger) == {"in_doubt": 3}


def test_a_service_message_whose_dispatchers_keep_dying_ends_in_doubt(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(purpose="service"))
    for _ in range(2 * ATTEMPTS):
        take(shop)
        with shop.ledger.writing() as tx:
            tx.execute(update(outbox).where(outbox.c.state == "sending").values(lease_at=0, reason=LEASE_OVER))
    assert states(shop.ledger) == {"in_doubt": 3}


def test_a_message_in_somebodys_hands_counts_for_caps_from_now_not_from_when_it_was_due(
    small: tuple[Shop, SetClock],
) -> None:
    shop, clock = small
    clock.set(MONDAY + timedelta(days=12))  # a backlog: what was due twelve days ago is claimed today
    assert len(take(shop, worker="one")) == 3
    with shop.ledger.writing() as tx:
        rows = tx.frame(select(outbox)).with_columns(visit=pl.lit(9), state=pl.lit("queued"))
        tx.insert(outbox, rows.drop("worker", "claimed_at", "lease_at"))
    one_a_day = Policy(caps=(Cap(limit=1, days=1),), quiet_hours=None)
    assert take(shop, worker="two", policy=one_a_day).is_empty()


def test_a_paused_scenarios_messages_are_nobodys_next_instant(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with shop.ledger.writing() as tx:
        set_status(tx, "hello", "paused")
    assert next_due(shop.ledger) is None
