"""Which imports the person at the page may take back now."""

from sqlalchemy import select

from tenshu.collect.tables import batches
from tenshu.identify.batch import undoable
from tenshu.web.console.visit import Visit


def undoable_imports(visit: Visit) -> set[str]:
    """Return the imports that this person may take back now."""
    if not visit.can("owner"):
        return set()
    with visit.shop.ledger.reading() as tx:
        mine = select(batches.c.import_id).where(batches.c.batch.in_(undoable(tx, now=visit.now)))
        return set(tx.frame(mine)["import_id"].drop_nulls())
