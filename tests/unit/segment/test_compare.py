"""Every comparison with every value over every kind of text: engine, traits and judge give one answer."""

from itertools import product
from typing import Any

import polars as pl
import pytest

from tenshu.condition import ComparisonUnfit, Condition, parse
from tenshu.segment import evaluate
from tenshu.segment.compare import as_number, compared_number, compared_text
from tenshu.store.warehouse import Warehouse
from tests.unit.segment import oracle
from tests.unit.segment.oracle import Fact, World
from tests.unit.segment.worlds import NOW, NUMBERS, TEXTS, ZONE, fill

#: What a property can hold, one customer each; the last two compare with nothing.
HELD: list[Any] = [
    *TEXTS,
    *NUMBERS,
    True,
    False,
    None,
    0.5,
    -12,
    "1e400",
    "00012",
    "1.",
    ".5",
    "+1",
    "NaN",
    [1, 2],
    {"a": 1},
]
VALUES: list[Any] = [*TEXTS, *NUMBERS, True, False, ["a", "12"], [1, 12.5]]
CMPS = ("is", "is_not", "one_of", "contains", "starts", "ends", "gt", "gte", "lt", "lte", "exists")


def every_comparison(make: Any) -> dict[str, Condition]:
    found: dict[str, Condition] = {}
    for number, (cmp, value) in enumerate(product(CMPS, VALUES)):
        try:
            found[f"c{number}"] = parse(make(cmp, value))
        except ComparisonUnfit:
            continue
    return found


def world(event: str, wrap: Any) -> World:
    facts = tuple(
        Fact(number.to_bytes(16, "big"), number, event, NOW, NOW, wrap(held))
        for number, held in enumerate(HELD, start=1)
    )
    nobody = len(HELD) + 1  # a customer of whom nothing was ever told
    return World(facts, (), {node: node for node in range(1, nobody + 1)}, ZONE)


@pytest.fixture
def warehouse() -> Warehouse:
    return Warehouse(threads=1)


def test_every_comparison_of_a_property_is_judged_alike(warehouse: Warehouse) -> None:
    shop = world("email_clicked", lambda held: {"x": held})
    fill(warehouse, shop)
    asked = every_comparison(
        lambda cmp, value: {
            "kind": "did",
            "event": "email_clicked",
            "where": [{"field": "x", "cmp": cmp, "value": value}],
        }
    )
    found = evaluate(warehouse, asked, now=NOW, zone=ZONE)
    assert len(asked) > 150
    for name, condition in asked.items():
        judged = [oracle.holds(shop, condition, customer, NOW) for customer in shop.customers()]
        assert found[name].to_list() == judged, condition


def test_every_comparison_of_a_trait_is_judged_alike(warehouse: Warehouse) -> None:
    shop = world("customer_described", lambda held: {"traits": {"x": held}})
    fill(warehouse, shop)
    asked = every_comparison(lambda cmp, value: {"kind": "trait", "trait": "x", "cmp": cmp, "value": value})
    found = evaluate(warehouse, asked, now=NOW, zone=ZONE)
    for name, condition in asked.items():
        judged = [oracle.holds(shop, condition, customer, NOW) for customer in shop.customers()]
        assert found[name].to_list() == judged, condition


def test_one_and_true_and_the_text_1_are_three_things(warehouse: Warehouse) -> None:
    # Python calls 1, 1.0 and True equal: features that differ only in them must not be shared.
    shop = world("email_clicked", lambda held: {"x": held})
    fill(warehouse, shop)

    def is_(value: object) -> Condition:
        return parse({"kind": "did", "event": "email_clicked", "where": [{"field": "x", "cmp": "is", "value": value}]})

    found = evaluate(warehouse, {"number": is_(1), "flag": is_(True), "text": is_("1")}, now=NOW, zone=ZONE)
    who = {
        name: [HELD[i] for i, met in enumerate(found[name][: len(HELD)]) if met] for name in ("number", "flag", "text")
    }
    assert who == {"number": [1], "flag": ["true", True], "text": [1]}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12.0),
        ("-3", -3.0),
        ("12.5", 12.5),
        ("1e2", 100.0),
        ("1E-2", 0.01),
        ("00012", 12.0),
        ("", None),
        (" 12", None),
        ("12 ", None),
        ("12\n", None),
        ("+1", None),
        ("1.", None),
        (".5", None),
        ("1,000", None),
        ("１２", None),
        ("1_000", None),
        ("0x10", None),
        ("inf", None),
        ("NaN", None),
        ("1e400", None),
        ("true", None),
        (None, None),
    ],
)
def test_only_plain_decimal_notation_is_a_number(text: str | None, number: float | None) -> None:
    frame = pl.DataFrame({"t": [text]}, schema={"t": pl.String})
    assert frame.select(as_number(pl.col("t"))).item() == number
    assert oracle.as_number(text) == number


def test_percent_underscore_and_stars_are_plain_characters() -> None:
    frame = pl.DataFrame({"t": ["100%", "a_b", "a*b", "axb"]})
    for pattern, expected in [("%", [0]), ("a_b", [1]), ("a*b", [2]), (".", [])]:
        found = frame.select(compared_text(pl.col("t"), "contains", pattern)).to_series()
        assert found.arg_true().to_list() == expected


def test_dates_written_as_iso_compare_as_text() -> None:
    frame = pl.DataFrame({"birthday": ["1970-12-31", "1971-01-01", None]})
    found = frame.select(compared_text(pl.col("birthday"), "gte", "1971-01-01")).to_series()
    assert found.to_list() == [False, True, False]


def test_nothing_is_neither_equal_nor_unequal() -> None:
    frame = pl.DataFrame({"t": [None]}, schema={"t": pl.String})
    asked: list[tuple[str, Any]] = [
        ("is", "a"),
        ("is_not", "a"),
        ("one_of", ("a",)),
        ("contains", ""),
        ("lt", 5),
        ("is_not", 5),
    ]
    for cmp, value in asked:
        assert frame.select(compared_text(pl.col("t"), cmp, value)).item() is False
    assert frame.select(compared_text(pl.col("t"), "exists", False)).item() is True  # noqa: FBT003


def test_a_missing_number_fails_every_comparison() -> None:
    frame = pl.DataFrame({"n": [None, 1.0]}, schema={"n": pl.Float64})
    assert frame.select(compared_number(pl.col("n"), "one_of", (1.0, 2.0))).to_series().to_list() == [False, True]
    assert frame.select(compared_number(pl.col("n"), "is_not", (2.0,))).to_series().to_list() == [False, True]
