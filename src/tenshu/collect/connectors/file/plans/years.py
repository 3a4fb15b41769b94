"""Find the year of days that are written without one: 3/15.

The title, the sheet or the file's name may say it; else other rows of the column, else the order of the rows and the
day the file came. Whatever is taken is told as an assumption.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
import polars as pl

from tenshu.collect.connectors.file.layout.table import Table
from tenshu.collect.connectors.file.note import Note, note
from tenshu.kit.dates import MONTH_DAY
from tenshu.kit.japanese import normalise

_YEAR: Final = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?!\d)\s*(年度)?|(令和|平成|[RH])\s*(元|\d{1,2})\s*(年度|年|[./])", re.I
)
_COMPACT: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:0[1-9]|1[0-2])(?:[0-3]\d)?(?!\d)")
_ERA_BEFORE: Final = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988}
#: A business year begins in April.
_FIRST_MONTH: Final = 4
#: A step back of more than this many days in rows that go forward is a new year.
_LEAP: Final = 150
_ORDERED: Final = 0.95
_FULL: Final = r"^((?:19|20)\d\d)\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})"
_FULL_PARTS: Final = ((1, "year"), (2, "month"), (3, "day"))


class Years(msgspec.Struct, frozen=True):
    """Which year the days of a column without one are in.

    Attributes:
        starts: (row, year): from that row on the year; nothing when each day has its own.
        fiscal: whether January to March belong to the year after.
        latest: for days that have their own year: none is later than this.
    """

    starts: list[tuple[int, int]] = []
    fiscal: bool = False
    latest: date | None = None


def find_years(
    table: Table, column: int, *, place: Sequence[str], received: date, told: str = ""
) -> tuple[Years, Note] | None:
    """Return the years of a column of days and the assumption made, or None where the days have theirs.

    Args:
        table: the table.
        column: the column of days.
        place: texts that may name a year, the nearest first: titles above the header, sheet, file.
        received: the day the file came.
        told: the year that its owner named.
    """
    days = _days(table, column)
    if days.is_empty():
        return None
    if told.isdecimal():
        return Years([(0, int(told))]), note("year_told", year=told)
    named = _by_name(days, place)
    if named:
        return named
    beside = _by_neighbours(table, column, days)
    if beside:
        return beside, note("year_beside", column=table.header.names[column])
    ordered = _by_order(days, received)
    if ordered:
        return ordered, note("year_order", year=ordered.starts[-1][1])
    return Years(latest=received), note("year_recent")


def _by_name(days: pl.DataFrame, place: Sequence[str]) -> tuple[Years, Note] | None:
    """Return the years that the nearest text names, and the next one for the days after the turn of the year."""
    for text in place:
        found = _year_in(text)
        if found is None:
            continue
        year, is_fiscal = found
        turn = None if is_fiscal else _new_year(days)
        if turn is not None:
            return Years([(0, year), (turn, year + 1)]), note("year_order", year=year + 1)
        return Years([(0, year)], is_fiscal), note("year_found", year=year, source=text)
    return None


def _days(table: Table, column: int) -> pl.DataFrame:
    """Return row, month and day of the cells that name no year."""
    name = f"c{column}"
    texts = pl.scan_parquet(table.path).filter(table.is_row()).select("row", name)
    plain = pl.col(name).str.strip_chars().str.normalize("NFKC")
    parts = plain.str.extract_groups(MONTH_DAY)
    return (
        texts.filter(plain.str.contains(MONTH_DAY))
        .select(
            "row",
            parts.struct.field("1").cast(pl.Int32).alias("month"),
            parts.struct.field("2").cast(pl.Int32).alias("day"),
        )
        .filter(pl.col("month").is_between(1, 12) & pl.col("day").is_between(1, 31))
        .collect(engine="streaming")
    )


def _year_in(text: str) -> tuple[int, bool] | None:
    """Return the year that a title names, and whether it is a business year.

    >>> _year_in("2024年4月 売上"), _year_in("令和6年度"), _year_in("売上_202404"), _year_in("売上")
    ((2024, False), (2024, True), (2024, False), None)
    """
    plain = normalise(text)
    found = _YEAR.search(plain)
    if found is None:
        compact = _COMPACT.search(plain)
        return (int(compact.group(1)), False) if compact else None
    year, is_fiscal, era, number, ending = found.groups()
    if year:
        return int(year), bool(is_fiscal)
    return _ERA_BEFORE[era.casefold()] + (1 if number == "元" else int(number)), ending == "年度"


def _by_neighbours(table: Table, column: int, days: pl.DataFrame) -> Years | None:
    """Return the years of days that stand below days with a year: the same one, or the next when the days go back."""
    name = f"c{column}"
    rows = pl.scan_parquet(table.path).filter(table.is_row())
    parts = pl.col(name).str.strip_chars().str.normalize("NFKC").str.extract_groups(_FULL)
    full = (
        rows.select("row", *(parts.struct.field(str(part)).cast(pl.Int32).alias(field) for part, field in _FULL_PARTS))
        .filter(pl.col("year").is_not_null())
        .collect(engine="streaming")
    )
    if full.is_empty():
        return None
    together = pl.concat([full, days.with_columns(pl.lit(None, pl.Int32).alias("year"))], how="diagonal").sort("row")
    step = (pl.col("month") * 31 + pl.col("day")).diff()
    turns = ((step < -_LEAP) & pl.col("year").is_null()).fill_null(value=False).cast(pl.Int32).cum_sum()
    known = together.with_columns(turns.alias("turns"))
    base = (pl.col("year") - pl.col("turns")).forward_fill().backward_fill()
    years = known.select("row", (base + pl.col("turns")).alias("year"))
    changed = years.filter((pl.col("year") != pl.col("year").shift(1)).fill_null(value=True))
    return Years([(0, changed["year"][0]), *changed.select("row", "year").rows()[1:]])


def _new_year(days: pl.DataFrame) -> int | None:
    """Return the row with which a new year begins in rows that go forward over it once: 12/30, 12/31, 1/2."""
    at = days.select("row", (pl.col("month") * 31 + pl.col("day")).alias("at"))
    steps = at.with_columns(pl.col("at").diff().alias("step"))
    turns = steps.filter(pl.col("step") < -_LEAP)["row"]
    falls = steps.filter((pl.col("step") < 0) & (pl.col("step") >= -_LEAP))
    if len(turns) != 1 or falls.height:
        return None
    before, after = at.filter(pl.col("row") < turns[0])["at"], at.filter(pl.col("row") >= turns[0])["at"]
    # A second shop's whole year below the first's is no new year.
    return int(turns[0]) if int(str(after.max())) < int(str(before.min())) else None


def _by_order(days: pl.DataFrame, received: date) -> Years | None:
    """Return the years of days that go forward or back row by row, the latest not after the day the file came."""
    numbers = days.select("row", (pl.col("month") * 31 + pl.col("day")).alias("at")).with_columns(
        pl.col("at").diff().alias("step")
    )
    steps = numbers["step"].drop_nulls()
    if steps.is_empty():
        return None
    forward = int(((steps >= 0) | (steps < -_LEAP)).sum()) / len(steps)
    back = int(((steps <= 0) | (steps > _LEAP)).sum()) / len(steps)
    if max(forward, back) < _ORDERED:
        return None
    goes_forward = forward >= back
    turns = numbers.filter(pl.col("step") < -_LEAP if goes_forward else pl.col("step") > _LEAP)["row"].to_list()
    last = numbers["at"][-1] if goes_forward else numbers["at"][0]
    latest = received.year if last <= received.month * 31 + received.day else received.year - 1
    first = latest - len(turns) if goes_forward else latest
    step = 1 if goes_forward else -1
    return Years([(0, first), *((row, first + step * (count + 1)) for count, row in enumerate(turns))])


def with_years(frame: pl.DataFrame, column: int, years: Years) -> pl.DataFrame:
    """Return the chunk with a year before each day of the column that has none."""
    name = f"c{column}"
    plain = pl.col(name).str.strip_chars().str.normalize("NFKC")
    parts = plain.str.extract_groups(MONTH_DAY)
    month, day = (parts.struct.field(part).cast(pl.Int32, strict=False) for part in ("1", "2"))
    if years.starts:
        starts = pl.DataFrame(years.starts, schema={"from": pl.UInt32, "year": pl.Int32}, orient="row")
        frame = frame.join_asof(starts, left_on="row", right_on="from", strategy="backward").drop("from")
        year = pl.col("year") + (month < _FIRST_MONTH).cast(pl.Int32) if years.fiscal else pl.col("year")
    else:
        latest = years.latest or date.max
        frame = frame.with_columns(pl.lit(latest.year).alias("year"))
        year = pl.col("year") - (month * 31 + day > latest.month * 31 + latest.day).cast(pl.Int32)
    rest = parts.struct.field("3").fill_null("")
    written = pl.concat_str(year.cast(pl.String), pl.lit("/"), month, pl.lit("/"), day, rest)
    return frame.with_columns(pl.when(plain.str.contains(MONTH_DAY)).then(written).otherwise(name).alias(name)).drop(
        "year"
    )
