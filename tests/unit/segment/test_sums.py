"""Sums of properties: decimals, the same in every order, and what counts as a number in them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenshu.condition import parse
from tenshu.segment import evaluate
from tenshu.segment.evaluate import read_features
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.oracle import Fact, World
from tests.unit.segment.worlds import fill

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
SUMMED = parse({"kind": "did", "event": "noted", "sum": {"field": "worth", "cmp": "is", "value": 0}})
_cents = st.integers(-(10**9), 10**9).map(lambda cents: str(Decimal(cents).scaleb(-2)))


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    store = Warehouse(threads=1)
    yield store
    store.close()


def total(warehouse: Warehouse, values: list[Any]) -> float:
    notes = [Fact(n.to_bytes(16, "big"), 1, "noted", NOW, NOW, {"worth": value}) for n, value in enumerate(values)]
    fill(warehouse, World(tuple(notes), (), {1: 1}, "Asia/Tokyo"))
    frames = read_features(warehouse, {"c": SUMMED}, now=NOW, zone="Asia/Tokyo", customers=None)
    wide = frames[0].drop("customer")
    return float(next(wide[name].item() for name in wide.columns if '"field":"worth"' in name))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(_cents, min_size=1, max_size=12), data=st.data())
def test_a_sum_is_that_of_the_decimals_whatever_the_order(
    warehouse: Warehouse, values: list[str], data: st.DataObject
) -> None:
    found = total(warehouse, values)
    assert found == pytest.approx(float(sum(Decimal(value) for value in values)), rel=1e-15, abs=0)
    assert total(warehouse, data.draw(st.permutations(values))) == found


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.1, 0.2], 0.3),
        ([0.1] * 10, 1.0),
        (["1.000000001", "2"], 3.000000001),
        (["1e-9"], 1e-9),
        (["1e-10", "1e-11"], 0.0),
        (["999999999999999"], 999999999999999.0),
        (["1e15", "-1e15", 5], 5.0),
        (["1e99", 2], 2.0),
        (["12", " 12", "１２", "x", None, True, [1], {"a": 1}], 12.0),
        (["-0.5", "0.25"], -0.25),
        (["-1", "0.99"], -0.01),
        (["1", "-0.99", "-0.02"], -0.01),
        (["123456789012.25", "0.5"], 123456789012.75),
        ([None], 0.0),
    ],
    ids=str,
)
def test_what_adds_up_and_to_what(warehouse: Warehouse, values: list[Any], expected: float) -> None:
    assert total(warehouse, values) == expected


def test_several_fields_and_windows_add_up_side_by_side(warehouse: Warehouse) -> None:
    notes = [
        Fact(bytes([n]) * 16, 1, "noted", NOW, NOW, {"worth": n, "weight": n / 10, 'a "quoted" name': 1})
        for n in range(1, 4)
    ]
    fill(warehouse, World(tuple(notes), (), {1: 1}, "Asia/Tokyo"))
    asked = {
        f"{field} {within}": parse(
            {
                "kind": "did",
                "event": "noted",
                "sum": {"field": field, "cmp": "is", "value": value},
                **({"within": {"days": 1}} if within else {}),
            }
        )
        for field, value in (("worth", 6), ("weight", 0.6))
        for within in (False, True)
    }
    found = evaluate(warehouse, asked, now=NOW, zone="Asia/Tokyo")
    assert found.row(0) == (1, True, True, True, True)
