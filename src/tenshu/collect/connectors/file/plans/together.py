"""Which tables of a workbook are read: of each kind the one that tells most, and those that look like it.

A workbook with a sheet for each month has many tables of one kind; a summary beside them has the same kind and
other columns, and would count everything twice.
"""

from collections.abc import Sequence
from typing import Final

from tenshu.collect.connectors.file.columns.guess import SURE_ENOUGH, Guess
from tenshu.collect.connectors.file.layout.table import Table
from tenshu.collect.connectors.file.note import Note, note

#: Tables of one kind belong together when so much of their fields is the same.
ALIKE: Final = 0.6


def joins(tables: Sequence[tuple[Table, Guess]]) -> set[int]:
    """Return the places of the tables that are read when nobody chooses."""
    chosen: set[int] = set()
    for kind in {found.kind for _table, found in tables}:
        of_kind = [
            (place, table, found)
            for place, (table, found) in enumerate(tables)
            if found.kind == kind and found.confidence >= SURE_ENOUGH
        ]
        if not of_kind:
            continue
        best = max(of_kind, key=lambda each: (len(each[2].fields), each[2].confidence, each[1].rows))[2]
        chosen |= {place for place, _table, found in of_kind if are_alike(found, best)}
    return chosen


def are_alike(found: Guess, best: Guess) -> bool:
    """Say whether two tables have mostly the same fields."""
    one, other = set(found.fields), set(best.fields)
    return len(one & other) >= ALIKE * len(one | other)


def not_read(tables: Sequence[tuple[Table, Guess]], chosen: set[int]) -> list[Note]:
    """Return what is to be said of the sheets that are left out when nobody chooses."""
    left = [(table, found) for place, (table, found) in enumerate(tables) if place not in chosen and table.sheet]
    return [
        note("summary_sheet" if found.confidence >= SURE_ENOUGH else "other_sheet", sheet=table.sheet)
        for table, found in left
    ]
