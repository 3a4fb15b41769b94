"""One's own account: the password is changed by who knows it, and ends every other sign-in."""

from pathlib import Path

import pytest
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.staff.throttle import BY_BOTH
from tests.unit.web.console.crew_home import crew_home
from tests.unit.web.console.doors import PASSWORD, come_in, hold, open_console, signed_in, stranger, token_in
from tests.unit.web.console.visiting import visiting

NEW = "kaze to hikari to"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return crew_home(tmp_path)[0]


@pytest.fixture
def app(shop: Shop) -> Starlette:
    return open_console(shop)


def test_a_new_password_ends_every_sign_in_but_this_one_which_gets_a_new_token(app: Starlette, shop: Shop) -> None:
    here, there = signed_in(app, shop), signed_in(app, shop)
    before = token_in(here)
    answer = here.post("/settings/me/password", {"current": PASSWORD, "password": NEW})
    assert answer.status_code == 303
    assert token_in(here) != before
    assert "signed out everywhere else" in here.get(answer.headers["location"]).text
    assert there.get("/settings/me").status_code == 303
    thief = stranger(app)
    hold(thief, before)
    assert thief.get("/settings/me").status_code == 303
    assert come_in(app)[1].status_code == 403
    assert come_in(app, password=NEW)[1].status_code == 303


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"current": "wrong", "password": NEW}, 403, "This is not your password."),
        ({"password": NEW}, 403, "This is not your password."),
        ({"current": PASSWORD, "password": "short"}, 422, "at least 10 characters"),
        ({"current": PASSWORD, "password": "password2024"}, 422, "would soon be guessed"),
        ({"current": PASSWORD}, 422, "at least 10 characters"),
    ],
)
def test_a_refused_change_says_why_and_changes_nothing(
    app: Starlette, shop: Shop, form: dict[str, str], status: int, said: str
) -> None:
    here, there = signed_in(app, shop), signed_in(app, shop)
    answer = here.post("/settings/me/password", form)
    assert (answer.status_code, said in answer.text) == (status, True)
    for typed in form.values():
        assert f'value="{typed}"' not in answer.text
    assert there.get("/settings/me").status_code == 200
    assert come_in(app)[1].status_code == 303


def test_whoever_sits_at_an_open_console_cannot_guess_the_password_for_long(app: Starlette, shop: Shop) -> None:
    here = signed_in(app, shop)
    told = [
        here.post("/settings/me/password", {"current": "wrong", "password": NEW}).status_code
        for _try in range(BY_BOTH.free + 2)
    ]
    assert told == [403] * BY_BOTH.free + [429] * 2


def test_the_language_of_a_person_is_the_language_of_the_pages(app: Starlette, shop: Shop) -> None:
    owner = signed_in(app, shop, language="en")
    assert '<html lang="en">' in owner.get("/settings/me").text
    owner.post("/settings/me", {"name": "店主", "language": "ja"})
    assert '<html lang="ja">' in owner.get("/settings/me").text
    owner.post("/settings/me", {"name": "店主", "language": ""})
    assert '<html lang="en">' in owner.get("/settings/me").text


def test_a_name_that_is_none_is_refused_at_its_field(app: Starlette, shop: Shop) -> None:
    owner = signed_in(app, shop)
    answer = owner.post("/settings/me", {"name": "a\x1b[31m"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "\x1b" not in answer.text


def test_a_name_with_markup_is_text_on_every_page_that_shows_it(app: Starlette, shop: Shop) -> None:
    owner = signed_in(app, shop)
    nasty = '<img src=x onerror=alert(1)>"{{ 7*7 }}'
    assert owner.post("/settings/me", {"name": nasty}).status_code == 303
    for path in ("/settings/me", "/settings/people", "/settings/audit", "/settings/keys"):
        page = owner.get(path).text
        assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in owner.get("/settings/people").text
    assert "{{ 7*7 }}" in owner.get("/settings/people").text


@pytest.mark.parametrize("role", ["viewer", "staff", "marketer", "owner"])
def test_every_role_has_an_account_page(shop: Shop, role: str) -> None:
    with visiting(shop, role=role) as client:  # type: ignore[arg-type]
        page = client.get("/settings/me")
    assert page.status_code == 200
    assert 'autocomplete="new-password"' in page.text
    assert 'autocomplete="current-password"' in page.text
