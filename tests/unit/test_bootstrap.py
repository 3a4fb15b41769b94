"""Opening a shop makes what is missing once, keeps what is there, and tells time as it was asked to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tenshu.bootstrap import (
    REHEARSED_UNTIL,
    HomeMissing,
    Shop,
    make_dispatcher,
    open_shop,
    read_templates,
    save_settings,
    save_templates,
    start_journey,
)
from tenshu.content.shop import ShopSettings
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.deliver.channels.email import SmtpChannel
from tenshu.deliver.links import LinkPayload
from tenshu.journey.definition import parse_journey
from tenshu.journey.records import read_running
from tenshu.kit.clock import SetClock, SystemClock
from tenshu.store.settings import write_setting
from tenshu.testing.small_shop import MONDAY
from tests.unit.cli.terminal import hello


def source(name: str, subject: str) -> TemplateSource:
    text = TemplateText(subject=subject, mjml="<p>Hi</p>", text="Hi")
    return TemplateSource(name=name, languages={"ja": text})


def reopened(shop: Shop) -> Shop:
    shop.close()
    return open_shop(shop.home, clock=SetClock(MONDAY))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return open_shop(tmp_path / "home", create=True, clock=SetClock(MONDAY))


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_without_a_ledger_is_no_home(tmp_path: Path, *, made: bool) -> None:
    home = tmp_path / "home"
    if made:
        home.mkdir()
    with pytest.raises(HomeMissing) as missing:
        open_shop(home)
    assert str(home) in missing.value.text("ja")
    assert "tenshu import FILE --home" in missing.value.text("en")
    assert home.exists() == made
    assert not made or list(home.iterdir()) == []


def test_a_home_is_made_with_its_parents_only_when_asked_for(tmp_path: Path) -> None:
    open_shop(tmp_path / "a" / "b", create=True).close()
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} >= {
        "ledger.sqlite",
        "inbox.sqlite",
        "warehouse.duckdb",
    }


def test_links_signed_before_a_restart_open_after_it(shop: Shop) -> None:
    payload = LinkPayload(purpose="unsubscribe", enrolment=7, visit=2)
    token, address_key = shop.signer.sign(payload), shop.address_key
    again = reopened(shop)
    assert again.signer.open(token, "unsubscribe") == payload
    assert again.address_key == address_key
    again.close()


def test_two_homes_share_no_secret(shop: Shop, tmp_path: Path) -> None:
    other = open_shop(tmp_path / "other", create=True)
    token = shop.signer.sign(LinkPayload(purpose="unsubscribe", enrolment=7, visit=2))
    assert other.signer.open(token, "unsubscribe") is None
    assert other.address_key != shop.address_key
    other.close()
    shop.close()


def test_time_is_the_wall_clocks_unless_the_home_was_rehearsed(shop: Shop) -> None:
    shop.close()
    live = open_shop(shop.home)
    assert isinstance(live.clock, SystemClock)
    assert not live.is_rehearsed
    with live.ledger.writing() as tx:
        write_setting(tx, REHEARSED_UNTIL, "2012-02-08T01:00:00+00:00")
    live.close()
    rehearsed = open_shop(shop.home)
    assert rehearsed.clock.now() == datetime(2012, 2, 8, 1, tzinfo=UTC)
    told = open_shop(shop.home, clock=SetClock(MONDAY))
    assert told.clock.now() == MONDAY
    assert (rehearsed.is_rehearsed, told.is_rehearsed) == (True, True)
    told.close()
    rehearsed.close()


def test_saved_settings_are_seen_by_the_shop_that_comes_back_and_after_a_restart(shop: Shop) -> None:
    before = shop.settings
    saved = save_settings(shop, ShopSettings(name="花屋", zone="Europe/London"))
    assert (before.name, saved.settings.name, saved.settings.zone) == ("My shop", "花屋", "Europe/London")
    assert saved.clock.now() == MONDAY
    again = reopened(saved)
    assert again.settings == saved.settings
    again.close()


def test_the_newest_version_of_a_template_is_read(shop: Shop) -> None:
    save_templates(shop, [source("b", "one"), source("a", "two")])
    save_templates(shop, [source("b", "three")])
    # More than nine versions: ten is newer than nine, also where numbers are texts.
    save_templates(shop, [source("a", f"number {turn}") for turn in range(10)])
    found = read_templates(shop)
    assert {name: one.languages["ja"].subject for name, one in found.items()} == {"a": "number 9", "b": "three"}
    assert list(found) == ["a", "b"]
    shop.close()


def test_a_scenario_starts_at_the_clocks_instant_and_is_due_by_the_shops_zone(shop: Shop) -> None:
    london = save_settings(shop, ShopSettings(zone="Europe/London"))
    assert start_journey(london, parse_journey(hello())) == 1
    assert start_journey(london, parse_journey(hello())) == 2
    with london.ledger.reading() as tx:
        older, newer = read_running(tx)
    assert (older.version, older.due_at) == (1, None)
    # Noon in London in summer is 11:00 UTC; in Tokyo it would have been 03:00.
    assert (newer.started_at, newer.due_at) == (MONDAY, MONDAY + timedelta(hours=8))
    london.close()


def test_a_dispatcher_renders_with_the_shops_own_templates_and_key(shop: Shop) -> None:
    save_templates(shop, [source("hello", "one")])
    channel = SmtpChannel("127.0.0.1", 1)
    dispatcher = make_dispatcher(shop, channel, worker="two")
    assert dispatcher.worker == "two"
    assert dispatcher.channel is channel
    assert dispatcher.renderer.signer is shop.signer
    assert set(dispatcher.renderer.templates) == {"hello"}
    assert dispatcher.run(now=MONDAY) == 0
    shop.close()
