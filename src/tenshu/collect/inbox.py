"""The inbox: facts that were accepted and are not digested yet. Once a row is here, the fact is safe."""

import io
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import Select, delete, func, select

from tenshu.collect.event import FACT_SCHEMA
from tenshu.collect.tables import requests
from tenshu.store.ledger import INSTANT, Ledger

FACTS: Final = "facts"
STAGED: Final = "staged"


def accept(inbox: Ledger, facts: pl.DataFrame, *, source: str, received_at: datetime) -> None:
    """Keep the facts durably, as one request; they are digested by the next tick.

    Args:
        inbox: the inbox's own store.
        facts: a frame of `FACT_SCHEMA`.
        source: who told, e.g. `web`.
        received_at: business time.
    """
    if facts.is_empty():
        return
    packed = io.BytesIO()
    facts.select(list(FACT_SCHEMA)).write_ipc_stream(packed)
    _append(inbox, kind=FACTS, body=packed.getvalue(), source=source, received_at=received_at)


def accept_staged(inbox: Ledger, path: str, *, source: str, received_at: datetime) -> None:
    """Keep a whole staged file as one request.

    Args:
        inbox: the inbox's own store.
        path: the Parquet file, relative to the home, in `FACT_SCHEMA`.
        source: the file's name.
        received_at: business time.
    """
    _append(inbox, kind=STAGED, body=path.encode(), source=source, received_at=received_at)


def _append(inbox: Ledger, *, kind: str, body: bytes, source: str, received_at: datetime) -> None:
    row = pl.DataFrame(
        {"received_at": [received_at], "source": [source], "kind": [kind], "body": [body]},
        schema_overrides={"received_at": INSTANT},
    )
    with inbox.writing() as tx:
        tx.insert(requests, row)


def last_seq(inbox: Ledger, *, after: int, limit: int) -> int | None:
    """Return the last request of the next batch: at most `limit` requests, a staged file alone; None when empty."""
    with inbox.reading() as tx:
        query: Select[Any] = select(requests.c.seq, requests.c.kind).where(requests.c.seq > after)
        waiting = tx.frame(query.order_by(requests.c.seq).limit(limit))
    if waiting.is_empty():
        return None
    staged = waiting.with_row_index("place").filter(pl.col("kind") == STAGED)
    if staged.is_empty():
        return int(waiting["seq"][-1])
    first = int(staged["place"][0])
    return int(waiting["seq"][first - 1 if first else 0])


def read_requests(inbox: Ledger, first: int, last: int) -> tuple[pl.DataFrame, list[str]]:
    """Return the facts of the requests, and the paths of staged files among them."""
    with inbox.reading() as tx:
        query = select(requests.c.kind, requests.c.body).where(requests.c.seq.between(first, last))
        rows = tx.frame(query.order_by(requests.c.seq))
    frames = [pl.DataFrame(schema=FACT_SCHEMA)]
    frames += [pl.read_ipc_stream(io.BytesIO(body)) for body in rows.filter(pl.col("kind") == FACTS)["body"]]
    paths = [body.decode() for body in rows.filter(pl.col("kind") == STAGED)["body"]]
    return pl.concat(frames), paths


def forget(inbox: Ledger, last: int) -> None:
    """Drop requests that are digested."""
    with inbox.writing() as tx:
        tx.execute(delete(requests).where(requests.c.seq <= last))


def waiting(inbox: Ledger) -> int:
    """Return how many requests wait to be digested."""
    with inbox.reading() as tx:
        return int(tx.value(select(func.count()).select_from(requests)))
