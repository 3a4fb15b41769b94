"""Publish cut points, and read the version that holds at an instant.

Publishing is idempotent: the same instant again replaces its own version. A version computed for a
later instant is never used for an earlier one, so that replays and `--as-of` see what held then.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl

from tenshu.condition.fields import SCORES
from tenshu.know.cuts import Cuts, RankBorders, cut_points
from tenshu.know.purchases import buyers, period_start
from tenshu.store.warehouse import Warehouse

#: The name of the setting that holds the shop's RankBorders.
SETTING: Final = "rank_borders"


def publish_ranks(warehouse: Warehouse, *, now: datetime, zone: str, borders: RankBorders | None = None) -> Cuts:
    """Compute the cut points as of `now`, keep them as the newest version, and return them."""
    cuts = compute_cuts(warehouse, as_of=now, zone=zone, borders=borders)
    with warehouse.transaction():
        version = _version(warehouse, now)
        warehouse.execute("DELETE FROM rank_cuts WHERE version = $version", {"version": version})
        warehouse.append("rank_cuts", _rows(cuts, version))
    return msgspec.structs.replace(cuts, version=version)


def compute_cuts(warehouse: Warehouse, *, as_of: datetime, zone: str, borders: RankBorders | None = None) -> Cuts:
    """Return the cut points as of an instant without publishing them."""
    chosen = borders or RankBorders()
    since_at = period_start(as_of, chosen.period_days, zone)
    bought = buyers(warehouse, until=as_of, since_at=since_at, zone=zone)
    return cut_points(bought, as_of=as_of, since_at=since_at, zone=zone, borders=chosen)


def published_cuts(warehouse: Warehouse, *, now: datetime) -> Cuts | None:
    """Return the newest version computed for `now` or earlier, or None when there is none."""
    sql = """
        SELECT version, kind, cuts FROM rank_cuts
        WHERE version = (SELECT arg_max(version, (as_of, version)) FROM rank_cuts WHERE as_of <= $now)
    """
    return _read(warehouse.frame(sql, {"now": now.replace(tzinfo=None)}))


def cuts_of(warehouse: Warehouse, version: int) -> Cuts | None:
    """Return the cut points of a version, or None when there is no such version."""
    return _read(warehouse.frame("SELECT version, kind, cuts FROM rank_cuts WHERE version = ?", [version]))


def _read(found: pl.DataFrame) -> Cuts | None:
    if found.is_empty():
        return None
    parts = {kind: msgspec.json.decode(text) for kind, text in found.select("kind", "cuts").iter_rows()}
    told: dict[str, Any] = parts.pop("rank")
    return msgspec.convert(
        {**told, "decile": parts.pop("decile"), "scores": parts, "version": found.item(0, "version")}, Cuts
    )


def _version(warehouse: Warehouse, now: datetime) -> int:
    sql = """
        SELECT coalesce(
            (SELECT max(version) FROM rank_cuts WHERE as_of = $now),
            (SELECT max(version) + 1 FROM rank_cuts),
            1
        ) AS version
    """
    return int(warehouse.frame(sql, {"now": now.replace(tzinfo=None)}).item())


def _rows(cuts: Cuts, version: int) -> pl.DataFrame:
    told = msgspec.to_builtins(cuts)
    parts: dict[str, object] = {kind: told["scores"][kind] for kind in SCORES}
    parts["decile"] = told["decile"]
    parts["rank"] = {name: told[name] for name in ("as_of", "zone", "since_at", "dormant_before_on", "borders")}
    return pl.DataFrame(
        {
            "version": [version] * len(parts),
            "as_of": [cuts.as_of.replace(tzinfo=None)] * len(parts),
            "kind": list(parts),
            "cuts": [msgspec.json.encode(part).decode() for part in parts.values()],
        },
        schema_overrides={"version": pl.Int32, "as_of": pl.Datetime("us")},
    )
