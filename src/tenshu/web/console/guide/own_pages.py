"""The way from the demo to one's own shop."""

from starlette.responses import RedirectResponse, Response

from tenshu.web.console.guide.own import NAME, begin
from tenshu.web.console.visit import Visit


def offer(visit: Visit) -> Response:
    """Say how one's own shop begins beside the demo."""
    if not visit.shop.is_rehearsed:
        return visit.lost()
    return visit.page("guide/own.html", home=visit.shop.home.resolve().parent / NAME)


def begin_own(visit: Visit) -> Response:
    """Begin one's own shop, and go to its first page: another program answers there."""
    if not visit.shop.is_rehearsed:
        return visit.lost()
    return RedirectResponse(begin(visit.shop.home), status_code=303)
