"""The gate of the console: who comes in, and the token that proves that a form is ours."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tenshu.bootstrap import Shop
from tenshu.content.shop import ShopSettings, read_shop
from tenshu.kit.clock import Clock, SystemClock
from tenshu.kit.i18n import speaking
from tenshu.staff import sign_ins
from tenshu.staff.audit import Actor, record
from tenshu.staff.people import has_people
from tenshu.staff.person import Person, Role
from tenshu.staff.token import form_token
from tenshu.store.settings import read_setting
from tenshu.web.console.reach import PROXIES, Reach, is_sent_by_us, reach_of
from tenshu.web.language import wanted_language
from tenshu.web.pages import page
from tenshu.web.site.routes import lost

#: Reads a rehearsed shop, and is nobody.
GUEST: Final = Person(id=0, name="", email="", role="staff")
#: The cookie of a sign-in: `__Host-` binds it to this very name, path and TLS, which http on this machine cannot.
COOKIE: Final = "tenshu"
HTTPS_COOKIE: Final = "__Host-tenshu"
#: Pages whose acts write their own rows of the audit log, or do nothing worth one.
_TELL_THEMSELVES: Final = (
    "/sign-in", "/sign-out", "/set-up", "/invited", "/forgot", "/reset", "/language",
    "/settings/people", "/settings/keys", "/settings/me", "/setup", "/settings/shop", "/settings/sender",
    "/settings/mail-server", "/settings/limits", "/settings/undo", "/settings/purposes", "/settings/sending",
)  # fmt: skip


@dataclass(frozen=True)
class Admitted:
    """A request that may go on.

    Attributes:
        person: who is signed in; None on the few pages that everybody may open.
        csrf: what every form of this person must send back.
    """

    person: Person | None
    csrf: str


class Gate(Protocol):
    """Lets requests in, or answers them itself."""

    def admit(self, request: Request, role: Role | None) -> Admitted | Response:
        """Return who comes in, or the answer of one who may not: to the sign-in page, or lost.

        Args:
            request: what came; its body is not read yet.
            role: the least role of the page; None lets everybody in.
        """
        ...

    def acted(self, request: Request, person: Person, path: str) -> None:
        """Keep that somebody did something.

        Args:
            request: what did it.
            person: who.
            path: of the page, with its `{names}`.
        """
        ...


class StaffGate:
    """Lets in who is signed in; on the machine of a rehearsed shop also a guest, who may read.

    Args:
        shop: whose console it is.
        clock: real time; default: the shop's, or the wall clock where the shop's stands still.
    """

    def __init__(self, shop: Shop, *, clock: Clock | None = None) -> None:
        self._shop = shop
        self._clock = clock

    def admit(self, request: Request, role: Role | None) -> Admitted | Response:
        """Return who is signed in, or the way to sign in."""
        settings = read_shop(self._shop.ledger)
        reach = self._reach(request, settings)
        if not reach.is_ours:
            return lost(self._shop, request)
        if request.method == "POST" and not is_sent_by_us(request):
            return _said(request, settings, "not_ours", 403)
        token = request.cookies.get(cookie_name(reach), "")
        person = self._person(token) if token else None
        if person is not None:
            return Admitted(person, form_token(token))
        if role is None:
            return Admitted(None, form_token(""))
        if reach.is_local and self._shop.is_rehearsed:
            return Admitted(GUEST, form_token(""))
        return self._nobody(request, settings)

    def acted(self, request: Request, person: Person, path: str) -> None:
        """Write it into the audit log: who, where, about what, and nothing that was typed."""
        if path.startswith(_TELL_THEMSELVES):
            return
        ip = self._reach(request, read_shop(self._shop.ledger)).ip
        about = " ".join(str(value) for value in request.path_params.values())
        with self._shop.ledger.writing() as tx:
            record(tx, f"POST {path}", by=Actor(person.id, person.name, ip), about=about, now=self._now())

    def _person(self, token: str) -> Person | None:
        now = self._now()
        with self._shop.ledger.reading() as tx:
            found = sign_ins.find(tx, token, now)
        if found is None:
            return None
        if now - found.seen_at >= sign_ins.NOTED_EVERY:
            with self._shop.ledger.writing(shared=True) as tx:
                sign_ins.note_seen(tx, token, now)
        return found.person

    def _nobody(self, request: Request, settings: ShopSettings) -> Response:
        """Answer somebody who would have to sign in."""
        with self._shop.ledger.reading() as tx:
            is_lived_in = has_people(tx)
        if not is_lived_in:
            return _said(request, settings, "no_people", 403)
        if request.method == "POST" or request.headers.get("hx-request") == "true":
            answer = _said(request, settings, "signed_out", 401)
            answer.headers["HX-Redirect"] = "/sign-in"
            return answer
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/sign-in" if asked == "/" else f"/sign-in?next={quote(asked)}", status_code=303)

    def _reach(self, request: Request, settings: ShopSettings) -> Reach:
        return read_reach(self._shop, request, settings)

    def _now(self) -> datetime:
        return self._clock.now() if self._clock is not None else real_now(self._shop)


def read_reach(shop: Shop, request: Request, settings: ShopSettings) -> Reach:
    """Return how a request reached the console of a shop."""
    return reach_of(request, public_url=settings.public_url, proxies=int(read_setting(shop.ledger, PROXIES, 0)))


def cookie_name(reach: Reach) -> str:
    """Return the name of the sign-in's cookie where the request came in."""
    return HTTPS_COOKIE if reach.is_https else COOKIE


def real_now(shop: Shop) -> datetime:
    """Return real time: a sign-in ends by it, also in a shop whose own clock stands still."""
    return SystemClock().now() if shop.is_rehearsed else shop.clock.now()


def _said(request: Request, settings: ShopSettings, what: str, status: int) -> Response:
    language = wanted_language(request, settings.language)
    with speaking(language):
        return page("entry/gate.html", language=language, status=status, what=what, shop_name=settings.name)
