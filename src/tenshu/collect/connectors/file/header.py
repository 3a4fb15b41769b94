"""Find the header row: above it may stand a title, a date or nothing; or there is no header at all."""

from collections.abc import Sequence

import msgspec

from tenshu.collect.connectors.file.fields import FIELDS, word_score
from tenshu.kit.dates import parse_date
from tenshu.kit.i18n import _
from tenshu.kit.japanese import normalise, normalise_email, parse_decimal

#: The header is looked for in so many rows.
ROWS_LOOKED_AT = 20


class Header(msgspec.Struct, frozen=True):
    """The names of the columns and where they stand.

    Attributes:
        row: its row number from 1; 0 when the table has no header.
        names: one a column; where a cell is blank, the column's number.
    """

    row: int
    names: list[str]


def find_header(sample: Sequence[tuple[int, Sequence[str]]]) -> Header:
    """Return the header of a table from its first rows (row number, cells).

    The row with the most known header words is the header. Where no row knows two of them, the first full row is
    the header if it holds words only and the rows below do not; a row alone needs one known word.

    >>> find_header([(1, ["名簿", ""]), (2, ["氏名", "電話番号"]), (3, ["佐藤", "03-1234-5678"])]).row
    2
    """
    width = _usual_width(sample)
    rows = [(row, _cut(cells, width)) for row, cells in sample[:ROWS_LOOKED_AT]]
    known = max(rows, key=lambda item: (_known_words(item[1]), -item[0]), default=None)
    if known and _known_words(known[1]) >= 2:
        return Header(known[0], _names(known[1]))
    for index, (row, cells) in enumerate(rows):
        if sum(bool(cell.strip()) for cell in cells) < max(width * 0.6, 1):
            continue
        below = [cells for _row, cells in rows[index + 1 :]]
        tells = not all(map(_is_wordy, below)) if below else _known_words(cells) > 0
        if _is_wordy(cells) and tells:
            return Header(row, _names(cells))
        break
    return Header(0, _names([""] * width))


def _usual_width(sample: Sequence[tuple[int, Sequence[str]]]) -> int:
    widths = [len(cells) for _row, cells in sample]
    return max(set(widths), key=lambda width: (widths.count(width) * width, width), default=0)


def _cut(cells: Sequence[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]


def _known_words(cells: Sequence[str]) -> int:
    if any(len(cell) > 60 for cell in cells):
        return 0
    counts = [
        sum(any(word_score(cell, field) >= 0.9 for field in fields) for cell in cells if cell.strip())
        for fields in FIELDS.values()
    ]
    return max(counts)


def _is_wordy(cells: Sequence[str]) -> bool:
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
