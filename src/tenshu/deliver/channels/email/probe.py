"""Try a mail server out, step by step, in words: what worked, and at the first failure what it means and what to do.

Everything is real but the mail: the name is looked up, the connection made and encrypted, the login done, sender and
recipient announced as for a mail; then RSET, so that none is sent. What a server says is shown as printable text only.
Whoever may run this can make the machine connect to a host and port of their choice: only the owner may.
"""

import socket
import ssl
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from tenshu.deliver.channels.email.address import is_address
from tenshu.deliver.channels.email.connection import Connection, ConnectionLost, NotReady, Reply, Server
from tenshu.deliver.channels.email.hosts import host_of
from tenshu.deliver.channels.email.probe_advice import (
    Said,
    advise_certificate,
    advise_connection,
    advise_encryption,
    advise_login,
    advise_sender,
    said,
)
from tenshu.kit.i18n import N_

#: Seconds to wait for any one answer.
PATIENCE: Final = 10.0
#: What is tried, in this order, and how it is called.
STEPS: Final = {
    "name": N_("Find the server's name"),
    "connected": N_("Connect"),
    "greeted": N_("Be greeted"),
    "encrypted": N_("Encrypt the connection"),
    "logged_in": N_("Log in"),
    "sender": N_("Be taken as the sender"),
}
State = Literal["good", "bad", "left_out", "not_tried"]
Resolve = Callable[[str], list[str]]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the trial.

    Attributes:
        name: a key of `STEPS`.
        state: good | bad | left_out (not needed) | not_tried (something before it failed).
        said: what happened.
        advice: at a failure: what it means and what to do.
    """

    name: str
    state: State
    said: Said | None = None
    advice: tuple[Said, ...] = ()


class Trial(msgspec.Struct, frozen=True):
    """What came of a trial: every step, in order."""

    steps: tuple[Step, ...]

    @property
    def is_good(self) -> bool:
        """Whether mail would be taken."""
        return all(step.state in {"good", "left_out"} for step in self.steps)


def probe(
    server: Server,
    *,
    sender: str,
    envelope: str,
    resolve: Resolve | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Trial:
    """Try the server out as if a mail went from the shop to itself.

    Args:
        server: where to and how; see `settings.server_of`.
        sender: the From address; it is also the recipient of the mail that is not sent. Empty = not known yet.
        envelope: the address to which undeliverable mail returns (MAIL FROM).
        resolve: finds a name's addresses; the machine's own way when none is given.
        on_step: told each step that is done.
    """
    return _Trying(server, on_step or _nothing).run(sender, envelope, resolve or addresses_of)


def addresses_of(host: str) -> list[str]:
    """Return a name's addresses.

    Raises:
        OSError: it has none, or nobody could be asked.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return sorted({str(entry[4][0]) for entry in found})


class _Failed(Exception):
    """A step failed; the rest is not tried."""


