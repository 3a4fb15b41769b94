"""A small shop with a cast, for tests.

佐藤 is a regular, 鈴木 dormant, 高橋 a first-timer, 田中 has said no, 伊藤 has not said a word.

Everything goes in through the inbox and a real home, as it does in a shop: once in a process for each cast, which is
copied from then on.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from tenshu import flow
from tenshu.bootstrap import Shop, open_shop, save_settings, save_templates, start_journey
from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.collect.vocabulary import CONSENT_RECORDED, CUSTOMER_DESCRIBED, PRODUCT_PURCHASED
from tenshu.content.shop import ShopSettings
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.journey.definition import parse_journey
from tenshu.kit.clock import SetClock
from tenshu.kit.ids import fact_id
from tenshu.testing.copied_shop import choose_engine, copied_shop

#: A Monday noon in Tokyo: nobody's quiet hours.
MONDAY: Final = datetime(2026, 6, 1, 3, tzinfo=UTC)
#: number -> family name, consent (status, basis), days since the last order (None = never bought).
CAST: Final[dict[str, tuple[str, tuple[str, str] | None, int | None]]] = {
    "S-1": ("佐藤", ("granted", "opt_in"), 5),
    "S-2": ("鈴木", ("granted", "opt_in"), 300),
    "S-3": ("高橋", ("granted", "business_relation"), 2),
    "S-4": ("田中", ("revoked", "opt_in"), 50),
    "S-5": ("伊藤", None, 40),
}

#: Steps of two mails three days apart: what `start` takes beside a name.
TWO_MAILS: dict[str, Any] = {
    "first_step": "send",
    "steps": {
        "send": {"kind": "send", "channel": "email", "template": "hello", "next": "wait"},
        "wait": {"kind": "wait", "days": 3, "at": "12:00", "next": "second"},
        "second": {"kind": "send", "channel": "email", "template": "hello", "next": "end"},
        "end": {"kind": "exit"},
    },
}


def open_small_shop(home: Path, *, at: datetime = MONDAY, people: int = 0) -> tuple[Shop, SetClock]:
    """Return a shop with the cast, and so many more people who all allow marketing mail.

    Args:
        home: an empty directory.
        at: the shop's clock.
        people: how many besides the cast.
    """
    clock = SetClock(at)
    key = f"small {at.isoformat()} {people}"
    return copied_shop(home, key, lambda made: _make(made, clock, people), clock=clock), clock


def _make(home: Path, clock: SetClock, people: int) -> Shop:
    choose_engine(home)
    at = clock.now()
    shop = save_settings(
        open_shop(home, create=True, clock=clock), ShopSettings(name="小さな花屋", postal_address="東京都")
    )
    facts = [fact for number, who in CAST.items() for fact in _person(number, *who, at=at)]
    for nth in range(people):
        facts += _person(f"P-{nth}", f"客{nth}", ("granted", "opt_in"), 30, at=at)
    tell(shop, facts)
    return shop


def tell(shop: Shop, facts: list[dict[str, Any]]) -> None:
    """Put facts into the inbox and digest them."""
    now = shop.clock.now()
    accept(shop.inbox, facts_frame(facts), source="test", received_at=now)
    flow.digest_all(shop, now=now)


def order(number: str, order_no: str, at: datetime, *, amount: int = 1000, product: str = "花束") -> dict[str, Any]:
    """Return the fact of an order of one line."""
    return {
        "fact_id": fact_id("order", order_no),
        "event": PRODUCT_PURCHASED,
        "occurred_at": at,
        "received_at": at,
        "source": "shop",
        "identifiers": [{"kind": "customer_no", "value": number}],
        "order_no": order_no,
        "product_id": product,
        "description": product,
        "quantity": Decimal(1),
        "unit_price": Decimal(amount),
        "amount": amount,
        "is_goods": True,
    }


def consent(number: str, status: str, basis: str, at: datetime, *, reason: str | None = None) -> dict[str, Any]:
    """Return the fact of a word about marketing mail."""
    said: dict[str, Any] = {
        "channel": "email",
        "purpose": "marketing",
        "status": status,
        "basis": basis,
        "reason": reason,
        "proof": {},
    }
    return {
        "fact_id": fact_id("consent", number, status, at.isoformat()),
        "event": CONSENT_RECORDED,
        "occurred_at": at,
        "received_at": at,
        "source": "form",
        "identifiers": [{"kind": "customer_no", "value": number}],
        "properties": msgspec.json.encode(said).decode(),
    }


def add_template(shop: Shop, name: str = "hello") -> None:
    """Save a plain template in both languages."""
    mjml = (
        "<mjml><mj-body><mj-section><mj-column><mj-text>{{ customer.last_name | sama }}</mj-text>"
        '<mj-button href="https://shop.example.com/new">見る</mj-button></mj-column></mj-section></mj-body></mjml>'
    )
    text = TemplateText(
        subject="{{ customer.last_name | sama }}へ", preheader="", mjml=mjml, text="https://shop.example.com/new"
    )
    save_templates(shop, [TemplateSource(name=name, languages={"ja": text, "en": text})])


def start(shop: Shop, name: str = "hello", **changes: Any) -> int:
    """Start a broadcast of one mail to everybody, changed as given; return its version."""
    definition: dict[str, Any] = {
        "tenshu": "journey/1",
        "name": name,
        "title": {"ja": "ご挨拶", "en": "Hello"},
        "holdout_rate": 0.0,
        "entry": {"kind": "broadcast", "at": "2026-06-01T12:00", "condition": everybody()},
        "goal": {"event": "order_completed", "within_days": 14, "target_rate": 0.1},
        "review_on": "2026-09-01",
        "first_step": "send",
        "steps": {
            "send": {"kind": "send", "channel": "email", "template": "hello", "next": "end"},
            "end": {"kind": "exit"},
        },
    }
    return start_journey(shop, parse_journey({**definition, **changes}))


def everybody() -> dict[str, Any]:
    """Return a condition that holds for everybody with a name."""
    return {"kind": "trait", "trait": "last_name", "cmp": "exists", "value": True}


def tick(shop: Shop) -> flow.Ticked:
    """Run one tick at the shop's clock."""
    return flow.tick(shop, shop.settings, now=shop.clock.now(), address_key=shop.address_key)


def _person(
    number: str, name: str, word: tuple[str, str] | None, days: int | None, *, at: datetime
) -> list[dict[str, Any]]:
    mail = f"{number.lower()}@example.com"
    told = {
        "fact_id": fact_id("person", number),
        "event": CUSTOMER_DESCRIBED,
        "occurred_at": at - timedelta(days=400),
        "received_at": at,
        "source": "roster",
        "identifiers": [{"kind": "customer_no", "value": number}, {"kind": "email", "value": mail}],
        "properties": msgspec.json.encode(
            {"traits": {"customer_no": number, "last_name": name, "email": mail}}
        ).decode(),
    }
    facts = [told]
    if word is not None:
        reason = None if word[1] == "opt_in" else "取引先"
        facts.append(consent(number, *word, at - timedelta(days=399), reason=reason))
    if days is not None:
        facts.append(order(number, f"{number}-1", at - timedelta(days=days)))
    return facts
