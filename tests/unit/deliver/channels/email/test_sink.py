"""The local mailbox: takes what real servers take, notes it, and can misbehave."""

import smtplib
import socket

import pytest

from tenshu.deliver.channels.email.sink import SmtpSink
from tenshu.testing import smtp_sink

MAIL = (
    b"From: a@x.example\r\nSubject: =?utf-8?B?5pil?=\r\n =?utf-8?B?44Gu?=\r\nMessage-ID: <1@x.example>\r\n\r\nhello\r\n"
)


def talk(sink: SmtpSink, *said: bytes) -> bytes:
    """Say things one after the other and return all answers until the mailbox hangs up."""
    with socket.create_connection((sink.host, sink.port), 5) as connection:
        answers = connection.recv(4_096)
        for piece in said:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(65_536):
            answers += more
    return answers


def test_mailbox_speaks_to_the_standard_library() -> None:
    with SmtpSink(keep_bytes=True) as sink, smtplib.SMTP(sink.host, sink.port) as client:
        client.sendmail("a@x.example", ["b@x.example", "c@x.example"], MAIL)
        mails = sink.mails()
    assert [mail.recipient for mail in mails] == ["b@x.example", "c@x.example"]
    assert mails[0].content == MAIL


def test_mail_is_noted_with_sender_subject_and_size() -> None:
    with SmtpSink() as sink, smtplib.SMTP(sink.host, sink.port) as client:
        client.sendmail("a@x.example", "b@x.example", MAIL)
        (mail,) = sink.mails()
    assert (mail.message_id, mail.sender, mail.subject) == ("1@x.example", "a@x.example", "春の")
    assert mail.size == len(MAIL)
    assert mail.content is None


def test_headers_are_read_from_the_head_only() -> None:
    with SmtpSink() as sink, smtplib.SMTP(sink.host, sink.port) as client:
        client.sendmail("a@x.example", "b@x.example", b"Date: x\r\n\r\nMessage-ID: <2@x>\r\nSubject: no\r\n")
        (mail,) = sink.mails()
    assert (mail.message_id, mail.subject) == ("", "")


def test_pipelined_commands_are_answered_in_order() -> None:
    with SmtpSink() as sink:
        answers = talk(
            sink,
            b"EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n",
            MAIL + b".\r\nMAIL FROM:<a@x>\r\nRCPT TO:<c@x>\r\nDATA\r\n" + MAIL + b".\r\nQUIT\r\n",
        )
        assert sink.accepted == 2
    codes = [line[:4] for line in answers.split(b"\r\n") if line and line[3:4] == b" "]
    assert codes == [b"220 ", b"250 ", b"250 ", b"250 ", b"354 ", b"250 ", b"250 ", b"250 ", b"354 ", b"250 ", b"221 "]


def test_mail_may_arrive_byte_by_byte() -> None:
    said = b"EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nSubject: s\r\n\r\n..dot\r\n.\r\nQUIT\r\n"
    with SmtpSink(keep_bytes=True) as sink:
        talk(sink, *(said[place : place + 1] for place in range(len(said))))
        (mail,) = sink.mails()
    assert mail.content == b"Subject: s\r\n\r\n.dot\r\n"


def test_refused_recipient_is_counted_and_gets_nothing() -> None:
    with SmtpSink(refuse=lambda to: "550 5.1.1 no" if to.startswith("x") else None) as sink:
        with smtplib.SMTP(sink.host, sink.port) as client:
            told = client.sendmail("a@x.example", ["b@x.example", "x@x.example"], MAIL)
        assert told == {"x@x.example": (550, b"5.1.1 no")}
        assert (sink.accepted, sink.refused) == (1, 1)


def test_refused_content_is_counted_and_not_kept() -> None:
    with SmtpSink(refuse_content=lambda _: "554 5.7.1 spam") as sink, smtplib.SMTP(sink.host, sink.port) as client:
        with pytest.raises(smtplib.SMTPDataError):
            client.sendmail("a@x.example", "b@x.example", MAIL)
        assert (sink.accepted, sink.refused) == (0, 1)


def test_cut_mail_is_kept_and_not_answered() -> None:
    with SmtpSink(cut_after_data=lambda _: True) as sink:
        client = smtplib.SMTP(sink.host, sink.port)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.sendmail("a@x.example", "b@x.example", MAIL)
        assert (sink.accepted, sink.cut) == (1, 1)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"RCPT TO:<b@x>\r\n", b"503"),
        (b"DATA\r\n", b"503"),
        (b"MAIL FROM:<a@x>\r\nDATA\r\n", b"503"),
        (b"MAIL FROM:<a@x>\r\nMAIL FROM:<a@x>\r\n", b"503"),
        (b"MAIL FROM:a@x\r\n", b"501"),
        (b"MAIL FROM:<a b@x>\r\n", b"501"),
        (b"MAIL FROM:<a@x>\r\nRCPT TO:<>x\r\n", b"250"),  # an empty path is an address of its own kind
        (b"NONSENSE\r\n", b"500"),
        (b"NOOP\r\n", b"250"),
        (b"RSET\r\n", b"250"),
        (b"HELO x\r\n", b"250"),
        (b"QUIT\r\n", b"221"),
    ],
)
def test_command_out_of_turn_is_answered(said: bytes, answer: bytes) -> None:
    with SmtpSink() as sink:
        assert talk(sink, said).split(b"\r\n")[-2][:3] == answer
        assert sink.accepted == 0


def test_reset_forgets_the_envelope() -> None:
    with SmtpSink() as sink:
        answers = talk(sink, b"MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nRSET\r\nDATA\r\n")
        assert answers.split(b"\r\n")[-2].startswith(b"503")


def test_endless_command_is_cut_off() -> None:
    with SmtpSink() as sink:
        assert talk(sink, b"A" * 10_000) == b"220 tenshu local mailbox, delivers nothing\r\n"


def test_mailbox_announces_what_it_is_told_to() -> None:
    with SmtpSink(announces=("SIZE 5",)) as sink:
        assert b"250 SIZE 5\r\n" in talk(sink, b"EHLO x\r\n")
    with SmtpSink(announces=()) as sink:
        assert b"250 local mailbox\r\n" in talk(sink, b"EHLO x\r\n")


def test_mailbox_listens_on_this_machine_only() -> None:
    assert SmtpSink.host == "127.0.0.1"


def test_mailbox_can_be_started_and_stopped_by_hand() -> None:
    sink = SmtpSink()
    sink.start()
    port = sink.port
    sink.stop()
    sink.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((sink.host, port), 2)


def test_taken_port_is_told() -> None:
    with SmtpSink() as sink, pytest.raises(OSError, match="cannot listen"):
        SmtpSink(sink.port).start()


def test_stopping_cuts_open_connections() -> None:
    with SmtpSink() as sink:
        connection = socket.create_connection((sink.host, sink.port), 5)
        assert connection.recv(100).startswith(b"220")
    with connection:
        connection.settimeout(5)
        try:
            assert connection.recv(100) == b""
        except ConnectionResetError:
            assert sink.connections == 1


def test_tests_find_the_mailbox_among_the_fakes() -> None:
    assert smtp_sink.SmtpSink is SmtpSink
