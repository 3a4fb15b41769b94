"""Choose which tables of a file are read and how: those that a person named, else those that were guessed."""

from collections.abc import Sequence

from tenshu.collect.connectors.file.columns.guess import Guess
from tenshu.collect.connectors.file.errors import BadMapping, EmptyFile
from tenshu.collect.connectors.file.layout.table import Opened, Table
from tenshu.collect.connectors.file.note import Note
from tenshu.collect.connectors.file.plans.choice import Choice
from tenshu.collect.connectors.file.plans.plan import Mapping, Plan, guess_table, plan_table
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.collect.connectors.file.plans.together import joins, not_read
from tenshu.kit.i18n import _

Planned = list[tuple[Table, Plan]]


def guessed(
    opened: Opened, mapping: Mapping, *, name: str, terms: ShopTerms, one_kind: bool = False
) -> tuple[Planned, list[Note]]:
    """Return the tables to read and what is to be said of the others.

    Args:
        opened: the file's cells.
        mapping: what is known about the file; the rest is guessed.
        name: what the file is called.
        terms: what values mean in the shop.
        one_kind: whether only the tables of the surest one's kind are read.

    Raises:
        NotRecognised: no table is understood.
        BadMapping: the mapping names what is not there.
        EmptyFile: there is no table.
    """
    tables = opened.tables
    if mapping.sheet is not None:
        tables = [table for table in tables if table.sheet == mapping.sheet]
    guesses = [(table, guess_table(table, mapping, name=name)) for table in tables]
    chosen = joins(guesses)
    if not chosen:
        _refuse(guesses, mapping, name=name, terms=terms)
    if one_kind:
        best = max(chosen, key=lambda place: (guesses[place][1].confidence, guesses[place][0].rows))
        chosen = {place for place in chosen if guesses[place][1].kind == guesses[best][1].kind}
    read = [guesses[place] for place in sorted(chosen)]
    plans = [(table, plan_table(table, mapping, name=name, terms=terms, found=found)) for table, found in read]
    return plans, not_read(guesses, chosen)


def _refuse(guesses: Sequence[tuple[Table, Guess]], mapping: Mapping, *, name: str, terms: ShopTerms) -> None:
    """Say why none of the tables can be read."""
    for table, found in guesses:
        plan_table(table, mapping, name=name, terms=terms, found=found)
    raise EmptyFile(name=name)


def chosen(opened: Opened, choices: Sequence[Choice], *, name: str, terms: ShopTerms) -> Planned:
    """Return the tables as a person chose them.

    Raises:
        BadMapping: a choice names a sheet, a field or a column that is not there.
        NotRecognised: a choice lacks what its kind needs.
        EmptyFile: nothing was chosen.
    """
    sheets = {table.sheet: table for table in opened.tables}
    plans: Planned = []
    for choice in choices:
        if choice.sheet not in sheets:
            raise BadMapping(name=name, given=_("sheet {name}", name=choice.sheet), allowed=", ".join(sheets))
        table = sheets[choice.sheet]
        plans.append((table, plan_table(table, choice.mapping(), name=name, terms=terms)))
    if not plans:
        raise EmptyFile(name=name)
    return plans
