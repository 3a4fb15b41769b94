"""The inbox: facts that were accepted and are not digested yet. Once a row is here, the fact is safe."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import Integer, Select, delete, func, select

from tenshu.collect.streams import from_streams, to_stream
from tenshu.collect.tables import requests
from tenshu.kit.failpoint import reach
from tenshu.store.ledger import INSTANT, Ledger

FACTS: Final = "facts"
STAGED: Final = "staged"
#: A batch takes no more requests once their bodies are as large as this, in bytes: about 80,000 facts.
MOST_BYTES: Final = 8_000_000


class Request(msgspec.Struct, frozen=True):
    """One row of the inbox, on its way in.

    Attributes:
        kind: `facts` or `staged`.
        body: a stream of facts (`streams.py`), or the path of a staged file.
        source: who told.
        received_at: business time.
    """

    kind: str
    body: bytes
    source: str
    received_at: datetime


def accept(inbox: Ledger, facts: pl.DataFrame, *, source: str, received_at: datetime) -> None:
    """Keep the facts durably, as one request; they are digested by the next tick.

    Args:
        inbox: the inbox's own store.
        facts: a frame of `FACT_SCHEMA`.
        source: who told, e.g. `web`.
        received_at: business time.
    """
    if len(facts):
        append(inbox, [pack(facts, source=source, received_at=received_at)])


def accept_staged(inbox: Ledger, path: str, *, source: str, received_at: datetime) -> None:
    """Keep a whole staged file as one request.

    Args:
        inbox: the inbox's own store.
        path: the Parquet file, relative to the home, in `FACT_SCHEMA`.
        source: the file's name.
        received_at: business time.
    """
    append(inbox, [Request(STAGED, path.encode(), source, received_at)])


def pack(facts: pl.DataFrame, *, source: str, received_at: datetime) -> Request:
    """Return the request that the facts are."""
    return Request(FACTS, to_stream(facts), source, received_at)


def append(inbox: Ledger, some: Sequence[Request]) -> None:
    """Keep the requests durably, all or none of them, in this order."""
    rows = pl.DataFrame(
        {
            "received_at": [one.received_at for one in some],
            "source": [one.source for one in some],
            "kind": [one.kind for one in some],
            "body": [one.body for one in some],
        },
        schema_overrides={"received_at": INSTANT},
    )
    with inbox.writing(shared=True) as tx:
        tx.insert(requests, rows)
        reach("inbox.accepting")


def last_seq(inbox: Ledger, *, after: int, limit: int, most_bytes: int = MOST_BYTES) -> int | None:
    """Return the last request of the next batch, or None when nothing waits that is safe to take.

    At most `limit` requests and about `most_bytes` bytes of them; a staged file alone. None is added below what
    is returned any more.
    """
    size = func.length(requests.c.body, type_=Integer).label("size")
    query: Select[Any] = select(requests.c.seq, requests.c.kind, size).where(requests.c.seq > after)
    with inbox.reading() as tx:
        seen = tx.value(select(func.max(requests.c.seq)).where(requests.c.seq > after))
    if seen is None or not inbox.outwait():
        return None
    with inbox.reading() as tx:
        waiting = tx.frame(query.where(requests.c.seq <= seen).order_by(requests.c.seq).limit(limit))
    if waiting.item(0, "kind") == STAGED:
        return int(waiting.item(0, "seq"))
    is_over = (pl.col("size").cum_sum().shift(1, fill_value=0) >= most_bytes) | (pl.col("kind") == STAGED)
    taken = waiting.filter(~is_over.cast(pl.Int8).cum_max().cast(pl.Boolean))
    return int(taken["seq"][-1])


def read_requests(inbox: Ledger, first: int, last: int) -> tuple[pl.DataFrame, list[str]]:
    """Return the facts of the requests, and the paths of staged files among them."""
    with inbox.reading() as tx:
        query = select(requests.c.kind, requests.c.body).where(requests.c.seq.between(first, last))
        rows = tx.frame(query.order_by(requests.c.seq))
    paths = [body.decode() for body in rows.filter(pl.col("kind") == STAGED)["body"]]
    return from_streams(rows.filter(pl.col("kind") == FACTS)["body"].to_list()), paths


def forget(inbox: Ledger, last: int, *, home: Path | None = None) -> None:
    """Drop requests that are digested, and their staged files when they lie below the home."""
    if home is not None:
        query = select(requests.c.body).where(requests.c.seq <= last, requests.c.kind == STAGED)
        with inbox.reading() as tx:
            staged = [Path(body.decode()) for body in tx.frame(query)["body"]]
        for path in staged:
            if not path.is_absolute() and ".." not in path.parts:
                (home / path).unlink(missing_ok=True)
        reach("inbox.unlinked")
    with inbox.writing() as tx:
        tx.execute(delete(requests).where(requests.c.seq <= last))
        reach("inbox.forgetting")


def waiting(inbox: Ledger) -> int:
    """Return how many requests wait to be digested."""
    with inbox.reading() as tx:
        return int(tx.value(select(func.count()).select_from(requests)))
