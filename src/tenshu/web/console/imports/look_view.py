"""A file as guessed and corrected, as the page of its columns shows it; pure."""

from collections.abc import Sequence
from typing import Final

import msgspec

from tenshu.collect.connectors.file.columns.titles import TITLES, fields_of
from tenshu.collect.connectors.file.looked import Looked, LookedColumn, LookedTable
from tenshu.collect.connectors.file.note import Note
from tenshu.collect.connectors.file.plans.choice import EXTRA, Choice
from tenshu.kit.i18n import N_, _
from tenshu.web.console.imports.choosing import KEPT, KINDS, as_guessed, column_name, repeated

#: From which confidence on a guess is called so.
_SURE: Final = 0.85
_LIKELY: Final = 0.6
#: How sure -> how many of three dots are full, and the word.
SURENESS: Final[dict[str, tuple[int, str]]] = {
    "sure": (3, N_("certain")),
    "likely": (2, N_("likely")),
    "unsure": (1, N_("please look")),
    "yours": (3, N_("your choice")),
    "left": (0, N_("left out")),
}
KIND_TITLES: Final = {"customers": N_("Customers"), "purchases": N_("Purchases")}
#: Kind -> why a missing field is needed.
_NEEDED: Final = {
    "customer_no|member_no|email|phone": N_(
        "To know a person again, we need one of these columns: customer number, e-mail address or telephone."
    ),
    "ordered_at": N_("Purchases need the column with the day of purchase."),
    "unit_price|amount": N_("Purchases need a column with the amount or the unit price."),
}
_MISSING: Final = N_("Something that is needed was not found: {missing}.")
_SAMPLE: Final = 28


class ColumnView(msgspec.Struct, frozen=True, kw_only=True):
    """A column: its header and samples, what it means, how sure that is.

    The order of what it could mean (`likely` first) does not change with what was chosen: a page that is renewed under
    somebody's hands keeps its choices.
    """

    index: int
    header: str
    samples: tuple[str, ...]
    value: str
    kept_as: str
    sureness: str
    dots: int
    word: str
    likely: tuple[str, ...]


class TableView(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet: whether it is taken, its kind and columns, what was assumed and what is missing."""

    place: int
    sheet: str
    is_taken: bool
    kind: str
    rows: int
    sureness: str
    dots: int
    word: str
    columns: tuple[ColumnView, ...]
    headers: tuple[str, ...]
    sample_rows: tuple[tuple[str, ...], ...]
    assumptions: tuple[str, ...]
    skipped: tuple[str, ...]
    problems: tuple[str, ...]
    options: dict[str, str]
    fields: tuple[tuple[str, str], ...]


class LookView(msgspec.Struct, frozen=True, kw_only=True):
    """A file: its sheets, what is to be said of it, and whether every row can be read now."""

    number: str
    name: str
    tables: tuple[TableView, ...]
    notes: tuple[str, ...]
    is_ready: bool
    kinds: tuple[tuple[str, str], ...]


def look_view(number: str, base: Looked, now: Looked, choices: Sequence[Choice] | None) -> LookView:
    """Return the page's view.

    Args:
        number: of the upload.
        base: the file as guessed, for the kinds that were chosen.
        now: the file with the choices put over the guess.
        choices: what was chosen; None = nothing yet, the guess stands.
    """
    said = {choice.sheet: choice for choice in (as_guessed(base) if choices is None else choices)}
    tables = tuple(
        _table(place, guessed, told, said.get(guessed.sheet))
        for place, (guessed, told) in enumerate(zip(base.tables, now.tables, strict=True))
    )
    taken = [table for table in tables if table.is_taken]
    return LookView(
        number=number,
        name=base.name,
        tables=tables,
        notes=_texts(now.notes),
        is_ready=bool(taken) and not any(table.problems for table in taken),
        kinds=tuple((kind, _(KIND_TITLES[kind])) for kind in KINDS),
    )


def sureness_of(confidence: float) -> str:
    """Return the word for a confidence.

    >>> sureness_of(0.97), sureness_of(0.7), sureness_of(0.5)
    ('sure', 'likely', 'unsure')
    """
    return "sure" if confidence >= _SURE else "likely" if confidence >= _LIKELY else "unsure"


def _table(place: int, base: LookedTable, now: LookedTable, choice: Choice | None) -> TableView:
    kind = choice.kind if choice else base.kind or KINDS[0]
    meant = {header: field for field, headers in (choice.columns if choice else {}).items() for header in headers}
    columns = tuple(
        _column(column, meant.get(column_name(column.index)) if choice else column.field) for column in base.columns
    )
    sureness = sureness_of(base.confidence)
    return TableView(
        place=place,
        sheet=base.sheet,
        is_taken=choice is not None,
        kind=kind,
        rows=now.rows,
        sureness=sureness,
        dots=SURENESS[sureness][0],
        word=_(SURENESS[sureness][1]),
        columns=columns,
        headers=tuple(column.header for column in base.columns),
        sample_rows=now.sample_rows,
        assumptions=_texts(now.assumptions) if choice else (),
        skipped=_texts(now.skipped),
        problems=_problems(now, choice) if choice else (),
        options=choice.options if choice else {},
        fields=tuple((field.name, field.title()) for field in fields_of(kind)),
    )


def _column(column: LookedColumn, meant: str | None) -> ColumnView:
    if meant is None:
        sureness = "left"
    elif meant == column.field:
        sureness = sureness_of(column.confidence)
    else:
        sureness = "yours"
    is_kept = meant is not None and meant.startswith(EXTRA)
    return ColumnView(
        index=column.index,
        header=column.header,
        samples=tuple(_short(sample) for sample in column.samples[:3]),
        value=KEPT if is_kept else meant or "",
        kept_as=(meant or column.extra).removeprefix(EXTRA) if is_kept or column.extra else "",
        sureness=sureness,
        dots=SURENESS[sureness][0],
        word=_(SURENESS[sureness][1]),
        likely=tuple(filter(None, (column.field, *(name for name, _score in column.alternatives)))),
    )


def _problems(now: LookedTable, choice: Choice) -> tuple[str, ...]:
    missing = [
        _(_NEEDED[each]) if each in _NEEDED else _(_MISSING, missing=_titles(each))
        for each in dict.fromkeys(now.missing)
    ]
    twice = [
        _("More than one column is chosen as {title}. Choose one of them.", title=_(TITLES.get(name, name)))
        for name in repeated(choice)
    ]
    return (*missing, *twice)


def _titles(names: str) -> str:
    return " / ".join(_(TITLES.get(name, name)) for name in names.split("|"))


def _texts(notes: Sequence[Note]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note.text() for note in notes))


def _short(text: str) -> str:
    return text if len(text) <= _SAMPLE else f"{text[: _SAMPLE - 1]}…"
