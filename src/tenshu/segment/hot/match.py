"""The SQL that says which facts matter: the same comparisons as in `segment.statements`, over a table or a lent batch.

Each combination of comparisons becomes one bit of the row, eight to a byte; each field that is added up becomes whole
numbers, so that no order of adding changes a sum. One program serves the fill and the tick.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from sqlglot import exp

from tenshu.condition.fields import FieldKind, field_kind
from tenshu.condition.grammar import Where
from tenshu.know.trait import trait_path, trait_text
from tenshu.segment.features import Aggregate
from tenshu.segment.hot.arrays import Array, Rows
from tenshu.segment.hot.plan import EventAsk, OrderAsk, TraitAsk, same
from tenshu.segment.statements import billionths, compared, summand, text_of, whole

#: In how many parts of one a typed field is kept.
SCALES: Final = {"amount": 1, "quantity": 1_000, "unit_price": 10_000}
#: In how many parts of one the places of a property are kept.
NANO: Final = 1_000_000_000
_PARTS: Final = (whole, billionths)
_DIALECT: Final = "duckdb"


class Query(NamedTuple):
    """SQL over {table} with room for {more} comparisons: which event it is about, and the values that are bound."""

    event: str
    sql: str
    values: Mapping[str, Any]

    def over(self, table: str, more: str = "") -> str:
        """Return the SQL over a table."""
        return self.sql.replace("{table}", table).replace("{more}", more)


def event_query(ask: EventAsk, *, only: tuple[Aggregate, ...] | None = None) -> Query:
    """Return the query of node, at, b0, b1 ... (bits), v0, v0n, v1 ... (values) of one event.

    Args:
        ask: what is asked.
        only: answer only these of its questions; the others' bits are 0 and their values anything.
    """
    bound: dict[str, Any] = {"happened": ask.event}
    answered = (*ask.running, *ask.windows) if only is None else only
    wheres = [some if any(same(some, one.where) for one in answered) else None for some in ask.wheres]
    fields = [field if any(field == one.field for one in answered) else None for field in ask.fields]
    named = [where.field for some in wheres for where in some or ()] + [field for field in fields if field]
    kinds = {field: field_kind(ask.event, field) for field in named}
    texts = {text_of(field, kind, bound): f"x{n}" for n, (field, kind) in enumerate(kinds.items()) if kind == "free"}

    def spelt(tree: Any) -> str:
        read_once = tree.transform(lambda node: exp.column(texts[node]) if node in texts else node)
        return _written(read_once, bound)

    def bit_of(some: tuple[Where, ...] | None) -> str:
        if some is None:
            return "FALSE"
        return spelt(exp.and_(*(compared(one, kinds[one.field], bound) for one in some))) if some else "TRUE"

    packed = _packed([bit_of(some) for some in wheres])
    extracted = "".join(f", {_written(text, bound)} AS {name}" for text, name in texts.items())
    summed = ["0::BIGINT" if field is None else spelt(summand(field, kinds[field], bound)) for field in fields]
    columns = "".join(f", b{index}" for index in range(len(packed)))
    values = "".join(_value(n, field_kind(ask.event, field)) for n, field in enumerate(ask.fields))
    return Query(
        ask.event,
        f"""
        SELECT node, "at"{columns}{values} FROM (
            SELECT node, "at"{_numbered(packed, "b")}{_numbered(summed, "d")} FROM (
                SELECT *{extracted}, epoch_us(occurred_at) AS "at"
                FROM {{table}} WHERE event = $happened AND node IS NOT NULL {{more}}
            )
        )
        """,  # noqa: S608 - written by SQLGlot
        _left(bound),
    )


def order_query(ask: OrderAsk) -> Query:
    """Return the query of node, key, at, amount, b0 ... of lines that were bought."""
    bound: dict[str, Any] = {"happened": "product_purchased"}
    compares = [compared(where, field_kind("order_completed", where.field), bound) for where in ask.settled]
    columns = _numbered(_packed([_written(one, bound) for one in compares]), "b")
    return Query(
        "product_purchased",
        f"""
        SELECT node, hash(source, order_no) AS key, epoch_us(occurred_at) AS "at", amount::BIGINT AS amount{columns}
        FROM {{table}} WHERE event = $happened AND node IS NOT NULL {{more}}
        """,  # noqa: S608 - written by SQLGlot
        _left(bound),
    )


def trait_query(ask: TraitAsk) -> Query:
    """Return the query of node, at, received, fact_id, t0, t1 ... (texts) of what people stated."""
    bound = {"happened": "customer_described"}
    bound |= {f"path{index}": trait_path(name) for index, name in enumerate(ask.traits)}
    texts = "".join(f", {trait_text(f'path{index}')} AS t{index}" for index in range(len(ask.traits)))
    return Query(
        "customer_described",
        f"""
        SELECT node, epoch_us(occurred_at) AS "at", epoch_us(received_at) AS received, fact_id{texts}
        FROM {{table}} WHERE event = $happened AND node IS NOT NULL {{more}}
        """,  # noqa: S608 - numbered columns; every value is bound
        bound,
    )


def numbers(frame: pl.DataFrame) -> Rows:
    """Return the columns of a query as arrays; the bytes b0, b1 ... become one array `bits`."""
    packed = [name for name in frame.columns if name[0] == "b" and name[1:].isdigit()]
    rows = {name: _plain_numbers(frame[name]) for name in frame.columns if name not in packed}
    rows["node"] = rows["node"].astype(np.int32, copy=False)
    rows["bits"] = np.empty((frame.height, len(packed)), np.uint8)
    for index, name in enumerate(packed):
        rows["bits"][:, index] = frame[name].to_numpy()
    return rows


def _plain_numbers(column: pl.Series) -> Array:
    """Return a column as whole numbers; a decimal in its smallest parts."""
    is_decimal = isinstance(column.dtype, pl.Decimal)
    return (column.to_physical().cast(pl.Int64) if is_decimal else column).to_numpy()


def value_columns(ask: EventAsk) -> dict[str, tuple[str, FieldKind]]:
    """Return the names of the columns of values with their field and its kind."""
    found: dict[str, tuple[str, FieldKind]] = {}
    for index, field in enumerate(ask.fields):
        kind = field_kind(ask.event, field)
        found[f"v{index}"] = (field, kind)
        if kind == "free":
            found[f"v{index}n"] = (field, kind)
    return found


def as_double(total: Array, scale: int) -> Array:
    """Return totals in parts of a unit as the engine makes doubles of decimals."""
    units = np.sign(total) * (np.abs(total) // scale)
    exact, large = total / scale, units.astype(np.float64) + (total - units * scale) / scale
    return np.asarray(np.where(np.abs(total) <= 2**53, exact, large))


def nano_double(whole_units: Array, nano: Array) -> Array:
    """Return totals in units and billionths as `segment.statements` makes doubles of them."""
    carried = np.sign(nano) * (np.abs(nano) // NANO)
    units, rest = whole_units + carried, nano - carried * NANO
    # Both on the same side of zero, so that nothing is lost when they come together.
    borrowed = np.where((units > 0) & (rest < 0), 1, np.where((units < 0) & (rest > 0), -1, 0))
    units, rest = units - borrowed, rest + borrowed * NANO
    is_near = np.abs(units) <= 2**53 // NANO
    parts = np.where(is_near, units, 0) * NANO + rest
    is_near &= np.abs(parts) <= 2**53
    return np.asarray(np.where(is_near, parts / NANO, units.astype(np.float64) + rest / NANO))


def _value(index: int, kind: FieldKind) -> str:
    if kind != "free":
        return f", d{index} AS v{index}"
    parts = [exp.Coalesce(this=part(exp.column(f"d{index}")), expressions=[exp.Literal.number(0)]) for part in _PARTS]
    return f", {parts[0].sql(_DIALECT)} AS v{index}, {parts[1].sql(_DIALECT)} AS v{index}n"


def _written(tree: exp.Expression, bound: Mapping[str, Any]) -> str:
    """Return SQL with its plain values written out.

    A bound text costs the engine a fifth of a millisecond a call, which a hundred of them a tick would feel.
    """

    def plain(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, exp.Placeholder) or not _is_plain(bound[node.name]):
            return node
        value = bound[node.name]
        return exp.Literal.string(value) if isinstance(value, str) else exp.cast(exp.Literal.number(value), "DOUBLE")

    return str(tree.transform(plain).sql(_DIALECT))


def _left(bound: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are still bound: the event's name, and texts that are not plain."""
    return {name: value for name, value in bound.items() if name == "happened" or not _is_plain(value)}


def _is_plain(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, str) and value.isprintable() and not {"{", "}"} & set(value))


def _numbered(columns: Sequence[str], name: str) -> str:
    return "".join(f", {sql} AS {name}{index}" for index, sql in enumerate(columns))


def _packed(bits: Sequence[str]) -> list[str]:
    eights = [bits[start : start + 8] for start in range(0, len(bits), 8)]
    return [
        " + ".join(f"CAST(({one}) AS UTINYINT) * {1 << place}::UTINYINT" for place, one in enumerate(eight))
        for eight in eights
    ]
