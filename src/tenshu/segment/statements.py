"""Write the SQL that computes features: one statement per source, whatever the number of features.

Built as SQLGlot expressions, so that another engine needs another spelling and not another
program. Values are bound, never written into the text; a window's instants are bound per call,
so a statement is written once per set of features and kept.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from sqlglot import exp

from tenshu.condition.fields import FieldKind, field_kind
from tenshu.condition.grammar import Where
from tenshu.condition.window import Window, window
from tenshu.segment.features import Aggregate, Source

#: What text has to look like to be read as a number: plain decimal notation, as JSON writes it.
NUMBER: Final = r"-?[0-9]{1,15}(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?"
_DIALECT: Final = "duckdb"
_COMPARED: Final[dict[str, type[exp.Binary]]] = {
    "is": exp.EQ,
    "is_not": exp.NEQ,
    "gt": exp.GT,
    "gte": exp.GTE,
    "lt": exp.LT,
    "lte": exp.LTE,
}
_TEXTUAL: Final = {"contains": "CONTAINS", "starts": "STARTS_WITH", "ends": "ENDS_WITH"}


class Statement(NamedTuple):
    """SQL with the values that do not change from call to call."""

    sql: str
    values: Mapping[str, Any]


def statement(source: Source, aggregates: Sequence[Aggregate]) -> Statement:
    """Return the statement that computes the aggregates of one source.

    Args:
        source: where the facts lie.
        aggregates: the features, all of that source; the n-th becomes column `f{n}`.

    Returns:
        A query over `members` (node, customer) and the warehouse with `customer` and one column per feature;
        customers without such facts are absent.
    """
    return _statement(source, tuple(msgspec.json.encode(feature) for feature in aggregates))


def instants(aggregates: Sequence[Aggregate], *, now: datetime, zone: str) -> dict[str, datetime]:
    """Return the instants to bind: `now`, and where each feature's window begins and ends."""
    bound = {"now": _plain(now)}
    for index, feature in enumerate(aggregates):
        period: Window = window(feature.within, feature.between, now=now, zone=zone)
        if period.since_at is not None:
            bound[f"since{index}"] = _plain(period.since_at)
        if period.until_at is not None:
            bound[f"until{index}"] = _plain(period.until_at)
    return bound


@lru_cache(maxsize=512)
def _statement(source: Source, encoded: tuple[bytes, ...]) -> Statement:
    aggregates = [msgspec.json.decode(one, type=Aggregate) for one in encoded]
    bound: dict[str, Any] = {}
    columns = [_column(feature, index, bound).as_(f"f{index}") for index, feature in enumerate(aggregates)]
    events = sorted({feature.event for feature in aggregates})
    rows = _orders() if source == "orders" else _facts(source, events, _numbers(aggregates, bound), bound)
    query = exp.select("customer", *columns).from_(rows.subquery("r")).group_by("customer")
    return Statement(query.sql(_DIALECT), bound)


def _orders() -> exp.Select:
    """Return orders as of now: key = (source, order number) of a customer, time = earliest line."""
    return (
        exp.select(
            "customer",
            "o.source",
            "o.order_no",
            "MIN(o.occurred_at) AS occurred_at",
            "SUM(o.amount) AS amount",
            "COUNT(*) AS lines",
            "'order_completed' AS event",
        )
        .from_("order_lines AS o")
        .join("members AS m", on="o.node = m.node")
        .where("o.event = 'product_purchased'", "o.occurred_at <= $now")
        .group_by("customer", "o.source", "o.order_no")
    )


def _numbers(aggregates: Sequence[Aggregate], bound: dict[str, Any]) -> list[exp.Expr]:
    """Return the properties that are added up as columns, so that each is read once a row."""
    fields = {one.field for one in aggregates if one.field and field_kind(one.event, one.field) == "free"}
    return [summand(field, "free", bound).as_(f"sum_{field}", quoted=True) for field in sorted(fields)]


def _facts(source: Source, events: list[str], numbers: list[exp.Expr], bound: dict[str, Any]) -> exp.Select:
    table = "order_lines" if source == "lines" else "facts"
    asked = exp.column("event", table="o").isin(*[_bind(event, "event", bound) for event in events])
    return (
        exp.select("customer", "o.*", *numbers)
        .from_(f"{table} AS o")
        .join("members AS m", on="o.node = m.node")
        .where(asked, "o.occurred_at <= $now")
    )


def _column(feature: Aggregate, index: int, bound: dict[str, Any]) -> exp.Expression:
    terms: list[exp.Expression] = [exp.EQ(this=exp.column("event"), expression=_bind(feature.event, "event", bound))]
    if feature.within is not None or (feature.between is not None and feature.between.from_on is not None):
        terms.append(exp.GTE(this=exp.column("occurred_at"), expression=exp.Placeholder(this=f"since{index}")))
    if feature.between is not None and feature.between.to_on is not None:
        terms.append(exp.LT(this=exp.column("occurred_at"), expression=exp.Placeholder(this=f"until{index}")))
    terms.extend(compared(where, field_kind(feature.event, where.field), bound) for where in feature.where)
    where = exp.Where(this=exp.and_(*terms))

    def over(aggregate: exp.Expression, kind: str) -> exp.Expression:
        chosen = exp.cast(exp.Filter(this=aggregate, expression=where.copy()), kind)
        return exp.Coalesce(this=chosen, expressions=[exp.Literal.number(0)])

    if feature.field is None:
        return over(exp.Count(this=exp.Star()), "BIGINT")
    # Added up exactly; only the totals become doubles.
    if field_kind(feature.event, feature.field) != "free":
        return over(exp.Sum(this=exp.column(feature.field)), "DOUBLE")
    number = exp.column(f"sum_{feature.field}", quoted=True)
    return _decimal(over(exp.Sum(this=whole(number)), "HUGEINT"), over(exp.Sum(this=billionths(number)), "HUGEINT"))


