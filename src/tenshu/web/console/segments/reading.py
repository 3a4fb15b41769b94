"""Read a draft as a condition, and write a condition as a draft: one of the other, over the whole grammar."""

from datetime import date
from typing import Any, Final

import msgspec

from tenshu.condition import And, Condition, Did, DidNot, Not, Or, Rank, Trait, Where, parse
from tenshu.condition.grammar import Value
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _
from tenshu.web.console.segments.choices import comparisons, field_shape
from tenshu.web.console.segments.draft import ROOT, Draft
from tenshu.web.console.segments.spelling import read_number, read_text, write_number, write_text
from tenshu.web.console.segments.ways import SIZES, chosen_way, is_date, ways_of

#: The field whose numbers are money, in minor units.
MONEY: Final = "amount"
_EMPTY: Final = N_("This group is empty: add a condition to it.")
_NO_TRAIT: Final = N_("Choose which attribute is compared.")
_NO_EVENT: Final = N_("Choose what happened or did not happen.")
_NO_FIELD: Final = N_("Choose which detail is compared.")
_NO_VALUE: Final = N_("Fill in what it is compared with.")
_NO_NUMBER: Final = N_("Write a number here, such as 3.")
_NO_DAY: Final = N_("Choose a date here, such as 2026-04-01.")
_NO_DATE: Final = N_("Choose at least one of the two dates.")


class Unfinished(Exception):
    """A part cannot be read yet; the words say what is missing."""


class Read(msgspec.Struct):
    """What a draft says.

    Attributes:
        condition: the finished parts together; None when there is none.
        problems: by path, what is missing or wrong in the parts that are left out.
        parts: by path, each finished part.
    """

    condition: Condition | None
    problems: dict[str, str]
    parts: dict[str, Condition]


def read(draft: Draft, currency: str) -> Read:
    """Return what a draft says: unfinished parts are left out and told.

    Args:
        draft: what stands in the form.
        currency: of the shop: amounts stand in the form as money.

    Raises:
        ConditionTooLarge: more parts or levels than a condition may have.
    """
    found = Read(None, {}, {})
    condition = _read(draft, ROOT, currency, found)
    if condition is not None:
        found.condition = parse(msgspec.to_builtins(condition))
    return found


def draft_of(condition: Condition, currency: str) -> Draft:
    """Return the draft of a condition; `read` of it says the same."""
    if isinstance(condition, And | Or):
        return Draft(
            "and" if isinstance(condition, And) else "or", {}, [draft_of(one, currency) for one in condition.of]
        )
    if isinstance(condition, Not):
        inner = condition.of.of if isinstance(condition.of, Or) and len(condition.of.of) > 1 else (condition.of,)
        return Draft("none", {}, [draft_of(one, currency) for one in inner])
    if isinstance(condition, Trait):
        return Draft("trait", {"trait": [condition.trait], **_compared(condition.cmp, condition.value, None)})
    if isinstance(condition, Rank):
        values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        return Draft("rank", {"by": [condition.by], "cmp": [condition.cmp], "value": [str(one) for one in values]})
    return _draft_of_deed(condition, currency)


def rooted(draft: Draft) -> Draft:
    """Return the draft as a group, which a form's outermost part always is."""
    return draft if draft.is_group else Draft("and", {}, [draft])


def _read(draft: Draft, path: str, currency: str, found: Read) -> Condition | None:
    condition: Condition | None = None
    if draft.is_group:
        inner = [_read(one, f"{path}.{index}", currency, found) for index, one in enumerate(draft.of)]
        condition = _grouped(draft.kind, tuple(one for one in inner if one is not None))
        if not draft.of and path != ROOT:
            found.problems[path] = _(_EMPTY)
    else:
        try:
            condition = parse(_leaf(draft, currency))
        except Unfinished as missing:
            found.problems[path] = str(missing)
        except TenshuError as wrong:
            found.problems[path] = wrong.text()
    if condition is not None:
        found.parts[path] = condition
    return condition


def _grouped(kind: str, of: tuple[Condition, ...]) -> Condition | None:
    if not of:
        return None
    if kind == "none":
        return Not(of[0]) if len(of) == 1 else Not(Or(of))
    return Or(of) if kind == "or" else And(of)


def _leaf(draft: Draft, currency: str) -> dict[str, Any]:
    if draft.kind == "trait":
        name = draft.text("trait").strip()
        if not name:
            raise Unfinished(_(_NO_TRAIT))
        return {"kind": "trait", "trait": name, **_comparison(draft, "", None, "", currency)}
    if draft.kind == "rank":
        return _rank(draft)
    return _deed(draft, currency)


def _rank(draft: Draft) -> dict[str, Any]:
    by, cmp = draft.text("by"), draft.text("cmp")
    given = [text for text in draft.said.get("value", []) if text]
    values: list[Any] = given if by == "rank" else [read_number(text) for text in given]
    if not values or None in values:
        raise Unfinished(_(_NO_VALUE))
    return {"kind": "rank", "by": by, "cmp": cmp, "value": values if cmp == "one_of" else values[0]}


