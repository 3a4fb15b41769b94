"""RFM and deciles of a million customers with three million orders, against the same SQL by hand."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from benchmarks.child import measure
from benchmarks.figure import Figure, middle
from benchmarks.machine import timed
from benchmarks.rfm_by_hand import DECILES, RFM
from tenshu.know.decile import decile_table, deciles
from tenshu.know.rfm import rfm
from tenshu.store.warehouse import Warehouse

CUSTOMERS: Final = 1_000_000
ORDERS: Final = 3_000_000
AS_OF: Final = datetime(2026, 6, 1, 3, tzinfo=UTC)
ZONE: Final = "Asia/Tokyo"
AT_MOST: Final = 2.0

#: Every second order has a second line; few customers buy much.
_LINES: Final = """
    INSERT INTO order_lines
    SELECT md5_number(n::VARCHAR || '.' || line)::BIT::BLOB, 1, 1 + least($customers - 1,
            ((hash(n) % 1000000) / 1e6 * sqrt((hash(n, 1) % 1000000) / 1e6) * $customers)::BIGINT)::INTEGER,
        CASE WHEN hash(n, line, 2) % 50 = 0 THEN 'product_returned' ELSE 'product_purchased' END,
        'shop', 'O' || n, 'P' || (hash(n, line, 3) % 2000), NULL, 1, 10, 100 + (hash(n, line, 4) % 20000)::BIGINT, true,
        TIMESTAMP '2026-06-01' - to_seconds((hash(n, 5) % 63072000)::BIGINT)
    FROM range($orders) AS orders(n), range(2) AS lines(line)
    WHERE line = 0 OR hash(n, 6) % 2 = 0
"""
_MAP: Final = "INSERT INTO node_map SELECT n + 1, n + 1 FROM range($customers) AS nodes(n)"


def run(folder: Path, *, size: float, repeats: int) -> list[Figure]:
    """Fill a warehouse, then let both take turns in one process on the same engine."""
    customers, orders = max(20, round(CUSTOMERS * size)), max(60, round(ORDERS * size))
    path = str(folder / "warehouse.duckdb")
    measure("benchmarks.part_rfm:fill", path=path, customers=customers, orders=orders)
    done = measure("benchmarks.part_rfm:compare", path=path, repeats=repeats)
    figures = []
    for what, runs in done.told["seconds"].items():
        ours, by_hand = middle(runs["ours"]), middle(runs["by_hand"])
        figures.append(
            Figure(
                part="rfm",
                what=f"{what}, {customers:,} customers, {orders:,} orders"
                + ("" if done.told["equal"][what] else " (RESULTS DIFFER)"),
                value=ours,
                unit="s",
                baseline="the same SQL by hand",
                baseline_value=by_hand,
                ratio=ours / by_hand,
                demand=f"<= {AT_MOST:g}x",
                is_met=ours <= AT_MOST * by_hand and done.told["equal"][what],
                runs=runs["ours"],
                peak_bytes=done.peak_bytes,
            )
        )
    return figures


def fill(path: str, customers: int, orders: int) -> None:
    """Make the warehouse; runs in a process of its own."""
    warehouse = Warehouse(Path(path))
    warehouse.execute(_MAP, {"customers": customers})
    warehouse.execute(_LINES, {"customers": customers, "orders": orders})
    warehouse.checkpoint()
    warehouse.close()


def compare(path: str, repeats: int) -> dict[str, Any]:
    """Let the product and the statements take turns; return the seconds of each and whether the results are equal."""
    warehouse = Warehouse(Path(path))
    seconds: dict[str, dict[str, list[float]]] = {}
    equal: dict[str, bool] = {}
    pairs = {"RFM": (_rfm, _rfm_by_hand), "deciles": (_deciles, _deciles_by_hand)}
    for _turn in range(repeats):
        for what, (ours, by_hand) in pairs.items():
            runs = seconds.setdefault(what, {"ours": [], "by_hand": []})
            took, mine = timed(partial(ours, warehouse))
            hand, theirs = timed(partial(by_hand, warehouse))
            runs["ours"].append(took)
            runs["by_hand"].append(hand)
            equal[what] = equal.get(what, True) and _is_equal(mine, theirs)
    seconds["RFM + deciles"] = {
        side: [sum(pair) for pair in zip(seconds["RFM"][side], seconds["deciles"][side], strict=True)]
        for side in ("ours", "by_hand")
    }
    equal["RFM + deciles"] = all(equal.values())
    warehouse.close()
    return {"seconds": seconds, "equal": equal}


def _rfm(warehouse: Warehouse) -> pl.DataFrame:
    return rfm(warehouse, as_of=AS_OF, zone=ZONE)


def _rfm_by_hand(warehouse: Warehouse) -> pl.DataFrame:
    today = AS_OF.astimezone(ZoneInfo(ZONE)).date()
    return warehouse.frame(RFM, {"until": AS_OF.replace(tzinfo=None), "zone": ZONE, "today": today})


def _deciles(warehouse: Warehouse) -> pl.DataFrame:
    return decile_table(deciles(warehouse, as_of=AS_OF, zone=ZONE))


def _deciles_by_hand(warehouse: Warehouse) -> pl.DataFrame:
    return warehouse.frame(DECILES, {"until": AS_OF.replace(tzinfo=None)})


def _is_equal(mine: pl.DataFrame, theirs: pl.DataFrame) -> bool:
    rounded = [frame.with_columns(pl.col(pl.Float64).round(9)) for frame in (mine, theirs)]
    return rounded[0].equals(rounded[1])
