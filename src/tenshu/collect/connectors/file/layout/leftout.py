"""Find the rows that are no rows of the table: totals, headers that stand again, remarks below and between.

A printed list repeats its header on every page, sums up and explains itself. Such rows are neither people nor
purchases, and no faults: they are left out and told. A row is a total only when it says so and lacks what other rows
have, or says so where other rows have a number or a day; a product named 合計 with everything beside it stays.
"""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from tenshu.collect.connectors.file.columns.looks import look_at
from tenshu.collect.connectors.file.layout.header import Header
from tenshu.collect.connectors.file.note import Note, note, row_ranges
from tenshu.collect.reject import is_added

#: What says that a row sums up; 計 and total alone must come first in their row.
_TOTAL: Final = (
    r"(?i)^\W*(?:\S{0,12}\s?)?(?:合\s*計|小\s*計|総\s*計|累\s*計|(?:売上|仕入|店|部門|当月|今月|前月|本日|月|日|年|週|期)計)"
    r"(?:金額|額|数|件数|点数|人数)?\W*(?:税込み?|税抜き?|税別)?\W*(?:[\d,]+\s*(?:円|件|名|人|点|個|行))?\W*$"
)
_TOTAL_FIRST: Final = (
    r"(?i)^\W*(?:(?:\S{1,20}\s+)?計|(?:\S{1,20}[\s-]+){0,3}(?:(?:grand|sub)[\s-]?)?totals?|sum|average|平均|全体)"
    r"\W*(?:[\d,]+\s*(?:円|件|名|人|点|個|行))?\W*$"
)
_REMARK: Final = (
    r"(?i)^(?:[※＊*]\s*\S|(?:注|備考|出力|作成|印刷|更新|集計|担当|抽出)(?:日|者|時)?[\s\d:：)）].*|注意|以\s*上[。．]?$|"
    r"以下余白|\(注|（注|page\b|p\.\s*\d|\d+\s*/\s*\d+\s*(?:ページ|頁)?$|-\s*\d+\s*-$|\d+\s*(?:ページ|頁)|"
    r"[【■◆●○▼□◇★☆＜<\[].+|(?:(?:19|20)\d\d年|令和|平成).{0,30}$|(?:続く|つづく|次頁|前頁|次ページ).*)"
)
_NOTED: Final = r"^\s*[※＊]"
#: A column is usually filled when so much of its cells is, rows of totals aside.
_USUALLY: Final = 0.8
#: A word where numbers or days stand, in a row that lacks so much of what others have, heads or sums up others.
_MUCH: Final = 0.5
_WORD: Final = r"^[^\d]*[\p{L}]{2}[^\d]*$"
_JAPANESE: Final = r"[ぁ-ヺ一-鿿]"
_TYPED: Final = ("number", "date", "month_day", "email", "phone", "postal")
_TEXT_LENGTH: Final = 40
#: So many rows at the top of a page, the header among them, are looked for below.
_ROWS_AGAIN: Final = 6


class Usual:
    """What the rows of a table usually are like, judged by a sample.

    Args:
        columns: cells of each column.
        but: columns that are none of the table's own.
    """

    def __init__(self, columns: Sequence[Sequence[str | None]], *, but: Collection[int] = ()) -> None:
        rows = list(zip(*columns, strict=True))
        several = [row for row in rows if sum(bool(cell and cell.strip()) for cell in row) > 1]
        kept = [row for row in several if not _sums_up(row)] or rows
        filled = [sum(bool(row[number] and row[number].strip()) for row in kept) for number in range(len(columns))]
        self.filled = [
            number for number, count in enumerate(filled) if count >= _USUALLY * len(kept) > 0 and number not in but
        ]
        self.widest = max((sum(bool(cell and cell.strip()) for cell in row) for row in rows), default=0)
        looks = [look_at([row[number] for row in kept[:50]]) for number in range(len(columns))]
        own = [(number, look) for number, look in enumerate(looks) if number not in but]
        self.typed = [number for number, look in own if max(map(look.share, _TYPED)) >= _USUALLY]
        self.coded = [number for number, look in own if number not in self.typed and look.share("code") >= _USUALLY] + [
            number for number, look in own if number in self.typed and look.share("integer") >= _USUALLY
        ]


