"""The controls of one part of the builder: which stand there, what they hold, what can be chosen in them."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from tenshu.condition.fields import LINES, ORDER, RANK_NAMES, typed_fields
from tenshu.condition.words import EVENTS, FIELDS, RANKED_BY, RANKS, TIMES, TRAITS, trait_name
from tenshu.kit.i18n import N_, _
from tenshu.web.console.segments.choices import (
    NUMBERS_COMPARED,
    WORDS,
    comparisons,
    field_shape,
    rank_comparisons,
)
from tenshu.web.console.segments.choices import (
    RANKED_BY as RANKINGS,
)
from tenshu.web.console.segments.draft import Draft
from tenshu.web.console.segments.ways import FOUND, SIZES, WAYS, Values, chosen_way, ways_of

Option = tuple[str, str]
_WHEN: Final = {
    "": N_("at any time"),
    "days": N_("in the last … days"),
    "hours": N_("in the last … hours"),
    "between": N_("between two dates"),
}


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One control.

    Attributes:
        name: of the form's field.
        id: of the element.
        kind: select | text | number | date | lines | checks | drop (a button) | add (a button).
        label: what it asks, for those who cannot see where it stands.
        value: the text in it.
        values: what is chosen, of `checks`.
        options: what can be chosen; of a text: what is suggested.
        before, after: words around it that make the row a sentence.
        changes_shape: whether what stands beside it depends on it.
    """

    name: str
    id: str
    kind: str
    label: str = ""
    value: str = ""
    values: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    before: str = ""
    after: str = ""
    changes_shape: bool = False


class Known(msgspec.Struct, frozen=True):
    """What the data offer to choose from.

    Attributes:
        events: names, most frequent first.
        fields: by event, the names of its properties.
        traits: names, most frequent first.
        currency: of the shop.
    """

    events: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    traits: tuple[str, ...]
    currency: str


def controls(draft: Draft, path: str, known: Known, values: Values) -> tuple[tuple[Control, ...], ...]:
    """Return the controls of a part, line by line."""
    if draft.kind == "trait":
        return (_trait(draft, path, known, values),)
    if draft.kind == "rank":
        return (_rank(draft, path),)
    if draft.kind in {"did", "did_not"}:
        return _deed(draft, path, known, values)
    return ()


def _trait(draft: Draft, path: str, known: Known, values: Values) -> tuple[Control, ...]:
    name = draft.text("trait")
    names = dict.fromkeys([*TRAITS, *known.traits, *([name] if name else [])])
    options = (("", _("choose an attribute")), *((one, trait_name(one)) for one in names))
    chosen = Control(
        name=f"{path}.trait", id=_id(path, "trait"), kind="select", label=_("Attribute"), value=name, options=options,
        changes_shape=True,
    )  # fmt: skip
    suggested = tuple(values(name, "", "")) if name else ()
    return (chosen, *_comparison(draft, path, "", "free", suggested, None))


def _rank(draft: Draft, path: str) -> tuple[Control, ...]:
    by, cmp = draft.text("by", "rank"), draft.text("cmp", "one_of")
    if by == "rank":
        options: tuple[Option, ...] = tuple((name, _(RANKS[name])) for name in RANK_NAMES)
    else:
        options = tuple((str(one), str(one)) for one in range(1, 11 if by == "decile" else 6))
    given = tuple(draft.said.get("value", []))
    value = Control(
        name=f"{path}.value", id=_id(path, "value"), kind="checks" if cmp == "one_of" else "select",
        label=_("Value"), value=given[0] if given else "", values=given, options=options,
    )  # fmt: skip
    return (
        Control(
            name=f"{path}.by", id=_id(path, "by"), kind="select", label=_("Score or rank"), value=by,
            options=tuple((one, _(RANKED_BY[one])) for one in RANKINGS), changes_shape=True,
        ),
        Control(
            name=f"{path}.cmp", id=_id(path, "cmp"), kind="select", label=_("Comparison"), value=cmp,
            options=tuple((one, _(WORDS[one])) for one in rank_comparisons(by)), changes_shape=True,
        ),
        value,
    )  # fmt: skip


