"""The customers' half of the report agrees with the orders."""

from datetime import UTC, datetime

import polars as pl
import pytest

from tenshu.know.cuts import RankBorders
from tenshu.measure.customers import (
    RANKS,
    CustomerSheet,
    Totals,
    customer_sheet,
    decile_curve,
    heat_map,
    rank_rows,
    totals,
)
from tenshu.store.warehouse import Warehouse
from tests.unit.measure.books import buy, day, know

ZONE = "Asia/Tokyo"
LATER = day(100)


def shop_of_twenty() -> Warehouse:
    """Return a shop in which customer n bought once for n x 100."""
    warehouse = Warehouse()
    know(warehouse, {number: number for number in range(1, 23)})  # 21 and 22 never bought
    for number in range(1, 21):
        buy(warehouse, number, day(number), number * 100)
    return warehouse


def test_totals_count_buyers_orders_and_money() -> None:
    assert totals(shop_of_twenty()) == Totals(customers=20, known_customers=22, orders=20, revenue=21_000)


def test_totals_of_nothing_are_zero() -> None:
    assert totals(Warehouse()) == Totals()


def test_totals_leave_out_orders_of_nobody_known() -> None:
    warehouse = shop_of_twenty()
    buy(warehouse, None, day(1), 99_999)
    assert totals(warehouse).revenue == 21_000


def test_one_order_in_several_lines_is_one() -> None:
    warehouse = Warehouse()
    know(warehouse, {1: 1})
    buy(warehouse, 1, day(1), 500, products=("tea", "cup"))
    assert totals(warehouse) == Totals(customers=1, known_customers=1, orders=1, revenue=600)


def test_sheet_at_the_end_counts_what_totals_count() -> None:
    warehouse = shop_of_twenty()
    assert customer_sheet(warehouse, now=LATER, zone=ZONE).totals == totals(warehouse)


def test_sheet_of_a_past_day_knows_no_later_order() -> None:
    sheet = customer_sheet(shop_of_twenty(), now=day(5), zone=ZONE)
    assert (sheet.totals.customers, sheet.totals.orders, sheet.totals.revenue) == (5, 5, 1_500)


def test_sheet_of_a_shop_without_orders_has_no_charts() -> None:
    warehouse = Warehouse()
    know(warehouse, {1: 1, 2: 2})
    assert customer_sheet(warehouse, now=LATER, zone=ZONE) == CustomerSheet(totals=Totals(known_customers=2))


def test_deciles_hold_a_tenth_each_best_first() -> None:
    sheet = customer_sheet(shop_of_twenty(), now=LATER, zone=ZONE)
    assert [row.customers for row in sheet.deciles] == [2] * 10
    # the best tenth spent 2 000 + 1 900 of 21 000
    assert sheet.deciles[0].revenue == 3_900
    assert sheet.deciles[0].revenue_rate == pytest.approx(3_900 / 21_000)


def test_decile_curve_rises_to_everything() -> None:
    curve = customer_sheet(shop_of_twenty(), now=LATER, zone=ZONE).deciles
    shares = [row.cumulative_rate for row in curve]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert sum(row.revenue for row in curve) == 21_000


def test_heat_map_holds_everybody_with_a_score_once() -> None:
    sheet = customer_sheet(shop_of_twenty(), now=LATER, zone=ZONE)
    assert sum(cell.customers for cell in sheet.rfm) == 20
    assert sum(cell.revenue for cell in sheet.rfm) == 21_000
    # everybody ordered once: all share the lowest frequency, and four people share each recency
    assert {(cell.recency, cell.frequency, cell.customers) for cell in sheet.rfm} == {(n, 1, 4) for n in range(1, 6)}


def test_ranks_hold_every_buyer_once() -> None:
    sheet = customer_sheet(shop_of_twenty(), now=LATER, zone=ZONE)
    assert [row.rank for row in sheet.ranks] == list(RANKS)
    assert sum(row.customers for row in sheet.ranks) == 20
    assert sum(row.revenue for row in sheet.ranks) == 21_000


def test_rank_borders_of_the_shop_are_used() -> None:
    warehouse = shop_of_twenty()
    strict = customer_sheet(warehouse, now=LATER, zone=ZONE, borders=RankBorders(dormant_days=30))
    dormant = next(row for row in strict.ranks if row.rank == "dormant")
    assert dormant.customers == 20  # the newest order is 80 days old


def test_period_of_the_borders_limits_scores_and_deciles() -> None:
    sheet = customer_sheet(shop_of_twenty(), now=day(21), zone=ZONE, borders=RankBorders(period_days=5))
    assert sum(row.customers for row in sheet.deciles) < 20
    assert sheet.totals.customers == 20


def test_empty_cells_and_people_without_scores_are_left_out() -> None:
    people = pl.DataFrame(
        {
            "recency_score": [5, 5, None],
            "frequency_score": [1, 1, None],
            "period_revenue": [10, 20, 0],
        }
    )
    cells = heat_map(people)
    assert [(cell.recency, cell.frequency, cell.customers, cell.revenue) for cell in cells] == [(5, 1, 2, 30)]


def test_curve_of_nothing_spent_divides_by_nothing() -> None:
    people = pl.DataFrame({"decile": [1, 2, None], "period_revenue": [0, 0, 0]})
    assert [row.revenue_rate for row in decile_curve(people)] == [0.0, 0.0]


def test_rank_with_nobody_is_shown_with_zero() -> None:
    rows = rank_rows(pl.DataFrame({"rank": ["loyal", "loyal"], "revenue": [5, 6]}))
    assert {row.rank: (row.customers, row.revenue) for row in rows} == {
        "best": (0, 0),
        "loyal": (2, 11),
        "regular": (0, 0),
        "trial": (0, 0),
        "dormant": (0, 0),
    }


def test_day_of_the_last_order_is_the_shop_s() -> None:
    warehouse = Warehouse()
    know(warehouse, {1: 1})
    buy(warehouse, 1, datetime(2026, 3, 1, 16, 0, tzinfo=UTC))  # 2 March, 01:00 in Tokyo
    borders = RankBorders(dormant_days=10)
    now = datetime(2026, 3, 12, 0, 0, tzinfo=UTC)  # ten days after 2 March: not yet more than ten
    ranks = customer_sheet(warehouse, now=now, zone=ZONE, borders=borders).ranks
    assert [row.rank for row in ranks if row.customers] == ["trial"]
