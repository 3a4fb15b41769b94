"""A mailbox on this machine that takes every mail and delivers none.

For trying things out, for the demo and for tests: real TCP, real SMTP, but no mail leaves the machine. It notes whom
each mail was for, and can be told to behave as badly as real servers do: refuse addresses, refuse
contents, or go silent right after a mail.

Speaks EHLO, HELO, MAIL, RCPT, DATA, RSET, NOOP, QUIT and PIPELINING; runs in a thread of its own.
"""

import asyncio
import re
import threading
from collections.abc import Callable
from email.header import decode_header, make_header
from types import TracebackType
from typing import Final, Self

import msgspec

_END: Final = b"\r\n.\r\n"
_PATH: Final = re.compile(rb"(?:MAIL FROM|RCPT TO):\s*<([^<>\s]*)>", re.IGNORECASE)
_MESSAGE_ID: Final = re.compile(rb"^message-id:\s*<?([^\s>]*)", re.IGNORECASE | re.MULTILINE)
_SUBJECT: Final = re.compile(rb"^subject:[ \t]*([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)
_LONGEST_COMMAND: Final = 4_096
_LONGEST_MAIL: Final = 30_000_000


class ReceivedMail(msgspec.Struct, frozen=True):
    """One mail that the mailbox took, for one recipient.

    Attributes:
        message_id: without angle brackets.
        subject_header: as it stood in the mail; `subject` reads it.
        size: bytes of the mail.
        content: the mail itself, when the mailbox keeps them.
    """

    message_id: str
    recipient: str
    sender: str
    subject_header: str
    size: int
    content: bytes | None

    @property
    def subject(self) -> str:
        """The subject as a person reads it."""
        return str(make_header(decode_header(self.subject_header.replace("\r\n", ""))))


class SmtpSink:
    """The mailbox; use it in a `with` statement, or `start` and `stop` it.

    >>> with SmtpSink() as sink:
    ...     sink.host, sink.port > 0, sink.accepted
    ('127.0.0.1', True, 0)
    """

    host: Final = "127.0.0.1"

    def __init__(
        self,
        port: int = 0,
        *,
        keep_bytes: bool = False,
        refuse: Callable[[str], str | None] | None = None,
        refuse_content: Callable[[str], str | None] | None = None,
        cut_after_data: Callable[[str], bool] | None = None,
        announces: tuple[str, ...] = ("PIPELINING", "8BITMIME"),
    ) -> None:
        """Describe the mailbox.

        Args:
            port: 0 takes a free one.
            keep_bytes: whether to keep whole mails and not only what they were.
            refuse: given a recipient, an error line such as `550 5.1.1 no such user`, or None.
            refuse_content: the same, said after the mail.
            cut_after_data: given a recipient, whether to take the mail and then cut the connection without an answer.
            announces: what EHLO offers.
        """
        self.port = port
        self.keep_bytes = keep_bytes
        self.refuse = refuse or _never
        self.refuse_content = refuse_content or _never
        self.cut_after_data = cut_after_data or _no
        self.announces = announces
        self.refused = 0
        self.cut = 0
        self.connections = 0
        self._mails: list[ReceivedMail] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def accepted(self) -> int:
        """How many mails were taken, those whose connection was cut afterwards included."""
        return len(self._mails)

    def mails(self) -> list[ReceivedMail]:
        """Return the mails taken so far, in order of arrival."""
        return list(self._mails)

    def start(self) -> None:
        """Open the mailbox; `port` is then known."""
        opened = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(opened,), name="smtp-sink", daemon=True)
        self._thread.start()
        if not opened.wait(10) or self._loop is None:
            message = f"the local mailbox cannot listen on {self.host}:{self.port}"
            raise OSError(message)

    def stop(self) -> None:
        """Close the mailbox and every connection to it."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self._loop, self._thread = None, None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def take(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Note one mail for each of its recipients."""
        head = content[: content.find(b"\r\n\r\n") + 2] if b"\r\n\r\n" in content else content
        message_id, subject = _MESSAGE_ID.search(head), _SUBJECT.search(head)
        for recipient in recipients:
            mail = ReceivedMail(
                message_id[1].decode("ascii", "replace") if message_id else "",
                recipient,
                sender,
                subject[1].decode("ascii", "replace").rstrip() if subject else "",
                len(content),
                content if self.keep_bytes else None,
            )
            self._mails.append(mail)

    def _run(self, opened: threading.Event) -> None:
        loop = asyncio.new_event_loop()
        talks: set[_Talk] = set()
        try:
            server = loop.run_until_complete(loop.create_server(lambda: _Talk(self, talks), self.host, self.port))
        except OSError:
            opened.set()
            loop.close()
            return
        self.port = int(server.sockets[0].getsockname()[1])
        self._loop = loop
        opened.set()
        loop.run_forever()
        server.close()
        for talk in list(talks):
            talk.hang_up()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


