"""The bits and values of every fact are what the judge says of it, over a table and over a lent batch alike."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.condition import Where
from tenshu.condition.parse import parse_where
from tenshu.segment.features import Aggregate, Source
from tenshu.segment.hot.arrays import Rows, bit
from tenshu.segment.hot.match import NANO, SCALES, as_double, event_query, nano_double, numbers, order_query
from tenshu.segment.hot.plan import EventAsk, OrderAsk
from tenshu.segment.statements import instants, statement
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.hot.story import told
from tests.unit.segment.oracle import NUMBER, Fact, Line, as_text, compares, scalar
from tests.unit.segment.worlds import NOW, crowd, fill, wheres

_CALM = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
SHOP = crowd(3)
_SOURCES: dict[str, Source] = {"email_clicked": "facts", "product_purchased": "lines", "product_returned": "lines"}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    store = Warehouse(threads=1)
    fill(store, SHOP)
    yield store
    store.close()


@st.composite
def _asked(draw: st.DrawFn) -> EventAsk:
    event = draw(st.sampled_from(sorted(_SOURCES)))
    some = st.lists(wheres(event), max_size=2).map(lambda given: parse_where(given, event))
    combinations = draw(st.lists(some, min_size=1, max_size=12))
    field = {"email_clicked": "amount", "product_purchased": "quantity", "product_returned": "unit_price"}[event]
    running = tuple(Aggregate(event, where, None, None, field) for where in combinations)
    return EventAsk(_SOURCES[event], event, tuple(combinations), (field,), running, ())


def rows_of(warehouse: Warehouse, ask: EventAsk, **options: Any) -> Rows:
    query = event_query(ask, **options)
    table = "facts" if ask.source == "facts" else "order_lines"
    return numbers(warehouse.frame(query.over(table), query.values))


def facts_of(event: str) -> list[Fact | Line]:
    everything: list[Fact | Line] = [*SHOP.facts, *SHOP.lines]
    return [row for row in everything if row.event == event and row.node is not None]


def fields_of(row: Fact | Line) -> dict[str, Any]:
    return dict(vars(row)) if isinstance(row, Line) else {name: scalar(v) for name, v in row.properties.items()}


@_CALM
@given(ask=_asked())
def test_every_bit_is_what_the_judge_says(warehouse: Warehouse, ask: EventAsk) -> None:
    rows = rows_of(warehouse, ask)
    expected = [
        tuple(all(compares(fields_of(row).get(w.field), w.cmp, w.value) for w in some) for some in ask.wheres)
        for row in facts_of(ask.event)
    ]
    found = zip(*(bit(rows["bits"], index).tolist() for index in range(len(ask.wheres))), strict=True)
    assert sorted(found) == sorted(expected)


@_CALM
@given(ask=_asked())
def test_a_lent_batch_matches_as_the_table_does(warehouse: Warehouse, ask: EventAsk) -> None:
    query = event_query(ask)
    lent = warehouse.frame(query.over("told"), query.values, told=told(facts_of(ask.event)))
    ordered = numbers(lent)
    table = rows_of(warehouse, ask)
    by_node = {name: sorted(ordered[name].tolist()) == sorted(table[name].tolist()) for name in table}
    assert by_node == dict.fromkeys(table, True)


@_CALM
@given(ask=_asked(), data=st.data())
def test_some_questions_alone_have_the_bits_they_have_among_all(
    warehouse: Warehouse, ask: EventAsk, data: st.DataObject
) -> None:
    some = tuple(data.draw(st.lists(st.sampled_from(ask.running), unique_by=id)))
    query, whole = event_query(ask, only=some), event_query(ask)
    table = "facts" if ask.source == "facts" else "order_lines"
    alone = numbers(warehouse.frame(query.over(table), query.values))
    among = numbers(warehouse.frame(whole.over(table), whole.values))
    asked = {str(one.where) for one in some}
    for index, where in enumerate(ask.wheres):
        expected = bit(among["bits"], index) if str(where) in asked else np.zeros(len(among["at"]), np.bool_)
        assert bit(alone["bits"], index).tolist() == expected.tolist()


@pytest.mark.parametrize(
    "text",
    ["it's", '"', "{table}", "{more}", "$value1", "a\x00b", "line\nbreak", "\\", "100%", "--", "？", "", "true", "1e2"],
    ids=repr,
)
def test_no_text_can_change_what_is_asked(warehouse: Warehouse, text: str) -> None:
    combinations = ((Where("said", "is", text),), (Where("said", "one_of", (text, "x")),))
    ask = EventAsk("facts", "noted", combinations, (), (), ())
    whole = Aggregate("noted", combinations[0], None, None, None)
    other = Aggregate("noted", combinations[1], None, None, None)
    query = event_query(ask, only=(whole, other))
    notes = [Fact(bytes([n]) * 16, 1, "noted", NOW, NOW, {"said": said}) for n, said in enumerate((text, f"{text}!"))]
    rows = numbers(warehouse.frame(query.over("told"), query.values, told=told(notes)))
    assert bit(rows["bits"], 0).tolist() == bit(rows["bits"], 1).tolist() == [True, False]


def test_properties_come_as_units_and_billionths(warehouse: Warehouse) -> None:
    one = Aggregate("email_clicked", (), None, None, "amount")
    rows = rows_of(warehouse, EventAsk("facts", "email_clicked", ((),), ("amount",), (one,), ()))
    texts = [as_text(value) for row in facts_of("email_clicked") if (value := fields_of(row).get("amount")) is not None]
    expected = sum(Fraction(text) for text in texts if NUMBER.fullmatch(text))
    assert Fraction(int(rows["v0"].sum())) + Fraction(int(rows["v0n"].sum()), NANO) == expected


@pytest.mark.parametrize("field", sorted(SCALES))
def test_typed_fields_come_in_their_smallest_parts(warehouse: Warehouse, field: str) -> None:
    one = Aggregate("product_purchased", (), None, None, field)
    rows = rows_of(warehouse, EventAsk("lines", "product_purchased", ((),), (field,), (one,), ()))
    bought = [Decimal(fields_of(row)[field]) for row in facts_of("product_purchased")]
    assert sorted(rows["v0"].tolist()) == sorted(int(value * SCALES[field]) for value in bought)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(parts=st.one_of(st.integers(-(10**6), 10**6), st.integers(-(10**17), 10**17)), places=st.sampled_from((0, 3, 4)))
def test_totals_become_the_doubles_that_the_engine_makes(warehouse: Warehouse, parts: int, places: int) -> None:
    value = Decimal(parts).scaleb(-places)
    said = warehouse.frame(f"SELECT '{value:f}'::DECIMAL(38, {places})::DOUBLE AS said")["said"].item()
    assert as_double(np.array([parts]), 10**places).tolist() == [said]


def test_lines_of_an_order_share_its_key_and_others_do_not(warehouse: Warehouse) -> None:
    query = order_query(OrderAsk((), (), {}))
    lines = [row for row in SHOP.lines if row.node is not None and row.event == "product_purchased"]
    told_lines = told(lines).with_row_index("row")
    keys = warehouse.frame(query.over("told"), query.values, told=told_lines)
    numbered = pl.DataFrame({"key": keys["key"], "order": [f"{line.source} {line.order_no}" for line in lines]})
    assert numbered.unique().height == numbered["key"].n_unique() == numbered["order"].n_unique()


_parts = st.one_of(st.integers(-9, 9), st.integers(-(10**7), 10**7), st.integers(1 - 10**15, 10**15 - 1))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(units=st.lists(_parts, min_size=1, max_size=4), nanos=st.lists(st.integers(-(10**9), 10**9), max_size=4))
def test_units_and_billionths_become_the_double_that_the_statement_makes(
    warehouse: Warehouse, units: list[int], nanos: list[int]
) -> None:
    texts = [str(unit) for unit in units] + [f"{Decimal(nano).scaleb(-9):f}" for nano in nanos]
    notes = [Fact(bytes([n]) * 16, 1, "noted", NOW, NOW, {"worth": text}) for n, text in enumerate(texts)]
    one = Aggregate("noted", (), None, None, "worth")
    query = statement("facts", [one])
    said = warehouse.frame(
        f"WITH members AS (SELECT 1 AS node, 1 AS customer), facts AS (SELECT * FROM told) {query.sql}",
        {**query.values, **instants([one], now=NOW, zone="Asia/Tokyo")},
        told=told(notes),
    )["f0"].item()
    rows = numbers(
        warehouse.frame(
            event_query(EventAsk("facts", "noted", ((),), ("worth",), (one,), ())).over("told"),
            {"happened": "noted"},
            told=told(notes),
        )
    )
    assert nano_double(rows["v0"].sum(keepdims=True), rows["v0n"].sum(keepdims=True)).tolist() == [said]
    assert said == pytest.approx(float(sum(Fraction(text) for text in texts)), rel=1e-15, abs=0)
