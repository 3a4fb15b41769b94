"""Guess what a table is and what its columns mean, and say how sure the guess is.

Headers speak first, and the values must not contradict them. Where the headers say nothing, the values are
looked at: an address has an @, the lines of an order stand together, a product names its description.
A guess is a proposal: the command shows it, and a mapping file overrules it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from tenshu.collect.connectors.file.fields import CUSTOMERS, FIELDS, KINDS, PURCHASES, Field, word_score
from tenshu.collect.connectors.file.looks import Look, look_at
from tenshu.collect.connectors.file.relations import guess_customers_by_values, guess_purchases_by_values
from tenshu.collect.connectors.file.tax import says_included
from tenshu.collect.reject import is_added

Columns = Sequence[Sequence[str | None]]

#: Below this a guess is not used without being asked for.
SURE_ENOUGH: Final = 0.5
#: What the lower name of two alone is worth, and what a price without tax is worth less than one with it.
_LOWER: Final = 0.97
_WITHOUT_TAX: Final = 0.02


class Found(msgspec.Struct, frozen=True):
    """The columns (counted from 0) that mean a field, and how sure that is (0..1)."""

    columns: list[int]
    confidence: float


class Guess(msgspec.Struct, frozen=True):
    """What a table seems to be.

    Attributes:
        kind: customers or purchases.
        fields: each field that was found.
        missing: what the kind needs and was not found.
        confidence: 0..1; 0 when something needed is missing.
    """

    kind: str
    fields: dict[str, Found]
    missing: list[str]
    confidence: float


def guess(names: Sequence[str], columns: Columns, kind: str | None = None, *, lower: Sequence[str] = ()) -> Guess:
    """Return the best guess for a table.

    Args:
        names: the header, one name a column.
        columns: some cells of each column.
        kind: customers or purchases when it is known.
        lower: the lower names of a header of two rows, one a column.
    """
    looks = [look_at(cells) for cells in columns]
    kinds = [kind] if kind else list(KINDS)
    guesses = {each: _guess_kind(each, _Names(names, lower), columns, looks) for each in kinds}
    return max(guesses.values(), key=lambda each: (_telling(each), each.confidence))


def missing_fields(kind: str, fields: Mapping[str, object]) -> list[str]:
    """Return what a table of that kind needs and does not have; `a|b` means either.

    >>> missing_fields("purchases", {"ordered_at": 1, "amount": 2})
    []
    """
    if kind == CUSTOMERS and "postal_code" in fields and ("full_name" in fields or "last_name" in fields):
        return []
    needed = (
        (("customer_no", "member_no", "email", "phone"),)
        if kind == CUSTOMERS
        else (("ordered_at",), ("unit_price", "amount"))
    )
    return ["|".join(names) for names in needed if not any(name in fields for name in names)]


class _Names:
    """The names of the columns: the whole ones, and what stands in the lower row of two."""

    def __init__(self, whole: Sequence[str], lower: Sequence[str]) -> None:
        self.whole = whole
        self._lower = lower

    def score(self, column: int, field: Field) -> float:
        """Return how surely the column's name means the field; prices with tax come before those without."""
        whole = self.whole[column]
        if is_added(whole):
            return 0.0
        score = word_score(whole, field)
        if self._lower and self._lower[column]:
            score = max(score, _LOWER * word_score(self._lower[column], field))
        if field.holds == "number" and says_included(whole) is False:
            score -= _WITHOUT_TAX
        return score


def _guess_kind(kind: str, names: "_Names", columns: Columns, looks: Sequence[Look]) -> Guess:
    fields = _by_headers(kind, names, looks)
    by_values = guess_customers_by_values if kind == CUSTOMERS else guess_purchases_by_values
    taken = {column for found in fields.values() for column in found.columns}
    free = [number for number in range(len(looks)) if number not in taken and looks[number].filled_rate > 0]
    if _speaks_for_itself(kind, fields, len(free)):
        free = []
    for name, (column, confidence) in by_values(columns, looks, free, set(fields)).items():
        fields[name] = Found([column], confidence)
    missing = missing_fields(kind, fields)
    certain = [found.confidence for name, found in fields.items() if name in _DECISIVE[kind]]
    confidence = 0.0 if missing or not certain else min(certain) * 0.5 + sum(certain) / len(certain) * 0.5
    return Guess(kind, fields, missing, round(confidence, 3))


def _speaks_for_itself(kind: str, fields: Mapping[str, Found], free: int) -> bool:
    """Say whether the headers already told so much that an unknown column is better left alone."""
    return not missing_fields(kind, fields) and len(fields) >= max(3, free)


_DECISIVE: Final = {
    CUSTOMERS: {"customer_no", "member_no", "email", "phone", "full_name", "last_name"},
    PURCHASES: {"order_no", "product_id", "quantity", "ordered_at", "unit_price", "amount", "customer_no"},
}


def _telling(found: Guess) -> float:
    """Weigh how much speaks for the kind: its telling fields, and nothing when it lacks what it needs."""
    telling = {field.name for field in FIELDS[found.kind] if field.is_telling}
    weight = sum(each.confidence for name, each in found.fields.items() if name in telling)
    return weight * (0.2 if found.missing else 1.0)


def _by_headers(kind: str, names: "_Names", looks: Sequence[Look]) -> dict[str, Found]:
    pairs = []
    for column in range(len(names.whole)):
        for rank, field in enumerate(FIELDS[kind]):
            score = names.score(column, field) * _agreement(field, looks[column])
            # A file with one number column means the customer number by it, whatever it is called.
            score -= 0.05 if field.name == "member_no" else 0.0
            if score >= 0.3:
                pairs.append((-score, rank, column, field))
    fields: dict[str, Found] = {}
    taken: set[int] = set()
    for score, _rank, column, field in sorted(pairs, key=lambda pair: pair[:3]):
        if column in taken or (field.name in fields and not field.may_repeat):
            continue
        if field.name == "member_no" and "customer_no" not in fields:
            continue
        taken.add(column)
        before = fields.get(field.name)
        fields[field.name] = Found(
            sorted([*(before.columns if before else []), column]),
            round(min(-score, before.confidence if before else 1), 3),
        )
    return fields


#: Which share of the cells must look like what the header says; codes, texts and words of choice are free.
_CHECKED: Final = {"email": "email", "phone": "phone", "number": "number", "date": "date"}


def _agreement(field: Field, look: Look) -> float:
    """Return 1 where the values look as the header says, less where they do not."""
    wanted = _CHECKED.get(field.holds)
    if wanted is None or not look.shares:
        return 1.0
    share = look.share(wanted)
    if wanted in {"date", "phone"}:  # a spreadsheet may have made numbers of them
        share = max(share, look.share("number"))
    if wanted == "date":  # some with their year, some without
        share = max(share, min(look.share("date") + look.share("month_day"), 1.0))
    return 1.0 if share >= 0.8 else 0.35 + 0.65 * share
