"""The customers' side: their acts reach the shop as anybody's do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tenshu.bootstrap import Shop, make_dispatcher
from tenshu.collect.event import FACT_SCHEMA
from tenshu.deliver.channel import Outcome, Outgoing
from tenshu.deliver.links import HONEYPOT_LINK
from tenshu.kit.money import to_minor
from tenshu.privacy.suppression import read_suppressed
from tenshu.rehearse.world import Letterbox, World, click_tokens, order_facts
from tenshu.simulate.acts import ACTS
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, start, tick

NUMBERS = pl.DataFrame({"customer": [1], "value": ["S-1"]})


class Scripted:
    """Customers who do what a test says: the one seam between the world and the simulation."""

    def __init__(self) -> None:
        self.coming: list[dict[str, object]] = []
        self.received: list[pl.DataFrame] = []

    def next_at(self) -> datetime | None:
        """Return when the next act is."""
        return MONDAY if self.coming else None

    def acts(self, _until: datetime) -> pl.DataFrame:
        """Hand out what was scripted."""
        coming, self.coming = self.coming, []
        rows = [{name: act.get(name) for name in ACTS} for act in coming]
        return pl.DataFrame(rows, schema=ACTS, orient="row")

    def receive(self, mails: pl.DataFrame) -> None:
        """Note what arrived."""
        self.received.append(mails)


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[tuple[Shop, World, Scripted]]:
    shop, _ = open_small_shop(tmp_path / "home")
    add_template(shop)
    start(shop)
    tick(shop)
    customers = Scripted()
    world = World(customers, Letterbox(None, refuse=lambda _address: None))  # type: ignore[arg-type]
    make_dispatcher(shop, world.letterbox).run(now=MONDAY, on_receipts=world.settled(MONDAY))
    yield shop, world, customers
    shop.close()


def facts(shop: Shop, event: str) -> int:
    tick(shop)
    return len(shop.warehouse.frame("SELECT 1 FROM facts WHERE event = ?", [event]))


def act(kind: str, **more: object) -> dict[str, object]:
    later = MONDAY + timedelta(hours=2)
    said = {"act": kind, "at": later, "customer": 1, "enrolment": 1, "visit": 0, "journey": "hello", "step": "send"}
    return {**said, "method": "GET", "user_agent": "Mozilla/5.0 Firefox/140.0", **more}


def test_customers_are_handed_their_mails_with_the_number_of_links(sent: tuple[Shop, World, Scripted]) -> None:
    mails = pl.concat(sent[2].received)
    assert mails["customer"].sort().to_list() == [1, 3, 5]
    assert mails["links"].to_list() == [2, 2, 2]  # the one that a person sees, and the invisible one
    assert mails["sent_at"].unique().to_list() == [MONDAY]


def test_a_click_opens_the_token_of_the_very_mail(sent: tuple[Shop, World, Scripted]) -> None:
    shop, world, customers = sent
    customers.coming = [act("open"), act("click", link=0)]
    assert world.act(shop, MONDAY + timedelta(hours=3)) == 2
    assert facts(shop, "email_opened") == 1
    urls = shop.warehouse.frame("SELECT properties ->> 'url' AS url FROM facts WHERE event = 'email_clicked'")
    assert urls["url"].to_list() == ["https://shop.example.com/new"]


def test_a_link_that_the_mail_does_not_have_cannot_be_clicked(sent: tuple[Shop, World, Scripted]) -> None:
    shop, world, customers = sent
    customers.coming = [act("click", link=9), act("click", link=0, enrolment=999)]
    world.act(shop, MONDAY + timedelta(hours=3))
    assert facts(shop, "email_clicked") == 0


def test_an_unsubscription_takes_effect_at_its_own_instant(sent: tuple[Shop, World, Scripted]) -> None:
    shop, world, customers = sent
    customers.coming = [act("unsubscribe")]
    world.act(shop, MONDAY + timedelta(hours=3))
    with shop.ledger.reading() as tx:
        assert read_suppressed(tx, None, channel="email")["reason"].to_list() == ["unsubscribed"]
    assert facts(shop, "unsubscribed") == 1
    assert shop.warehouse.frame("SELECT occurred_at FROM facts WHERE event = 'unsubscribed'")["occurred_at"][0] == (
        MONDAY + timedelta(hours=2)
    )


def test_a_complaint_suppresses_everything(sent: tuple[Shop, World, Scripted]) -> None:
    shop, world, customers = sent
    customers.coming = [act("complain")]
    world.act(shop, MONDAY + timedelta(hours=3))
    with shop.ledger.reading() as tx:
        found = read_suppressed(tx, None, channel="email").select("purpose", "reason")
        assert ("*", "complaint") in found.rows()


def test_an_order_becomes_order_lines_of_its_customer(sent: tuple[Shop, World, Scripted]) -> None:
    shop, world, customers = sent
    line = {"product_id": "花束", "description": "花束", "quantity": 2, "unit_price": Decimal("500.5")}
    customers.coming = [{"act": "buy", "at": MONDAY, "customer": 1, "order_no": "R-1", "lines": [line, line]}]
    world.act(shop, MONDAY)
    tick(shop)
    order = shop.warehouse.frame("SELECT customer, lines, amount FROM orders WHERE order_no = 'R-1'")
    assert order.rows() == [(1, 2, 2002)]


def test_nothing_to_do_is_nothing_done(sent: tuple[Shop, World, Scripted]) -> None:
    shop, world, _ = sent
    assert world.act(shop, MONDAY) == 0
    assert world.next_at() is None


PRICES = [("2.555", 1), ("0.001", 3), ("0.125", 4), ("12.75", 7)]


@pytest.mark.parametrize(("price", "quantity"), PRICES)
def test_amounts_are_rounded_as_everywhere(price: str, quantity: int) -> None:
    line = {"product_id": "P", "description": "P", "quantity": quantity, "unit_price": Decimal(price)}
    orders = pl.DataFrame(
        [{"customer": 1, "at": MONDAY, "order_no": "R", "lines": [line]}],
        schema={name: ACTS[name] for name in ("customer", "at", "order_no", "lines")},
    )
    made = order_facts(orders, NUMBERS, currency="GBP", now=MONDAY)
    assert made["amount"].to_list() == [to_minor(Decimal(price) * quantity, "GBP")]
    assert dict(made.schema) == FACT_SCHEMA


def test_a_mailbox_that_is_gone_refuses(sent: tuple[Shop, World, Scripted]) -> None:
    box = Letterbox(None, refuse={"a@example.com": "550 5.1.1 no such mailbox"}.get)
    message = Outgoing(enrolment=1, visit=0, message_id="m", address="a@example.com", sender="b", content=b"")
    receipt = box.send([message])[0]
    assert (receipt.outcome, receipt.code, receipt.text) == (Outcome.REFUSED, "550", "5.1.1 no such mailbox")
    assert box.links == {}


def test_a_content_without_links_has_no_tokens() -> None:
    assert click_tokens(b"") == []
    assert click_tokens(b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--") == []


def test_instants_of_the_script_are_utc() -> None:
    assert MONDAY.tzinfo is UTC


def test_the_last_token_of_a_mail_is_the_invisible_link(sent: tuple[Shop, World, Scripted]) -> None:
    shop, world, _ = sent
    for tokens in world.letterbox.links.values():
        payloads = [shop.signer.open(token, "click") for token in tokens]
        assert [payload.link for payload in payloads if payload] == [0, HONEYPOT_LINK]
