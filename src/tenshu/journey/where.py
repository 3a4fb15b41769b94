"""Test the facts that open a scenario, as one expression over their frame.

The comparisons mean the same as in a condition (`tenshu.condition`): a property that is not there, or is
no number where a number is asked, fails every test but "does not exist".
"""

from collections.abc import Sequence

import polars as pl

from tenshu.condition import Where


def passes(tests: Sequence[Where], columns: Sequence[str]) -> pl.Expr:
    """Return whether a fact passes every test.

    Args:
        tests: from `tenshu.journey.conditions.entry_tests`.
        columns: of the frame of facts; a field that is none of them is looked up in `properties` (JSON).
    """
    return pl.all_horizontal(pl.lit(value=True), *[_passes(test, columns) for test in tests])


def _passes(test: Where, columns: Sequence[str]) -> pl.Expr:
    if test.field in columns and test.field != "properties":
        found = pl.col(test.field)
    else:
        found = pl.col("properties").str.json_path_match(f'$["{test.field}"]')
    if test.cmp == "exists":
        return found.is_not_null() if test.value else found.is_null()
    return _compared(found, test).fill_null(value=False)


def _compared(found: pl.Expr, test: Where) -> pl.Expr:
    if isinstance(test.value, tuple):
        sample = test.value[0]
        return _as(found, sample).is_in([float(item) if _is_number(sample) else item for item in test.value])
    value: str | float = str(test.value).lower() if isinstance(test.value, bool) else test.value
    seen = _as(found, value)
    comparisons = {
        "is": lambda: seen == value,
        "is_not": lambda: seen != value,
        "gt": lambda: seen > value,
        "gte": lambda: seen >= value,
        "lt": lambda: seen < value,
        "lte": lambda: seen <= value,
        "contains": lambda: seen.str.contains(str(value), literal=True),
        "starts": lambda: seen.str.starts_with(str(value)),
        "ends": lambda: seen.str.ends_with(str(value)),
    }
    return comparisons[test.cmp]()


def _as(found: pl.Expr, value: object) -> pl.Expr:
    return found.cast(pl.Float64, strict=False) if _is_number(value) else found.cast(pl.String)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
