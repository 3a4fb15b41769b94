"""One table of a file: its cells as text on disk, and where its header stands."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
import pyarrow.parquet as pq

from tenshu.collect.connectors.file.delimited import Record, find_delimiter, read_records
from tenshu.collect.connectors.file.encoding import find_encoding
from tenshu.collect.connectors.file.errors import EmptyFile, TooManyColumns
from tenshu.collect.connectors.file.guard import Container
from tenshu.collect.connectors.file.header import Header, find_header
from tenshu.collect.connectors.file.raw import MOST_COLUMNS, ROWS_A_CHUNK, RawWriter
from tenshu.collect.connectors.file.workbook import read_workbook
from tenshu.collect.reject import REJECT_SCHEMA, RejectFile
from tenshu.kit.i18n import _
from tenshu.kit.progress import Progress

#: So many rows are looked at to guess what a table is.
SAMPLE_ROWS: Final = 400


class Table(msgspec.Struct, frozen=True):
    """A table whose cells lie as text in a Parquet file.

    Attributes:
        sheet: the sheet's name; empty for text files.
        path: the Parquet file (see `raw.RawWriter`).
        header: its header.
        rows: rows below the header that are not blank, refused ones included.
    """

    sheet: str
    path: Path
    header: Header
    rows: int

    def chunks(self) -> Iterator[pl.DataFrame]:
        """Yield the rows below the header, a bounded number at a time."""
        with pq.ParquetFile(self.path) as stored:
            for batch in stored.iter_batches(batch_size=ROWS_A_CHUNK):
                frame = pl.DataFrame(pl.from_arrow(batch))
                yield frame.filter(pl.col("row") > self.header.row)

    def sample(self) -> list[list[str | None]]:
        """Return some cells of each column."""
        first = next(self.chunks(), pl.DataFrame()).head(SAMPLE_ROWS)
        return [first[name].to_list() for name in first.columns[1:]]


def tables_of(
    path: Path, container: Container, *, scratch: Path, rejects: RejectFile, progress: Progress
) -> list[Table]:
    """Return the tables of the file, with their cells written into the scratch folder."""
    if container is Container.WORKBOOK:
        progress.step(_("Opening {name}", name=path.name), 0)
        sheets = read_workbook(path, scratch)
        tables = [table for sheet in sheets if (table := _sheet_table(sheet.name, scratch / sheet.file))]
        # A workbook of headers alone is a table without rows; beside filled sheets they are notes.
        return [table for table in tables if table.rows] or tables
    return [_text_table(path, scratch / "rows.parquet", rejects, progress)]


def _sheet_table(name: str, path: Path) -> Table | None:
    with pq.ParquetFile(path) as stored:
        count = stored.metadata.num_rows
        first = next(stored.iter_batches(batch_size=SAMPLE_ROWS), None)
    if first is None:
        return None
    rows = pl.DataFrame(pl.from_arrow(first)).rows()
    header = find_header([(row, [cell or "" for cell in cells]) for row, *cells in rows])
    above = sum(row <= header.row for row, *_cells in rows)
    return Table(name, path, header, count - above)


def _text_table(path: Path, target: Path, rejects: RejectFile, progress: Progress) -> Table:
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
    broken: list[tuple[int, str, str, str]] = []
    refused = 0
    said = _("Reading {name}: rows", name=path.name)
    with RawWriter(target, width) as writer:
        for record in read_records(path, encoding=encoding, delimiter=delimiter, width=width):
            if record.row <= header.row:
                continue
            if record.fault is None:
                writer.add(record.row, record.cells)
            else:
                broken.append(_reject(record, delimiter))
            if len(broken) >= ROWS_A_CHUNK:
                refused += _write(rejects, broken)
            if record.row % 50_000 == 0:
                progress.step(said, record.row)
    refused += _write(rejects, broken)
    return Table("", target, header, writer.rows + refused)


def _reject(record: Record, delimiter: str) -> tuple[int, str, str, str]:
    return record.row, "", delimiter.join(record.cells)[:1000], str(record.fault)


def _write(rejects: RejectFile, broken: list[tuple[int, str, str, str]]) -> int:
    count = len(broken)
    rejects.write(pl.DataFrame(broken, schema=REJECT_SCHEMA, orient="row"))
    broken.clear()
    return count