def _deed(draft: Draft, path: str, known: Known, values: Values) -> tuple[tuple[Control, ...], ...]:
    event = draft.text("event")
    names = dict.fromkeys([ORDER, *LINES, *known.events, *EVENTS, *([event] if event else [])])
    first = (
        Control(
            name=f"{path}.event", id=_id(path, "event"), kind="select", label=_("What happened"), value=event,
            options=tuple((one, _(EVENTS[one]) if one in EVENTS else one) for one in names), changes_shape=True,
        ),
        *_period(draft, path),
        *_times(draft, path),
    )  # fmt: skip
    wheres = [_where(draft, path, index, event, known, values) for index in draft.wheres()]
    return (first, *wheres, _total(draft, path, event, known))


def _period(draft: Draft, path: str) -> tuple[Control, ...]:
    when = draft.text("when")
    chosen = Control(
        name=f"{path}.when", id=_id(path, "when"), kind="select", label=_("Period"), value=when,
        options=tuple((one, _(words)) for one, words in _WHEN.items()), changes_shape=True,
    )  # fmt: skip
    if when in {"days", "hours"}:
        return (chosen, _number(f"{path}.{when}", _id(path, when), _("How long"), draft.text(when)))
    if when == "between":
        return (
            chosen,
            Control(name=f"{path}.from", id=_id(path, "from"), kind="date", label=_("From"), value=draft.text("from")),
            Control(
                name=f"{path}.to", id=_id(path, "to"), kind="date", label=_("To"), value=draft.text("to"),
                before="–",
            ),
        )  # fmt: skip
    return (chosen,)


def _times(draft: Draft, path: str) -> tuple[Control, ...]:
    cmp = draft.text("count_cmp")
    once = _("not once") if draft.kind == "did_not" else _("at least once")
    options = (("", once), *((one, _(TIMES[one], count="…")) for one in TIMES))
    chosen = Control(
        name=f"{path}.count_cmp", id=_id(path, "count_cmp"), kind="select", label=_("How often"), value=cmp,
        options=options, changes_shape=True,
    )  # fmt: skip
    if not cmp:
        return (chosen,)
    return (chosen, _number(f"{path}.count_value", _id(path, "count_value"), _("Number"), draft.text("count_value")))


def _where(draft: Draft, path: str, index: int, event: str, known: Known, values: Values) -> tuple[Control, ...]:
    prefix = f"where.{index}."
    field = draft.text(f"{prefix}field")
    chosen = Control(
        name=f"{path}.{prefix}field", id=_id(path, f"{prefix}field"), kind="select", label=_("Detail"), value=field,
        options=_fields(event, field, known), before=_("of which"), changes_shape=True,
    )  # fmt: skip
    drop = Control(
        name=f"drop:{path}:{index}", id=_id(path, f"{prefix}drop"), kind="drop", label=_("Leave this detail out")
    )
    if not field:
        return (chosen, drop)
    kind = field_shape(event, field)
    suggested = tuple(values("", event, field)) if kind in {"text", "free"} else ()
    money = known.currency if field == "amount" else None
    return (chosen, *_comparison(draft, path, prefix, kind, suggested, money), drop)


