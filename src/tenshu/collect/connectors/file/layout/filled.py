"""Give rows what stands above them for several rows: merged cells, blanks below an order's first line, 〃.

Merged cells are known of .xlsx and .xls. Elsewhere only the blanks are left of them, and blanks mean many things: they
are filled only where the number and the day of an order are blank together, again and again, beside lines that are not.
Numbers are never repeated; amounts that go for several rows are spread over them (see `spread`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
import polars as pl

from tenshu.collect.connectors.file.columns.fields import PURCHASES
from tenshu.collect.connectors.file.layout.table import Table
from tenshu.collect.connectors.file.note import Note, note

#: What people write for: the same as above.
DITTO: Final = ("〃", "〃 〃", "″", "々", "同上", "仝", "同　上", "同 上")
_NUMBERS: Final = ("quantity", "unit_price", "amount", "tax")
#: What tells of an order as a whole, the most telling first, and what of a line of it.
_ORDER: Final = ("order_no", "ordered_at", "ordered_time", "customer_no", "email", "phone", "full_name")
_NAMED: Final = ("product_id", "description")
#: So many rows, and this share of all, must be continued before blanks are taken for what stands above.
_LEAST_ROWS: Final = 2
_LEAST_SHARE: Final = 0.02


class Fills(msgspec.Struct, frozen=True):
    """Which columns take over what stands above.

    Attributes:
        merged: columns whose merged cells count for each of their rows.
        above: columns that are all filled from above in rows where all of them are blank.
        alone: columns that are filled from above wherever they are blank: the day, in a book of sales.
        ditto: columns in which a mark says: as above.
        line: columns that tell of a line; blanks are filled only in rows that have one of them.
    """

    merged: tuple[int, ...] = ()
    above: tuple[int, ...] = ()
    alone: tuple[int, ...] = ()
    ditto: tuple[int, ...] = ()
    line: tuple[int, ...] = ()

    @property
    def from_above(self) -> set[int]:
        """Return the columns that take over cells above, merged ones aside."""
        return {*self.above, *self.alone, *self.ditto}


def find_fills(table: Table, kind: str, columns: Mapping[str, Sequence[int]], *, guess: bool) -> Fills:
    """Return what is to be filled in the table.

    Args:
        table: the table.
        kind: customers or purchases.
        columns: which columns (from 0) mean a field.
        guess: whether blanks may be taken for what stands above.
    """
    meant = {number: field for field, numbers in columns.items() for number in numbers}
    tall = {merge.left for merge in table.merges if merge.bottom > merge.top and merge.bottom > table.header.row}
    spanned = sorted(tall & set(meant))
    above, alone = _continued(table, columns, but=spanned) if kind == PURCHASES and guess else ((), ())
    return Fills(
        merged=tuple(number for number in spanned if meant[number] not in _NUMBERS),
        above=above,
        alone=alone,
        ditto=_with_ditto(table, sorted(meant)),
        line=tuple(_line(columns)) if above or alone else (),
    )


def _line(columns: Mapping[str, Sequence[int]]) -> list[int]:
    """Return the columns that tell of a line: what was bought, or its numbers where nothing names it.

    A sum below has numbers and no product: it must not be given the order, the day and the customer above it.
    """
    named = [number for field in _NAMED for number in columns.get(field, ())]
    return named or [number for field in _NUMBERS for number in columns.get(field, ())]


def _continued(
    table: Table, columns: Mapping[str, Sequence[int]], *, but: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the columns that are filled where all are blank, and those that are filled wherever they are blank."""
    order = [number for field in _ORDER for number in columns.get(field, ()) if number not in but]
    line = _line(columns)
    lead = columns.get("order_no") or columns.get("ordered_at")
    if not line or lead is None or lead[0] in but:
        return (), ()
    is_line = ~pl.all_horizontal(_is_blank(number) for number in line)
    blank = pl.all_horizontal(_is_blank(number) for number in order)
    led = _is_blank(lead[0]) & is_line
    counts = (
        pl.scan_parquet(table.path)
        .filter(table.is_row())
        .select((blank & is_line).sum().alias("on"), led.sum().alias("led"), led.first().alias("first"), pl.len())
        .collect(engine="streaming")
    )
    continued, blanks, is_first, total = counts.row(0)
    least = max(_LEAST_ROWS, _LEAST_SHARE * total)
    if is_first or blanks < least:
        return (), ()
    if "order_no" in columns:
        is_clear = len(order) > 1 and continued >= least and blanks - continued <= 0.1 * continued
        return (tuple(order), ()) if is_clear else ((), ())
    # A book of sales tells the day once, whoever bought; where the customer is blank as well, it goes on.
    return (tuple(order) if continued and len(order) > 1 else ()), (lead[0],)


