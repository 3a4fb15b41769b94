"""Compare a column of texts: one polars expression per comparison, two-valued.

The same rules as in SQL (`statements.compared`): what is not there makes a comparison false;
a number as the value makes the text be read as a number; text that is no number is not there.
"""

import operator
from collections.abc import Callable
from typing import Any, Final

import polars as pl

from tenshu.condition.grammar import Value
from tenshu.segment.statements import NUMBER

_COMPARED: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def compared_text(column: pl.Expr, cmp: str, value: Value) -> pl.Expr:
    """Return a comparison of a text column with a value.

    >>> texts = pl.DataFrame({"t": ["12", "x", None]})
    >>> texts.select(compared_text(pl.col("t"), "gt", 5)).to_series().to_list()
    [True, False, False]
    """
    if cmp == "exists":
        return column.is_not_null() if value is True else column.is_null()
    values = value if isinstance(value, tuple) else (value,)
    if isinstance(values[0], bool):
        values = ("true" if values[0] else "false",)
    if isinstance(values[0], str):
        return _compared_as_text(column, cmp, [str(one) for one in values])
    return compared_number(as_number(column), cmp, tuple(float(one) for one in values))


def compared_number(column: pl.Expr, cmp: str, values: tuple[float, ...]) -> pl.Expr:
    """Return a comparison of a column of numbers; null compares as false."""
    if cmp == "one_of":
        asked = pl.any_horizontal(*[column == value for value in values])
    else:
        asked = _COMPARED[cmp](column, values[0])
    return asked.fill_null(value=False)


def as_number(column: pl.Expr) -> pl.Expr:
    """Return the texts as numbers, null where a text is none."""
    return pl.when(column.str.contains(f"^(?:{NUMBER})$")).then(column).cast(pl.Float64, strict=False)


def _compared_as_text(column: pl.Expr, cmp: str, values: list[str]) -> pl.Expr:
    if cmp == "one_of":
        asked = column.is_in(values)
    elif cmp == "contains":
        asked = column.str.contains(values[0], literal=True)
    elif cmp == "starts":
        asked = column.str.starts_with(values[0])
    elif cmp == "ends":
        asked = column.str.ends_with(values[0])
    else:
        asked = _COMPARED[cmp](column, pl.lit(values[0]))
    return asked.fill_null(value=False)
