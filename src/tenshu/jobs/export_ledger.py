"""What an export holds of the ledger, read piece by piece within one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
from pyarrow.parquet import ParquetWriter
from sqlalchemy import Column, Select, func, select, tuple_

from tenshu.collect.tables import imports
from tenshu.decide.tables import decisions
from tenshu.deliver.tables import outbox
from tenshu.identify.tables import identifiers, node_map
from tenshu.journey.tables import enrolments
from tenshu.privacy.tables import consents, suppressions
from tenshu.store.ledger import Transaction

#: Rows that are in memory at a time.
CHUNK: Final = 50_000
#: Digests of addresses and who holds a lease are the machine's own business.
_HIDDEN: Final = frozenset({"address_digest", "worker", "lease_at"})


@dataclass(frozen=True)
class LedgerTable:
    """A query, and the columns (unique together, among those of the query) by which it is read in pieces."""

    query: Select[Any]
    keys: tuple[Column[Any], ...]


LEDGER_TABLES: Final[Mapping[str, LedgerTable]] = {
    "identifiers": LedgerTable(
        select(node_map.c.customer, identifiers.c.node, identifiers.c.kind, identifiers.c.value).select_from(
            identifiers.outerjoin(node_map, node_map.c.node == identifiers.c.node)
        ),
        (identifiers.c.node,),
    ),
    "consents": LedgerTable(
        select(node_map.c.customer, *consents.c).select_from(
            consents.outerjoin(node_map, node_map.c.node == consents.c.node)
        ),
        (consents.c.fact_id,),
    ),
    "enrolments": LedgerTable(select(*enrolments.c), (enrolments.c.enrolment,)),
    "decisions": LedgerTable(select(*decisions.c), (decisions.c.enrolment, decisions.c.visit)),
    "outbox": LedgerTable(
        select(*(column for column in outbox.c if column.name not in _HIDDEN)), (outbox.c.enrolment, outbox.c.visit)
    ),
    "imports": LedgerTable(
        select(*(imports.c[name] for name in ("import_id", "name", "kind", "summary", "imported_at", "undone_at"))),
        (imports.c.import_id,),
    ),
    "suppressions": LedgerTable(
        select(
            suppressions.c.channel,
            suppressions.c.purpose,
            suppressions.c.reason,
            func.count().label("addresses"),
        ).group_by(suppressions.c.channel, suppressions.c.purpose, suppressions.c.reason),
        (suppressions.c.channel, suppressions.c.purpose, suppressions.c.reason),
    ),
}


def write_ledger_table(tx: Transaction, table: LedgerTable, path: Path) -> None:
    """Write a table of the ledger to a Parquet file."""
    ordered = table.query.order_by(*table.keys).limit(CHUNK)
    rows = _plain(tx.frame(ordered))
    with ParquetWriter(path, rows.to_arrow().schema) as out:
        while True:
            out.write_table(rows.to_arrow())
            if len(rows) < CHUNK:
                return
            last = rows.row(-1, named=True)
            after = tuple_(*table.keys) > tuple_(*(last[key.name] for key in table.keys))
            rows = _plain(tx.frame(ordered.where(after)))


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col(pl.Datetime("us", "UTC")).dt.replace_time_zone(None))
