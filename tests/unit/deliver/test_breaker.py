"""A runaway send stops itself before it reaches many, whatever the mistake was, and a person lets it go on."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import delete, func, select, update

from tenshu.bootstrap import Shop
from tenshu.decide.tables import decisions
from tenshu.deliver import breaker
from tenshu.deliver.breaker import FEW, FLOOD_FROM, REASONS
from tenshu.deliver.queue import next_due
from tenshu.deliver.tables import breakers, handovers, outbox, tallies
from tenshu.identify.tables import identifiers, node_map
from tenshu.kit.i18n import _
from tenshu.measure.account import account, as_account
from tenshu.store.tables import to_micros
from tenshu.testing.small_shop import MONDAY, start, tick
from tests.unit.deliver.outboxes import accept_all, enter_again, on, requeue, shop_with, states, take

PEOPLE = 40


def reasons(shop: Shop) -> dict[str, str]:
    with shop.ledger.reading() as tx:
        return {name: one.reason for name, one in breaker.read_tripped(tx).items()}


def closes(shop: Shop) -> bool:
    return as_account(account(shop.ledger)).closes


def test_a_sound_broadcast_trips_nothing(tmp_path: Path) -> None:
    shop, clock = shop_with(tmp_path / "home", PEOPLE)
    assert breaker.watch(shop.ledger, now=clock.now()) == []
    assert len(accept_all(shop, limit=16)) == PEOPLE + 3
    assert reasons(shop) == {}
    assert closes(shop)
    shop.close()


def test_the_witness_has_one_row_a_message_and_sums_beside_it(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", PEOPLE)
    accept_all(shop, limit=16)
    with shop.ledger.reading() as tx:
        rows = tx.frame(select(handovers.c.enrolment, handovers.c.visit, handovers.c.attempt))
        assert tx.frame(select(tallies)).rows() == [("hello", "send", PEOPLE + 3, 0)]
    assert len(rows) == len(rows.unique()) == PEOPLE + 3
    shop.close()


def test_sent_messages_that_are_queued_again_never_go_and_stop_the_scenario(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", PEOPLE)
    accept_all(shop)
    requeue(shop)
    assert accept_all(shop, limit=16) == []
    assert reasons(shop) == {"hello": "already_sent"}
    assert states(shop.ledger)["in_doubt"] == 16
    with shop.ledger.reading() as tx:
        assert tx.value(select(func.count()).select_from(handovers)) == PEOPLE + 3
    assert closes(shop)
    shop.close()


def test_one_message_that_is_queued_again_is_enough(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", PEOPLE)
    accept_all(shop)
    requeue(shop, enrolment=3)
    assert accept_all(shop) == []
    with shop.ledger.reading() as tx:
        row = tx.frame(select(outbox.c.state, outbox.c.reason).where(outbox.c.enrolment == 3)).row(0)
    assert row == ("in_doubt", "already_sent")
    shop.close()


def test_a_second_enrolment_of_everybody_reaches_nobody_twice(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", PEOPLE)
    accept_all(shop)
    enter_again(shop)
    assert accept_all(shop, limit=8) == []
    assert reasons(shop) == {"hello": "repeated"}
    assert states(shop.ledger)["suppressed"] <= 16
    assert closes(shop)
    shop.close()


def test_twins_in_one_claim_and_in_somebody_elses_hands_are_seen_too(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", 5)
    enter_again(shop)  # before anything was sent: both of each pair wait side by side
    in_hands = take(shop, limit=4, worker="one")
    rest = take(shop, limit=100, worker="two")
    both = pl.concat([in_hands["customer"], rest["customer"]])
    assert len(both) == both.n_unique() == 8
    shop.close()


def test_a_few_repeats_are_kept_back_without_stopping_the_scenario(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", PEOPLE)
    accept_all(shop)
    enter_again(shop)
    with shop.ledger.writing() as tx:
        tx.execute(delete(outbox).where(outbox.c.enrolment > 10_000 + FEW + 1))
    assert accept_all(shop) == []
    assert reasons(shop) == {}
    assert states(shop.ledger)["suppressed"] == FEW - 1
    shop.close()


@pytest.mark.parametrize(
    ("reentry", "since", "key", "went"),
    [
        ({"kind": "never"}, timedelta(days=400), "again", 0),
        ({"kind": "after", "days": 30}, timedelta(days=29), "again", 0),
        ({"kind": "after", "days": 30}, timedelta(days=30), "again", 8),
        ({"kind": "always"}, timedelta(), "again", 8),
    ],
)
def test_who_may_come_again_by_the_scenarios_rule_gets_it_again(
    tmp_path: Path, reentry: dict[str, object], since: timedelta, key: str, went: int
) -> None:
    shop, _ = shop_with(tmp_path / "home", 5, reentry=reentry)
    accept_all(shop)
    enter_again(shop, since=since, entry_key=key)
    assert len(accept_all(shop)) == went
    shop.close()


def test_a_step_in_a_circle_may_come_again_in_one_walk_and_another_may_not(tmp_path: Path) -> None:
    circle = {
        "send": {"kind": "send", "channel": "email", "template": "hello", "next": "wait"},
        "wait": {"kind": "wait", "days": 1, "next": "look"},
        "look": {
            "kind": "branch",
            "cases": [{"when": {"kind": "trait", "trait": "last_name", "cmp": "is", "value": "?"}, "next": "end"}],
            "otherwise": "send",
        },
        "end": {"kind": "exit"},
    }
    for name, steps, went in (("round", {"steps": circle}, 8), ("straight", {}, 0)):
        shop, _ = shop_with(tmp_path / name, 5, **steps)
        accept_all(shop)
        with shop.ledger.writing() as tx:
            for table in (decisions, outbox):
                rows = tx.frame(select(table)).with_columns(visit=pl.col("visit") + 3)
                tx.insert(table, rows.with_columns(state=pl.lit("queued")) if table is outbox else rows)
        assert len(accept_all(shop)) == went
        shop.close()


def test_a_message_that_nobody_decided_is_not_sent(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", PEOPLE)
    with shop.ledger.writing() as tx:
        tx.execute(delete(decisions).where(decisions.c.enrolment <= 2))
        tx.execute(update(decisions).where(decisions.c.enrolment == 3).values(outcome="held_out"))
    assert accept_all(shop) == []
    assert reasons(shop) == {"hello": "unplanned"}
    assert states(shop.ledger) == {"suppressed": 3, "queued": PEOPLE}
    shop.close()


def _split_everybody(shop: Shop) -> None:
    """A bug of identity: everybody is two, with one address."""
    enter_again(shop)
    with shop.ledger.writing() as tx:
        tx.execute(
            update(outbox)
            .where(outbox.c.enrolment > 10_000)
            .values(customer=outbox.c.customer + 5_000, purpose="service")
        )


def test_everybody_twice_under_two_numbers_stops_before_the_limit(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", 4 * FEW)
    accept_all(shop)
    _split_everybody(shop)
    went = accept_all(shop, limit=3)
    assert len(went) < FEW
    assert reasons(shop) == {"hello": "repeated"}
    assert closes(shop)
    shop.close()


def test_a_household_that_we_know_of_is_no_mistake(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", 4 * FEW)
    accept_all(shop)
    _split_everybody(shop)
    with shop.ledger.writing() as tx:
        emails = select(identifiers.c.node).where(identifiers.c.kind == "email")
        tx.execute(update(node_map).where(node_map.c.node.in_(emails)).values(is_shared=True))
    assert len(accept_all(shop)) == 4 * FEW + 3
    assert reasons(shop) == {}
    shop.close()


def test_the_limit_grows_with_what_was_handed_over() -> None:
    assert [breaker.limit(handed) for handed in (0, 5_000, 20_000, 1_000_000)] == [10, 10, 20, 1_000]


def _queue_many(shop: Shop, count: int) -> None:
    with shop.ledger.writing() as tx:
        row = tx.frame(select(outbox).limit(1))
        many = pl.concat([row] * count).with_columns(enrolment=pl.int_range(50_000, 50_000 + count))
        tx.insert(outbox, many)


def test_a_flood_is_asked_about_before_anything_of_it_goes(tmp_path: Path) -> None:
    shop, clock = shop_with(tmp_path / "home", 5)
    _queue_many(shop, FLOOD_FROM)
    assert breaker.watch(shop.ledger, now=clock.now()) == ["hello"]
    assert reasons(shop) == {"hello": "flood"}
    assert take(shop).is_empty()
    assert next_due(shop.ledger) is None
    shop.close()


def test_a_thousand_messages_are_no_flood(tmp_path: Path) -> None:
    shop, clock = shop_with(tmp_path / "home", 5)
    _queue_many(shop, FLOOD_FROM - 8)
    assert breaker.watch(shop.ledger, now=clock.now()) == []
    shop.close()


def test_what_was_due_long_ago_is_asked_about_and_a_word_lets_it_go(tmp_path: Path) -> None:
    shop, clock = shop_with(tmp_path / "home", PEOPLE)
    clock.set(on(365))  # a long stop, a restored backup, or a clock that jumped
    assert breaker.watch(shop.ledger, now=clock.now()) == ["hello"]
    with shop.ledger.reading() as tx:
        found = breaker.read_tripped(tx)["hello"]
    assert (found.reason, found.found) == ("overdue", {"count": PEOPLE + 3, "hours": 24})
    assert take(shop).is_empty()
    with shop.ledger.writing() as tx:
        assert breaker.clear(tx, "hello", by="a person", now=clock.now())
    assert breaker.watch(shop.ledger, now=clock.now()) == []
    assert len(accept_all(shop)) == PEOPLE + 3
    shop.close()


def test_what_is_skipped_is_listed_and_the_account_closes(tmp_path: Path) -> None:
    shop, clock = shop_with(tmp_path / "home", PEOPLE)
    clock.set(on(2))
    breaker.watch(shop.ledger, now=clock.now())
    assert breaker.skip_overdue(shop.ledger, "hello", now=clock.now(), part=7) == PEOPLE + 3
    found = as_account(account(shop.ledger))
    assert found.closes
    assert found.suppressed["skipped"] == PEOPLE + 3
    shop.close()


def test_what_is_late_by_a_day_or_is_only_a_few_goes(tmp_path: Path) -> None:
    shop, clock = shop_with(tmp_path / "home", PEOPLE)
    clock.set(on(1))
    assert breaker.watch(shop.ledger, now=clock.now()) == []
    clock.set(on(30))
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).where(outbox.c.enrolment > FEW).values(due_at=to_micros(on(30))))
    assert breaker.watch(shop.ledger, now=clock.now()) == []
    shop.close()


def test_one_scenario_that_stops_holds_up_no_other(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", PEOPLE)
    start(shop, "other")
    accept_all(shop)
    requeue(shop, journey="hello")
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).where(outbox.c.enrolment == 1).values(due_at=to_micros(MONDAY)))
    tick(shop)
    assert len(accept_all(shop)) == PEOPLE + 3
    assert reasons(shop) == {"hello": "already_sent"}
    shop.close()


def test_the_first_reason_stays_and_clearing_leaves_a_trace(tmp_path: Path) -> None:
    shop, clock = shop_with(tmp_path / "home", 5)
    with shop.ledger.writing() as tx:
        breaker.trip(tx, "hello", "flood", {"count": 1}, now=MONDAY)
        breaker.trip(tx, "hello", "overdue", {"count": 2}, now=on(1))
        assert breaker.read_tripped(tx)["hello"].reason == "flood"
        assert breaker.clear(tx, "hello", by="花子", now=on(2))
        assert not breaker.clear(tx, "hello", by="花子", now=on(2))
        kept = tx.frame(select(breakers.c.reason, breakers.c.cleared_at, breakers.c.cleared_by))
    assert kept.rows() == [("flood", on(2), "花子")]
    assert len(accept_all(shop)) == 8
    assert clock.now() == MONDAY
    shop.close()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_reason_is_a_sentence_in_both_languages(language: str) -> None:
    figures = {"count": 12, "people": 3, "hours": 24}
    said = {_(sentence, language, **figures) for sentence in REASONS.values()}
    assert len(said) == len(REASONS)
    assert all("12" in sentence and "{" not in sentence for sentence in said)
    assert all(("。" in sentence or "?" in sentence) for sentence in said) or language == "en"
