"""The simulated customers' side of the shop: their acts become facts, requests and refusals like anybody's.

Orders reach the inbox as order lines, hits are made with the tokens of the links in the very mail that was sent, an
unsubscription posts its token, a complaint comes back as a report. Nothing here knows what the customers will do.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

import polars as pl
from sqlalchemy import select

from tenshu.bootstrap import Shop
from tenshu.collect.event import FACT_SCHEMA
from tenshu.collect.inbox import accept
from tenshu.collect.vocabulary import EMAIL_CLICKED, EMAIL_OPENED, PRODUCT_PURCHASED
from tenshu.deliver.channel import Channel, Outcome, Outgoing, Receipt
from tenshu.deliver.links import LinkPayload, Signer
from tenshu.deliver.returned import Returned, take_back
from tenshu.identify.tables import identifiers, node_map
from tenshu.kit.ids import content_keys
from tenshu.kit.money import minor_digits
from tenshu.simulate.customers import SimulatedCustomers
from tenshu.store.ledger import INSTANT
from tenshu.web.site.tracking import HIT_SCHEMA, record_hits
from tenshu.web.site.unsubscribe import ONE_CLICK, unsubscribe

SOURCE: Final = "shop"
_CLICK: Final = re.compile(rb"/c/([A-Za-z0-9_.\-]+)")
_BODY: Final = re.compile(rb"Content-Transfer-Encoding: base64\r\n\r\n([A-Za-z0-9+/=\r\n]+)\r\n--")
Key = tuple[int, int]


class Letterbox:
    """A channel that remembers the links of every mail that passes, as a recipient's mailbox does.

    Args:
        channel: hands the mails over; None takes everything without a server, as a twin run does.
        refuse: says of an address with which line its server refuses it.
    """

    name = "email"

    def __init__(self, channel: Channel | None, *, refuse: Callable[[str], str | None]) -> None:
        self._channel = channel
        self._refuse = refuse
        self.links: dict[Key, list[str]] = {}

    def send(self, batch: Iterable[Outgoing]) -> list[Receipt]:
        """Hand over, and keep the links of what was taken."""
        batch = list(batch)
        receipts = self._channel.send(batch) if self._channel else [self._taken(one) for one in batch]
        taken = {(one.enrolment, one.visit) for one in receipts if one.outcome == Outcome.ACCEPTED}
        for one in batch:
            if (one.enrolment, one.visit) in taken:
                self.links[one.enrolment, one.visit] = click_tokens(one.content)
        return receipts

    def close(self) -> None:
        """Let go of the channel."""
        if self._channel:
            self._channel.close()

    def _taken(self, message: Outgoing) -> Receipt:
        line = self._refuse(message.address)
        code, _, text = (line or "250 ok").partition(" ")
        outcome = Outcome.REFUSED if line else Outcome.ACCEPTED
        return Receipt(enrolment=message.enrolment, visit=message.visit, outcome=outcome, code=code, text=text)


def click_tokens(content: bytes) -> list[str]:
    """Return the tokens of a mail's links: those of the plain text, then those of the HTML, the invisible one last."""
    bodies = [b64decode(body) for body in _BODY.findall(content)]
    return list(dict.fromkeys(token.decode() for body in bodies for token in _CLICK.findall(body)))


