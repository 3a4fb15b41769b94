"""What the list of kept segments shows: sentences with size, reach and how they have grown."""

from typing import Any, Final

import msgspec

from tenshu.kit.i18n import _n
from tenshu.segment.saved import SavedSegment
from tenshu.web.console import figures
from tenshu.web.console.segments.builder_view import said_in_words

#: Width and height of the line that draws the sizes.
_WIDTH: Final = 120
_HEIGHT: Final = 28


class SegmentView(msgspec.Struct, frozen=True, kw_only=True):
    """One kept segment.

    Attributes:
        name: for the address.
        title: what people call it.
        sentence: who is in it.
        size, reach: how many are in it, and how many of them one more message could reach now.
        share: of everybody, 0..1.
        reach_share: of everybody, 0..1.
        line: the points of the drawing of its sizes; empty when nothing has changed.
        trend: the same in words.
    """

    name: str
    title: str
    sentence: str
    size: str
    reach: str
    share: float
    reach_share: float
    line: str
    trend: str


def list_view(saved: list[SavedSegment], sizes: dict[str, Any], *, currency: str, language: str) -> list[SegmentView]:
    """Return the kept segments as they are shown, largest first."""
    everybody = max(sizes["everybody"], 1)
    found = []
    for one in sorted(saved, key=lambda one: -sizes["segments"][one.name]["size"]):
        told = sizes["segments"][one.name]
        found.append(
            SegmentView(
                name=one.name,
                title=one.title.get(language, one.name),
                sentence=said_in_words(one.condition, currency),
                size=figures.count(told["size"]),
                reach=figures.UNKNOWN if told["reach"] is None else figures.count(told["reach"]),
                share=told["size"] / everybody,
                reach_share=(told["reach"] or 0) / everybody,
                line=line_of(told["trend"]),
                trend=trend_in_words(told["trend"]),
            )
        )
    return found


def line_of(sizes: list[int]) -> str:
    """Return the points of a line through the sizes, in a box of 120 by 28.

    >>> line_of([0, 10])
    '0.0,26.0 120.0,2.0'
    """
    if len(sizes) < 2:
        return ""
    low, high = min(sizes), max(sizes)
    span, step = max(high - low, 1), _WIDTH / (len(sizes) - 1)
    inside = _HEIGHT - 4
    return " ".join(
        f"{nth * step:.1f},{_HEIGHT - 2 - inside * (one - low) / span:.1f}" for nth, one in enumerate(sizes)
    )


def trend_in_words(sizes: list[int]) -> str:
    """Return how a size has changed over the days drawn; empty where nothing is known."""
    if not sizes:
        return ""
    change = sizes[-1] - sizes[0]
    if not change:
        return _n("as many as yesterday", "as many as {days} days ago", len(sizes) - 1, days=len(sizes) - 1)
    days, told = len(sizes) - 1, {"count": figures.count(abs(change)), "days": len(sizes) - 1}
    if change > 0:
        return _n("{count} more than yesterday", "{count} more than {days} days ago", days, **told)
    return _n("{count} fewer than yesterday", "{count} fewer than {days} days ago", days, **told)
