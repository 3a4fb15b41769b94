"""Cut points: where one score, decile or rank ends and the next begins.

Score = 1 + floor(5 x share of customers strictly worse), at most 5; ties share a score. So a score
of s needs at least k = ceil((s - 1) x n / 5) customers strictly worse, which is to be above the k-th smallest
value: that value is the cut point. Decile = ntile(10) by revenue, best first, ties by number: the
cut points are the last customers of the first nine. Because scores are always computed through the
cut points, a customer's score by a published version is the same whether everybody is computed or
only the one who just bought.

Recency is compared as a local day, not as an age: time alone moves nobody between publications.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from tenshu.condition.fields import SCORES

_MEASURED: Final = {"rfm.recency": "last_day", "rfm.frequency": "period_orders", "rfm.monetary": "period_revenue"}


class RankBorders(msgspec.Struct, frozen=True, kw_only=True):
    """The shop's own borders between ranks.

    Attributes:
        period_days: purchases of how many days count for scores and deciles; None = all.
        dormant_days: whose last order is longer ago is dormant.
        best_decile: deciles up to this one are best (given a second order).
        trial_orders: up to so many orders ever are a trial.
        loyal_orders: from so many orders ever on, loyal.
    """

    period_days: int | None = None
    dormant_days: int = 180
    best_decile: int = 1
    trial_orders: int = 1
    loyal_orders: int = 5


class Cuts(msgspec.Struct, frozen=True, kw_only=True):
    """One version of all cut points.

    Attributes:
        as_of: for which instant they were computed.
        zone: in whose zone days are meant.
        since_at: where the period begins; it stays there until the next publication.
        scores: per measure (recency, frequency, monetary) four values to be above of; empty = nobody bought.
        decile: per decile but the last its last member's revenue and customer number.
        dormant_before_on: a last order before this local day means dormant.
        borders: the shop's borders.
        version: number of the publication, None when it is not published.
    """

    as_of: datetime
    zone: str
    since_at: datetime | None
    scores: dict[str, tuple[int, ...]]
    decile: tuple[tuple[int, int], ...]
    dormant_before_on: date
    borders: RankBorders
    version: int | None = None


def cut_points(
    buyers: pl.DataFrame, *, as_of: datetime, since_at: datetime | None, zone: str, borders: RankBorders
) -> Cuts:
    """Return the cut points of these buyers (a frame of `purchases.buyers`)."""
    active = _measured(buyers).filter(pl.col("period_orders") > 0)
    return Cuts(
        as_of=as_of,
        zone=zone,
        since_at=since_at,
        scores={kind: _score_cuts(active.get_column(_MEASURED[kind])) for kind in SCORES},
        decile=_decile_cuts(active),
        dormant_before_on=as_of.astimezone(ZoneInfo(zone)).date() - timedelta(days=borders.dormant_days),
        borders=borders,
    )


def scored(buyers: pl.DataFrame, cuts: Cuts) -> pl.DataFrame:
    """Return the buyers with `recency_score`, `frequency_score`, `monetary_score`, `decile` and `rank`.

    Who bought nothing in the period has neither scores nor a decile; everybody who ever bought has a rank.
    """
    is_active = pl.col("period_orders") > 0
    named = {"rfm.recency": "recency_score", "rfm.frequency": "frequency_score", "rfm.monetary": "monetary_score"}
    columns = {
        name: pl.when(is_active).then(_score(_MEASURED[kind], cuts.scores[kind])).cast(pl.Int64)
        for kind, name in named.items()
    }
    columns["decile"] = pl.when(is_active).then(_decile(cuts)).cast(pl.Int64)
    return _measured(buyers).with_columns(**columns).with_columns(rank=_rank(cuts)).drop("last_day")


def _measured(buyers: pl.DataFrame) -> pl.DataFrame:
    return buyers.with_columns(last_day=pl.col("last_order_on").cast(pl.Int32).cast(pl.Int64))


def _score_cuts(values: pl.Series) -> tuple[int, ...]:
    count = len(values)
    if count == 0:
        return ()
    ordered = values.sort()
    # -(-a // b) is the division rounded up; the k-th smallest has index k - 1.
    return tuple(int(ordered[-(-count * better // 5) - 1]) for better in range(1, 5))


def _decile_cuts(active: pl.DataFrame) -> tuple[tuple[int, int], ...]:
    count = active.height
    ordered = active.sort(["period_revenue", "customer"], descending=[True, False])
    cuts: list[tuple[int, int]] = []
    last = 0
    for tile in range(1, min(10, count)):
        last += count // 10 + (1 if tile <= count % 10 else 0)
        revenue, customer = ordered.select("period_revenue", "customer").row(last - 1)
        cuts.append((revenue, customer))
    return tuple(cuts)


def _score(measure: str, cuts: tuple[int, ...]) -> pl.Expr:
    if not cuts:
        return pl.lit(None, pl.Int64)
    return 1 + pl.sum_horizontal([(pl.col(measure) > cut).cast(pl.Int64) for cut in cuts])


def _decile(cuts: Cuts) -> pl.Expr:
    if not cuts.scores["rfm.monetary"]:
        return pl.lit(None, pl.Int64)
    revenue, customer = pl.col("period_revenue"), pl.col("customer")
    behind = [(revenue < cut) | ((revenue == cut) & (customer > number)) for cut, number in cuts.decile]
    return pl.lit(1, pl.Int64) + (pl.sum_horizontal([one.cast(pl.Int64) for one in behind]) if behind else 0)


def _rank(cuts: Cuts) -> pl.Expr:
    borders, orders = cuts.borders, pl.col("orders")
    is_best = (pl.col("decile") <= borders.best_decile).fill_null(value=False) & (orders > borders.trial_orders)
    return (
        pl.when(pl.col("last_order_on") < cuts.dormant_before_on)
        .then(pl.lit("dormant"))
        .when(is_best)
        .then(pl.lit("best"))
        .when(orders <= borders.trial_orders)
        .then(pl.lit("trial"))
        .when(orders >= borders.loyal_orders)
        .then(pl.lit("loyal"))
        .otherwise(pl.lit("regular"))
    )
