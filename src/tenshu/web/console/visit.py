"""One visit of one person to one page: what was asked, who asks, and the ways to answer."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tenshu.bootstrap import Shop
from tenshu.content.shop import ShopSettings, read_shop
from tenshu.staff.person import Person, Role
from tenshu.web.console.asked import ask
from tenshu.web.console.navigation import navigation
from tenshu.web.console.notice import Notice, set_notice, take_notice
from tenshu.web.pages import render

#: Nobody: whoever opens a page that needs no sign-in.
NOBODY = Person(id=0, name="", email="", role="viewer")


@dataclass(frozen=True)
class Upload:
    """A file that came with a form.

    Attributes:
        name: what the sender calls it: text to show, never a path to use.
        size: in bytes.
        file: its bytes, from the beginning.
    """

    name: str
    size: int
    file: BinaryIO

    def save(self, path: Path) -> None:
        """Write it to a path of ours."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file.seek(0)
        with path.open("wb") as target:
            shutil.copyfileobj(self.file, target, 1 << 20)


@dataclass(frozen=True)
class Visit:
    """One visit.

    Attributes:
        request: what came.
        shop: whose console it is.
        person: who asks; `NOBODY` where nobody has to sign in.
        csrf: what forms send back.
        language: ja or en.
        form: what a form sent; empty for a GET.
    """

    request: Request
    shop: Shop
    person: Person
    csrf: str
    language: str
    form: FormData = field(default_factory=FormData)

    @cached_property
    def now(self) -> datetime:
        """Business time, one instant for the whole visit."""
        return self.shop.clock.now()

    @cached_property
    def settings(self) -> ShopSettings:
        """What the shop says about itself now."""
        return read_shop(self.shop.ledger)

    @property
    def path(self) -> Mapping[str, str]:
        """The named parts of the address."""
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark."""
        return self.request.query_params

    @cached_property
    def uploads(self) -> dict[str, Upload]:
        """The files of the form by field; the last one where a field has several (see `all_uploads`)."""
        return dict(self.all_uploads)

    @cached_property
    def all_uploads(self) -> list[tuple[str, Upload]]:
        """Every file of the form with its field; fields without a chosen file are not among them."""
        return [
            (name, Upload(value.filename, value.size or 0, value.file))
            for name, value in self.form.multi_items()
            if isinstance(value, UploadFile) and value.filename
        ]

    def said(self, name: str, default: str = "") -> str:
        """Return a text field of the form, without blanks around it."""
        value = self.form.get(name, default)
        return value.strip() if isinstance(value, str) else default

    @property
    def is_part(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    def can(self, role: Role) -> bool:
        """Say whether this person may do what that role may."""
        return self.person.can(role)

    def ask(self, name: str, **given: Any) -> Any:
        """Let the owner of the warehouse answer or do something; see `asked`."""
        return ask(self.shop, name, **given)

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """Return a whole page; a notice of the act before is shown once."""
        notice = take_notice(self.request, self.csrf)
        answer = HTMLResponse(self.render(template, notice=notice, **context), status_code=status)
        if notice is not None:
            set_notice(answer, None, self.csrf)
        return answer

    def part(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """Return a part of a page, for htmx."""
        return HTMLResponse(self.render(template, notice=None, **context), status_code=status)

    def render(self, template: str, **context: Any) -> str:
        """Return a template's text as this person sees it."""
        given: dict[str, Any] = {
            "visit": self,
            "person": self.person,
            "shop_name": self.settings.name,
            "nav": navigation(self.request.url.path, self.person),
            "csrf": self.csrf,
            "zone": self.settings.zone,
        }
        return render(template, language=self.language, **(given | context))

    def go(self, path: str, *, said: str = "", undo: tuple[str, str] | None = None) -> Response:
        """Return the way to another page of ours, after something was done.

        Args:
            path: begins with a slash.
            said: a notice that is shown there once.
            undo: address and label of an act that takes it back.
        """
        assert path.startswith("/") and not path.startswith("//")  # noqa: S101, PT018 - written by us
        answer = RedirectResponse(path, status_code=303)
        if said:
            set_notice(answer, Notice(said, *(undo or ("", ""))), self.csrf)
        return answer

    def lost(self) -> Response:
        """Return the page of an address at which there is nothing."""
        return self.page("console_lost.html", status=404)
