"""Take back what an import told, step by step; cut anywhere, the next process goes on where this one ended.

Until the last step but one the warehouse stays as it was, and what is to be done is read from it: doing a step
twice changes nothing. Then the facts go in one transaction of the warehouse, and the ledger notes the import as undone.
"""

from collections.abc import Sequence
from datetime import datetime
from shutil import rmtree
from typing import Any, Final

import polars as pl
from sqlalchemy import func, select, update

from tenshu.collect.facts_out import drain, tell
from tenshu.collect.tables import batches, imports
from tenshu.collect.vocabulary import CONSENT_RECORDED, IMPORT_UNDONE
from tenshu.content.shop import ShopSettings
from tenshu.decide.tables import decisions
from tenshu.deliver.outbox import join_customers
from tenshu.flow.publishing import publish
from tenshu.identify.batch import batches_of
from tenshu.identify.digest import consents_of
from tenshu.identify.replaced import count_lost, holds_any, lost_ids, passed_on, take_out
from tenshu.identify.untold import drop_identifiers, drop_links, map_again, write_map
from tenshu.journey import records
from tenshu.journey.strangers import end_walks_of
from tenshu.kit.failpoint import reach
from tenshu.kit.i18n import _
from tenshu.kit.progress import NoProgress, Progress
from tenshu.know.cuts import Cuts
from tenshu.privacy import consent
from tenshu.privacy.suppression import SOURCE
from tenshu.store.home import Stores
from tenshu.store.ledger import ROWS_A_TRANSACTION, Transaction
from tenshu.store.tables import to_micros

#: Below the home: folders of snapshots of the live state begin so, and end with the zone.
SNAPSHOTS: Final = "live-"
_STEPS: Final = 5


def begin(stores: Stores, import_id: str, *, by: str, now: datetime) -> None:
    """Write down that this import is to be undone: from here on it will be, whoever dies meanwhile."""
    began = {"undo_began_at": to_micros(now), "undone_by": by, "undone_facts": None, "undone_people": None}
    mine = update(imports).where(imports.c.import_id == import_id, imports.c.undo_began_at.is_(None))
    with stores.ledger.writing() as tx:
        tx.execute(mine.values(began))
    reach("undo.begun")


def begun(stores: Stores) -> list[str]:
    """Return the imports whose undoing was begun and not ended, in order."""
    query = select(imports.c.import_id).where(imports.c.undo_began_at.is_not(None), imports.c.undone_at.is_(None))
    with stores.ledger.reading() as tx:
        return tx.frame(query.order_by(imports.c.import_id))["import_id"].to_list()


def untell(
    stores: Stores, import_id: str, shop: ShopSettings, *, now: datetime, progress: Progress | None = None
) -> Cuts:
    """Do everything that undoing an import which was begun takes; return the cut points of ranks without it.

    Args:
        stores: the home's stores; every batch is digested, and nobody else writes to the warehouse.
        import_id: which.
        shop: its settings.
        now: business time.
        progress: who is told how far it is.
    """
    shown = progress or NoProgress()
    drop_snapshots(stores)
    drain(stores.ledger, stores.warehouse)  # what the ledger told by a number that is about to change
    with stores.ledger.reading() as tx:
        gone = batches_of(tx, import_id)
        last = int(tx.value(select(func.max(batches.c.batch))) or 0)
        counted = tx.value(select(imports.c.undone_facts).where(imports.c.import_id == import_id)) is not None
    if not counted or holds_any(stores.warehouse, gone):
        shown.step(_("undoing: steps"), 1, _STEPS)
        _take_back_consents(stores, gone)
        shown.step(_("undoing: steps"), 2, _STEPS)
        drop_links(stores.ledger, gone)
        drop_identifiers(stores.ledger, stores.warehouse, gone)
        shown.step(_("undoing: steps"), 3, _STEPS)
        _settle_people(stores, import_id, gone, epoch=last, now=now)
    shown.step(_("undoing: steps"), 4, _STEPS)
    cuts = publish(stores, shop, now=now)
    with stores.ledger.writing() as tx:
        _note(tx, import_id, gone, now)
    reach("undo.told")
    shown.step(_("undoing: steps"), _STEPS, _STEPS)
    return cuts


