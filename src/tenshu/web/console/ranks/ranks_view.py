"""Turn ranks, heat map and decile curve into pictures whose every part opens as a segment."""

from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from tenshu.kit.i18n import N_, _
from tenshu.web.console import figures
from tenshu.web.console.customers_view import (
    DecileView,
    HeatRow,
    RankView,
    decile_chart,
    decile_rows,
    decile_sentence,
    heat_rows,
    heat_sentence,
    rank_views,
)
from tenshu.web.console.ranks.asked import Ranked

SCORES: Final = range(1, 6)
#: What each rank asks of the shopkeeper.
ADVICE: Final = {
    "best": N_("Thank them by hand; sell nothing."),
    "loyal": N_("Show that you remember them."),
    "regular": N_("A reason to come once more than usual."),
    "trial": N_("The second purchase decides: ask how the first one was."),
    "dormant": N_("One warm word, then silence."),
}


class Opens(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of segments: what a click on each part of the pictures opens.

    Attributes:
        ranks: rank -> address.
        heat: (recency, frequency) -> address.
        deciles: decile -> address.
    """

    ranks: dict[str, str]
    heat: dict[tuple[int, int], str]
    deciles: dict[int, str]


class RanksView(msgspec.Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        as_of: since when the borders hold; empty when none were published.
        customers: known customers with an order, and everybody known.
        ranks: one row a rank, with the advice and the address of each.
        heat: the map.
        heat_sentence: what it says.
        deciles: rows of the table twin.
        decile_sentence: what the curve says.
        decile_chart: what the curve draws, as JSON.
        opens: addresses of the parts.
        advice: rank -> sentence.
    """

    as_of: str
    customers: str
    ranks: tuple[tuple[str, RankView], ...]
    heat: tuple[HeatRow, ...]
    heat_sentence: str
    deciles: tuple[DecileView, ...]
    decile_sentence: str
    decile_chart: str
    opens: Opens
    advice: dict[str, str]


def ranks_view(ranked: Ranked, *, currency: str, zone: str) -> RanksView:
    """Return the page in the language that is spoken now."""
    sheet = ranked.sheet
    opens = addresses()
    return RanksView(
        as_of="" if ranked.published_at is None else figures.moment(ranked.published_at, zone),
        customers=_(
            "{buyers} of {known} known customers have bought.",
            buyers=figures.count(sheet.totals.customers),
            known=figures.count(sheet.totals.known_customers),
        ),
        ranks=tuple(zip([row.rank for row in sheet.ranks], rank_views(sheet.ranks, currency), strict=True)),
        heat=heat_rows(sheet.rfm),
        heat_sentence=heat_sentence(sheet.rfm),
        deciles=decile_rows(sheet.deciles, currency),
        decile_sentence=decile_sentence(sheet.deciles),
        decile_chart=decile_chart(sheet.deciles, links=[opens.deciles[row.decile] for row in sheet.deciles]),
        opens=opens,
        advice={rank: _(said) for rank, said in ADVICE.items()},
    )


def addresses() -> Opens:
    """Return the address of a new segment for every part of the pictures."""
    return Opens(
        ranks={rank: segment_address(_by("rank", rank)) for rank in ADVICE},
        heat={
            (recency, frequency): segment_address(
                {"kind": "and", "of": [_by("rfm.recency", recency), _by("rfm.frequency", frequency)]}
            )
            for recency in SCORES
            for frequency in SCORES
        },
        deciles={decile: segment_address(_by("decile", decile)) for decile in range(1, 11)},
    )


def segment_address(condition: dict[str, Any]) -> str:
    """Return where a new segment of this condition opens.

    >>> segment_address({"kind": "rank", "by": "decile", "cmp": "is", "value": 1})
    '/segments/new?condition=%7B%22kind%22%3A%22rank%22%2C%22by%22%3A%22decile%22%2C%22cmp%22%3A%22is%22%2C%22value%22%3A1%7D'
    """
    return "/segments/new?" + urlencode({"condition": msgspec.json.encode(condition).decode()})


def _by(by: str, value: str | int) -> dict[str, Any]:
    return {"kind": "rank", "by": by, "cmp": "is", "value": value}
