"""A batch: a numbered range of requests, and how far it has come, in the ledger.

open -> stored (in the warehouse, its consents in the ledger) -> digested (and what follows from it is done)
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import select, update

from tenshu.collect.ahead import ReadAhead
from tenshu.collect.inbox import forget, waiting
from tenshu.collect.tables import batches
from tenshu.kit.failpoint import reach
from tenshu.store.home import Stores
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.tables import to_micros

REQUESTS_A_BATCH: Final = 5_000
#: So long after it was digested an import can be undone; what it told is then everybody's, whoever told it again.
UNDOABLE_FOR: Final = timedelta(days=90)


class Batch(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A numbered range of requests.

    Attributes:
        number: batches are numbered from 1, and one is digested at a time.
        first_seq: the first request.
        last_seq: the last.
        state: `new` when it was written down a moment ago, else as the ledger says.
        facts: what this call stored (`STORED_SCHEMA`), in order of arrival; None when there may be more of it in
            the warehouse, or too much of it for the memory: then `read_batch` gives the same.
        home: where its staged files are.
    """

    number: int
    first_seq: int
    last_seq: int
    state: str
    facts: pl.DataFrame | None = None
    home: Path | None = None


def next_batch(stores: Stores, *, now: datetime, ahead: ReadAhead | None = None) -> Batch | None:
    """Return the batch that is open, else write down the next one; None when nothing waits."""
    reader = ahead or ahead_of(stores)
    with stores.ledger.reading() as tx:
        known = tx.frame(select(batches).order_by(batches.c.batch.desc()).limit(1))
    newest = Batch(number=0, first_seq=0, last_seq=0, state="digested", home=stores.home)
    if len(known):
        newest = Batch(
            **known.select("first_seq", "last_seq", "state", number="batch").row(0, named=True), home=stores.home
        )
    if newest.state != "digested":
        return newest
    last = reader.last_seq(newest.last_seq)
    if last is None:
        if newest.number and waiting(stores.inbox):
            clear(stores.inbox, newest)  # a crash may have left what is digested already
        return None
    batch = Batch(number=newest.number + 1, first_seq=newest.last_seq + 1, last_seq=last, state="new", home=stores.home)
    row = {"batch": batch.number, "first_seq": batch.first_seq, "last_seq": last, "state": "open", "now_at": now}
    with stores.ledger.writing() as tx:
        tx.insert(batches, pl.DataFrame([row]))
    reach("digest.opened")
    return batch


def ahead_of(stores: Stores) -> ReadAhead:
    """Return what reads the inbox batch by batch, and one ahead where it is asked to."""
    return ReadAhead(stores.inbox, limit=REQUESTS_A_BATCH, home=stores.home)


def finish(tx: Transaction, batch: Batch) -> None:
    """Say that everything that follows from the batch is done, in the transaction that did it."""
    set_state(tx, batch.number, "digested")
    reach("digest.finishing")


def clear(inbox: Ledger, batch: Batch, ahead: ReadAhead | None = None) -> None:
    """Drop the batch's requests and staged files: the warehouse has them.

    Args:
        inbox: where they are.
        batch: which.
        ahead: what reads the inbox: where it has the next batch in hand, it drops these while that one is stored.
    """
    reach("digest.clearing")
    if ahead is not None and ahead.has_more:
        ahead.put_off(batch.last_seq)
    else:
        forget(inbox, batch.last_seq, home=batch.home)


def set_state(tx: Transaction, number: int, state: str) -> None:
    """Move a batch on: open -> stored -> digested."""
    tx.execute(update(batches).where(batches.c.batch == number).values(state=state))


def name_import(tx: Transaction, number: int, import_id: str) -> None:
    """Write down which import the batch is, so that it can be undone."""
    tx.execute(update(batches).where(batches.c.batch == number).values(import_id=import_id))


def undoable(tx: Transaction, *, now: datetime) -> list[int]:
    """Return the batches that an undo can still take back: those of imports, not older than `UNDOABLE_FOR`."""
    young = batches.c.now_at >= to_micros(now - UNDOABLE_FOR)
    query = select(batches.c.batch).where(batches.c.import_id.is_not(None), batches.c.undone_at.is_(None), young)
    return tx.frame(query.order_by(batches.c.batch))["batch"].to_list()


def batches_of(tx: Transaction, import_id: str) -> list[int]:
    """Return the batches that the import is, undone ones left out; mostly one."""
    query = select(batches.c.batch).where(batches.c.import_id == import_id, batches.c.undone_at.is_(None))
    return tx.frame(query.order_by(batches.c.batch))["batch"].to_list()
