"""A tick: whoever is due goes on, everybody wanted is decided upon, doing it again changes nothing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import func, select

from tenshu import flow
from tenshu.bootstrap import Shop
from tenshu.collect.inbox import waiting
from tenshu.decide.policy import Policy
from tenshu.decide.tables import decisions
from tenshu.deliver.outbox import claim
from tenshu.deliver.tables import outbox
from tenshu.flow import advancing, following
from tenshu.journey import records
from tenshu.journey.tables import enrolments, journeys
from tenshu.kit.clock import SetClock
from tenshu.measure.account import account
from tenshu.testing.small_shop import (
    MONDAY,
    TWO_MAILS,
    add_template,
    consent,
    everybody,
    open_small_shop,
    order,
    start,
    tell,
    tick,
)

ORDERS = {"kind": "event", "event": "order_completed", "key": "order_no"}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Shop, SetClock]]:
    shop, clock = open_small_shop(tmp_path / "home")
    add_template(shop)
    yield shop, clock
    shop.close()


def outcomes(shop: Shop) -> dict[str, int]:
    with shop.ledger.reading() as tx:
        rows = tx.frame(select(decisions.c.outcome, decisions.c.reason))
    return {f"{outcome}:{reason}": n for outcome, reason, n in rows.group_by("outcome", "reason").len().rows()}


def count(shop: Shop, table: object) -> int:
    with shop.ledger.reading() as tx:
        return int(tx.value(select(func.count()).select_from(table)))  # type: ignore[arg-type]


def test_everybody_a_scenario_wanted_is_decided_upon(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    done = tick(shop)
    assert (done.entered, done.decided) == (5, 5)
    assert outcomes(shop) == {"send:None": 3, "suppressed:refused": 1, "suppressed:no_basis": 1}


def test_the_account_closes_after_every_tick(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop, holdout_rate=0.5)
    tick(shop)
    assert account(shop.ledger)["people"].sum() == count(shop, decisions) == 5


def test_a_second_tick_at_the_same_instant_changes_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop)
    tick(shop)
    assert tick(shop) == flow.Ticked()
    assert count(shop, enrolments) == 5


def test_nobody_enters_a_broadcast_before_its_hour(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    clock.set(MONDAY - timedelta(minutes=1))
    start(shop)
    assert tick(shop).entered == 0
    assert flow.next_due(shop, now=clock.now()) == MONDAY
    clock.set(MONDAY)
    assert tick(shop).entered == 5
    assert flow.next_due(shop, now=clock.now()) == MONDAY  # the outbox


def test_those_held_out_walk_through_and_get_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, holdout_rate=0.9999999, **TWO_MAILS)
    tick(shop)
    clock.set(MONDAY + timedelta(days=3))
    tick(shop)
    assert set(outcomes(shop)) == {"held_out:None", "held_out:refused", "held_out:no_basis"}
    assert count(shop, decisions) == 10
    assert count(shop, outbox) == 0


def test_ghosts_are_told_apart_from_those_who_would_have_got_nothing_anyway(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop, holdout_rate=0.9999999)
    tick(shop)
    with shop.ledger.reading() as tx:
        assert tx.value(select(func.count()).where(decisions.c.is_ghost.is_(True))) == 3


def test_a_history_imported_later_starts_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop, entry=ORDERS)
    tell(shop, [order("S-1", "old", MONDAY - timedelta(days=30))])
    assert tick(shop).entered == 0


def test_a_fresh_order_starts_a_scenario_once(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, entry=ORDERS, reentry={"kind": "always"})
    clock.set(MONDAY + timedelta(minutes=5))
    for _ in range(2):
        tell(shop, [order("S-1", "new", MONDAY + timedelta(minutes=1))])
    tick(shop)
    assert count(shop, enrolments) == 1
    assert outcomes(shop) == {"send:None": 1}


def test_an_order_of_nobody_starts_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, entry=ORDERS)
    clock.set(MONDAY + timedelta(minutes=5))
    tell(shop, [{**order("S-1", "till", MONDAY + timedelta(minutes=1)), "identifiers": []}])
    assert count(shop, enrolments) == 0


def test_who_reaches_the_goal_gets_no_second_mail(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, **TWO_MAILS)
    tick(shop)
    clock.set(MONDAY + timedelta(days=1))
    tell(shop, [order("S-1", "new", MONDAY + timedelta(hours=20))])
    clock.set(MONDAY + timedelta(days=3))
    tick(shop)
    with shop.ledger.reading() as tx:
        walk = tx.frame(select(enrolments).where(enrolments.c.customer == 1)).row(0, named=True)
        assert (walk["outcome"], walk["visit"]) == ("goal", 1 + 1)
        second = tx.frame(select(decisions.c.customer).where(decisions.c.step == "second"))
    assert 1 not in second["customer"].to_list()
    assert len(second) == 4


def test_a_mail_that_waits_is_dropped_when_its_customer_has_bought(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    evening = MONDAY + timedelta(hours=10)  # 22:00 in Tokyo: quiet until 8 o'clock
    clock.set(evening)
    start(shop, entry={"kind": "broadcast", "at": "2026-06-01T22:00", "condition": everybody()}, **TWO_MAILS)
    tick(shop)
    tell(shop, [order("S-1", "new", evening + timedelta(minutes=1))])
    clock.set(evening + timedelta(hours=10))
    tick(shop)
    going = claim(shop.ledger, now=clock.now(), worker="one", policy=Policy(), zone="Asia/Tokyo")
    assert 1 not in going["customer"].to_list()
    assert len(going) == 2
    with shop.ledger.reading() as tx:
        assert tx.value(select(outbox.c.reason).where(outbox.c.customer == 1)) == "left"


def test_a_paused_scenario_moves_nobody(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, **TWO_MAILS)
    tick(shop)
    with shop.ledger.writing() as tx:
        records.set_status(tx, "hello", "paused")
    clock.set(MONDAY + timedelta(days=3))
    assert tick(shop).moved == 0
    assert flow.next_due(shop, now=clock.now()) is None  # what waits in the outbox waits with it
    with shop.ledger.writing() as tx:
        records.set_status(tx, "hello", "active")
    assert tick(shop).moved == 5


def test_people_in_flight_stay_on_their_version(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, **TWO_MAILS)
    tick(shop)
    assert start(shop) == 2
    clock.set(MONDAY + timedelta(days=3))
    tick(shop)
    with shop.ledger.reading() as tx:
        versions = tx.frame(select(enrolments.c.version, enrolments.c.outcome))
        assert set(versions["version"]) == {1}
        assert set(versions["outcome"]) == {"done"}
        assert tx.value(select(func.count()).select_from(journeys)) == 2


def test_a_kill_between_computing_and_writing_repeats_the_tick(
    small: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = small
    start(shop)
    with monkeypatch.context() as patched:
        patched.setattr(advancing, "_keep_decisions", _killed)
        with pytest.raises(RuntimeError, match="killed"):
            tick(shop)
    assert count(shop, decisions) == 0
    tick(shop)
    assert count(shop, decisions) == 5
    assert count(shop, outbox) == 3


def test_a_kill_while_people_enter_lets_nobody_in_twice(
    small: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = small
    start(shop)
    with monkeypatch.context() as patched:
        patched.setattr(records, "set_due", _killed)
        with pytest.raises(RuntimeError, match="killed"):
            tick(shop)
    tick(shop)
    assert count(shop, enrolments) == 5
    entered = shop.warehouse.frame("SELECT count(*)::INT AS n FROM facts WHERE event = 'journey_entered'")
    assert entered["n"][0] == 5


def test_a_kill_after_a_batch_was_stored_still_starts_what_follows(
    small: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, clock = small
    start(shop, entry=ORDERS)
    clock.set(MONDAY + timedelta(minutes=5))
    with monkeypatch.context() as patched:
        patched.setattr(following, "finish", _killed)
        with pytest.raises(RuntimeError, match="killed"):
            tell(shop, [order("S-1", "new", MONDAY + timedelta(minutes=1))])
    assert waiting(shop.inbox) == 1
    tick(shop)
    assert count(shop, enrolments) == 1
    assert waiting(shop.inbox) == 0


def test_two_scenarios_that_want_the_same_person_share_the_cap(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    start(shop, "low", priority=10)
    start(shop, "high", priority=90)
    tick(shop)
    with shop.ledger.reading() as tx:
        rows = tx.frame(select(decisions.c.journey, decisions.c.outcome, decisions.c.reason))
    sent = rows.filter(pl.col("outcome") == "send")
    assert sent["journey"].unique().to_list() == ["high"]
    assert rows.filter(pl.col("reason") == "capped")["journey"].to_list() == ["low"] * 3


def test_a_grant_dated_tomorrow_allows_nothing_today(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    tell(shop, [consent("S-5", "granted", "opt_in", MONDAY + timedelta(days=1))])
    start(shop)
    tick(shop)
    with shop.ledger.reading() as tx:
        assert 9 not in tx.frame(select(outbox.c.customer))["customer"].to_list()


def test_a_refusal_counts_whatever_its_date(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    tell(shop, [consent("S-1", "revoked", "opt_in", MONDAY + timedelta(days=1))])
    start(shop)
    tick(shop)
    with shop.ledger.reading() as tx:
        assert 1 not in tx.frame(select(outbox.c.customer))["customer"].to_list()


def test_a_goal_that_is_told_late_still_ends_the_walk(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, **TWO_MAILS)
    tick(shop)
    clock.set(MONDAY + timedelta(days=3))
    tell(shop, [order("S-1", "told weeks later", MONDAY + timedelta(hours=1))])
    tick(shop)
    with shop.ledger.reading() as tx:
        assert tx.value(select(enrolments.c.outcome).where(enrolments.c.customer == 1)) == "goal"


def test_a_goal_reached_while_the_scenario_is_paused_counts(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, **TWO_MAILS)
    tick(shop)
    with shop.ledger.writing() as tx:
        records.set_status(tx, "hello", "paused")
    clock.set(MONDAY + timedelta(days=1))
    tell(shop, [order("S-1", "new", MONDAY + timedelta(hours=20))])
    with shop.ledger.writing() as tx:
        records.set_status(tx, "hello", "active")
    clock.set(MONDAY + timedelta(days=3))
    tick(shop)
    with shop.ledger.reading() as tx:
        second = tx.frame(select(decisions.c.customer).where(decisions.c.step == "second"))
    assert 1 not in second["customer"].to_list()


def test_an_order_dated_next_week_is_no_goal_today(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    start(shop, **TWO_MAILS)
    tick(shop)
    clock.set(MONDAY + timedelta(hours=1))
    tell(shop, [order("S-1", "ahead", MONDAY + timedelta(days=10))])
    with shop.ledger.reading() as tx:
        assert tx.value(select(enrolments.c.status).where(enrolments.c.customer == 1)) == "active"


def test_a_paused_scenario_that_was_replaced_takes_no_entries_when_it_is_resumed(
    small: tuple[Shop, SetClock],
) -> None:
    shop, clock = small
    clock.set(MONDAY - timedelta(hours=1))
    start(shop)
    with shop.ledger.writing() as tx:
        records.set_status(tx, "hello", "paused")
    start(shop)
    with shop.ledger.writing() as tx:
        records.set_status(tx, "hello", "active")
    clock.set(MONDAY)
    tick(shop)
    with shop.ledger.reading() as tx:
        assert set(tx.frame(select(enrolments.c.version))["version"]) == {2}


def test_digested_requests_that_a_crash_left_are_dropped(
    small: tuple[Shop, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, clock = small
    with monkeypatch.context() as patched:
        patched.setattr(following, "clear", _killed)
        with pytest.raises(RuntimeError, match="killed"):
            tell(shop, [order("S-1", "new", MONDAY)])
    tick(shop)
    assert waiting(shop.inbox) == 0
    assert flow.next_due(shop, now=clock.now()) is None


def test_an_old_list_does_not_undo_an_unsubscription_even_with_a_new_address(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    undated = consent("S-1", "granted", "opt_in", MONDAY + timedelta(hours=1))
    undated["properties"] = undated["properties"].replace('"proof":{}', '"proof":{"dated":false}')
    moved = {
        "fact_id": b"a new address....",
        "event": "customer_described",
        "occurred_at": MONDAY,
        "received_at": MONDAY,
        "source": "list",
        "identifiers": [{"kind": "customer_no", "value": "S-1"}],
        "properties": '{"traits":{"email":"new@example.com"}}',
    }
    tell(shop, [consent("S-1", "revoked", "opt_in", MONDAY), undated, moved])
    start(shop)
    shop.clock.set(MONDAY + timedelta(hours=2))  # type: ignore[attr-defined]
    tick(shop)
    with shop.ledger.reading() as tx:
        assert tx.value(select(decisions.c.reason).where(decisions.c.customer == 1)) == "refused"


def test_a_dated_opt_in_after_an_unsubscription_counts(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    tell(shop, [consent("S-4", "granted", "opt_in", MONDAY - timedelta(hours=1))])
    start(shop)
    tick(shop)
    with shop.ledger.reading() as tx:
        assert tx.value(select(decisions.c.outcome).where(decisions.c.customer == 7)) == "send"


def _killed(*_given: object, **_more: object) -> None:
    message = "killed"
    raise RuntimeError(message)
