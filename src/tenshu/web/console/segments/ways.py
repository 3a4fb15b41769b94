"""How a value is compared: as text, as a number, as a date.

Sizes are compared by what the values are unless somebody says otherwise: "9" is more than "10" as text alone, and
nobody means that of points or ages.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final

from tenshu.kit.i18n import N_
from tenshu.web.console.segments.choices import comparisons, field_shape
from tenshu.web.console.segments.draft import Draft

#: Returns what an attribute or a field has often been: trait, event, field -> pairs of value and name.
Values = Callable[[str, str, str], Sequence[tuple[str, str]]]
#: Comparisons of more and less.
SIZES: Final = ("gt", "gte", "lt", "lte")
#: What a way is called where somebody chooses it.
WAYS: Final = {
    "text": N_("as text"),
    "number": N_("as a number"),
    "date": N_("as a date"),
    "flag": N_("as yes or no"),
}
#: What it is called, and why, where the values have chosen it.
FOUND: Final = {
    "text": N_("as text, since the values are not all numbers or dates"),
    "number": N_("as a number, since the values are numbers"),
    "date": N_("as a date, since the values are dates"),
}
#: A number as people count and measure; one that begins with a zero is a code, and one of 16 digits is no amount.
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def ways_of(kind: str, cmp: str) -> tuple[str, ...]:
    """Return the ways in which a comparison can be made, the plainest first.

    >>> ways_of("free", "gt"), ways_of("number", "gt")
    (('text', 'number', 'date'), ('number',))
    """
    found = [shape.removesuffix("s") for shape in comparisons(kind).get(cmp, ())]
    return (*found, "date") if kind == "free" and cmp in SIZES else tuple(found)


def way_of_values(values: Iterable[str]) -> str:
    """Return what the values are: number, date or text; nothing is text.

    >>> way_of_values(["9", "10.5"]), way_of_values(["2026-02-28"]), way_of_values(["9", "007"])
    ('number', 'date', 'text')
    """
    known = [*values]
    if known and all(map(_NUMBER.fullmatch, known)):
        return "number"
    return "date" if known and all(map(is_date, known)) else "text"


def is_date(written: str) -> bool:
    """Say whether a text is a day as it is kept, such as 2026-02-28."""
    if not _DATE.fullmatch(written):
        return False
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


def chosen_way(draft: Draft, prefix: str, ways: Sequence[str]) -> str:
    """Return the way of a comparison: as somebody chose, else as the values are, else the plainest."""
    said = (draft.text(f"{prefix}as"), draft.text(f"{prefix}found"), *ways)
    return next((way for way in said if way in ways), "text")


def settle(draft: Draft, values: Values) -> Draft:
    """Note in the draft what the values are whose sizes are compared; it counts where nobody has chosen a way.

    Args:
        draft: what stands in the form; changed in place.
        values: what an attribute or a field has often been.
    """
    for inner in draft.of:
        settle(inner, values)
    draft.said = {name: said for name, said in draft.said.items() if name.rpartition(".")[2] != "found"}
    if draft.kind == "trait":
        trait = draft.text("trait").strip()
        _settle(draft, "", (trait, "", "") if trait else None, values)
    elif draft.kind in {"did", "did_not"}:
        event = draft.text("event").strip()
        for index in draft.wheres():
            field = draft.text(f"where.{index}.field").strip()
            is_free = bool(field) and field_shape(event, field) == "free"
            _settle(draft, f"where.{index}.", ("", event, field) if is_free else None, values)
    return draft


def _settle(draft: Draft, prefix: str, asked: tuple[str, str, str] | None, values: Values) -> None:
    if asked is not None and draft.text(f"{prefix}cmp") in SIZES:
        draft.said[f"{prefix}found"] = [way_of_values(value for value, _name in values(*asked))]
