"""Say a condition as one sentence, in Japanese or English, so that a person can check it.

The sentence says what the condition does, the edges included: that `is_not` leaves out those of
whom nothing is known, and that a window of days begins at midnight.
"""

from datetime import date
from typing import Final

from tenshu.condition.grammar import (
    AT_LEAST_ONCE,
    And,
    Between,
    Condition,
    Count,
    Did,
    DidNot,
    Not,
    Or,
    Rank,
    Trait,
    Value,
    Where,
    Within,
)
from tenshu.condition.words import COMPARISONS, EVENTS, FIELDS, ONCE, RANKED_BY, RANKS, TIMES, trait_name
from tenshu.kit.i18n import _, _n
from tenshu.kit.money import format_money

_MONEY: Final = frozenset({"amount"})
_OPPOSITE: Final = {"is": "is_not", "is_not": "is", "gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt"}


def sentence(condition: Condition, language: str, *, currency: str | None = None) -> str:
    """Return the condition in words.

    Args:
        condition: what to say.
        language: ja or en.
        currency: ISO 4217 code; with it amounts are written as money, without it as minor units.

    >>> sentence(Trait("prefecture", "is", "Osaka"), "en")
    'prefecture is “Osaka”'
    """
    if isinstance(condition, And):
        return _(" and ", language).join(_grouped(inner, language, currency) for inner in condition.of)
    if isinstance(condition, Or):
        return _(" or ", language).join(_grouped(inner, language, currency) for inner in condition.of)
    if isinstance(condition, Not):
        return _("not ({inner})", language, inner=sentence(condition.of, language, currency=currency))
    if isinstance(condition, Trait):
        name = trait_name(condition.trait, language)
        return _compared(name, condition.cmp, condition.value, language, None)
    if isinstance(condition, Rank):
        return _ranked(condition, language)
    return _happened(condition, language, currency)


def _grouped(inner: Condition, language: str, currency: str | None) -> str:
    said = sentence(inner, language, currency=currency)
    return _("({inner})", language, inner=said) if isinstance(inner, And | Or) and len(inner.of) > 1 else said


def _ranked(rank: Rank, language: str) -> str:
    value = rank.value
    if rank.by == "rank":
        names = value if isinstance(value, tuple) else (value,)
        value = tuple(_label(RANKS, str(name), language) for name in names)
        value = value if rank.cmp == "one_of" else value[0]
    return _compared(_label(RANKED_BY, rank.by, language), rank.cmp, value, language, None)


def _happened(did: Did | DidNot, language: str, currency: str | None) -> str:
    if isinstance(did, DidNot) and did.sum is not None:
        inner = Did(did.event, did.where, did.within, did.between, did.count, did.sum)
        return _("not ({inner})", language, inner=sentence(inner, language, currency=currency))
    parts = {
        "event": _event(did.event, language),
        "count": _times(did, language),
        "where": _wheres(did.where, language, currency),
        "window": _window(did.within, did.between, language),
    }
    said = _("{event} {count}{where}{window}", language, **parts)
    if did.sum is None:
        return said
    field = _("total {field}", language, field=_label(FIELDS, did.sum.field, language))
    money = currency if did.sum.field in _MONEY else None
    return said + _(", ", language) + _compared(field, did.sum.cmp, did.sum.value, language, money)


def _times(did: Did | DidNot, language: str) -> str:
    count = did.count or AT_LEAST_ONCE
    cmp = _OPPOSITE[count.cmp] if isinstance(did, DidNot) else count.cmp
    if Count(count.cmp, count.value) == AT_LEAST_ONCE:
        return _("not once", language) if isinstance(did, DidNot) else _("at least once", language)
    return _n(ONCE[cmp], TIMES[cmp], _number(count.value), language)


def _wheres(wheres: tuple[Where, ...], language: str, currency: str | None) -> str:
    if not wheres:
        return ""
    said = [
        _compared(
            _label(FIELDS, where.field, language),
            where.cmp,
            where.value,
            language,
            currency if where.field in _MONEY else None,
        )
        for where in wheres
    ]
    return _(" ({comparisons})", language, comparisons=_(" and ", language).join(said))


def _window(within: Within | None, between: Between | None, language: str) -> str:
    if within is not None:
        return _within(within, language)
    if between is None:
        return ""
    if between.to_on is None:
        return _(" from {start} on", language, start=_day(between.from_on))
    if between.from_on is None:
        return _(" up to {end}", language, end=_day(between.to_on))
    return _(" from {start} to {end}", language, start=_day(between.from_on), end=_day(between.to_on))


def _within(within: Within, language: str) -> str:
    if within.days == 0:
        return _(" today", language)
    if within.days is not None:
        return _n(" yesterday and today", " in the last {days} days and today", within.days, language, days=within.days)
    return _n(" in the last hour", " in the last {hours} hours", f"{within.hours}", language, hours=within.hours)


def _compared(name: str, cmp: str, value: Value, language: str, currency: str | None) -> str:
    if cmp == "exists":
        return _("{name} is known", language, name=name) if value else _("{name} is not known", language, name=name)
    return _(COMPARISONS[cmp], language, name=name, value=_value(value, language, currency))


def _value(value: Value, language: str, currency: str | None) -> str:
    if isinstance(value, tuple):
        return _(", ", language).join(_value(one, language, currency) for one in value)
    if isinstance(value, bool):
        return _("yes", language) if value else _("no", language)
    if isinstance(value, str):
        return _("“{text}”", language, text=value)
    return format_money(value, currency, language) if currency else _number(value)


def _number(value: float) -> str:
    return f"{value:,}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _event(name: str, language: str) -> str:
    return _(EVENTS[name], language) if name in EVENTS else _("did “{event}”", language, event=name)


def _label(words: dict[str, str], name: str, language: str) -> str:
    return _(words[name], language) if name in words else name