def _deed(draft: Draft, currency: str) -> dict[str, Any]:
    event = draft.text("event").strip()
    if not event:
        raise Unfinished(_(_NO_EVENT))
    said: dict[str, Any] = {"kind": draft.kind, "event": event, **_period(draft)}
    wheres = []
    for index in draft.wheres():
        field = draft.text(f"where.{index}.field").strip()
        if not field:
            raise Unfinished(_(_NO_FIELD))
        wheres.append({"field": field, **_comparison(draft, f"where.{index}.", event, field, currency)})
    if wheres:
        said["where"] = wheres
    if draft.text("count_cmp"):
        said["count"] = {"cmp": draft.text("count_cmp"), "value": _number(draft.text("count_value"), None)}
    if draft.text("sum_field").strip():
        field = draft.text("sum_field").strip()
        total = _number(draft.text("sum_value"), currency if field == MONEY else None)
        said["sum"] = {"field": field, "cmp": draft.text("sum_cmp") or "gte", "value": total}
    return said


def _period(draft: Draft) -> dict[str, Any]:
    when = draft.text("when")
    if when in {"days", "hours"}:
        return {"within": {when: _number(draft.text(when), None)}}
    if when == "between":
        dates = {name: draft.text(name).strip() for name in ("from", "to")}
        if not any(dates.values()):
            raise Unfinished(_(_NO_DATE))
        return {"between": {name: day for name, day in dates.items() if day}}
    return {}


def _comparison(draft: Draft, prefix: str, event: str | None, field: str, currency: str) -> dict[str, Any]:
    cmp = draft.text(f"{prefix}cmp") or "is"
    kind = field_shape(event, field)
    shapes, way = comparisons(kind).get(cmp, ()), chosen_way(draft, prefix, ways_of(kind, cmp))
    texts = draft.said.get(f"{prefix}value", [])
    if "texts" in shapes or "numbers" in shapes:
        lines = [line for text in texts for line in text.replace("\r", "").split("\n") if line]
        if not lines:
            raise Unfinished(_(_NO_VALUE))
        return {"cmp": cmp, "value": [_value(line, way, field, currency) for line in lines]}
    if not (texts and texts[0]):
        raise Unfinished(_(_NO_VALUE))
    return {"cmp": cmp, "value": _value(texts[0], way, field, currency)}


def _value(written: str, way: str, field: str, currency: str) -> Value:
    """Return one value, read in its way."""
    if way == "flag":
        return written == "true"
    if way == "number":
        return _number(written, currency if field == MONEY else None)
    if way == "date" and not is_date(written.strip()):
        raise Unfinished(_(_NO_DAY))
    return written.strip() if way == "date" else read_text(written)


def _number(written: str, currency: str | None) -> int | float:
    found = read_number(written, currency)
    if found is None:
        raise Unfinished(_(_NO_NUMBER))
    return found


def _compared(cmp: str, value: Value, currency: str | None) -> dict[str, list[str]]:
    values = value if isinstance(value, tuple) else (value,)
    if isinstance(values[0], bool):
        return {"cmp": [cmp], "as": ["flag"], "value": ["true" if values[0] else "false"]}
    if cmp in SIZES and is_date(str(values[0])):
        return {"cmp": [cmp], "as": ["date"], "value": [str(values[0])]}
    if isinstance(values[0], str):
        return {"cmp": [cmp], "as": ["text"], "value": ["\n".join(write_text(str(one)) for one in values)]}
    written = "\n".join(write_number(one, currency) for one in values if isinstance(one, int | float))
    return {"cmp": [cmp], "as": ["number"], "value": [written]}


def _draft_of_deed(deed: Did | DidNot, currency: str) -> Draft:
    said: dict[str, list[str]] = {"event": [deed.event], "when": [""]}
    if deed.within is not None:
        when, length = ("hours", deed.within.hours) if deed.within.days is None else ("days", deed.within.days)
        said |= {"when": [when], when: [str(length)]}
    if deed.between is not None:
        said |= {"when": ["between"], "from": [_day(deed.between.from_on)], "to": [_day(deed.between.to_on)]}
    for index, where in enumerate(deed.where):
        said |= {f"where.{index}.{name}": texts for name, texts in _draft_of_where(where, currency).items()}
    if deed.count is not None:
        said |= {"count_cmp": [deed.count.cmp], "count_value": [str(deed.count.value)]}
    if deed.sum is not None:
        total = write_number(deed.sum.value, currency if deed.sum.field == MONEY else None)
        said |= {"sum_field": [deed.sum.field], "sum_cmp": [deed.sum.cmp], "sum_value": [total]}
    return Draft("did" if isinstance(deed, Did) else "did_not", said)


def _draft_of_where(where: Where, currency: str) -> dict[str, list[str]]:
    money = currency if where.field == MONEY else None
    return {"field": [where.field], **_compared(where.cmp, where.value, money)}


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
