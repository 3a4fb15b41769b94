"""Who tells something again: what an import told first has to outlive its undoing when another told it too.

A link that only imports told knows all of them (`links_again`). As soon as something else tells it, which no undo can
take back, it belongs to that batch and nothing more has to be remembered; what is told every day costs no rows.
"""

from dataclasses import dataclass

import polars as pl
from sqlalchemy import select

from tenshu.identify.tables import links, links_again
from tenshu.store.ledger import Transaction

_ENDS = ["node_a", "node_b"]


@dataclass(frozen=True)
class Teller:
    """One batch that tells, and the batches of others that could be undone.

    Attributes:
        batch: its number.
        is_import: whether it can be undone itself.
        undoable: batches of imports that an undo can still take back.
    """

    batch: int
    is_import: bool = False
    undoable: frozenset[int] = frozenset()

    @property
    def others(self) -> list[int]:
        """The batches of imports but this one, in order."""
        return sorted(self.undoable - {self.batch})

    def split(self, tx: Transaction, both: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return those links that are not kept yet, and those that an import told before that may be undone."""
        if both.is_empty():
            return both, both
        # The later node has few links that early: a number is told before the addresses that it gives.
        query = select(links.c.node_a, links.c.node_b, links.c.batch)
        found = tx.frame(query.where(tx.among(links.c.node_b, both["node_b"])))
        again = found.filter(pl.col("batch").is_in(self.others)) if self.undoable else found.clear()
        kept = again.join(both, on=_ENDS, how="semi").select(_ENDS)
        return both.join(found, on=_ENDS, how="anti", maintain_order="left"), kept

    def remember(self, tx: Transaction, again: pl.DataFrame) -> None:
        """Note that this batch told these links too."""
        told = again.with_columns(batch=pl.lit(self.batch, pl.Int64))
        if self.is_import:
            tx.insert(links_again, told, conflict="ignore")
        else:
            tx.update(links, told, keys=_ENDS)
