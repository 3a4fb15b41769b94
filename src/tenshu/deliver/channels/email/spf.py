"""Whether a domain's SPF record lets a machine send for it (RFC 7208), as far as advice needs it.

Macros and the `ptr` and `exists` mechanisms are read over: they match nothing.
"""

import ipaddress
from typing import Final, Literal

import msgspec

from tenshu.deliver.channels.email.names import Names

Verdict = Literal["pass", "fail", "softfail", "neutral", "none", "broken"]
_QUALIFIERS: Final[dict[str, Verdict]] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
#: RFC 7208, 4.6.4: terms that ask the DNS.
_MOST_LOOKUPS: Final = 10


class Spf(msgspec.Struct, frozen=True, kw_only=True):
    """What a domain says about who sends for it.

    Attributes:
        records: its SPF records as they stand; more than one is none.
        verdict: about the addresses that were asked for.
        includes: every domain that is included, itself or through another.
        lookups: terms that ask the DNS; more than ten make the record void.
        ends: the qualifier of `all`: `+` lets everybody send.
        torn: a domain on the way to the verdict that has several records, which makes this one void (RFC 7208, 4.5).
    """

    records: tuple[str, ...]
    verdict: Verdict
    includes: frozenset[str] = frozenset()
    lookups: int = 0
    ends: str = ""
    torn: str = ""


def records_of(names: Names, domain: str) -> tuple[str, ...]:
    """Return the domain's SPF records, in the order of their letters: the DNS has none.

    Raises:
        NobodyAnswers: nobody could be asked.
    """
    found = (text.strip() for text in names.texts(domain))
    return tuple(sorted(text for text in found if text.lower().split(" ")[0] == "v=spf1"))


def look(names: Names, domain: str, addresses: list[str]) -> Spf:
    """Say whether the domain lets all these addresses send for it.

    Raises:
        NobodyAnswers: nobody could be asked.
    """
    records = records_of(names, domain)
    if len(records) != 1:
        return Spf(records=records, verdict="broken" if records else "none")
    worst: Verdict = "neutral"
    looking, torn = _Look(names), ""
    for address in addresses or ["192.0.2.1"]:
        looking = _Look(names)
        try:
            verdict = looking.check(domain, records[0], ipaddress.ip_address(address))
        except _Torn as found:
            verdict, torn = "broken", found.domain
        if looking.lookups > _MOST_LOOKUPS:
            verdict = "broken"
        worst = verdict
        if verdict != "pass":
            break
    terms = [term for term in records[0].lower().split() if term.lstrip("+-~?") == "all"]
    ends = "" if not terms else terms[0][0] if terms[0][0] in _QUALIFIERS else "+"
    return Spf(
        records=records, verdict=worst, includes=frozenset(looking.seen), lookups=looking.lookups, ends=ends, torn=torn
    )


class _Torn(Exception):
    """A domain that is included or led on to has several records."""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        super().__init__(domain)


class _Look:
    """One evaluation."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.lookups = 0
        self.seen: set[str] = set()

    def check(self, domain: str, record: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Verdict:
        redirect = ""
        for term in record.split()[1:]:
            qualifier = term[0] if term[0] in _QUALIFIERS else "+"
            name, _colon, value = term.lstrip("+-~?").partition(":")
            if name.lower().startswith("redirect="):
                redirect = name.partition("=")[2]
                continue
            if self.lookups > _MOST_LOOKUPS:
                return "broken"
            if self._matches(name.lower(), value, domain, address):
                return _QUALIFIERS[qualifier]
        return self._through(redirect, address) if redirect else "neutral"

    def _matches(
        self, name: str, value: str, domain: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address
    ) -> bool:
        kind, _slash, length = name.partition("/")
        target, _slash, bits = value.partition("/") if kind in {"a", "mx"} else (value, "", "")
        match kind:
            case "all":
                return True
            case "ip4" | "ip6":
                return _is_in(address, value)
            case "include":
                return self._through(value, address) == "pass"
            case "a" | "mx":
                self.lookups += 1
                hosts = [target or domain] if kind == "a" else self.names.mail_servers(target or domain)[:10]
                mask = (bits or length).partition("/")[0]
                return any(
                    _is_in(address, f"{one}/{mask}" if mask and ":" not in one else one)
                    for host in hosts
                    for one in self.names.addresses(host)
                )
            case _:
                return False

    def _through(self, domain: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Verdict:
        self.lookups += 1
        if domain.lower() in self.seen or self.lookups > _MOST_LOOKUPS:
            return "broken"
        self.seen.add(domain.lower())
        records = records_of(self.names, domain)
        if len(records) > 1:
            raise _Torn(domain)
        return self.check(domain, records[0], address) if records else "broken"


def _is_in(address: ipaddress.IPv4Address | ipaddress.IPv6Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except (ValueError, TypeError):
        return False
