"""The shopkeeper's pages. They answer this machine alone until people can sign in.

The Host header must name this machine: that stops a page elsewhere from reading the console through a name
that it points at 127.0.0.1 (DNS rebinding), and a proxy that passes its own name on from publishing it.
"""

import threading
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tenshu.kit.clock import elapsed
from tenshu.kit.i18n import speaking
from tenshu.measure.report import ShopReport, build_report
from tenshu.web.console.report_view import report_view
from tenshu.web.language import wanted_language
from tenshu.web.pages import page
from tenshu.web.served import ServedShop
from tenshu.web.site.routes import lost

ReportSource = Callable[[], ShopReport]

#: A report is built at most once in so many seconds; the page says what instant it is of.
FRESH_FOR: Final = 20.0
LOCAL_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "via")


def console_routes(shop: ServedShop, report: ReportSource | None) -> list[Route]:
    """Return the routes of the console."""
    source = report or RememberedReport(lambda: read_report(shop))

    def show(request: Request) -> Response:
        if not is_local(request):
            return lost(shop, request)
        language = wanted_language(request, shop.settings.language)
        found = source()
        with speaking(language):
            view = report_view(found)
        return page("report.html", language=language, view=view)

    def home(request: Request) -> Response:
        if not is_local(request):
            return lost(shop, request)
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/report{query}", status_code=307)

    return [Route("/", home, name="home"), Route("/report", show, name="report")]


def read_report(shop: ServedShop) -> ShopReport:
    """Build the report of a shop at its clock's instant."""
    return build_report(shop.ledger, shop.warehouse, shop.settings, now=shop.clock.now())


def is_local(request: Request) -> bool:
    """Say whether the request names this machine and was not passed on from elsewhere."""
    return request.url.hostname in LOCAL_NAMES and not any(name in request.headers for name in _FORWARDED)


class RememberedReport:
    """A report that is built by one request at a time and kept for a moment.

    The warehouse answers one question at a time, so ten people who open the page together wait for one
    report and not for ten.
    """

    def __init__(self, build: ReportSource, *, fresh_for: float = FRESH_FOR) -> None:
        self._build = build
        self._fresh_for = fresh_for
        self._lock = threading.Lock()
        self._kept: tuple[float, ShopReport] | None = None

    def __call__(self) -> ShopReport:
        """Return the report, a fresh one when the last is too old."""
        with self._lock:
            if self._kept is None or elapsed() - self._kept[0] > self._fresh_for:
                self._kept = (elapsed(), self._build())
            return self._kept[1]
