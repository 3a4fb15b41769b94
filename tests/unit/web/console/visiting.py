"""A person who is signed in and opens pages, without a browser: requests go straight into the application."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.staff.person import Person, Role
from tenshu.web.app import make_app
from tests.unit.web.gates import OpenGate

ADDRESS: Final = "http://127.0.0.1:8000"


class Visitor:
    """Sends requests as one person; cookies are kept, forms get the token.

    Args:
        app: what is asked.
        csrf: the token of this person's forms.
        language: what the browser asks for.
    """

    def __init__(self, app: Starlette, csrf: str, language: str) -> None:
        self._app = app
        self.csrf = csrf
        self.cookies = httpx.Cookies()
        self.headers = {"accept-language": language}

    def get(self, path: str, *, follow: bool = False, **given: Any) -> httpx.Response:
        """Open a page."""
        return self.send("GET", path, follow=follow, **given)

    def post(
        self, path: str, data: Mapping[str, Any] | None = None, *, follow: bool = False, **given: Any
    ) -> httpx.Response:
        """Send a form with its token."""
        return self.send("POST", path, data={"csrf": self.csrf, **(data or {})}, follow=follow, **given)

    def part(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Ask for a part of a page, as htmx does."""
        headers = {"hx-request": "true", "x-csrf": self.csrf, **given.pop("headers", {})}
        return self.send(method, path, headers=headers, **given)

    def send(self, method: str, path: str, *, follow: bool = False, **given: Any) -> httpx.Response:
        """Send any request."""
        headers = self.headers | given.pop("headers", {})

        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=self.cookies) as client:
                answer = await client.request(method, path, headers=headers, follow_redirects=follow, **given)
                self.cookies = client.cookies
                return answer

        return asyncio.run(sent())


@contextmanager
def visiting(shop: Shop, role: Role = "owner", language: str = "ja") -> Iterator[Visitor]:
    """Yield a visitor of the shop's console who is signed in with this role."""
    gate = OpenGate(Person(id=1, name="店主", email="owner@example.com", role=role))
    yield Visitor(make_app(shop, gate=gate), gate.csrf, language)