def _comparison(
    draft: Draft, path: str, prefix: str, kind: str, suggested: Sequence[Option], money: str | None
) -> tuple[Control, ...]:
    borne = comparisons(kind)
    cmp = draft.text(f"{prefix}cmp", "is")
    cmp = cmp if cmp in borne else "is"
    ways = ways_of(kind, cmp)
    way = chosen_way(draft, prefix, ways)
    found = [
        Control(
            name=f"{path}.{prefix}cmp", id=_id(path, f"{prefix}cmp"), kind="select", label=_("Comparison"), value=cmp,
            options=tuple((one, _(WORDS[one])) for one in borne), changes_shape=True,
        )
    ]  # fmt: skip
    name, place, texts = f"{path}.{prefix}value", _id(path, f"{prefix}value"), draft.said.get(f"{prefix}value", [])
    written = texts[0] if texts else ""
    if way == "flag":
        answers = (("true", _("yes")), ("false", _("no")))
        found.append(
            Control(name=name, id=place, kind="select", label=_("Value"), value=written or "true", options=answers)
        )
    elif "texts" in borne[cmp] or "numbers" in borne[cmp]:
        found.append(Control(name=name, id=place, kind="lines", label=_("Values, one a line"), value=written))
    elif way == "number":
        found.append(_number(name, place, _("Number"), written, after=money or ""))
    elif way == "date":
        found.append(Control(name=name, id=place, kind="date", label=_("Date"), value=written))
    else:
        found.append(
            Control(name=name, id=place, kind="text", label=_("Value"), value=written, options=tuple(suggested))
        )
    if len(ways) > 1:
        found.append(_way(draft, path, prefix, ways, way if cmp in SIZES or way != "text" else ""))
    return tuple(found)


def _way(draft: Draft, path: str, prefix: str, ways: Sequence[str], way: str) -> Control:
    """Return the choice of how it is compared; empty is for "not chosen".

    Of sizes the empty one says what is then done, and why; otherwise it is the comparison as text.
    """
    by_itself = draft.text(f"{prefix}found")
    options = [(one, _(WAYS[one])) for one in ways]
    if by_itself:
        options.insert(0, ("", _(FOUND[by_itself])))
        way = draft.text(f"{prefix}as") if draft.text(f"{prefix}as") in ways else ""
    elif not way:
        options[0] = ("", options[0][1])
    return Control(
        name=f"{path}.{prefix}as", id=_id(path, f"{prefix}as"), kind="select", label=_("How it is compared"),
        value=way, options=tuple(options), changes_shape=True,
    )  # fmt: skip


def _total(draft: Draft, path: str, event: str, known: Known) -> tuple[Control, ...]:
    field = draft.text("sum_field")
    summed = [name for name, _words in _fields(event, field, known) if _is_summed(event, name)]
    options = (("", _("no total")), *((one, _("total {field}", field=_field(one))) for one in summed))
    chosen = Control(
        name=f"{path}.sum_field", id=_id(path, "sum_field"), kind="select", label=_("Total of"), value=field,
        options=options, before=_("and in total"), changes_shape=True,
    )  # fmt: skip
    add = Control(name=f"where:{path}", id=_id(path, "where"), kind="add", label=_("Only with a certain detail"))
    if not field:
        return (chosen, add)
    cmp = Control(
        name=f"{path}.sum_cmp", id=_id(path, "sum_cmp"), kind="select", label=_("Comparison"),
        value=draft.text("sum_cmp", "gte"), options=tuple((one, _(WORDS[one])) for one in NUMBERS_COMPARED),
    )  # fmt: skip
    unit = known.currency if field == "amount" else ""
    return (
        chosen,
        cmp,
        _number(f"{path}.sum_value", _id(path, "sum_value"), _("Number"), draft.text("sum_value"), after=unit),
        add,
    )


def _fields(event: str, chosen: str, known: Known) -> tuple[Option, ...]:
    typed = typed_fields(event)
    names = list(typed) if typed is not None else list(known.fields.get(event, ()))
    if chosen and chosen not in names:
        names.append(chosen)
    return (("", _("choose a detail")), *((one, _field(one)) for one in names))


def _is_summed(event: str, field: str) -> bool:
    return bool(field) and field_shape(event, field) in {"number", "free"}


def _field(name: str) -> str:
    return _(FIELDS[name]) if name in FIELDS else name


def _number(name: str, place: str, label: str, value: str, *, after: str = "") -> Control:
    return Control(name=name, id=place, kind="number", label=label, value=value, after=after)


def _id(path: str, name: str) -> str:
    return f"{path}-{name}".replace(".", "-")
