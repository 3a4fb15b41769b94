"""Publishing cut points: kept, versioned, idempotent, and never used for an earlier day."""

from datetime import timedelta
from pathlib import Path

from tenshu.know.cuts import RankBorders
from tenshu.know.publish import compute_cuts, publish_ranks, published_cuts
from tenshu.store.warehouse import Warehouse
from tests.unit.know.shop import NOW, ZONE, shop

PURCHASES = [(1, 5.0, 300), (2, 40.0, 200), (3, 200.0, 100), (1, 90.0, 700)]


def versions(warehouse: Warehouse) -> list[int]:
    return warehouse.frame("SELECT DISTINCT version FROM rank_cuts ORDER BY version")["version"].to_list()


def test_nothing_is_published_in_a_fresh_home() -> None:
    assert published_cuts(Warehouse(threads=1), now=NOW) is None


def test_what_was_published_is_read_back_to_the_last_digit() -> None:
    warehouse = shop([(None if node == 9 else node, days, amount) for node, days, amount in PURCHASES])
    told = publish_ranks(warehouse, now=NOW, zone=ZONE, borders=RankBorders(period_days=365, loyal_orders=7))
    assert published_cuts(warehouse, now=NOW) == told
    assert told.version == 1


def test_publishing_the_same_instant_again_replaces_its_version() -> None:
    warehouse = shop([*PURCHASES])
    publish_ranks(warehouse, now=NOW, zone=ZONE)
    again = publish_ranks(warehouse, now=NOW, zone=ZONE, borders=RankBorders(dormant_days=10))
    assert versions(warehouse) == [1]
    assert published_cuts(warehouse, now=NOW) == again


def test_the_newest_version_up_to_now_holds() -> None:
    warehouse = shop([*PURCHASES])
    first = publish_ranks(warehouse, now=NOW - timedelta(days=2), zone=ZONE)
    second = publish_ranks(warehouse, now=NOW, zone=ZONE)
    assert versions(warehouse) == [1, 2]
    assert published_cuts(warehouse, now=NOW + timedelta(days=9)) == second
    assert published_cuts(warehouse, now=NOW - timedelta(hours=1)) == first
    assert published_cuts(warehouse, now=NOW - timedelta(days=3)) is None


def test_a_version_for_an_earlier_day_published_late_does_not_hold_today() -> None:
    warehouse = shop([*PURCHASES])
    today = publish_ranks(warehouse, now=NOW, zone=ZONE)
    publish_ranks(warehouse, now=NOW - timedelta(days=30), zone=ZONE)
    assert published_cuts(warehouse, now=NOW) == today


def test_publishing_equals_computing() -> None:
    warehouse = shop([*PURCHASES])
    told = publish_ranks(warehouse, now=NOW, zone=ZONE)
    computed = compute_cuts(warehouse, as_of=NOW, zone=ZONE)
    assert (told.scores, told.decile, told.dormant_before_on) == (
        computed.scores,
        computed.decile,
        computed.dormant_before_on,
    )


def test_a_published_version_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    warehouse = Warehouse(path, threads=1)
    told = publish_ranks(warehouse, now=NOW, zone=ZONE)
    warehouse.close()
    assert published_cuts(Warehouse(path, threads=1), now=NOW) == told


def test_later_purchases_do_not_change_a_published_version() -> None:
    warehouse = shop([*PURCHASES])
    told = publish_ranks(warehouse, now=NOW, zone=ZONE)
    warehouse.execute("UPDATE order_lines SET amount = amount * 10")
    assert published_cuts(warehouse, now=NOW) == told
    assert compute_cuts(warehouse, as_of=NOW, zone=ZONE).scores != told.scores
