"""The first owner by the link of the terminal, the others by invitation: each link once, each form and no more."""

from pathlib import Path

import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop
from tenshu.kit.clock import SetClock
from tenshu.staff import people
from tenshu.staff.audit import Actor, read_audit
from tenshu.staff.links import LASTS, make_link
from tenshu.staff.people import Member, read_people
from tenshu.staff.tables import people as people_table
from tenshu.testing.small_shop import MONDAY
from tenshu.web.app import make_app
from tenshu.web.console.gate import StaffGate
from tests.unit.web.console.crew_home import crew_home
from tests.unit.web.console.doors import OWNER, PASSWORD, come_in, open_console, stranger
from tests.unit.web.console.visiting import Visitor


@pytest.fixture
def home(tmp_path: Path) -> tuple[Shop, SetClock]:
    return crew_home(tmp_path)


@pytest.fixture
def shop(home: tuple[Shop, SetClock]) -> Shop:
    return home[0]


@pytest.fixture
def empty(tmp_path: Path) -> Shop:
    return crew_home(tmp_path, is_lived_in=False)[0]


def door(shop: Shop, language: str = "en") -> Visitor:
    return stranger(make_app(shop, gate=StaffGate(shop)), language)


def set_up_token(shop: Shop) -> str:
    with shop.ledger.writing() as tx:
        return make_link(tx, "set_up", now=MONDAY)


def invitation(shop: Shop, email: str = "suzuki@example.com", role: str = "staff") -> str:
    with shop.ledger.writing() as tx:
        return people.invite(tx, email=email, name="鈴木", role=role, by=Actor(1, "店主"), now=MONDAY)


def everybody(shop: Shop) -> list[Member]:
    with shop.ledger.reading() as tx:
        return read_people(tx)


def owner_form(token: str, **changes: str) -> dict[str, str]:
    return {"token": token, "name": "山田", "email": "Yamada@Example.com", "password": PASSWORD, **changes}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_first_owner_comes_in_by_the_link_and_goes_on_to_the_wizard(empty: Shop, language: str) -> None:
    token, visitor = set_up_token(empty), door(empty, language)
    page = visitor.get(f"/set-up/{token}")
    assert page.status_code == 200
    assert 'autocomplete="new-password"' in page.text
    answer = visitor.post("/set-up", owner_form(token))
    assert (answer.status_code, answer.headers["location"]) == (303, "/setup")
    assert [(one.email, one.role, one.status) for one in everybody(empty)] == [
        ("yamada@example.com", "owner", "active")
    ]
    assert visitor.get("/settings/people").status_code == 200  # signed in at once


def test_the_link_is_used_once_and_a_second_owner_is_not_made(empty: Shop) -> None:
    token = set_up_token(empty)
    door(empty).post("/set-up", owner_form(token))
    thief = door(empty)
    assert thief.get(f"/set-up/{token}").status_code == 410
    assert thief.post("/set-up", owner_form(token, email="evil@example.com")).status_code == 410
    assert thief.post("/set-up", owner_form(set_up_token(empty), email="evil@example.com")).status_code == 409
    assert [one.email for one in everybody(empty)] == ["yamada@example.com"]


def test_looking_at_the_link_does_not_use_it_up(empty: Shop) -> None:
    token = set_up_token(empty)
    for _scanner in range(3):
        assert door(empty).get(f"/set-up/{token}").status_code == 200
    assert door(empty).post("/set-up", owner_form(token)).status_code == 303


def test_a_mistake_in_the_form_does_not_use_the_link_up_and_keeps_what_was_right(empty: Shop) -> None:
    token, visitor = set_up_token(empty), door(empty)
    for changes, said in (
        ({"password": "short"}, "at least 10 characters"),
        ({"password": "password2024"}, "would soon be guessed"),
        ({"password": "yamada@example.com"}, "would soon be guessed"),
        ({"name": " "}, "1 to 100 letters"),
        ({"email": "yamada"}, "is no e-mail address"),
    ):
        answer = visitor.post("/set-up", owner_form(token, **changes))
        assert answer.status_code == 422
        assert said in answer.text
        assert 'role="alert"' in answer.text
        assert changes.get("password", PASSWORD) not in answer.text.replace('value="Yamada@Example.com"', "")
    assert everybody(empty) == []
    assert visitor.post("/set-up", owner_form(token)).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "../../etc", "%00", "a" * 43])
