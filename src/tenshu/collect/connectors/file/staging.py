"""Facts on their way into a staged file: chunk by chunk, then keys of their own for repeated lines."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tenshu.collect.connectors.file.columns.fields import PURCHASES
from tenshu.collect.connectors.file.layout.filled import filled_chunks
from tenshu.collect.connectors.file.layout.table import Table
from tenshu.collect.connectors.file.note import Note, note
from tenshu.collect.connectors.file.plans.plan import Plan
from tenshu.collect.connectors.file.plans.spread import shares, with_shares
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.collect.connectors.file.plans.years import with_years
from tenshu.collect.connectors.file.rows.purchases import read_lines
from tenshu.collect.connectors.file.rows.repeats import drop_repeats, find_repeats, number_lines
from tenshu.collect.connectors.file.rows.roster import OLD_MOBILE, read_people
from tenshu.collect.event import FACT_SCHEMA
from tenshu.collect.reject import RejectFile
from tenshu.kit.i18n import _
from tenshu.kit.money import minor_digits
from tenshu.kit.progress import Progress


class Staging:
    """Reads tables of one kind into one file of facts and one list of rejects.

    Args:
        scratch: where both are written.
        name: the file's name.
        progress: who is told how far it is.
        rejects: the list of rejects.
    """

    def __init__(self, scratch: Path, name: str, progress: Progress, rejects: RejectFile) -> None:
        self.scratch = scratch
        self.rejects = rejects
        self.events: Counter[str] = Counter()
        self.rows = 0
        self.accepted = 0
        self.old_mobile = 0
        self.nobody = 0
        self._name = name
        self._progress = progress
        self._places = 0
        self._writer: pq.ParquetWriter | None = None

    @property
    def facts_path(self) -> Path:
        """Where the facts of all tables end up."""
        return self.scratch / "facts.parquet"

    def read(self, table: Table, plan: Plan, terms: ShopTerms) -> None:
        """Read one table's rows into facts, chunk by chunk."""
        read = read_lines if plan.kind == PURCHASES else read_people
        said = _("Checking {name}: rows", name=self._name)
        done = 0
        for broken, cells in table.refused():
            self.rejects.write(broken, sheet=table.sheet, rows=cells, names=table.header.names)
        for chunk in completed(table, plan, terms):
            facts, refused = read(chunk, plan, terms)
            self.rejects.write(refused, sheet=table.sheet, rows=chunk, names=table.header.names)
            self._count(facts)
            self.accepted += chunk.height - refused["row"].n_unique()
            self._append(facts)
            done += chunk.height
            self._progress.step(said, done, table.rows)
        self.rows += table.rows

    def notes(self, kind: str) -> tuple[Note, ...]:
        """Return what is to be said of the rows."""
        said = []
        if self.old_mobile:
            said.append(note("old_mobile", count=f"{self.old_mobile:,}"))
        if self.nobody and kind == PURCHASES:
            said.append(note("nobody_rows", count=f"{self.nobody:,}"))
        return tuple(said)

    def _count(self, facts: pl.DataFrame) -> None:
        self.nobody += int((facts["identifiers"].list.len() == 0).sum())
        marked = facts["properties"].str.contains(f'"email_form":"{OLD_MOBILE}"', literal=True)
        self.old_mobile += int(marked.fill_null(value=False).sum())

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


def completed(table: Table, plan: Plan, terms: ShopTerms) -> Iterator[pl.DataFrame]:
    """Yield the table's rows, a bounded number at a time, with what was taken for granted written into their cells."""
    spread = plan.assumed.spread
    parts = shares(table, spread, minor_digits(terms.currency)) if spread else pl.DataFrame()
    for chunk in filled_chunks(table, plan.assumed.fills):
        frame = chunk
        for column, years in plan.assumed.years.items():
            frame = with_years(frame, column, years)
        yield with_shares(frame, spread, parts) if spread else frame
