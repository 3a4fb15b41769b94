"""Find the header: above it may stand a title, a date or nothing; it may be two rows high, or not there at all."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from tenshu.collect.connectors.file.cells.workbook import Merge
from tenshu.collect.connectors.file.columns.fields import FIELDS, word_score
from tenshu.kit.dates import parse_date
from tenshu.kit.i18n import _
from tenshu.kit.japanese import normalise, normalise_email, parse_decimal

#: The header is looked for in so many rows.
ROWS_LOOKED_AT: Final = 20
#: A longer cell is a notice or a value, no name of a column.
_LONGEST_WORD: Final = 20


class Header(msgspec.Struct, frozen=True):
    """The names of the columns and where they stand.

    Attributes:
        row: its row number from 1, the lower one of two; 0 when the table has no header.
        names: one a column; where a cell is blank, the column's number.
        rows: how many rows it has, 1 or 2.
        lower: of two rows the names in the lower one, one a column; nothing for one row.
        cells: the cells of its rows and of the rows above it, as they stand there.
    """

    row: int
    names: list[str]
    rows: int = 1
    lower: list[str] = []
    cells: list[list[str]] = []

    @property
    def above(self) -> list[str]:
        """Return the texts above the header: titles, days, notices."""
        texts = self.cells[: -self.rows] if self.row else self.cells
        return [cell.strip() for row in texts for cell in row if cell.strip()]


def find_header(sample: Sequence[tuple[int, Sequence[str]]], merges: Sequence[Merge] = ()) -> Header:
    """Return the header of a table from its first rows (row number, cells).

    The row with the most known header words is the header, together with the row above or below it where one of
    them names groups of columns and the other their parts. Where no row knows two words, the first full row is
    the header if it holds words only and the rows below do not; a row alone needs one known word.

    >>> find_header([(1, ["名簿", ""]), (2, ["氏名", "電話番号"]), (3, ["佐藤", "03-1234-5678"])]).row
    2
    """
    width = _usual_width(sample)
    rows = [(row, _cut(cells, width)) for row, cells in sample[:ROWS_LOOKED_AT]]
    known = max(range(len(rows)), key=lambda place: (known_words(rows[place][1]), -place), default=None)
    if known is not None:
        for upper in (known, known - 1):
            pair = rows[upper : upper + 2] if upper >= 0 else []
            stand_together = len(pair) == 2 and pair[1][0] == pair[0][0] + 1
            if stand_together and (parts := parts_of_groups(pair[0], pair[1], merges)):
                return _header(rows, upper + 1, parts, lower=pair[1][1])
        if known_words(rows[known][1]) >= 2:
            return _header(rows, known, rows[known][1])
    for index, (_row, cells) in enumerate(rows):
        if sum(bool(cell.strip()) for cell in cells) < max(width * 0.6, 1):
            continue
        below = [cells for _row, cells in rows[index + 1 :]]
        tells = not all(map(is_wordy, below)) if below else known_words(cells) > 0
        if is_wordy(cells) and tells:
            return _header(rows, index, cells)
        break
    return Header(0, _names([""] * width))


def header_of(names: Sequence[str]) -> Header:
    """Return the header that the first row is without a doubt."""
    return Header(1, _names(names), cells=[list(names)])


def _header(
    rows: Sequence[tuple[int, list[str]]], place: int, names: Sequence[str], *, lower: Sequence[str] = ()
) -> Header:
    cells = [row for _number, row in rows[: place + 1]]
    return Header(rows[place][0], _names(names), 2 if lower else 1, [normalise(cell) for cell in lower], cells)


def _usual_width(sample: Sequence[tuple[int, Sequence[str]]]) -> int:
    widths = [len(cells) for _row, cells in sample]
    return max(set(widths), key=lambda width: (widths.count(width) * width, width), default=0)


def _cut(cells: Sequence[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]


def known_words(cells: Sequence[str]) -> int:
    """Return how many cells are header words, of the kind of table that knows most of them."""
    if any(len(cell) > 60 for cell in cells):
        return 0
    counts = [
        sum(any(word_score(cell, field) >= 0.9 for field in fields) for cell in cells if cell.strip())
        for fields in FIELDS.values()
    ]
    return max(counts)


def is_wordy(cells: Sequence[str]) -> bool:
    """Say whether no filled cell is a number, a date or an address."""
    return not any(
        parse_decimal(cell) is not None or parse_date(cell) is not None or normalise_email(cell) is not None
        for cell in cells
        if cell.strip()
    )


def _names(cells: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    names = []
    for number, cell in enumerate(cells, 1):
        name = normalise(cell) or _("column {number}", number=number)
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def parts_of_groups(
    upper: tuple[int, Sequence[str]], lower: tuple[int, Sequence[str]], merges: Sequence[Merge] = ()
) -> list[str] | None:
    """Return the names of a header of two rows (氏名 over 姓 and 名), or None where the rows are no such header.

    Args:
        upper: row number and cells of the row that may name groups.
        lower: the same of the row below.
        merges: merged cells of the sheet; a group reaches as far as its cell does.
    """
    above, below = ([normalise(cell) for cell in cells] for _row, cells in (upper, lower))
    if not _may_be_header(above, below) or not known_words(below):
        return None
    reach = {merge.left: merge.right for merge in merges if merge.top <= upper[0] <= merge.bottom}
    groups, group, end = [""] * len(above), "", -1
    for column, (name, part) in enumerate(zip(above, below, strict=True)):
        if name:
            group, end = name, reach.get(column, len(above) if not reach else column)
        elif column > end or not part:
            group = ""
        groups[column] = group if part else name
    if not _are_groups(above, below, groups):
        return None
    return [" ".join(filter(None, pair)) for pair in zip(groups, below, strict=True)]


def _may_be_header(above: Sequence[str], below: Sequence[str]) -> bool:
    cells = [*above, *below]
    return is_wordy(cells) and all(len(cell) <= _LONGEST_WORD for cell in cells) and any(above) and any(below)


def _are_groups(above: Sequence[str], below: Sequence[str], groups: Sequence[str]) -> bool:
    """Say whether the upper row names groups: some over several parts, none over the whole table as a title is."""
    sizes = Counter(place for place, part in _places(above, below, groups) if part)
    wide = [size for size in sizes.values() if size > 1]
    is_filled_up = any(name and not part for name, part in zip(above, below, strict=True))
    is_title = len(sizes) == 1 and not is_filled_up and (known_words(above) == 0 or max(wide, default=0) >= len(below))
    has_words = known_words(above) > 0 or is_filled_up
    return bool(sizes) and bool(wide or is_filled_up) and has_words and not is_title


def _places(above: Sequence[str], below: Sequence[str], groups: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield for each column that stands below a group the place of that group, and its part."""
    place = -1
    for column, (name, part) in enumerate(zip(above, below, strict=True)):
        place = column if name else place
        if groups[column] and part:
            yield place, part
