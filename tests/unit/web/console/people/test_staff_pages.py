"""Settings, people: who is shown, what an owner may do, and what nobody may."""

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.staff.audit import read_audit
from tenshu.staff.people import Member, read_people
from tests.unit.web.console.crew_home import crew_home
from tests.unit.web.console.doors import ADDRESSES, OWNER, come_in, open_console, signed_in, stranger

PEOPLE = "/settings/people"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return crew_home(tmp_path)[0]


@pytest.fixture
def app(shop: Shop) -> Starlette:
    return open_console(shop)


def member(shop: Shop, email: str) -> Member:
    with shop.ledger.reading() as tx:
        return next(one for one in read_people(tx) if one.email == email)


def acts(shop: Shop) -> list[str]:
    with shop.ledger.reading() as tx:
        return [entry.act for entry in read_audit(tx)]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_everybody_is_listed_with_role_and_state(app: Starlette, shop: Shop, language: str) -> None:
    page = signed_in(app, shop, language=language).get(PEOPLE).text
    for email in ADDRESSES.values():
        assert email in page
    assert ("Signed in now" if language == "en" else "いまサインインしています") in page
    assert page.count("<option") == 16
    assert page.count("selected") == 4


def test_an_invitation_is_a_link_that_is_shown_once_and_works(app: Starlette, shop: Shop) -> None:
    owner = signed_in(app, shop)
    answer = owner.post(f"{PEOPLE}/invite", {"name": "新人", "email": "new@example.com", "role": "viewer"})
    found = re.search(r"http://127\.0\.0\.1:8000(/invited/[\w-]{43})", answer.text)
    assert found is not None
    assert found[1].rpartition("/")[2] not in owner.get(PEOPLE).text
    assert stranger(app).get(found[1]).status_code == 200
    assert member(shop, "new@example.com").status == "invited"


def test_a_wrong_invitation_says_at_the_field_what_is_wrong_and_keeps_the_rest(app: Starlette, shop: Shop) -> None:
    owner = signed_in(app, shop)
    for form, status, said in (
        ({"name": "新人", "email": "no address", "role": "staff"}, 422, "is no e-mail address"),
        ({"name": "", "email": "new@example.com", "role": "staff"}, 422, "1 to 100 letters"),
        ({"name": "新人", "email": OWNER, "role": "staff"}, 409, "works here already"),
    ):
        answer = owner.post(f"{PEOPLE}/invite", form)
        assert answer.status_code == status
        assert said in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert f'value="{form["name"]}"' in answer.text
    assert owner.post(f"{PEOPLE}/invite", {"name": "X", "email": "x@example.com", "role": "god"}).status_code == 422


def test_a_role_is_changed_at_once_and_can_be_changed_back(app: Starlette, shop: Shop) -> None:
    owner, staff = signed_in(app, shop), signed_in(app, shop, "staff")
    number = member(shop, ADDRESSES["staff"]).id
    assert owner.post(f"{PEOPLE}/{number}/role", {"role": "marketer"}).status_code == 303
    assert staff.get("/settings/me").status_code == 303  # has to sign in again
    page = owner.get(PEOPLE).text
    undo = re.search(rf'action="({PEOPLE}/{number}/role\?role=staff)"', page)
    assert undo is not None
    assert owner.post(undo[1]).status_code == 303
    assert member(shop, ADDRESSES["staff"]).role == "staff"


def test_a_farewell_ends_everything_at_once_and_can_be_taken_back(app: Starlette, shop: Shop) -> None:
    owner, viewer = signed_in(app, shop), signed_in(app, shop, "viewer")
    number = member(shop, ADDRESSES["viewer"]).id
    assert owner.post(f"{PEOPLE}/{number}/farewell").status_code == 303
    assert viewer.get("/settings/me").status_code == 303
    assert viewer.post("/settings/me", {"name": "X"}).status_code == 401
    page = owner.get(PEOPLE).text
    assert "No longer here" in page
    assert owner.post(f"{PEOPLE}/{number}/back").status_code == 303
    assert come_in(app, ADDRESSES["viewer"])[1].status_code == 303


def test_the_last_owner_is_told_why_not(app: Starlette, shop: Shop) -> None:
    owner = signed_in(app, shop)
    number = member(shop, OWNER).id
    for answer in (
        owner.post(f"{PEOPLE}/{number}/role", {"role": "viewer"}),
        owner.post(f"{PEOPLE}/{number}/farewell"),
    ):
        assert answer.status_code == 409
        assert "is the only owner" in answer.text
    assert owner.get(PEOPLE).status_code == 200


def test_a_link_to_a_new_password_is_of_that_person_alone(app: Starlette, shop: Shop) -> None:
    owner = signed_in(app, shop)
    answer = owner.post(f"{PEOPLE}/{member(shop, ADDRESSES['staff']).id}/link")
    found = re.search(r"(/reset/[\w-]{43})", answer.text)
    assert found is not None
    assert ADDRESSES["staff"] in stranger(app).get(found[1]).text


def test_somebody_who_has_gone_gets_no_link(app: Starlette, shop: Shop) -> None:
    owner = signed_in(app, shop)
    number = member(shop, ADDRESSES["staff"]).id
    owner.post(f"{PEOPLE}/{number}/farewell")
    assert owner.post(f"{PEOPLE}/{number}/link").status_code == 404


@pytest.mark.parametrize("person", ["0", "999", "-1", "1.0", "x", "１", "9" * 40, "1%20OR%201=1"])
@pytest.mark.parametrize("act", ["role", "link", "farewell", "back"])
def test_a_number_that_is_nobodys_is_a_404(app: Starlette, shop: Shop, person: str, act: str) -> None:
    assert signed_in(app, shop).post(f"{PEOPLE}/{person}/{act}", {"role": "staff"}).status_code == 404


def test_fields_that_a_form_does_not_have_change_nothing(app: Starlette, shop: Shop) -> None:
    viewer = signed_in(app, shop, "viewer")
    before = member(shop, ADDRESSES["viewer"])
    more = {"role": "owner", "email": OWNER, "is_admin": "1", "status": "ended", "person": "1", "password": "x" * 20}
    assert viewer.post("/settings/me", {"name": "新しい名前", "language": "en", **more}).status_code == 303
    after = member(shop, ADDRESSES["viewer"])
    assert (after.role, after.status, after.id, after.name) == ("viewer", "active", before.id, "新しい名前")
    assert member(shop, OWNER).name == "店主"
    assert come_in(app, ADDRESSES["viewer"])[1].status_code == 303


def test_every_act_of_an_owner_is_in_the_log_once(app: Starlette, shop: Shop) -> None:
    owner = signed_in(app, shop)
    number = member(shop, ADDRESSES["staff"]).id
    before = len(acts(shop))
    owner.post(f"{PEOPLE}/{number}/role", {"role": "viewer"})
    owner.post(f"{PEOPLE}/{number}/link")
    owner.post(f"{PEOPLE}/{number}/farewell")
    owner.post(f"{PEOPLE}/{number}/back")
    owner.post(f"{PEOPLE}/invite", {"name": "新人", "email": "new@example.com", "role": "viewer"})
    told = acts(shop)
    assert told[: len(told) - before] == ["invited", "brought_back", "farewell", "reset_link_made", "role_changed"]
