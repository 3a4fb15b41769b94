"""Coming and going are told once, whatever the order of facts, restarts, kills and merges."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tenshu import flow
from tenshu.bootstrap import Shop
from tenshu.collect.event import facts_frame
from tenshu.collect.facts_out import drain
from tenshu.collect.inbox import accept
from tenshu.collect.vocabulary import CUSTOMER_DESCRIBED
from tenshu.condition import parse
from tenshu.flow import Live
from tenshu.identify.resolve import find_customer
from tenshu.kit.clock import SetClock
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.kit.ids import fact_id
from tenshu.segment import evaluate
from tenshu.segment.position import read_cursor
from tenshu.segment.saved import read_segments, save_segment
from tenshu.testing.small_shop import MONDAY, TWO_MAILS, add_template, open_small_shop, order, start, tell, tick

RECENT: dict[str, Any] = {"kind": "did", "event": "order_completed", "within": {"days": 30}}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Shop, SetClock]]:
    shop, clock = open_small_shop(tmp_path / "home")
    add_template(shop)
    yield shop, clock
    shop.close()


def keep(shop: Shop, name: str = "recent", condition: dict[str, Any] = RECENT) -> None:
    with shop.ledger.writing() as tx:
        save_segment(tx, name, {"en": name}, parse(condition), now=shop.clock.now())


def told(shop: Shop) -> list[tuple[str, str, str]]:
    """Return who came and went: (customer number of the shop, segment, event) in the order told."""
    drain(shop.ledger, shop.warehouse)
    rows = shop.warehouse.frame(
        """
        SELECT arg_max(described.properties->>'$.traits.customer_no', described.occurred_at) AS number,
               facts.properties->>'$.segment' AS segment, facts.event, facts.batch
        FROM facts
        LEFT JOIN facts AS described ON described.node = facts.node AND described.event = 'customer_described'
        WHERE facts.event IN ('segment_entered', 'segment_left')
        GROUP BY ALL ORDER BY facts.batch DESC
        """
    )
    return [(number, segment, event) for number, segment, event, _ in rows.rows()]


def members(shop: Shop, name: str = "recent") -> list[str]:
    """Return the shop's numbers of those who meet the segment now, asked of the facts."""
    with shop.ledger.reading() as tx:
        condition = {one.name: one.condition for one in read_segments(tx)}[name]
    now, zone = shop.clock.now(), shop.settings.zone
    met = evaluate(shop.warehouse, {"met": condition}, now=now, zone=zone).filter("met")
    with shop.ledger.reading() as tx:
        numbers = {find_customer(tx, number): number for number in ("S-1", "S-2", "S-3", "S-4", "S-5")}
    return sorted(numbers[customer] for customer in met["customer"])


def test_the_first_fill_tells_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    keep(shop)
    tick(shop)
    assert members(shop) == ["S-1", "S-3"]
    assert told(shop) == []


