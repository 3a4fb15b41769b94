"""What the conditions need to be known, sorted by where it is kept: one list of questions for each store."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import polars as pl

from tenshu.condition import Condition, Rank, Trait, Where
from tenshu.condition.parse import parts
from tenshu.segment.evaluate import RANK_COLUMNS
from tenshu.segment.features import Aggregate, RankFeature, Source, features, key
from tenshu.segment.formula import formula

#: The fields of an order that its first line settles; the others grow with its lines.
SETTLED: Final = ("source", "order_no")


class EventAsk(msgspec.Struct, frozen=True):
    """What is asked about one event.

    Attributes:
        source: where its facts lie.
        event: which.
        wheres: the combinations of comparisons, each one bit of a fact.
        fields: what is added up.
        running: what is counted or added up without a window.
        windows: what is counted or added up in windows that end now.
    """

    source: Source
    event: str
    wheres: tuple[tuple[Where, ...], ...]
    fields: tuple[str, ...]
    running: tuple[Aggregate, ...]
    windows: tuple[Aggregate, ...]


class OrderAsk(msgspec.Struct, frozen=True):
    """What is asked about orders.

    Attributes:
        settled: comparisons of fields that never change, each one bit of a line.
        aggregates: what is counted or added up.
        ranks: by the name of the column that `know.cuts.scored` gives: the feature's key.
    """

    settled: tuple[Where, ...]
    aggregates: tuple[Aggregate, ...]
    ranks: dict[str, str]


class TraitAsk(msgspec.Struct, frozen=True):
    """What is asked about traits: which, and the comparisons, each one bit of a statement."""

    traits: tuple[str, ...]
    comparisons: tuple[Trait, ...]


class Plan(msgspec.Struct, frozen=True):
    """Everything that some conditions need.

    Attributes:
        events: by name of the event.
        orders: None when no condition asks for orders or ranks.
        traits: None when no condition asks for traits.
        formulas: by name of the condition: whether it holds, from columns named by features' keys.
    """

    events: dict[str, EventAsk]
    orders: OrderAsk | None
    traits: TraitAsk | None
    formulas: dict[str, pl.Expr]


def plan(conditions: Mapping[str, Condition]) -> Plan:
    """Return what the conditions need."""
    wanted = features(conditions.values()).values()
    aggregates = [one for one in wanted if isinstance(one, Aggregate)]
    by_event: dict[str, list[Aggregate]] = {}
    for one in aggregates:
        by_event.setdefault(one.event, []).append(one)
    placed = {event: asked for event, asked in by_event.items() if asked[0].source != "orders"}
    ordered = [one for one in aggregates if one.source == "orders"]
    ranks = {RANK_COLUMNS[one.by]: key(one) for one in wanted if isinstance(one, RankFeature)}
    return Plan(
        events={event: _event_ask(event, asked) for event, asked in placed.items()},
        orders=_order_ask(ordered, ranks) if ordered or ranks else None,
        traits=_trait_ask(conditions),
        formulas={name: formula(condition, _known_trait) for name, condition in conditions.items()},
    )


def asks_ranks(condition: Condition) -> bool:
    """Return whether new cut points can change who meets the condition."""
    return any(isinstance(part, Rank) for _, part in parts(condition))


def same(one: Any, other: Any) -> bool:
    """Return whether two questions are the same; 1, 1.0 and true are not, though Python says so."""
    return msgspec.json.encode(one) == msgspec.json.encode(other)


def place(one: Any, among: tuple[Any, ...]) -> int:
    """Return where a question stands among others, -1 when it does not."""
    return next((index for index, other in enumerate(among) if same(one, other)), -1)


def _event_ask(event: str, asked: list[Aggregate]) -> EventAsk:
    return EventAsk(
        source=asked[0].source,
        event=event,
        wheres=_each_once(one.where for one in asked),
        fields=tuple(sorted({one.field for one in asked if one.field is not None})),
        running=tuple(one for one in asked if one.within is None),
        windows=tuple(one for one in asked if one.within is not None),
    )


def _order_ask(asked: list[Aggregate], ranks: dict[str, str]) -> OrderAsk:
    settled = _each_once(where for one in asked for where in one.where if where.field in SETTLED)
    return OrderAsk(settled, tuple(asked), ranks)


def _trait_ask(conditions: Mapping[str, Condition]) -> TraitAsk | None:
    found = [part for condition in conditions.values() for _, part in parts(condition) if isinstance(part, Trait)]
    if not found:
        return None
    return TraitAsk(tuple(sorted({one.trait for one in found})), _each_once(found))


def _known_trait(condition: Trait) -> pl.Expr:
    return pl.col(trait_column(condition))


def trait_column(condition: Trait) -> str:
    """Return the name of the column that says whether a comparison of a trait holds."""
    return msgspec.json.encode(condition).decode()


def _each_once(questions: Any) -> tuple[Any, ...]:
    return tuple({msgspec.json.encode(one): one for one in questions}.values())
