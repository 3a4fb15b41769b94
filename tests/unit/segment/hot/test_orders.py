"""Lines become orders of whoever has them now, and orders make ranks."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.condition import parse
from tenshu.know import RankBorders
from tenshu.know.cuts import scored
from tenshu.know.publish import compute_cuts
from tenshu.know.purchases import buyers
from tenshu.segment.hot.asked import Asked
from tenshu.segment.hot.calendar import Calendar
from tenshu.segment.hot.cursor import Cursor
from tenshu.segment.hot.orders import OrderStore
from tenshu.segment.hot.owners import Owners
from tenshu.segment.hot.plan import OrderAsk, plan
from tenshu.segment.hot.reading import Told, fill
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.hot.story import told
from tests.unit.segment.oracle import Line
from tests.unit.segment.worlds import INSTANTS, NOW, ZONE, crowd
from tests.unit.segment.worlds import fill as put_into

SHOP = crowd(7)
_COLUMNS = {"recency_score": "r", "frequency_score": "f", "monetary_score": "m", "decile": "d", "rank": "k"}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    store = Warehouse(threads=1)
    put_into(store, SHOP)
    yield store
    store.close()


def everybody(node_map: dict[int, int]) -> Asked:
    owners = Owners()
    owners.remap(np.array(list(node_map)), np.array(list(node_map.values())))
    return Asked(owners.everybody(), owners, now=NOW, calendar=Calendar(ZONE))


def store_of(warehouse: Warehouse, ask: OrderAsk) -> OrderStore:
    store = OrderStore(ask)
    fill(store, warehouse, Cursor(1, 0, NOW, None))
    return store


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(as_of=st.sampled_from(INSTANTS), period=st.sampled_from((None, 7, 150)))
def test_ranks_are_those_of_the_room_that_publishes_them(
    warehouse: Warehouse, as_of: object, period: int | None
) -> None:
    cuts = compute_cuts(warehouse, as_of=as_of, zone=ZONE, borders=RankBorders(period_days=period))  # type: ignore[arg-type]
    bought = buyers(warehouse, until=NOW, since_at=cuts.since_at, zone=ZONE)
    expected = scored(bought, cuts).select("customer", *_COLUMNS).rename(_COLUMNS)
    asked = everybody(dict(SHOP.node_map))
    found, due = store_of(warehouse, OrderAsk((), (), _COLUMNS)).features(asked, OrderAsk((), (), _COLUMNS), cuts)
    ranked = pl.DataFrame({"customer": asked.customers, **found}).filter(pl.col("k").is_not_null())
    assert ranked.rows() == expected.rows()
    assert (due == np.iinfo(np.int64).max).all()


def test_nobody_has_a_rank_before_anything_is_published(warehouse: Warehouse) -> None:
    asked = everybody(dict(SHOP.node_map))
    found, _ = store_of(warehouse, OrderAsk((), (), _COLUMNS)).features(asked, OrderAsk((), (), _COLUMNS), None)
    assert all(column.null_count() == len(asked) for column in found.values())
    assert found["k"].dtype == pl.String


def test_those_who_bought_are_the_buyers(warehouse: Warehouse) -> None:
    asked = everybody(dict(SHOP.node_map))
    expected = buyers(warehouse, until=NOW, since_at=None, zone=ZONE)["customer"].to_list()
    assert store_of(warehouse, OrderAsk((), (), {})).buyers(asked).tolist() == expected


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(merged=st.lists(st.integers(1, 50), max_size=20), portions=st.integers(1, 5))
def test_orders_are_put_together_for_whoever_has_the_lines(
    warehouse: Warehouse, merged: list[int], portions: int
) -> None:
    node_map = {**SHOP.node_map, **dict.fromkeys(merged, 1)}
    summed = {"kind": "did", "event": "order_completed", "sum": {"field": "amount", "cmp": "gt", "value": 0}}
    ask = plan({"bought": parse(summed)}).orders
    assert ask is not None
    store = OrderStore(ask)
    lines = [line for line in SHOP.lines if line.occurred_at <= NOW]
    for some in np.array_split(np.arange(len(lines)), portions):
        rows = Told(told([lines[index] for index in some])).rows(warehouse, store)
        if rows:
            store.put(rows, NOW)
    asked = everybody(node_map)
    found, _ = store.features(asked, ask, None)
    count, total = (
        next(found[name] for name in found if ('"field":null' in name) is is_count) for is_count in (True, False)
    )
    for place, customer in enumerate(asked.customers.tolist()):
        mine = [
            line for line in lines if line.event == "product_purchased" and node_map.get(line.node or 0) == customer
        ]
        assert count[place] == len({(line.source, line.order_no) for line in mine})
        assert total[place] == sum(line.amount for line in mine)


def test_a_line_told_late_moves_an_order_back_in_time(warehouse: Warehouse) -> None:
    recent = parse({"kind": "did", "event": "order_completed", "within": {"hours": 24}})
    ask = plan({"recent": recent}).orders
    assert ask is not None
    store = OrderStore(ask)
    one = next(line for line in SHOP.lines if line.event == "product_purchased" and line.node == 1)
    for shift, expected in ((timedelta(hours=1), 1), (timedelta(hours=25), 0)):
        line = Line(**{**vars(one), "occurred_at": NOW - shift})
        store.put(Told(told([line])).rows(warehouse, store), NOW)
        found, due = store.features(everybody({1: 1}), ask, None)
        assert [column.tolist() for column in found.values()] == [[expected]]
        assert (due[0] < np.iinfo(np.int64).max) is np.bool_(expected)