def test_who_comes_is_told_once(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    keep(shop)
    tick(shop)
    tell(shop, [order("S-2", "S-2-2", MONDAY)])
    for _ in range(3):
        clock.set(clock.now() + timedelta(seconds=1))
        tick(shop)
    assert told(shop) == [("S-2", "recent", "segment_entered")]


def test_who_goes_by_time_alone_is_told_when_the_window_closes(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    keep(shop)
    tick(shop)
    clock.set(MONDAY + timedelta(days=25))  # 佐藤 ordered 5 days before: the 30th day is not over
    tick(shop)
    assert told(shop) == []
    clock.set(MONDAY + timedelta(days=26))
    tick(shop)
    assert told(shop) == [("S-1", "recent", "segment_left")]
    clock.set(MONDAY + timedelta(days=60))
    tick(shop)
    assert told(shop) == [("S-1", "recent", "segment_left"), ("S-3", "recent", "segment_left")]


def test_coming_into_a_segment_opens_a_scenario(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    keep(shop)
    where = [{"field": "segment", "cmp": "is", "value": "recent"}]
    start(shop, entry={"kind": "event", "event": "segment_entered", "where": where}, **TWO_MAILS)
    tick(shop)
    accept(shop.inbox, facts_frame([order("S-2", "S-2-2", MONDAY)]), source="test", received_at=MONDAY)
    done = tick(shop)
    assert (done.entered, done.decided) == (1, 1)
    assert tick(shop).entered == 0


def test_leaving_a_segment_opens_a_scenario_too(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    keep(shop)
    where = [{"field": "segment", "cmp": "is", "value": "recent"}]
    start(shop, entry={"kind": "event", "event": "segment_left", "where": where}, **TWO_MAILS)
    tick(shop)
    clock.set(MONDAY + timedelta(days=26))
    assert tick(shop).entered == 1


def test_a_restart_repeats_no_coming_and_no_going(small: tuple[Shop, SetClock], tmp_path: Path) -> None:
    shop, clock = small
    keep(shop)
    live = Live(shop, shop.settings.zone, snapshot=tmp_path / "live")
    run(shop, live)
    live.save()
    accept(shop.inbox, facts_frame([order("S-2", "S-2-2", MONDAY)]), source="test", received_at=MONDAY)
    run(shop, live)
    clock.set(MONDAY + timedelta(days=26))
    for again in (Live(shop, shop.settings.zone), Live(shop, shop.settings.zone, snapshot=tmp_path / "live")):
        run(shop, again)
        run(shop, again)
    assert told(shop) == [("S-2", "recent", "segment_entered"), ("S-1", "recent", "segment_left")]


def test_a_merge_lets_the_former_number_neither_come_nor_go(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    tell(shop, [described(("member_no", "M-9")), order_of(("member_no", "M-9"), "M-9-1")])
    keep(shop)
    tick(shop)
    tell(shop, [described(("customer_no", "S-2"), ("member_no", "M-9"))])
    tick(shop)
    # 鈴木's own order is 300 days old; with M-9's of today he has come. M-9 is nobody of its own any more.
    assert told(shop) == [("S-2", "recent", "segment_entered")]


def test_a_publication_lets_people_come_into_a_rank(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    keep(shop, "dormant", {"kind": "rank", "by": "rank", "cmp": "is", "value": "dormant"})
    tick(shop)
    assert members(shop, "dormant") == ["S-2"]
    clock.set(MONDAY + timedelta(days=150))  # 田中's and 伊藤's last orders are 200 and 190 days ago by then
    tick(shop)
    assert sorted(told(shop)) == [("S-4", "dormant", "segment_entered"), ("S-5", "dormant", "segment_entered")]


def test_a_changed_condition_lets_nobody_come(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    keep(shop)
    tick(shop)
    keep(shop, condition={**RECENT, "within": {"days": 60}})
    tick(shop)
    assert told(shop) == []
    tell(shop, [order("S-2", "S-2-2", MONDAY)])
    assert told(shop) == [("S-2", "recent", "segment_entered")]


def test_a_failed_tick_gives_the_state_up_and_tells_everything_later(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    keep(shop)
    live = Live(shop, shop.settings.zone)
    run(shop, live)
    accept(shop.inbox, facts_frame([order("S-2", "S-2-2", MONDAY)]), source="test", received_at=MONDAY)
    with failing("follow.found:raise"), pytest.raises(ReachedFailPoint):
        run(shop, live)
    assert told(shop) == []
    run(shop, live)
    assert told(shop) == [("S-2", "recent", "segment_entered")]


@pytest.mark.parametrize("point", ["follow.found", "follow.kept", "follow.cleared", "tick.done"])
def test_a_kill_at_any_point_tells_each_coming_and_going_once(small: tuple[Shop, SetClock], point: str) -> None:
    shop, clock = small
    keep(shop)
    run(shop, Live(shop, shop.settings.zone))
    accept(shop.inbox, facts_frame([order("S-2", "S-2-2", MONDAY)]), source="test", received_at=MONDAY)
    clock.set(MONDAY + timedelta(days=26))
    with failing(f"{point}:raise"), pytest.raises(ReachedFailPoint):
        run(shop, Live(shop, shop.settings.zone))
    run(shop, Live(shop, shop.settings.zone))
    assert sorted(told(shop)) == [("S-1", "recent", "segment_left"), ("S-2", "recent", "segment_entered")]


def test_an_idle_tick_writes_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    keep(shop)
    live = Live(shop, shop.settings.zone)
    run(shop, live)
    with shop.ledger.reading() as tx:
        before = read_cursor(tx)
    clock.set(MONDAY + timedelta(minutes=1))
    run(shop, live)
    with shop.ledger.reading() as tx:
        assert read_cursor(tx) == before


def test_the_cursor_follows_the_clock_after_an_hour_without_news(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    keep(shop)
    live = Live(shop, shop.settings.zone)
    run(shop, live)
    clock.set(MONDAY + timedelta(hours=1))
    run(shop, live)
    with shop.ledger.reading() as tx:
        cursor = read_cursor(tx)
    assert cursor is not None
    assert cursor.at == clock.now()


def test_what_scenarios_ask_is_answered_as_the_facts_answer_it(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    keep(shop)
    live = Live(shop, shop.settings.zone)
    run(shop, live)
    now, zone = shop.clock.now(), shop.settings.zone
    everybody = pl.Series([1, 2, 3, 4, 5, 99], dtype=pl.Int64)
    for asked in (RECENT, {"kind": "not", "of": RECENT}):  # the second is watched by nobody
        conditions = {"one": parse(asked)}
        wanted = evaluate(shop.warehouse, conditions, now=now, zone=zone, customers=everybody)
        assert live.holds(conditions, everybody, now=now).equals(wanted)


def run(shop: Shop, live: Live) -> flow.Ticked:
    return flow.tick(shop, shop.settings, now=shop.clock.now(), address_key=shop.address_key, live=live)


def described(*identifiers: tuple[str, str]) -> dict[str, Any]:
    return {
        "fact_id": fact_id(CUSTOMER_DESCRIBED, *identifiers),
        "event": CUSTOMER_DESCRIBED,
        "occurred_at": MONDAY - timedelta(days=500),
        "received_at": MONDAY,
        "source": "list",
        "identifiers": [{"kind": kind, "value": value} for kind, value in identifiers],
        "properties": '{"traits": {"country": "Japan"}}',
    }


def order_of(identifier: tuple[str, str], order_no: str) -> dict[str, Any]:
    kind, value = identifier
    return {**order("-", order_no, MONDAY), "identifiers": [{"kind": kind, "value": value}]}
