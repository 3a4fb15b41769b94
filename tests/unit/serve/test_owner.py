"""The owner: ticks, digests, publishes and reports for others, and keeps the live state for its successor."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copyfile

import msgspec
import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop, save_settings
from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.collect.tables import batches
from tenshu.kit.clock import SystemClock
from tenshu.kit.progress import NoProgress
from tenshu.know.publish import published_cuts
from tenshu.measure.report import ShopReport, build_report
from tenshu.serve.owner import SNAPSHOT, Owner
from tenshu.store.ledger import Ledger
from tenshu.store.remote import SOCKET, WarehouseServer
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, order, start
from tenshu.web.console.asked import ANSWERS, ORDERS


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop, _ = open_small_shop(tmp_path / "home")
    add_template(shop)
    yield shop
    shop.close()


def buy(shop: Shop, number: str, order_no: str) -> None:
    accept(shop.inbox, facts_frame([order(number, order_no, MONDAY)]), source="test", received_at=MONDAY)


def orders(shop: Shop) -> int:
    return int(shop.warehouse.frame("SELECT count(*) AS orders FROM orders").item())


def test_a_tick_does_what_is_due(shop: Shop) -> None:
    start(shop)
    owner = Owner(shop)
    buy(shop, "S-1", "A")
    done = owner.tick()
    assert (done.batches, done.entered, done.decided) == (1, 5, 5)
    assert owner.tick().entered == 0
    owner.close()


def test_what_waits_is_digested_and_ranks_are_published(shop: Shop) -> None:
    owner, before = Owner(shop), orders(shop)
    buy(shop, "S-1", "A")
    assert owner.digest(NoProgress()) == 1
    assert orders(shop) == before + 1
    first = published_cuts(shop.warehouse, now=MONDAY)
    assert owner.digest(NoProgress()) == 0  # a tick was faster: published all the same
    again = published_cuts(shop.warehouse, now=MONDAY)
    assert first is not None
    assert again is not None
    assert (again.version or 0) >= (first.version or 0)
    owner.close()


def test_the_report_is_the_one_that_the_stores_give(shop: Shop) -> None:
    owner = Owner(shop)
    told = msgspec.json.decode(owner.report(NoProgress()), type=ShopReport)
    assert told == build_report(shop.ledger, shop.warehouse, shop.settings, now=MONDAY)
    owner.close()


def test_a_clock_that_stands_still_ticks_only_when_told(shop: Shop) -> None:
    owner, stop = Owner(shop), threading.Event()
    running = threading.Thread(target=owner.loop.run, args=(stop,))
    running.start()
    assert owner.calls()["tick"](NoProgress()).batches == 0
    assert owner.status(NoProgress())["ticks"] == 0
    stop.set()
    owner.loop.wake()
    running.join(30)
    owner.close()
    assert not list(shop.home.glob(f"{SNAPSHOT}*"))


def test_a_real_clock_ticks_and_leaves_a_snapshot_of_its_zone(shop: Shop) -> None:
    owner = Owner(replace(shop, clock=SystemClock()))
    owner.beat()
    assert owner.status(NoProgress())["ticks"] == 1
    owner.close()
    assert (shop.home / f"{SNAPSHOT}Asia-Tokyo").is_dir()


def test_another_zone_is_another_live_state(shop: Shop) -> None:
    owner = Owner(shop)
    owner.tick()
    before = owner.live
    owner.tick()
    assert owner.live is before
    save_settings(shop, msgspec.structs.replace(shop.settings, zone="Europe/London"))
    owner.tick()
    assert owner.live is not before
    assert owner.live.zone == "Europe/London"
    owner.close()


def test_what_the_owner_does_can_be_told_over_the_socket(shop: Shop) -> None:
    owner, stop = Owner(shop), threading.Event()
    server = WarehouseServer(shop.warehouse, shop.home / SOCKET, owner.calls())
    running = threading.Thread(target=owner.loop.run, args=(stop,))
    running.start()
    assert set(owner.calls()) == {"tick", "digest", "publish", "report", "status", *ANSWERS, *ORDERS}
    stop.set()
    owner.loop.wake()
    running.join(30)
    server.close()
    owner.close()


def test_what_a_tick_has_written_is_in_the_file_before_the_next(shop: Shop, tmp_path: Path) -> None:
    owner = Owner(replace(shop, clock=SystemClock()))
    buy(shop, "S-1", "A")
    owner.beat()
    with shop.ledger.reading() as tx:
        known = tx.frame(select(batches))
    alone = Ledger(Path(copyfile(shop.home / "ledger.sqlite", tmp_path / "without_its_log.sqlite")))
    with alone.reading() as tx:
        assert tx.frame(select(batches)).equals(known)
    assert set(known["state"]) == {"digested"}
    alone.close()
    owner.close()
