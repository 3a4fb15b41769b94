"""The addresses that stand in messages: a click, an opening, the way out.

A GET or HEAD is recorded and changes nothing else. Whatever is not signed by this shop for this very use
gets the same plain 404: no redirect, no fact, no hint of what was wrong with it.
"""

import base64
import logging
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tenshu.collect.vocabulary import EMAIL_CLICKED, EMAIL_OPENED
from tenshu.content.shop import read_shop
from tenshu.deliver.links import TEST_UNSUBSCRIBE, LinkPayload, may_lead_to
from tenshu.web.language import wanted_language
from tenshu.web.pages import page
from tenshu.web.served import ServedShop
from tenshu.web.site.pictures import picture
from tenshu.web.site.tracking import record_hit
from tenshu.web.site.unsubscribe import ONE_CLICK, PAGE, unsubscribe

#: One transparent pixel, the smallest GIF there is.
PIXEL: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Response]


def site_routes(shop: ServedShop) -> list[Route]:
    """Return the routes that customers' mail programs and browsers open."""
    return [
        Route("/c/{token}", _clicked(shop), methods=["GET", "HEAD"], name="click"),
        Route("/o/{token}.gif", _opened(shop), methods=["GET", "HEAD"], name="open"),
        Route("/media/{name}", _picture(shop), methods=["GET", "HEAD"], name="picture"),
        Route(TEST_UNSUBSCRIBE, _test_page(shop), methods=["GET", "HEAD", "POST"], name="test_unsubscribe"),
        Route("/u/{token}", _unsubscribe_page(shop), methods=["GET", "HEAD"], name="unsubscribe"),
        Route("/u/{token}", _unsubscribed(shop), methods=["POST"], name="unsubscribed"),
    ]


def lost(shop: ServedShop, request: Request) -> Response:
    """Answer what is not there: calmly, and the same for every cause."""
    return _page(shop, request, "lost.html", status=404)


def _page(shop: ServedShop, request: Request, template: str, **context: Any) -> Response:
    """Return a page of the shop as it is now, also when another process has changed its settings."""
    settings = read_shop(shop.ledger)
    language = wanted_language(request, settings.language)
    return page(template, language=language, shop=settings, **context)


def _clicked(shop: ServedShop) -> Endpoint:
    def clicked(request: Request) -> Response:
        payload = shop.signer.open(request.path_params["token"], "click")
        if payload is None or not may_lead_to(payload.url):
            return lost(shop, request)
        _record(shop, payload, EMAIL_CLICKED, request)
        return RedirectResponse(payload.url, status_code=302)

    return clicked


def _opened(shop: ServedShop) -> Endpoint:
    def opened(request: Request) -> Response:
        payload = shop.signer.open(request.path_params["token"], "open")
        if payload is None:
            return lost(shop, request)
        _record(shop, payload, EMAIL_OPENED, request)
        return Response(PIXEL, media_type="image/gif")

    return opened


def _unsubscribe_page(shop: ServedShop) -> Endpoint:
    def unsubscribe_page(request: Request) -> Response:
        if shop.signer.open(request.path_params["token"], "unsubscribe") is None:
            return lost(shop, request)
        return _page(shop, request, "unsubscribe.html", is_done=False)

    return unsubscribe_page


def _unsubscribed(shop: ServedShop) -> Endpoint:
    def unsubscribed(request: Request) -> Response:
        payload = shop.signer.open(request.path_params["token"], "unsubscribe")
        if payload is None:
            return lost(shop, request)
        how = PAGE if request.query_params.get("how") == PAGE else ONE_CLICK
        unsubscribe(shop, payload, how=how, at=shop.clock.now())
        return _page(shop, request, "unsubscribe.html", is_done=True)

    return unsubscribed


def _picture(shop: ServedShop) -> Endpoint:
    def shown(request: Request) -> Response:
        return picture(shop, request) or lost(shop, request)

    return shown


def _test_page(shop: ServedShop) -> Endpoint:
    def tested(request: Request) -> Response:
        """Answer the way out of a test: nobody is unsubscribed by it, however it is asked for."""
        return _page(shop, request, "templates_/unsubscribe_test.html")

    return tested


def _record(shop: ServedShop, payload: LinkPayload, event: str, request: Request) -> None:
    """Keep the hit; a full disk must not keep a customer from the page behind the link."""
    try:
        record_hit(
            shop,
            payload,
            event=event,
            method=request.method,
            user_agent=request.headers.get("user-agent", ""),
            at=shop.clock.now(),
        )
    except SQLAlchemyError:
        _log.exception("A hit on message %s/%s could not be kept", payload.enrolment, payload.visit)
