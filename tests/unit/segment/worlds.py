"""Make small shops whose facts sit on every edge, put them into a warehouse, and make conditions about them."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

from tenshu.condition import Condition, parse
from tenshu.kit.rng import unit
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.oracle import LINE_EVENTS, Fact, Line, World

ZONE = "Asia/Tokyo"
NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)  # noon in Tokyo
_MIDNIGHT = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)  # where 10 March begins in Tokyo
_TICK = timedelta(microseconds=1)

#: Instants on the edges: now, today's midnight, 7 days and 24 hours before, each with its neighbours.
INSTANTS = sorted(
    {
        edge + shift
        for edge in (
            NOW,
            _MIDNIGHT,
            _MIDNIGHT - timedelta(days=7),
            NOW - timedelta(hours=24),
            _MIDNIGHT - timedelta(days=200),
        )
        for shift in (-_TICK, timedelta(0), _TICK)
    }
)
TEXTS = ("", "a", "ab", "b", "東京都", "12", "12.5", "-3", "1e2", " 12", "１２", "true", "a%", "x_y", "it's")
NUMBERS = (0, 1, 2, 12, 12.5, -3, 100, 1000)

_scalars = st.one_of(st.none(), st.booleans(), st.sampled_from(TEXTS), st.sampled_from(NUMBERS))
_values = st.one_of(_scalars, st.just([1, 2]), st.just({"inner": "a"}))
_nodes = st.one_of(st.none(), st.integers(1, 6))
_instants = st.sampled_from(INSTANTS)
FIELDS = ("journey", "link", "amount")
TRAITS = ("prefecture", "age")


@st.composite
def facts(draw: st.DrawFn, number: int) -> Fact:
    """Draw one fact: something said about a person, or a reaction to a mail."""
    event = draw(st.sampled_from(("customer_described", "email_clicked", "email_opened")))
    names = TRAITS if event == "customer_described" else FIELDS
    chosen = draw(st.dictionaries(st.sampled_from(names), _values, max_size=3))
    at = draw(_instants)
    return Fact(
        fact_id=number.to_bytes(16, "big"),
        node=draw(_nodes),
        event=event,
        occurred_at=at,
        received_at=at + timedelta(seconds=draw(st.integers(0, 1))),
        properties={"traits": chosen} if event == "customer_described" else chosen,
    )


@st.composite
def lines(draw: st.DrawFn, number: int) -> Line:
    """Draw one order line; few order numbers, so that orders have several lines and several times."""
    return Line(
        fact_id=(1000 + number).to_bytes(16, "big"),
        node=draw(_nodes),
        event=draw(st.sampled_from((LINE_EVENTS[0], LINE_EVENTS[0], LINE_EVENTS[1], LINE_EVENTS[2]))),
        source=draw(st.sampled_from(("shop", "web"))),
        order_no=draw(st.sampled_from(("1", "2", "3"))),
        product_id=draw(st.sampled_from(("a", "b", "12"))),
        description=draw(st.sampled_from((None, "ab", "東京都"))),
        quantity=Decimal(draw(st.sampled_from(("1.000", "2.500", "12.000")))),
        unit_price=Decimal("1.2500"),
        amount=draw(st.sampled_from((1, 12, 100, 1000))),
        is_goods=draw(st.booleans()),
        occurred_at=draw(_instants),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a shop of up to six identifiers, some of them of one person, some unknown to the map."""
    count = draw(st.integers(1, 6))
    owners = [draw(st.integers(1, node)) for node in range(1, count + 1)]
    resolved = {node: owners[owner - 1] if owner < node else node for node, owner in enumerate(owners, start=1)}
    node_map = {node: min(owner, node) for node, owner in resolved.items()}
    return World(
        facts=tuple(draw(facts(number)) for number in range(draw(st.integers(0, 8)))),
        lines=tuple(draw(lines(number)) for number in range(draw(st.integers(0, 10)))),
        node_map=node_map,
        zone=ZONE,
    )


