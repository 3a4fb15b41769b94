"""Handing mails over: fast, and honest about what became of each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.deliver.bounce import is_dead_address
from tenshu.deliver.channel import Outcome, Outgoing, Receipt
from tenshu.deliver.channels.email.connection import Server
from tenshu.deliver.channels.email.smtp import SmtpChannel, wire_form
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.deliver.channels.email.scripted import scripted

WAYS = pytest.mark.parametrize("announces", [("PIPELINING", "8BITMIME"), ()], ids=["pipelined", "plain"])


def outgoing(number: int = 1, **changed: object) -> Outgoing:
    known: dict[str, object] = {
        "enrolment": number,
        "visit": 1,
        "message_id": f"{number}.1@shop.example",
        "address": f"u{number}@example.com",
        "sender": "b+k1.abc@bounce.example.com",
        "content": f"Message-ID: <{number}.1@shop.example>\r\nSubject: x\r\n\r\nhello {number}\r\n".encode(),
    }
    return Outgoing(**{**known, **changed})  # type: ignore[arg-type]


def sent(sink: SmtpSink, *messages: Outgoing) -> list[Receipt]:
    channel = SmtpChannel(sink.host, sink.port, timeout=10)
    receipts = channel.send(messages)
    channel.close()
    return receipts


@WAYS
def test_mail_arrives_as_it_was(announces: tuple[str, ...]) -> None:
    with SmtpSink(keep_bytes=True, announces=announces) as sink:
        receipts = sent(sink, outgoing())
        (mail,) = sink.mails()
    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED]
    assert (mail.recipient, mail.sender) == ("u1@example.com", "b+k1.abc@bounce.example.com")
    assert mail.content == outgoing().content


@WAYS
def test_many_mails_go_over_one_connection_in_their_order(announces: tuple[str, ...]) -> None:
    with SmtpSink(announces=announces) as sink:
        sent(sink, *(outgoing(number) for number in range(300)))
        assert sink.connections == 1
        assert [mail.recipient for mail in sink.mails()] == [f"u{number}@example.com" for number in range(300)]


@WAYS
def test_connection_is_kept_between_batches(announces: tuple[str, ...]) -> None:
    with SmtpSink(announces=announces) as sink:
        channel = SmtpChannel(sink.host, sink.port)
        for number in range(5):
            channel.send([outgoing(number)])
        channel.close()
        assert sink.connections == 1
        assert sink.accepted == 5


SMUGGLED = {
    "bare line feeds": b"a\n.\nMAIL FROM:<v@x>\nRCPT TO:<v@x>\nDATA\nb",
    "line feed, dot, crlf": b"a\n.\r\nMAIL FROM:<v@x>\r\nRCPT TO:<v@x>\r\nDATA\r\nb",
    "crlf, dot, line feed": b"a\r\n.\nMAIL FROM:<v@x>\r\nRCPT TO:<v@x>\r\nDATA\r\nb",
    "carriage returns": b"a\r.\rMAIL FROM:<v@x>\rRCPT TO:<v@x>\rDATA\rb",
    "carriage return, dot, crlf": b"a\r.\r\nMAIL FROM:<v@x>\r\nRCPT TO:<v@x>\r\nDATA\r\nb",
    "the end itself": b"a\r\n.\r\nMAIL FROM:<v@x>\r\nRCPT TO:<v@x>\r\nDATA\r\nb",
    "at the beginning": b".\r\nMAIL FROM:<v@x>\r\nRCPT TO:<v@x>\r\nDATA\r\nb",
    "twice carriage return": b"a\r\r\n.\r\r\nMAIL FROM:<v@x>\r\n",
}


@WAYS
@pytest.mark.parametrize("body", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_smuggled_commands_stay_text_of_one_mail(body: bytes, announces: tuple[str, ...]) -> None:
    with SmtpSink(keep_bytes=True, announces=announces) as sink:
        receipts = sent(sink, outgoing(1, content=body), outgoing(2))
        mails = sink.mails()
    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert [mail.recipient for mail in mails] == ["u1@example.com", "u2@example.com"]
    assert b"MAIL FROM:<v@x>" in (mails[0].content or b"")


@given(st.binary(max_size=200))
def test_wire_form_ends_once_and_only_at_its_end(content: bytes) -> None:
    wire = wire_form(content)
    assert wire.endswith(b"\r\n.\r\n")
    assert wire.find(b"\r\n.\r\n") == len(wire) - 5
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")
    assert not wire.startswith(b".\r\n")


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b"a\r\n.b\r\n", b"a\r\n..b\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
    ],
)
def test_wire_form_by_hand(content: bytes, wire: bytes) -> None:
    assert wire_form(content) == wire


BAD_ADDRESSES = [
    "a@x.example>\r\nRCPT TO:<v@x.example",
    "a@x.example,b@x.example",
    '"a b"@x.example',
    "",
    "a" * 300 + "@x.example",
    "a@例え.jp",
]


@WAYS
@pytest.mark.parametrize("address", BAD_ADDRESSES, ids=ascii)
def test_address_that_is_none_is_refused_and_never_sent(address: str, announces: tuple[str, ...]) -> None:
    with SmtpSink(announces=announces) as sink:
        receipts = {receipt.enrolment: receipt for receipt in sent(sink, outgoing(1, address=address), outgoing(2))}
        recipients = [mail.recipient for mail in sink.mails()]
    assert receipts[1].outcome is Outcome.REFUSED
    assert is_dead_address(receipts[1])
    assert receipts[2].outcome is Outcome.ACCEPTED
    assert recipients == ["u2@example.com"]


def test_envelope_sender_that_is_none_defers_the_mail() -> None:
    with SmtpSink() as sink:
        (receipt,) = sent(sink, outgoing(sender="a@x.example>\r\nRCPT TO:<v@x.example"))
        assert sink.accepted == 0
    assert receipt.outcome is Outcome.DEFERRED


@WAYS
@pytest.mark.parametrize(
    ("line", "outcome", "is_dead"),
    [
        ("550 5.1.1 no such user", Outcome.REFUSED, True),
        ("554 5.7.1 not from you", Outcome.REFUSED, False),
        ("450 4.2.0 busy", Outcome.DEFERRED, False),
        ("452 4.2.2 full", Outcome.DEFERRED, False),
    ],
)
def test_refused_recipient_leaves_the_others_alone(
    line: str, outcome: Outcome, *, is_dead: bool, announces: tuple[str, ...]
) -> None:
    with SmtpSink(refuse=lambda to: line if to == "u2@example.com" else None, announces=announces) as sink:
        receipts = sent(sink, *(outgoing(number) for number in (1, 2, 3)))
        assert sink.connections == 1
        assert sink.accepted == 2
    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED, outcome, Outcome.ACCEPTED]
    assert receipts[1].text.startswith("RCPT: ")
    assert is_dead_address(receipts[1]) is is_dead


@WAYS
@pytest.mark.parametrize(
    ("line", "outcome"), [("554 5.7.1 spam", Outcome.REFUSED), ("451 4.3.0 later", Outcome.DEFERRED)]
)
def test_refused_content_is_not_the_addresss_fault(line: str, outcome: Outcome, announces: tuple[str, ...]) -> None:
    with SmtpSink(refuse_content=lambda to: line if to == "u1@example.com" else None, announces=announces) as sink:
        receipts = sent(sink, outgoing(1), outgoing(2))
    assert [receipt.outcome for receipt in receipts] == [outcome, Outcome.ACCEPTED]
    assert receipts[0].text.startswith("DATA: ")
    assert not is_dead_address(receipts[0])


@WAYS
def test_each_cut_after_data_leaves_exactly_its_own_mail_in_doubt(announces: tuple[str, ...]) -> None:
    cut = {f"u{number}@example.com" for number in range(0, 40, 7)}
    with SmtpSink(cut_after_data=cut.__contains__, announces=announces) as sink:
        receipts = sent(sink, *(outgoing(number) for number in range(40)))
        arrived = [mail.recipient for mail in sink.mails()]
        assert sink.cut == len(cut)
    unknown = {f"u{receipt.enrolment}@example.com" for receipt in receipts if receipt.outcome is Outcome.UNKNOWN}
    assert unknown == cut
    assert sorted(arrived) == sorted(f"u{number}@example.com" for number in range(40))


def test_server_that_comes_back_gets_the_next_batch() -> None:
    with SmtpSink() as sink:
        channel, port = SmtpChannel(sink.host, sink.port, timeout=5), sink.port
        assert channel.send([outgoing(1)])[0].outcome is Outcome.ACCEPTED
    assert channel.send([outgoing(2)])[0].outcome is Outcome.DEFERRED
    with SmtpSink(port) as sink:
        assert channel.send([outgoing(3)])[0].outcome is Outcome.ACCEPTED
        channel.close()


HELLO = ["220 hi", "250-x\r\n250 PIPELINING"]


def outcomes(answers: list[str], *messages: Outgoing) -> list[tuple[Outcome, str]]:
    with scripted(answers) as port:
        channel = SmtpChannel("127.0.0.1", port, timeout=2)
        receipts = channel.send(messages or [outgoing()])
        channel.close()
    return [(receipt.outcome, receipt.code) for receipt in receipts]


@pytest.mark.parametrize(
    ("answers", "outcome", "code"),
    [
        (["554 go away"], Outcome.DEFERRED, "554"),  # about us, at the greeting
        (["421 too many of you"], Outcome.DEFERRED, "421"),
        ([*HELLO, "550 sender unknown\r\n503 x\r\n503 x", "250 ok"], Outcome.DEFERRED, "550"),  # about our sender
        ([*HELLO, "530 log in first\r\n503 x\r\n503 x", "250 ok"], Outcome.DEFERRED, "530"),
        ([*HELLO, "250 x\r\n550 5.1.1 no\r\n354 go on", "250 taken for nobody", "250 ok"], Outcome.REFUSED, "550"),
        ([*HELLO, "250 x\r\n250 x\r\n452 no room", "250 ok"], Outcome.DEFERRED, "452"),
        ([*HELLO, "250 x\r\n250 x\r\n354 x", "552 5.3.4 too big"], Outcome.REFUSED, "552"),
        ([*HELLO, "250 x\r\n250 x\r\n354 x", "421 going"], Outcome.DEFERRED, "421"),
        ([*HELLO, "250 x\r\n250 x\r\n354 x", "200-a\r\n200-b\r\n250 c"], Outcome.ACCEPTED, "250"),
        ([*HELLO, "250 x\r\n250 x\r\n354 x"], Outcome.UNKNOWN, "connection"),  # goes without a word
        ([*HELLO, "250 x\r\n250 x\r\n354 x", "nonsense"], Outcome.UNKNOWN, "connection"),
        ([*HELLO, "250 x"], Outcome.DEFERRED, "connection"),  # goes before the mail was begun
        (["nonsense"], Outcome.DEFERRED, "connect"),
        ([], Outcome.DEFERRED, "connect"),
    ],
)
def test_every_answer_has_its_outcome(answers: list[str], outcome: Outcome, code: str) -> None:
    assert outcomes(answers) == [(outcome, code)]


def test_failed_login_defers_the_whole_batch_and_refuses_nobody() -> None:
    with scripted(["220 hi", "250-x\r\n250 AUTH PLAIN", "535 5.7.8 wrong password"]) as port:
        channel = SmtpChannel("127.0.0.1", port, username="u", password="wrong", timeout=2)
        receipts = channel.send([outgoing(1), outgoing(2)])
        channel.close()
    assert [receipt.outcome for receipt in receipts] == [Outcome.DEFERRED] * 2
    assert "wrong password" in receipts[0].text


def test_answer_of_a_server_is_kept_short_and_printable() -> None:
    with scripted([*HELLO, "250 x\r\n550 \x1b[31mred\x07 " + "x" * 2_000 + "\r\n503 x", "250 ok"]) as port:
        channel = SmtpChannel("127.0.0.1", port, timeout=2)
        (receipt,) = channel.send([outgoing()])
        channel.close()
    assert receipt.text.isprintable()
    assert len(receipt.text) <= 300


def test_silent_server_is_given_up_after_the_timeout() -> None:
    with scripted([*HELLO, "250 x\r\n250 x\r\n354 x", None]) as port:
        channel = SmtpChannel("127.0.0.1", port, timeout=0.2)
        (receipt,) = channel.send([outgoing()])
        channel.close()
    assert receipt.outcome is Outcome.UNKNOWN


def test_server_is_described_once() -> None:
    assert Server(host="mx.example", port=587, tls="starttls").timeout == 30.0


@WAYS
def test_mails_are_made_one_by_one_a_moment_before_their_turn(announces: tuple[str, ...]) -> None:
    ahead: list[int] = []

    def made(number: int) -> Outgoing:
        ahead.append(number - sink.accepted)
        return outgoing(number)

    with SmtpSink(announces=announces) as sink:
        channel = SmtpChannel(sink.host, sink.port, timeout=10)
        receipts = channel.send(made(number) for number in range(50))
        channel.close()
    assert [receipt.enrolment for receipt in receipts] == list(range(50))
    assert max(ahead) <= 2


def test_what_is_never_handed_over_is_told_though_nobody_had_made_it_yet() -> None:
    channel = SmtpChannel("127.0.0.1", 1, timeout=1)
    receipts = channel.send(outgoing(number) for number in range(9))
    assert [(one.enrolment, one.outcome) for one in receipts] == [(number, Outcome.DEFERRED) for number in range(9)]
