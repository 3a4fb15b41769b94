"""Keep the cells of a table as text in a Parquet file while it is being read, so that memory stays bounded."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROWS_A_CHUNK: Final = 25_000
#: Wide tables are kept in smaller pieces.
CELLS_A_CHUNK: Final = 1_000_000
MOST_COLUMNS: Final = 1_000


class RawWriter:
    """Writes rows of text cells: column `row` (from 1) and one column a cell, named c0, c1, ...

    Args:
        path: the Parquet file.
        width: how many cells a row has; shorter rows are filled up.
        is_text: whether the cells come from a text file, in which marks keep spreadsheets from changing them.
    """

    def __init__(self, path: Path, width: int, *, is_text: bool = False) -> None:
        self.rows = 0
        self._is_text = is_text
        self._width = width
        self._most = max(min(ROWS_A_CHUNK, CELLS_A_CHUNK // max(width, 1)), 1)
        names = [("row", pa.uint32()), *((f"c{number}", pa.large_string()) for number in range(width))]
        self._schema = pa.schema(names)
        self._writer = pq.ParquetWriter(path, self._schema, compression="lz4")
        self._numbers: list[int] = []
        self._cells: list[Sequence[str]] = []

    def __enter__(self) -> Self:
        """Return the open writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left and close the file."""
        self._flush()
        self._writer.close()

    def add(self, row: int, cells: Sequence[str]) -> None:
        """Append one row of at most `width` cells."""
        self._numbers.append(row)
        self._cells.append(cells if len(cells) == self._width else [*cells, *[""] * (self._width - len(cells))])
        if len(self._cells) >= self._most:
            self._flush()

    def _flush(self) -> None:
        if not self._cells:
            return
        columns = zip(*self._cells, strict=True)
        texts = [pa.array(column, pa.large_string()) for column in columns]
        texts = [bare_cells(column) for column in texts] if self._is_text else texts
        arrays = [pa.array(self._numbers, pa.uint32()), *texts]
        self._writer.write_table(pa.table(arrays, schema=self._schema))
        self.rows += len(self._cells)
        self._numbers, self._cells = [], []


def bare_cells(column: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return the cells without what keeps a spreadsheet from taking a code for a number: ="0001" and '0001 mean 0001.

    >>> bare_cells(pa.array(['="0001"', "'090", "'tis", "5"], pa.large_string())).to_pylist()
    ['0001', '090', "'tis", '5']
    """
    marked = pc.or_(pc.starts_with(column, '="'), pc.starts_with(column, "'"))
    if not pc.any(marked).as_py():
        return column
    plain = pc.replace_substring_regex(column, r'^="(.*)"$', r"\1")
    return pc.replace_substring_regex(plain, r"^'([+0-9][0-9() +-]*)$", r"\1")
