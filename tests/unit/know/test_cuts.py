"""Cut points: what they mean is what the definitions say, for everybody and for newcomers."""

from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.know.cuts import RankBorders, cut_points, scored
from tests.unit.know.shop import NOW, ZONE

TODAY = date(2026, 3, 10)  # NOW in Tokyo


def buyers(rows: list[tuple[int, int, int]]) -> pl.DataFrame:
    """Return buyers numbered from 1: (days since the last order, orders, revenue)."""
    return pl.DataFrame(
        [
            {
                "customer": number,
                "last_order_at": NOW - timedelta(days=days),
                "last_order_on": TODAY - timedelta(days=days),
                "orders": orders,
                "revenue": revenue,
                "period_orders": orders,
                "period_revenue": revenue,
            }
            for number, (days, orders, revenue) in enumerate(rows, start=1)
        ],
        schema={
            "customer": pl.Int64,
            "last_order_at": pl.Datetime("us", "UTC"),
            "last_order_on": pl.Date,
            "orders": pl.Int64,
            "revenue": pl.Int64,
            "period_orders": pl.Int64,
            "period_revenue": pl.Int64,
        },
    )


def analyse(rows: list[tuple[int, int, int]], borders: RankBorders | None = None) -> pl.DataFrame:
    frame = buyers(rows)
    cuts = cut_points(frame, as_of=NOW, since_at=None, zone=ZONE, borders=borders or RankBorders())
    return scored(frame, cuts)


ROWS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 9), st.integers(1, 30)), min_size=1, max_size=45)


@given(rows=ROWS)
def test_scores_are_the_share_strictly_worse(rows: list[tuple[int, int, int]]) -> None:
    found = analyse(rows)
    count = len(rows)
    for index, (days, orders, revenue) in enumerate(rows):
        worse = [
            sum(1 for other, _, _ in rows if other > days),
            sum(1 for _, other, _ in rows if other < orders),
            sum(1 for _, _, other in rows if other < revenue),
        ]
        expected = [min(5, 1 + 5 * share // count) for share in worse]
        got = found.select("recency_score", "frequency_score", "monetary_score").row(index)
        assert list(got) == expected


@given(rows=ROWS)
def test_deciles_are_those_of_ntile(rows: list[tuple[int, int, int]]) -> None:
    found = analyse(rows).select("customer", "revenue", "decile")
    engine = duckdb.connect()
    engine.register("found", found.to_arrow())
    judged = engine.execute(
        "SELECT ntile(10) OVER (ORDER BY revenue DESC, customer) AS tile FROM found ORDER BY customer"
    ).fetchall()
    assert found["decile"].to_list() == [tile for (tile,) in judged]


@given(rows=ROWS)
def test_equal_customers_have_equal_scores(rows: list[tuple[int, int, int]]) -> None:
    found = analyse([*rows, rows[0]])
    names = ["recency_score", "frequency_score", "monetary_score"]
    assert found.select(names).row(0) == found.select(names).row(-1)


@given(rows=ROWS)
def test_more_is_never_scored_less(rows: list[tuple[int, int, int]]) -> None:
    found = analyse(rows).sort("revenue")
    assert found["monetary_score"].is_sorted()
    assert found.sort("orders")["frequency_score"].is_sorted()
    assert found.sort("last_order_on")["recency_score"].is_sorted()


@given(rows=ROWS, seed=st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(rows: list[tuple[int, int, int]], seed: int) -> None:
    frame = buyers(rows)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    borders = RankBorders()
    assert cut_points(frame, as_of=NOW, since_at=None, zone=ZONE, borders=borders) == cut_points(
        shuffled, as_of=NOW, since_at=None, zone=ZONE, borders=borders
    )


@pytest.mark.parametrize(
    ("revenues", "scores"),
    [
        ([7], [1]),  # nobody is worse than the only customer
        ([1, 1, 1, 1, 1], [1, 1, 1, 1, 1]),  # all tie
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),  # 0/5 .. 4/5 worse
        ([1, 1, 1, 1, 9], [1, 1, 1, 1, 5]),  # 4/5 worse: 1 + floor(4) = 5
        ([1, 9], [1, 3]),  # 1/2 worse: 1 + floor(2.5) = 3
        ([1, 2, 3], [1, 2, 4]),  # 1/3: 1 + floor(1.67) = 2; 2/3: 1 + floor(3.33) = 4
        ([1, 1, 5, 5, 5, 9], [1, 1, 2, 2, 2, 5]),  # 2/6: 1 + 1 = 2; 5/6: 1 + floor(4.17) = 5
    ],
)
def test_scores_of_small_shops_by_hand(revenues: list[int], scores: list[int]) -> None:
    assert analyse([(0, 1, revenue) for revenue in revenues])["monetary_score"].to_list() == scores


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (3, [1, 1, 1]),
        (10, [1] * 10),
        (12, [2, 2, *[1] * 8]),  # 12 = 10 x 1 + 2: the first two have one more
        (25, [3] * 5 + [2] * 5),
    ],
)
def test_decile_sizes_differ_by_one_at_most(count: int, sizes: list[int]) -> None:
    found = analyse([(0, 1, 100 - index) for index in range(count)])
    assert found.group_by("decile").len().sort("decile")["len"].to_list() == sizes


