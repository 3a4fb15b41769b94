"""A letter to oneself: as a customer would get it, through the real server, in no account, and recorded."""

import email
import email.policy
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tenshu.bootstrap import Shop, open_shop, save_settings, save_templates
from tenshu.content.blocks.block import Button, Text
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.letter import write_text
from tenshu.content.shop import ShopSettings
from tenshu.content.template import RenderFailed, TemplateSource
from tenshu.deliver.channels.email.address import AddressRefused
from tenshu.deliver.channels.email.settings import SmtpSettings, write_smtp
from tenshu.deliver.render import TemplateGone
from tenshu.deliver.standstill import stand_still
from tenshu.deliver.tables import handovers, outbox, tallies, test_sends
from tenshu.deliver.test_send import (
    MOST_AN_HOUR,
    SmtpMissing,
    TestDelayed,
    TestInDoubt,
    TestRefused,
    TestSent,
    TestsTooMany,
    last_test,
    send_test,
    tested_at,
)
from tenshu.kit.clock import SetClock
from tenshu.store.ledger import Ledger
from tenshu.testing.copied_shop import POSTGRES
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, start, tick
from tenshu.testing.smtp_sink import SmtpSink

ME = "owner@example.com"
SETTINGS = ShopSettings(
    name="小さな花屋", postal_address="東京都", contact="03-0000-0000", public_url="https://mail.example.com"
)


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink(keep_bytes=True) as opened:
        yield opened


def filled(home: Path) -> Shop:
    """Return a shop with a letter of blocks."""
    shop, _clock = open_small_shop(home)
    shop = save_settings(shop, SETTINGS)
    save_letter(shop)
    return shop


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that each test gets a copy of."""
    path = tmp_path_factory.mktemp("tests") / "home"
    filled(path).close()
    return path


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path, sink: SmtpSink) -> Iterator[Shop]:
    if POSTGRES in os.environ:  # a copy of the folder would share the database
        opened = filled(tmp_path / "home")
    else:
        copied = Path(shutil.copytree(request.getfixturevalue("home"), tmp_path / "home"))
        opened = open_shop(copied, clock=SetClock(MONDAY), access="own", is_prepared=True)
    use(opened, sink)
    yield opened
    opened.close()


def use(shop: Shop, sink: SmtpSink) -> None:
    write_smtp(shop.ledger, SmtpSettings(smtp_host=sink.host, smtp_port=sink.port))


def save_letter(shop: Shop, words: str = "春のご案内です。", name: str = "hello") -> None:
    """Save a letter of blocks in both languages, as its next version."""
    blocks = (
        Text(text="{{ customer.last_name | sama }}\n\n" + words),
        Button(label="見る", href="{{ shop.home_url }}/new"),
    )
    texts = {
        language: write_text("{{ customer.last_name | sama }}へ", "", blocks, language=language, brand=Brand())
        for language in ("ja", "en")
    }
    save_templates(shop, [TemplateSource(name=name, languages=texts)])


def sato(shop: Shop) -> int:
    """Return 佐藤's number."""
    found = shop.warehouse.frame("SELECT customer FROM facts JOIN node_map USING (node) WHERE properties LIKE '%佐藤%'")
    return int(found["customer"][0])


def send(shop: Shop, *, to: str = ME, language: str = "ja", customer: int | None = None, person: int = 1) -> TestSent:
    return send_test(shop, "hello", to=to, language=language, customer=customer, now=shop.clock.now(), person=person)


