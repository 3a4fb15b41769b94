"""A mail server with encryption and logins, for trials: real TCP, real TLS, real SMTP; it takes no mail."""

import base64
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

PEM = Path(__file__).parent / "localhost.pem"  # a key that guards nothing: made for these tests
USER, PASSWORD = "花屋@example.jp", "ひみつ"


class Conduct(msgspec.Struct, frozen=True, kw_only=True):
    """How the server behaves."""

    address: str = "127.0.0.1"
    tls: str = "none"
    ways: str = "PLAIN LOGIN"
    offers_starttls: bool = True
    refuses_sender: str = ""
    refuses_recipient: str = ""
    is_silent: bool = False
    goes_at: str = ""
    needs_login: bool = False


class MailServer(socketserver.ThreadingTCPServer):
    """Serves conversations; what it heard is in `heard`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, conduct: Conduct) -> None:
        super().__init__((conduct.address, 0), _Talk)
        self.conduct = conduct
        self.heard: list[str] = []
        self._is_over = threading.Event()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(PEM)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def heard_in_all(self) -> list[str]:
        """Return what was heard, once the conversation is over: the last word may still be on its way."""
        assert self._is_over.wait(10), self.heard
        return self.heard

    def over(self) -> None:
        """Note that a conversation has ended."""
        self._is_over.set()


class _Talk(socketserver.BaseRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.line: socket.socket = self.request
        self.is_encrypted, self.is_known, self.buffer = False, False, b""
        self.line.settimeout(5)
        with suppress(OSError):
            if self.server.conduct.tls == "tls":
                self._encrypt()
            if self.server.conduct.is_silent:
                self.line.recv(1)
                return
            self._say("220 mail.example.jp ready\x1b[31m")
            while command := self._hear():
                self.server.heard.append(command)
                if self._answer(command) == "221 bye":
                    return

    def finish(self) -> None:
        """Close what became of the line: the server knows only the one that was not encrypted."""
        self.line.close()
        self.server.over()

    def _answer(self, command: str) -> str:
        verb = command.split(" ", maxsplit=1)[0].split(":", maxsplit=1)[0].upper()
        conduct = self.server.conduct
        if verb == conduct.goes_at:
            self.line.close()
            return "221 bye"
        answers = {
            "EHLO": self._offers(),
            "AUTH": "",
            "MAIL": conduct.refuses_sender or ("530 5.7.0 login first" if self._is_stranger() else "250 ok"),
            "RCPT": conduct.refuses_recipient or "250 ok",
            "STARTTLS": "220 go",
            "QUIT": "221 bye",
        }
        answer = self._log_in(command) if verb == "AUTH" else answers.get(verb, "250 ok")
        self._say(answer)
        if verb == "STARTTLS":
            self._encrypt()
        return answer

    def _is_stranger(self) -> bool:
        return self.server.conduct.needs_login and not self.is_known

    def _offers(self) -> str:
        lines = ["250-mail.example.jp"]
        if self.server.conduct.tls == "starttls" and not self.is_encrypted and self.server.conduct.offers_starttls:
            lines.append("250-STARTTLS")
        if self.server.conduct.ways:
            lines.append(f"250-AUTH {self.server.conduct.ways}")
        return "\r\n".join([*lines, "250 8BITMIME"])

    def _log_in(self, command: str) -> str:
        if command.startswith("AUTH PLAIN "):
            given = base64.b64decode(command[11:]).decode().split("\0")[1:]
        else:
            given = []
            for word in ("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"):
                self._say(word)
                given.append(base64.b64decode(self._hear()).decode())
        self.is_known = given == [USER, PASSWORD]
        return "235 2.7.0 welcome" if self.is_known else "535 5.7.8 authentication failed"

    def _encrypt(self) -> None:
        self.line = self.server.context.wrap_socket(self.line, server_side=True)
        self.is_encrypted = True

    def _say(self, text: str) -> None:
        self.line.sendall(text.encode("latin-1") + b"\r\n")

    def _hear(self) -> str:
        while b"\r\n" not in self.buffer:
            more = self.line.recv(4096)
            if not more:
                return ""
            self.buffer += more
        first, _, self.buffer = self.buffer.partition(b"\r\n")
        return first.decode("ascii", "replace")


@contextmanager
def mail_server(conduct: Conduct) -> Iterator[MailServer]:
    """Serve until the block ends."""
    with MailServer(conduct) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def trusting() -> ssl.SSLContext:
    """Return who trusts the test's certificate."""
    return ssl.create_default_context(cafile=str(PEM))
