"""Gates for tests of pages: nobody has to sign in."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from tenshu.staff.person import Person, Role
from tenshu.web.console.gate import GUEST, Admitted
from tenshu.web.console.reach import is_from_here
from tenshu.web.served import ServedShop
from tenshu.web.site.routes import lost


class OpenGate:
    """Lets everybody in as one person.

    Args:
        person: who everybody is.
    """

    def __init__(self, person: Person) -> None:
        self.person = person
        self.csrf = secrets.token_urlsafe(32)

    def admit(self, _request: Request, _role: Role | None) -> Admitted | Response:
        """Return the person."""
        return Admitted(self.person, self.csrf)

    def acted(self, _request: Request, _person: Person, _path: str) -> None:
        """Keep nothing."""


class LocalGate:
    """Lets everybody on this machine in as a guest, who may read and change nothing.

    Args:
        shop: whose console it is.
    """

    def __init__(self, shop: ServedShop) -> None:
        self._shop = shop
        self._csrf = secrets.token_urlsafe(32)

    def admit(self, request: Request, _role: Role | None) -> Admitted | Response:
        """Return the guest, or a page that says that nothing is here."""
        return Admitted(GUEST, self._csrf) if is_from_here(request) else lost(self._shop, request)

    def acted(self, _request: Request, _person: Person, _path: str) -> None:
        """Keep nothing: a guest does nothing."""
