"""RFM, deciles and ranks as tables, by hand and on a whole year of real purchases."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import polars as pl
import pytest

from tenshu.know import analysed, cells, decile_table, deciles, rank_table, rfm
from tenshu.know.cuts import RankBorders
from tenshu.know.rank import read_borders, write_borders
from tenshu.segment import evaluate
from tenshu.store import settings as _settings  # noqa: F401 - its tables
from tenshu.store.ledger import Ledger
from tenshu.store.tables import ledger_metadata
from tenshu.store.warehouse import Warehouse
from tests.unit.know.shop import NOW, ZONE, shop

FIVE = [(1, 400.0, 100), (2, 200.0, 200), (3, 100.0, 300), (4, 50.0, 400), (5, 10.0, 500)]


def test_five_customers_in_a_row_score_one_to_five() -> None:
    found = rfm(shop([*FIVE]), as_of=NOW, zone=ZONE)
    assert found["recency_score"].to_list() == [1, 2, 3, 4, 5]
    assert found["monetary_score"].to_list() == [1, 2, 3, 4, 5]
    assert found["frequency_score"].to_list() == [1, 1, 1, 1, 1]  # one order each: all tie
    assert found["recency_days"].to_list() == [400, 200, 100, 50, 10]


def test_only_those_who_bought_in_the_period_are_analysed() -> None:
    found = rfm(shop([*FIVE]), as_of=NOW, zone=ZONE, period_days=100)
    assert found["customer"].to_list() == [3, 4, 5]
    # 1/3 worse: 1 + floor(1.67) = 2; 2/3 worse: 1 + floor(3.33) = 4
    assert found["monetary_score"].to_list() == [1, 2, 4]


def test_a_period_of_days_includes_the_whole_first_day() -> None:
    # 100 days before noon is noon; the window of 100 days began at midnight of that day.
    assert rfm(shop([(1, 100.4, 5)]), as_of=NOW, zone=ZONE, period_days=100).height == 1
    assert rfm(shop([(1, 100.6, 5)]), as_of=NOW, zone=ZONE, period_days=100).height == 0


def test_a_past_day_gives_what_that_day_would_have_given() -> None:
    whole = shop([*FIVE])
    then = NOW - timedelta(days=60)
    past = shop([(node, days - 60, amount) for node, days, amount in FIVE if days >= 60], now=then)
    assert rfm(whole, as_of=then, zone=ZONE).equals(rfm(past, as_of=then, zone=ZONE))


def test_an_empty_shop_has_empty_tables() -> None:
    empty = Warehouse(threads=1)
    scores = rfm(empty, as_of=NOW, zone=ZONE)
    assert scores.is_empty()
    assert decile_table(deciles(empty, as_of=NOW, zone=ZONE)).is_empty()
    assert cells(scores)["customers"].sum() == 0
    assert rank_table(analysed(empty, as_of=NOW, zone=ZONE))["customers"].to_list() == [0] * 5


def test_the_grid_has_all_cells_and_loses_nobody() -> None:
    scores = rfm(shop([*FIVE]), as_of=NOW, zone=ZONE)
    grid = cells(scores)
    assert grid.height == 25
    assert grid["customers"].sum() == 5
    assert grid["revenue"].sum() == 1500
    assert grid.row(0)[:2] == (5, 5)  # the best cell first


def test_decile_shares_add_up() -> None:
    table = decile_table(deciles(shop([*FIVE]), as_of=NOW, zone=ZONE))
    assert table["decile"].to_list() == [1, 2, 3, 4, 5]
    assert table["revenue_rate"].sum() == pytest.approx(1)
    assert table["cumulative_rate"].to_list() == pytest.approx([500 / 1500, 900 / 1500, 1200 / 1500, 1400 / 1500, 1])
    assert table["revenue_per_customer"].to_list() == [500, 400, 300, 200, 100]


def test_every_rank_is_listed_best_first() -> None:
    table = rank_table(analysed(shop([*FIVE]), as_of=NOW, zone=ZONE))
    assert table["rank"].to_list() == ["best", "loyal", "regular", "trial", "dormant"]
    assert table["customers"].to_list() == [0, 0, 0, 3, 2]


def test_the_shops_borders_are_kept_and_read(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger_metadata.create_all(ledger.engine)
    assert read_borders(ledger) == RankBorders()
    wanted = RankBorders(period_days=365, dormant_days=90, best_decile=2, trial_orders=2, loyal_orders=8)
    with ledger.writing() as tx:
        write_borders(tx, wanted)
    assert read_borders(ledger) == wanted
    ledger.close()


@pytest.fixture(scope="module")
def online_retail() -> Warehouse:
    """Return the counted lines of the UCI Online Retail purchases: customer known, quantity and price positive."""
    warehouse = Warehouse()
    parquet = resources.files("tenshu.rehearse.demo") / "online_retail.parquet"
    with resources.as_file(parquet) as path:
        warehouse.execute(
            """
            INSERT INTO order_lines BY NAME
            SELECT
                encode(file_row_number::VARCHAR) AS fact_id, 1 AS batch, CustomerID::INTEGER AS node,
                'product_purchased' AS event, 'shop' AS source, InvoiceNo AS order_no, StockCode AS product_id,
                Description AS description, Quantity AS quantity, UnitPrice::DECIMAL(18, 4) AS unit_price,
                round(Quantity::DECIMAL(18, 3) * UnitPrice::DECIMAL(18, 4) * 100)::BIGINT AS amount,
                true AS is_goods, InvoiceDate AS occurred_at
            FROM read_parquet($path, file_row_number = true)
            WHERE CustomerID IS NOT NULL AND Quantity > 0 AND UnitPrice > 0
            """,
            {"path": str(path)},
        )
    warehouse.execute("INSERT INTO node_map (node, customer) SELECT DISTINCT node, node FROM order_lines")
    return warehouse


AFTER_LAST = datetime(2011, 12, 10, tzinfo=UTC)
LONDON = "Europe/London"


def test_the_real_shop_has_its_known_figures(online_retail: Warehouse) -> None:
    scores = rfm(online_retail, as_of=AFTER_LAST, zone=LONDON)
    lines = online_retail.frame("SELECT count(*) AS lines FROM order_lines").item()
    assert lines == 397_884
    assert (scores.height, scores["orders"].sum(), scores["revenue"].sum()) == (4338, 18532, 891_140_790)


def test_a_tenth_of_the_real_customers_brings_three_fifths_of_the_revenue(online_retail: Warehouse) -> None:
    table = decile_table(deciles(online_retail, as_of=AFTER_LAST, zone=LONDON))
    assert table["customers"].to_list() == [434] * 8 + [433] * 2  # 4338 = 10 x 433 + 8
    assert round(table["revenue_rate"][0], 5) == 0.61375
    assert round(table["cumulative_rate"][1], 3) == 0.746
    assert table["revenue"].sum() == 891_140_790


def test_the_ranks_of_the_real_shop_hold_everybody(online_retail: Warehouse) -> None:
    table = rank_table(analysed(online_retail, as_of=AFTER_LAST, zone=LONDON))
    assert table["customers"].sum() == 4338
    assert table["revenue"].sum() == 891_140_790
    assert all(count > 0 for count in table["customers"])


def test_real_dormant_customers_are_the_same_by_condition_and_by_table(online_retail: Warehouse) -> None:
    from tenshu.condition import parse  # noqa: PLC0415
    from tenshu.know.publish import compute_cuts  # noqa: PLC0415

    asked = {
        "ranked": parse({"kind": "rank", "by": "rank", "cmp": "is", "value": "dormant"}),
        "asked": parse(
            {
                "kind": "and",
                "of": [
                    {"kind": "did", "event": "order_completed"},
                    {"kind": "did_not", "event": "order_completed", "within": {"days": 180}},
                ],
            }
        ),
    }
    cuts = compute_cuts(online_retail, as_of=AFTER_LAST, zone=LONDON)
    found = evaluate(online_retail, asked, now=AFTER_LAST, zone=LONDON, cuts=cuts)
    assert found["ranked"].equals(found["asked"], check_names=False)
    table = rank_table(analysed(online_retail, as_of=AFTER_LAST, zone=LONDON))
    assert found["asked"].sum() == table.filter(pl.col("rank") == "dormant")["customers"].item()
