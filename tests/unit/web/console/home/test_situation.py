"""How the shop stands, read from real stores: doubt, breakers, reviews, refused rows, what is next."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from tenshu.bootstrap import Shop, save_settings
from tenshu.collect.connectors.file import stage_file
from tenshu.collect.importing import import_file
from tenshu.content.shop import ShopSettings
from tenshu.deliver.breaker import trip
from tenshu.deliver.channels.email.settings import SmtpSettings, write_smtp
from tenshu.deliver.standstill import BY_HAND, go_on, stand_still
from tenshu.deliver.tables import outbox
from tenshu.journey.tables import journeys
from tenshu.kit.i18n import speaking
from tenshu.measure.account import Account
from tenshu.testing.small_shop import MONDAY, TWO_MAILS, add_template, everybody, open_small_shop, start, tick
from tenshu.web.console.home.needs import Situation
from tenshu.web.console.home.situation import (
    next_by_scenario,
    read_account,
    read_situation,
    read_states,
    title_of,
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened, _clock = open_small_shop(tmp_path / "home", people=2)
    add_template(opened)
    yield opened
    opened.close()


def situation(shop: Shop, *, settings: ShopSettings | None = None) -> Situation:
    states, whole = read_states(shop, now=MONDAY), read_account(shop, now=MONDAY)
    with speaking("ja"):
        return read_situation(shop, settings or shop.settings, states, whole, now=MONDAY)


def test_everybody_known_is_counted(shop: Shop) -> None:
    assert situation(shop).customers == 7


def test_a_shop_with_address_sender_and_server_is_set_up(shop: Shop) -> None:
    assert not situation(shop).is_sender
    assert not situation(shop).is_smtp
    write_smtp(shop.ledger, SmtpSettings(smtp_host="mail.example.jp", smtp_port=587))
    settings = msgspec.structs.replace(shop.settings, sender_email="hana@hanaya.jp", contact="03-0000-0000")
    found = situation(save_settings(shop, settings), settings=settings)
    assert found.is_sender
    assert found.is_smtp
    assert found.is_postal


def test_a_pause_of_all_sending_is_seen_until_it_ends(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        stand_still(tx, BY_HAND, MONDAY)
    assert situation(shop).standstill
    with shop.ledger.writing() as tx:
        go_on(tx)
    assert situation(shop).standstill == ""


def test_messages_in_doubt_are_told_with_their_scenario(shop: Shop) -> None:
    start(shop)
    tick(shop)
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).where(outbox.c.customer == 1).values(state="in_doubt"))
    assert situation(shop).in_doubt == {"hello": ("ご挨拶", 1)}


def test_a_breaker_that_tripped_waits_for_a_person(shop: Shop) -> None:
    start(shop)
    with shop.ledger.writing() as tx:
        trip(tx, "hello", "flood", {"due": 10}, now=MONDAY)
    assert situation(shop).tripped == {"hello": "ご挨拶"}


def test_a_day_of_review_that_has_come_is_told(shop: Shop) -> None:
    start(shop, review_on="2026-06-01")
    start(shop, "later", review_on="2026-06-02")
    assert situation(shop).reviews == {"hello": ("ご挨拶", date(2026, 6, 1))}


def test_a_definition_that_cannot_be_read_is_told(shop: Shop) -> None:
    start(shop)
    with shop.ledger.writing() as tx:
        tx.execute(update(journeys).values(body='{"tenshu":"journey/99"}'))
    assert situation(shop).resting == ("hello",)


def test_an_account_that_does_not_close_is_a_fault(shop: Shop) -> None:
    states = read_states(shop, now=MONDAY)
    torn = Account(planned=3, sent=1, strays=2)
    with speaking("ja"):
        assert read_situation(shop, shop.settings, states, torn, now=MONDAY).faults == 2
    assert situation(shop).faults == 0


@pytest.mark.parametrize(("mail", "refused"), [("sakura@example.com", None), ("sakura@@example", ("名簿.csv", 1))])
def test_refused_rows_of_the_newest_import_are_told(shop: Shop, mail: str, refused: Any) -> None:
    path = shop.home / "名簿.csv"
    path.write_text(f"会員番号,氏名,メールアドレス\nB-1,山本 桜,{mail}\nB-2,中村 蓮,ren@example.com\n", "utf-8")
    staged = stage_file(path, shop_zone="Asia/Tokyo", currency="JPY", received_at=MONDAY, folder=shop.home / "imports")
    import_file(shop.inbox, shop.ledger, staged, home=shop.home)
    assert situation(shop).refused == refused


def test_the_next_moment_of_a_scenario_is_its_earliest(shop: Shop) -> None:
    start(shop, **TWO_MAILS)
    assert next_by_scenario(shop, now=MONDAY) == {"hello": MONDAY}
    tick(shop)
    with shop.ledger.writing() as tx:
        tx.execute(update(outbox).values(state="sent"))
    assert next_by_scenario(shop, now=MONDAY)["hello"] == MONDAY + timedelta(days=3)


def test_a_daily_scenario_is_due_at_its_next_hour(shop: Shop) -> None:
    start(shop, "daily", entry={"kind": "daily", "at": "13:30", "condition": everybody()})
    assert next_by_scenario(shop, now=MONDAY)["daily"] == MONDAY + timedelta(hours=1, minutes=30)


def test_a_scenario_without_a_title_in_a_language_is_called_by_another(shop: Shop) -> None:
    start(shop, "only-ja", title={"ja": "ご挨拶"})
    (state,) = read_states(shop, now=MONDAY)
    with speaking("en"):
        assert title_of(state) == "ご挨拶"
