"""What a refusal of a mail server means, and what to do: the common slips of those who set one up."""

import ssl
from typing import Any, Final

import msgspec

from tenshu.deliver.channels.email.connection import NotReady, Reply, Server
from tenshu.kit.i18n import N_, _

SUBMISSION: Final = 587
WRAPPED: Final = 465
RELAY: Final = 25
#: `ssl`'s numbers of what is wrong with a certificate (X509_V_ERR).
_EXPIRED: Final = frozenset({9, 10})
_NOBODY_KNOWN: Final = frozenset({18, 19, 20, 21})
_OTHER_NAME: Final = frozenset({62, 64})


class Said(msgspec.Struct, frozen=True):
    """A sentence in whatever language it is read in."""

    words: str
    given: dict[str, Any]

    def text(self, language: str | None = None) -> str:
        """Return the sentence; what is a sentence inside it is translated too."""
        given = {
            name: _(value, language) if isinstance(value, str) and value else value
            for name, value in self.given.items()
        }
        return _(self.words, language, **given)


def said(words: str, **given: Any) -> Said:
    """Return a sentence with what it names."""
    return Said(words, given)


def advise_connection(server: Server) -> tuple[Said, ...]:
    """Say why a port may not answer."""
    if server.port == RELAY:
        words = N_(
            "Most internet lines in Japan let nothing out through port 25 (OP25B). Use port 587 with STARTTLS, or port "
            "465 with TLS."
        )
        return (said(words),)
    if server.port not in {SUBMISSION, WRAPPED}:
        return (said(N_("Mail programs hand mail over through port 587 (STARTTLS) or 465 (TLS). Try one of them.")),)
    other = WRAPPED if server.port == SUBMISSION else SUBMISSION
    words = N_(
        "The server's name may be another one, or a firewall keeps port {port} closed. Try port {other}, or the server "
        "that your provider names for sending (SMTP)."
    )
    return (said(words, port=server.port, other=other),)


def advise_encryption(server: Server) -> tuple[Said, ...]:
    """Say which kind of encryption belongs to which port."""
    if server.port == WRAPPED and server.tls != "tls":
        return (said(N_("Port 465 is encrypted from the first byte: choose TLS.")),)
    if server.port == SUBMISSION and server.tls == "tls":
        return (said(N_("Port 587 begins in the open and is encrypted then: choose STARTTLS.")),)
    if server.tls == "tls":
        return (said(N_("This port may not be encrypted from the first byte: try STARTTLS, or port 465.")),)
    if server.tls == "starttls":
        return (said(N_("The server offers no STARTTLS here: try port 465 with TLS. Nothing is sent unencrypted.")),)
    return (said(N_("This port may be encrypted from the first byte, or not be for mail: try TLS, or port 587.")),)


def advise_certificate(server: Server, problem: ssl.SSLCertVerificationError) -> tuple[Said, ...]:
    """Say what is wrong with a certificate, by OpenSSL's number."""
    code = problem.verify_code
    if code in _OTHER_NAME:
        words = N_(
            "It is made out to another name than {host}. On a shared host write the server's own name, such as "
            "sv1234.xserver.jp, instead of your domain."
        )
    elif code in _EXPIRED:
        words = N_("It has run out, or is not valid yet. Check this machine's clock; else ask your provider.")
    elif code in _NOBODY_KNOWN:
        words = N_(
            "Nobody whom this machine trusts has signed it. If the server is your own, give it a certificate of an "
            "authority; at a provider, check the server's name."
        )
    else:
        words = N_("Check the server's name {host} with your provider.")
    return (said(words, host=server.host),)


def advise_login(server: Server, problem: NotReady) -> tuple[Said, ...]:
    """Say why a login may have been refused."""
    if problem.code == "auth" and server.tls == "none":
        return (said(N_("Choose STARTTLS (port 587) or TLS (port 465): a password is never sent in the open.")),)
    if problem.code == "auth":
        return (said(N_("The server takes no login here. Leave user name and password empty, or try port 587.")),)
    found = [said(N_("User name or password is wrong. Type the password again; a copy often brings a blank along."))]
    if "@" not in (server.username or ""):
        found.append(said(N_("At most providers the user name is the whole mail address.")))
    return tuple(found)


def advise_sender(server: Server, answer: Reply, sender: str, envelope: str) -> tuple[Said, ...]:
    """Say why a sender may have been refused."""
    if answer.code in {530, 535} or server.username is None:
        return (said(N_("The server wants a login first: give user name and password.")),)
    if envelope.rpartition("@")[2] != sender.rpartition("@")[2]:
        words = N_(
            "Many providers take mail only from the domains of your contract. Make {domain} one of them, or let "
            "undeliverable mail return to {own}."
        )
        return (said(words, domain=envelope.rpartition("@")[2], own=sender.rpartition("@")[2]),)
    return (said(N_("Use a sender's address that belongs to the account you log in with.")),)
