"""Wire a shop: home, engines, clock, channel; every part is an argument with a default."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import msgspec
import polars as pl
from sqlalchemy import func, select

from tenshu.content.shop import ShopSettings, read_shop, write_shop
from tenshu.content.tables import templates
from tenshu.content.template import TemplateSource
from tenshu.decide.policy import read_policy
from tenshu.deliver.channel import Channel
from tenshu.deliver.dispatch import Dispatcher
from tenshu.deliver.links import Signer
from tenshu.deliver.render import Renderer
from tenshu.journey import records
from tenshu.journey.entry import due_entry
from tenshu.journey.grammar import Journey
from tenshu.kit.clock import Clock, SetClock, SystemClock
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.home import Stores, open_stores
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.settings import keys, read_key, read_setting

#: The setting of a rehearsed home that says at which instant its clock stands.
REHEARSED_UNTIL = "rehearsed_until"
LINK_KEY = "k1"
ADDRESS_KEY = "address1"


class HomeMissing(TenshuError):
    """A command was given a directory that is no home."""

    template = N_(
        "There is no shop in {home}. Give the folder of an existing one with --home, or make one with: "
        "tenshu import FILE --home {home}"
    )


@dataclass(frozen=True)
class Shop(Stores):
    """One shop, ready to work.

    Attributes:
        clock: tells business time.
    """

    clock: Clock

    @cached_property
    def settings(self) -> ShopSettings:
        """What the shop says about itself, as saved when it was opened."""
        return read_shop(self.ledger)

    @cached_property
    def signer(self) -> Signer:
        """Signs and opens the links in messages."""
        return Signer(_key(self.ledger, LINK_KEY), LINK_KEY)

    @cached_property
    def address_key(self) -> bytes:
        """The key of address digests."""
        return _key(self.ledger, ADDRESS_KEY)


def open_shop(home: Path, *, create: bool = False, clock: Clock | None = None) -> Shop:
    """Open the shop of a home, its stores brought up to date.

    Args:
        home: the directory.
        create: make the home when it is not there.
        clock: business time; the wall clock when none is given.

    Raises:
        HomeMissing: there is no home and none was to be made.
    """
    if not create and not (home / "ledger.sqlite").exists():
        raise HomeMissing(home=home)
    home.mkdir(parents=True, exist_ok=True)
    stores = open_stores(home)
    upgrade(stores.ledger, "ledger")
    upgrade(stores.inbox, "inbox")
    for key_id in (LINK_KEY, ADDRESS_KEY):
        _make_key(stores.ledger, key_id)
    return Shop(**vars(stores), clock=clock or _clock_of(stores.ledger))


def save_settings(shop: Shop, settings: ShopSettings) -> Shop:
    """Save what the shop says about itself; return the shop with it."""
    with shop.ledger.writing() as tx:
        write_shop(tx, settings)
    return Shop(shop.home, shop.ledger, shop.inbox, shop.warehouse, shop.clock)


def save_templates(shop: Shop, sources: list[TemplateSource]) -> None:
    """Save templates, each as its next version."""
    with shop.ledger.writing() as tx:
        for source in sources:
            newest = tx.value(select(func.max(templates.c.version)).where(templates.c.template == source.name)) or 0
            row = {
                "template": source.name,
                "version": newest + 1,
                "body": msgspec.json.encode(source).decode(),
                "saved_at": shop.clock.now(),
            }
            tx.insert(templates, pl.DataFrame([row]))


def read_templates(shop: Shop) -> dict[str, TemplateSource]:
    """Return the newest version of every template, by name."""
    with shop.ledger.reading() as tx:
        rows = tx.frame(select(templates).order_by(templates.c.template, templates.c.version))
    return {row["template"]: msgspec.json.decode(row["body"], type=TemplateSource) for row in rows.to_dicts()}


def start_journey(shop: Shop, journey: Journey) -> int:
    """Start a scenario now; return its version."""
    now = shop.clock.now()
    due_at = due_entry(journey, started_at=now, after=None, zone=shop.settings.zone)
    with shop.ledger.writing() as tx:
        return records.start(tx, journey, now=now, due_at=due_at)


def make_dispatcher(shop: Shop, channel: Channel, *, worker: str | None = None) -> Dispatcher:
    """Make a dispatcher of this shop's outbox for the channel."""
    renderer = Renderer(shop.settings, shop.signer, read_templates(shop))
    return Dispatcher(
        shop.ledger, shop.warehouse, channel=channel, renderer=renderer, policy=read_policy(shop.ledger), worker=worker
    )


def _clock_of(ledger: Ledger) -> Clock:
    """Return the wall clock; a rehearsed shop's stands still at its last simulated instant."""
    rehearsed = read_setting(ledger, REHEARSED_UNTIL)
    return SystemClock() if rehearsed is None else SetClock(datetime.fromisoformat(rehearsed))


def _make_key(ledger: Ledger, key_id: str) -> None:
    row = pl.DataFrame({"key_id": [key_id], "secret": [secrets.token_bytes(32)]})
    with ledger.writing() as tx:
        tx.insert(keys, row, conflict="ignore")


def _key(ledger: Ledger, key_id: str) -> bytes:
    found = read_key(ledger, key_id)
    if found is None:
        raise LookupError(key_id)
    return found
