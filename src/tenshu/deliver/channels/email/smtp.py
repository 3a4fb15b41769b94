"""Hand mails over to an SMTP server, fast, and say honestly what became of each.

One connection, kept open. Where the server allows it (PIPELINING, RFC 2920) the three envelope commands go in
one write, and a mail's body travels together with the next mail's envelope: one round trip a mail. At most one
mail is in flight, so a cut connection leaves at most one in doubt. While the server is busy with it, the next
but one is made, which costs nobody any time where there is more than one processor.

What a server says about the recipient or the content (5xx to RCPT or DATA) refuses the mail for good; what it
says about us (our connection, our login, our sender) only defers it, because a wrong password must not burn the
address list. A connection that goes before the mail was begun is opened again once; one that goes after leaves
the mail unknown, for only the server knows whether it took it.
"""

import ssl
from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from tenshu.deliver.channel import Outcome, Outgoing, Receipt
from tenshu.deliver.channels.email.address import is_address
from tenshu.deliver.channels.email.connection import Connection, ConnectionLost, NotReady, Reply, Server, Tls

_LF, _CR, _DOT = 0x0A, 0x0D, 0x2E
_SERVICE_CLOSING: Final = 421
_START_INPUT: Final = 354
#: So many mails are made before their turn comes: one that is announced, and the one behind it.
_AHEAD: Final = 2
#: Codes of receipts whose mail was not begun because the connection had gone.
_GONE: Final = frozenset({"connection", str(_SERVICE_CLOSING)})


class SmtpChannel:
    """E-mail through one SMTP server. Not for use by two threads at once."""

    name = "email"

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: Tls = "none",
        username: str | None = None,
        password: str | None = None,
        timeout: float = 30.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Name the server; it is called when the first mail is sent.

        Args:
            host: its name.
            port: 25 for the shop's own, mostly 587 (starttls) or 465 (tls) for a provider's.
            tls: none, starttls or tls.
            username: when the server wants a login, together with password.
            password: never sent unencrypted, but to this machine itself.
            timeout: seconds to wait for any one answer.
            context: certificates to trust, when not the machine's own.
        """
        self._server = Server(
            host=host, port=port, tls=tls, username=username, password=password, timeout=timeout, context=context
        )
        self._connection: Connection | None = None
        self._announced: Outgoing | None = None

    def send(self, batch: Iterable[Outgoing]) -> list[Receipt]:
        """Hand the mails over in their order; one receipt each. The next ones are made while the server has one."""
        receipts: list[Receipt] = []
        coming = _Coming(batch, receipts)
        while (mail := coming.take()) is not None:
            try:
                receipts.append(self._hand_over(mail, coming))
            except NotReady as error:
                text = f"server: {error.text}"
                left = [mail, *iter(coming.take, None)]
                receipts += [_receipt(one.message, Outcome.DEFERRED, error.code, text) for one in left]
        return receipts

    def close(self) -> None:
        """Close the connection; the next mail opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._announced = None, None

    def _hand_over(self, mail: "_Mail", coming: "_Coming") -> Receipt:
        """Hand one mail over, on a fresh connection when the kept one has gone in the meantime."""
        is_reused = self._connection is not None
        try:
            refusal = self._envelope(mail.message)
        except ConnectionLost as error:
            self.close()
            refusal = _receipt(mail.message, Outcome.DEFERRED, "connection", str(error))
        if is_reused and refusal is not None and refusal.code in _GONE:
            self.close()
            return self._hand_over(mail, coming)
        return refusal if refusal is not None else self._body(mail, coming)

    def _envelope(self, message: Outgoing) -> Receipt | None:
        """Say from whom and to whom; None when the server waits for the mail."""
        if self._connection is None:
            self._connection = Connection(self._server)
        connection = self._connection
        if "PIPELINING" in connection.offers:
            if self._announced is not message:
                connection.write(_envelope_of(message))
            self._announced = None
            sender, recipient, data = connection.reply(), connection.reply(), connection.reply()
        else:
            sender = connection.ask(f"MAIL FROM:<{message.sender}>")
            recipient = connection.ask(f"RCPT TO:<{message.address}>") if sender.is_good else sender
            data = connection.ask("DATA") if recipient.is_good else recipient
        if sender.is_good and recipient.is_good and data.code == _START_INPUT:
            return None
        self._start_over(data)
        if not sender.is_good:  # says something about us, so the mail may wait
            return _receipt(message, Outcome.DEFERRED, str(sender.code), f"MAIL: {sender.text}")
        step, reply = ("DATA", data) if recipient.is_good else ("RCPT", recipient)
        return _receipt(message, _outcome(reply), str(reply.code), f"{step}: {reply.text}")

    def _start_over(self, data: Reply) -> None:
        """Bring the conversation back to its beginning after a refused envelope."""
        assert self._connection is not None  # noqa: S101 - the envelope has just been answered on it
        if data.code == _SERVICE_CLOSING:
            self.close()
            return
        if data.code == _START_INPUT:  # a server that waits for a mail to nobody
            self._connection.ask(".")
        self._connection.ask("RSET")

    def _body(self, mail: "_Mail", coming: "_Coming") -> Receipt:
        """Send the mail itself. From here on a lost connection leaves it unknown."""
        assert self._connection is not None  # noqa: S101 - the envelope has just been accepted on it
        message, data = mail.message, mail.data
        following = coming.first() if "PIPELINING" in self._connection.offers else None
        if following is not None:
            data += _envelope_of(following.message)
            self._announced = following.message
        try:
            self._connection.write(data)
            coming.make_ahead()
            reply = self._connection.reply()
        except ConnectionLost as error:
            self.close()
            return _receipt(message, Outcome.UNKNOWN, "connection", f"after DATA: {error}")
        if reply.code == _SERVICE_CLOSING:
            self.close()
        text = reply.text if reply.is_good else f"DATA: {reply.text}"
        return _receipt(message, _outcome(reply), str(reply.code), text)