_ordered = st.sampled_from(("gt", "gte", "lt", "lte"))
_texts, _numbers = st.sampled_from(TEXTS), st.sampled_from(NUMBERS)


def _comparison(cmp: st.SearchStrategy[str], value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({"cmp": cmp, "value": value})


_equal = st.sampled_from(("is", "is_not"))
_text_asked = st.one_of(
    _comparison(st.sampled_from(("is", "is_not", "contains", "starts", "ends")), _texts),
    _comparison(st.just("one_of"), st.lists(_texts, min_size=1, max_size=3)),
    _comparison(st.just("exists"), st.booleans()),
)
_number_asked = st.one_of(
    _comparison(st.one_of(_ordered, _equal), _numbers),
    _comparison(st.just("one_of"), st.lists(_numbers, min_size=1, max_size=3)),
    _comparison(st.just("exists"), st.booleans()),
)
_flag_asked = _comparison(_equal, st.booleans())
_any_asked = st.one_of(_text_asked, _number_asked, _flag_asked, _comparison(_ordered, _texts))
_asked_of = {"text": _text_asked | _comparison(_ordered, _texts), "number": _number_asked, "flag": _flag_asked}
_typed = {
    "order_completed": {"amount": "number", "lines": "number", "order_no": "text", "source": "text"},
    "product_purchased": {"quantity": "number", "description": "text", "is_goods": "flag", "product_id": "text"},
    "product_returned": {"unit_price": "number", "amount": "number"},
}


@st.composite
def wheres(draw: st.DrawFn, event: str) -> dict[str, object]:
    """Draw one comparison that the event's field can bear."""
    fields = _typed.get(event)
    if fields is None:
        return {"field": draw(st.sampled_from(FIELDS)), **draw(_any_asked)}
    field = draw(st.sampled_from(sorted(fields)))
    return {"field": field, **draw(_asked_of[fields[field]])}


_periods: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"within": {"days": 0}},
        {"within": {"days": 7}},
        {"within": {"hours": 24}},
        {"between": {"from": "2026-03-03"}},
        {"between": {"to": "2026-03-09"}},
        {"between": {"from": "2025-08-22", "to": "2026-03-10"}},
    ]
)


@st.composite
def dids(draw: st.DrawFn) -> dict[str, object]:
    """Draw something that somebody did, or did not."""
    event = draw(st.sampled_from(("order_completed", "product_purchased", "product_returned", "email_clicked")))
    node: dict[str, object] = {"kind": draw(st.sampled_from(("did", "did_not"))), "event": event, **draw(_periods)}
    node["where"] = draw(st.lists(wheres(event), max_size=2))
    if draw(st.booleans()):
        node["count"] = {"cmp": draw(st.one_of(_ordered, _equal)), "value": draw(st.integers(0, 3))}
    if draw(st.booleans()):
        node["sum"] = {"field": "amount", **draw(_comparison(st.one_of(_ordered, _equal), _numbers))}
        if event == "product_purchased":
            node["sum"] = {"field": "quantity", "cmp": "gte", "value": draw(_numbers)}
    return node


_traits = st.builds(
    lambda name, asked: {"kind": "trait", "trait": name, **asked}, st.sampled_from((*TRAITS, "never_told")), _any_asked
)
_score_kinds = st.sampled_from(("rfm.recency", "rfm.frequency", "rfm.monetary", "decile"))
_ranks = st.one_of(
    st.builds(
        lambda by, cmp, value: {"kind": "rank", "by": by, "cmp": cmp, "value": value},
        _score_kinds,
        st.one_of(_ordered, _equal),
        st.integers(1, 5),
    ),
    st.builds(
        lambda value: {"kind": "rank", "by": "rank", "cmp": "one_of", "value": value},
        st.lists(st.sampled_from(("best", "loyal", "regular", "trial", "dormant")), min_size=1, max_size=2),
    ),
)
nodes = st.recursive(
    st.one_of(_traits, dids(), _ranks),
    lambda inner: st.one_of(
        st.builds(
            lambda kind, of: {"kind": kind, "of": of},
            st.sampled_from(("and", "or")),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda of: {"kind": "not", "of": of}, inner),
    ),
    max_leaves=5,
)


