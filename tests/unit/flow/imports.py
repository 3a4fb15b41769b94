"""Imports of a few rows each, and what is known in the end without the numbers that the order of arrival gives."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import select

from tenshu.collect.connectors.file import StagedImport
from tenshu.collect.event import facts_frame
from tenshu.collect.importing import import_file
from tenshu.identify.tables import identifiers, node_map
from tenshu.privacy.tables import consents
from tenshu.store.home import Stores

Fact = dict[str, Any]


def bring(stores: Stores, name: str, facts: Sequence[Fact], *, at: datetime) -> str:
    """Import these facts as a file of that name; return the import's id."""
    folder = stores.home / "imports"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.parquet"
    facts_frame(list(facts)).write_parquet(path)
    staged = StagedImport(
        import_id=name,
        name=f"{name}.csv",
        kind="purchases",
        mapping={},
        confidence={"": 1.0},
        sheets=[""],
        facts_path=path,
        rejects_path=folder / f"{name}.rejects.csv",
        received_at=at,
        rows=len(facts),
        accepted=len(facts),
        rejects={},
        repeats=0,
        facts=len(facts),
        events={},
    )
    import_file(stores.inbox, stores.ledger, staged, home=stores.home)
    return name


def as_told(fact: Fact, nth: int) -> Fact:
    """Return the fact as the nth file tells it: the same key, another day, another word for the product."""
    day = timedelta(days=nth)
    told = {**fact, "received_at": fact["received_at"] + day, "source": f"file {nth}"}
    if fact["event"] == "consent_recorded":
        told["occurred_at"] = fact["occurred_at"] + day
    if fact.get("order_no"):
        told |= {"description": f"{fact['description']} {nth}", "is_goods": nth % 2 == 0}
    return told


def known(stores: Stores) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that is known: nodes as the identifiers that they are, customers as sets of them."""
    with stores.ledger.reading() as tx:
        names = tx.frame(select(identifiers.c.node, identifiers.c.kind, identifiers.c.value))
        places = tx.frame(select(node_map.c.node, node_map.c.customer, node_map.c.is_shared, node_map.c.is_common))
        words = tx.frame(select(consents))
    named = names.select("node", who=pl.concat_str("kind", pl.lit(":"), "value"))
    told = "SELECT * EXCLUDE (batch) FROM {} WHERE batch > 0"
    facts, lines = (stores.warehouse.frame(told.format(table)) for table in ("facts", "order_lines"))
    mirror = stores.warehouse.frame("SELECT node::BIGINT AS node, customer::BIGINT AS customer FROM node_map")
    of_ledger = places.filter(~pl.col("is_shared")).select("node", "customer")
    assert sorted(mirror.rows()) == sorted(of_ledger.rows())
    assert sorted(places["node"]) == sorted(names["node"])
    someone = places.join(named, on="node")
    sets = (
        someone.group_by("customer").agg(pl.col("who").sort()).select("customer", together=pl.col("who").list.join(" "))
    )
    whose = someone.join(sets, on="customer").select("who", "together", "is_shared", "is_common")
    return {
        "facts": _named(facts, named),
        "lines": _named(lines, named),
        "people": sorted(whose.rows()),
        "consents": _named(words, named),
    }


def staged_left(stores: Stores) -> list[Path]:
    """Return staged files that lie about."""
    return sorted((stores.home / "imports").glob("*.parquet"))


def _named(rows: pl.DataFrame, named: pl.DataFrame) -> list[tuple[Any, ...]]:
    with_names = rows.with_columns(pl.col("node").cast(pl.Int64)).join(named, on="node", how="left").drop("node")
    return sorted(with_names.select(sorted(with_names.columns)).rows(), key=repr)
