"""Join identifiers into customers: who is who, from links alone.

Asks: *which rows of several files are one person?* Identifiers that were told together in one row
are linked; a customer is a connected component, and its number is its smallest node, so numbers
follow the order of arrival and the earliest survives a merge. The result is a function of the links only,
never of their order.

A false merge puts a stranger's purchases into somebody's mail, so doubt separates:

1. An identifier linked to two different ones of the same stronger kind (a household's address) is
   *shared*: it joins nobody and is nobody's.
2. A component that still holds two numbers of the strongest kind loses the links of its weakest kind, then
   of the next, until it holds one.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenshu.identify.identifier import STRENGTH, WEAKEST


def map_nodes(identifiers: pl.DataFrame, links: pl.DataFrame, common: pl.Series | None = None) -> pl.DataFrame:
    """Return the customer of every node.

    Args:
        identifiers: `node`, `kind`.
        links: `node_a`, `node_b`; both must be among the identifiers.
        common: nodes that are known to be shared by rule 1, whatever of their links is given here.

    Returns:
        `node`, `customer` (the smallest node of its component), `is_shared`, `is_common` (by rule 1, which more
        links never undo), by node.
    """
    nodes = identifiers.select(
        pl.col("node").cast(pl.Int64),
        pl.col("kind")
        .cast(pl.String)
        .replace_strict(STRENGTH, default=WEAKEST, return_dtype=pl.Int64)
        .alias("strength"),
    ).sort("node")
    directed = _towards_weaker(nodes, links)
    shared = by_rule = _with(_shared(directed), common)
    kept = _without(directed, shared)
    for weakest in sorted(set(kept["weaker_strength"]), reverse=True):
        torn = _holding_several(nodes, kept)
        if torn.is_empty():
            break
        dropped = kept.filter(pl.col("weaker").is_in(torn.implode()) & (pl.col("weaker_strength") == weakest))
        shared = pl.concat([shared, dropped.select(node="weaker")]).unique()
        kept = _without(kept, shared)
    return _components(nodes, kept).select(
        "node",
        "customer",
        is_shared=pl.col("node").is_in(shared["node"].implode()),
        is_common=pl.col("node").is_in(by_rule["node"].implode()),
    )


def _towards_weaker(nodes: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    known = nodes.select("node", "strength")
    both = (
        links.select(pl.col("node_a").cast(pl.Int64), pl.col("node_b").cast(pl.Int64))
        .join(known.rename({"strength": "strength_a"}), left_on="node_a", right_on="node")
        .join(known.rename({"strength": "strength_b"}), left_on="node_b", right_on="node")
    )
    a_first = (pl.col("strength_a") < pl.col("strength_b")) | (
        (pl.col("strength_a") == pl.col("strength_b")) & (pl.col("node_a") < pl.col("node_b"))
    )
    return both.select(
        stronger=pl.when(a_first).then("node_a").otherwise("node_b"),
        weaker=pl.when(a_first).then("node_b").otherwise("node_a"),
        stronger_strength=pl.min_horizontal("strength_a", "strength_b"),
        weaker_strength=pl.max_horizontal("strength_a", "strength_b"),
    ).unique(maintain_order=True)


def _shared(directed: pl.DataFrame) -> pl.DataFrame:
    return (
        directed.filter(pl.col("stronger_strength") < pl.col("weaker_strength"))
        .group_by("weaker", "stronger_strength")
        .agg(pl.col("stronger").n_unique().alias("neighbours"))
        .filter(pl.col("neighbours") > 1)
        .select(pl.col("weaker").alias("node"))
        .unique()
    )


def _with(shared: pl.DataFrame, common: pl.Series | None) -> pl.DataFrame:
    return shared if common is None else pl.concat([shared, common.alias("node").to_frame()]).unique()


def _without(directed: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Return the links that touch no shared identifier."""
    if shared.is_empty():
        return directed
    return directed.join(shared, left_on="weaker", right_on="node", how="anti").join(
        shared, left_on="stronger", right_on="node", how="anti"
    )


def _holding_several(nodes: pl.DataFrame, kept: pl.DataFrame) -> pl.Series:
    """Return the nodes of components that hold two numbers of the strongest kind."""
    places = _places(nodes, kept)
    is_strongest = (nodes["strength"] == min(STRENGTH.values())).to_numpy()
    numbers = np.bincount(places[is_strongest], minlength=len(nodes))
    return nodes["node"].filter(pl.Series(numbers[places] > 1))


def _components(nodes: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    numbers = nodes["node"].to_numpy()
    return nodes.with_columns(customer=pl.Series(numbers[_places(nodes, kept)], dtype=pl.Int64))


def _places(nodes: pl.DataFrame, kept: pl.DataFrame) -> NDArray[np.int64]:
    """Return for each node the place of the smallest one of its component."""
    numbers = nodes["node"].to_numpy()
    return _smallest(len(numbers), _positions(numbers, kept["stronger"]), _positions(numbers, kept["weaker"]))


def _smallest(size: int, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each place the smallest one that links lead to from it.

    In each round every component is hooked to a smaller one that it touches, so that as many rounds are enough as the
    number of places can be halved.
    """
    found = np.arange(size)
    while len(one):
        ends = found[one], found[other]
        low, high = np.minimum(*ends), np.maximum(*ends)
        apart = low != high
        one, other = one[apart], other[apart]
        np.minimum.at(found, high[apart], low[apart])
        while not np.array_equal(further := found[found], found):
            found = further
    return found


def _positions(numbers: NDArray[np.int64], wanted: pl.Series) -> NDArray[np.int64]:
    return np.searchsorted(numbers, wanted.to_numpy())
