"""Take a sheet apart that holds several tables: side by side (A店 | B店), or one below the other with another header.

Read as one, the right half of the people would be left out, and the lower table's cells would be taken for the upper
one's: days for customer numbers.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
import pyarrow.parquet as pq

from tenshu.collect.connectors.file.cells.workbook import Merge, RawSheet
from tenshu.collect.connectors.file.columns.about import is_somebody_else
from tenshu.collect.connectors.file.columns.fields import header_key
from tenshu.collect.connectors.file.layout.header import find_header, known_words

#: So many rows tell how a sheet is built, and so many lower headers are looked for.
_SAMPLE: Final = 400
_MOST_TABLES: Final = 40
#: Side by side stand tables that share so many of their headers.
_ALIKE: Final = 0.6
#: A lower header holds so many known words, which are so much of it.
_WORDS: Final = 3
_SHARE: Final = 0.6

Rows = list[tuple[int, list[str]]]


def split_sheet(sheet: RawSheet, folder: Path) -> list[RawSheet]:
    """Return the tables of a sheet as sheets of their own, named after it; the sheet itself where it is one table."""
    lower = [part for first in _one_below_another(sheet, folder) for part in _side_by_side(first, folder)]
    if len(lower) == 1:
        return [sheet]
    named = [f"{sheet.name} ({number})".strip() if number > 1 else sheet.name for number in range(1, len(lower) + 1)]
    return [msgspec.structs.replace(part, name=name) for part, name in zip(lower, named, strict=True)]


def repeats(cells: Sequence[str]) -> bool:
    """Say whether the headers of a row repeat at one distance, as those of tables that stand side by side do.

    >>> repeats(["氏名", "電話", "", "氏名", "電話"]), repeats(["氏名", "住所", "住所"])
    (True, False)
    """
    return bool(_starts([header_key(cell) for cell in cells]))


def _first_rows(path: Path) -> Rows:
    with pq.ParquetFile(path) as stored:
        first = next(stored.iter_batches(batch_size=_SAMPLE), None)
    if first is None:
        return []
    return [(row, [cell or "" for cell in cells]) for row, *cells in pl.DataFrame(pl.from_arrow(first)).rows()]


def _one_below_another(sheet: RawSheet, folder: Path) -> list[RawSheet]:
    path = folder / sheet.file
    names = [pl.col(f"c{number}") for number in range(sheet.width)]
    filled = pl.sum_horizontal((name.str.strip_chars() != "").cast(pl.UInt16) for name in names)
    worded = pl.all_horizontal(~name.str.contains(r"[\d@＠○×]") for name in names)
    candidates = pl.scan_parquet(path).filter(worded & (filled >= _WORDS)).collect(engine="streaming").head(10_000)
    starts: list[int] = []
    above: set[str] = set()
    last = 0
    for row, *cells in candidates.rows():
        if not _is_header(cells):
            continue
        keys = {header_key(cell) for cell in cells if cell.strip()}
        # Two rows that follow each other are one header; the same header again is the next page.
        if row > last + 1 and len(keys - above) * 2 >= len(keys):
            starts.append(row)
            above = set()
        above |= keys
        last = row
    if len(starts) < 2:
        return [sheet]
    starts = starts[:_MOST_TABLES]
    parts = []
    for number, (begin, end) in enumerate(pairwise([0, *starts[1:], 1 << 30])):
        kept = pl.scan_parquet(path).filter(pl.col("row").is_between(begin, end - 1)).collect(engine="streaming")
        merges = [merge for merge in sheet.merges if begin <= merge.top < end]
        parts.append(_kept(sheet, kept, folder, f"{number}", merges))
    return parts


def _is_header(cells: Sequence[str]) -> bool:
    told = [cell for cell in cells if cell.strip()]
    words = known_words(told)
    return words >= _WORDS and words >= _SHARE * len(told)


def _side_by_side(sheet: RawSheet, folder: Path) -> list[RawSheet]:
    path = folder / sheet.file
    rows = _first_rows(path)
    header = find_header(rows, sheet.merges) if rows else None
    if header is None or header.rows != 1 or not header.row:
        return [sheet]
    cells = header.cells[-1]
    starts = _starts([header_key(cell) for cell in cells])
    if not starts or any(is_somebody_else(header_key(cell)) for row in header.cells for cell in row):
        return [sheet]
    ends = [*starts[1:], sheet.width]
    below = [row for number, row in rows if number > header.row]
    if not _are_apart(list(zip(starts, ends, strict=True)), cells, below):
        return [sheet]
    stored = pl.read_parquet(path)
    parts = []
    for number, (begin, end) in enumerate(zip(starts, ends, strict=True)):
        names = {f"c{column}": f"c{column - begin}" for column in range(begin, end)}
        part = stored.select("row", *(pl.col(old).alias(new) for old, new in names.items()))
        kept = part.filter(pl.any_horizontal(pl.col(new).str.strip_chars() != "" for new in names.values()))
        merges = [
            Merge(merge.top, merge.bottom, merge.left - begin, min(merge.right, end - 1) - begin)
            for merge in sheet.merges
            if begin <= merge.left < end
        ]
        parts.append(_kept(sheet, kept, folder, f"beside{number}", merges))
    return parts


def _starts(keys: Sequence[str]) -> list[int]:
    """Return where the tables begin whose headers repeat at one distance; nothing where none do."""
    places: dict[str, list[int]] = {}
    for column, key in enumerate(keys):
        if key:
            places.setdefault(key, []).append(column)
    again = {key: found for key, found in places.items() if len(found) > 1}
    if len(again) < 2 or len(again) < _ALIKE * len(places):
        return []
    distances = {second - first for found in again.values() for first, second in pairwise(found)}
    if len(distances) != 1:
        return []
    first = min(column for column, key in enumerate(keys) if key)
    step = distances.pop()
    begins = list(range(first, len(keys), step))
    return [begin for begin in begins if sum(bool(key) for key in keys[begin : begin + step]) > 1]


def _are_apart(blocks: Sequence[tuple[int, int]], cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Say whether blank columns stand between the tables, or one of them goes on where another has ended."""
    between = [end - 1 for _begin, end in blocks[:-1]]
    if all(not cells[column].strip() and not any(row[column].strip() for row in rows) for column in between):
        return True
    filled = [[any(cell.strip() for cell in row[begin:end]) for begin, end in blocks] for row in rows]
    return any(any(row) and not all(row) for row in filled)


def _kept(sheet: RawSheet, frame: pl.DataFrame, folder: Path, name: str, merges: list[Merge]) -> RawSheet:
    file = f"{Path(sheet.file).stem}-{name}.parquet"
    frame.write_parquet(folder / file)
    return RawSheet(sheet.name, file, frame.height, frame.width - 1, merges)
