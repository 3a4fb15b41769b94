"""Where a scenario stands: finished only when nobody can enter, nobody walks and the account is empty."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tenshu.bootstrap import Shop
from tenshu.deliver.channel import Outcome
from tenshu.deliver.doubt import count_as_sent
from tenshu.deliver.ending import end_scenario
from tenshu.deliver.outbox import settle
from tenshu.journey import switch
from tenshu.measure.report import build_report
from tenshu.measure.state import ScenarioState, scenario_states
from tenshu.testing.small_shop import MONDAY, TWO_MAILS, add_template, everybody, open_small_shop, start, tick
from tests.unit.deliver.outboxes import accept_all, on, receipts, take


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made, _ = open_small_shop(tmp_path / "home", at=MONDAY - timedelta(days=1))
    add_template(made)
    return made


def at(shop: Shop, days: float) -> None:
    shop.clock.set(on(days))  # type: ignore[attr-defined]
    tick(shop)


def state(shop: Shop, name: str = "hello") -> ScenarioState:
    return {one.name: one for one in scenario_states(shop.ledger, now=shop.clock.now())}[name]


def standing(shop: Shop) -> str:
    return state(shop).standing.value


def test_a_broadcast_waits_finishes_and_is_finished_when_its_last_mail_has_gone(shop: Shop) -> None:
    start(shop)
    assert standing(shop) == "waiting"
    at(shop, 0)
    assert standing(shop) == "finishing"  # nobody can enter any more, three mails wait
    held = take(shop, limit=2)
    assert (state(shop).queued, state(shop).sending, standing(shop)) == (1, 2, "finishing")
    settle(shop.ledger, held, receipts(held, Outcome.ACCEPTED), now=MONDAY)
    assert standing(shop) == "finishing"
    accept_all(shop)
    assert standing(shop) == "finished"
    assert not state(shop).is_open
    shop.close()


def test_half_sent_is_never_finished(shop: Shop) -> None:
    start(shop)
    at(shop, 0)
    settle(shop.ledger, take(shop, limit=1), [], now=MONDAY)
    accept_all(shop)
    assert (state(shop).in_doubt, standing(shop)) == (1, "finishing")
    count_as_sent(shop.ledger, "hello", now=MONDAY)
    assert standing(shop) == "finished"
    shop.close()


def test_it_is_not_finished_while_somebody_walks(shop: Shop) -> None:
    start(shop, **TWO_MAILS)
    at(shop, 0)
    accept_all(shop)
    assert (state(shop).walking, standing(shop)) == (5, "finishing")
    at(shop, 3)
    accept_all(shop)
    assert (state(shop).walking, state(shop).entered, standing(shop)) == (0, 5, "finished")
    shop.close()


DAILY = {"kind": "daily", "at": "10:00", "condition": everybody()}
EVENT = {"kind": "event", "event": "order_completed"}


@pytest.mark.parametrize(("entry", "first"), [(DAILY, "waiting"), (EVENT, "running")])
def test_what_people_can_enter_any_day_runs_until_a_person_ends_it(
    shop: Shop, entry: dict[str, Any], first: str
) -> None:
    start(shop, entry=entry)
    assert standing(shop) == first
    at(shop, 1)
    accept_all(shop)
    assert standing(shop) == "running"
    end_scenario(shop.ledger, "hello", now=on(1))
    assert standing(shop) == "ended"
    shop.close()


def test_a_pause_is_whole_when_nothing_is_in_hand(shop: Shop) -> None:
    start(shop)
    at(shop, 0)
    held = take(shop, limit=2)
    switch.pause(shop.ledger, "hello")
    assert standing(shop) == "pausing"
    settle(shop.ledger, held, receipts(held, Outcome.ACCEPTED), now=MONDAY)
    assert standing(shop) == "paused"
    switch.resume(shop.ledger, "hello", now=MONDAY, zone="Asia/Tokyo")
    assert standing(shop) == "finishing"
    shop.close()


def test_what_was_ended_with_messages_in_hand_is_ended_once_they_are_settled(shop: Shop) -> None:
    start(shop)
    at(shop, 0)
    held = take(shop, limit=2)
    end_scenario(shop.ledger, "hello", now=MONDAY)
    assert standing(shop) == "finishing"
    settle(shop.ledger, held, receipts(held, Outcome.ACCEPTED), now=MONDAY)
    assert standing(shop) == "ended"
    shop.close()


def test_a_new_version_counts_together_with_the_old_ones_people(shop: Shop) -> None:
    start(shop, **TWO_MAILS)
    at(shop, 0)
    accept_all(shop)
    start(shop, entry=EVENT)
    found = state(shop)
    assert (found.version, found.walking, found.standing.value) == (2, 5, "running")
    assert len(scenario_states(shop.ledger, now=shop.clock.now())) == 1
    shop.close()


def test_states_come_in_the_order_of_their_start(shop: Shop) -> None:
    start(shop, "second")
    shop.clock.set(MONDAY - timedelta(days=2))  # type: ignore[attr-defined]
    start(shop, "first")
    assert [one.name for one in scenario_states(shop.ledger, now=MONDAY)] == ["first", "second"]
    assert state(shop, "first").title == {"ja": "ご挨拶", "en": "Hello"}
    shop.close()


def test_the_report_says_where_each_scenario_stands(shop: Shop) -> None:
    start(shop)
    at(shop, 0)
    for _ in range(2):
        report = build_report(shop.ledger, shop.warehouse, shop.settings, now=MONDAY)
        assert [one.standing for one in report.outreaches] == [standing(shop)]
        accept_all(shop)
    assert standing(shop) == "finished"
    shop.close()
