"""Signing in and out: a new token each time, nothing learned by guessing, nowhere to be led astray."""

from pathlib import Path

import pytest
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.staff import people
from tenshu.staff.audit import Actor, read_audit
from tenshu.staff.throttle import BY_BOTH
from tenshu.testing.small_shop import MONDAY
from tenshu.web.console.entry.arrival import wanted_path
from tests.unit.web.console.crew_home import crew_home
from tests.unit.web.console.doors import OWNER, PASSWORD, come_in, hold, open_console, signed_in, stranger, token_in

NASTY = "<script>alert(1)</script>\"'onfocus=alert(2) {{ 7*7 }}\r\nSet-Cookie: a=b"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return crew_home(tmp_path)[0]


@pytest.fixture
def app(shop: Shop) -> Starlette:
    return open_console(shop)


def test_who_signs_in_gets_to_the_page_that_was_wanted(app: Starlette) -> None:
    visitor, answer = come_in(app, next="/settings/me?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/me?x=1")
    assert visitor.get("/settings/me").status_code == 200
    assert visitor.get("/sign-in").headers["location"] == "/"


def test_a_token_that_somebody_else_planted_is_not_the_one_that_signs_in(app: Starlette) -> None:
    visitor = stranger(app)
    hold(visitor, "planted-by-somebody-else")
    visitor.csrf = stranger(app).csrf
    answer = visitor.post("/sign-in", {"email": OWNER, "password": PASSWORD})
    assert answer.status_code == 303
    assert token_in(visitor) != "planted-by-somebody-else"
    assert stranger(app).get("/settings/me", headers={"cookie": "tenshu=planted-by-somebody-else"}).status_code == 303


def test_signing_in_again_in_the_same_browser_ends_the_sign_in_of_before(app: Starlette) -> None:
    visitor, _answer = come_in(app)
    before = token_in(visitor)
    visitor.post("/sign-in", {"email": OWNER, "password": PASSWORD})
    assert token_in(visitor) != before
    old = stranger(app)
    hold(old, before)
    assert old.get("/settings/me").status_code == 303


def test_after_signing_out_the_token_opens_nothing_and_the_browser_forgets_it(app: Starlette) -> None:
    visitor, _answer = come_in(app)
    kept = token_in(visitor)
    answer = visitor.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert token_in(visitor) == ""
    assert "You are signed out." in visitor.get("/sign-in").text
    thief = stranger(app)
    hold(thief, kept)
    assert thief.get("/settings/me").status_code == 303
    assert thief.post("/settings/me", {"name": "X"}).status_code == 401


def test_signing_out_twice_or_as_nobody_is_no_error(app: Starlette) -> None:
    assert stranger(app).post("/sign-out").status_code == 303


def test_signing_out_here_leaves_the_other_browser_alone(app: Starlette, shop: Shop) -> None:
    here, there = signed_in(app, shop), signed_in(app, shop)
    here.post("/sign-out")
    assert there.get("/settings/me").status_code == 200


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_says_the_same_whether_the_account_exists(app: Starlette, language: str) -> None:
    told = []
    for email in (OWNER, "nobody@example.com"):
        answer = stranger(app, language).post("/sign-in", {"email": email, "password": "wrong"})
        told.append((answer.status_code, answer.text.replace(email, "")))
    assert told[0] == told[1]
    assert told[0][0] == 403


def test_whoever_guesses_is_told_to_wait_whether_the_account_exists(app: Starlette) -> None:
    for email in (OWNER, "nobody@example.com"):
        answers = [
            stranger(app).post("/sign-in", {"email": email, "password": "wrong"}) for _try in range(BY_BOTH.free + 1)
        ]
        assert [answer.status_code for answer in answers] == [403] * BY_BOTH.free + [429]
        assert "Please wait 1 min" in answers[-1].text
    assert stranger(app).post("/sign-in", {"email": OWNER, "password": PASSWORD}).status_code == 429


@pytest.mark.parametrize("field", ["email", "password", "next"])
@pytest.mark.parametrize("value", [NASTY, "", "x" * 15_000, "\x00", "\ud7ff\u2028"])
def test_nothing_that_is_typed_becomes_more_than_text(app: Starlette, field: str, value: str) -> None:
    answer = stranger(app).post("/sign-in", {"email": OWNER, "password": "wrong", field: value})
    assert answer.status_code == 403
    assert "<script>alert" not in answer.text
    assert answer.headers.get_list("set-cookie") == []


def test_a_body_that_is_too_large_is_not_read(app: Starlette) -> None:
    assert stranger(app).post("/sign-in", {"email": "x" * 30_000}).status_code == 413


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\b",
        "javascript:alert(1)",
        "/\nSet-Cookie: a=b",
        "/a b",
        "",
        "segments",
        "/" + "a" * 2000,
    ],
)
def test_signing_in_leads_nowhere_else(app: Starlette, asked: str) -> None:
    assert wanted_path(asked) == "/"
    _visitor, answer = come_in(app, next=asked)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("asked", ["/", "/segments", "/segments?page=2&x=%2F", "/customers/5", "/settings/people#x"])
def test_signing_in_leads_to_pages_of_ours(asked: str) -> None:
    assert wanted_path(asked) == asked


def test_who_has_gone_gets_in_neither_by_password_nor_by_an_old_token(app: Starlette, shop: Shop) -> None:
    staff = signed_in(app, shop, "staff")
    with shop.ledger.writing() as tx:
        member = people.find_member(tx, "staff@example.com")
        assert member is not None
        people.say_farewell(tx, member.id, by=Actor(1, "店主"), now=MONDAY)
    assert staff.get("/settings/me").status_code == 303
    _visitor, answer = come_in(app, "staff@example.com")
    assert answer.status_code == 403


def test_the_browser_is_named_in_no_log_as_more_than_text(app: Starlette, shop: Shop) -> None:
    visitor = stranger(app)
    visitor.post(
        "/sign-in", {"email": f"{NASTY}@example.com", "password": "x"}, headers={"user-agent": "A\x1b[31m<script>"}
    )
    with shop.ledger.reading() as tx:
        (newest,) = read_audit(tx, limit=1)
    assert (newest.act, newest.about) == ("sign_in_failed", "")


def test_forms_are_made_for_keyboards_and_password_books(app: Starlette) -> None:
    page = stranger(app).get("/sign-in").text
    for wanted in ('autocomplete="username"', 'autocomplete="current-password"', 'type="email"', "autofocus"):
        assert wanted in page
    assert "onpaste" not in page
    assert 'autocomplete="off"' not in page


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_page_of_entry_lacks_the_headers_or_gives_a_cookie(app: Starlette, language: str) -> None:
    for path in ("/sign-in", "/forgot", "/set-up/x", "/invited/x", "/reset/x"):
        answer = stranger(app, language).get(path)
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
