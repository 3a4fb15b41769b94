"""From a recipe to the mailbox: chosen, kept, looked over, tested, confirmed, started, sent, and the account closes."""

import os
import re
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tenshu.bootstrap import Shop, make_dispatcher, open_shop
from tenshu.condition import parse
from tenshu.deliver.channels.email.settings import open_channel, read_smtp
from tenshu.journey.drafts import read_drafts
from tenshu.journey.tables import journeys
from tenshu.measure.account import account, as_account
from tenshu.segment.saved import end_segment, save_segment
from tenshu.store.remote import SOCKET, WarehouseServer
from tenshu.testing.copied_shop import POSTGRES
from tenshu.testing.small_shop import add_template, open_small_shop, tick
from tenshu.web.console.asked import answer_of
from tenshu.web.console.scenarios import preflight_pages
from tests.unit.web.console.scenarios.shops import add_draft, add_letter, form, open_flower_shop, with_server, words
from tests.unit.web.console.visiting import Visitor, visiting


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop of sixty-five that may send."""
    return open_flower_shop(tmp_path / "home")


def shown(text: str) -> str:
    """Return the size that a pre-flight asks to confirm."""
    found = re.search(r'name="shown" value="(\d+)"', text)
    assert found
    return found[1]


def test_a_broadcast_goes_out_through_the_pages_and_its_account_closes(shop: Shop) -> None:
    with with_server(shop) as sink, visiting(shop, language="ja") as client:
        kept = client.post("/scenarios/new/broadcast", form())
        assert kept.status_code == 303
        where = kept.headers["location"]
        assert "下書き" in words(client.get(where))
        before = client.get(f"{where}/preflight")
        assert "テスト送信されていません" in words(before)
        assert client.post(f"{where}/test").status_code == 303
        assert [mail.recipient for mail in sink.mails()] == ["owner@example.com"]
        flight = client.get(f"{where}/preflight")
        people = shown(flight.text)
        started = client.post(f"{where}/start", {"people": people, "shown": people})
        assert started.status_code == 303
        assert tick(shop).entered > int(people)
        with closing(open_channel(read_smtp(shop.ledger))) as channel:
            make_dispatcher(shop, channel).run(now=shop.clock.now())
        assert len(sink.mails()) == 1 + int(people)
        became = as_account(account(shop.ledger))
        assert (became.sent, became.closes) == (int(people), True)
        assert became.held_out > 0
        page = words(client.get(where))
        assert f"配信済み {became.sent}" in page
        assert f"非配信群 {became.held_out}" in page
    shop.close()


def test_a_second_click_starts_nothing_twice(shop: Shop) -> None:
    add_draft(shop)
    with with_server(shop), visiting(shop) as client:
        client.post("/scenarios/spring-news/test")
        people = shown(client.get("/scenarios/spring-news/preflight").text)
        for _ in range(2):
            answer = client.post("/scenarios/spring-news/start", {"people": people, "shown": people})
            assert answer.headers["location"] == "/scenarios/spring-news"
    with shop.ledger.reading() as tx:
        assert read_drafts(tx) == []
        assert tx.frame(journeys.select()).height == 1
    shop.close()


@pytest.fixture
def ready(shop: Shop) -> Iterator[tuple[Shop, Visitor]]:
    """A draft of which a test was sent: only the size is left to confirm."""
    add_draft(shop)
    with with_server(shop), visiting(shop, language="en") as client:
        client.post("/scenarios/spring-news/test")
        yield shop, client
    shop.close()


def has_started(shop: Shop) -> bool:
    with shop.ledger.reading() as tx:
        return not tx.frame(journeys.select()).is_empty()


@pytest.mark.parametrize("typed", ["", "1", "many", "999999"])
def test_another_number_than_the_one_shown_starts_nothing(ready: tuple[Shop, Visitor], typed: str) -> None:
    shop, client = ready
    people = shown(client.get("/scenarios/spring-news/preflight").text)
    answer = client.post("/scenarios/spring-news/start", {"people": typed, "shown": people})
    assert answer.status_code == 422
    assert "Type the number of people" in words(answer)
    assert not has_started(shop)


def test_a_number_that_grew_since_it_was_shown_is_asked_again(ready: tuple[Shop, Visitor]) -> None:
    shop, client = ready
    answer = client.post("/scenarios/spring-news/start", {"people": "50", "shown": "50"})
    assert answer.status_code == 422
    assert "50 people have become" in words(answer)
    assert not has_started(shop)


def test_a_fault_that_came_up_since_stops_the_start(ready: tuple[Shop, Visitor]) -> None:
    shop, client = ready
    people = shown(client.get("/scenarios/spring-news/preflight").text)
    add_letter(shop, link="http://localhost/new")
    answer = client.post("/scenarios/spring-news/start", {"people": people, "shown": people})
    assert answer.status_code == 422
    assert "leads to this very machine" in words(answer)
    assert "as a test yet, as it is now" in words(answer)  # the test was of the words before
    assert not has_started(shop)


def test_without_a_test_to_oneself_nothing_starts(shop: Shop) -> None:
    add_draft(shop)
    with with_server(shop), visiting(shop, language="en") as client:
        page = client.get("/scenarios/spring-news/preflight")
        assert 'name="shown"' not in page.text
        answer = client.post("/scenarios/spring-news/start", {"people": "58", "shown": "58"})
        assert answer.status_code == 422
    assert not has_started(shop)
    shop.close()


def test_few_people_are_confirmed_by_a_tick(shop: Shop) -> None:
    dormant = {"kind": "did_not", "event": "order_completed", "within": {"days": 200}}
    with shop.ledger.writing() as tx:
        save_segment(tx, "dormant", {"ja": "休眠"}, parse(dormant), now=shop.clock.now())
    add_draft(shop, segment="dormant")
    with with_server(shop), visiting(shop, language="en") as client:
        client.post("/scenarios/spring-news/test")
        assert client.post("/scenarios/spring-news/start", {}).status_code == 422
        assert client.post("/scenarios/spring-news/start", {"sure": "yes"}).status_code == 303
    assert has_started(shop)
    shop.close()


def test_very_many_people_need_an_owner(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight_pages, "MANY", 50)
    add_draft(shop)
    with with_server(shop):
        with visiting(shop, role="marketer", language="en") as client:
            client.post("/scenarios/spring-news/test")
            page = client.get("/scenarios/spring-news/preflight")
            assert "an owner of this shop must start it" in words(page)
            assert client.post("/scenarios/spring-news/start", {"people": "58", "shown": "58"}).status_code == 422
        assert not has_started(shop)
        with visiting(shop, role="owner", language="en") as client:
            people = shown(client.get("/scenarios/spring-news/preflight").text)
            assert client.post("/scenarios/spring-news/start", {"people": people, "shown": people}).status_code == 303
    assert has_started(shop)
    shop.close()


def test_a_shop_that_never_said_who_it_is_is_told_all_that_is_missing(tmp_path: Path) -> None:
    shop, _clock = open_small_shop(tmp_path / "bare")
    add_template(shop, "spring")
    add_draft(shop, segment="")
    with visiting(shop, language="en") as client:
        said = words(client.get("/scenarios/spring-news/preflight"))
    for fault in ("where to ask and complain", "only an example", "no customer can open", "No mail server is set"):
        assert fault in said
    assert "It cannot start yet" in said
    shop.close()


def test_the_funnel_says_who_gets_nothing_and_why(ready: tuple[Shop, Visitor]) -> None:
    _shop, client = ready
    said = words(client.get("/scenarios/spring-news/preflight"))
    assert "There is no consent or other basis for this purpose. 1" in said
    assert "The customer has refused or withdrawn the consent for this purpose. 1" in said
    assert "A mail costs nothing." in said


def test_a_segment_that_changes_before_the_start_is_asked_as_it_is_then(ready: tuple[Shop, Visitor]) -> None:
    shop, client = ready
    before = shown(client.get("/scenarios/spring-news/preflight").text)
    nobody = {"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "月"}
    with shop.ledger.writing() as tx:
        save_segment(tx, "long-away", {"ja": "月の方"}, parse(nobody), now=shop.clock.now())
    assert int(before) > 50
    assert "Nobody fits at this moment" in words(client.get("/scenarios/spring-news/preflight"))


def test_a_segment_that_is_gone_is_told_and_nothing_starts(ready: tuple[Shop, Visitor]) -> None:
    shop, client = ready
    with shop.ledger.writing() as tx:
        end_segment(tx, "long-away")
    answer = client.get("/scenarios/spring-news/preflight")
    assert answer.status_code == 400
    assert "is not there any more" in words(answer)
    assert "is not there any more" in words(client.get("/scenarios"))
    assert not has_started(shop)


def test_in_a_large_shop_the_page_opens_before_it_has_looked(
    ready: tuple[Shop, Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight_pages, "AT_ONCE", 10)
    _shop, client = ready
    page = client.get("/scenarios/spring-news/preflight").text
    assert 'hx-trigger="load"' in page
    assert 'name="shown"' not in page
    part = client.part("GET", "/scenarios/spring-news/preflight").text
    assert 'name="shown"' in part
    assert "<html" not in part
    assert 'name="shown"' in client.get("/scenarios/spring-news/preflight?now=yes").text  # without scripts


def test_the_pages_work_while_another_process_has_the_warehouse(shop: Shop) -> None:
    """As under `tenshu serve`: the owner has the warehouse open, and the pages ask it through its socket."""
    if POSTGRES in os.environ:
        return
    add_draft(shop)
    calls = {name: partial(_answer, shop, name) for name in ("scenario_ahead", "scenario_hour")}
    server = WarehouseServer(shop.warehouse, shop.home / SOCKET, calls)
    web = open_shop(shop.home, access="ask", clock=shop.clock, is_prepared=True)
    assert not web.is_owner
    with visiting(web, language="en") as client:
        for path in ("/scenarios", "/scenarios/spring-news", "/scenarios/spring-news/preflight", "/outbox"):
            assert client.get(path).status_code == 200, path
        part = client.part("GET", "/scenarios/new/broadcast/said", params=form())
        assert "If it began now: 63 people" in words(part)
    server.close()
    web.close()
    shop.close()


def _answer(shop: Shop, name: str, _progress: object, **given: Any) -> Any:
    return answer_of(name)(shop, None, **given)
