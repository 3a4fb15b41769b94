"""Wire a shop: home, engines, clock, channel; every part is an argument with a default."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import polars as pl
from sqlalchemy import func, select

from tenshu.content.shop import ShopSettings, read_shop, write_shop
from tenshu.content.tables import templates
from tenshu.deliver.links import Signer
from tenshu.kit.clock import Clock, SetClock, SystemClock
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.kit.progress import Progress
from tenshu.store.home import Stores, open_inbox, open_ledger, open_stores
from tenshu.store.ledger import Ledger
from tenshu.store.place import is_home
from tenshu.store.remote import SOCKET, RemoteWarehouse, own_or_ask
from tenshu.store.settings import keys, read_key, read_setting
from tenshu.store.warehouse import Warehouse

# A process that only serves pages loads no templates, no scenarios and no channels: the rest comes when it is used.
# ruff: noqa: PLC0415
if TYPE_CHECKING:
    from tenshu.content.template import TemplateSource
    from tenshu.deliver.channel import Channel
    from tenshu.deliver.dispatch import Dispatcher
    from tenshu.journey.grammar import Journey

#: The setting of a rehearsed home that says at which instant its clock stands.
REHEARSED_UNTIL = "rehearsed_until"
Access = Literal["any", "own", "ask"]
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

    @property
    def is_owner(self) -> bool:
        """Whether this process has the warehouse open itself; else it asks the one that has."""
        return not isinstance(self.warehouse, RemoteWarehouse)

    def ask(self, name: str, *, progress: Progress | None = None, **given: Any) -> Any:
        """Let the owner do something by name, which is another process.

        Raises:
            OwnerAway: there is no owner just now.
            OwnerSaid: it could not, and says why.
        """
        assert isinstance(self.warehouse, RemoteWarehouse)  # noqa: S101 - an owner does it itself
        return self.warehouse.call(name, progress=progress, **given)

    @property
    def is_rehearsed(self) -> bool:
        """Whether its people are made up and its clock stands still: the one place that says so."""
        return rehearsed_until(self.ledger) is not None

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


def open_shop(
    home: Path, *, create: bool = False, clock: Clock | None = None, access: Access = "any", is_prepared: bool = False
) -> Shop:
    """Open the shop of a home, its stores brought up to date.

    Args:
        home: the directory.
        create: make the home when it is not there.
        clock: business time; the wall clock when none is given.
        access: `own` opens the warehouse, `ask` asks whoever has it open, `any` does what is possible.
        is_prepared: its stores are up to date already, as a process knows that `serve` has started.

    Raises:
        HomeMissing: there is no home and none was to be made.
        WarehouseBusy: another process has the warehouse open and answers nobody.
        HomeNewer: a newer version of tenshu has been here.
    """
    if not create and not is_home(home):
        raise HomeMissing(home=home)
    home.mkdir(parents=True, exist_ok=True)
    if not is_prepared:
        from tenshu.store.upgrading import keep_before_upgrade

        keep_before_upgrade(home)
    stores = open_stores(home, open_warehouse=_OPENERS[access])
    if not is_prepared:
        from tenshu.store.migrate import upgrade

        upgrade(stores.ledger, "ledger")
        upgrade(stores.inbox, "inbox")
        for key_id in (LINK_KEY, ADDRESS_KEY):
            _make_key(stores.ledger, key_id)
    return Shop(**vars(stores), clock=clock or _clock_of(stores.ledger))


def open_shop_of(home: Path, warehouse: Warehouse) -> Shop:
    """Open the shop of a warehouse that this process has open already; its stores are up to date."""
    ledger = open_ledger(home)
    return Shop(home, ledger, open_inbox(home), warehouse, _clock_of(ledger))


def reread(shop: Shop) -> Shop:
    """Return the shop with its settings as they are now."""
    return Shop(shop.home, shop.ledger, shop.inbox, shop.warehouse, shop.clock)


def save_settings(shop: Shop, settings: ShopSettings) -> Shop:
    """Save what the shop says about itself; return the shop with it."""
    with shop.ledger.writing() as tx:
        write_shop(tx, settings)
    return reread(shop)


def save_templates(shop: Shop, sources: "list[TemplateSource]") -> None:
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


def read_templates(shop: Shop) -> "dict[str, TemplateSource]":
    """Return the newest version of every template, by name."""
    from tenshu.content.template import TemplateSource

    with shop.ledger.reading() as tx:
        rows = tx.frame(select(templates).order_by(templates.c.template, templates.c.version))
    return {row["template"]: msgspec.json.decode(row["body"], type=TemplateSource) for row in rows.to_dicts()}


def start_journey(shop: Shop, journey: "Journey") -> int:
    """Start a scenario now; return its version."""
    from tenshu.journey import records
    from tenshu.journey.entry import due_entry

    now = shop.clock.now()
    due_at = due_entry(journey, started_at=now, after=None, zone=shop.settings.zone)
    with shop.ledger.writing() as tx:
        return records.start(tx, journey, now=now, due_at=due_at)


def make_dispatcher(shop: Shop, channel: "Channel", *, worker: str | None = None) -> "Dispatcher":
    """Make a dispatcher of this shop's outbox for the channel."""
    from tenshu.decide.policy import read_policy
    from tenshu.deliver.dispatch import Dispatcher
    from tenshu.deliver.render import Renderer

    renderer = Renderer(shop.settings, shop.signer, read_templates(shop))
    return Dispatcher(
        shop.ledger, shop.warehouse, channel=channel, renderer=renderer, policy=read_policy(shop.ledger), worker=worker
    )


def _ask(path: Path) -> Warehouse:
    return RemoteWarehouse(path.parent / SOCKET)


_OPENERS: Final[dict[Access, Callable[[Path], Warehouse]]] = {"any": own_or_ask, "own": Warehouse, "ask": _ask}


def rehearsed_until(ledger: Ledger) -> datetime | None:
    """Return the instant at which the clock of a rehearsed shop stands; None in a real one."""
    said = read_setting(ledger, REHEARSED_UNTIL)
    return None if said is None else datetime.fromisoformat(said)


def _clock_of(ledger: Ledger) -> Clock:
    """Return the wall clock; a rehearsed shop's stands still at its last simulated instant."""
    until = rehearsed_until(ledger)
    return SystemClock() if until is None else SetClock(until)


def _make_key(ledger: Ledger, key_id: str) -> None:
    row = pl.DataFrame({"key_id": [key_id], "secret": [secrets.token_bytes(32)]})
    with ledger.writing() as tx:
        tx.insert(keys, row, conflict="ignore")


def _key(ledger: Ledger, key_id: str) -> bytes:
    found = read_key(ledger, key_id)
    if found is None:
        raise LookupError(key_id)
    return found
