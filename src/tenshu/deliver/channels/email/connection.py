"""One conversation with an SMTP server: socket, replies, greeting, encryption, login.

Knows the protocol's grammar and nothing of messages (`smtp` hands those over). A password is never sent over a
line that anybody can read, and a wanted encryption that the server does not offer is an error, not a fallback.

Specification: RFC 5321, STARTTLS RFC 3207, AUTH RFC 4954.
"""

import contextlib
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

Tls = Literal["none", "starttls", "tls"]
_LONGEST_LINE: Final = 4_096
_MOST_LINES: Final = 100
_UNPRINTABLE: Final = re.compile("[^ -~]")
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class ConnectionLost(Exception):
    """The other side has gone, is silent, or speaks no SMTP."""


class NotReady(Exception):
    """The server takes no mail from us now, whoever it is for: refused connection, greeting or login."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


class Reply(msgspec.Struct, frozen=True):
    """What a server answered: the code and its lines as one printable text."""

    code: int
    text: str

    @property
    def is_good(self) -> bool:
        """Whether the step was taken (2xx) or the server waits for more (3xx)."""
        return 200 <= self.code < 400


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where to hand mails over, and how to prove who we are.

    Attributes:
        tls: none, starttls or tls (from the first byte).
        timeout: seconds to wait for any one answer.
        hello: how we call ourselves.
        context: certificates to trust, when not the machine's own.
    """

    host: str
    port: int
    tls: Tls = "none"
    username: str | None = None
    password: str | None = None
    timeout: float = 30.0
    hello: str = "tenshu.localhost"
    context: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        """Say where, and never the password."""
        return f"Server(host={self.host!r}, port={self.port}, tls={self.tls!r}, username={self.username!r})"


class Connection:
    """An open, greeted and logged-in connection."""

    def __init__(self, server: Server, *, on_step: Callable[[str, str], None] | None = None) -> None:
        """Connect.

        Args:
            server: where to.
            on_step: told what was reached, and what the other side said: `connected`, `greeted`, `encrypted`,
                `logged_in`.

        Raises:
            NotReady: the server cannot be reached or does not want us.
        """
        self._server = server
        self._told = on_step or _nothing
        self._buffer = bytearray()
        self.offers: frozenset[str] = frozenset()
        try:
            self._socket: socket.socket = socket.create_connection((server.host, server.port), server.timeout)
        except OSError as error:
            raise NotReady("connect", str(error)) from error
        try:
            self._told("connected", str(self._socket.getpeername()[0]))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._introduce()
        except (ConnectionLost, OSError) as error:
            self.close()
            raise NotReady("connect", str(error)) from error
        except NotReady:
            self.close()
            raise

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            ConnectionLost: they may or may not have arrived.
        """
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise ConnectionLost(str(error)) from error

    def reply(self) -> Reply:
        """Read one answer, of one line or many.

        Raises:
            ConnectionLost: none came.
        """
        lines = []
        for _ in range(_MOST_LINES):
            line = self._line()
            if len(line) < 3 or not line[:3].isdigit():
                raise ConnectionLost(f"no SMTP: {line[:80]!r}")
            lines.append(line[4:])
            if line[3:4] != b"-":
                text = b" ".join(lines).decode("ascii", "replace")
                return Reply(int(line[:3]), _UNPRINTABLE.sub("?", text)[:300])
        raise ConnectionLost("an answer without end")

    def ask(self, command: str) -> Reply:
        """Send one command and read its answer."""
        self.write(f"{command}\r\n".encode("ascii"))
        return self.reply()

    def certificate(self) -> dict[str, Any]:
        """Return the other side's certificate as `ssl` reads it, or nothing on a plain line."""
        return dict(self._socket.getpeercert() or {}) if isinstance(self._socket, ssl.SSLSocket) else {}

    def close(self) -> None:
        """Take leave, as far as the other side still listens."""
        with contextlib.suppress(OSError):
            self._socket.sendall(b"QUIT\r\n")
        with contextlib.suppress(OSError):
            self._socket.close()

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _LONGEST_LINE:
                raise ConnectionLost("a line without end")
            try:
                more = self._socket.recv(65_536)
            except OSError as error:
                raise ConnectionLost(str(error)) from error
            if not more:
                raise ConnectionLost("connection closed")
            self._buffer += more
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        return line

    def _introduce(self) -> None:
        server = self._server
        if server.tls == "tls":
            self._encrypt()
        greeting = self.reply()
        self._want(greeting, "greeting")
        self._told("greeted", greeting.text)
        self._greet()
        if server.tls == "starttls":
            if "STARTTLS" not in self.offers:
                raise NotReady("starttls", "the server offers no encryption")
            self._want(self.ask("STARTTLS"), "STARTTLS")
            if self._buffer:
                raise NotReady("starttls", "the server spoke before the encryption")
            self._encrypt()
            self._greet()
        if server.username is not None:
            self._log_in(server.username, server.password or "")
            self._told("logged_in", server.username)

    def _greet(self) -> None:
        self.write(f"EHLO {self._server.hello}\r\n".encode("ascii"))
        offers: set[str] = set()
        line = b"250-"
        while line[3:4] == b"-" and len(offers) < _MOST_LINES:
            line = self._line()
            offers.add(line[4:].decode("ascii", "replace").upper())
        if not line.startswith(b"250"):
            self._want(self.ask(f"HELO {self._server.hello}"), "HELO")
            offers = set()
        self.offers = frozenset(offers)

    def _encrypt(self) -> None:
        context = self._server.context or ssl.create_default_context()
        wrapped = context.wrap_socket(self._socket, server_hostname=self._server.host)
        self._socket = wrapped
        self._told("encrypted", wrapped.version() or "")

    def _log_in(self, username: str, password: str) -> None:
        if self._server.tls == "none" and self._server.host not in LOOPBACK:
            raise NotReady("auth", "a password is only sent over an encrypted connection: set tls to starttls or tls")
        ways = next((offer.split()[1:] for offer in self.offers if offer.startswith("AUTH ")), [])
        if "PLAIN" in ways:
            self._want(self.ask(f"AUTH PLAIN {_base64(f'{chr(0)}{username}{chr(0)}{password}')}"), "AUTH")
        elif "LOGIN" in ways:
            for word in ("AUTH LOGIN", _base64(username), _base64(password)):
                self._want(self.ask(word), "AUTH")
        else:
            raise NotReady("auth", "the server offers neither AUTH PLAIN nor AUTH LOGIN")

    @staticmethod
    def _want(reply: Reply, step: str) -> None:
        if not reply.is_good:
            raise NotReady(str(reply.code), f"{step}: {reply.text}")


def _nothing(_step: str, _said: str) -> None:
    """Tell nobody."""


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