def test_what_is_no_link_is_one_calm_page(shop: Shop, token: str) -> None:
    for path in ("set-up", "invited", "reset"):
        answer = door(shop).get(f"/{path}/{token}")
        assert answer.status_code in {404, 410}
        assert door(shop).post(f"/{path}", {"token": token, "password": PASSWORD}).status_code == 410


def test_an_invited_person_chooses_a_password_and_is_in_with_the_role_of_the_invitation(shop: Shop) -> None:
    app = open_console(shop)
    token, visitor = invitation(shop), stranger(app)
    page = visitor.get(f"/invited/{token}")
    assert "suzuki@example.com" in page.text
    answer = visitor.post("/invited", {"token": token, "name": "鈴木 一郎", "password": "kawa to yama to"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert visitor.get("/settings/people").status_code == 403
    assert visitor.get("/settings/me").status_code == 200
    _other, again = come_in(app, "suzuki@example.com", "kawa to yama to")
    assert again.status_code == 303


def test_fields_that_a_form_does_not_have_give_no_rights(shop: Shop) -> None:
    """Mass assignment: role, is_admin, consent, workspace_id, status, person and id are not listened to."""
    token = invitation(shop)
    more = {
        "role": "owner",
        "is_admin": "1",
        "status": "active",
        "person": "1",
        "id": "1",
        "workspace_id": "2",
        "consent": "granted",
        "email": OWNER,
    }
    form = {"token": token, "name": "鈴木", "password": "kawa to yama to", **more}
    assert door(shop).post("/invited", form).status_code == 303
    found = {one.email: (one.role, one.status) for one in everybody(shop)}
    assert found["suzuki@example.com"] == ("staff", "active")
    assert found[OWNER] == ("owner", "active")


def test_an_invitation_is_no_set_up_and_no_new_password(shop: Shop) -> None:
    token = invitation(shop)
    for path in ("/set-up", "/reset"):
        assert door(shop).get(f"{path}/{token}").status_code == 410
        assert door(shop).post(path, owner_form(token)).status_code == 410
    assert door(shop).get(f"/invited/{token}").status_code == 200


def test_an_invitation_ends_after_a_week(home: tuple[Shop, SetClock]) -> None:
    shop, clock = home
    token = invitation(shop)
    clock.set(MONDAY + LASTS["invitation"])
    answer = door(shop).get(f"/invited/{token}")
    assert answer.status_code == 410
    assert "Ask for another one" in answer.text


def test_an_invitation_of_somebody_who_was_dismissed_meanwhile_opens_nothing(shop: Shop) -> None:
    token = invitation(shop)
    with shop.ledger.writing() as tx:
        member = people.find_member(tx, "suzuki@example.com")
        assert member is not None
        people.say_farewell(tx, member.id, by=Actor(1, "店主"), now=MONDAY)
    assert door(shop).post("/invited", {"token": token, "name": "X", "password": PASSWORD}).status_code == 410


def test_neither_token_nor_password_is_kept_or_told_anywhere(empty: Shop) -> None:
    token = set_up_token(empty)
    door(empty).post("/set-up", owner_form(token))
    with empty.ledger.reading() as tx:
        kept = str(tx.frame(select(people_table)).to_dicts()) + str(read_audit(tx))
    for secret in (token, PASSWORD):
        assert secret not in kept
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in kept


def test_a_name_with_markup_greets_as_text(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        token = people.invite(
            tx, email="x@example.com", name="<script>alert(1)</script>", role="viewer", by=Actor(1, "店主"), now=MONDAY
        )
    page = door(shop).get(f"/invited/{token}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_token_stands_in_no_address_that_does_something(empty: Shop) -> None:
    token = set_up_token(empty)
    page = door(empty).get(f"/set-up/{token}")
    assert 'action="/set-up"' in page.text
    assert f'name="token" value="{token}"' in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert door(empty).send("POST", f"/set-up/{token}", data={}).status_code == 405
