"""What has changed is known from numbers that are read in a moment."""

from datetime import timedelta

import polars as pl
import pytest

from tenshu.bootstrap import Shop
from tenshu.kit.clock import SetClock
from tenshu.know.directory_changes import look, touched
from tenshu.know.publish import publish_ranks
from tenshu.testing.small_shop import consent, open_small_shop, order, tell


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, SetClock]:
    return open_small_shop(tmp_path_factory.mktemp("changes"))


def test_nothing_new_looks_the_same(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    assert look(home.warehouse, clock.now()) == look(home.warehouse, clock.now() + timedelta(days=1))


def test_only_those_are_touched_whom_new_facts_are_about(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    then = look(home.warehouse, clock.now())
    tell(home, [order("S-1", "new", clock.now()), consent("S-3", "denied", "opt_in", clock.now())])
    now = look(home.warehouse, clock.now())
    assert now != then
    found = touched(home.warehouse, home.ledger, then, now)
    assert found is not None
    assert found.to_list() == [1], "a consent changes nothing in the directory"


def test_a_new_person_is_touched(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    then = look(home.warehouse, clock.now())
    tell(home, [order("NEW", "new", clock.now())])
    found = touched(home.warehouse, home.ledger, then, look(home.warehouse, clock.now()))
    assert found is not None
    assert found.to_list() == [11]


def test_published_ranks_touch_everybody(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    then = look(home.warehouse, clock.now())
    later = clock.now() + timedelta(days=1)
    publish_ranks(home.warehouse, now=later, zone="Asia/Tokyo")
    assert look(home.warehouse, clock.now()) == then, "published for later"
    assert touched(home.warehouse, home.ledger, then, look(home.warehouse, later)) is None


def test_facts_taken_out_of_what_was_seen_touch_everybody(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    then = look(home.warehouse, clock.now())
    home.warehouse.execute("DELETE FROM facts WHERE event = 'consent_recorded'")
    tell(home, [order("S-1", "new", clock.now())])
    assert touched(home.warehouse, home.ledger, then, look(home.warehouse, clock.now())) is None


def test_what_the_ledger_told_is_no_news_for_the_directory(shop: tuple[Shop, SetClock]) -> None:
    home, clock = shop
    then = look(home.warehouse, clock.now())
    row = {
        "fact_id": b"0123456789abcdef",
        "batch": -7,
        "node": 1,
        "event": "message_decided",
        "occurred_at": clock.now(),
        "received_at": clock.now(),
        "source": "ledger",
        "properties": "{}",
    }
    home.warehouse.append("facts", pl.DataFrame([row], schema_overrides={"node": pl.Int32}))
    assert look(home.warehouse, clock.now()) == then
