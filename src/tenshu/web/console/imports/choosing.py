"""What a form says of the sheets of a file, as choices; pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from tenshu.collect.connectors.file.columns.suggest import trait_name
from tenshu.collect.connectors.file.columns.titles import fields_of
from tenshu.collect.connectors.file.looked import Looked, LookedTable
from tenshu.collect.connectors.file.plans.choice import EXTRA, OPTIONS, Choice

#: The value of a column's select that keeps it under a name of its own.
KEPT: Final = "extra"
KINDS: Final = ("customers", "purchases")
_LONGEST: Final = 200


def as_guessed(looked: Looked) -> tuple[Choice, ...]:
    """Return the guess as choices: the sheets that would be read, each column under what it seems to mean."""
    return tuple(_of_guess(table) for table in looked.tables if table.is_chosen)


def of_kinds(form: Mapping[str, str], looked: Looked) -> tuple[Choice, ...]:
    """Return the sheets of the form with their kinds alone; what their columns mean is left to the guess.

    Args:
        form: what was sent.
        looked: the file as first guessed.
    """
    return tuple(
        Choice(sheet=table.sheet, kind=kind, columns={})
        for place, table in enumerate(looked.tables)
        if form.get(f"take-{place}") and (kind := _kind(form, place))
    )


def chosen(form: Mapping[str, str], looked: Looked) -> tuple[Choice, ...]:
    """Return what the form says.

    Args:
        form: what was sent; a field that is not there keeps what was guessed.
        looked: the file as guessed for the kinds of the form.
    """
    choices = []
    for place, table in enumerate(looked.tables):
        kind = _kind(form, place)
        if not form.get(f"take-{place}") or not kind:
            continue
        is_told = form.get(f"was-{place}") == kind
        columns = _columns(form, place, table, kind) if is_told else _of_guess(table).columns
        choices.append(Choice(sheet=table.sheet, kind=kind, columns=columns, options=_options(form, place)))
    return tuple(choices)


def repeated(choice: Choice) -> list[str]:
    """Return the fields for which more columns were chosen than they can have."""
    several = {each.name for each in fields_of(choice.kind) if each.may_repeat}
    return [name for name, headers in choice.columns.items() if len(headers) > 1 and name not in several]


def column_name(index: int) -> str:
    """Return how a choice names a column: by its place, which is the same in every language."""
    return f"#{index + 1}"


def _of_guess(table: LookedTable) -> Choice:
    columns: dict[str, list[str]] = {}
    for column in table.columns:
        if column.field:
            columns.setdefault(column.field, []).append(column_name(column.index))
    return Choice(sheet=table.sheet, kind=table.kind or KINDS[0], columns=columns)


def _columns(form: Mapping[str, str], place: int, table: LookedTable, kind: str) -> dict[str, list[str]]:
    known = {each.name for each in fields_of(kind)}
    columns: dict[str, list[str]] = {}
    for column in table.columns:
        said = form.get(f"column-{place}-{column.index}", "")
        if said == KEPT:
            named = form.get(f"name-{place}-{column.index}", "").strip()[:_LONGEST]
            said = EXTRA + trait_name(named or column.header)
        elif said not in known:
            continue
        columns.setdefault(said, []).append(column_name(column.index))
    return columns


def _options(form: Mapping[str, str], place: int) -> dict[str, str]:
    said = {name: form.get(f"option-{place}-{name}", "").strip() for name in OPTIONS}
    return {
        name: value
        for name, value in said.items()
        if value and (value in OPTIONS[name] if OPTIONS[name] else value.isascii() and value.isdigit())
    }


def _kind(form: Mapping[str, str], place: int) -> str:
    kind = form.get(f"kind-{place}", "")
    return kind if kind in KINDS else ""


def fields_sent(form: Sequence[tuple[str, object]]) -> dict[str, str]:
    """Return the text fields of a form, the last of each name."""
    return {name: value for name, value in form if isinstance(value, str)}