def drop_snapshots(stores: Stores) -> None:
    """Remove snapshots of the live state: they hold what is about to go, or what this ledger never knew."""
    for folder in stores.home.glob(SNAPSHOTS + "*"):
        rmtree(folder, ignore_errors=True)


def _take_back_consents(stores: Stores, gone: Sequence[int]) -> None:
    lost = lost_ids(stores.warehouse, gone, event=CONSENT_RECORDED).to_frame("fact_id")
    for some in lost.iter_slices(ROWS_A_TRANSACTION):
        with stores.ledger.writing() as tx:
            consent.take_back(tx, some["fact_id"])
        reach("undo.refused")
    for some in consents_of(passed_on(stores.warehouse, gone, event=CONSENT_RECORDED)).iter_slices(ROWS_A_TRANSACTION):
        with stores.ledger.writing() as tx:
            consent.correct(tx, some)


def _settle_people(stores: Stores, import_id: str, gone: Sequence[int], *, epoch: int, now: datetime) -> None:
    """Bring the map of customers up to what is left, and everything that we keep by a customer's number with it."""
    before = stores.warehouse.frame("SELECT node::BIGINT AS node, customer::BIGINT AS customer FROM node_map")
    mapped = map_again(stores.ledger)
    owned = mapped.filter(~pl.col("is_shared")).select("node", "customer")
    former = before.join(owned, on="customer", how="anti").rename({"customer": "former"})
    renamed = former.join(owned, on="node").group_by("former").agg(pl.col("customer").min()).sort("former")
    strangers = former.join(renamed, on="former", how="anti")["former"].unique().sort()
    homeless = renamed.join(owned, left_on="former", right_on="node", how="anti")
    for some in renamed.iter_slices(ROWS_A_TRANSACTION):
        with stores.ledger.writing() as tx:
            _rename(tx, some, now)
    for some in homeless.iter_slices(ROWS_A_TRANSACTION):
        with stores.ledger.writing() as tx:
            consent.rename(tx, some, source=SOURCE)
    reach("undo.renamed")
    write_map(stores.ledger, mapped, epoch=epoch)
    end_walks_of(stores.ledger, strangers, now=now)
    counts = {"undone_facts": count_lost(stores.warehouse, gone), "undone_people": len(strangers)}
    with stores.ledger.writing() as tx:
        tx.execute(update(imports).where(imports.c.import_id == import_id).values(counts))
    reach("undo.ended")
    take_out(stores.warehouse, gone, owned, homeless)


def _rename(tx: Transaction, renamed: pl.DataFrame, now: datetime) -> None:
    """Let what was decided and promised follow customers who lose their number and stay known by another."""
    records.join_customers(tx, renamed, now=now)
    join_customers(tx, renamed)
    query = select(decisions.c.enrolment, decisions.c.visit, decisions.c.customer.label("former"))
    mine = tx.frame(query.where(tx.among(decisions.c.customer, renamed["former"])))
    tx.update(decisions, mine.join(renamed, on="former").drop("former"), keys=["enrolment", "visit"])


def _note(tx: Transaction, import_id: str, gone: Sequence[int], now: datetime) -> None:
    """Note the import as undone, and tell of it."""
    columns = [imports.c[name] for name in ("name", "kind", "undone_by", "undone_facts", "undone_people")]
    row: dict[str, Any] = tx.frame(select(*columns).where(imports.c.import_id == import_id)).row(0, named=True)
    said = {
        "import": import_id,
        "name": row["name"],
        "kind": row["kind"],
        "facts": row["undone_facts"],
        "people": row["undone_people"],
        "by": row["undone_by"] or "",
    }
    told = pl.DataFrame([said]).with_columns(customer=pl.lit(None, pl.Int64))
    tell(tx, IMPORT_UNDONE, told, list(said), at=now)
    tx.execute(update(batches).where(batches.c.batch.in_(gone)).values(undone_at=to_micros(now)))
    tx.execute(update(imports).where(imports.c.import_id == import_id).values(undone_at=to_micros(now)))
