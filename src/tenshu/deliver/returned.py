"""Take back what receivers return: a dead mailbox and a complaint stop the mail at once, a full mailbox counts.

Only a report that names one of our messages by its signed token gets here; a forged one changes nothing.
"""

from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
import polars as pl
from sqlalchemy import Select, func, select

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import EMAIL_BOUNCED, EMAIL_COMPLAINED
from tenshu.deliver.bounce import believed, parse_report
from tenshu.deliver.links import Signer
from tenshu.deliver.tables import outbox, soft_bounces
from tenshu.privacy.suppression import EVERY_PURPOSE, suppress, unsubscribe
from tenshu.store.ledger import INSTANT, Ledger, Transaction

#: So many temporary failures of one address within `SOFT_WITHIN` are a dead mailbox.
SOFT_BOUNCES: Final = 3
SOFT_WITHIN: Final = timedelta(days=30)


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """What came back for one message.

    Attributes:
        kind: bounce or complaint.
        status: an enhanced status code, or empty.
        is_hard: permanent.
    """

    enrolment: int
    visit: int
    kind: Literal["bounce", "complaint"]
    status: str
    is_hard: bool


def receive_report(ledger: Ledger, signer: Signer, raw: bytes, *, at: datetime) -> Returned | None:
    """Read a mail that came to the bounce address and act on it.

    Returns:
        What it said, or None when it is no report or its token is not ours; then nothing has changed.
    """
    report = parse_report(raw)
    message = believed(report, signer) if report is not None else None
    if report is None or message is None:
        return None
    returned = Returned(
        enrolment=message.enrolment,
        visit=message.visit,
        kind=report.kind,
        status=report.status,
        is_hard=report.is_hard,
    )
    return returned if take_back(ledger, returned, at=at) else None


def take_back(ledger: Ledger, returned: Returned, *, at: datetime) -> bool:
    """Suppress the address where that is due, and tell of it; return whether the message is known.

    The same report twice suppresses once; a complaint stops marketing and everything else.
    """
    with ledger.writing() as tx:
        query: Select[Any] = select(
            outbox.c.enrolment,
            outbox.c.visit,
            outbox.c.journey,
            outbox.c.step,
            outbox.c.customer,
            outbox.c.address_digest,
            outbox.c.channel,
            outbox.c.purpose,
        )
        row = tx.frame(query.where(outbox.c.enrolment == returned.enrolment, outbox.c.visit == returned.visit))
        if row.is_empty():
            return False
        said = row.with_columns(status=pl.lit(returned.status), is_hard=pl.lit(returned.is_hard))
        event = EMAIL_COMPLAINED if returned.kind == "complaint" else EMAIL_BOUNCED
        tell(tx, event, said, ["journey", "step", "enrolment", "visit", "status", "is_hard"], at=at)
        reason = _reason(tx, returned, row, at)
        if reason == "complaint":
            _revoke(tx, row, at)
        if reason is not None:
            suppress(tx, row, channel="email", purpose=EVERY_PURPOSE, reason=reason, at=at)
        return True


def _revoke(tx: Transaction, row: pl.DataFrame, at: datetime) -> None:
    """Take a complaint for what it says: the consent is revoked too, so that a new address opens no door."""
    one = row.row(0, named=True)
    unsubscribe(
        tx,
        node=one["customer"],
        channel=one["channel"],
        purpose=one["purpose"],
        address_digest=one["address_digest"],
        at=at,
        proof={"how": "complaint"},
    )


def _reason(tx: Transaction, returned: Returned, row: pl.DataFrame, at: datetime) -> str | None:
    """Return why to write no more to this address, or None when it was a passing trouble."""
    if returned.kind == "complaint":
        return "complaint"
    if returned.is_hard:
        return "hard_bounce"
    bounced = row.select("address_digest", "enrolment", "visit", bounced_at=pl.lit(at, INSTANT))
    tx.insert(soft_bounces, bounced, conflict="ignore")
    recent = select(func.count()).where(
        soft_bounces.c.address_digest == row["address_digest"][0], soft_bounces.c.bounced_at > at - SOFT_WITHIN
    )
    return "soft_bounces" if tx.value(recent) >= SOFT_BOUNCES else None
