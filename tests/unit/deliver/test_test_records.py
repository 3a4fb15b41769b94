"""The list of tests: what is written down of each, what counts against whom, and what the mail holds."""

import email
import email.policy
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import msgspec
import polars as pl
import pytest
from sqlalchemy import func, select

from tenshu.content.blocks.block import Button, Text
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.letter import write_text
from tenshu.content.shelf import keep
from tenshu.content.shop import ShopSettings, write_shop
from tenshu.content.template import TemplateSource
from tenshu.deliver.channel import Outcome, Outgoing, Receipt
from tenshu.deliver.channels.email.address import AddressRefused
from tenshu.deliver.limits import Limits, ProviderFull, pace, took, write_limits
from tenshu.deliver.links import Signer
from tenshu.deliver.render import TemplateGone
from tenshu.deliver.tables import handed_by_minute, test_sends
from tenshu.deliver.test_send import (
    MOST_A_DAY,
    MOST_AN_HOUR,
    SmtpMissing,
    TestDelayed,
    TestInDoubt,
    TestRefused,
    TestSent,
    TestsTooMany,
    last_test,
    read_as,
    send_test,
    tested_at,
)
from tenshu.store.ledger import Ledger
from tenshu.store.tables import ledger_metadata
from tenshu.store.warehouse import Warehouse

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
ME = "owner@example.com"
NAME = "{{ customer.last_name | sama }}"


class Pipe:
    """A channel into a list, which answers as it is told."""

    name = "pipe"

    def __init__(self, outcome: Outcome = Outcome.ACCEPTED, code: str = "250", text: str = "taken") -> None:
        self.answer = (outcome, code, text)
        self.taken: list[Outgoing] = []
        self.is_closed = False

    def send(self, batch: Iterable[Outgoing]) -> list[Receipt]:
        self.taken += batch
        outcome, code, text = self.answer
        return [
            Receipt(enrolment=one.enrolment, visit=one.visit, outcome=outcome, code=code, text=text) for one in batch
        ]

    def close(self) -> None:
        self.is_closed = True

    def mail(self) -> EmailMessage:
        """Return the one mail that went in."""
        (one,) = self.taken
        read = email.message_from_bytes(one.content, policy=email.policy.default)
        assert isinstance(read, EmailMessage)
        return read


