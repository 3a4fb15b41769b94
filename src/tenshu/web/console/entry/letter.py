"""The mail with the link to a new password: plain, without pictures, without tracking."""

import secrets
from datetime import datetime
from html import escape

import msgspec

from tenshu.content.shop import ShopSettings
from tenshu.deliver.channel import Outgoing, Receipt
from tenshu.deliver.channels.email.letter import Letter, compose
from tenshu.deliver.channels.email.settings import open_channel, read_smtp
from tenshu.deliver.limits import took
from tenshu.kit.i18n import _, speaking
from tenshu.store.ledger import Ledger


class ResetLetter(msgspec.Struct, frozen=True, kw_only=True):
    """What the mail says.

    Attributes:
        name: of the person.
        address: where it goes.
        url: where a new password can be chosen.
        language: of the mail.
    """

    name: str
    address: str
    url: str
    language: str


def send_reset(ledger: Ledger, settings: ShopSettings, letter: ResetLetter, *, now: datetime) -> Receipt:
    """Hand the mail over to the shop's mail server; return what it said.

    It counts against the provider's limit and goes beyond it too: whoever has to get in cannot wait a day.
    """
    outgoing = outgoing_of(settings, letter, now=now)
    with ledger.writing() as tx:
        took(tx, 1, now=now)
    channel = open_channel(read_smtp(ledger))
    try:
        (receipt,) = channel.send([outgoing])
    finally:
        channel.close()
    return receipt


def outgoing_of(settings: ShopSettings, letter: ResetLetter, *, now: datetime) -> Outgoing:
    """Return the mail as the channel takes it."""
    with speaking(letter.language):
        subject = _("A new password for {shop}", shop=settings.name)
        lines = (
            _("Hello {name},", name=letter.name),
            _("Somebody, probably you, has asked for a new password. Choose it here within an hour:"),
            letter.url,
            _("If it was not you, you need not do anything: your password stays as it is."),
        )
    message_id = f"{secrets.token_hex(16)}@{settings.sender_email.rpartition('@')[2]}"
    content = compose(
        Letter(
            message_id=message_id,
            sent_at=now,
            sender_name=settings.name,
            sender_email=settings.sender_email,
            recipient=letter.address,
            subject=subject,
            html=_html(lines, letter),
            text="\n\n".join(lines) + "\n",
        )
    )
    return Outgoing(
        enrolment=0,
        visit=0,
        message_id=message_id,
        address=letter.address,
        sender=settings.sender_email,
        content=content,
    )


def _html(lines: tuple[str, ...], letter: ResetLetter) -> str:
    url = escape(letter.url)
    told = "".join(
        f'<p><a href="{url}">{url}</a></p>' if line == letter.url else f"<p>{escape(line)}</p>" for line in lines
    )
    return f'<!doctype html><html lang="{letter.language}"><body>{told}</body></html>'
