"""Send a letter to oneself before it goes to anybody: exactly as a customer would get it, in no account.

It is rendered as a customer whom the sender chose and goes through the shop's real server, so that what arrives is what
they will get. Its links lead where they say, untracked; its way out opens a page that says that this was a test. No
outbox, no account and no consent knows of it, only the list of tests (what was tested, by whom, and whether the server
took it) and the count of what the provider takes, which it is part of. A shop that stands still may test: a test is how
one finds out what is wrong.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import msgspec
import polars as pl
from sqlalchemy import func, select, true

from tenshu.content.shop import ShopSettings
from tenshu.content.tables import templates
from tenshu.content.template import TemplateSource, compile_template
from tenshu.deliver.channel import Channel, Outcome, Outgoing
from tenshu.deliver.channels.email.address import checked_address
from tenshu.deliver.channels.email.letter import Letter, compose, legal_footer
from tenshu.deliver.channels.email.settings import SMTP, open_channel, read_smtp
from tenshu.deliver.limits import gave_one_back, take_one
from tenshu.deliver.links import TEST_UNSUBSCRIBE, Signer
from tenshu.deliver.people import People
from tenshu.deliver.render import Renderer, TemplateGone, context_of
from tenshu.deliver.tables import test_sends
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _
from tenshu.store.ledger import Ledger
from tenshu.store.settings import read_setting
from tenshu.store.tables import to_micros
from tenshu.store.warehouse import Warehouse

__test__: Final[dict[str, str]] = {}  # nothing here is a test of the program

#: So many tests a person may send within the hour, and the shop within the day.
MOST_AN_HOUR: Final = 20
MOST_A_DAY: Final = 200


class SmtpMissing(TenshuError):
    """The shop has no mail server yet."""

    template = N_(
        "No mail server is set for this shop yet, so no mail can go out. Set it under Settings, then test again."
    )


class TestRefused(TenshuError):
    """A server that did not take the test."""

    __test__ = False
    template = N_(
        "The mail server did not take the test. It said: {said}. Nothing was sent; check the server's settings."
    )


class TestDelayed(TestRefused):
    """A server that cannot be reached, or does not take mail just now."""

    template = N_(
        "The test could not be handed over just now: {said}. Nothing was sent. "
        "Check the name, the port, the encryption and the password of the mail server, or try again later."
    )


class TestInDoubt(TestRefused):
    """A server that went silent after the mail."""

    template = N_("The mail server went silent after the test: {said}. It may have arrived; look into your mailbox.")


class TestsTooMany(TenshuError):
    """More tests than anybody reads."""

    __test__ = False
    template = N_("{count} tests were sent already; at most {most} are possible within {hours} hours. Try again later.")
    status = 429


class Sending(Protocol):
    """What a test needs of a shop."""

    @property
    def ledger(self) -> Ledger:
        """Where templates, settings and tests are kept."""
        ...

    @property
    def warehouse(self) -> Warehouse:
        """Where people are read."""
        ...

    @property
    def signer(self) -> Signer:
        """Signs links; a test has none to sign."""
        ...


class TestSent(msgspec.Struct, frozen=True, kw_only=True):
    """One test that a server took.

    Attributes:
        version: of the template.
        person: who sent it.
        address: where to.
        sent_at: business time.
    """

    __test__ = False
    template: str
    version: int
    language: str
    customer: int | None
    person: int
    address: str
    sent_at: datetime


def send_test(
    shop: Sending,
    template: str,
    *,
    to: str,
    language: str,
    customer: int | None,
    now: datetime,
    person: int = 0,
    channel: Channel | None = None,
) -> TestSent:
    """Send the newest version of a template to one of the shop's own people; return what was sent.

    Args:
        shop: its settings, its server and its templates are read afresh.
        template: its name.
        to: an address of the staff; the caller sees to that.
        language: ja or en.
        customer: as whom it is written; None writes it as one of whom nothing is known.
        now: business time.
        person: who asks.
        channel: where it goes; default: the shop's server.

    Raises:
        TemplateGone: there is no template of that name.
        SmtpMissing, TestRefused: there is no server, or it did not take the test.
        TestsTooMany: too many were sent lately.
        ProviderFull: the mail provider's limit is reached.
        RenderFailed, HeaderRefused: the letter cannot be made as this customer.
    """
    address = checked_address(to)
    settings = msgspec.convert(read_setting(shop.ledger, "shop", {}), ShopSettings)
    version, source = _newest(shop.ledger, template)
    _refuse_too_many(shop.ledger, person, now)
    content, message_id = _written(shop, settings, source, to=address, language=language, customer=customer, now=now)
    if channel is None and read_setting(shop.ledger, SMTP) is None:
        raise SmtpMissing
    sent = TestSent(
        template=template,
        version=version,
        language=language,
        customer=customer,
        person=person,
        address=address,
        sent_at=now,
    )
    message = Outgoing(
        enrolment=0, visit=0, message_id=message_id, address=address, sender=settings.sender_email, content=content
    )
    with shop.ledger.writing() as tx:
        take_one(tx, now=now, zone=settings.zone)
    _hand_over(shop.ledger, sent, message, channel or open_channel(read_smtp(shop.ledger)))
    return sent


def last_test(ledger: Ledger, template: str, *, version: int | None = None) -> TestSent | None:
    """Return the last test of a template that a server took, or None; of one version where one is named."""
    mine = [test_sends.c.template == template, test_sends.c.outcome == Outcome.ACCEPTED]
    if version is not None:
        mine.append(test_sends.c.version == version)
    with ledger.reading() as tx:
        rows = tx.frame(select(test_sends).where(*mine).order_by(test_sends.c.number.desc()).limit(1))
    found = [msgspec.convert(row, TestSent) for row in rows.select(TestSent.__struct_fields__).to_dicts()]
    return found[0] if found else None


def tested_at(ledger: Ledger, template: str) -> datetime | None:
    """Return when the newest version of a template was tested last, or None when it never was."""
    with ledger.reading() as tx:
        newest = tx.value(select(func.max(templates.c.version)).where(templates.c.template == template))
    found = None if newest is None else last_test(ledger, template, version=newest)
    return None if found is None else found.sent_at


tested_at.__test__ = False  # type: ignore[attr-defined]  # its name looks like a test to pytest


def read_as(
    shop: Sending, settings: ShopSettings, source: TemplateSource, *, customer: int | None, now: datetime
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the traits of the customer and what else this template uses of them, as it would be sent now."""
    if customer is None:
        return {}, {}
    renderer = Renderer(settings, shop.signer, {source.name: source})
    asked = pl.DataFrame({"customer": [customer], "template": [source.name]})
    ((_row, traits, extras),) = People(shop.warehouse, renderer).of(asked, now=now)
    return traits, extras


