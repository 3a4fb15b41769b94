"""Returned mails: what they report, and which of them are believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.deliver.bounce import LONGEST_REPORT, Report, believed, is_dead_address, parse_report
from tenshu.deliver.channel import Outcome, Receipt
from tenshu.deliver.links import Signer

SIGNER = Signer(b"the secret of this shop, 32 bytes", "k1")
VERP = SIGNER.bounce_address(7, 2, "bounce.shop.example")
TOKEN = VERP.removeprefix("b+").partition("@")[0]


def failure(*, to: str = VERP, action: str = "failed", status: str = "5.1.1", extra: str = "") -> bytes:
    """Return a report as RFC 3464 wants it."""
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="BB"

--BB
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.
--BB
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Fri, 1 May 2026 10:00:00 +0900

Final-Recipient: rfc822; Sato@Example.com
Original-Recipient: rfc822; sato@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <sato@example.com>: no such user
{extra}
--BB
Content-Type: message/rfc822

From: shop@shop.example
To: sato@example.com
Subject: =?utf-8?B?5pil?=
Message-ID: <7.2.abc@shop.example>

Hello
--BB--
""".replace("\n", "\r\n").encode()


def complaint(*, mail_from: str = f"<{VERP}>", kind: str = "abuse", to: str = "fbl@shop.example") -> bytes:
    """Return a complaint as RFC 5965 wants it."""
    return f"""\
From: <feedback@provider.example>
To: {to}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="BB"

--BB
Content-Type: text/plain

This is an email abuse report.
--BB
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeProvider/1.0
Version: 1
Original-Mail-From: {mail_from}
Original-Rcpt-To: <sato@example.com>

--BB
Content-Type: message/rfc822

Return-Path: <{VERP}>
From: shop@shop.example
To: sato@example.com
Message-ID: <7.2.abc@shop.example>

Hello
--BB--
""".encode()


def plain(text: str, *, sender: str = "MAILER-DAEMON@docomo.example", to: str = VERP, extra: str = "") -> bytes:
    """Return a letter of a mail server that follows no standard."""
    return f"From: {sender}\r\nTo: {to}\r\n{extra}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


def test_permanent_failure_is_hard_and_names_its_message() -> None:
    report = parse_report(failure())
    assert report is not None
    assert (report.kind, report.is_hard, report.status, report.recipient) == (
        "bounce",
        True,
        "5.1.1",
        "sato@example.com",
    )
    assert report.token == TOKEN
    assert report.message_id == "<7.2.abc@shop.example>"
    assert "no such user" in report.diagnostic


@pytest.mark.parametrize(
    ("action", "status", "is_hard"),
    [
        ("failed", "5.1.1", True),  # no such mailbox
        ("failed", "5.1.2", True),  # no such domain
        ("failed", "5.7.1", True),  # permanent is permanent (protocols: 5.x.x suppresses)
        ("failed", "4.4.7", False),  # given up after trying
        ("delayed", "4.2.2", False),  # mailbox full, still trying
        ("delayed", "5.1.1", False),  # still trying, whatever it says
        ("FAILED", "5.1.1", True),
    ],
)
def test_only_a_failure_of_class_five_is_hard(action: str, status: str, *, is_hard: bool) -> None:
    report = parse_report(failure(action=action, status=status))
    assert report is not None
    assert report.is_hard is is_hard


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", ""])
def test_good_news_is_no_report(action: str) -> None:
    assert parse_report(failure(action=action, status="2.0.0")) is None


def test_failed_recipient_is_found_behind_a_delivered_one() -> None:
    raw = failure().replace(
        b"Final-Recipient: rfc822; Sato@Example.com",
        b"Final-Recipient: rfc822; other@example.com\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
        b"Final-Recipient: rfc822; Sato@Example.com",
    )
    report = parse_report(raw)
    assert report is not None
    assert report.recipient == "sato@example.com"


def test_report_with_headers_only_names_the_message() -> None:
    raw = failure().replace(b"Content-Type: message/rfc822", b"Content-Type: text/rfc822-headers")
    report = parse_report(raw)
    assert report is not None
    assert report.message_id == "<7.2.abc@shop.example>"


def test_token_is_read_though_a_server_wrote_it_in_capitals() -> None:
    report = parse_report(failure(to=VERP.upper()))
    assert report is not None
    assert report.token == TOKEN
    assert believed(report, SIGNER) is not None


def test_token_is_found_where_the_envelope_is_noted() -> None:
    raw = failure(to="postmaster@shop.example").replace(b"Return-Path: <>", f"Delivered-To: {VERP}".encode())
    report = parse_report(raw)
    assert report is not None
    assert report.token == TOKEN


def test_believed_report_names_enrolment_and_visit() -> None:
    report = parse_report(failure())
    assert report is not None
    said = believed(report, SIGNER)
    assert said is not None
    assert (said.enrolment, said.visit) == (7, 2)


FORGED = {
    "no token at all": "bounces@bounce.shop.example",
    "token of another shop": Signer(b"the secret of another shop, long", "k1").bounce_address(
        7, 2, "bounce.shop.example"
    ),
    "another message's number": VERP.replace(TOKEN[3:18], "aaaaaaaaaaaaaba"),
    "cut short": f"b+{TOKEN[:-1]}@bounce.shop.example",
    "a token for unsubscribing": "b+k1.WyJ1bnN1YnNjcmliZSIsNywyLDAsIiJd@bounce.shop.example",
}


@pytest.mark.parametrize("to", FORGED.values(), ids=FORGED.keys())
def test_forged_failure_is_not_believed(to: str) -> None:
    report = parse_report(failure(to=to))
    assert report is not None
    assert believed(report, SIGNER) is None