def _with_ditto(table: Table, columns: Sequence[int]) -> tuple[int, ...]:
    rows = pl.scan_parquet(table.path).filter(table.is_row())
    found = rows.select(_is_ditto(number).any().alias(f"c{number}") for number in columns).collect(engine="streaming")
    return tuple(number for number in columns if found.height and found[f"c{number}"][0])


def _is_blank(number: int) -> pl.Expr:
    return pl.col(f"c{number}").str.strip_chars() == ""


def _is_ditto(number: int) -> pl.Expr:
    return pl.col(f"c{number}").str.strip_chars().is_in(DITTO)


def notes_of(fills: Fills, names: Sequence[str]) -> tuple[Note, ...]:
    """Return what is taken for granted about cells that are filled from above."""

    def said(columns: Sequence[int]) -> str:
        return ", ".join(names[number] for number in columns)

    found = []
    if fills.merged:
        found.append(note("merged_filled", columns=said(fills.merged)))
    if fills.from_above:
        found.append(note("blank_means_above", columns=said(sorted(fills.from_above))))
    return tuple(found)


def filled_chunks(table: Table, fills: Fills) -> Iterator[pl.DataFrame]:
    """Yield the table's chunks with what stands above filled in; what the last chunk ended with goes on in the next."""
    spans = _spans(table, fills.merged)
    carried: dict[int, str | None] = {}
    for chunk in table.chunks():
        frame = chunk
        for number, regions in spans.items():
            frame = _merged(frame, number, regions)
        carry = fills.from_above
        if carry and frame.height:
            frame = _from_above(frame, fills, carried)
            carried = {number: frame[f"c{number}"][-1] for number in carry}
        yield frame


def _spans(table: Table, columns: Sequence[int]) -> dict[int, pl.DataFrame]:
    """Return first row, last row and value of the merged cells of each column."""
    found = {}
    for number in columns:
        tall = [
            (merge.top, merge.bottom) for merge in table.merges if merge.left == number and merge.bottom > merge.top
        ]
        regions = pl.DataFrame(tall, schema={"top": pl.UInt32, "bottom": pl.UInt32}, orient="row").sort("top")
        values = (
            pl.scan_parquet(table.path)
            .select(pl.col("row").alias("top"), pl.col(f"c{number}").alias("value"))
            .join(regions.lazy(), on="top", how="inner")
            .collect()
        )
        found[number] = values.sort("top")
    return found


def _merged(frame: pl.DataFrame, number: int, regions: pl.DataFrame) -> pl.DataFrame:
    name = f"c{number}"
    placed = frame.select("row", name).join_asof(regions, left_on="row", right_on="top", strategy="backward")
    below = (pl.col("row") > pl.col("top")) & (pl.col("row") <= pl.col("bottom")) & _is_blank(number)
    return frame.with_columns(placed.select(pl.when(below).then("value").otherwise(name).alias(name))[name])


def _from_above(frame: pl.DataFrame, fills: Fills, carried: Mapping[int, str | None]) -> pl.DataFrame:
    """Fill blanks and ditto marks of a chunk; `carried` is what the row before its first had."""
    is_line = pl.any_horizontal(pl.lit(value=not fills.line), *(~_is_blank(number) for number in fills.line))
    goes_on = pl.all_horizontal(
        pl.lit(value=bool(fills.above)), is_line, *(_is_blank(number) for number in fills.above)
    )
    changed = []
    for number in fills.from_above:
        name = f"c{number}"
        takes = goes_on if number in fills.above else pl.lit(value=False)
        takes = takes | (_is_blank(number) & is_line) if number in fills.alone else takes
        takes = takes | _is_ditto(number) if number in fills.ditto else takes
        # Where nothing is taken over, a blank stays one: only null is filled.
        known = pl.when(takes).then(None).otherwise(name).forward_fill().fill_null(pl.lit(carried.get(number) or ""))
        changed.append(known.alias(name))
    return frame.with_columns(changed)