def only_mail(sink: SmtpSink) -> EmailMessage:
    (mail,) = sink.mails()
    assert mail.content is not None
    read = email.message_from_bytes(mail.content, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_it_arrives_as_the_customer_would_get_it(shop: Shop, sink: SmtpSink) -> None:
    send(shop, customer=sato(shop))
    mail = only_mail(sink)
    assert mail["To"] == ME
    assert mail["Subject"] == "[テスト] 佐藤様へ"
    assert "佐藤様" in body(mail, "plain")
    assert "佐藤様" in body(mail, "html")
    assert "東京都" in body(mail, "plain")


def test_an_english_test_says_so_in_english(shop: Shop, sink: SmtpSink) -> None:
    send(shop, language="en")
    assert only_mail(sink)["Subject"] == "[Test] Dear customerへ"


def test_as_nobody_it_reads_as_to_one_of_whom_nothing_is_known(shop: Shop, sink: SmtpSink) -> None:
    send(shop, customer=None)
    assert only_mail(sink)["Subject"] == "[テスト] お客様へ"


def test_links_lead_to_the_real_place_untracked(shop: Shop, sink: SmtpSink) -> None:
    send(shop, customer=sato(shop))
    mail = only_mail(sink)
    for kind in ("plain", "html"):
        said = body(mail, kind)
        assert "https://shop.example.com/new" in said
        assert "/c/" not in said
        assert "/o/" not in said


def test_the_way_out_is_there_and_unsubscribes_nobody(shop: Shop, sink: SmtpSink) -> None:
    send(shop, customer=sato(shop))
    mail = only_mail(sink)
    assert mail["List-Unsubscribe"] == "<https://mail.example.com/u/test>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https://mail.example.com/u/test" in body(mail, "html")


def test_it_is_counted_nowhere(shop: Shop, sink: SmtpSink) -> None:
    facts = shop.warehouse.frame("SELECT count(*) FROM facts").item()
    send(shop, customer=sato(shop))
    with shop.ledger.reading() as tx:
        for table in (outbox, handovers, tallies):
            assert tx.value(select(func.count()).select_from(table)) == 0
    assert shop.warehouse.frame("SELECT count(*) FROM facts").item() == facts


def test_a_test_in_the_middle_of_a_mailing_changes_nothing_about_it(shop: Shop) -> None:
    add_template(shop)
    start(shop)
    tick(shop)
    with shop.ledger.reading() as tx:
        before = tx.frame(select(outbox)).sort("enrolment")
    send(shop, customer=sato(shop))
    with shop.ledger.reading() as tx:
        assert tx.frame(select(outbox)).sort("enrolment").equals(before)
    assert len(before)


def test_who_tested_what_and_when_is_written_down(shop: Shop) -> None:
    customer = sato(shop)
    send(shop, customer=customer, person=7)
    found = last_test(shop.ledger, "hello")
    assert found == TestSent(
        template="hello", version=1, language="ja", customer=customer, person=7, address=ME, sent_at=MONDAY
    )


def test_a_changed_letter_is_untested_again(shop: Shop) -> None:
    assert tested_at(shop.ledger, "hello") is None
    send(shop)
    assert tested_at(shop.ledger, "hello") == MONDAY
    save_letter(shop, "夏のご案内です。")
    assert tested_at(shop.ledger, "hello") is None
    assert last_test(shop.ledger, "hello") is not None
    send(shop)
    assert tested_at(shop.ledger, "hello") == MONDAY
    assert tested_at(shop.ledger, "nobody") is None


def test_a_shop_that_stands_still_may_test(shop: Shop, sink: SmtpSink) -> None:
    with shop.ledger.writing() as tx:
        stand_still(tx, "paused", now=MONDAY)
    send(shop)
    assert len(sink.mails()) == 1


def test_without_a_server_it_says_where_to_set_one(tmp_path: Path) -> None:
    shop, _clock = open_small_shop(tmp_path / "home")
    save_letter(shop)
    with pytest.raises(SmtpMissing) as refusal:
        send(shop)
    assert "設定" in refusal.value.text("ja")
    assert last_test(shop.ledger, "hello") is None
    shop.close()


def test_a_refusal_is_told_in_the_server_s_words_and_is_no_test(shop: Shop) -> None:
    with SmtpSink(refuse=lambda _recipient: "550 5.7.1 relaying denied") as refusing:
        use(shop, refusing)
        with pytest.raises(TestRefused, match="relaying denied") as refusal:
            send(shop)
    assert "受け付けません" in refusal.value.text("ja")
    assert tested_at(shop.ledger, "hello") is None


def test_a_server_that_is_not_there_is_told_apart(shop: Shop, sink: SmtpSink) -> None:
    with SmtpSink() as gone:
        use(shop, gone)
    with pytest.raises(TestDelayed) as refusal:
        send(shop)
    assert "パスワード" in refusal.value.text("ja")
    assert tested_at(shop.ledger, "hello") is None
    use(shop, sink)
    send(shop)
    assert tested_at(shop.ledger, "hello") == MONDAY


def test_a_server_that_goes_silent_leaves_the_test_in_doubt(shop: Shop) -> None:
    with SmtpSink(cut_after_data=lambda _recipient: True) as silent:
        use(shop, silent)
        with pytest.raises(TestInDoubt):
            send(shop)
    assert tested_at(shop.ledger, "hello") is None


def test_nobody_reads_more_than_so_many_in_an_hour(shop: Shop, sink: SmtpSink) -> None:
    for _ in range(MOST_AN_HOUR):
        send(shop)
    with pytest.raises(TestsTooMany) as refusal:
        send(shop)
    assert str(MOST_AN_HOUR) in refusal.value.text("ja")
    assert len(sink.mails()) == MOST_AN_HOUR
    send(shop, person=2)
    later = MONDAY + timedelta(hours=1, minutes=1)
    send_test(shop, "hello", to=ME, language="ja", customer=None, now=later, person=1)
    assert len(sink.mails()) == MOST_AN_HOUR + 2


def test_a_refused_test_counts_against_the_limit_as_well(shop: Shop) -> None:
    with SmtpSink(refuse=lambda _recipient: "550 no") as refusing:
        use(shop, refusing)
        for _ in range(MOST_AN_HOUR):
            with pytest.raises(TestRefused):
                send(shop)
    with pytest.raises(TestsTooMany):
        send(shop)


@pytest.mark.parametrize("to", ["a@x.jp>\r\nRCPT TO:<v@x", "a@x.jp,b@x.jp", "", "a", "a b@x.jp"])
def test_only_one_plain_address_is_written_to(shop: Shop, sink: SmtpSink, to: str) -> None:
    with pytest.raises(AddressRefused):
        send(shop, to=to)
    assert sink.mails() == []


def test_a_template_that_is_not_there_is_named(shop: Shop) -> None:
    with pytest.raises(TemplateGone, match="gone"):
        send_test(shop, "gone", to=ME, language="ja", customer=None, now=MONDAY)


def test_a_letter_that_cannot_be_made_is_not_sent(shop: Shop, sink: SmtpSink) -> None:
    text = write_text("a", "", (Text(text="b"),), language="ja", brand=Brand())
    broken = "<body>{% for i in (1..30000) %}a{% endfor %}</body>"
    source = {"ja": type(text)(subject="a", mjml=broken, text="b")}
    save_templates(shop, [TemplateSource(name="hello", languages=source)])
    with pytest.raises(RenderFailed):
        send(shop)
    assert sink.mails() == []
    assert rows(shop.ledger) == 0


def rows(ledger: Ledger) -> int:
    with ledger.reading() as tx:
        return int(tx.value(select(func.count()).select_from(test_sends)))
