"""Keep the cells of a table as text in a Parquet file while it is being read, so that memory stays bounded."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
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
    """

    def __init__(self, path: Path, width: int) -> None:
        self.rows = 0
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
        arrays = [pa.array(self._numbers, pa.uint32()), *(pa.array(column, pa.large_string()) for column in columns)]
        self._writer.write_table(pa.table(arrays, schema=self._schema))
        self.rows += len(self._cells)
        self._numbers, self._cells = [], []
