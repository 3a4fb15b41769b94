"""Put the web application of one shop together: what customers open and what the shopkeeper opens."""

from importlib.resources import as_file
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from tenshu.bootstrap import Shop
from tenshu.content.shop import read_shop
from tenshu.kit.i18n import _
from tenshu.store.remote import OwnerAway
from tenshu.web.console.areas import all_pages
from tenshu.web.console.gate import Gate, StaffGate
from tenshu.web.console.reports.source import RememberedReport, ReportSource, read_report
from tenshu.web.console.shell import console_route
from tenshu.web.headers import SecurityHeaders, secure
from tenshu.web.language import wanted_language
from tenshu.web.pages import STATIC
from tenshu.web.site.routes import lost, site_routes

_A_YEAR: Final = 365 * 24 * 3600


def make_app(shop: Shop, *, report: ReportSource | None = None, gate: Gate | None = None) -> Starlette:
    """Return the application.

    Args:
        shop: whose pages and links they are.
        report: where the report comes from; default: built from the shop's stores at its clock's instant.
        gate: who may open the console; default: the shop's staff.
    """
    keeper = gate or StaffGate(shop)

    def not_found(request: Request, _problem: Exception) -> Response:
        return lost(shop, request)

    def broken(request: Request, _problem: Exception) -> Response:
        language = wanted_language(request, shop.settings.language)
        answer = PlainTextResponse(_("Something broke on our side. Please try again.", language), status_code=500)
        secure(answer.headers, request.url.path)  # this answer is made outside the middleware
        return answer

    def away(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, OwnerAway)  # noqa: S101 - registered for nothing else
        language = wanted_language(request, read_shop(shop.ledger).language)
        return PlainTextResponse(problem.text(language), status_code=problem.status, headers={"Retry-After": "5"})

    with as_file(STATIC) as folder:
        files = LastingFiles(directory=Path(folder))
    pages = [console_route(page, shop, keeper) for page in all_pages()]
    app = Starlette(
        routes=[*site_routes(shop), *pages, Mount("/static", files, name="static")],
        middleware=[Middleware(SecurityHeaders), Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={404: not_found, 500: broken, OwnerAway: away},
    )
    app.state.report = report or RememberedReport(lambda: read_report(shop))
    app.router.redirect_slashes = False  # an address that is not ours is not there: it leads nowhere
    return app


class LastingFiles(StaticFiles):
    """Static files, kept by browsers for a year when the address carries their digest."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer one file."""
        answer = await super().get_response(path, scope)
        has_digest = b"v=" in scope.get("query_string", b"")
        answer.headers["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable" if has_digest else "no-cache"
        return answer
