"""Who comes, and how a sign-in gets into the browser and out of it again."""

import re
from typing import Final

from starlette.responses import RedirectResponse, Response

from tenshu.kit.errors import TenshuError
from tenshu.staff import sign_ins
from tenshu.staff.audit import Actor
from tenshu.staff.sign_in import Visitor
from tenshu.web.console.gate import COOKIE, HTTPS_COOKIE, cookie_name, read_reach
from tenshu.web.console.page import Endpoint
from tenshu.web.console.reach import Reach
from tenshu.web.console.visit import Visit

#: An address of ours, without anything that a browser could read as another host or a line of the answer.
_OURS: Final = re.compile(r"/(?![/\\])[!-\[\]-~]{0,1000}")


def plainly(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint so that what goes wrong is said on a page without the console around it."""

    def told(visit: Visit) -> Response:
        try:
            return endpoint(visit)
        except TenshuError as problem:
            said = problem.text(visit.language)
            return visit.page("entry/gate.html", what="problem", said=said, status=problem.status)

    return told


def reach(visit: Visit) -> Reach:
    """Return how the visit reached the console."""
    return read_reach(visit.shop, visit.request, visit.settings)


def visitor_of(visit: Visit) -> Visitor:
    """Return from where somebody comes."""
    return Visitor(reach(visit).ip, visit.request.headers.get("user-agent", ""))


def actor_of(visit: Visit) -> Actor:
    """Return who acts, as the audit log tells it."""
    return Actor(visit.person.id, visit.person.name, reach(visit).ip)


def base_url(visit: Visit) -> str:
    """Return the address under which the console was asked: what a link to it begins with."""
    return visit.settings.public_url if reach(visit).is_https else f"http://{visit.request.headers['host']}"


def token_of(visit: Visit) -> str:
    """Return the token of the sign-in that the visit came with; empty when it has none."""
    return visit.request.cookies.get(cookie_name(reach(visit)), "")


def arrive(visit: Visit, token: str, path: str) -> Response:
    """Return the way into the console with a new sign-in; the one that the browser had ends.

    Lax and not strict: who follows a link of a colleague's mail shall not have to sign in once more. No GET does
    anything, so that is all that a link of somebody else's can reach.
    """
    before = token_of(visit)
    if before:
        with visit.shop.ledger.writing() as tx:
            sign_ins.end(tx, before)
    answer = RedirectResponse(path, status_code=303)
    is_https = reach(visit).is_https
    name = HTTPS_COOKIE if is_https else COOKIE
    seconds = int(sign_ins.LASTS.total_seconds())
    answer.set_cookie(name, token, max_age=seconds, path="/", secure=is_https, httponly=True, samesite="lax")
    return answer


def leave(answer: Response, visit: Visit) -> Response:
    """Take the sign-in out of the browser."""
    is_https = reach(visit).is_https
    answer.delete_cookie(HTTPS_COOKIE if is_https else COOKIE, path="/", secure=is_https, httponly=True, samesite="lax")
    return answer


def wanted_path(asked: str) -> str:
    r"""Return the page that somebody wanted before signing in, if it is one of ours; else the first page.

    >>> wanted_path("/segments?page=2"), wanted_path("//evil.example"), wanted_path("/\\evil.example")
    ('/segments?page=2', '/', '/')
    """
    return asked if _OURS.fullmatch(asked) else "/"
