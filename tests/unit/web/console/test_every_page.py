"""What holds for every page of the console: who gets in, whose form it is, and that looking changes nothing.

The pages are those that there are (`areas.all_pages`), so that a page that is added is tried like the others.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.staff.person import ROLES, Role
from tenshu.staff.tables import audit, sign_ins
from tenshu.store.tables import inbox_metadata, ledger_metadata
from tenshu.web.console.areas import all_pages
from tenshu.web.console.page import Page
from tenshu.web.headers import SECURITY_HEADERS
from tests.unit.web.console.crew_home import crew_home
from tests.unit.web.console.doors import open_console, signed_in, stranger
from tests.unit.web.console.visiting import Visitor

PAGES: Final = all_pages()
LOOKING: Final = tuple(page for page in PAGES if page.method == "GET")
ACTING: Final = tuple(page for page in PAGES if page.method == "POST")
GUARDED: Final = tuple(page for page in PAGES if page.role is not None)
#: What stands for the named parts of an address, the longest beginning first; a part that is not here is 1.
PARTS: Final = {
    "/setup/{step}": "sender",
    "/scenarios/{name}/steps/{step}": "send",
    "/settings/purposes/{name}": "marketing",
    "{recipe}": "welcome",
    "{token}": "x",
    "{name}": "hello",
}


def address(page: Page) -> str:
    """Return an address of the page, of things that are there where the small shop has them."""
    path = page.path
    for place, value in PARTS.items():
        last = place.rpartition("/")[2]
        if path.startswith(place) or "/" not in place:
            path = path.replace(last, value)
    return re.sub(r"\{\w+\}", "1", path)


def named(page: Page) -> str:
    return f"{page.method} {page.path}"


class House:
    """One console for all these tests: they look, and what they send is refused."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.app: Starlette = open_console(shop)
        self.visitors: dict[Role | None, Visitor] = {role: signed_in(self.app, shop, role) for role in ROLES}
        self.visitors[None] = stranger(self.app)

    def digests(self) -> dict[str, str]:
        """Return what every table holds, as a digest each."""
        found = {}
        for store, metadata in ((self.shop.ledger, ledger_metadata), (self.shop.inbox, inbox_metadata)):
            with store.reading() as tx:
                for table in metadata.sorted_tables:
                    rows = sorted(str(row) for row in tx.connection.execute(select(table)))
                    found[table.name] = hashlib.sha256("\n".join(rows).encode("utf-8", "replace")).hexdigest()
        return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    shop, _clock = crew_home(tmp_path_factory.mktemp("house"), access="own")
    yield House(shop)
    shop.close()


@pytest.mark.parametrize("page", GUARDED, ids=named)
def test_nobody_and_no_lower_role_gets_in(house: House, page: Page) -> None:
    assert page.role is not None
    before = house.digests()
    for role in (None, *ROLES[: ROLES.index(page.role)]):
        visitor = house.visitors[role]
        answer = visitor.get(address(page)) if page.method == "GET" else visitor.post(address(page))
        wanted = {"GET": 303, "POST": 401}[page.method] if role is None else 403
        assert answer.status_code == wanted, (role, answer.text[:500])
        assert role is not None or page.method == "POST" or answer.headers["location"].startswith("/sign-in")
    assert house.digests() == before


@pytest.mark.parametrize("page", LOOKING, ids=named)
def test_looking_changes_nothing_and_breaks_nothing(house: House, page: Page) -> None:
    before = house.digests()
    for visitor in (house.visitors["owner"], house.visitors[None]):
        for answer in (
            visitor.get(address(page), headers={"origin": "https://evil.example"}),
            visitor.part("GET", address(page), headers={"origin": "null"}),
        ):
            assert answer.status_code < 500, answer.text[:500]
            assert {name.lower() for name in SECURITY_HEADERS} <= set(answer.headers)
            is_sandboxed = "sandbox" in answer.headers["content-security-policy"]  # a letter, shown inside a page
            assert answer.headers["x-frame-options"] == ("SAMEORIGIN" if is_sandboxed else "DENY")
            assert not [name for name in answer.headers if name.startswith("access-control")]
    assert house.digests() == before


@pytest.mark.parametrize("page", ACTING, ids=named)
def test_a_form_that_is_not_ours_does_nothing(house: House, page: Page) -> None:
    before, owner = house.digests(), house.visitors["owner"]
    token = {"csrf": owner.csrf}
    foreign = [
        owner.send("POST", address(page), data={}),
        owner.send("POST", address(page), data={"csrf": house.visitors["viewer"].csrf}),
        owner.send("POST", address(page), data=token, headers={"sec-fetch-site": "cross-site"}),
        owner.send("POST", address(page), json=token),
        owner.send("POST", address(page), content=f"csrf={owner.csrf}", headers={"content-type": "text/plain"}),
    ]
    assert [answer.status_code for answer in foreign] == [403] * len(foreign)
    assert house.digests() == before


@pytest.mark.parametrize("page", ACTING, ids=named)
def test_an_act_is_no_link(house: House, page: Page) -> None:
    """What a link, an image or a scanner can ask for is answered as a page of its own, or not at all."""
    before, is_page_too = house.digests(), address(page) in {address(other) for other in LOOKING}
    for method in ("GET", "DELETE"):
        answer = house.visitors["owner"].send(method, f"{address(page)}?csrf={house.visitors['owner'].csrf}")
        assert answer.status_code in {404, 405} or is_page_too or _is_shown(page), (method, answer.status_code)
    assert house.digests() == before


def _is_shown(page: Page) -> bool:
    """Say whether some other page answers a look at this address."""
    patterns = (re.sub(r"\{\w+\}", "[^/]+", other.path) for other in LOOKING)
    return any(re.fullmatch(pattern, address(page)) for pattern in patterns)


def test_the_tables_of_this_test_are_all_tables() -> None:
    assert {"people", "segments", "settings", "outbox", audit.name, sign_ins.name} <= set(ledger_metadata.tables)


def test_only_the_doors_are_open_to_everybody() -> None:
    doors = {page.path.split("/")[1] for page in PAGES if page.role is None}
    assert doors <= {"sign-in", "sign-out", "set-up", "invited", "forgot", "reset", "language"}


def test_people_keys_and_the_log_are_for_owners() -> None:
    kept = [page for page in PAGES if page.path.startswith(("/settings/people", "/settings/keys", "/settings/audit"))]
    assert len(kept) > 8
    assert {page.role for page in kept} == {"owner"}


def test_no_two_pages_claim_the_same_address() -> None:
    claimed = [(page.method, page.path) for page in PAGES]
    assert len(claimed) == len(set(claimed))
