"""Around every page: the role, the token, the size of a form, the language, errors in words."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response

from tenshu.bootstrap import Shop
from tenshu.content.shop import read_shop, write_shop
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _, current_language
from tenshu.staff.person import ROLES, Person, Role
from tenshu.store.remote import OwnerAway
from tenshu.web.console.page import Page
from tenshu.web.console.shell import console_route
from tenshu.web.console.visit import Visit
from tests.unit.web.gates import OpenGate

Send = Any


class NotToday(TenshuError):
    """Something that cannot be done."""

    template = N_("Something broke on our side. Please try again.")
    status = 409


def refuse(_visit: Visit) -> Response:
    raise NotToday


def away(_visit: Visit) -> Response:
    raise OwnerAway(path="owner.sock")


def speak(_visit: Visit) -> Response:
    return PlainTextResponse(current_language() + _("Customers"))


def repeat(visit: Visit) -> Response:
    files = [f"{field}={upload.name}:{upload.size}" for field, upload in visit.all_uploads]
    return PlainTextResponse(" ".join([visit.said("word"), *files]))


PAGES = (
    Page("/speak", speak),
    Page("/staff", speak, role="staff"),
    Page("/marketer", speak, role="marketer"),
    Page("/owner", speak, role="owner"),
    Page("/refuse", refuse),
    Page("/away", away),
    Page("/repeat", repeat, method="POST", most_bytes=2_000),
)


@pytest.fixture(params=["owner"])
def send(console_shop: Shop, request: pytest.FixtureRequest) -> Send:
    """Return a way to send requests as somebody of a role."""
    gate = OpenGate(Person(id=1, name="佐藤", email="sato@example.com", role=request.param))
    app = Starlette(routes=[console_route(page, console_shop, gate) for page in PAGES])

    def sent(method: str, path: str, **given: Any) -> httpx.Response:
        if given.pop("is_ours", method == "POST"):
            given["data"] = {"csrf": gate.csrf, **given.get("data", {})}

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **given)

        return asyncio.run(ask())

    return sent


@pytest.mark.parametrize("send", ROLES, indirect=True)
def test_a_page_opens_for_its_role_and_the_higher_ones(send: Send, request: pytest.FixtureRequest) -> None:
    role: Role = request.node.callspec.params["send"]
    for least in ("staff", "marketer", "owner"):
        expected = 200 if ROLES.index(role) >= ROLES.index(least) else 403
        assert send("GET", f"/{least}").status_code == expected, least


@pytest.mark.parametrize(("asked", "said"), [("ja", "ja顧客"), ("en", "enCustomers"), ("fr", "ja顧客")])
def test_a_page_speaks_the_browsers_language(send: Send, asked: str, said: str) -> None:
    assert send("GET", "/speak", headers={"accept-language": asked}).text == said


def test_an_error_of_ours_is_a_page_with_its_words_and_status(send: Send) -> None:
    answer = send("GET", "/refuse", headers={"accept-language": "en"})
    assert answer.status_code == 409
    assert "Something broke on our side." in answer.text
    assert "Nothing was changed." in answer.text


def test_htmx_gets_the_words_alone(send: Send) -> None:
    answer = send("GET", "/refuse", headers={"hx-request": "true"})
    assert answer.status_code == 409
    assert "<html" not in answer.text
    assert 'role="alert"' in answer.text


def test_an_owner_that_is_away_is_said_and_may_come_back(send: Send) -> None:
    answer = send("GET", "/away")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


def test_a_form_of_ours_is_taken(send: Send) -> None:
    assert send("POST", "/repeat", data={"word": "  こんにちは "}).text == "こんにちは"


@pytest.mark.parametrize("token", [{}, {"csrf": ""}, {"csrf": "guessed"}])
def test_a_form_without_the_token_does_nothing(send: Send, token: dict[str, str]) -> None:
    assert send("POST", "/repeat", data={"word": "x", **token}, is_ours=False).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_a_form_that_another_site_sends_does_nothing_even_with_the_token(send: Send, site: str) -> None:
    assert send("POST", "/repeat", data={"word": "x"}, headers={"sec-fetch-site": site}).status_code == 403


def test_json_as_plain_text_is_no_form(send: Send) -> None:
    given = {"content": b'{"word":"x"}', "headers": {"content-type": "text/plain"}, "is_ours": False}
    assert send("POST", "/repeat", **given).status_code == 403


def test_a_form_that_is_too_large_is_not_read(send: Send) -> None:
    assert send("POST", "/repeat", data={"word": "x" * 3_000}).status_code == 413


def test_a_form_that_does_not_tell_its_size_is_not_read(send: Send) -> None:
    async def body() -> Any:
        yield b"word=x"

    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert send("POST", "/repeat", content=body(), headers=headers, is_ours=False).status_code == 413


def test_a_file_comes_with_the_name_that_it_was_given_and_nothing_else(send: Send) -> None:
    answer = send("POST", "/repeat", data={"word": "x"}, files={"file": ("../../顧客.xlsx", b"12345")})
    assert answer.text == "x file=../../顧客.xlsx:5"


def test_a_field_without_a_chosen_file_is_no_upload(send: Send) -> None:
    assert send("POST", "/repeat", data={"word": "x"}, files={"file": ("", b"")}).text == "x"


def test_a_page_that_shows_takes_no_form(send: Send) -> None:
    assert send("POST", "/speak").status_code == 405
    assert send("GET", "/repeat").status_code == 405


def test_a_language_that_the_shop_has_chosen_elsewhere_holds_at_the_next_visit(send: Send, console_shop: Shop) -> None:
    """Another process has saved it: the console keeps no settings of its own."""
    silent = {"accept-language": "fr"}
    assert send("GET", "/speak", headers=silent).text == "ja顧客"
    before = read_shop(console_shop.ledger)
    with console_shop.ledger.writing() as tx:
        write_shop(tx, msgspec.structs.replace(before, language="en"))
    assert send("GET", "/speak", headers=silent).text == "enCustomers"
    with console_shop.ledger.writing() as tx:
        write_shop(tx, before)
    assert send("GET", "/speak", headers=silent).text == "ja顧客"