class _Mail(NamedTuple):
    """A message, and what goes over the wire for it."""

    message: Outgoing
    data: bytes


class _Coming:
    """The mails of a batch that are fit to be handed over: made when they are asked for, or a moment ahead.

    Args:
        batch: the messages.
        receipts: where those are written down that are not fit.
    """

    def __init__(self, batch: Iterable[Outgoing], receipts: list[Receipt]) -> None:
        self._batch = iter(batch)
        self._receipts = receipts
        self._made: deque[_Mail] = deque()

    def first(self) -> _Mail | None:
        """Return the next mail without taking it."""
        if not self._made:
            self._make()
        return self._made[0] if self._made else None

    def take(self) -> _Mail | None:
        """Return the next mail; None when there is no more."""
        return None if self.first() is None else self._made.popleft()

    def make_ahead(self) -> None:
        """Make the one after the next, while somebody else is busy."""
        if len(self._made) < _AHEAD:
            self._make()

    def _make(self) -> None:
        for message in self._batch:
            if _is_fit(message, self._receipts):
                self._made.append(_Mail(message, wire_form(message.content)))
                return


def wire_form(content: bytes) -> bytes:
    r"""Return a mail as it goes over the wire after DATA: lines ended by CRLF, leading dots doubled, the end marked.

    A bare line feed before a dot would end the mail early on a careless server and let the rest be read as
    commands (SMTP smuggling).

    >>> wire_form(b"a\n.\nMAIL FROM:<v@x>")
    b'a\r\n..\r\nMAIL FROM:<v@x>\r\n.\r\n'
    """
    if _is_tidy(content):
        return content + b".\r\n"
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    if b"\n." in lines:
        lines = lines.replace(b"\r\n.", b"\r\n..")
    return (b"." if lines.startswith(b".") else b"") + lines + b".\r\n"


def _is_tidy(content: bytes) -> bool:
    """Say whether every line ends with CRLF and none begins with a dot, as in all mails that we make ourselves."""
    letters = np.frombuffer(content, np.uint8)
    feeds, returns = np.flatnonzero(letters == _LF), np.flatnonzero(letters == _CR)
    if not len(feeds) or feeds[-1] != len(letters) - 1 or len(feeds) != len(returns):
        return False
    starts = letters[feeds[:-1] + 1]
    return bool(letters[0] != _DOT and (feeds - returns == 1).all() and not (starts == _DOT).any())


def _is_fit(message: Outgoing, receipts: list[Receipt]) -> bool:
    """Refuse, before anything is sent, what would not reach whom it names."""
    if not is_address(message.address):
        receipts.append(_receipt(message, Outcome.REFUSED, "553", "RCPT: 5.1.3 not one plain address; not sent"))
        return False
    if message.sender and not is_address(message.sender):
        receipts.append(_receipt(message, Outcome.DEFERRED, "sender", "the envelope sender is not one plain address"))
        return False
    return True


def _envelope_of(message: Outgoing) -> bytes:
    return f"MAIL FROM:<{message.sender}>\r\nRCPT TO:<{message.address}>\r\nDATA\r\n".encode("ascii")


def _outcome(reply: Reply) -> Outcome:
    if reply.code >= 500:
        return Outcome.REFUSED
    return Outcome.ACCEPTED if 200 <= reply.code < 300 else Outcome.DEFERRED


def _receipt(message: Outgoing, outcome: Outcome, code: str, text: str) -> Receipt:
    return Receipt(enrolment=message.enrolment, visit=message.visit, outcome=outcome, code=code, text=text[:300])
