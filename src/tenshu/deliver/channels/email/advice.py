"""What the sender's domain says about its mail (SPF, DKIM, DMARC), in words, and the exact record to add.

Gmail and Yahoo want all three of whoever sends much; without them mail lands in spam, or nowhere. Who cannot be asked
because this machine is offline is not judged: the advice says so.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from tenshu.deliver.channels.email import spf
from tenshu.deliver.channels.email.hosts import host_of
from tenshu.deliver.channels.email.names import Names, NobodyAnswers
from tenshu.deliver.channels.email.probe_advice import Said, said
from tenshu.kit.i18n import N_

State = Literal["good", "weak", "missing", "unknown"]
#: Under which names providers publish their DKIM keys, as far as one can guess.
SELECTORS: Final = ("default", "google", "selector1", "selector2", "s1", "s2", "k1", "mail", "dkim", "key1", "smtp")
#: Bytes of a 1024-bit RSA key as it is published; shorter keys are refused by large receivers.
_SHORTEST_KEY: Final = 140
_DOMAIN: Final = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")
#: Names that the example settings have (RFC 2606): nobody's domain.
_EXAMPLES: Final = ("example.com", "example.org", "example.net", "example", "localhost", "test", "invalid")


class Record(msgspec.Struct, frozen=True):
    """A DNS record to add, as one types it into the provider's form."""

    name: str
    kind: str
    value: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one of the three says.

    Attributes:
        name: spf | dkim | dmarc | return.
        state: good | weak (it is there and could be better) | missing | unknown (nobody could be asked).
        said: what is there.
        advice: what to do about it.
        record: what to add; it may have to be put in the place of the one that is there.
    """

    name: str
    state: State
    said: Said
    advice: Said | None = None
    record: Record | None = None


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender's domain says, and what to do.

    Attributes:
        domain: of the From address.
        findings: in the order in which to put them right.
    """

    domain: str
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing is to be done."""
        return all(finding.state == "good" for finding in self.findings)


def domain_of(address: str) -> str:
    """Return the domain of an address, or nothing when it is nobody's.

    >>> domain_of("hanaya@Flowers.co.jp"), domain_of("shop@example.com")
    ('flowers.co.jp', '')
    """
    domain = address.rpartition("@")[2].strip().rstrip(".").lower()
    is_example = any(domain == name or domain.endswith(f".{name}") for name in _EXAMPLES)
    return "" if is_example or not _DOMAIN.match(domain) else domain


def advise(sender: str, bounce_domain: str, server: str, *, names: Names | None = None) -> Advice:
    """Look at the sender's domain.

    Args:
        sender: the From address.
        bounce_domain: domain of the envelope sender, which SPF is about.
        server: the mail server's name.
        names: whom to ask.
    """
    asked, domain, returns = names or Names(), domain_of(sender), domain_of(bounce_domain)
    if not domain:
        return Advice(domain="", findings=())
    findings: list[Finding] = []
    looks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("spf", lambda: _spf(asked, returns or domain, server)),
        ("dkim", lambda: _dkim(asked, domain, server)),
        ("dmarc", lambda: _dmarc(asked, domain, returns, sender)),
        ("return", lambda: _return(asked, returns)),
    )
    for name, look in looks:
        if any(finding.state == "unknown" for finding in findings):
            findings.append(_unknown(name, domain))  # whoever is silent once is not asked four times
            continue
        try:
            findings.append(look())
        except NobodyAnswers:
            findings.append(_unknown(name, domain))
    return Advice(domain=domain, findings=tuple(findings))


def _unknown(name: str, domain: str) -> Finding:
    words = N_("Nobody could be asked about {domain}: this machine is offline, or its name servers are silent.")
    return Finding(name=name, state="unknown", said=said(words, domain=domain))


def _spf(names: Names, domain: str, server: str) -> Finding:
    mechanism = _mechanism(server)
    found = spf.look(names, domain, _addresses(names, server))
    fresh = Record(domain, "TXT", f"v=spf1 {mechanism} ~all")
    given = {"domain": domain, "server": server, "record": " / ".join(found.records)}
    if found.verdict == "none":
        words = N_("{domain} has no SPF record: it does not say which servers send for it.")
        return Finding(name="spf", state="missing", said=said(words, **given), advice=said(_ADD), record=fresh)
    if len(found.records) > 1:
        words = N_("{domain} has several SPF records, and so none counts: {record}")
        merged = _merged(found.records, mechanism)
        return Finding(
            name="spf",
            state="weak",
            said=said(words, **given),
            advice=said(N_("Put this one in their place.")),
            record=Record(domain, "TXT", merged),
        )
    return _one_spf(found, mechanism, domain, given)


def _addresses(names: Names, server: str) -> list[str]:
    """Return where the server is, as receivers see it; one that is named by its address is there."""
    try:
        address = ipaddress.ip_address(server)
    except ValueError:
        return names.addresses(server)
    return [] if address.is_private else [server]


def _mechanism(server: str) -> str:
    """Return how an SPF record names this mail server."""
    known = host_of(server)
    if known is not None and known.spf:
        return known.spf
    try:
        address = ipaddress.ip_address(server)
    except ValueError:
        return "mx" if server in {"", "localhost"} else f"a:{server}"
    return "mx" if address.is_private else f"ip{address.version}:{address}"


def _one_spf(found: spf.Spf, mechanism: str, domain: str, given: dict[str, str]) -> Finding:
    is_said = mechanism in found.records[0].lower().split() or f"+{mechanism}" in found.records[0].lower().split()
    by_name = is_said or (mechanism.startswith("include:") and mechanism.partition(":")[2] in found.includes)
    if found.ends == "+":
        words = N_("The SPF record of {domain} lets the whole world send in its name: {record}")
        advice = said(N_("Let it end with ~all: put this one in its place."))
        better = Record(domain, "TXT", _merged(found.records, mechanism))
        return Finding(name="spf", state="weak", said=said(words, **given), advice=advice, record=better)
    if found.torn:
        words = N_(
            "The SPF record of {domain} leads to {other}, which has several of them, and so none counts: {record}"
        )
        advice = said(N_("Take it out, or ask whoever manages {other} to leave only one."), other=found.torn)
        return Finding(name="spf", state="weak", said=said(words, **given, other=found.torn), advice=advice)
    if found.verdict == "pass" or by_name:
        words = N_("The SPF record of {domain} names {server}.")
        return Finding(name="spf", state="good", said=said(words, **given))
    if found.verdict == "broken":
        words = N_("The SPF record of {domain} cannot be followed, or asks for more than ten look-ups: {record}")
        advice = said(N_("Take out what you no longer send through, then look again."))
        return Finding(name="spf", state="weak", said=said(words, **given), advice=advice)
    words = N_("The SPF record of {domain} does not name {server}: {record}")
    advice = said(N_("Put this one in its place; if your provider names another, take that one."))
    better = Record(domain, "TXT", _merged(found.records, mechanism))
    return Finding(name="spf", state="weak", said=said(words, **given), advice=advice, record=better)


def _merged(records: tuple[str, ...], mechanism: str) -> str:
    """Return one record that says what all of them say, names the server too, and softly refuses the rest.

    A record that leads on to another (`redirect=`, which counts only without `all`) includes it instead.
    """
    terms = [term for record in records for term in _terms(record)]
    kept = [term for term in dict.fromkeys(terms) if not _is_all(term) and term != mechanism]
    end = "-all" if "-all" in map(str.lower, terms) and len(records) == 1 else "~all"
    return " ".join(["v=spf1", *kept, mechanism, end])


def _terms(record: str) -> list[str]:
    terms = record.split()[1:]
    leads_on = [term for term in terms if term.lower().startswith("redirect=")]
    kept = [term for term in terms if term not in leads_on]
    if any(_is_all(term) for term in terms):
        return kept
    return [*kept, *(f"include:{term.partition('=')[2]}" for term in leads_on)]


def _is_all(term: str) -> bool:
    return term.lstrip("+-~?").lower() == "all"


def _dkim(names: Names, domain: str, server: str) -> Finding:
    weak: Finding | None = None
    for selector in SELECTORS:
        for text in names.texts(f"{selector}._domainkey.{domain}"):
            key = _key_of(text)
            if key is None:
                continue
            given = {"domain": domain, "selector": selector}
            if not _is_short(key):
                words = N_("{domain} publishes a DKIM key ({selector}): mail can be signed.")
                return Finding(name="dkim", state="good", said=said(words, **given))
            words = N_("The DKIM key {selector} of {domain} is withdrawn or too short.")
            advice = said(N_("Make a new one of 2048 bits with your mail provider."))
            weak = weak or Finding(name="dkim", state="weak", said=said(words, **given), advice=advice)
    return weak or _no_key(domain, server)


def _key_of(text: str) -> str | None:
    """Return the key that a DKIM record publishes, empty when it was withdrawn; None when it is no such record."""
    tags = (part.partition("=") for part in text.split(";"))
    return {name.strip(): value.strip() for name, _sign, value in tags}.get("p")


def _no_key(domain: str, server: str) -> Finding:
    known = host_of(server)
    words = N_("No DKIM key of {domain} was found under the usual names. It may have one under another name.")
    advice = said(
        N_(
            "Switch DKIM on in the control panel of {provider}: it makes the key, signs every mail and shows you the "
            "record to add, a TXT record such as default._domainkey.{domain}."
        ),
        provider=known.name if known is not None else N_("your mail provider"),
        domain=domain,
    )
    return Finding(name="dkim", state="missing", said=said(words, domain=domain), advice=advice)


def _is_short(key: str) -> bool:
    try:
        raw = base64.b64decode(re.sub(r"\s", "", key), validate=True)
    except binascii.Error:
        return True
    return len(raw) < _SHORTEST_KEY and len(raw) != 32  # Ed25519 keys have 32 bytes


def _dmarc(names: Names, domain: str, returns: str, sender: str) -> Finding:
    above = domain.split(".")
    places = [".".join(above[first:]) for first in range(max(1, len(above) - 1))]
    found = next(((place, told) for place in places if (told := _dmarc_records(names, place))), None)
    if found is None:
        words = N_("{domain} has no DMARC record: receivers do not know what to make of mail in its name.")
        record = Record(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:{sender}")
        advice = N_("Add this record. It changes nothing yet; reports of who sends in your name come to {sender}.")
        return Finding(
            name="dmarc",
            state="missing",
            said=said(words, domain=domain),
            advice=said(advice, sender=sender),
            record=record,
        )
    place, records = found
    if len(records) > 1:  # RFC 7489, 6.6.3: then nobody looks further, and none is applied
        words = N_("There are several DMARC records at {place}, and so none counts: {record}")
        return Finding(
            name="dmarc",
            state="weak",
            said=said(words, place=place, record=" / ".join(records)),
            advice=said(N_("Leave only one of them, such as this one.")),
            record=Record(f"_dmarc.{place}", "TXT", records[0]),
        )
    if returns and not _is_aligned(domain, returns):
        words = N_("There is a DMARC record at {place}, but undeliverable mail returns to {returns}, another domain.")
        advice = N_("Let it return to a domain below {domain}, such as bounce.{domain}: else SPF counts for nothing.")
        given = {"place": place, "returns": returns}
        return Finding(name="dmarc", state="weak", said=said(words, **given), advice=said(advice, domain=domain))
    words = N_("There is a DMARC record at {place}: {record}")
    return Finding(name="dmarc", state="good", said=said(words, place=place, record=records[0]))


def _dmarc_records(names: Names, place: str) -> list[str]:
    """Return the DMARC records at a place, in the order of their letters: the DNS has none."""
    return sorted(text for text in names.texts(f"_dmarc.{place}") if text.lower().startswith("v=dmarc1"))


def _is_aligned(one: str, two: str) -> bool:
    return one == two or one.endswith(f".{two}") or two.endswith(f".{one}")


def _return(names: Names, returns: str) -> Finding:
    if not returns:
        words = N_("It is not said yet to which domain undeliverable mail returns.")
        return Finding(name="return", state="missing", said=said(words))
    servers = names.mail_servers(returns)
    if servers:
        words = N_("Mail that cannot be delivered returns to {returns}, which {server} takes.")
        return Finding(name="return", state="good", said=said(words, returns=returns, server=servers[0]))
    words = N_("Nobody takes mail for {returns}: you never learn which addresses are dead.")
    advice = N_("Add the MX record of a mailbox that takes every address of it, or use the domain of your own address.")
    return Finding(name="return", state="missing", said=said(words, returns=returns), advice=said(advice))


_ADD: Final = N_("Add this record where your domain is managed; if your provider names another, take that one.")
