"""Show which processes work for a shop: each says so in the ledger, at instants of the database's own clock."""

import os
import socket
from datetime import datetime, timedelta
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import delete, select

from tenshu.serve.tables import processes
from tenshu.store.ledger import Ledger
from tenshu.store.tables import from_micros

#: A process that has not been seen for so long has died, or cannot reach the ledger.
DEAD_AFTER: Final = timedelta(seconds=20)


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """One process that worked for the shop.

    Attributes:
        name: which part, such as `owner` or `web-2`.
        pid: its number on its machine.
        host: the machine.
        started_at: since when.
        seen_at: when it last said so.
        said: what it is doing, for people.
        is_alive: whether it was seen a moment ago.
    """

    name: str
    pid: int
    host: str
    started_at: datetime
    seen_at: datetime
    said: str
    is_alive: bool


def beat(ledger: Ledger, name: str, *, said: str = "") -> None:
    """Say that this process lives; the first time also since when."""
    host, pid = socket.gethostname(), os.getpid()
    with ledger.writing() as tx:
        now = from_micros(tx.value(select(tx.dialect.lease_clock())))
        key = f"{name}@{host}"
        since = tx.value(select(processes.c.started_at).where(processes.c.name == key, processes.c.pid == pid))
        started_at = now if since is None else from_micros(since)
        row = {"name": key, "pid": pid, "host": host, "started_at": started_at, "seen_at": now, "said": said}
        tx.insert(processes, pl.DataFrame([row]), conflict="replace")


def forget(ledger: Ledger, name: str) -> None:
    """Take this process off the list: it has ended as it should."""
    with ledger.writing() as tx:
        key = f"{name}@{socket.gethostname()}"
        tx.execute(delete(processes).where(processes.c.name == key, processes.c.pid == os.getpid()))


def read_processes(ledger: Ledger) -> list[Process]:
    """Return every process that is on the list, by name."""
    with ledger.reading() as tx:
        rows = tx.frame(select(processes).order_by(processes.c.name))
        now = from_micros(tx.value(select(tx.dialect.lease_clock())))
    return [
        Process(**row | {"name": row["name"].partition("@")[0]}, is_alive=now - row["seen_at"] < DEAD_AFTER)
        for row in rows.to_dicts()
    ]
