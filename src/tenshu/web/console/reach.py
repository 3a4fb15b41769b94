"""From where the console may be reached, and whether a form was sent by a page of ours.

On this machine, by its own names; and, when the shop's public address begins with https, through a proxy that hands
that name on. Other names get what is not there: that stops a page elsewhere from reading the console through a name
that it points at 127.0.0.1 (DNS rebinding), and a proxy that passes on too much from publishing it without TLS.
"""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request

LOCAL_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})
#: The setting that says how many proxies of the shop's own stand before the console; none is believed otherwise.
PROXIES: Final = "proxies"
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "via")


class Reach(msgspec.Struct, frozen=True):
    """How a request reached the console.

    Attributes:
        is_ours: whether it named the console by a name that it has.
        is_local: whether it came from this machine itself.
        is_https: whether the browser speaks TLS with us, or with the proxy before us.
        ip: the address that tries are counted by.
    """

    is_ours: bool
    is_local: bool
    is_https: bool
    ip: str


def reach_of(request: Request, *, public_url: str, proxies: int = 0) -> Reach:
    """Return how a request reached the console.

    Args:
        request: what came.
        public_url: where the shop is reached from outside.
        proxies: how many of the addresses in X-Forwarded-For, counted from its end, the shop's own proxies wrote.
    """
    name, public = request.url.hostname, urlsplit(public_url)
    is_local = is_from_here(request)
    is_public = public.scheme == "https" and name == public.hostname and name not in LOCAL_NAMES
    return Reach(is_local or is_public, is_local, is_public, client_ip(request, proxies))


def is_from_here(request: Request) -> bool:
    """Say whether the request names this machine and was not passed on from elsewhere."""
    return request.url.hostname in LOCAL_NAMES and not any(name in request.headers for name in _FORWARDED)


def client_ip(request: Request, proxies: int) -> str:
    """Return the address of who asks: what comes with the request is believed only as far as own proxies wrote it."""
    peer = request.client.host if request.client else ""
    told = [part.strip() for part in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    if not 0 < proxies <= len(told):
        return peer
    try:
        return str(ipaddress.ip_address(told[-proxies]))
    except ValueError:
        return peer


def is_sent_by_us(request: Request) -> bool:
    """Say whether the browser names a page of ours as the sender of this form.

    Every browser of today says so in Sec-Fetch-Site; an older one says the Origin. What says neither is no form.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")
