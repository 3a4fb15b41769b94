"""Show who the customers are: ranks, the RFM heat map, and how few make how much of the revenue (decile)."""

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tenshu.kit.i18n import N_, _, _n
from tenshu.measure.report import DecileRow, RankRow, RfmCell, ShopReport
from tenshu.web.console import figures

SCORES: Final = (1, 2, 3, 4, 5)
#: Shades of the heat map beside "nobody".
SHADES: Final = 5

RANKS: Final = {
    "best": N_("Best customers"),
    "loyal": N_("Loyal customers"),
    "regular": N_("Regular customers"),
    "trial": N_("Trying us"),
    "dormant": N_("Dormant customers"),
}


class HeatCell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell: how many customers, which share of the revenue, how dark."""

    customers: str
    revenue_share: str
    shade: int
    label: str


class HeatRow(msgspec.Struct, frozen=True, kw_only=True):
    """All customers of one recency score, by frequency score from 1 to 5."""

    recency: int
    cells: tuple[HeatCell, ...]


class RankView(msgspec.Struct, frozen=True, kw_only=True):
    """One rank with its people and its share of the revenue."""

    name: str
    customers: str
    share: str
    revenue: str
    revenue_share: str
    people_width: float
    revenue_width: float


class DecileView(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table beside the curve."""

    decile: int
    customers: str
    revenue: str
    share: str
    cumulative: str


class CustomersView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the part about customers shows; empty parts say what will be there."""

    ranks: tuple[RankView, ...]
    heat: tuple[HeatRow, ...]
    heat_sentence: str
    deciles: tuple[DecileView, ...]
    decile_sentence: str
    decile_chart: str


def customers_view(report: ShopReport) -> CustomersView:
    """Return the part about customers in the language that is spoken now."""
    return CustomersView(
        ranks=rank_views(report.ranks, report.currency),
        heat=heat_rows(report.rfm),
        heat_sentence=heat_sentence(report.rfm),
        deciles=decile_rows(report.deciles, report.currency),
        decile_sentence=decile_sentence(report.deciles),
        decile_chart=decile_chart(report.deciles),
    )


def heat_rows(cells: tuple[RfmCell, ...]) -> tuple[HeatRow, ...]:
    """Return the whole 5 x 5 map, best at the top right; empty when nobody has bought."""
    found = {(cell.recency, cell.frequency): cell for cell in cells}
    revenue = sum(cell.revenue for cell in cells)
    most = max((cell.customers for cell in cells), default=0)
    if not found:
        return ()
    return tuple(
        HeatRow(
            recency=recency,
            cells=tuple(_heat_cell(found.get((recency, frequency)), revenue, most) for frequency in SCORES),
        )
        for recency in reversed(SCORES)
    )


def shade(customers: int, most: int) -> int:
    """Return 0 for nobody, else 1 to 5; by the square root, so that small cells can be told apart.

    >>> shade(0, 100), shade(1, 100), shade(30, 100), shade(100, 100)
    (0, 1, 3, 5)
    """
    if customers == 0:
        return 0
    return max(1, min(SHADES, round(math.sqrt(customers / most) * SHADES)))


def rank_views(ranks: tuple[RankRow, ...], currency: str) -> tuple[RankView, ...]:
    """Return one row a rank with its shares of people and of revenue."""
    people = sum(row.customers for row in ranks)
    revenue = sum(row.revenue for row in ranks)
    return tuple(
        RankView(
            name=_(RANKS[row.rank]) if row.rank in RANKS else row.rank,
            customers=figures.count(row.customers),
            share=figures.percent(_share(row.customers, people)),
            revenue=figures.whole_money(row.revenue, currency),
            revenue_share=figures.percent(_share(row.revenue, revenue)),
            people_width=round((_share(row.customers, people) or 0.0) * 100, 2),
            revenue_width=round((_share(row.revenue, revenue) or 0.0) * 100, 2),
        )
        for row in ranks
    )


def decile_chart(rows: tuple[DecileRow, ...], links: Sequence[str] = ()) -> str:
    """Return what the curve draws, as JSON: shares in per cent, its words, and where its bars lead."""
    drawn: dict[str, Any] = {
        "deciles": [str(row.decile) for row in rows],
        "share": [round(row.revenue_rate * 100, 2) for row in rows],
        "cumulative": [round(row.cumulative_rate * 100, 2) for row in rows],
        "words": {
            "decile": _("Decile"),
            "share": _("Share of the revenue"),
            "cumulative": _("Together with all better ones"),
        },
        "links": list(links),
    }
    return msgspec.json.encode(drawn).decode()


def _heat_cell(cell: RfmCell | None, revenue: int, most: int) -> HeatCell:
    customers, amount = (0, 0) if cell is None else (cell.customers, cell.revenue)
    share = figures.percent(_share(amount, revenue))
    label = _n(
        "{count} customer, {share} of the revenue",
        "{count} customers, {share} of the revenue",
        figures.count(customers),
        share=share,
    )
    return HeatCell(customers=figures.count(customers), revenue_share=share, shade=shade(customers, most), label=label)


def heat_sentence(cells: tuple[RfmCell, ...]) -> str:
    """Say how many bought lately and often, and what they make of the revenue."""
    if not cells:
        return _("Once somebody has bought, this map shows who buys lately and who buys often.")
    people, revenue = sum(cell.customers for cell in cells), sum(cell.revenue for cell in cells)
    best = [cell for cell in cells if cell.recency >= 4 and cell.frequency >= 4]
    return _(
        "{count} of {people} customers bought lately and often (top right). They make {share} of the revenue.",
        count=figures.count(sum(cell.customers for cell in best)),
        people=figures.count(people),
        share=figures.percent(_share(sum(cell.revenue for cell in best), revenue)),
    )


def _decile(row: DecileRow, currency: str) -> DecileView:
    return DecileView(
        decile=row.decile,
        customers=figures.count(row.customers),
        revenue=figures.whole_money(row.revenue, currency),
        share=figures.percent(row.revenue_rate),
        cumulative=figures.percent(row.cumulative_rate),
    )


def decile_rows(rows: tuple[DecileRow, ...], currency: str) -> tuple[DecileView, ...]:
    """Return the rows of the table beside the curve."""
    return tuple(_decile(row, currency) for row in rows)


def decile_sentence(rows: tuple[DecileRow, ...]) -> str:
    """Say what the best tenth makes of the revenue."""
    if not rows:
        return _("Once somebody has bought, this curve shows how few customers make how much of the revenue.")
    first = rows[0]
    return _n(
        "The best tenth, {count} customer, makes {share} of the revenue.",
        "The best tenth, {count} customers, makes {share} of the revenue.",
        figures.count(first.customers),
        share=figures.percent(first.revenue_rate),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