def says_total(cell: str) -> bool:
    """Say whether the cell says that its row sums up.

    >>> says_total("合　計"), says_total("4月度小計"), says_total("体重計"), says_total("【総合計】")
    (True, True, False, True)
    """
    return bool(_TOTAL_IN_WORDS.match(cell.strip()))


def _sums_up(row: Sequence[str | None]) -> bool:
    filled = [cell for cell in row if cell and cell.strip()]
    return any(map(says_total, filled)) or bool(filled and _TOTAL_FIRST_IN_WORDS.match(filled[0].strip()))


def is_remark(cell: str) -> bool:
    """Say whether a cell that stands alone in its row is a remark, a heading or the number of a page.

    >>> is_remark("※ 価格は税込です"), is_remark("1 / 3 ページ"), is_remark("佐藤 花子")
    (True, True, False)
    """
    return bool(_REMARK_IN_WORDS.match(cell.strip()))


_TOTAL_IN_WORDS: Final = re.compile(_TOTAL)
_TOTAL_FIRST_IN_WORDS: Final = re.compile(_TOTAL_FIRST)
_REMARK_IN_WORDS: Final = re.compile(_REMARK)


def find_left_out(path: Path, header: Header, usual: Usual) -> pl.DataFrame:
    """Return row, code (see `note.SENTENCES`) and text of each row below the header that is left out.

    Args:
        path: the table's cells (see `raw.RawWriter`).
        header: its header.
        usual: what its rows are usually like.
    """
    cells = pl.scan_parquet(path).filter(pl.col("row") > header.row)
    # What a list of refused rows adds to a row is none of its cells.
    added = {f"c{number}" for number, header_name in enumerate(header.names) if is_added(header_name)}
    names = [name for name in cells.collect_schema().names() if name != "row" and name not in added]
    trimmed = {name: pl.col(name).str.strip_chars() for name in names}
    again = pl.lit(value=False) if added else _header_again(header, trimmed)
    count = pl.sum_horizontal((trimmed[name] != "").cast(pl.UInt16) for name in names)
    lacks = pl.any_horizontal(pl.lit(value=False), *(trimmed[f"c{number}"] == "" for number in usual.filled))
    few = cells.filter(again | lacks | _typed_word(usual) | (count * 2 <= usual.widest)).with_columns(
        count.alias("count"), again.alias("again")
    )
    found = few.filter(pl.col("again") | _hints(names, usual)).collect(engine="streaming")
    return _judged(found, names, usual)


def _header_again(header: Header, trimmed: dict[str, pl.Expr]) -> pl.Expr:
    """Return whether the row is one of the rows of the header, or a title that stood above it."""
    same = [
        pl.all_horizontal(trimmed[f"c{number}"] == cell.strip() for number, cell in enumerate(row[: len(trimmed)]))
        for row in header.cells[-_ROWS_AGAIN:]
        if any(cell.strip() for cell in row)
    ]
    return pl.any_horizontal(pl.lit(value=False), *same)


def _typed_word(usual: Usual) -> pl.Expr:
    """Return whether a word stands where numbers or days do."""
    words = ["計", "otal", "OTAL"]
    return pl.any_horizontal(
        pl.lit(value=False), *(pl.col(f"c{number}").str.contains_any(words) for number in usual.typed)
    )


def _hints(names: Sequence[str], usual: Usual) -> pl.Expr:
    """Return whether the row may be left out at all: cheap, and true for more rows than are."""
    words = ["計", "otal", "OTAL", "sum", "Sum", "SUM", "平均", "verage", "全体"]
    return (pl.col("count") <= 1) | pl.any_horizontal(
        pl.lit(value=False),
        *(pl.col(name).str.contains_any(words) | pl.col(name).str.contains(_NOTED) for name in names),
        *(pl.col(f"c{number}").str.contains(_WORD) for number in (*usual.typed, *usual.coded)),
    )


