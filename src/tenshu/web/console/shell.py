"""Around every page of the console: who may, that a form is ours, the visitor's language, errors in words.

A page's own code is a plain function from a visit to an answer; it runs in a thread, so that a slow one holds up
nobody else.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenshu.bootstrap import Shop
from tenshu.content.shop import read_shop
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import LANGUAGES, speaking
from tenshu.web.console.gate import Admitted, Gate
from tenshu.web.console.page import Page
from tenshu.web.console.visit import NOBODY, Visit
from tenshu.web.language import wanted_language

#: The status of what is only away for a moment.
_LATER: Final = 503
#: The most fields and files of one form.
_MOST_FIELDS: Final = 5_000
_MOST_FILES: Final = 50
#: What `Visit.go` answers with after something was done.
_DONE: Final = 303


def console_route(page: Page, shop: Shop, gate: Gate) -> Route:
    """Return the route of a page."""
    methods = ["GET"] if page.method == "GET" else ["POST"]
    return Route(page.path, _handler(page, shop, gate), methods=methods)


def _handler(page: Page, shop: Shop, gate: Gate) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        admitted = await run_in_threadpool(gate.admit, request, page.role)
        if isinstance(admitted, Response):
            return admitted
        visit = _visit(request, shop, admitted, FormData())
        if page.role is not None and not visit.can(page.role):
            return await _answer(_not_allowed, visit)
        if page.method == "GET":
            return await _answer(page.answer, visit)
        if not _is_small(request.headers, page.most_bytes):
            return await _answer(_too_large, visit)
        async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS) as form:
            if not _is_ours(request, form, admitted.csrf):
                return await _answer(_not_ours, visit)
            answer = await _answer(page.answer, _visit(request, shop, admitted, form))
        if answer.status_code == _DONE:
            await run_in_threadpool(gate.acted, request, visit.person, page.path)
        return answer

    return handle


def _visit(request: Request, shop: Shop, admitted: Admitted, form: FormData) -> Visit:
    person = admitted.person or NOBODY
    chosen = request.cookies.get("tenshu_language", "")
    asked = request.query_params.get("lang", "")
    said = asked if asked in LANGUAGES else person.language or (chosen if chosen in LANGUAGES else None)
    language = said or wanted_language(request, read_shop(shop.ledger).language)  # as it is now, whoever changed it
    return Visit(request, shop, person, admitted.csrf, language, form)


async def _answer(endpoint: Callable[[Visit], Response], visit: Visit) -> Response:
    def told() -> Response:
        with speaking(visit.language):
            try:
                return endpoint(visit)
            except TenshuError as problem:
                return refused(visit, problem)

    return await run_in_threadpool(told)


def refused(visit: Visit, problem: TenshuError) -> Response:
    """Return the page, or for htmx the part, that says what went wrong and what to do."""
    said = problem.text(visit.language)
    if visit.is_part:
        answer = visit.part("console_refused_part.html", status=problem.status, said=said)
    else:
        answer = visit.page("console_refused.html", status=problem.status, said=said)
    if problem.status == _LATER:
        answer.headers["Retry-After"] = "5"
    return answer


def _is_small(headers: Headers, most_bytes: int) -> bool:
    """Say whether the body tells its size and keeps to the page's limit; the server holds it to its word."""
    told = headers.get("content-length", "")
    return told.isdecimal() and int(told) <= most_bytes


def _is_ours(request: Request, form: FormData, csrf: str) -> bool:
    """Say whether a page of ours sent this: it has the token, and the browser names no other site."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    token = request.headers.get("x-csrf") or form.get("csrf")
    return isinstance(token, str) and hmac.compare_digest(token.encode(), csrf.encode())


def _not_allowed(visit: Visit) -> Response:
    return visit.page("console_not_allowed.html", status=403)


def _not_ours(visit: Visit) -> Response:
    return visit.page("console_not_ours.html", status=403)


def _too_large(_visit: Visit) -> Response:
    raise HTTPException(413)