def test_ties_in_a_decile_go_by_customer_number() -> None:
    found = analyse([(0, 1, 5)] * 20)
    assert found["decile"].to_list() == [tile for tile in range(1, 11) for _ in range(2)]


def test_a_newcomer_is_scored_by_the_published_cut_points() -> None:
    published = buyers([(0, 1, revenue) for revenue in (10, 20, 30, 40, 50)])
    cuts = cut_points(published, as_of=NOW, since_at=None, zone=ZONE, borders=RankBorders())
    newcomers = buyers([(0, 1, revenue) for revenue in (5, 10, 11, 45, 51, 1000)])
    # 5 and 10: nobody worse; 11: one of five worse; 45: four worse; 51: five of five, at most score 5.
    assert scored(newcomers, cuts)["monetary_score"].to_list() == [1, 1, 2, 5, 5, 5]


def test_who_bought_nothing_in_the_period_has_a_rank_but_no_scores() -> None:
    frame = buyers([(10, 2, 100), (300, 3, 900)]).with_columns(
        period_orders=pl.Series([2, 0]), period_revenue=pl.Series([100, 0])
    )
    cuts = cut_points(frame, as_of=NOW, since_at=NOW - timedelta(days=90), zone=ZONE, borders=RankBorders())
    found = scored(frame, cuts)
    assert found["decile"].to_list() == [1, None]
    assert found["recency_score"].to_list() == [1, None]
    assert found["rank"].to_list() == ["best", "dormant"]


@pytest.mark.parametrize(
    ("days", "orders", "revenue", "rank"),
    [
        (180, 9, 999, "best"),  # exactly at the border is not dormant
        (181, 9, 999, "dormant"),  # even the best customer of all
        (0, 1, 999, "trial"),  # one big order is a trial
        (0, 2, 999, "best"),
        (0, 2, 1, "regular"),
        (0, 4, 1, "regular"),
        (0, 5, 1, "loyal"),
        (0, 1, 1, "trial"),
    ],
)
def test_ranks_follow_the_questions_in_their_order(days: int, orders: int, revenue: int, rank: str) -> None:
    others = [(0, 1, 500)] * 10
    assert analyse([(days, orders, revenue), *others])["rank"][0] == rank


def test_the_borders_are_the_shops() -> None:
    borders = RankBorders(dormant_days=30, best_decile=2, trial_orders=0, loyal_orders=2)
    found = analyse([(31, 9, 999), (0, 1, 900), (0, 2, 1), (0, 1, 1)], borders)
    assert found["rank"].to_list() == ["dormant", "best", "loyal", "regular"]


def test_a_shop_without_buyers_has_no_cut_points() -> None:
    cuts = cut_points(buyers([]), as_of=NOW, since_at=None, zone=ZONE, borders=RankBorders())
    assert cuts.scores == {"rfm.recency": (), "rfm.frequency": (), "rfm.monetary": ()}
    assert cuts.decile == ()
    found = scored(buyers([(0, 1, 1)]), cuts)  # the first customer ever, before the next publication
    assert found.select("recency_score", "decile", "rank").row(0) == (None, None, "trial")
