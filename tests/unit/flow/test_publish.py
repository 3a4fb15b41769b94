"""Ranks are published once a local day, companions every four weeks, and after an import at once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tenshu import flow
from tenshu.bootstrap import Shop, open_shop
from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept, waiting
from tenshu.kit.clock import SetClock
from tenshu.know.publish import published_cuts
from tenshu.recommend.pairs import companions, last_fit
from tenshu.testing.small_shop import MONDAY, open_small_shop, order, tell, tick

DAY = timedelta(days=1)
#: Midnight in Tokyo after Monday noon is twelve hours away.
MIDNIGHT = MONDAY + timedelta(hours=12)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Shop, SetClock]]:
    shop, clock = open_small_shop(tmp_path / "home")
    yield shop, clock
    shop.close()


def published_at(shop: Shop, now: datetime) -> datetime:
    cuts = published_cuts(shop.warehouse, now=now)
    assert cuts is not None
    return cuts.as_of


def fitted(shop: Shop) -> tuple[int, datetime]:
    found = last_fit(shop.warehouse)
    assert found is not None
    return found.version, found.as_of_at


class Counted:
    """A progress that keeps what it is told."""

    def __init__(self) -> None:
        self.steps: list[tuple[float, float | None]] = []

    def step(self, text: str, done: float, total: float | None = None) -> None:
        """Keep one step."""
        assert text == "batches digested"
        self.steps.append((done, total))


def test_an_import_publishes_ranks_and_companions_at_once(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    assert published_at(shop, MONDAY) == MONDAY
    assert fitted(shop) == (1, MONDAY)
    clock.set(MONDAY + timedelta(hours=1))
    tell(shop, [order("S-1", "new", MONDAY)])
    assert published_at(shop, clock.now()) == clock.now()
    assert fitted(shop) == (2, clock.now())


def test_digesting_nothing_publishes_nothing(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    assert flow.digest_all(shop, now=MONDAY + DAY) == 0
    assert published_at(shop, MONDAY + DAY) == MONDAY


def test_ranks_are_published_at_the_first_tick_of_a_local_day_and_only_then(small: tuple[Shop, SetClock]) -> None:
    shop, clock = small
    seen = []
    for hours in (0, 11, 12, 13, 35, 36, 59):
        clock.set(MONDAY + timedelta(hours=hours))
        tick(shop)
        seen.append((published_at(shop, clock.now()) - MONDAY) // timedelta(hours=1))
    # Tokyo's midnights are 12 and 36 hours after Monday noon.
    assert seen == [0, 0, 12, 12, 12, 36, 36]


def test_a_day_begins_at_the_shops_midnight_and_not_at_that_of_utc(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    before = MIDNIGHT - timedelta(microseconds=1)
    flow.publish_due(shop, shop.settings, now=before)
    assert published_at(shop, before) == MONDAY
    flow.publish_due(shop, shop.settings, now=MIDNIGHT)
    assert published_at(shop, MIDNIGHT) == MIDNIGHT


def test_an_empty_shop_publishes_nothing(tmp_path: Path) -> None:
    shop = open_shop(tmp_path / "empty", create=True, clock=SetClock(MONDAY))
    tick(shop)
    assert published_cuts(shop.warehouse, now=MONDAY) is None
    assert last_fit(shop.warehouse) is None
    shop.close()


def test_companions_are_learned_again_after_four_weeks_and_not_before(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    early, due = MONDAY + 28 * DAY - timedelta(minutes=1), MONDAY + 29 * DAY
    flow.publish_due(shop, shop.settings, now=early)
    assert fitted(shop) == (1, MONDAY)
    flow.publish_due(shop, shop.settings, now=due)
    assert fitted(shop) == (2, due)


def test_what_a_past_instant_saw_is_still_there_after_the_next_day(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    flow.publish_due(shop, shop.settings, now=MONDAY + DAY)
    assert published_at(shop, MONDAY + timedelta(hours=1)) == MONDAY
    assert published_at(shop, MONDAY + DAY) == MONDAY + DAY


def test_publishing_twice_at_one_instant_is_publishing_once(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    flow.publish(shop, shop.settings, now=MONDAY)
    versions = shop.warehouse.frame("SELECT count(DISTINCT version)::INT AS n FROM rank_cuts").item()
    assert versions == 1


def test_goods_bought_together_are_known_after_the_import(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    baskets = [(f"T-{nth}", product) for nth in range(5) for product in ("薔薇", "花瓶")]
    lines = [order("S-1", f"{basket}", MONDAY - DAY, product=product) for basket, product in baskets]
    tell(shop, [line | {"fact_id": f"{nth:016}".encode()} for nth, line in enumerate(lines)])
    pairs = companions(shop.warehouse, shop.warehouse.frame("SELECT '薔薇' AS id")["id"])
    assert pairs["other_id"].to_list() == ["花瓶"]
    assert pairs["baskets"].to_list() == [5]


def test_every_batch_that_waits_is_digested_and_told(small: tuple[Shop, SetClock]) -> None:
    shop, _ = small
    for turn in range(3):
        facts = facts_frame([order("S-1", f"n-{turn}", MONDAY - DAY)])
        accept(shop.inbox, facts, source="test", received_at=MONDAY)
    heard = Counted()
    done = flow.digest_all(shop, now=MONDAY, progress=heard)
    assert waiting(shop.inbox) == 0
    assert done == len(heard.steps) >= 1
    assert heard.steps[-1] == (done, done)
    assert shop.warehouse.frame("SELECT 1 FROM orders WHERE order_no LIKE 'n-%'").height == 3
