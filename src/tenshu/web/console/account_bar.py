"""Draw the account of an outreach as one bar that closes: every person planned for is in one part of it."""

from typing import Final

import msgspec

from tenshu.kit.i18n import N_, _
from tenshu.measure.account import Account
from tenshu.web.console import figures

#: A part that has anybody in it is drawn at least this wide (per cent), else it would be a lie by absence.
LEAST_WIDTH: Final = 0.5

#: The parts in the order they are told, with their words.
PARTS: Final = {
    "sent": N_("Sent"),
    "held_out": N_("Held out"),
    "suppressed": N_("Not sent, for a reason"),
    "failed": N_("Failed"),
    "in_doubt": N_("In doubt"),
    "pending": N_("Still to come"),
}
#: Parts that a person should look at when anybody is in them.
URGENT: Final = frozenset({"failed", "in_doubt"})


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the bar; places are per cent of the width."""

    key: str
    label: str
    count: str
    share: str
    start: float
    width: float
    is_empty: bool
    is_urgent: bool


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """The bar, its parts, and the sentence that says the sum.

    Attributes:
        planned: how many were planned for.
        parts: every part, also the empty ones.
        closes: whether the parts make up the plan.
        sentence: planned = sent + ..., in words.
        fault: what is wrong when it does not close, else None.
    """

    planned: str
    parts: tuple[Part, ...]
    closes: bool
    sentence: str
    fault: str | None


def account_view(account: Account) -> AccountView:
    """Return the drawing of an account."""
    counts = part_counts(account)
    places = bar_places(list(counts.values()))
    parts = tuple(
        Part(
            key=key,
            label=_(PARTS[key]),
            count=figures.count(people),
            share=figures.percent(people / account.planned if account.planned else None),
            start=start,
            width=width,
            is_empty=people == 0,
            is_urgent=people > 0 and key in URGENT,
        )
        for (key, people), (start, width) in zip(counts.items(), places, strict=True)
    )
    return AccountView(
        planned=figures.count(account.planned),
        parts=parts,
        closes=account.closes,
        sentence=_sentence(account.planned, parts),
        fault=None if account.closes else _fault(account, sum(counts.values())),
    )


def part_counts(account: Account) -> dict[str, int]:
    """Return how many are in each part, in the order of `PARTS`."""
    return {
        "sent": account.sent,
        "held_out": account.held_out,
        "suppressed": account.suppressed_total,
        "failed": account.failed,
        "in_doubt": account.in_doubt,
        "pending": account.pending,
    }


def bar_places(counts: list[int]) -> list[tuple[float, float]]:
    """Return start and width of each part; the widths make up 100 and nobody is too small to see.

    >>> bar_places([3, 1, 0])
    [(0.0, 75.0), (75.0, 25.0), (100.0, 0.0)]
    """
    total = sum(counts)
    if total == 0:
        return [(0.0, 0.0) for _unused in counts]
    widths = [max(people / total * 100.0, LEAST_WIDTH) if people else 0.0 for people in counts]
    stretch = 100.0 / sum(widths)
    places, start = [], 0.0
    for width in widths:
        places.append((round(start, 3), round(width * stretch, 3)))
        start += width * stretch
    return places


def _sentence(planned: int, parts: tuple[Part, ...]) -> str:
    if planned == 0:
        return _("Nobody has been planned for yet.")
    told = " + ".join(f"{part.label} {part.count}" for part in parts if not part.is_empty)
    return _("Planned {planned} = {parts}", planned=figures.count(planned), parts=told)


def _fault(account: Account, told: int) -> str:
    if account.strays:
        return _("{count} messages left without a plan. Please report this.", count=figures.count(account.strays))
    missing = figures.count(abs(account.planned - told))
    return _("The account does not close: {count} are not accounted for. Please report this.", count=missing)
