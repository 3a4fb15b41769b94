"""Look into a file without taking anything over: what its tables seem to be, with samples, for a person to correct."""

import tempfile
from collections.abc import Mapping as Mappings
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from tenshu.collect.connectors.file.cells.guard import inspect
from tenshu.collect.connectors.file.columns.guess import Guess
from tenshu.collect.connectors.file.columns.suggest import alternatives_for, trait_name
from tenshu.collect.connectors.file.errors import NotRecognised
from tenshu.collect.connectors.file.layout.table import Opened, Table, open_file
from tenshu.collect.connectors.file.note import Note
from tenshu.collect.connectors.file.plans.choice import EXTRA
from tenshu.collect.connectors.file.plans.plan import Mapping, guess_table, plan_table
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.collect.connectors.file.plans.together import joins, not_read
from tenshu.kit.clock import require_aware
from tenshu.kit.progress import NoProgress, Progress

#: So many rows and so many different values of a column are shown.
ROWS_SHOWN: Final = 8
SAMPLES: Final = 5


class LookedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column as guessed.

    Attributes:
        index: its place, from 0.
        header: its name; names of one table differ from each other, so that a choice can name them.
        field: what it seems to mean; None where nothing is known.
        confidence: how sure that is, 0..1.
        samples: a few different values of it.
        alternatives: (field, confidence) of what else it could mean, the likeliest first.
        extra: the field under which it can be kept as a trait of its own; empty where that makes no sense.
    """

    index: int
    header: str
    field: str | None
    confidence: float
    samples: tuple[str, ...]
    alternatives: tuple[tuple[str, float], ...] = ()
    extra: str = ""


class LookedTable(msgspec.Struct, frozen=True, kw_only=True):
    """One table as guessed.

    Attributes:
        sheet: its sheet; empty for text files.
        kind: customers or purchases; empty where it is neither.
        confidence: how sure the whole is, 0..1; below 0.5 nothing is taken over without a choice.
        header_row: its last row of headers, from 1; 0 where there is none.
        columns: its columns that hold anything.
        rows: how many rows it has.
        sample_rows: the first of them, a cell for each of `columns`.
        assumptions: what was taken for granted.
        skipped: what was left out.
        is_chosen: whether it is read when nobody chooses.
        missing: fields that its kind needs and that were not found; `a|b` means either.
    """

    sheet: str
    kind: str
    confidence: float
    header_row: int
    columns: tuple[LookedColumn, ...]
    rows: int
    sample_rows: tuple[tuple[str, ...], ...]
    assumptions: tuple[Note, ...]
    skipped: tuple[Note, ...]
    is_chosen: bool
    missing: tuple[str, ...] = ()


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A file as guessed: its name, its tables, and what is to be said of it as a whole."""

    name: str
    tables: tuple[LookedTable, ...]
    notes: tuple[Note, ...]


def look_at(
    path: Path,
    *,
    shop_zone: str,
    currency: str,
    received_at: datetime,
    mapping: Mapping | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Looked:
    """Return what the file seems to hold.

    Args:
        path: the file.
        shop_zone: the zone of times that name none.
        currency: ISO 4217 code of the amounts.
        received_at: when the file came, aware.
        mapping: what is known about the file already.
        folder: where its cells may lie meanwhile; the system's folder for such things when None.
        progress: who is told how far it is.

    Raises:
        FileRefused: the file cannot be read at all. A table that is not understood is no error here.
    """
    terms = ShopTerms(shop_zone, currency, require_aware(received_at))
    container = inspect(path)
    with tempfile.TemporaryDirectory(dir=folder, prefix="looking-") as scratch:
        opened = open_file(path, container, scratch=Path(scratch), progress=progress or NoProgress())
        known = {table.sheet: mapping for table in opened.tables} if mapping else {}
        return look_into(opened, name=path.name, terms=terms, mappings=known)


def look_into(opened: Opened, *, name: str, terms: ShopTerms, mappings: Mappings[str, Mapping]) -> Looked:
    """Return what the tables of an open file seem to be.

    Args:
        opened: the file's cells.
        name: what the file is called.
        terms: what values mean in the shop.
        mappings: what is known already, by sheet; the rest is guessed.
    """
    known = [mappings.get(table.sheet, Mapping()) for table in opened.tables]
    tables = [(table, guess_table(table, said, name=name)) for table, said in zip(opened.tables, known, strict=True)]
    chosen = joins(tables)
    looked = tuple(
        _looked(table, found, known[place], name=name, terms=terms, is_chosen=place in chosen)
        for place, (table, found) in enumerate(tables)
    )
    return Looked(name=name, tables=looked, notes=opened.notes)


def _looked(
    table: Table, found: Guess, mapping: Mapping, *, name: str, terms: ShopTerms, is_chosen: bool
) -> LookedTable:
    try:
        assumptions = plan_table(table, mapping, name=name, terms=terms, found=found).notes
    except NotRecognised:
        assumptions = ()
    shown = [number for number in range(len(table.header.names)) if number not in table.blank]
    rows = table.first_rows(ROWS_SHOWN)
    return LookedTable(
        sheet=table.sheet,
        kind=found.kind if found.confidence > 0 else "",
        confidence=found.confidence,
        header_row=table.header.row,
        columns=tuple(_columns(table, found, shown)),
        rows=table.rows,
        sample_rows=tuple(tuple(row[number] or "" for number in shown) for row in rows),
        assumptions=tuple(assumptions),
        skipped=(*table.notes, *([] if is_chosen else not_read([(table, found)], set()))),
        is_chosen=is_chosen,
        missing=tuple(found.missing),
    )


def _columns(table: Table, found: Guess, shown: list[int]) -> list[LookedColumn]:
    meant = {number: (name, field.confidence) for name, field in found.fields.items() for number in field.columns}
    cells = table.sample()
    columns = []
    for number in shown:
        field, confidence = meant.get(number, (None, 0.0))
        header = table.header.names[number]
        samples = list(dict.fromkeys(cell for cell in cells[number] if cell))[:SAMPLES] if cells else []
        columns.append(
            LookedColumn(
                index=number,
                header=header,
                field=field,
                confidence=confidence,
                samples=tuple(samples),
                alternatives=alternatives_for(found.kind, header, cells[number] if cells else [], but=field),
                extra=f"{EXTRA}{trait_name(header)}" if field is None and found.kind == "customers" else "",
            )
        )
    return columns
