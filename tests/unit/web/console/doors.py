"""A console with its real gate: people who sign in, browsers that keep cookies, requests as browsers send them."""

from contextlib import suppress
from typing import Final

import httpx
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.staff import people, sign_ins
from tenshu.staff.audit import Actor
from tenshu.staff.links import make_link
from tenshu.staff.password import password_digest
from tenshu.staff.person import Role
from tenshu.staff.token import form_token
from tenshu.web.app import make_app
from tenshu.web.console.gate import COOKIE, StaffGate
from tests.unit.web.console.visiting import Visitor

OWNER: Final = "owner@example.com"
PASSWORD: Final = "mizuumi no soko ni aru"
#: The same password for everybody, worked out once.
DIGEST: Final = password_digest(PASSWORD)
#: What a browser says of a form that a page of ours sent.
OURS: Final = {"sec-fetch-site": "same-origin"}
#: The person of each role, by the role.
ADDRESSES: Final[dict[Role, str]] = {
    "owner": OWNER,
    "marketer": "marketer@example.com",
    "staff": "staff@example.com",
    "viewer": "viewer@example.com",
}


def open_console(shop: Shop) -> Starlette:
    """Return the application with its real gate."""
    return make_app(shop, gate=StaffGate(shop))


def hire_everybody(shop: Shop) -> None:
    """Let one person of each role work in the shop."""
    now = shop.clock.now()
    nobody = Actor(0, "", "203.0.113.5")
    with shop.ledger.writing() as tx:
        token = make_link(tx, "set_up", now=now)
        owner = people.set_up(tx, token, name="店主", email=OWNER, digest=DIGEST, by=nobody, now=now)
        for role, email in ADDRESSES.items():
            if role == "owner":
                continue
            token = people.invite(tx, email=email, name=role, role=role, by=Actor(owner, "店主"), now=now)
            people.take_invitation(tx, token, name=role, digest=DIGEST, by=nobody, now=now)


def stranger(app: Starlette, language: str = "en") -> Visitor:
    """Return a browser in which nobody is signed in."""
    visitor = Visitor(app, form_token(""), language)
    visitor.headers |= OURS
    return visitor


def signed_in(app: Starlette, shop: Shop, role: Role = "owner", language: str = "en") -> Visitor:
    """Return a browser in which the person of that role is signed in."""
    now = shop.clock.now()
    with shop.ledger.writing() as tx:
        member = people.find_member(tx, ADDRESSES[role])
        assert member is not None
        token = sign_ins.begin(tx, member.id, now=now, ip="127.0.0.1", agent="test")
    visitor = stranger(app, language)
    hold(visitor, token)
    return visitor


def hold(visitor: Visitor, token: str) -> None:
    """Put a token into a browser, as its sign-in would."""
    with suppress(KeyError):
        visitor.cookies.delete(COOKIE)
    visitor.cookies.set(COOKIE, token, domain="127.0.0.1", path="/")
    visitor.csrf = form_token(token)


def token_in(visitor: Visitor) -> str:
    """Return the token that the browser holds."""
    return visitor.cookies.get(COOKIE) or ""


def come_in(
    app: Starlette, email: str = OWNER, password: str = PASSWORD, **given: str
) -> tuple[Visitor, httpx.Response]:
    """Sign in by the form; return the browser and the answer."""
    visitor = stranger(app)
    answer = visitor.post("/sign-in", {"email": email, "password": password, **given})
    visitor.csrf = form_token(token_in(visitor))
    return visitor, answer