def _newest(ledger: Ledger, name: str) -> tuple[int, TemplateSource]:
    with ledger.reading() as tx:
        mine = select(templates).where(templates.c.template == name)
        rows = tx.frame(mine.order_by(templates.c.version.desc()).limit(1))
        known = tx.frame(select(templates.c.template).distinct())["template"].sort()
    if rows.is_empty():
        raise TemplateGone(template=name, known=", ".join(known) or "-")
    row = rows.row(0, named=True)
    return int(row["version"]), msgspec.json.decode(row["body"], type=TemplateSource)


def _written(
    shop: Sending,
    settings: ShopSettings,
    source: TemplateSource,
    *,
    to: str,
    language: str,
    customer: int | None,
    now: datetime,
) -> tuple[bytes, str]:
    """Return the bytes of the test and its Message-ID."""
    unsubscribe = f"{settings.public_url}{TEST_UNSUBSCRIBE}"
    traits, extras = read_as(shop, settings, source, customer=customer, now=now)
    compiled = compile_template(source, language)
    rendered = compiled.render(context_of(settings, traits, unsubscribe_url=unsubscribe, extras=extras))
    domain = settings.sender_email.rpartition("@")[2]
    message_id = f"test.{secrets.token_hex(12)}@{domain}"
    letter = Letter(
        message_id=message_id,
        sent_at=now,
        sender_name=settings.name,
        sender_email=settings.sender_email,
        recipient=to,
        subject=_("[Test] {subject}", compiled.language, subject=rendered.subject),
        html=rendered.html,
        text=rendered.text,
        footer=legal_footer(settings, unsubscribe, compiled.language),
        unsubscribe_url=unsubscribe,
        list_id=f"test.{domain}",
    )
    return compose(letter), message_id


def _refuse_too_many(ledger: Ledger, person: int, now: datetime) -> None:
    """Refuse what no one reads: a test is for eyes, not for load."""
    for hours, most, mine in ((1, MOST_AN_HOUR, test_sends.c.person == person), (24, MOST_A_DAY, true())):
        since = to_micros(now - timedelta(hours=hours))
        with ledger.reading() as tx:
            count = tx.value(select(func.count()).select_from(test_sends).where(mine, test_sends.c.sent_at > since))
        if count >= most:
            raise TestsTooMany(count=count, most=most, hours=hours)


def _hand_over(ledger: Ledger, sent: TestSent, message: Outgoing, channel: Channel) -> None:
    """Give it to the server, and write down what the server said."""
    try:
        (receipt,) = channel.send([message])
    finally:
        channel.close()
    said = " ".join(filter(None, (receipt.code, receipt.text)))[:300]
    with ledger.writing() as tx:
        number = int(tx.value(select(func.max(test_sends.c.number))) or 0) + 1
        row = {"number": number, **msgspec.structs.asdict(sent), "outcome": str(receipt.outcome), "said": said}
        tx.insert(test_sends, pl.DataFrame([row], schema_overrides={"customer": pl.Int64}))
        if receipt.outcome in {Outcome.REFUSED, Outcome.DEFERRED}:
            gave_one_back(tx, taken_at=sent.sent_at)
    if receipt.outcome is not Outcome.ACCEPTED:
        raise _PROBLEMS[receipt.outcome](said=said)


_PROBLEMS: Final[dict[Outcome, type[TestRefused]]] = {
    Outcome.REFUSED: TestRefused,
    Outcome.DEFERRED: TestDelayed,
    Outcome.UNKNOWN: TestInDoubt,
}
