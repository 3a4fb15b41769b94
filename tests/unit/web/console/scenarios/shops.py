"""Shops whose scenarios are looked at and started."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import httpx

from tenshu.bootstrap import Shop, save_settings, save_templates
from tenshu.condition import parse
from tenshu.content.shop import ShopSettings
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.deliver.channels.email.settings import SmtpSettings, write_smtp
from tenshu.journey.drafts import keep_draft
from tenshu.journey.recipes import Choices
from tenshu.segment.saved import save_segment
from tenshu.testing.small_shop import TWO_MAILS, add_template, open_small_shop, start, tick
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.copies import copied

SETTINGS: Final = ShopSettings(
    name="小さな花屋",
    postal_address="東京都千代田区1-1",
    contact="03-0000-0000",
    sender_email="hana@hanaya.test",
    bounce_domain="bounce.hanaya.test",
    public_url="https://mail.hanaya.test",
    home_url="https://hanaya.test",
)
_MJML: Final = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>{{ customer.last_name | sama }}</mj-text>"
    '<mj-button href="https://hanaya.test/new">見る</mj-button></mj-column></mj-section></mj-body></mjml>'
)


def add_letter(shop: Shop, name: str = "spring", *, link: str = "https://hanaya.test/new") -> None:
    """Save a message that may go out, in both languages."""
    text = TemplateText(
        subject="{{ customer.last_name | sama }}へ",
        mjml=_MJML.replace("https://hanaya.test/new", link),
        text=f"{{{{ customer.last_name | sama }}}}\n{link}",
    )
    save_templates(shop, [TemplateSource(name=name, languages={"ja": text, "en": text})])


def open_flower_shop(home: Path, *, people: int = 60) -> Shop:
    """Return a shop that may send: it says who it is, has a message and a saved segment."""
    return copied(home, f"flowers {people}", lambda folder: _make_flower_shop(folder, people))


def _make_flower_shop(home: Path, people: int) -> Shop:
    shop, _clock = open_small_shop(home, people=people)
    shop = save_settings(shop, SETTINGS)
    add_letter(shop)
    long_away = parse({"kind": "did_not", "event": "order_completed", "within": {"days": 20}})
    with shop.ledger.writing() as tx:
        save_segment(
            tx, "long-away", {"ja": "しばらくお越しでない方", "en": "Long away"}, long_away, now=shop.clock.now()
        )
    return shop


def open_walking_shop(home: Path) -> Shop:
    """Return a shop of twenty-five people, all between two mails, a fifth of them held out; the first mail waits."""
    return copied(home, "walking", _make_walking_shop)


def _make_walking_shop(home: Path) -> Shop:
    shop = open_quiet_shop(home)
    start(shop, "two", holdout_rate=0.2, **TWO_MAILS)
    tick(shop)
    return shop


def open_quiet_shop(home: Path) -> Shop:
    """Return a shop of twenty-five people with a message and no scenario."""
    return copied(home, "quiet", _make_quiet_shop)


def _make_quiet_shop(home: Path) -> Shop:
    shop, _clock = open_small_shop(home, people=20)
    add_template(shop)
    return shop


def add_draft(shop: Shop, name: str = "spring-news", **changes: object) -> None:
    """Keep a draft of a broadcast to the saved segment."""
    given = {"title": "春のお知らせ", "template": "spring", "segment": "long-away", "review_on": date(2026, 7, 1)}
    chosen = Choices(recipe="broadcast", **{**given, **changes})  # type: ignore[arg-type]
    with shop.ledger.writing() as tx:
        keep_draft(tx, name, chosen, now=shop.clock.now(), by="店主")


@contextmanager
def with_server(shop: Shop) -> Iterator[SmtpSink]:
    """Give the shop a mail server that keeps what it takes."""
    with SmtpSink() as sink:
        write_smtp(shop.ledger, SmtpSettings(smtp_host="127.0.0.1", smtp_port=sink.port))
        yield sink


def form() -> dict[str, str]:
    """Return the form of a broadcast as a person would send it."""
    return {
        "title": "春の新作のお知らせ",
        "segment": "long-away",
        "template": "spring",
        "when": "at_once",
        "start": "2026-06-02T10:00",
        "goal_event": "order_completed",
        "within_days": "14",
        "target": "5",
        "review_on": "2026-07-01",
        "holdout": "10",
    }


def words(answer: httpx.Response) -> str:
    """Return what a page says, without its tags."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))