def conditions() -> st.SearchStrategy[Condition]:
    """Draw conditions of the whole grammar."""
    return nodes.map(parse)


def did_conditions() -> st.SearchStrategy[Condition]:
    """Draw conditions about what somebody did or did not do."""
    return dids().map(parse)


def fill(warehouse: Warehouse, world: World) -> None:
    """Put the world into the warehouse, in place of what was there."""
    for table in ("facts", "order_lines", "node_map", "rank_cuts"):
        warehouse.execute(f"DELETE FROM {table}")
    warehouse.append("node_map", _frame([{"node": n, "customer": c} for n, c in world.node_map.items()]))
    warehouse.append("order_lines", _frame([{"batch": 1, **vars(line)} for line in world.lines]))
    told = [
        {"batch": 1, "source": "test", **vars(fact), "properties": json.dumps(fact.properties, ensure_ascii=False)}
        for fact in world.facts
    ]
    warehouse.append("facts", _frame(told))


def _frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame()


def crowd(seed: int, customers: int = 40, told: int = 240, bought: int = 320) -> World:
    """Return one crowded shop: so many customers that every condition meets both answers, drawn by `kit.rng`."""

    def pick(name: str, row: int, options: Sequence[Any]) -> Any:
        return options[int(unit(f"{seed}:{name}", row)[0] * len(options))]

    nodes = range(1, customers + 11)
    node_map = {node: node if node <= customers else pick("owner", node, range(1, customers + 1)) for node in nodes}
    owners = [None, 999, *nodes, *nodes]
    everything = [*TEXTS, *NUMBERS, True, False, None, [1, 2], {"inner": "a"}]
    facts_told = []
    for row in range(told):
        event = pick("event", row, ("customer_described", "email_clicked", "email_opened"))
        names = TRAITS if event == "customer_described" else FIELDS
        chosen = {name: pick(name, row, everything) for name in names if pick(f"has {name}", row, (True, True, False))}
        at = pick("at", row, INSTANTS)
        facts_told.append(
            Fact(
                fact_id=int(unit(f"{seed}:id", row)[0] * 2**40).to_bytes(16, "big"),
                node=pick("node", row, owners),
                event=event,
                occurred_at=at,
                received_at=at + timedelta(seconds=pick("late", row, (0, 1))),
                properties={"traits": chosen} if event == "customer_described" else chosen,
            )
        )
    return World(tuple(facts_told), tuple(_crowd_line(pick, owners, row) for row in range(bought)), node_map, ZONE)


def _crowd_line(pick: Callable[[str, int, Sequence[Any]], Any], owners: Sequence[int | None], row: int) -> Line:
    return Line(
        fact_id=(1_000_000 + row).to_bytes(16, "big"),
        node=pick("buyer", row, owners),
        event=pick("line", row, (LINE_EVENTS[0], LINE_EVENTS[0], *LINE_EVENTS)),
        source=pick("source", row, ("shop", "web")),
        order_no=pick("order", row, ("1", "2", "3")),
        product_id=pick("product", row, ("a", "b", "12")),
        description=pick("name", row, (None, "ab", "東京都")),
        quantity=pick("quantity", row, (Decimal("1.000"), Decimal("2.500"), Decimal("12.000"))),
        unit_price=pick("price", row, (Decimal("1.2500"), Decimal("12.0000"))),
        amount=pick("amount", row, (1, 12, 88, 100, 900)),
        is_goods=pick("goods", row, (True, False)),
        occurred_at=pick("bought", row, INSTANTS),
    )