class _Talk(asyncio.Protocol):
    """One connection to the mailbox."""

    def __init__(self, sink: SmtpSink, talks: set["_Talk"]) -> None:
        self._sink = sink
        self._talks = talks
        self._buffer = bytearray()
        self._answers: list[str] = []
        self._is_data = False
        self._is_over = False
        self._forget()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP servers get no other
        self._transport = transport
        self._talks.add(self)
        self._sink.connections += 1
        transport.write(b"220 tenshu local mailbox, delivers nothing\r\n")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's name
        """Forget the connection."""
        self._talks.discard(self)

    def data_received(self, data: bytes) -> None:
        """Answer every whole command and mail that has arrived, in one write."""
        self._buffer += data
        while not self._is_over and (self._take_mail() if self._is_data else self._take_command()):
            pass
        if self._answers and not self._transport.is_closing():
            self._transport.write("".join(f"{answer}\r\n" for answer in self._answers).encode())
        self._answers.clear()
        if self._is_over:
            self._transport.close()

    def hang_up(self) -> None:
        """Cut the connection at once."""
        self._transport.abort()

    def _forget(self) -> None:
        self._sender: str | None = None
        self._recipients: list[str] = []

    def _take_command(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0 or end > _LONGEST_COMMAND:
            self._is_over = len(self._buffer) > _LONGEST_COMMAND
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        self._obey(line)
        return True

    def _obey(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            offers = ["local mailbox", *self._sink.announces]
            self._answers += [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        elif verb in {b"HELO", b"NOOP"}:
            self._answers.append("250 ok")
        elif verb == b"RSET":
            self._forget()
            self._answers.append("250 forgotten")
        elif verb == b"QUIT":
            self._answers.append("221 bye")
            self._is_over = True
        elif verb in {b"MAIL", b"RCPT"}:
            self._answers.append(self._address(verb, line))
        elif verb == b"DATA":
            self._is_data = bool(self._recipients)
            self._answers.append("354 go on" if self._is_data else "503 no recipients")
        else:
            self._answers.append("500 what?")

    def _address(self, verb: bytes, line: bytes) -> str:
        found = _PATH.match(line)
        if found is None:
            return "501 no such address"
        address = found[1].decode("utf-8", "replace")
        if verb == b"MAIL":
            if self._sender is not None:
                return "503 one mail at a time"
            self._sender = address
            return "250 ok"
        if self._sender is None:
            return "503 from whom?"
        refusal = self._sink.refuse(address)
        if refusal is not None:
            self._sink.refused += 1
            return refusal
        self._recipients.append(address)
        return "250 ok"

    def _take_mail(self) -> bool:
        if self._buffer.startswith(b".\r\n"):
            content, rest = b"", 3
        else:
            end = self._buffer.find(_END)
            if end < 0:
                self._is_over = len(self._buffer) > _LONGEST_MAIL
                return False
            content, rest = bytes(self._buffer[: end + 2]), end + len(_END)
        del self._buffer[:rest]
        self._is_data = False
        self._answer_mail(content.replace(b"\r\n..", b"\r\n.").removeprefix(b"."))
        self._forget()
        return True

    def _answer_mail(self, content: bytes) -> None:
        refusal = next(filter(None, map(self._sink.refuse_content, self._recipients)), None)
        if refusal is not None:
            self._sink.refused += 1
            self._answers.append(refusal)
            return
        self._sink.take(self._sender or "", self._recipients, content)
        if any(map(self._sink.cut_after_data, self._recipients)):
            self._sink.cut += 1
            self._answers.clear()
            self._is_over = True
            return
        self._answers.append("250 2.0.0 taken, not delivered")


def _never(recipient: str) -> str | None:  # noqa: ARG001 - the default of a callback
    return None


def _no(recipient: str) -> bool:  # noqa: ARG001 - the default of a callback
    return False
