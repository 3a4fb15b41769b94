"""Read a file into facts, beside the stores: nothing is changed until the staged file is imported.

Four passes, each in bounded memory: cells as text -> what the table is -> facts and rejects, chunk by chunk -> keys of
repeated lines. The result is one Parquet file of facts and one CSV file of rejects.
"""

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tenshu.collect.connectors.file.errors import EmptyFile, NotRecognised
from tenshu.collect.connectors.file.fields import PURCHASES
from tenshu.collect.connectors.file.guard import inspect
from tenshu.collect.connectors.file.plan import Mapping, Plan, ShopTerms, plan_table
from tenshu.collect.connectors.file.purchases import read_lines
from tenshu.collect.connectors.file.repeats import drop_repeats, find_repeats, number_lines
from tenshu.collect.connectors.file.roster import read_people
from tenshu.collect.connectors.file.table import Table, tables_of
from tenshu.collect.event import FACT_SCHEMA
from tenshu.collect.reject import RejectFile
from tenshu.kit.clock import require_aware
from tenshu.kit.i18n import _
from tenshu.kit.progress import NoProgress, Progress

#: Changes with the meaning of what is staged, so that a file read by older rules is imported anew.
_RULES: Final = "2"


class StagedImport(msgspec.Struct, frozen=True, kw_only=True):
    """A file as facts, ready to be imported.

    Attributes:
        import_id: digest of the file's bytes, its kind and its mapping.
        name: the file's name.
        kind: customers or purchases.
        mapping: field -> the headers it was read from.
        confidence: how sure the guess was (0..1), field by field, the whole under "".
        sheets: the sheets that were read; others held no table of this kind.
        facts_path: Parquet file of facts (collect.event.FACT_SCHEMA).
        rejects_path: CSV file of refused rows.
        received_at: when the file came.
        rows: rows below the header that are not blank.
        accepted: rows that went in; rows = accepted + sum of rejects.
        rejects: refused rows by the reason of their first fault.
        repeats: rows that equal an earlier one: order lines count all the same, people are told once.
        facts: how many facts.
        events: facts by event.
    """

    import_id: str
    name: str
    kind: str
    mapping: dict[str, list[str]]
    confidence: dict[str, float]
    sheets: list[str]
    facts_path: Path
    rejects_path: Path
    received_at: datetime
    rows: int
    accepted: int
    rejects: dict[str, int]
    repeats: int
    facts: int
    events: dict[str, int]


def stage_file(
    path: Path,
    *,
    shop_zone: str,
    currency: str,
    received_at: datetime,
    folder: Path,
    kind: str | None = None,
    mapping: Mapping | None = None,
    progress: Progress | None = None,
) -> StagedImport:
    """Read the file and write its facts and rejects into the folder.

    Args:
        path: an .xlsx, .xls, .ods, CSV or TSV file.
        shop_zone: the zone of times that name none.
        currency: ISO 4217 code of the amounts.
        received_at: when the file came, aware.
        folder: where the staged files go; it is made when it is not there.
        kind: customers or purchases; None guesses it.
        mapping: what else is known about the file; the rest is guessed.
        progress: who is told how far it is.

    Raises:
        FileRefused: the file cannot be read, or is not understood.
    """
    terms = ShopTerms(shop_zone, currency, require_aware(received_at))
    known = mapping or Mapping()
    known = msgspec.structs.replace(known, kind=kind) if kind else known
    told = progress or NoProgress()
    container = inspect(path)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="reading-") as scratch_name, ExitStack() as stack:
        scratch = Path(scratch_name)
        rejects = stack.enter_context(RejectFile(scratch / "rejects.csv", path.name))
        tables = tables_of(path, container, scratch=scratch, rejects=rejects, progress=told)
        plans = _plans(tables, known, name=path.name, currency=terms.currency)
        import_id = _import_id(path, plans, terms)
        staging = _Staging(scratch, path.name, told, rejects)
        for table, plan in plans:
            staging.read(table, plan, terms)
        stack.close()
        repeats = staging.finish(plans[0][1].kind)
        return _moved(
            staging,
            plans,
            path=path,
            folder=folder,
            import_id=import_id,
            received_at=terms.received_at,
            repeats=repeats,
        )


