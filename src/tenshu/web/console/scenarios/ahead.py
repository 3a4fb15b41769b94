"""Ask the owner of the warehouse what lies ahead of a scenario that is not started."""

from collections.abc import Iterable

import msgspec

from tenshu.bootstrap import Shop
from tenshu.journey.foreseen import Foreseen
from tenshu.journey.grammar import Journey
from tenshu.web.console.asked import ask


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """What lies ahead of a scenario that would be started now.

    Attributes:
        seen: what its first hour would be.
        sample: a customer who would get the first mail; None when nobody would.
        gaps: of those who would get it: trait -> for how many it is empty.
        overlaps: of the same: another scenario -> how many walk through it now.
    """

    seen: Foreseen
    sample: int | None
    gaps: dict[str, int]
    overlaps: dict[str, int]


def ahead_of(shop: Shop, journey: Journey, *, words: Iterable[str] = ()) -> Ahead:
    """Return what lies ahead, with the gaps in these traits.

    Raises:
        OwnerAway: the owner is another process, and not there just now.
    """
    told = ask(shop, "scenario_ahead", journey=msgspec.to_builtins(journey), words=sorted(words))
    return msgspec.convert(told, Ahead)


def hour_of(shop: Shop, journey: Journey) -> Foreseen:
    """Return the first hour alone.

    Raises:
        OwnerAway: the owner is another process, and not there just now.
    """
    return msgspec.convert(ask(shop, "scenario_hour", journey=msgspec.to_builtins(journey)), Foreseen)
