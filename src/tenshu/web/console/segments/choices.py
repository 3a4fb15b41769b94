"""What a form may offer, asked of the grammar itself: which comparison bears which value, for each kind of field."""

from functools import cache
from typing import Any, Final, get_args

from tenshu.condition.fields import field_kind
from tenshu.condition.grammar import Comparison, NumberComparison, Rank, RankedBy
from tenshu.condition.parse import parse, parse_where
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

COMPARED: Final[tuple[str, ...]] = get_args(Comparison)
NUMBERS_COMPARED: Final[tuple[str, ...]] = get_args(NumberComparison)
RANKED_BY: Final[tuple[str, ...]] = get_args(RankedBy)
#: Scores go up to 5, deciles to 10; ranks have names.
_SAMPLES: Final[dict[str, Any]] = {"text": "x", "number": 1, "flag": True, "texts": ["x"], "numbers": [1]}
#: A field of each kind, to be asked about.
_ASKED: Final = {
    "text": ("product_purchased", "product_id"),
    "number": ("product_purchased", "quantity"),
    "flag": ("product_purchased", "is_goods"),
    "free": ("email_clicked", "link"),
}

#: What a comparison is called in a list to choose from.
WORDS: Final = {
    "is": N_("is"),
    "is_not": N_("is known and is not"),
    "one_of": N_("is one of"),
    "contains": N_("contains"),
    "starts": N_("starts with"),
    "ends": N_("ends with"),
    "gt": N_("is more than"),
    "gte": N_("is at least"),
    "lt": N_("is less than"),
    "lte": N_("is at most"),
    "exists": N_("is known?"),
}


def field_shape(event: str | None, field: str) -> str:
    """Return the kind of a field: text, number, flag or free; attributes are free."""
    return "free" if event is None else field_kind(event, field)


@cache
def comparisons(kind: str) -> dict[str, tuple[str, ...]]:
    """Return the comparisons that a kind of field bears, each with the shapes of value that it takes.

    >>> comparisons("number")["one_of"], "contains" in comparisons("number")
    (('numbers',), False)
    """
    event, field = _ASKED[kind]
    found: dict[str, tuple[str, ...]] = {}
    for cmp in COMPARED:
        fits = [shape for shape, value in _SAMPLES.items() if _bears(event, field, cmp, value)]
        if fits:
            found[cmp] = tuple(fits)
    return found


@cache
def rank_comparisons(by: str) -> tuple[str, ...]:
    """Return the comparisons that a score, a decile or a rank bears."""
    best: Any = "best" if by == "rank" else 1
    allowed: tuple[str, ...] = get_args(Rank.__annotations__["cmp"])
    return tuple(cmp for cmp in allowed if _is_rank(by, cmp, [best] if cmp == "one_of" else best))


def _bears(event: str, field: str, cmp: str, value: Any) -> bool:
    try:
        parse_where([{"field": field, "cmp": cmp, "value": value}], event)
    except TenshuError:
        return False
    return True


def _is_rank(by: str, cmp: str, value: Any) -> bool:
    try:
        parse({"kind": "rank", "by": by, "cmp": cmp, "value": value})
    except TenshuError:
        return False
    return True
