"""What the shop's settings take that are not free text, and how to say so."""

from collections.abc import Callable
from functools import cache
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from tenshu.kit.i18n import LANGUAGES, N_
from tenshu.kit.japanese import normalise_email

# ruff: noqa: PLC0415 - the names of currencies are read when somebody asks about one


def is_zone(value: str) -> bool:
    """Say whether it is an IANA time zone."""
    return value in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_currency(value: str) -> bool:
    """Say whether it is the code of a currency (ISO 4217)."""
    from babel import Locale

    return value in Locale("en").currencies


def is_address(value: str) -> bool:
    """Say whether it is one plain mail address."""
    return normalise_email(value) is not None


def is_url(value: str) -> bool:
    """Say whether it is an address of a page."""
    if not value.startswith(("http://", "https://")) or " " in value or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_domain(value: str) -> bool:
    """Say whether mail can come from addresses at it."""
    return "@" not in value and is_address(f"b@{value}")


def is_port(value: str) -> bool:
    """Say whether it is the number of a TCP port."""
    return value.isascii() and value.isdecimal() and len(value) <= 5 and 0 < int(value) < 65_536


#: By name of the setting: what is allowed, and how to say so after "It takes".
TAKES: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "name": (bool, N_("some text")),
    "zone": (is_zone, N_("an IANA time zone, such as Asia/Tokyo or Europe/London")),
    "currency": (is_currency, N_("an ISO 4217 code, such as JPY or GBP")),
    "language": (LANGUAGES.__contains__, N_("ja or en")),
    "sender_email": (is_address, N_("an e-mail address, such as shop@example.com")),
    "bounce_domain": (is_domain, N_("a domain, such as bounce.example.com")),
    "public_url": (is_url, N_("an address that begins with http:// or https://")),
    "home_url": (is_url, N_("an address that begins with http:// or https://")),
    "smtp_host": (bool, N_("some text")),
    "smtp_port": (is_port, N_("a port from 1 to 65535")),
    "smtp_tls": (("none", "starttls", "tls").__contains__, N_("none, starttls or tls")),
}
