"""Settings, keys: made by owners, shown once, ended at once."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.kit.clock import SetClock
from tenshu.staff.api_keys import Wish, make_key, open_key, read_keys
from tenshu.staff.audit import BROUGHT_BACK, TERMINAL, record
from tenshu.testing.small_shop import MONDAY
from tests.unit.web.console.crew_home import crew_home
from tests.unit.web.console.doors import open_console, signed_in
from tests.unit.web.console.visiting import Visitor

KEYS = "/settings/keys"


@pytest.fixture
def home(tmp_path: Path) -> tuple[Shop, SetClock]:
    return crew_home(tmp_path)


@pytest.fixture
def shop(home: tuple[Shop, SetClock]) -> Shop:
    return home[0]


@pytest.fixture
def owner(shop: Shop) -> Visitor:
    app: Starlette = open_console(shop)
    return signed_in(app, shop)


def make(owner: Visitor, **changes: object) -> str:
    form = {"title": "ネットショップ", "kind": "secret", "scope": ["events:write", "customers:read"], "days": "30"}
    answer = owner.post(f"{KEYS}/new", form | changes)
    found = re.search(r'<pre id="key"[^>]*>(tn[ws]_[\w-]{52})</pre>', answer.text)
    assert found is not None, answer.text
    return found[1]


def test_a_key_is_shown_once_and_then_only_its_beginning(owner: Visitor, shop: Shop) -> None:
    key = make(owner)
    page = owner.get(KEYS).text
    assert key[:12] in page
    assert key[13:] not in page
    with shop.ledger.reading() as tx:
        found = open_key(tx, key, MONDAY)
    assert found is not None
    assert found.scope == ("customers:read", "events:write")


def test_a_key_for_pages_may_only_add_whatever_the_form_says(owner: Visitor, shop: Shop) -> None:
    key = make(owner, kind="write", scope=["customers:read", "customers:write"])
    with shop.ledger.reading() as tx:
        found = open_key(tx, key, MONDAY)
    assert found is not None
    assert found.scope == ("events:write",)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "admin"},
        {"kind": ""},
        {"scope": []},
        {"scope": ["everything"]},
        {"days": "-1"},
        {"days": "x"},
        {"days": "99999999999999999999"},
        {"title": ""},
        {"title": "a\nb"},
    ],
)
def test_a_key_that_would_not_fit_is_not_made_and_the_page_says_why(
    owner: Visitor, shop: Shop, changes: dict[str, object]
) -> None:
    form = {"title": "x", "kind": "secret", "scope": ["events:write"], "days": "30"} | changes
    answer = owner.post(f"{KEYS}/new", form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    with shop.ledger.reading() as tx:
        assert read_keys(tx) == []


def test_a_key_is_ended_at_once_and_stays_in_the_list(owner: Visitor, shop: Shop) -> None:
    key = make(owner)
    assert owner.post(f"{KEYS}/{key[:12]}/end").status_code == 303
    page = owner.get(KEYS).text
    assert "opens nothing any more" in page
    assert "Ended on 1 June 2026" in page
    with shop.ledger.reading() as tx:
        assert open_key(tx, key, MONDAY) is None
    assert owner.post(f"{KEYS}/{key[:12]}/end").status_code == 404
    assert owner.post(f"{KEYS}/x%00y/end").status_code == 404


@pytest.mark.parametrize(("days", "said"), [("30", "Over since 1 July 2026"), ("0", "without an end")])
def test_the_list_says_until_when(home: tuple[Shop, SetClock], days: str, said: str) -> None:
    shop, clock = home
    app = open_console(shop)
    make(signed_in(app, shop), days=days)
    clock.set(MONDAY + timedelta(days=31))
    assert said in signed_in(app, shop).get(KEYS).text


def test_a_page_without_keys_teaches(owner: Visitor) -> None:
    page = owner.get(KEYS).text
    assert "No key has been made." in page
    assert "no interface for programs yet" in page


def test_keys_that_a_backup_brought_back_are_marked_and_younger_ones_are_not(owner: Visitor, shop: Shop) -> None:
    old = make(owner, title="till")
    with shop.ledger.writing() as tx:
        record(tx, BROUGHT_BACK, by=TERMINAL, about="a.zip", detail={"at": "2026-06-01 00:00 UTC"}, now=MONDAY)
    with shop.ledger.writing() as tx:
        wish = Wish(kind="secret", title="new", scope=("reports:read",), days=30)
        young = make_key(tx, wish, by=TERMINAL, now=MONDAY + timedelta(seconds=1))
    marks = dict(re.findall(r"<code>(tn[ws]_\w{8})…</code>(.*?)</p>", owner.get(KEYS).text))
    assert "was in the backup" in marks[old[:12]]
    assert "was in the backup" not in marks[young[:12]]
    owner.post(f"{KEYS}/{old[:12]}/end")
    assert "was in the backup" not in owner.get(KEYS).text
