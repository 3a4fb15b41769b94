"""What the lists of the settings offer: time zones, currencies, languages, kinds of encryption."""

from collections.abc import Callable
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from babel import Locale

from tenshu.kit.i18n import N_, _
from tenshu.web.console.settings.sentences import currency_name, zone_name

Options = list[tuple[str, str]]
#: Shown first; the others follow in the order of their names.
_ZONES: Final = ("Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Europe/London", "America/New_York")
_CURRENCIES: Final = ("JPY", "USD", "EUR", "GBP", "KRW", "CNY", "TWD")
_TLS: Final = (
    ("starttls", N_("STARTTLS (port 587, most providers)"), ""),
    ("tls", N_("TLS from the first byte (port 465)"), ""),
    ("none", N_("Not encrypted"), N_("Only for a server on this machine itself.")),
)


def zones(language: str, kept: str = "") -> Options:
    """Return the time zones: the usual ones first, called by their place; the one that is kept is always among them."""
    return _with(_zones(language), kept, zone_name)


@cache
def _zones(_language: str) -> Options:
    others = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix")))
    return [(name, zone_name(name)) for name in _ZONES] + [(name, name) for name in others if name not in _ZONES]


def currencies(language: str, kept: str = "") -> Options:
    """Return the currencies: the usual ones first, called by their names; the one that is kept is always among them."""
    return _with(_currencies(language), kept, currency_name)


@cache
def _currencies(language: str) -> Options:
    known = [str(code) for code in Locale(language).currencies]
    others = sorted(code for code in known if code not in _CURRENCIES and len(code) == 3)
    return [(code, currency_name(code)) for code in (*_CURRENCIES, *others)]


def _with(options: Options, kept: str, named: Callable[[str], str]) -> Options:
    """Return the options with what is kept: a list without it would save another value unasked."""
    is_there = not kept or any(code == kept for code, _words in options)
    return options if is_there else [(kept, named(kept)), *options]


def languages() -> Options:
    """Return the languages that mails are written in."""
    return [("ja", _("Japanese")), ("en", _("English"))]


def encryptions() -> list[tuple[str, str, str]]:
    """Return the kinds of encryption: code, words and a hint."""
    return [(code, _(words), _(hint) if hint else "") for code, words, hint in _TLS]