def _plans(tables: list[Table], mapping: Mapping, *, name: str, currency: str) -> list[tuple[Table, Plan]]:
    """Return the tables to read: the surest one, and those of the same kind with the same columns."""
    if mapping.sheet is not None:
        tables = [table for table in tables if table.sheet == mapping.sheet]
    if not tables:
        raise EmptyFile(name=name)
    plans, refusal = [], None
    for table in tables:
        try:
            plans.append((table, plan_table(table, mapping, name=name, currency=currency)))
        except NotRecognised as error:
            refusal = refusal or error
    if not plans:
        raise refusal or EmptyFile(name=name)
    _best_table, best = max(plans, key=lambda each: (each[1].confidence[""], each[0].rows))
    return [(table, plan) for table, plan in plans if plan.kind == best.kind and set(plan.columns) == set(best.columns)]


def _import_id(path: Path, plans: list[tuple[Table, Plan]], terms: ShopTerms) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    reading = [[table.sheet, plan.kind, sorted(plan.columns.items()), plan.date_order] for table, plan in plans]
    digest.update(msgspec.json.encode([_RULES, reading, terms.zone, terms.currency]))
    return digest.hexdigest()


class _Staging:
    """Facts on their way into the staged file."""

    def __init__(self, scratch: Path, name: str, progress: Progress, rejects: RejectFile) -> None:
        self.scratch = scratch
        self.rejects = rejects
        self.events: Counter[str] = Counter()
        self.rows = 0
        self.accepted = 0
        self._name = name
        self._progress = progress
        self._places = 0
        self._writer: pq.ParquetWriter | None = None

    @property
    def facts_path(self) -> Path:
        return self.scratch / "facts.parquet"

    def read(self, table: Table, plan: Plan, terms: ShopTerms) -> None:
        """Read one table's rows into facts, chunk by chunk."""
        read = read_lines if plan.kind == PURCHASES else read_people
        said = _("Checking {name}: rows", name=self._name)
        done = 0
        for chunk in table.chunks():
            facts, refused = read(chunk, plan, terms)
            self.rejects.write(refused, sheet=table.sheet)
            self.accepted += chunk.height - refused["row"].n_unique()
            self._append(facts)
            done += chunk.height
            self._progress.step(said, done, table.rows)
        self.rows += table.rows

    def finish(self, kind: str) -> int:
        """Give repeated lines keys of their own, or leave repeated people out; return how many rows repeat."""
        if self._writer is None:
            pl.DataFrame(schema=FACT_SCHEMA).write_parquet(self.facts_path)
            return 0
        self._writer.close()
        first = self.scratch / "first.parquet"
        repeats = find_repeats(first)
        settle = number_lines if kind == PURCHASES else drop_repeats
        writer: pq.ParquetWriter | None = None
        for facts in self._chunks(first):
            settled = settle(facts, repeats).select(*FACT_SCHEMA)
            self.events.update(settled["event"].to_list())
            table = settled.to_arrow(compat_level=pl.CompatLevel.oldest())
            writer = writer or pq.ParquetWriter(self.facts_path, table.schema, compression="zstd")
            writer.write_table(table)
        if writer is not None:
            writer.close()
        return repeats.height

    def _append(self, facts: pl.DataFrame) -> None:
        places = pl.int_range(self._places, self._places + facts.height, dtype=pl.UInt32)
        self._places += facts.height
        table = (
            facts.with_columns(places.alias("place"))
            .select("place", *FACT_SCHEMA)
            .to_arrow(compat_level=pl.CompatLevel.oldest())
        )
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.scratch / "first.parquet", table.schema, compression="lz4")
        self._writer.write_table(table)

    def _chunks(self, path: Path) -> Iterator[pl.DataFrame]:
        with pq.ParquetFile(path) as stored:
            for group in range(stored.num_row_groups):
                table: pa.Table = stored.read_row_group(group)
                yield pl.DataFrame(pl.from_arrow(table))


def _moved(
    staging: _Staging,
    plans: list[tuple[Table, Plan]],
    *,
    path: Path,
    folder: Path,
    import_id: str,
    received_at: datetime,
    repeats: int,
) -> StagedImport:
    """Move what was written to its lasting names and say what it is."""
    facts_path, rejects_path = folder / f"{import_id}.parquet", folder / f"{import_id}.rejects.csv"
    os.replace(staging.facts_path, facts_path)
    os.replace(staging.scratch / "rejects.csv", rejects_path)
    plan = plans[0][1]
    return StagedImport(
        import_id=import_id,
        name=path.name,
        kind=plan.kind,
        mapping=plan.headers(),
        confidence=plan.confidence,
        sheets=[table.sheet for table, _plan in plans],
        facts_path=facts_path,
        rejects_path=rejects_path,
        received_at=received_at,
        rows=staging.rows,
        accepted=staging.accepted,
        rejects=dict(sorted(staging.rejects.rows.items())),
        repeats=repeats,
        facts=staging.events.total(),
        events=dict(sorted(staging.events.items())),
    )