class World:
    """Simulated customers at the door of one shop.

    Args:
        customers: what they do.
        letterbox: where their mails lie.
    """

    def __init__(self, customers: SimulatedCustomers, letterbox: Letterbox) -> None:
        self.customers = customers
        self.letterbox = letterbox

    def next_at(self) -> datetime | None:
        """Return the instant of the next act, or None."""
        return self.customers.next_at()

    def act(self, shop: Shop, now: datetime) -> int:
        """Let everybody do what they do up to now; return how many acts it was."""
        acts = self.customers.acts(now)
        if acts.is_empty():
            return 0
        self._buy(shop, acts.filter(pl.col("act") == "buy"), now)
        self._hit(shop, acts.filter(pl.col("act").is_in(["open", "click", "scan"])), now)
        for row in acts.filter(pl.col("act") == "unsubscribe").iter_rows(named=True):
            token = LinkPayload(purpose="unsubscribe", enrolment=row["enrolment"], visit=row["visit"])
            unsubscribe(shop, token, how=ONE_CLICK, at=row["at"])
        for row in acts.filter(pl.col("act") == "complain").iter_rows(named=True):
            back = Returned(enrolment=row["enrolment"], visit=row["visit"], kind="complaint", status="", is_hard=True)
            take_back(shop.ledger, back, at=row["at"])
        return len(acts)

    def settled(self, now: datetime) -> Callable[[pl.DataFrame, list[Receipt]], None]:
        """Return who hands delivered mails to their customers."""

        def deliver(claimed: pl.DataFrame, receipts: list[Receipt]) -> None:
            taken = [(one.enrolment, one.visit) for one in receipts if one.outcome == Outcome.ACCEPTED]
            mails = pl.DataFrame(
                [(*key, len(self.letterbox.links[key])) for key in taken],
                schema={"enrolment": pl.Int64, "visit": pl.Int64, "links": pl.Int64},
                orient="row",
            ).join(claimed, on=["enrolment", "visit"], maintain_order="left")
            self.customers.receive(
                mails.select("customer", "journey", "step", "enrolment", "visit", "links", sent_at=pl.lit(now, INSTANT))
            )

        return deliver

    def _buy(self, shop: Shop, orders: pl.DataFrame, now: datetime) -> None:
        if not orders.is_empty():
            facts = order_facts(orders, _numbers(shop, orders["customer"]), currency=shop.settings.currency, now=now)
            accept(shop.inbox, facts, source=SOURCE, received_at=now)

    def _hit(self, shop: Shop, acts: pl.DataFrame, now: datetime) -> None:
        rows = [self._request(shop.signer, act) for act in acts.iter_rows(named=True)]
        hits = pl.DataFrame([row for row in rows if row is not None], schema=HIT_SCHEMA, orient="row")
        record_hits(shop, hits, received_at=now)

    def _request(self, signer: Signer, act: dict[str, object]) -> tuple[object, ...] | None:
        key = (int(str(act["enrolment"])), int(str(act["visit"])))
        said = (act["method"], act["user_agent"], act["at"])
        if act["act"] == "open":
            return (EMAIL_OPENED, *key, 0, "", *said)
        tokens = self.letterbox.links.get(key, [])
        link = int(str(act["link"] or 0))
        payload = signer.open(tokens[link], "click") if link < len(tokens) else None
        return None if payload is None else (EMAIL_CLICKED, *key, payload.link, payload.url, *said)


def order_facts(orders: pl.DataFrame, numbers: pl.DataFrame, *, currency: str, now: datetime) -> pl.DataFrame:
    """Turn orders into the facts that a shop's till would tell: one a line.

    Args:
        orders: acts `buy`: customer, at, order_no, lines.
        numbers: `customer`, `value`: the shop's own number of each.
        currency: of the unit prices.
        now: when they are told.
    """
    scale = Decimal(10) ** minor_digits(currency)
    lines = (
        orders.select("customer", "order_no", "lines", occurred_at="at")
        .explode("lines")
        .unnest("lines")
        .with_columns(nth=pl.int_range(pl.len()).over("order_no"))
        .join(numbers, on="customer", how="left", maintain_order="left")
    )
    keys = content_keys(f"{SOURCE}\x1f{order}\x1f{nth}" for order, nth in lines.select("order_no", "nth").iter_rows())
    amount = pl.col("quantity").cast(pl.Decimal(18, 3)) * pl.col("unit_price") * pl.lit(scale, pl.Decimal(18, 0))
    own = pl.struct(pl.lit("customer_no").alias("kind"), pl.col("value"))
    facts = lines.with_columns(
        fact_id=pl.Series(keys, dtype=pl.Binary),
        event=pl.lit(PRODUCT_PURCHASED),
        received_at=pl.lit(now, INSTANT),
        source=pl.lit(SOURCE),
        identifiers=pl.concat_list(own),
        properties=pl.lit(None, pl.String),
        amount=(amount + pl.lit(Decimal("0.5"))).floor().cast(pl.Int64),
        is_goods=pl.lit(value=True),
    )
    return facts.select(pl.col(name).cast(kind) for name, kind in FACT_SCHEMA.items())


def _numbers(shop: Shop, customers: pl.Series) -> pl.DataFrame:
    """Return the shop's own number of these customers."""
    query = select(node_map.c.customer, identifiers.c.value).join(identifiers, identifiers.c.node == node_map.c.node)
    with shop.ledger.reading() as tx:
        wanted = query.where(identifiers.c.kind == "customer_no", tx.among(node_map.c.customer, customers.unique()))
        return tx.frame(wanted).unique("customer", keep="first", maintain_order=True)
