"""What comes back stops the mail, unless somebody else made it up."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from tenshu.bootstrap import Shop
from tenshu.deliver.links import Signer
from tenshu.deliver.returned import SOFT_BOUNCES, Returned, receive_report, take_back
from tenshu.deliver.tables import outbox
from tenshu.privacy.suppression import read_suppressed
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, start, tick


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened, _ = open_small_shop(tmp_path / "home")
    add_template(opened)
    start(opened)
    tick(opened)
    yield opened
    opened.close()


def report(address: str, status: str) -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.example.net\r\nTo: {address}\r\nSubject: Undelivered\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\nMIME-Version: 1.0\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt did not work.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; s-1@example.com\r\nAction: failed\r\nStatus: {status}\r\n\r\n--b--\r\n"
    ).encode()


def suppressed(shop: Shop) -> list[tuple[str, str]]:
    with shop.ledger.reading() as tx:
        return read_suppressed(tx, None, channel="email").select("purpose", "reason").rows()


def events(shop: Shop, name: str) -> int:
    tick(shop)
    return len(shop.warehouse.frame("SELECT 1 FROM facts WHERE event = ?", [name]))


def test_a_dead_mailbox_is_suppressed_for_every_purpose(shop: Shop) -> None:
    raw = report(shop.signer.bounce_address(1, 0, "bounce.example.com"), "5.1.1")
    assert receive_report(shop.ledger, shop.signer, raw, at=MONDAY) is not None
    assert suppressed(shop) == [("*", "hard_bounce")]
    assert events(shop, "email_bounced") == 1


def test_a_forged_report_changes_nothing(shop: Shop) -> None:
    stranger = Signer(b"somebody else's secret", "k1")
    raw = report(stranger.bounce_address(1, 0, "bounce.example.com"), "5.1.1")
    assert receive_report(shop.ledger, shop.signer, raw, at=MONDAY) is None
    assert suppressed(shop) == []
    assert events(shop, "email_bounced") == 0


def test_a_letter_that_is_no_report_changes_nothing(shop: Shop) -> None:
    assert receive_report(shop.ledger, shop.signer, b"Subject: hello\r\n\r\nhow are you?", at=MONDAY) is None
    assert suppressed(shop) == []


def test_a_report_on_a_message_nobody_sent_changes_nothing(shop: Shop) -> None:
    unknown = Returned(enrolment=999, visit=0, kind="bounce", status="5.1.1", is_hard=True)
    assert not take_back(shop.ledger, unknown, at=MONDAY)
    assert suppressed(shop) == []


def test_a_complaint_stops_everything_at_once(shop: Shop) -> None:
    assert take_back(shop.ledger, Returned(enrolment=1, visit=0, kind="complaint", status="", is_hard=True), at=MONDAY)
    assert sorted(suppressed(shop)) == [("*", "complaint"), ("marketing", "unsubscribed")]
    assert events(shop, "email_complained") == 1


def test_a_full_mailbox_counts_and_only_many_are_a_dead_one(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        row = tx.frame(select(outbox).where(outbox.c.enrolment == 1))
        for visit in range(1, SOFT_BOUNCES):
            tx.insert(outbox, row.with_columns(visit=pl.lit(visit)))
    for visit in range(SOFT_BOUNCES):
        assert suppressed(shop) == []
        soft = Returned(enrolment=1, visit=visit, kind="bounce", status="4.2.2", is_hard=False)
        for _ in range(2):  # the same report twice is one
            take_back(shop.ledger, soft, at=MONDAY + timedelta(days=visit))
    assert suppressed(shop) == [("*", "soft_bounces")]


def test_soft_bounces_of_long_ago_are_forgotten(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        row = tx.frame(select(outbox).where(outbox.c.enrolment == 1))
        for visit in range(1, SOFT_BOUNCES):
            tx.insert(outbox, row.with_columns(visit=pl.lit(visit)))
    for visit in range(SOFT_BOUNCES):
        soft = Returned(enrolment=1, visit=visit, kind="bounce", status="4.2.2", is_hard=False)
        take_back(shop.ledger, soft, at=MONDAY + timedelta(days=40 * visit))
    assert suppressed(shop) == []
