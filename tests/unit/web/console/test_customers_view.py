"""Ranks, heat map and curve say who carries the shop; each picture has its sentence and its table."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.i18n import speaking
from tenshu.measure.report import RankRow, RfmCell, ShopReport
from tenshu.web.console.customers_view import RANKS, customers_view, decile_chart, heat_rows, rank_views, shade
from tests.unit.web.cast import NOW, sample_deciles, sample_report, sample_rfm

EMPTY = ShopReport(
    as_of=NOW, shop="店", currency="JPY", zone="Asia/Tokyo", customers=0, known_customers=0, orders=0, revenue=0
)


def test_the_map_is_whole_with_the_best_at_the_top_right() -> None:
    rows = heat_rows(sample_rfm())
    assert [row.recency for row in rows] == [5, 4, 3, 2, 1]
    assert all(len(row.cells) == 5 for row in rows)
    assert rows[0].cells[4].customers == "385"  # recency 5, frequency 5: 340 + 9 x 5


def test_a_cell_with_nobody_is_drawn_as_nobody() -> None:
    cell = heat_rows(sample_rfm())[4].cells[4]  # recency 1, frequency 5
    assert (cell.customers, cell.shade, cell.revenue_share) == ("0", 0, "0.0%")


def test_each_cell_says_in_words_what_it_shows() -> None:
    with speaking("ja"):
        assert (
            heat_rows((RfmCell(recency=5, frequency=5, customers=3, revenue=100),))[0].cells[4].label
            == "3人、売上の100.0%"
        )


@pytest.mark.parametrize(
    ("customers", "most", "level"),
    [(0, 100, 0), (1, 100, 1), (4, 100, 1), (16, 100, 2), (36, 100, 3), (64, 100, 4), (100, 100, 5), (1, 1, 5)],
)
def test_a_shade_follows_the_square_root(customers: int, most: int, level: int) -> None:
    assert shade(customers, most) == level


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_anybody_at_all_can_be_told_from_nobody(customers: int, more: int) -> None:
    assert 1 <= shade(customers, customers + more) <= 5


def test_the_maps_sentence_counts_the_top_right_corner() -> None:
    cells = (
        RfmCell(recency=5, frequency=5, customers=10, revenue=600),
        RfmCell(recency=4, frequency=4, customers=5, revenue=100),
        RfmCell(recency=5, frequency=3, customers=20, revenue=200),
        RfmCell(recency=1, frequency=1, customers=65, revenue=100),
    )
    report = msgspec.structs.replace(EMPTY, rfm=cells)
    assert customers_view(report).heat_sentence == (
        "15 of 100 customers bought lately and often (top right). They make 70.0% of the revenue."
    )


def test_ranks_show_shares_of_people_and_of_revenue() -> None:
    best, dormant = rank_views(
        (RankRow(rank="best", customers=1, revenue=900), RankRow(rank="dormant", customers=3, revenue=100)), "JPY"
    )
    assert (best.share, best.revenue_share) == ("25.0%", "90.0%")
    assert (dormant.people_width, dormant.revenue_width) == (75.0, 10.0)


@pytest.mark.parametrize("rank", list(RANKS))
def test_every_rank_has_a_name_in_both_languages(rank: str) -> None:
    names = set()
    for language in ("ja", "en"):
        with speaking(language):
            names.add(rank_views((RankRow(rank=rank, customers=1, revenue=1),), "JPY")[0].name)
    assert len(names) == 2
    assert rank not in names


def test_a_rank_of_the_shops_own_keeps_its_name() -> None:
    assert rank_views((RankRow(rank="ゴールド", customers=1, revenue=1),), "JPY")[0].name == "ゴールド"


def test_ranks_with_nobody_in_them_are_no_division_by_zero() -> None:
    (view,) = rank_views((RankRow(rank="best", customers=0, revenue=0),), "JPY")
    assert (view.share, view.people_width) == ("–", 0.0)


def test_the_curve_is_told_in_a_sentence() -> None:
    with speaking("en"):
        assert customers_view(sample_report()).decile_sentence == (
            "The best tenth, 434 customers, makes 61.4% of the revenue."
        )
    with speaking("ja"):
        assert customers_view(sample_report()).decile_sentence == "上位1割の434人が、売上の61.4%を占めています。"


def test_the_curve_and_its_table_say_the_same() -> None:
    view = customers_view(sample_report())
    drawn = msgspec.json.decode(view.decile_chart)
    assert [f"{share:.1f}%" for share in drawn["share"]] == [row.share for row in view.deciles]
    assert [f"{share:.1f}%" for share in drawn["cumulative"]] == [row.cumulative for row in view.deciles]


def test_the_curve_ends_at_the_whole_revenue() -> None:
    assert msgspec.json.decode(decile_chart(sample_deciles()))["cumulative"][-1] == 100.0


def test_the_curves_words_are_in_the_language_of_the_page() -> None:
    with speaking("ja"):
        assert msgspec.json.decode(decile_chart(sample_deciles()))["words"]["share"] == "売上の割合"


def test_an_empty_shop_is_told_what_will_be_here() -> None:
    view = customers_view(EMPTY)
    assert (view.ranks, view.heat, view.deciles) == ((), (), ())
    assert "Once somebody has bought" in view.heat_sentence
    assert "Once somebody has bought" in view.decile_sentence