@pytest.mark.parametrize("mail_from", [f"<{to}>" for to in FORGED.values()], ids=FORGED.keys())
def test_forged_complaint_is_not_believed(mail_from: str) -> None:
    raw = complaint(mail_from=mail_from).replace(f"Return-Path: <{VERP}>\n".encode(), b"")
    report = parse_report(raw)
    assert report is not None
    assert believed(report, SIGNER) is None


def test_complaint_is_hard_and_names_its_message() -> None:
    report = parse_report(complaint())
    assert report is not None
    assert (report.kind, report.is_hard, report.recipient) == ("complaint", True, "sato@example.com")
    assert report.message_id == "<7.2.abc@shop.example>"
    assert believed(report, SIGNER) is not None


def test_complaint_whose_envelope_is_hidden_is_known_by_the_mail_it_carries() -> None:
    report = parse_report(complaint(mail_from="<redacted@provider.example>"))
    assert report is not None
    assert report.token == TOKEN


@pytest.mark.parametrize("kind", ["not-spam", "other", "auth-failure"])
def test_feedback_that_is_no_complaint_is_no_report(kind: str) -> None:
    assert parse_report(complaint(kind=kind)) is None


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "opt-out"])
def test_other_feedback_is_a_complaint(kind: str) -> None:
    report = parse_report(complaint(kind=kind))
    assert report is not None
    assert report.diagnostic == kind


@pytest.mark.parametrize(
    ("text", "is_hard"),
    [
        ("550 Unknown user sato@docomo.example", True),
        ("<sato@docomo.example>: 550 5.1.1 User unknown", True),
        ("host said: 450 mailbox busy", False),
        ("Status: 4.2.2 mailbox full", False),
        ("宛先のメールアドレスが見つかりません。User unknown", True),
    ],
)
def test_letter_of_a_carrier_without_a_standard_is_read(text: str, *, is_hard: bool) -> None:
    report = parse_report(plain(text))
    assert report is not None
    assert (report.is_hard, report.token) == (is_hard, TOKEN)


@pytest.mark.parametrize(
    ("text", "sender", "extra"),
    [
        ("ただいま休暇中です。5月10日に戻ります。", "sato@example.com", "Auto-Submitted: auto-replied\r\n"),
        ("I am away until 5.10.2026", "sato@example.com", ""),
        ("550 Unknown user", "sato@example.com", ""),  # a person may write anything
        ("I read your mail, thank you. 500 yen is fine.", "sato@example.com", ""),
        ("Your mail arrived.", "MAILER-DAEMON@mx.example", ""),
        ("Auto reply 550 x", "postmaster@mx.example", "Auto-Submitted: auto-replied\r\n"),
    ],
)
def test_reply_of_a_person_or_of_their_absence_is_no_report(text: str, sender: str, extra: str) -> None:
    assert parse_report(plain(text, sender=sender, extra=extra)) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 100,
        b"Content-Type: multipart/report; boundary=x",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n"
        b"Content-Type: message/delivery-status\r\n\r\n\xff\xfe\xff\r\n--x--",
        b"Content-Type: text/plain; charset=nonsense\r\nFrom: mailer-daemon@x\r\n\r\n550 \xff\xff",
        b"From: =?utf-8?b?!!!?=\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse",
        b"Content-Type: message/rfc822\r\n\r\n" * 500,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2_000)),
        failure()[:700],
    ],
)
def test_broken_mail_raises_nothing(raw: bytes) -> None:
    report = parse_report(raw)
    assert report is None or isinstance(report, Report)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything(raw: bytes) -> None:
    report = parse_report(raw)
    assert report is None or believed(report, SIGNER) is None


@given(st.binary(max_size=60), st.integers(0, 900))
def test_report_broken_anywhere_raises_nothing(noise: bytes, place: int) -> None:
    raw = failure()
    report = parse_report(raw[:place] + noise + raw[place:])
    assert report is None or report.kind in {"bounce", "complaint"}


def test_huge_report_is_read_at_its_beginning_only() -> None:
    report = parse_report(failure() + b"x" * (2 * LONGEST_REPORT))
    assert report is not None
    assert report.status == "5.1.1"


def test_what_the_receiver_said_is_kept_short() -> None:
    report = parse_report(failure(extra="Diagnostic-Code: smtp; " + "x" * 5_000))
    assert report is not None
    assert len(report.diagnostic) <= 200


@pytest.mark.parametrize(
    ("code", "text", "is_dead"),
    [
        ("550", "RCPT: 5.1.1 no such user", True),
        ("550", "RCPT: 5.1.10 null MX", True),
        ("550", "RCPT: 5.2.1 mailbox disabled", True),
        ("550", "RCPT: no such user", True),  # an old server: the step and the code must do
        ("553", "RCPT: 5.1.3 not one plain address; not sent", True),
        ("550", "RCPT: 5.7.1 your server is on a list", False),  # about us
        ("552", "RCPT: 5.2.2 mailbox full", False),
        ("554", "RCPT: no", False),
        ("554", "DATA: 5.7.1 looks like spam", False),  # about this mail
        ("550", "DATA: content refused", False),
    ],
)
def test_refusal_suppresses_only_when_the_address_is_dead(code: str, text: str, *, is_dead: bool) -> None:
    receipt = Receipt(enrolment=1, visit=1, outcome=Outcome.REFUSED, code=code, text=text)
    assert is_dead_address(receipt) is is_dead


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.UNKNOWN])
def test_what_was_not_refused_is_never_dead(outcome: Outcome) -> None:
    assert not is_dead_address(Receipt(enrolment=1, visit=1, outcome=outcome, code="550", text="RCPT: 5.1.1 x"))