class Counter:
    """What a test as nobody needs of a shop: a ledger, and no customers at all."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @property
    def warehouse(self) -> Warehouse:
        raise AssertionError("a test as nobody reads nobody")

    @property
    def signer(self) -> Signer:
        raise AssertionError("a test signs no links")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path_factory.mktemp("records") / "ledger.sqlite")
    ledger_metadata.create_all(ledger.engine)
    with ledger.writing() as tx:
        write_shop(tx, ShopSettings(name="花屋", postal_address="東京都", sender_email="shop@hana.example"))
        keep(tx, letter("一"), now=NOW)
    yield ledger
    ledger.close()


@pytest.fixture
def shop(opened: Ledger) -> Counter:
    """A shop that has tested nothing yet."""
    with opened.writing() as tx:
        tx.execute(test_sends.delete())
        tx.execute(handed_by_minute.delete())
        write_limits(tx, Limits())
    return Counter(opened)


def letter(words: str, name: str = "hello") -> TemplateSource:
    blocks = (Text(text=f"{NAME}\n\n{words}"), Button(label="見る", href="{{ shop.home_url }}/new?a=1&b=2"))
    texts = {one: write_text(f"{NAME}へ", "", blocks, language=one, brand=Brand()) for one in ("ja", "en")}
    return TemplateSource(name=name, languages=texts)


def send(shop: Counter, pipe: Pipe | None = None, **more: Any) -> TestSent:
    asked = {"to": ME, "language": "ja", "customer": None, "now": NOW, "person": 1, **more}
    return send_test(shop, asked.pop("template", "hello"), channel=pipe or Pipe(), **asked)


def rows(shop: Counter) -> list[dict[str, Any]]:
    """Return the list of tests."""
    with shop.ledger.reading() as tx:
        found: list[dict[str, Any]] = tx.frame(select(test_sends).order_by(test_sends.c.number)).to_dicts()
    return found


def fill(shop: Counter, count: int, *, person: int, at: datetime) -> None:
    """Write down so many tests of one person."""
    with shop.ledger.writing() as tx:
        first = int(tx.value(select(func.max(test_sends.c.number))) or 0) + 1
        sent = TestSent(
            template="other", version=1, language="ja", customer=None, person=person, address=ME, sent_at=at
        )
        made = [
            {"number": first + one, **msgspec.structs.asdict(sent), "outcome": "accepted", "said": ""}
            for one in range(count)
        ]
        tx.insert(test_sends, pl.DataFrame(made, schema_overrides={"customer": pl.Int64}))


@pytest.mark.parametrize(
    ("language", "subject", "footer"),
    [("ja", "[テスト] お客様へ", "送信者: 花屋"), ("en", "[Test] Dear customerへ", "Sent by: 花屋")],
)
def test_it_is_marked_as_a_test_in_the_language_of_the_letter(
    shop: Counter, language: str, subject: str, footer: str
) -> None:
    pipe = Pipe()
    send(shop, pipe, language=language)
    mail = pipe.mail()
    assert mail["Subject"] == subject
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert part.get_content().count(footer) == 1


def test_its_envelope_and_its_numbers_are_a_test_s_own(shop: Counter) -> None:
    first, second = Pipe(), Pipe()
    send(shop, first)
    send(shop, second)
    one, two = first.taken[0], second.taken[0]
    assert (one.enrolment, one.visit, one.address, one.sender) == (0, 0, ME, "shop@hana.example")
    assert one.message_id != two.message_id
    for sent in (one, two):
        assert sent.message_id.startswith("test.")
        assert sent.message_id.endswith("@hana.example")
    assert first.mail()["Message-ID"] == f"<{one.message_id}>"
    assert first.mail()["To"] == ME


def test_its_links_lead_where_they_say(shop: Counter) -> None:
    pipe = Pipe()
    send(shop, pipe)
    plain = pipe.mail().get_body(("plain",))
    assert plain is not None
    assert "https://shop.example.com/new?a=1&b=2" in plain.get_content()
    assert "/u/test" in plain.get_content()


def test_it_is_written_down_whole(shop: Counter) -> None:
    sent = send(shop, person=7, language="en", now=NOW + timedelta(seconds=5))
    assert sent == last_test(shop.ledger, "hello")
    (row,) = rows(shop)
    assert (row["number"], row["outcome"], row["said"]) == (1, "accepted", "250 taken")
    assert (sent.person, sent.language, sent.version, sent.customer) == (7, "en", 1, None)
    assert tested_at(shop.ledger, "hello") == NOW + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("outcome", "error", "words"),
    [
        (Outcome.REFUSED, TestRefused, "did not take the test"),
        (Outcome.DEFERRED, TestDelayed, "could not be handed over just now"),
        (Outcome.UNKNOWN, TestInDoubt, "went silent after the test"),
    ],
)
def test_what_the_server_said_is_told_and_written_down(
    shop: Counter, outcome: Outcome, error: type[TestRefused], words: str
) -> None:
    pipe = Pipe(outcome, "550", "no such box")
    with pytest.raises(TestRefused) as refusal:
        send(shop, pipe)
    assert type(refusal.value) is error
    assert words in refusal.value.text("en")
    assert "550 no such box" in refusal.value.text("ja")
    assert [(row["outcome"], row["said"]) for row in rows(shop)] == [(str(outcome), "550 no such box")]
    assert last_test(shop.ledger, "hello") is None
    assert pipe.is_closed


def test_the_longest_answer_is_cut_and_an_empty_one_is_empty(shop: Counter) -> None:
    send(shop, Pipe(text="x" * 1_000))
    send(shop, Pipe(code="", text=""))
    assert [len(row["said"]) for row in rows(shop)] == [300, 0]


def test_a_channel_that_breaks_is_let_go_and_nothing_is_written_down(shop: Counter) -> None:
    class Broken(Pipe):
        def send(self, batch: Iterable[Outgoing]) -> list[Receipt]:
            raise OSError(len(list(batch)))

    pipe = Broken()
    with pytest.raises(OSError, match="1"):
        send(shop, pipe)
    assert pipe.is_closed
    assert rows(shop) == []


@pytest.mark.parametrize(
    ("person", "minutes", "is_refused"),
    [(1, 59, True), (1, 60, False), (2, 0, False)],
    ids=["within the hour", "after it", "somebody else"],
)
def test_one_person_s_hour_is_counted_for_that_person(
    shop: Counter, person: int, minutes: int, *, is_refused: bool
) -> None:
    fill(shop, MOST_AN_HOUR, person=1, at=NOW)
    pipe, later = Pipe(), NOW + timedelta(minutes=minutes)
    if not is_refused:
        assert send(shop, pipe, person=person, now=later).sent_at == later
        return
    with pytest.raises(TestsTooMany) as refusal:
        send(shop, pipe, person=person, now=later)
    assert (refusal.value.status, refusal.value.given["hours"]) == (429, 1)
    assert pipe.taken == []


@pytest.mark.parametrize(("hours", "is_refused"), [(23, True), (24, False)])
def test_the_shop_s_day_is_counted_for_everybody(shop: Counter, hours: int, *, is_refused: bool) -> None:
    for person in range(10):
        fill(shop, MOST_A_DAY // 10, person=person, at=NOW)
    later = NOW + timedelta(hours=hours)
    if not is_refused:
        assert send(shop, person=99, now=later).person == 99
        return
    with pytest.raises(TestsTooMany, match="200"):
        send(shop, person=99, now=later)


def taken(shop: Counter) -> int:
    """Return how many mails the provider has had of this shop within the hour."""
    with shop.ledger.reading() as tx:
        return pace(tx, now=NOW).last_hour


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [(Outcome.ACCEPTED, 1), (Outcome.UNKNOWN, 1), (Outcome.REFUSED, 0), (Outcome.DEFERRED, 0)],
)
def test_a_test_that_may_have_arrived_counts_against_the_provider_s_limit(
    shop: Counter, outcome: Outcome, counted: int
) -> None:
    with suppress(TestRefused):
        send(shop, Pipe(outcome))
    assert taken(shop) == counted


def test_beyond_the_provider_s_limit_no_test_goes_and_it_is_said_when_one_may(shop: Counter) -> None:
    with shop.ledger.writing() as tx:
        write_limits(tx, Limits(per_hour=3))
        took(tx, 2, now=NOW - timedelta(minutes=30))
    send(shop)
    pipe = Pipe()
    with pytest.raises(ProviderFull) as refusal:
        send(shop, pipe)
    assert pipe.taken == []
    assert len(rows(shop)) == 1
    assert taken(shop) == 3
    assert refusal.value.status == 429
    assert "2026-06-01 12:32" in refusal.value.text("ja")
    send(shop, now=NOW + timedelta(minutes=32))


def test_another_letter_s_test_is_not_this_one_s(shop: Counter) -> None:
    fill(shop, 1, person=1, at=NOW)
    assert last_test(shop.ledger, "hello") is None
    assert tested_at(shop.ledger, "hello") is None
    assert last_test(shop.ledger, "other") is not None
    assert tested_at(shop.ledger, "nobody") is None


def test_the_last_of_several_tests_counts_and_each_version_has_its_own(shop: Counter) -> None:
    for minutes, person in ((0, 1), (1, 2)):
        send(shop, person=person, now=NOW + timedelta(minutes=minutes))
    found = last_test(shop.ledger, "hello", version=1)
    assert found is not None
    assert (found.person, found.sent_at) == (2, NOW + timedelta(minutes=1))
    assert last_test(shop.ledger, "hello", version=2) is None


@pytest.mark.parametrize("to", ["", "owner", "a@example.com, b@example.com", "a@example.com\nBcc: b@example.com"])
def test_what_is_no_single_address_is_refused_before_anything_is_made(shop: Counter, to: str) -> None:
    pipe = Pipe()
    with pytest.raises(AddressRefused):
        send(shop, pipe, to=to)
    assert (pipe.taken, rows(shop)) == ([], [])


def test_a_letter_that_is_not_there_names_those_that_are(shop: Counter) -> None:
    with pytest.raises(TemplateGone, match="hello"):
        send(shop, template="gone")


def test_without_a_server_nothing_goes_out_and_nothing_is_written_down(shop: Counter) -> None:
    with pytest.raises(SmtpMissing) as refusal:
        send_test(shop, "hello", to=ME, language="ja", customer=None, now=NOW)
    assert "設定" in refusal.value.text("ja")
    assert rows(shop) == []


def test_as_nobody_no_customer_is_read(shop: Counter) -> None:
    assert read_as(shop, ShopSettings(), letter("一"), customer=None, now=NOW) == ({}, {})
