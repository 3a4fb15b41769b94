"""The web process: links work without an owner, the report is the owner's, and a sentence while he is away."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tenshu.bootstrap import HomeMissing, Shop, open_shop
from tenshu.serve.owner import Owner
from tenshu.serve.prepare import prepare
from tenshu.serve.web import told_report
from tenshu.store.remote import SOCKET, OwnerAway, WarehouseServer
from tenshu.testing.small_shop import MONDAY, open_small_shop
from tenshu.web.app import make_app
from tests.unit.cli.terminal import clock_stands_at


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
    app = make_app(asking, report=lambda: told_report(asking))
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
    assert prepare(shop.home) is False
    clock_stands_at(shop.home, MONDAY)
    assert prepare(shop.home) is True
    with pytest.raises(HomeMissing):
        prepare(tmp_path / "nothing")
