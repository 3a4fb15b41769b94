"""Read what comes back: delivery failures, complaints, and the letters that are neither.

A failure report (RFC 3464) comes to the envelope sender, which names its message by a signed token (VERP);
a complaint (ARF, RFC 5965) carries the message it complains about. Whoever can write to the bounce address could
otherwise have anybody's mails stopped, so a report counts only when its token verifies (`believed`). Replies from
absent people go to the same address and are no report.

Permanent (5.x.x) failures suppress, temporary ones (4.x.x) count; that is decided elsewhere (`privacy`).
"""

import re
from email import message_from_bytes, policy
from email.message import Message
from typing import Final, Literal

import msgspec

from tenshu.deliver.channel import Outcome, Receipt
from tenshu.deliver.links import LinkPayload, Signer

#: A longer report is read up to here; what matters stands at its beginning.
LONGEST_REPORT: Final = 262_144
_MOST_PARTS: Final = 40
_TOKEN: Final = re.compile(r"b\+([a-z0-9]{1,8}\.[a-z2-7]{31})@", re.IGNORECASE)
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY: Final = re.compile(r"\b([45]\d\d)[ -]")
_DEAD_ADDRESS: Final = re.compile(r"5\.1\.(?:0|1|2|3|6|10)\b|5\.2\.1\b")
_DEAD_REPLIES: Final = frozenset({"550", "551", "553"})
_PLACES: Final = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "Return-Path", "Original-Mail-From")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a returned mail says.

    Attributes:
        kind: bounce or complaint.
        token: of the message that it is about; not verified yet, None when it names none.
        recipient: whom it is about, in small letters, else empty.
        status: an enhanced status code such as 5.1.1, else empty.
        is_hard: writing again is useless: a permanent failure, or a complaint.
        diagnostic: what the receiver said, shortened.
        message_id: of the message that came back, else empty.
    """

    kind: Literal["bounce", "complaint"]
    token: str | None
    recipient: str = ""
    status: str = ""
    is_hard: bool = False
    diagnostic: str = ""
    message_id: str = ""


def parse_report(raw: bytes) -> Report | None:
    """Return what a mail at the bounce address reports, or None when it reports no failure and no complaint.

    Never raises: whatever arrives, however broken, gives a report or None.
    """
    try:
        message = message_from_bytes(raw[:LONGEST_REPORT], policy=policy.compat32)
        parts = _parts(message)
    except (RecursionError, ValueError, LookupError):
        return None
    feedback = _first(parts, "message/feedback-report")
    if feedback is not None:
        return _complaint(message, parts, _fields(feedback))
    delivery = _first(parts, "message/delivery-status")
    if delivery is not None:
        return _bounce(message, parts, delivery)
    return _plain_bounce(message, parts)


def believed(report: Report, signer: Signer) -> LinkPayload | None:
    """Return the message that a report is about when the report's token was made by this shop, else None."""
    return signer.open(report.token, "bounce") if report.token else None


def is_dead_address(receipt: Receipt) -> bool:
    """Return whether a refusal while handing over means that the address is dead, and not only this mail unwelcome.

    >>> refused = Receipt(enrolment=1, visit=1, outcome=Outcome.REFUSED, code="550", text="RCPT: 5.1.1 no such user")
    >>> is_dead_address(refused), is_dead_address(msgspec.structs.replace(refused, text="DATA: 5.7.1 spam"))
    (True, False)
    """
    if receipt.outcome is not Outcome.REFUSED:
        return False
    if _STATUS.search(receipt.text):
        return _DEAD_ADDRESS.search(receipt.text) is not None
    return receipt.code in _DEAD_REPLIES and receipt.text.startswith("RCPT")


def _bounce(message: Message, parts: list[Message], delivery: Message) -> Report | None:
    for fields in _blocks(delivery):
        action = fields.get("action", "").lower()
        if action not in {"failed", "delayed"}:
            continue
        status = _found(_STATUS, fields.get("status", ""))
        return Report(
            kind="bounce",
            token=_token(message, parts),
            recipient=_address(fields.get("final-recipient") or fields.get("original-recipient", "")),
            status=status,
            is_hard=action == "failed" and status.startswith("5"),
            diagnostic=fields.get("diagnostic-code", "")[:200],
            message_id=_returned_id(parts),
        )
    return None


def _complaint(message: Message, parts: list[Message], fields: dict[str, str]) -> Report | None:
    if fields.get("feedback-type", "abuse").lower() in {"not-spam", "other", "auth-failure"}:
        return None
    sender = fields.get("original-mail-from", "")
    token = _TOKEN.search(sender)
    return Report(
        kind="complaint",
        token=token[1].lower() if token else _token(message, parts),
        recipient=_address(fields.get("original-rcpt-to") or fields.get("removal-recipient", "")),
        is_hard=True,
        diagnostic=fields.get("feedback-type", "")[:200],
        message_id=_returned_id(parts),
    )


def _plain_bounce(message: Message, parts: list[Message]) -> Report | None:
    """Read the letters of mail servers that follow no standard, as some Japanese carriers send them."""
    sender = str(message.get("From", "")).lower()
    is_robot = "mailer-daemon" in sender or "postmaster" in sender
    if not is_robot or str(message.get("Auto-Submitted", "")).lower().startswith("auto-replied"):
        return None
    text = _text(parts)[:8_192]
    status = _found(_STATUS, text)
    said = status or _found(_REPLY, text)
    if not said and "user unknown" not in text.lower():
        return None
    is_hard = said.startswith("5") or (not said and "user unknown" in text.lower())
    return Report(
        kind="bounce",
        token=_token(message, parts),
        status=status,
        is_hard=is_hard,
        diagnostic=" ".join(text.split())[:200],
        message_id=_returned_id(parts),
    )


def _parts(message: Message) -> list[Message]:
    found: list[Message] = []
    for part in message.walk():
        found.append(part)
        if len(found) >= _MOST_PARTS:
            break
    return found


def _first(parts: list[Message], content_type: str) -> Message | None:
    return next((part for part in parts if part.get_content_type() == content_type), None)


def _blocks(part: Message) -> list[dict[str, str]]:
    payload = part.get_payload()
    if not isinstance(payload, list):
        return [_fields(part)]
    return [
        {name.lower(): str(value) for name, value in block.items()} for block in payload if isinstance(block, Message)
    ]


def _fields(part: Message) -> dict[str, str]:
    payload = part.get_payload()
    if isinstance(payload, list):
        return {
            name: value for block in payload if isinstance(block, Message) for name, value in _lowered(block).items()
        }
    return _lowered(message_from_bytes(str(payload).encode("utf-8", "replace")))


def _lowered(block: Message) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in block.items()}


def _token(message: Message, parts: list[Message]) -> str | None:
    for part in (message, *parts):
        for place in _PLACES:
            for value in part.get_all(place, []):
                token = _TOKEN.search(str(value))
                if token:
                    return token[1].lower()
    return None


def _returned_id(parts: list[Message]) -> str:
    for part in parts[1:]:
        if part.get_content_type() == "text/rfc822-headers":
            return str(
                message_from_bytes(str(part.get_payload()).encode("utf-8", "replace")).get("Message-ID", "")
            ).strip()
    returned = [part.get("Message-ID", "") for part in parts[1:]]
    return next((str(value).strip() for value in returned if value), "")


def _address(value: str) -> str:
    return value.rpartition(";")[2].strip().strip("<>").lower()[:254]


def _text(parts: list[Message]) -> str:
    for part in parts:
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return ""


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
