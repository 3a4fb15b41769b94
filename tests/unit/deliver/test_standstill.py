"""All sending of the shop stands still until a person lets it go on."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import update

from tenshu.bootstrap import Shop, make_dispatcher, open_shop
from tenshu.deliver.channels.email.smtp import SmtpChannel
from tenshu.deliver.outbox import next_due
from tenshu.deliver.standstill import BY_HAND, RESTORED, Standstill, go_on, stand_still, standstill
from tenshu.deliver.tables import outbox
from tenshu.kit.clock import SetClock
from tenshu.serve.dispatcher import DispatchLoop
from tenshu.testing.small_shop import MONDAY
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.deliver.outboxes import accept_all, shop_with, states, take

#: Who gets the broadcast: these and three of the cast.
PEOPLE = 5


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that every test gets a copy of."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    shop_with(home, PEOPLE)[0].close()
    return home


@pytest.fixture
def small(prepared: Path, tmp_path: Path) -> Iterator[tuple[Shop, SetClock]]:
    clock = SetClock(MONDAY)
    shop = open_shop(shutil.copytree(prepared, tmp_path / "home"), clock=clock, is_prepared=True)
    yield shop, clock
    shop.close()


def pause(shop: Shop, reason: str = BY_HAND) -> None:
    with shop.ledger.writing() as tx:
        stand_still(tx, reason, shop.clock.now())


def why(shop: Shop) -> Standstill | None:
    with shop.ledger.reading() as tx:
        return standstill(tx)


def test_a_fresh_shop_does_not_stand_still(small: tuple[Shop, SetClock]) -> None:
    assert why(small[0]) is None


def test_nobody_is_claimed_while_the_shop_stands_still(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    pause(shop)
    assert accept_all(shop) == []
    assert next_due(shop.ledger, now=MONDAY) is None
    assert states(shop.ledger) == {"queued": 8}


def test_everything_that_waited_goes_when_a_person_lets_it_go_on(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    pause(shop)
    with shop.ledger.writing() as tx:
        assert go_on(tx)
        assert not go_on(tx)
    assert len(accept_all(shop)) == 8


def test_service_mail_waits_too(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(purpose="service"))
        stand_still(tx, BY_HAND, MONDAY)
    assert take(shop).is_empty()


def test_what_a_dead_dispatcher_held_is_listed_all_the_same(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    take(shop, limit=2)
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).where(outbox.c.state == "sending").values(lease_at=0, reason="lease_over"))
        stand_still(tx, BY_HAND, MONDAY)
    assert next_due(shop.ledger, now=MONDAY) == MONDAY
    assert take(shop).is_empty()
    assert states(shop.ledger) == {"in_doubt": 2, "queued": 6}


def test_a_pause_remembers_since_when(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    pause(shop)
    clock.set(MONDAY + timedelta(days=1))
    pause(shop)
    assert why(shop) == Standstill(reason=BY_HAND, since=MONDAY)


def test_a_restored_shop_says_so_whoever_pauses_it_afterwards_or_before(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    for reason in (BY_HAND, RESTORED, BY_HAND):
        pause(shop, reason)
    found = why(shop)
    assert found is not None
    assert found.reason == RESTORED
    assert (
        found.text("ja") == "バックアップから復元しました。そのあと送ったメールが、送信待ちに残っているかもしれません。"
    )


def test_a_persons_own_words_are_kept(small: tuple[Shop, SetClock]) -> None:
    pause(small[0], "棚卸しのため {休み}")
    found = why(small[0])
    assert found is not None
    assert found.text("ja") == found.text("en") == "棚卸しのため {休み}"


def test_a_running_dispatcher_stops_between_two_batches(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with SmtpSink() as sink:
        dispatcher = make_dispatcher(shop, SmtpChannel(sink.host, sink.port))
        dispatcher.in_flight = 2
        assert dispatcher.run(now=MONDAY, on_receipts=lambda _claimed, _receipts: pause(shop)) == 2
        dispatcher.channel.close()
    assert states(shop.ledger) == {"sent": 2, "queued": 6}


def test_the_dispatching_process_rests_and_goes_on(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    with SmtpSink() as sink:
        loop = DispatchLoop(shop, Event(), open_channel=lambda _settings: SmtpChannel(sink.host, sink.port))
        pause(shop)
        assert loop.work() == 0
        with shop.ledger.writing() as tx:
            go_on(tx)
        assert loop.work() == 8
        loop.close()
        assert sink.accepted == 8