def _decimal(units: exp.Expression, nano: exp.Expression) -> exp.Expression:
    """Return units and billionths as a double: the nearest one, while 53 bits hold the billionths."""
    billion, exactly = exp.Literal.number(1_000_000_000), exp.Literal.number(2**53)
    total = exp.paren(exp.Add(this=exp.Mul(this=units, expression=billion), expression=nano))
    near = exp.Div(this=exp.cast(total.copy(), "DOUBLE"), expression=exp.Literal.number("1e9"))
    rest = exp.paren(exp.Mod(this=total.copy(), expression=billion.copy()))
    far = exp.Add(
        this=exp.cast(exp.IntDiv(this=total.copy(), expression=billion.copy()), "DOUBLE"),
        expression=exp.Div(this=exp.cast(rest, "DOUBLE"), expression=exp.Literal.number("1e9")),
    )
    is_near = exp.LTE(this=exp.Abs(this=total.copy()), expression=exactly)
    return exp.Case(ifs=[exp.If(this=is_near, true=near)], default=far)


def compared(where: Where, kind: FieldKind, bound: dict[str, Any]) -> exp.Expression:
    """Return one comparison as SQL; what is not there makes it false, never null."""
    values = where.value if isinstance(where.value, tuple) else (where.value,)
    is_number = not isinstance(values[0], str | bool)
    if where.cmp == "exists":
        is_null = exp.Is(this=text_of(where.field, kind, bound), expression=exp.null())
        return is_null.not_() if where.value is True else is_null
    field = _number(where.field, kind, bound) if is_number else text_of(where.field, kind, bound)
    right = [_bind(_spelt(value), "value", bound) for value in values]
    if where.cmp == "one_of":
        asked: Any = field.isin(*right)
    elif where.cmp in _TEXTUAL:
        asked = exp.Anonymous(this=_TEXTUAL[where.cmp], expressions=[field, *right])
    else:
        asked = _COMPARED[where.cmp](this=field, expression=right[0])
    return exp.Coalesce(this=exp.paren(asked), expressions=[exp.false()])


def summand(field: str, kind: FieldKind, bound: dict[str, Any]) -> exp.Expression:
    """Return what a field adds to a sum; a property of 10^15 or more, written with an exponent, counts as not there."""
    if kind != "free":
        return exp.column(field)
    number = _number(field, kind, bound)
    is_small = exp.LT(this=exp.Abs(this=number), expression=exp.Literal.number("1e15"))
    return exp.Case(ifs=[exp.If(this=is_small, true=number.copy())])


def whole(number: exp.Expression) -> exp.Expression:
    """Return the whole part of a number that is no typed column."""
    return exp.cast(exp.Trunc(this=number.copy()), "BIGINT")


def billionths(number: exp.Expression) -> exp.Expression:
    """Return the rest in billionths: as two whole numbers a number adds up the same in every order."""
    rest = exp.paren(exp.Sub(this=number.copy(), expression=exp.Trunc(this=number.copy())))
    return exp.cast(exp.Round(this=exp.Mul(this=rest, expression=exp.Literal.number("1e9"))), "BIGINT")


def text_of(field: str, kind: FieldKind, bound: dict[str, Any]) -> exp.Expression:
    """Return a field as text, null where it is not there."""
    if kind != "free":
        return exp.cast(exp.column(field), "VARCHAR")
    path = _bind(f'$."{field}"', "path", bound)
    properties = exp.column("properties")
    # Lists and objects compare with nothing, so they count as not there.
    nested = exp.Anonymous(this="JSON_TYPE", expressions=[properties, path]).isin("OBJECT", "ARRAY")
    text = exp.Anonymous(this="JSON_EXTRACT_STRING", expressions=[properties, path])
    return exp.Case(ifs=[exp.If(this=nested, true=exp.null())], default=text)


def _number(field: str, kind: FieldKind, bound: dict[str, Any]) -> exp.Expression:
    if kind != "free":
        return exp.cast(exp.column(field), "DOUBLE")
    text = text_of(field, kind, bound)
    return exp.Case(ifs=[exp.If(this=_looks_numeric(text), true=exp.cast(text.copy(), "DOUBLE"))])


def _looks_numeric(text: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="REGEXP_FULL_MATCH", expressions=[text, exp.Literal.string(NUMBER)])


def _spelt(value: str | float) -> str | float:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else float(value)


def _bind(value: Any, name: str, bound: dict[str, Any]) -> exp.Placeholder:
    for known, other in bound.items():
        if known.startswith(name) and other == value:
            return exp.Placeholder(this=known)
    fresh = f"{name}{len(bound)}"
    bound[fresh] = value
    return exp.Placeholder(this=fresh)


def _plain(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)
