"""The provider's limits: never more in any hour or day, whatever dispatchers and restarts there were."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from tenshu.bootstrap import Shop, open_shop
from tenshu.deliver import limits
from tenshu.deliver.breaker import watch
from tenshu.deliver.channel import Outcome
from tenshu.deliver.channels.email.smtp import SmtpChannel
from tenshu.deliver.limits import DAY, HOUR, LINGERS, LimitRefused, Limits, Pace, pace, parse_limit, write_limits
from tenshu.deliver.outbox import next_due, put_back, settle
from tenshu.deliver.tables import handed_by_minute, handovers, outbox
from tenshu.kit.clock import SetClock
from tenshu.privacy.suppression import suppress
from tenshu.serve.dispatcher import DispatchLoop
from tenshu.store.ledger import Ledger
from tenshu.store.settings import settings as kept_settings
from tenshu.store.tables import ledger_metadata
from tenshu.testing.small_shop import MONDAY
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.deliver.outboxes import accept_all, receipts, shop_with, states, take

#: Who gets the broadcast beside the three of the cast.
PEOPLE = 27


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that every test gets a copy of."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    shop_with(home, PEOPLE)[0].close()
    return home


@pytest.fixture
def thirty(prepared: Path, tmp_path: Path) -> Iterator[tuple[Shop, SetClock]]:
    clock = SetClock(MONDAY)
    shop = open_shop(shutil.copytree(prepared, tmp_path / "home"), clock=clock, is_prepared=True)
    yield shop, clock
    shop.close()


def limit(shop: Shop, **how_many: int) -> None:
    with shop.ledger.writing() as tx:
        write_limits(tx, Limits(**how_many))


def standing(shop: Shop) -> Pace:
    with shop.ledger.reading() as tx:
        return pace(tx, now=shop.clock.now())


def make_service(shop: Shop, enrolments: list[int]) -> None:
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).where(tx.among(outbox.c.enrolment, enrolments)).values(purpose="service"))


def keys(shop: Shop) -> list[int]:
    with shop.ledger.reading() as tx:
        return tx.frame(select(outbox.c.enrolment).order_by(outbox.c.enrolment))["enrolment"].to_list()


def test_a_shop_without_limits_sends_everything_and_still_knows_how_much(thirty: tuple[Shop, SetClock]) -> None:
    shop, _ = thirty
    assert len(accept_all(shop)) == PEOPLE + 3
    assert standing(shop) == Pace(limits=Limits(), last_hour=30, last_day=30, room=None, next_at=None)


def test_no_more_goes_in_an_hour_than_the_provider_takes(thirty: tuple[Shop, SetClock]) -> None:
    shop, clock = thirty
    limit(shop, per_hour=12)
    assert len(accept_all(shop)) == 12
    assert states(shop.ledger) == {"sent": 12, "queued": 18}
    clock.set(MONDAY + timedelta(minutes=59))
    assert accept_all(shop) == []
    clock.set(MONDAY + HOUR + LINGERS)
    assert len(accept_all(shop)) == 12


def test_the_day_holds_back_what_the_hour_would_allow(thirty: tuple[Shop, SetClock]) -> None:
    shop, clock = thirty
    limit(shop, per_hour=8, per_day=20)
    went = []
    for hour in range(24):
        clock.set(MONDAY + 2 * HOUR * hour)
        went.append(len(accept_all(shop)))
        if sum(went) == PEOPLE + 3:
            break
    assert went == [8, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 2]


def test_a_limit_that_is_reached_says_when_the_next_may_go(thirty: tuple[Shop, SetClock]) -> None:
    shop, clock = thirty
    limit(shop, per_hour=10)
    accept_all(shop)
    clock.set(MONDAY + timedelta(minutes=5))
    reached = standing(shop)
    assert (reached.last_hour, reached.room, reached.next_at) == (10, 0, MONDAY + HOUR + LINGERS)
    assert next_due(shop.ledger, now=clock.now()) == reached.next_at
    assert next_due(shop.ledger) == MONDAY
    clock.set(MONDAY + HOUR + LINGERS)
    assert standing(shop).next_at is None


def test_what_went_before_a_limit_was_set_counts(thirty: tuple[Shop, SetClock]) -> None:
    shop, _ = thirty
    claimed = take(shop, limit=9)
    settle(shop.ledger, claimed, receipts(claimed, Outcome.ACCEPTED), now=MONDAY)
    limit(shop, per_day=10)
    assert len(accept_all(shop)) == 1


def test_a_smaller_limit_than_what_went_leaves_no_room_and_no_debt(thirty: tuple[Shop, SetClock]) -> None:
    shop, _ = thirty
    accept_all(shop)
    limit(shop, per_hour=5)
    assert standing(shop).room == 0


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.DEFERRED])
def test_what_the_receiver_did_not_take_is_given_back(thirty: tuple[Shop, SetClock], outcome: Outcome) -> None:
    shop, _ = thirty
    limit(shop, per_hour=10)
    claimed = take(shop)
    assert (len(claimed), standing(shop).room) == (10, 0)
    settle(shop.ledger, claimed, receipts(claimed, outcome), now=MONDAY)
    settle(shop.ledger, claimed, receipts(claimed, outcome), now=MONDAY)  # the answer of the first commit was lost
    assert standing(shop).room == 10


def test_what_may_have_arrived_counts(thirty: tuple[Shop, SetClock]) -> None:
    shop, _ = thirty
    limit(shop, per_hour=10)
    claimed = take(shop)
    settle(shop.ledger, claimed, receipts(claimed, Outcome.UNKNOWN), now=MONDAY)
    assert states(shop.ledger)["in_doubt"] == 10
    assert accept_all(shop) == []


def test_a_batch_that_was_put_back_costs_nothing(thirty: tuple[Shop, SetClock]) -> None:
    shop, _ = thirty
    limit(shop, per_hour=10)
    put_back(shop.ledger, take(shop))
    assert len(accept_all(shop)) == 10


def test_what_a_dead_dispatcher_held_still_counts(thirty: tuple[Shop, SetClock]) -> None:
    shop, clock = thirty
    limit(shop, per_hour=10)
    take(shop, worker="dies")
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).where(outbox.c.state == "sending").values(lease_at=0, reason="lease_over"))
    clock.set(MONDAY + timedelta(minutes=10))
    assert take(shop).is_empty()
    assert standing(shop).room == 0


def test_what_customers_wait_for_goes_first(thirty: tuple[Shop, SetClock]) -> None:
    shop, _ = thirty
    awaited = keys(shop)[-6:]
    make_service(shop, awaited)
    limit(shop, per_hour=8)
    went = [enrolment for enrolment, _visit in accept_all(shop)]
    assert sorted(went)[-6:] == awaited
    assert went[:6] == awaited


def test_a_paused_scenario_does_not_push_its_service_mail_forward(thirty: tuple[Shop, SetClock]) -> None:
    shop, _ = thirty
    make_service(shop, keys(shop)[:4])
    limit(shop, per_hour=8)
    with shop.ledger.writing() as tx:
        tx.execute(update(ledger_metadata.tables["journeys"]).values(status="paused"))
    assert accept_all(shop) == []


def test_what_a_limit_stretches_over_days_is_not_taken_for_a_long_stop(thirty: tuple[Shop, SetClock]) -> None:
    shop, clock = thirty
    limit(shop, per_day=9)
    went = []
    for day in range(4):
        clock.set(MONDAY + (DAY + LINGERS) * day)
        assert watch(shop.ledger, now=clock.now()) == []
        went.append(len(accept_all(shop)))
    assert went == [9, 9, 9, 3]


def test_a_long_stop_under_a_limit_is_asked_about(thirty: tuple[Shop, SetClock]) -> None:
    shop, clock = thirty
    limit(shop, per_day=9)
    accept_all(shop)
    clock.set(MONDAY + 3 * DAY)
    assert watch(shop.ledger, now=clock.now()) == ["hello"]
    assert accept_all(shop) == []


def test_racing_dispatchers_share_one_limit(tmp_path: Path) -> None:
    shop, _ = shop_with(tmp_path / "home", 197)
    limit(shop, per_hour=90, per_day=150)
    place = shop.ledger.place
    went: list[list[tuple[int, int]]] = []

    def dispatch(worker: str) -> None:
        mine = Shop(shop.home, Ledger(place), shop.inbox, shop.warehouse, shop.clock)
        went.append(accept_all(mine, limit=7, worker=worker))
        mine.ledger.close()

    racers = [threading.Thread(target=dispatch, args=(f"racer-{nth}",)) for nth in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    handed = [key for mine in went for key in mine]
    assert len(handed) == len(set(handed)) == 90
    with shop.ledger.reading() as tx:
        assert tx.frame(select(handovers.c.attempt)).height == 90
    shop.close()


def test_the_dispatching_process_rests_until_the_limit_has_room(thirty: tuple[Shop, SetClock]) -> None:
    shop, clock = thirty
    limit(shop, per_hour=8)
    with SmtpSink() as sink:
        loop = DispatchLoop(shop, threading.Event(), open_channel=lambda _settings: SmtpChannel(sink.host, sink.port))
        went = []
        for minutes in (0, 1, 30, 61, 62, 63):
            clock.set(MONDAY + timedelta(minutes=minutes))
            went.append(loop.work())
        loop.close()
        assert sink.accepted == 16
    assert went == [8, 0, 0, 0, 8, 0]


def test_a_limit_that_is_taken_off_lets_everything_go_at_once(thirty: tuple[Shop, SetClock]) -> None:
    shop, _ = thirty
    limit(shop, per_hour=1)
    assert len(accept_all(shop)) == 1
    limit(shop)
    assert len(accept_all(shop)) == PEOPLE + 2


def test_who_said_no_in_the_meantime_takes_no_room(thirty: tuple[Shop, SetClock]) -> None:
    shop, _ = thirty
    limit(shop, per_hour=10)
    with shop.ledger.writing() as tx:
        rows = tx.frame(select(outbox).order_by(outbox.c.due_at, outbox.c.enrolment).limit(6))
        suppress(tx, rows, channel="email", purpose="marketing", reason="unsubscribed", at=MONDAY)
    assert len(accept_all(shop)) == 10
    assert states(shop.ledger) == {"sent": 10, "suppressed": 6, "queued": 14}


def test_a_clock_that_is_a_little_ahead_elsewhere_counts(thirty: tuple[Shop, SetClock]) -> None:
    shop, clock = thirty
    limit(shop, per_hour=10)
    clock.set(MONDAY + timedelta(minutes=3))
    assert len(take(shop, worker="ahead")) == 10
    clock.set(MONDAY)
    assert take(shop, worker="behind").is_empty()


def test_a_clock_that_was_wrong_by_a_year_stops_nobody(thirty: tuple[Shop, SetClock]) -> None:
    shop, clock = thirty
    limit(shop, per_hour=10)
    with shop.ledger.writing() as tx:
        limits.took(tx, 10, now=MONDAY + 365 * DAY)
    clock.set(MONDAY)
    assert len(accept_all(shop)) == 10


def test_counts_of_days_gone_by_are_cleared_away(thirty: tuple[Shop, SetClock]) -> None:
    shop, clock = thirty
    for day in (0, 5):
        clock.set(MONDAY + DAY * day)
        take(shop, limit=3)
    with shop.ledger.reading() as tx:
        assert tx.frame(select(handed_by_minute)).rows() == [(MONDAY + 5 * DAY, 3)]


@pytest.mark.parametrize(
    ("text", "expected"), [("500", 500), ("1,000", 1000), (" ", None), ("\uff11\uff0c000", 1000), ("1", 1)]
)
def test_limits_are_read_as_people_write_them(text: str, expected: int | None) -> None:
    assert parse_limit("per_day", text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "9" * 30, "000000000001" + "9" * 9, "500/day"])
def test_what_is_no_limit_is_refused_with_what_was_written(text: str) -> None:
    with pytest.raises(LimitRefused) as refused:
        parse_limit("per_day", text)
    assert refused.value.given == {"name": "per_day", "value": text}


MOMENTS = st.lists(
    st.tuples(st.integers(0, 60 * 60 * 30), st.integers(1, 40), st.floats(0, 1)), min_size=1, max_size=25
)
AT = pl.Schema({"claimed_at": pl.Datetime("us", "UTC")})


@settings(max_examples=40, deadline=None)
@given(moments=MOMENTS, hour=st.integers(1, 60), day=st.integers(1, 200))
def test_no_window_ever_holds_more_than_its_limit(moments: list[Any], hour: int, day: int) -> None:
    """Whoever asks whenever, and however much of it is given back: counted to the second, not to the minute."""
    went: list[datetime] = []
    rules = Limits(per_hour=hour, per_day=day)
    with made_ledger() as ledger, ledger.writing() as tx:
        for second, wanted, refused in sorted(moments):
            now = MONDAY + timedelta(seconds=second)
            taken = min(wanted, limits.room(tx, rules, now=now) or 0)
            limits.took(tx, taken, now=now)
            back = int(taken * refused)
            limits.gave_back(tx, pl.DataFrame({"claimed_at": [now] * back}, schema=AT))
            went += [now] * (taken - back)
    for window, most in rules.windows():
        assert all(sum(start <= one < start + window for one in went) <= most for start in went)


@settings(max_examples=40, deadline=None)
@given(moments=MOMENTS, hour=st.integers(1, 60), day=st.integers(1, 200))
def test_there_is_room_at_the_instant_that_is_named_and_none_before(moments: list[Any], hour: int, day: int) -> None:
    """Unless something else goes in the meantime."""
    with made_ledger() as ledger, ledger.writing() as tx:
        write_limits(tx, Limits(per_hour=hour, per_day=day))
        now = MONDAY
        for second, wanted, _ in sorted(moments):
            now = MONDAY + timedelta(seconds=second)
            limits.took(tx, wanted, now=now)
        reached = pace(tx, now=now)
        if reached.next_at is None:
            assert (reached.room or 0) > 0
            return
        assert reached.room == 0
        assert (pace(tx, now=reached.next_at).room or 0) > 0
        assert pace(tx, now=reached.next_at - timedelta(microseconds=1)).room == 0


@contextmanager
def made_ledger() -> Iterator[Ledger]:
    ledger = Ledger(Path(":memory:"))
    with ledger.engine.connect() as connection:
        handed_by_minute.metadata.create_all(connection, tables=[handed_by_minute, kept_settings])
        yield ledger
    ledger.close()
