"""Three conditions that most shops want, ready to be opened, changed and kept."""

from typing import Any, Final, NamedTuple

import msgspec

from tenshu.condition import Condition, parse
from tenshu.kit.i18n import N_

Said = dict[str, Any]


class Recipe(NamedTuple):
    """One ready condition.

    Attributes:
        title: what people call it, to be translated.
        why: what it is good for, to be translated.
        condition: who is in it, as decoded JSON.
    """

    title: str
    why: str
    condition: Said

    @property
    def parsed(self) -> Condition:
        """Return the condition."""
        return parse(self.condition)

    @property
    def encoded(self) -> str:
        """Return the condition as it stands in an address."""
        return msgspec.json.encode(self.condition).decode()


def _ordered(**more: Any) -> Said:
    return {"kind": "did", "event": "order_completed", **more}


RECIPES: Final = (
    Recipe(
        N_("Bought once, and not again yet"),
        N_("The second purchase makes a regular. Thanks and help with what they bought come before any offer."),
        {
            "kind": "and",
            "of": [
                _ordered(count={"cmp": "is", "value": 1}),
                _ordered(within={"days": 60}),
                {"kind": "did_not", "event": "order_completed", "within": {"days": 14}},
            ],
        },
    ),
    Recipe(
        N_("Good customers who have become quiet"),
        N_("They know the shop well. Ask how they are before they are gone; it costs less than finding somebody new."),
        {
            "kind": "and",
            "of": [
                _ordered(count={"cmp": "gte", "value": 3}),
                {"kind": "did_not", "event": "order_completed", "within": {"days": 180}},
            ],
        },
    ),
    Recipe(
        N_("The best customers"),
        N_("They carry the shop. Thank them, show them new things first, and spare them what is meant for newcomers."),
        {"kind": "rank", "by": "rank", "cmp": "one_of", "value": ["best", "loyal"]},
    ),
)
