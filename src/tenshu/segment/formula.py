"""Turn a condition into one boolean polars expression over columns of features.

The same expression serves the whole population, the few whom a batch touched and a single
visitor. It is two-valued: features that are not there were spelled out before.
"""

from collections.abc import Callable
from functools import reduce
from operator import and_, or_

import polars as pl

from tenshu.condition import And, Condition, Did, DidNot, Not, Or, Rank, Trait
from tenshu.segment.compare import compared_number, compared_text
from tenshu.segment.features import RankFeature, TraitFeature, asks_count, key, summed


def told_text(condition: Trait) -> pl.Expr:
    """Return the comparison of a trait with the column of its texts."""
    return compared_text(pl.col(key(TraitFeature(condition.trait))), condition.cmp, condition.value)


def formula(condition: Condition, trait: Callable[[Trait], pl.Expr] = told_text) -> pl.Expr:
    """Return the expression that says, per row of features, whether the condition holds.

    Args:
        condition: what is asked.
        trait: how a comparison of a trait is written; where comparisons are known already it names their column.
    """
    if isinstance(condition, And):
        return reduce(and_, [formula(inner, trait) for inner in condition.of])
    if isinstance(condition, Or):
        return reduce(or_, [formula(inner, trait) for inner in condition.of])
    if isinstance(condition, Not):
        return ~formula(condition.of, trait)
    if isinstance(condition, Trait):
        return trait(condition)
    if isinstance(condition, Rank):
        return _ranked(condition)
    return _did(condition) if isinstance(condition, Did) else ~_did(condition)


def _did(condition: Did | DidNot) -> pl.Expr:
    count, cmp, times = asks_count(condition)
    holds = compared_number(pl.col(key(count)), cmp, (float(times),))
    total = summed(condition)
    if total is None or condition.sum is None:
        return holds
    return holds & compared_number(pl.col(key(total)), condition.sum.cmp, (float(condition.sum.value),))


def _ranked(condition: Rank) -> pl.Expr:
    column = pl.col(key(RankFeature(condition.by)))
    if condition.by == "rank":
        return compared_text(column, condition.cmp, condition.value)
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return compared_number(column, condition.cmp, tuple(float(one) for one in values))
