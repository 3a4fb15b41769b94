"""The home that a suite works on: so many people, everybody's message decided and in the outbox."""

import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl
from sqlalchemy import select

from tenshu.bootstrap import Shop, open_shop
from tenshu.collect.facts_out import drain
from tenshu.decide.policy import Policy, write_policy
from tenshu.deliver.tables import breakers, outbox
from tenshu.kit.clock import SetClock
from tenshu.measure.account import Account, account, as_account
from tenshu.store.place import PostgresChoice, write_choice
from tenshu.store.warehouse import Warehouse
from tenshu.testing.postgres_server import PostgresServer
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, start, tick

NOW: Final = MONDAY + timedelta(minutes=1)


def make_home(home: Path, people: int, *, server: PostgresServer | None = None) -> None:
    """Make a shop in which everybody is to get a mail, and a tenth a service message beside it."""
    if server is not None:
        write_choice(home, PostgresChoice(url=server.url, schema_prefix=f"crash_{secrets.token_hex(4)}"))
    shop, clock = open_small_shop(home, people=people)
    with shop.ledger.writing() as tx:
        write_policy(tx, Policy(caps=()))
    add_template(shop)
    start(shop, "news")
    first = {"kind": "trait", "trait": "last_name", "cmp": "ends", "value": "0"}
    start(shop, "receipt", purpose="service", entry={"kind": "broadcast", "at": "2026-06-01T12:00", "condition": first})
    clock.set(NOW)
    tick(shop)
    shop.close()


def open_beside(home: Path, name: str, *, now: datetime = NOW) -> Shop:
    """Open the shop with a copy of its warehouse, so that several processes can dispatch from one ledger."""
    copy = home / f"warehouse-{name}.duckdb"
    if not copy.exists():
        shutil.copy(home / "warehouse.duckdb", copy)
    shop = open_shop(home, clock=SetClock(now), access="ask", is_prepared=True)
    return Shop(shop.home, shop.ledger, shop.inbox, Warehouse(copy), shop.clock)


def messages(home: Path) -> pl.DataFrame:
    """Return the outbox: `enrolment`, `visit`, `state`, `purpose`, `reason`."""
    shop = open_shop(home, clock=SetClock(NOW))
    with shop.ledger.reading() as tx:
        names = ("enrolment", "visit", "state", "purpose", "reason")
        found = tx.frame(select(*[outbox.c[name] for name in names]))
    shop.close()
    return found


def tripped(home: Path) -> list[str]:
    """Return the reasons of the breakers that tripped: none, unless there is a bug."""
    shop = open_shop(home, clock=SetClock(NOW))
    with shop.ledger.reading() as tx:
        found = tx.frame(select(breakers.c.reason))["reason"].to_list()
    shop.close()
    return found


def sums(home: Path) -> tuple[Account, dict[str, int]]:
    """Return the account of the whole shop, and how often each fact of the account was told."""
    shop = open_shop(home, clock=SetClock(NOW))
    drain(shop.ledger, shop.warehouse)
    found = as_account(account(shop.ledger))
    told = shop.warehouse.frame("SELECT event, count(*)::BIGINT AS n FROM facts GROUP BY event")
    shop.close()
    return found, dict(told.rows())
