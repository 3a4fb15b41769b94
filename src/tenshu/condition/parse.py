"""Read a condition from decoded JSON and refuse what could only mislead.

The types say what may stand where; the checks here say what fits together: a comparison with its
value, a field with its event, one period and not two, ranks that exist.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

import msgspec

from tenshu.condition.errors import (
    ComparisonUnfit,
    ConditionTooLarge,
    ConditionUnreadable,
    FieldUnknown,
    RankUnknown,
    WindowUnclear,
)
from tenshu.condition.fields import RANK_NAMES, FieldKind, field_kind, typed_fields
from tenshu.condition.grammar import VERSION, And, Condition, Did, DidNot, Not, Or, Rank, Trait, Value, Where

MOST_DEPTH: Final = 12
MOST_NODES: Final = 300
_LARGEST: Final = 2**53
_ORDERED: Final = ("gt", "gte", "lt", "lte")
_TEXTUAL: Final = ("contains", "starts", "ends")


def parse(data: object) -> Condition:
    """Return the condition that decoded JSON describes.

    Args:
        data: a node of the grammar, or the envelope {"tenshu": "condition/1", "condition": node}.

    Raises:
        ConditionUnreadable: it does not follow the grammar.
        ConditionTooLarge: more than 300 parts or 12 levels.
        ComparisonUnfit: a comparison its value or field cannot bear.
        FieldUnknown: a field that the event does not have.
        WindowUnclear: no period, two, or one that ends before it begins.
        RankUnknown: a score, decile or rank that does not exist.

    >>> parse({"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "大阪府"}).trait
    'prefecture'
    """
    node = _opened(data)
    _refuse_large(node)
    # The union is spelt out in the grammar; msgspec's types cannot follow a recursive alias.
    condition = cast("Condition", _converted(node, Condition))
    _check(condition, "$")
    return condition


def parse_where(data: object, event: str, path: str = "$") -> tuple[Where, ...]:
    """Return the comparisons of an event's fields that a list describes, checked like those of a condition."""
    wheres: tuple[Where, ...] = _converted(data, tuple[Where, ...])
    _check_wheres(wheres, event, path)
    return wheres


def dump(condition: Condition) -> dict[str, object]:
    """Return the condition as plain JSON values; `parse` of it is the same condition."""
    plain: dict[str, object] = msgspec.json.decode(msgspec.json.encode(condition))
    return plain


def _opened(data: object) -> object:
    if not isinstance(data, dict) or "tenshu" not in data:
        return data
    if data["tenshu"] != VERSION or set(data) - {"tenshu", "title", "condition"}:
        raise ConditionUnreadable(path="$.tenshu", reason=f"expected {VERSION!r}, got {data['tenshu']!r}")
    return data.get("condition")


def _converted(data: object, kind: Any) -> Any:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `")
        raise ConditionUnreadable(path=path.rstrip("`") or "$", reason=reason) from error


def _refuse_large(data: object) -> None:
    nodes, depth, level = 0, 0, [data]
    while level:
        depth += 1
        inner: list[object] = []
        for node in level:
            of = node.get("of") if isinstance(node, dict) else None
            inner.extend(of if isinstance(of, list | tuple) else [] if of is None else [of])
        nodes += len(level)
        if nodes > MOST_NODES or depth > MOST_DEPTH:
            raise ConditionTooLarge(nodes=nodes, depth=depth, most_nodes=MOST_NODES, most_depth=MOST_DEPTH)
        level = inner


def parts(condition: Condition, path: str = "$") -> Iterator[tuple[str, Condition]]:
    """Yield every part of the condition with its path, the whole first."""
    yield path, condition
    if isinstance(condition, And | Or):
        for index, inner in enumerate(condition.of):
            yield from parts(inner, f"{path}.of[{index}]")
    elif isinstance(condition, Not):
        yield from parts(condition.of, f"{path}.of")


def _check(condition: Condition, root: str) -> None:
    for path, part in parts(condition, root):
        if isinstance(part, Trait):
            _check_comparison(part.cmp, part.value, "free", path, part.trait)
        elif isinstance(part, Rank):
            _check_rank(part, path)
        elif isinstance(part, Did | DidNot):
            _check_did(part, path)


def _check_did(part: Did | DidNot, path: str) -> None:
    _check_wheres(part.where, part.event, f"{path}.where")
    if part.sum is not None:
        _check_field(part.event, part.sum.field, f"{path}.sum")
        kind = field_kind(part.event, part.sum.field)
        if kind not in {"number", "free"} or not _is_number(part.sum.value):
            raise ComparisonUnfit(
                path=f"{path}.sum", cmp="sum", value=repr(part.sum.value), field=part.sum.field, allowed="number"
            )
    _check_window(part, path)


def _check_wheres(wheres: Sequence[Where], event: str, path: str) -> None:
    for index, where in enumerate(wheres):
        place = f"{path}[{index}]"
        _check_field(event, where.field, place)
        _check_comparison(where.cmp, where.value, field_kind(event, where.field), place, where.field)


def _check_window(part: Did | DidNot, path: str) -> None:
    within, between = part.within, part.between
    is_clear = within is None or between is None
    if within is not None:
        is_clear = is_clear and (within.days is None) != (within.hours is None)
    if between is not None:
        start, end = between.from_on, between.to_on
        is_clear = is_clear and (start is not None or end is not None)
        is_clear = is_clear and (start is None or end is None or start <= end)
    if not is_clear:
        raise WindowUnclear(path=path)


def _check_field(event: str, field: str, path: str) -> None:
    fields = typed_fields(event)
    if fields is not None and field not in fields:
        raise FieldUnknown(path=path, event=event, field=field, allowed=", ".join(fields))


def _check_comparison(cmp: str, value: Value, kind: FieldKind, path: str, field: str) -> None:
    allowed = _allowed_values(cmp, kind)
    if _value_kind(value) not in allowed:
        raise ComparisonUnfit(path=path, cmp=cmp, value=repr(value), field=field, allowed=_said(allowed, kind))


def _allowed_values(cmp: str, kind: FieldKind) -> tuple[str, ...]:
    if cmp == "exists":
        return ("flag",)
    if cmp == "one_of":
        lists: dict[FieldKind, tuple[str, ...]] = {"text": ("texts",), "number": ("numbers",), "flag": ()}
        return lists.get(kind, ("texts", "numbers"))
    if cmp in _TEXTUAL:
        return ("text",) if kind in {"text", "free"} else ()
    if cmp in _ORDERED:
        return ("text", "number") if kind == "free" else () if kind == "flag" else (kind,)
    return ("text", "number", "flag") if kind == "free" else (kind,)


def _value_kind(value: Value) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, str):
        return "text"
    if not isinstance(value, tuple):
        return "number" if _is_number(value) else "unfit"
    if not value or len(value) > 1000:
        return "unfit"
    if all(isinstance(item, str) for item in value):
        return "texts"
    return "numbers" if all(_is_number(item) for item in value) else "unfit"


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) <= _LARGEST


def _said(allowed: tuple[str, ...], kind: FieldKind) -> str:
    words = {"texts": "[text, ...]", "numbers": "[number, ...]", "flag": "true / false"}
    if allowed:
        return ", ".join(words.get(item, item) for item in allowed)
    return {"text": "is: text", "number": "is: number", "flag": "is: true / false", "free": "is: text"}[kind]


def _check_rank(rank: Rank, path: str) -> None:
    values = rank.value if isinstance(rank.value, tuple) else (rank.value,)
    has_list = isinstance(rank.value, tuple)
    allowed: Sequence[object] = RANK_NAMES if rank.by == "rank" else range(1, 11 if rank.by == "decile" else 6)
    is_fit = has_list == (rank.cmp == "one_of") and 0 < len(values) <= len(allowed)
    is_fit = is_fit and not (rank.cmp in _ORDERED and rank.by == "rank")
    if not is_fit or any(isinstance(value, bool | float) or value not in allowed for value in values):
        given = f"{rank.cmp} {rank.value!r}"
        raise RankUnknown(path=path, by=rank.by, value=given, allowed=", ".join(map(str, allowed)))