def _judged(found: pl.DataFrame, names: Sequence[str], usual: Usual) -> pl.DataFrame:
    if found.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32, "code": pl.String, "text": pl.String})
    plain = [pl.col(name).str.strip_chars().str.normalize("NFKC").alias(name) for name in names]
    rows = found.with_columns(plain)
    blank_as_null = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in names]
    rows = rows.with_columns(
        pl.coalesce(blank_as_null).alias("first"),
        pl.any_horizontal(pl.lit(value=False), *(pl.col(f"c{number}") == "" for number in usual.filled)).alias("lacks"),
    )
    word = pl.coalesce(pl.when(pl.col(name).str.contains(_TOTAL)).then(pl.col(name)) for name in names)
    typed = pl.any_horizontal(
        pl.lit(value=False), *(pl.col(f"c{number}").str.contains(_TOTAL) for number in usual.typed)
    )
    lacks = pl.col("lacks") | (pl.col("count") * 2 <= usual.widest)
    is_total = (word.is_not_null() & (lacks | typed)) | (pl.col("first").str.contains(_TOTAL_FIRST) & lacks)
    is_alone = (pl.col("count") == 1) & (len(usual.filled) > 1)
    heads = _heads(usual)
    is_total = is_total | (heads & _has_number(names))
    is_remark = (
        (heads & (len(usual.filled) > 1))
        | (is_alone & pl.col("first").str.contains(_REMARK))
        | (pl.col("lacks") & pl.col("first").str.contains(_NOTED) & (pl.col("count") * 2 <= len(usual.filled) + 1))
    )
    code = (
        pl.when("again").then(pl.lit("header_again")).when(is_total).then(pl.lit("total"))
        .when(is_remark).then(pl.lit("remark")).when(pl.col("count") == 0).then(pl.lit("no_cells"))
    )  # fmt: skip
    text = pl.coalesce(word, "first").str.slice(0, _TEXT_LENGTH)
    return rows.select("row", code.alias("code"), text.alias("text")).filter(pl.col("code").is_not_null())


def _heads(usual: Usual) -> pl.Expr:
    """Return whether a row heads others or sums them up: a word where numbers stand, and most of the rest is blank."""
    blank = pl.sum_horizontal(pl.lit(0), *((pl.col(f"c{number}") == "").cast(pl.UInt16) for number in usual.filled))
    word = pl.any_horizontal(
        pl.lit(value=False), *(pl.col(f"c{number}").str.contains(_WORD) for number in (*usual.typed, *usual.coded))
    )
    # 男性 12名 where numbers of people stand is none of them.
    alone = (pl.col("count") == 1) & pl.any_horizontal(
        pl.lit(value=False), *(pl.col(f"c{number}").str.contains(_JAPANESE) for number in usual.coded)
    )
    return (word | alone) & (blank >= _MUCH * len(usual.filled))


def _has_number(names: Sequence[str]) -> pl.Expr:
    return pl.any_horizontal(
        pl.lit(value=False), *(pl.col(name).str.contains(r"^\D{0,2}\d[\d,.]*\D?$") for name in names)
    )


def notes_of(left_out: pl.DataFrame, header: Header) -> tuple[Note, ...]:
    """Return what is to be said about rows that are left out."""
    notes = []
    if header.row and header.above:
        notes.append(note("above", rows=row_ranges(list(range(1, header.row - header.rows + 1)))))
    for code in ("header_again", "total", "remark", "no_cells"):
        rows = left_out.filter(pl.col("code") == code)
        if rows.height:
            said = ", ".join(rows["text"].drop_nulls().unique(maintain_order=True).head(3).to_list())
            notes.append(note(code, rows=row_ranges(rows["row"].sort().head(1000).to_list()), text=said))
    return tuple(notes)
