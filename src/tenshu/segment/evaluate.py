"""Ask many conditions of many customers at once: a few statements, then one expression each.

Features that several conditions share are computed once. At most five statements run, however many
conditions and customers there are: traits, orders, order lines, other facts, ranks (and the population).
With a few customers given, only their nodes are looked at.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

import polars as pl

from tenshu.condition import Condition
from tenshu.know.cuts import Cuts, scored
from tenshu.know.members import members_of
from tenshu.know.publish import published_cuts
from tenshu.know.purchases import buyers
from tenshu.know.trait import read_traits
from tenshu.segment.features import Aggregate, Feature, RankFeature, Source, TraitFeature, features, key
from tenshu.segment.formula import formula
from tenshu.segment.statements import instants, statement
from tenshu.store.warehouse import Warehouse

_SOURCES: Final[tuple[Source, ...]] = ("orders", "lines", "facts")
#: Where the columns of `know.cuts.scored` keep what a rank condition asks by.
RANK_COLUMNS: Final = {
    "rfm.recency": "recency_score",
    "rfm.frequency": "frequency_score",
    "rfm.monetary": "monetary_score",
    "decile": "decile",
    "rank": "rank",
}


def evaluate(
    warehouse: Warehouse,
    conditions: Mapping[str, Condition],
    *,
    now: datetime,
    zone: str,
    customers: pl.Series | None = None,
    cuts: Cuts | None = None,
) -> pl.DataFrame:
    """Return who meets which condition at `now`.

    Args:
        warehouse: where the facts lie.
        conditions: by the name of the column they become.
        now: nothing that happened later is seen; windows end here.
        zone: the shop's zone, for windows of days and dates.
        customers: who is asked about, in this order; None = everybody in the node map.
        cuts: cut points for ranks; None = the version published last, and where nothing was ever published
            nobody has a rank.

    Returns:
        `customer` (Int64) and one Boolean column per name.
    """
    people = _everybody(warehouse) if customers is None else customers.cast(pl.Int64).alias("customer").to_frame()
    known = read_features(warehouse, conditions, now=now, zone=zone, customers=customers, cuts=cuts)
    wide = people
    for frame in known:
        wide = wide.join(frame, on="customer", how="left", maintain_order="left")
    wide = wide.with_columns(
        pl.col(key(feature)).fill_null(0)
        for feature in features(conditions.values()).values()
        if isinstance(feature, Aggregate)
    )
    return wide.select("customer", **{name: formula(condition) for name, condition in conditions.items()})


def read_features(
    warehouse: Warehouse,
    conditions: Mapping[str, Condition],
    *,
    now: datetime,
    zone: str,
    customers: pl.Series | None,
    cuts: Cuts | None = None,
) -> list[pl.DataFrame]:
    """Return the features that the conditions need: frames of customer and one column per feature's key."""
    wanted = features(conditions.values()).values()
    return read_these(warehouse, wanted, now=now, zone=zone, customers=customers, cuts=cuts)


def read_these(
    warehouse: Warehouse,
    wanted: Collection[Feature],
    *,
    now: datetime,
    zone: str,
    customers: pl.Series | None,
    cuts: Cuts | None = None,
) -> list[pl.DataFrame]:
    """Return these features: frames of customer and one column per feature's key; who has no such facts is absent."""
    frames: list[pl.DataFrame] = []
    traits = {feature.trait: key(feature) for feature in wanted if isinstance(feature, TraitFeature)}
    if traits:
        frames.append(read_traits(warehouse, list(traits), now=now, customers=customers).rename(traits))
    for source in _SOURCES:
        asked = [feature for feature in wanted if isinstance(feature, Aggregate) and feature.source == source]
        if asked:
            frames.append(_aggregated(warehouse, source, asked, now=now, zone=zone, customers=customers))
    ranks = {RANK_COLUMNS[feature.by]: key(feature) for feature in wanted if isinstance(feature, RankFeature)}
    if ranks:
        frames.append(_ranked(warehouse, ranks, now=now, customers=customers, cuts=cuts))
    return frames


def _aggregated(
    warehouse: Warehouse,
    source: Source,
    asked: list[Aggregate],
    *,
    now: datetime,
    zone: str,
    customers: pl.Series | None,
) -> pl.DataFrame:
    members, query = members_of(customers), statement(source, asked)
    given = {**query.values, **instants(asked, now=now, zone=zone)}
    names = {f"f{index}": key(feature) for index, feature in enumerate(asked)}
    return (
        warehouse.frame(f"WITH {members.table} {query.sql}", given, **members.lent)
        .rename(names)
        .with_columns(pl.col("customer").cast(pl.Int64))
    )


def _ranked(
    warehouse: Warehouse, names: dict[str, str], *, now: datetime, customers: pl.Series | None, cuts: Cuts | None
) -> pl.DataFrame:
    chosen = cuts or published_cuts(warehouse, now=now)
    if chosen is None:
        kinds = {name: pl.String if column == "rank" else pl.Int64 for column, name in names.items()}
        return pl.DataFrame(schema={"customer": pl.Int64, **kinds})
    bought = buyers(warehouse, until=now, since_at=chosen.since_at, zone=chosen.zone, customers=customers)
    return scored(bought, chosen).select("customer", *names).rename(names)


def _everybody(warehouse: Warehouse) -> pl.DataFrame:
    found = warehouse.frame("SELECT DISTINCT customer FROM node_map ORDER BY customer")
    return found.with_columns(pl.col("customer").cast(pl.Int64))
