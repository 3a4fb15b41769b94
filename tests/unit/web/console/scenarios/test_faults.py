"""Each real fault alone stops the start, and is told with the way to put it right; what is no fault stops nothing."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, update

from tenshu.bootstrap import Shop, save_settings, save_templates
from tenshu.content.shop import ShopSettings
from tenshu.content.tables import templates
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.deliver import limits, standstill
from tenshu.deliver.channels.email.settings import SMTP
from tenshu.deliver.tables import test_sends as tests_sent
from tenshu.journey.tables import journeys
from tenshu.store.settings import settings
from tenshu.testing.small_shop import add_template, start, tick
from tests.unit.web.console.scenarios.shops import SETTINGS, add_draft, add_letter, open_flower_shop, with_server, words
from tests.unit.web.console.visiting import Visitor, visiting

FLIGHT = "/scenarios/spring-news/preflight"


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[tuple[Shop, Visitor]]:
    """A draft that could start: everything is well, and a test was sent."""
    shop = open_flower_shop(tmp_path / "home", people=10)
    add_draft(shop)
    with with_server(shop), visiting(shop, language="en") as client:
        client.post("/scenarios/spring-news/test")
        yield shop, client
    shop.close()


def changed(**changes: str) -> Callable[[Shop], object]:
    """Return what gives the shop other settings."""
    return lambda shop: save_settings(shop, msgspec.structs.replace(SETTINGS, **changes))


def without_server(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        tx.execute(delete(settings).where(settings.c.name == SMTP))


def without_test(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        tx.execute(delete(tests_sent))


def written_anew(shop: Shop) -> None:
    add_letter(shop, link="https://hanaya.test/other")


def unreadable(shop: Shop) -> None:
    broken = TemplateText(subject="{{ x", mjml="<mjml></mjml>", text="x")
    with shop.ledger.writing() as tx:
        source = TemplateSource(name="spring", languages={"ja": broken})
        tx.execute(update(templates).values(body=msgspec.json.encode(source).decode()))


def gone(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        tx.execute(delete(templates))


FAULTS: dict[str, tuple[Callable[[Shop], object], str]] = {
    "no address": (changed(postal_address=""), "the postal address"),
    "no contact": (changed(contact=""), "where to ask and complain"),
    "no name": (changed(name=""), "the shop's name"),
    "example sender": (changed(sender_email="shop@example.com"), "is only an example"),
    "local links": (changed(public_url="http://127.0.0.1:8000"), "which no customer can open"),
    "no server": (without_server, "No mail server is set"),
    "no test": (without_test, "as a test yet, as it is now"),
    "changed after the test": (written_anew, "as a test yet, as it is now"),
    "broken link": (lambda shop: add_letter(shop, link="http://localhost"), "leads to this very machine"),
    "broken message": (unreadable, "cannot be used"),
    "no message": (gone, "There is no message “spring” any more."),
}


def test_without_a_fault_it_may_start(ready: tuple[Shop, Visitor]) -> None:
    _shop, client = ready
    page = client.get(FLIGHT)
    assert "to be put right first" not in words(page)
    assert 'action="/scenarios/spring-news/start"' in page.text


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_stops_it_and_is_told(ready: tuple[Shop, Visitor], fault: str) -> None:
    shop, client = ready
    spoil, told = FAULTS[fault]
    spoil(shop)
    page = client.get(FLIGHT)
    assert page.status_code == 200
    assert told in words(page)
    assert 'action="/scenarios/spring-news/start"' not in page.text
    answer = client.post("/scenarios/spring-news/start", {"sure": "yes", "people": "13", "shown": "13"})
    assert answer.status_code == 422
    assert "put right first" in words(answer)
    with shop.ledger.reading() as tx:
        assert tx.frame(journeys.select()).is_empty()


def add_limit(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        limits.write_limits(tx, limits.Limits(per_day=3))


def stand_still(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        standstill.stand_still(tx, standstill.BY_HAND, shop.clock.now())


def another(shop: Shop) -> None:
    add_template(shop, "hello")
    wait = {"kind": "wait", "days": 3, "next": "send"}
    mail = {"kind": "send", "channel": "email", "template": "hello", "next": "end"}
    start(shop, "slow", first_step="wait", steps={"wait": wait, "send": mail, "end": {"kind": "exit"}})
    tick(shop)


def merged(shop: Shop) -> None:
    text = TemplateText(
        subject="{{ customer.birthday }}",
        mjml='<mjml><mj-body><mj-section><mj-column><mj-button href="https://hanaya.test/">x</mj-button></mj-column>'
        "</mj-section></mj-body></mjml>",
        text="https://hanaya.test/ {{ customer.prefecture }}",
    )
    save_templates(shop, [TemplateSource(name="spring", languages={"ja": text})])


WARNINGS: dict[str, tuple[Callable[[Shop], object], str]] = {
    "limit": (add_limit, "Your provider's limit stretches it over about"),
    "standstill": (stand_still, "Somebody has paused all sending."),
    "overlap": (another, "are in “Hello” too"),
    "nobody held out": (lambda shop: add_draft(shop, holdout_rate=0.0), "you will never know whether it helped"),
}


@pytest.mark.parametrize("warning", WARNINGS)
def test_what_is_no_fault_is_told_and_the_person_decides(ready: tuple[Shop, Visitor], warning: str) -> None:
    shop, client = ready
    change, told = WARNINGS[warning]
    change(shop)
    page = client.get(FLIGHT)
    assert told in words(page)
    assert 'action="/scenarios/spring-news/start"' in page.text


def test_words_that_are_empty_for_some_are_counted(ready: tuple[Shop, Visitor]) -> None:
    shop, client = ready
    merged(shop)
    client.post("/scenarios/spring-news/test")
    said = words(client.get(FLIGHT))
    for field in ("birthday", "prefecture"):
        found = re.search(rf"customer\.{field} is empty for (\d+) of (\d+) people\.", said)
        assert found
        assert found[1] == found[2]  # nobody has said either


def test_pushy_words_are_told_and_stop_nothing(ready: tuple[Shop, Visitor]) -> None:
    shop, client = ready
    letter = TemplateText(
        subject="{{ customer.last_name | sama }}へ 今だけ半額!!",
        mjml='<mjml><mj-body><mj-section><mj-column><mj-button href="https://hanaya.test/">x</mj-button></mj-column>'
        "</mj-section></mj-body></mjml>",
        text="お客様各位 https://hanaya.test/",
    )
    save_templates(shop, [TemplateSource(name="spring", languages={"ja": letter})])
    client.post("/scenarios/spring-news/test")
    page = client.get(FLIGHT)
    assert "“お客様各位” stands in the message." in words(page)
    assert 'action="/scenarios/spring-news/start"' in page.text


def test_a_server_that_refuses_the_test_says_so_on_the_pre_flight(ready: tuple[Shop, Visitor]) -> None:
    shop, client = ready
    without_test(shop)
    with shop.ledger.writing() as tx:
        body = msgspec.json.encode({"smtp_host": "127.0.0.1", "smtp_port": 9}).decode()
        tx.execute(update(settings).where(settings.c.name == SMTP).values(value=body))
    answer = client.post("/scenarios/spring-news/test", follow=True)
    assert answer.status_code == 200
    assert "could not be handed over just now" in words(answer)
    assert "as a test yet, as it is now" in words(answer)


def test_what_is_to_be_done_leads_to_a_page_that_is_there(tmp_path: Path) -> None:
    shop = open_flower_shop(tmp_path / "home", people=10)
    save_settings(shop, ShopSettings())
    add_letter(shop, link="http://localhost")
    add_draft(shop)
    with visiting(shop, language="en") as client:
        page = client.get(FLIGHT).text
        ways = set(re.findall(r'<p class="quiet"><a href="([^"]+)"', page))
        assert {"/settings/shop", "/settings/sender", "/settings/mail-server", "/templates/spring"} <= ways
        for way in sorted(ways):
            assert client.get(way).status_code == 200, way
    shop.close()
