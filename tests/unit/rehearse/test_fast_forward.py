"""Fast-forward: from due instant to due instant, never past the end, with acts on the hour."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.bootstrap import Shop, make_dispatcher
from tenshu.kit.clock import SetClock
from tenshu.rehearse.fast_forward import ACTS_EVERY, fast_forward, next_full
from tenshu.rehearse.world import Letterbox, World
from tenshu.simulate.behaviour import Behaviour
from tenshu.simulate.customers import SimulatedCustomers
from tenshu.simulate.history import customer_history
from tenshu.testing.small_shop import MONDAY, add_template, everybody, open_small_shop, start

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001
SPANS = st.sampled_from([timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)])


@given(INSTANTS, SPANS)
def test_the_next_full_instant_is_never_before_and_less_than_a_span_away(instant: datetime, span: timedelta) -> None:
    full = next_full(instant, span)
    assert timedelta() <= full - instant < span
    assert next_full(full, span) == full


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Shop, SetClock, World, Letterbox]]:
    shop, clock = open_small_shop(tmp_path / "home", people=30)
    add_template(shop)
    customers = SimulatedCustomers(
        customer_history(shop.warehouse, now=MONDAY),
        behaviour=Behaviour(read_rate=0.9, gone_rate=0.0),
        seed=1,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=10),
        zone="Asia/Tokyo",
        journeys={},
    )
    letterbox = Letterbox(None, refuse=lambda _address: None)
    yield shop, clock, World(customers, letterbox), letterbox
    shop.close()


def ahead(small: tuple[Shop, SetClock, World, Letterbox], days: int) -> int:
    shop, clock, world, letterbox = small
    dispatcher = make_dispatcher(shop, letterbox)
    return fast_forward(shop, clock, until=MONDAY + timedelta(days=days), dispatcher=dispatcher, world=world)


def test_the_clock_ends_at_the_last_instant(small: tuple[Shop, SetClock, World, Letterbox]) -> None:
    ahead(small, 3)
    assert small[1].now() == MONDAY + timedelta(days=3)


def test_nothing_happens_between_due_instants(small: tuple[Shop, SetClock, World, Letterbox]) -> None:
    # 30 customers buy seldom: hours without an act or a due step are jumped over.
    assert ahead(small, 5) < timedelta(days=5) / ACTS_EVERY


def test_mails_are_sent_received_and_answered(small: tuple[Shop, SetClock, World, Letterbox]) -> None:
    shop, _, _, letterbox = small
    start(shop, entry={"kind": "broadcast", "at": "2026-06-02T10:00", "condition": everybody()})
    ahead(small, 9)
    events = dict(shop.warehouse.frame("SELECT event, count(*)::INT AS n FROM facts GROUP BY event").rows())
    assert events["email_sent"] == len(letterbox.links) == 33
    assert events["email_opened"] > 0
    assert events["email_clicked"] > 0


def test_two_runs_of_the_same_luck_are_the_same(tmp_path: Path) -> None:
    told = []
    for name in ("one", "two"):
        shop, clock = open_small_shop(tmp_path / name, people=30)
        add_template(shop)
        start(shop)
        customers = SimulatedCustomers(
            customer_history(shop.warehouse, now=MONDAY),
            behaviour=Behaviour(),
            seed=7,
            start_at=MONDAY,
            end_at=MONDAY + timedelta(days=5),
            zone="Asia/Tokyo",
            journeys={},
        )
        letterbox = Letterbox(None, refuse=lambda _address: None)
        world = World(customers, letterbox)
        dispatcher = make_dispatcher(shop, letterbox)
        fast_forward(shop, clock, until=MONDAY + timedelta(days=5), dispatcher=dispatcher, world=world)
        order = "SELECT event, node, occurred_at FROM facts ORDER BY occurred_at, event, node, properties"
        told.append(shop.warehouse.frame(order).rows())
        shop.close()
    assert told[0] == told[1]
