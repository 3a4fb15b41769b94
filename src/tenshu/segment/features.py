"""Split conditions into features: what has to be known of a customer, shared by all conditions.

A feature is one number or text per customer. Two conditions that ask the same thing share it, so a
hundred segments read the facts once. The key of a feature is its JSON, in which 1, 1.0, "1" and
true differ as they must.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from tenshu.condition import Condition, Did, DidNot, Rank, Trait
from tenshu.condition.fields import LINES, ORDER
from tenshu.condition.grammar import AT_LEAST_ONCE, Between, RankedBy, Where, Within
from tenshu.condition.parse import parts

Source = Literal["orders", "lines", "facts"]


class TraitFeature(msgspec.Struct, frozen=True, tag="trait"):
    """The text of a trait as stated last."""

    trait: str


class RankFeature(msgspec.Struct, frozen=True, tag="rank"):
    """A score, decile or rank by the published cut points."""

    by: RankedBy


class Aggregate(msgspec.Struct, frozen=True, tag="aggregate"):
    """How many facts, or how much of a field in total.

    Attributes:
        event: which facts.
        where: which of them.
        within: in which window that ends now.
        between: between which dates.
        field: what to add up; None = count them.
    """

    event: str
    where: tuple[Where, ...]
    within: Within | None
    between: Between | None
    field: str | None

    @property
    def source(self) -> Source:
        """Return where such facts lie in the warehouse."""
        if self.event == ORDER:
            return "orders"
        return "lines" if self.event in LINES else "facts"


Feature = TraitFeature | RankFeature | Aggregate


def key(feature: Feature) -> str:
    """Return the name of the feature's column."""
    return msgspec.json.encode(feature).decode()


def counted(condition: Did | DidNot) -> Aggregate:
    """Return the feature that counts what a condition asks about."""
    return Aggregate(condition.event, condition.where, condition.within, condition.between, None)


def summed(condition: Did | DidNot) -> Aggregate | None:
    """Return the feature that adds up what a condition asks about, if it does."""
    if condition.sum is None:
        return None
    return Aggregate(condition.event, condition.where, condition.within, condition.between, condition.sum.field)


def asks_count(condition: Did | DidNot) -> tuple[Aggregate, str, int]:
    """Return what is counted, how it is compared and with which number."""
    count = condition.count or AT_LEAST_ONCE
    return counted(condition), count.cmp, count.value


def features(conditions: Iterable[Condition]) -> dict[str, Feature]:
    """Return every feature that the conditions need, by its key, each once, in a steady order."""
    found: dict[str, Feature] = {}
    for condition in conditions:
        for _path, part in parts(condition):
            for feature in _of(part):
                found.setdefault(key(feature), feature)
    return dict(sorted(found.items()))


def _of(part: Condition) -> tuple[Feature, ...]:
    if isinstance(part, Trait):
        return (TraitFeature(part.trait),)
    if isinstance(part, Rank):
        return (RankFeature(part.by),)
    if isinstance(part, Did | DidNot):
        total = summed(part)
        return (counted(part),) if total is None else (counted(part), total)
    return ()
