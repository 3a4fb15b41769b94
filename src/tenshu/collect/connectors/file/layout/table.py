"""One table of a file: its cells as text on disk, where its header stands, and which of its rows are no rows."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
import pyarrow.parquet as pq

from tenshu.collect.connectors.file.cells.delimited import Record, find_delimiter, read_records
from tenshu.collect.connectors.file.cells.encoding import find_encoding
from tenshu.collect.connectors.file.cells.guard import Container, parts_of
from tenshu.collect.connectors.file.cells.raw import MOST_COLUMNS, ROWS_A_CHUNK, RawWriter
from tenshu.collect.connectors.file.cells.workbook import Merge, RawSheet, read_workbook
from tenshu.collect.connectors.file.errors import EmptyFile, TooManyColumns
from tenshu.collect.connectors.file.layout.header import Header, find_header, header_of
from tenshu.collect.connectors.file.layout.leftout import Usual, find_left_out, is_remark, notes_of, says_total
from tenshu.collect.connectors.file.layout.split import repeats, split_sheet
from tenshu.collect.connectors.file.note import Note, note
from tenshu.collect.reject import REJECT_SCHEMA, Reason, is_added, plain_cells
from tenshu.kit.i18n import _
from tenshu.kit.progress import Progress

#: So many rows are looked at to guess what a table is.
SAMPLE_ROWS: Final = 400
#: So many of the added headers make a list of refused rows.
_ADDED_AT_LEAST: Final = 4
_WITHOUT_CELLS: Final = (Reason.UNCLOSED_QUOTE, Reason.TOO_LONG)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table whose cells lie as text in a Parquet file.

    Attributes:
        sheet: the sheet's name; empty for text files.
        path: the Parquet file (see `raw.RawWriter`).
        header: its header.
        rows: rows below the header that are not blank, refused ones included, left out ones not.
        broken: Parquet file of the rows that a text file's rules broke on (REJECT_SCHEMA); None without any.
        blank: columns without a name and, as far as looked at, without a value.
        left_out: numbers of the rows that are no rows (see `leftout`).
        merges: merged cells of the sheet.
        notes: what was left out.
    """

    sheet: str
    path: Path
    header: Header
    rows: int
    broken: Path | None = None
    blank: frozenset[int] = frozenset()
    left_out: tuple[int, ...] = ()
    merges: tuple[Merge, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_corrected(self) -> bool:
        """Whether the table is a list of refused rows that somebody mended."""
        return sum(map(is_added, self.header.names)) >= _ADDED_AT_LEAST

    def is_row(self) -> pl.Expr:
        """Return the expression that is true for rows of the table."""
        below = pl.col("row") > self.header.row
        if not self.left_out:
            return below
        return below & ~pl.col("row").is_in(pl.Series("row", self.left_out, dtype=pl.UInt32).implode())

    def chunks(self) -> Iterator[pl.DataFrame]:
        """Yield the rows below the header, a bounded number at a time."""
        is_row = self.is_row()
        with pq.ParquetFile(self.path) as stored:
            for batch in stored.iter_batches(batch_size=ROWS_A_CHUNK):
                frame = pl.DataFrame(pl.from_arrow(batch)).filter(is_row)
                yield plain_cells(frame) if self.is_corrected else frame

    def refused(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Yield the broken rows (REJECT_SCHEMA) and what cells they have, a bounded number at a time."""
        if self.broken is None:
            return
        with pq.ParquetFile(self.broken) as stored:
            for batch in stored.iter_batches(batch_size=ROWS_A_CHUNK):
                frame = pl.DataFrame(pl.from_arrow(batch))
                cells = [
                    pl.col("cells").list.get(number, null_on_oob=True).alias(f"c{number}")
                    for number in range(len(self.header.names))
                ]
                rejects = frame.select(pl.col(name).cast(kind) for name, kind in REJECT_SCHEMA.items())
                yield rejects, frame.select("row", *cells)

    def first_rows(self, count: int) -> list[tuple[str | None, ...]]:
        """Return the cells of the first rows."""
        return next(self.chunks(), pl.DataFrame()).drop("row", strict=False).head(count).rows()

    def sample(self) -> list[list[str | None]]:
        """Return some cells of each column."""
        first = next(self.chunks(), pl.DataFrame()).head(SAMPLE_ROWS)
        return [first[name].to_list() for name in first.columns[1:]]


class Opened(msgspec.Struct, frozen=True):
    """The tables of a file and what is to be said of it as a whole."""

    tables: list[Table]
    notes: tuple[Note, ...] = ()


def open_file(path: Path, container: Container, *, scratch: Path, progress: Progress) -> Opened:
    """Return the tables of the file, with their cells written into the scratch folder."""
    if container is Container.TEXT:
        table, notes = _text_table(path, scratch, progress)
        apart = _beside_each_other(table, scratch)
        split = [note("several_tables", sheet=path.name, count=len(apart))] if len(apart) > 1 else []
        return Opened([_tidied(each) for each in apart], (*notes, *split))
    progress.step(_("Opening {name}", name=path.name), 0)
    book = read_workbook(path, scratch)
    is_named = container is Container.PARQUET
    parts = [(sheet, [sheet] if is_named else split_sheet(sheet, scratch)) for sheet in book.sheets]
    several = [note("several_tables", sheet=sheet.name, count=len(part)) for sheet, part in parts if len(part) > 1]
    found = [_sheet_table(sheet, scratch, is_named=is_named) for _whole, part in parts for sheet in part]
    tables = [_tidied(table) for table in found if table is not None]
    # A workbook of headers alone is a table without rows; beside filled sheets they are notes.
    kept = [table for table in tables if table.rows] or tables
    hidden = [note("hidden_sheet", sheet=name) for name in book.hidden]
    charts = [note("chart_sheet", sheet=name) for name in book.charts]
    return Opened(kept, (*hidden, *charts, *several, *_beside(parts_of(path))))


def _beside_each_other(table: Table, scratch: Path) -> list[Table]:
    """Return the tables that stand side by side in a text file; what is broken belongs to the first."""
    if table.header.rows != 1 or not table.header.row or not repeats(table.header.cells[-1]):
        return [table]
    stored = pl.read_parquet(table.path)
    first = {f"c{number}": [cell] for number, cell in enumerate(table.header.cells[-1])}
    header = pl.DataFrame({"row": [table.header.row], **first}, schema=stored.schema)
    whole = RawSheet("", "beside.parquet", stored.height + 1, stored.width - 1)
    pl.concat([header, stored]).write_parquet(scratch / whole.file)
    found = [_sheet_table(part, scratch, is_named=False) for part in split_sheet(whole, scratch)]
    parts = [part for part in found if part is not None]
    if len(parts) < 2:
        return [table]
    broken = pq.ParquetFile(table.broken).metadata.num_rows if table.broken else 0
    one = msgspec.structs.replace(parts[0], broken=table.broken, rows=parts[0].rows + broken)
    return [one, *parts[1:]]


def _beside(parts: list[str]) -> list[Note]:
    """Return what else a workbook holds and is not read."""
    signs = (
        ("comments", ("xl/comments", "xl/threadedcomments")),
        ("macros", ("xl/vbaproject.bin", "basic/")),
        ("links", ("xl/externallinks/",)),
    )
    return [note(code) for code, starts in signs if any(part.startswith(starts) for part in parts)]


def _sheet_table(sheet: RawSheet, scratch: Path, *, is_named: bool) -> Table | None:
    path = scratch / sheet.file
    with pq.ParquetFile(path) as stored:
        count = stored.metadata.num_rows
        first = next(stored.iter_batches(batch_size=SAMPLE_ROWS), None)
    if first is None:
        return None
    rows = [(row, [cell or "" for cell in cells]) for row, *cells in pl.DataFrame(pl.from_arrow(first)).rows()]
    header = header_of(rows[0][1]) if is_named else find_header(rows, sheet.merges)
    above = sum(row <= header.row for row, _cells in rows)
    return Table(sheet=sheet.name, path=path, header=header, rows=count - above, merges=tuple(sheet.merges))


def _tidied(table: Table) -> Table:
    """Return the table without the rows that are no rows of it."""
    cells = table.sample()
    named = [any(names) for names in zip(*table.header.cells[-table.header.rows :], strict=True)]
    blank = {number for number, column in enumerate(cells) if not any(column) and named and not named[number]}
    added = {number for number, name in enumerate(table.header.names) if is_added(name)}
    left_out = find_left_out(table.path, table.header, Usual(cells, but=added)) if cells else None
    if left_out is None:
        return table
    return msgspec.structs.replace(
        table,
        rows=table.rows - left_out.height,
        blank=frozenset(blank | added),
        left_out=tuple(left_out["row"].sort().to_list()),
        notes=(*notes_of(left_out, table.header), *([note("corrected")] if table.is_corrected else [])),
    )


def _text_table(path: Path, scratch: Path, progress: Progress) -> tuple[Table, tuple[Note, ...]]:
    encoding = find_encoding(path)
    delimiter = find_delimiter(path, encoding)
    sample = [
        (record.row, record.cells)
        for record in islice(read_records(path, encoding=encoding, delimiter=delimiter), SAMPLE_ROWS)
        if record.fault is None
    ]
    if not sample:
        raise EmptyFile(name=path.name)
    widest = max(len(cells) for _row, cells in sample)
    if widest > MOST_COLUMNS:
        raise TooManyColumns(name=path.name, given=f"{widest:,}", allowed=f"{MOST_COLUMNS:,}")
    header = find_header(sample)
    width = len(header.names)
    said = _("Reading {name}: rows", name=path.name)
    target = scratch / "rows.parquet"
    with RawWriter(target, width, is_text=True) as writer, _Broken(scratch / "broken.parquet", delimiter) as broken:
        for record in read_records(path, encoding=encoding, delimiter=delimiter, width=width):
            if record.row <= header.row:
                continue
            if record.fault is None or _is_aside(record):
                writer.add(record.row, record.cells)
            else:
                broken.add(record)
            if record.row % 50_000 == 0:
                progress.step(said, record.row)
    table = Table(sheet="", path=target, header=header, rows=writer.rows + broken.rows, broken=broken.found)
    return table, (note("encoding", encoding=encoding.upper()),)


def _is_aside(record: Record) -> bool:
    """Say whether a row with too few cells is a remark or a total, which need no more."""
    cells = [cell for cell in record.cells if cell.strip()]
    return record.fault is Reason.TOO_FEW_COLUMNS and (
        any(map(says_total, cells)) or (len(cells) == 1 and is_remark(cells[0]))
    )


class _Broken:
    """Keeps rows without cells on disk, so that a file of nothing else stays bounded, too."""

    def __init__(self, path: Path, delimiter: str) -> None:
        self.rows = 0
        self._path = path
        self._delimiter = delimiter
        self._kept: list[tuple[int, str, str, str, list[str]]] = []
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "_Broken":
        return self

    def __exit__(self, *_error: object) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()

    @property
    def found(self) -> Path | None:
        """The file, if anything was broken."""
        return self._path if self.rows else None

    def add(self, record: Record) -> None:
        line = self._delimiter.join(record.cells)[:1000]
        # A line whose quotation mark never closes has no cells that one could tell apart.
        cells = [] if record.fault in _WITHOUT_CELLS else record.cells
        self._kept.append((record.row, "", line, str(record.fault), cells))
        self.rows += 1
        if len(self._kept) >= ROWS_A_CHUNK:
            self._flush()

    def _flush(self) -> None:
        if not self._kept:
            return
        frame = pl.DataFrame(self._kept, schema={**REJECT_SCHEMA, "cells": pl.List(pl.String)}, orient="row")
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        self._writer = self._writer or pq.ParquetWriter(self._path, table.schema, compression="lz4")
        self._writer.write_table(table)
        self._kept = []