class _Trying:
    """One trial, as it goes."""

    def __init__(self, server: Server, told: Callable[[Step], None]) -> None:
        self.server = server
        self.told = told
        self.done: list[Step] = []

    def run(self, sender: str, envelope: str, resolve: Resolve) -> Trial:
        connection: Connection | None = None
        try:
            self._find_name(resolve)
            connection = self._connect()
            self._announce(connection, sender, envelope)
        except _Failed:
            pass
        finally:
            if connection is not None:
                connection.close()
        tried = {step.name: step for step in self.done}
        return Trial(tuple(tried.get(name) or Step(name=name, state="not_tried") for name in STEPS))

    def _find_name(self, resolve: Resolve) -> None:
        host = self.server.host
        try:
            found = resolve(host)
        except (OSError, UnicodeError) as error:
            advice = said(N_("Look for a slip, and copy the name from what your mail provider wrote to you."))
            raise self._fail("name", said(N_("There is no server called {host}."), host=host), (advice,)) from error
        self._good("name", N_("{host} is at {addresses}."), host=host, addresses=", ".join(found[:3]))

    def _connect(self) -> Connection:
        server = self.server
        try:
            connection = Connection(server, on_step=self._reached)
        except NotReady as problem:
            raise self._not_ready(problem) from problem
        if server.tls == "none":
            self._left_out("encrypted", N_("Nothing is encrypted, as you chose. Do so only on this machine itself."))
        else:
            until = str(connection.certificate().get("notAfter", ""))
            version = next(step.said.given["version"] for step in self.done if step.name == "encrypted" and step.said)
            self._good("encrypted", _ENCRYPTED, version=version, host=server.host, until=until)
        if server.username is None:
            self._left_out("logged_in", N_("No user name is given, so nobody logs in."))
        return connection

    def _reached(self, step: str, told: str) -> None:
        match step:
            case "connected":
                self._good("connected", N_("Port {port} of {address} answers."), port=self.server.port, address=told)
            case "greeted":
                self._good("greeted", N_('The server greets: "{greeting}"'), greeting=told[:120])
            case "encrypted":
                self._good("encrypted", _ENCRYPTED, version=told, host=self.server.host, until="")
            case _:
                self._good("logged_in", N_("{user} is logged in."), user=told)

    def _not_ready(self, problem: NotReady) -> _Failed:
        """Name the step that failed, from what was reached before and from what the problem is."""
        reached = {step.name for step in self.done}
        cause = problem.__cause__
        given = {"answer": _answer_of(problem)}
        if isinstance(cause, ssl.SSLCertVerificationError):
            words = said(N_("The server's certificate cannot be trusted: {problem}"), problem=cause.verify_message)
            return self._fail("encrypted", words, advise_certificate(self.server, cause))
        if isinstance(cause, ssl.SSLError) or problem.code == "starttls" or problem.text.startswith("STARTTLS"):
            words = said(N_("The connection could not be encrypted: {answer}"), **given)
            return self._fail("encrypted", words, advise_encryption(self.server))
        if "connected" not in reached:
            words = said(N_("Port {port} does not answer: {answer}"), port=self.server.port, **given)
            return self._fail("connected", words, advise_connection(self.server))
        if problem.code == "auth" or problem.text.startswith("AUTH"):
            words = said(N_("The login was refused: {answer}"), **given)
            return self._fail("logged_in", words, advise_login(self.server, problem))
        words = said(N_("The server does not talk to us: {answer}"), **given)
        return self._fail("greeted", words, advise_encryption(self.server))

    def _announce(self, connection: Connection, sender: str, envelope: str) -> None:
        if not sender:
            self._left_out("sender", N_("No sender's address is set yet, so this was not tried."))
            return
        for address in (sender, envelope):
            if not is_address(address):
                words = said(N_("{address} is no address that mail can come from."), address=ascii(address[:80]))
                raise self._fail("sender", words, (said(N_("Set the sender's address first.")),))
        try:
            answer = connection.ask(f"MAIL FROM:<{envelope}>")
            refused = envelope
            if answer.is_good:
                answer, refused = connection.ask(f"RCPT TO:<{sender}>"), sender
            connection.ask("RSET")
        except ConnectionLost as problem:
            answer, refused = Reply(0, str(problem)), envelope
        if answer.is_good:
            taken = N_("A mail from {sender}, returning to {envelope} when it cannot be delivered, would be taken.")
            self._good("sender", taken, sender=sender, envelope=envelope)
            return
        given: dict[str, Any] = {"address": refused, "answer": f"{answer.code or ''} {answer.text}".strip()}
        words = said(N_("The server refuses {address}: {answer}"), **given)
        raise self._fail("sender", words, advise_sender(self.server, answer, sender, envelope))

    def _good(self, name: str, words: str, **given: Any) -> None:
        self._note(Step(name=name, state="good", said=said(words, **given)))

    def _left_out(self, name: str, words: str) -> None:
        self._note(Step(name=name, state="left_out", said=said(words)))

    def _fail(self, name: str, words: Said, advice: tuple[Said, ...]) -> _Failed:
        known = host_of(self.server.host)
        if known is not None and name in {"logged_in", "encrypted", "connected"}:
            advice = (*advice, said(N_("At {name}: {login}"), name=known.name, login=known.login))
        self._note(Step(name=name, state="bad", said=words, advice=advice))
        return _Failed(name)

    def _note(self, step: Step) -> None:
        self.done = [one for one in self.done if one.name != step.name] + [step]
        self.told(step)


_ENCRYPTED: Final = N_("Encrypted with {version}; the certificate is valid for {host}.")


def _answer_of(problem: NotReady) -> str:
    """Return what came back, in words (to be translated) where the machine has none that people know."""
    if isinstance(problem.__cause__, ConnectionRefusedError):
        return N_("nobody listens there")
    if isinstance(problem.__cause__, TimeoutError) or problem.text == "timed out":
        return N_("no answer in time")
    return f"{problem.code} {problem.text}".removeprefix("connect ")


def _nothing(_step: Step) -> None:
    """Tell nobody."""
