"""The web process: links work without an owner, the report is the owner's, and a sentence while he is away."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tenshu.bootstrap import HomeMissing, Shop, open_shop
from tenshu.serve.owner import Owner
from tenshu.serve.prepare import Prepared, _prepare_here, prepare
from tenshu.serve.web import told_report
from tenshu.staff.audit import TERMINAL
from tenshu.staff.links import LinkSpent, read_link
from tenshu.staff.people import set_up
from tenshu.store.remote import SOCKET, OwnerAway, WarehouseServer
from tenshu.testing.small_shop import MONDAY, open_small_shop
from tenshu.web.app import make_app
from tests.unit.cli.terminal import clock_stands_at
from tests.unit.web.gates import LocalGate


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop, _ = open_small_shop(tmp_path / "home")
    yield shop
    shop.close()


@pytest.fixture
def asking(shop: Shop) -> Iterator[Shop]:
    asked = open_shop(shop.home, access="ask", is_prepared=True)
    yield asked
    asked.close()


async def answer(asking: Shop, path: str) -> httpx.Response:
    app = make_app(asking, report=lambda: told_report(asking), gate=LocalGate(asking))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        return await client.get(path)


def read(asking: Shop, path: str) -> httpx.Response:
    return asyncio.run(answer(asking, path))


def test_the_report_is_the_owners(shop: Shop, asking: Shop) -> None:
    owner = Owner(shop)
    server = WarehouseServer(shop.warehouse, shop.home / SOCKET, {"report": owner.report})
    assert told_report(asking).known_customers == 5
    assert read(asking, "/report?lang=en").status_code == 200
    server.close()
    owner.close()


@pytest.mark.parametrize(("language", "words"), [("en", "Nobody answers"), ("ja", "応える相手がいません")])
def test_an_owner_that_is_away_is_a_sentence_and_the_rest_goes_on(asking: Shop, language: str, words: str) -> None:
    with pytest.raises(OwnerAway):
        told_report(asking)
    page = read(asking, f"/report?lang={language}")
    assert page.status_code == 503
    assert words in page.text
    assert page.headers["retry-after"] == "5"
    assert read(asking, "/c/nothing").status_code == 404


def test_a_home_is_prepared_and_says_whether_it_is_rehearsed(shop: Shop, tmp_path: Path) -> None:
    assert not _prepare_here(shop.home).is_rehearsed
    clock_stands_at(shop.home, MONDAY)
    assert prepare(shop.home) == Prepared(is_rehearsed=True, is_new=False, set_up=None)


def test_a_home_in_which_nobody_works_gets_a_link_and_one_with_people_none(shop: Shop) -> None:
    first, second = prepare(shop.home).set_up, _prepare_here(shop.home).set_up
    assert first is not None
    assert second is not None
    assert first != second
    now = shop.clock.now()
    with shop.ledger.writing() as tx:
        with pytest.raises(LinkSpent):  # each start makes a new one, and only the newest opens the door
            read_link(tx, first.removeprefix("/set-up/"), "set_up", now)
        set_up(
            tx, second.removeprefix("/set-up/"), name="佐藤", email="s@example.com", digest="-", by=TERMINAL, now=now
        )
    assert _prepare_here(shop.home).set_up is None


def test_a_new_or_empty_folder_becomes_a_shop_and_one_that_holds_something_else_does_not(tmp_path: Path) -> None:
    assert prepare(tmp_path / "new").is_new
    assert not _prepare_here(tmp_path / "new").is_new
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").touch()
    with pytest.raises(HomeMissing):
        _prepare_here(tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.png"]
