"""The rows of a timeline one by one: what is an order, what comes first, what is another's; and whose day it is."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.know.anniversary import celebrating
from tenshu.know.card import MOST_GOODS, _as_text, goods_of, known_since, ranked, stated, timeline
from tenshu.store.warehouse import Warehouse
from tests.unit.know.shop import NOW, described, order_line, shop

ME, OTHER = 1, 2
BIRTHDAYS = [
    *("1985-06-04", "1985-06-04T12:00:00+09:00", "2000-02-29", "2001-02-28", "1900-12-31"),
    *("85-06-04", "06-04", "1985/06/04", "6月4日", "", "June 4th", "0604", "19850604"),
]


def fact(number: int, event: str, at: datetime, *, node: int = ME, properties: str | None = "{}") -> dict[str, Any]:
    """Return any fact as a row of the warehouse."""
    return described(number, node, at, {}) | {"event": event, "properties": properties}


def told(*facts: dict[str, Any], lines: list[dict[str, Any]] | None = None) -> Warehouse:
    """Return a warehouse of two people with these facts and order lines."""
    warehouse = shop([], merged={ME: ME, OTHER: OTHER, 7: ME})
    if facts:
        warehouse.append("facts", pl.DataFrame(list(facts), infer_schema_length=None))
    if lines:
        warehouse.append("order_lines", pl.DataFrame(lines, infer_schema_length=None))
    return warehouse


def events(warehouse: Warehouse, **asked: Any) -> list[str]:
    """Return the events of the timeline."""
    return [row["event"] for row in timeline(warehouse, ME, now=NOW, **asked)]


def test_at_one_instant_a_scenario_ends_above_and_begins_below_what_it_did() -> None:
    """The newest stands above: it began, then did something, then ended."""
    at = NOW - timedelta(days=1)
    warehouse = told(
        fact(1, "journey_entered", at), fact(2, "journey_left", at), fact(3, "email_sent", at), fact(4, "a_deed", at)
    )
    found = events(warehouse)
    assert (found[0], found[-1]) == ("journey_left", "journey_entered")
    assert found[1:-1] == ["a_deed", "email_sent"]


def test_facts_of_one_instant_and_event_always_stand_in_the_same_order() -> None:
    at = NOW - timedelta(days=1)
    several = [fact(number, "page_viewed", at, properties=f'{{"n": {number}}}') for number in (3, 1, 2)]
    for some in (several, several[::-1]):
        rows = timeline(told(*some), ME, now=NOW)
        assert [row["properties"]["n"] for row in rows] == [1, 2, 3]


def test_a_fact_without_properties_has_none() -> None:
    (row,) = timeline(told(fact(1, "page_viewed", NOW, properties=None)), ME, now=NOW)
    assert row["properties"] == {}
    assert (row["order_no"], row["amount"], row["lines"], row["goods"]) == (None, None, None, None)


def test_lines_of_one_order_number_from_two_sources_are_two_orders() -> None:
    lines = [
        order_line(number, ME, NOW - timedelta(days=number), 100, order_no="A-1", source=source)
        for number, source in ((1, "shop"), (2, "web"), (3, "web"))
    ]
    rows = timeline(told(lines=lines), ME, now=NOW)
    assert [(row["source"], row["lines"], row["amount"]) for row in rows] == [("shop", 1, 100), ("web", 2, 200)]
    assert rows[1]["happened_at"] == NOW - timedelta(days=3), "an order is of its first line"


def test_what_comes_back_is_a_row_of_its_own() -> None:
    lines = [
        order_line(1, ME, NOW - timedelta(days=2), 300, order_no="A-1"),
        order_line(2, ME, NOW - timedelta(days=1), -300, order_no="A-1", event="product_returned"),
    ]
    rows = timeline(told(lines=lines), ME, now=NOW)
    assert [(row["event"], row["amount"]) for row in rows] == [("product_returned", -300), ("product_purchased", 300)]


def test_of_a_large_order_the_dearest_goods_are_named() -> None:
    lines = [
        order_line(number, ME, NOW, number * 10, order_no="A", product_id=f"p{number:02}", description=f"品{number}")
        for number in range(1, 21)
    ]
    (row,) = timeline(told(lines=lines), ME, now=NOW)
    assert (row["lines"], row["goods"]) == (20, [f"品{number}" for number in range(20, 12, -1)])


def test_an_order_is_told_as_far_as_it_has_come() -> None:
    lines = [
        order_line(1, ME, NOW, 100, order_no="A"),
        order_line(2, ME, NOW + timedelta(hours=1), 900, order_no="A"),
    ]
    (row,) = timeline(told(lines=lines), ME, now=NOW)
    assert (row["lines"], row["amount"]) == (1, 100)


@pytest.mark.parametrize(("customer", "expected"), [(ME, ["a", "c"]), (OTHER, ["b"]), (7, []), (99, [])])
def test_every_number_of_a_customer_counts_and_no_other(customer: int, expected: list[str]) -> None:
    """Number 7 has become one with the first: what it did is theirs, and nothing is left of its own."""
    warehouse = told(fact(1, "a", NOW), fact(2, "b", NOW, node=OTHER), fact(3, "c", NOW, node=7))
    assert sorted(row["event"] for row in timeline(warehouse, customer, now=NOW)) == expected
    assert known_since(warehouse, customer, now=NOW)["facts"] == len(expected)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=8), st.integers(-1, 6), st.integers(-1, 6))
def test_a_stretch_holds_what_lies_in_it(days: list[int], since: int, until: int) -> None:
    """After the first instant, and up to the last."""
    warehouse = told(*[fact(n, "page_viewed", NOW - timedelta(days=day)) for n, day in enumerate(days)])
    first, last = NOW - timedelta(days=since), NOW - timedelta(days=until)
    rows = timeline(warehouse, ME, now=last, since=first)
    expected = sorted((NOW - timedelta(days=day) for day in days if until <= day < since), reverse=True)
    assert [row["happened_at"] for row in rows] == expected


def test_whatever_was_stated_is_text_as_it_was_written() -> None:
    values: list[object] = [True, False, 0, 3, 2.5, "", "佐藤", 10**15]
    told_as = ["true", "false", "0", "3", "2.5", "", "佐藤", "1" + "0" * 15]
    traits = {f"t{nth}": value for nth, value in enumerate(values)}
    assert list(stated(told(described(1, ME, NOW, traits)), ME, now=NOW).values()) == told_as
    assert [_as_text(value) for value in values] == told_as


def test_a_statement_that_states_nothing_takes_nothing_back() -> None:
    nothing = [None, "{}", '{"traits": null}', '{"traits": [1]}', '{"traits": "x"}', '{"a": 1}']
    facts = [fact(nth, "customer_described", NOW, properties=one) for nth, one in enumerate(nothing, start=2)]
    first = described(1, ME, NOW - timedelta(days=1), {"a": "1"})
    assert stated(told(first, *facts), ME, now=NOW) == {"a": "1"}


def test_what_was_stated_lately_stands_last() -> None:
    warehouse = told(
        described(1, ME, NOW - timedelta(days=2), {"a": "1", "b": "1", "c": "1"}),
        described(2, ME, NOW - timedelta(days=1), {"b": "2"}),
    )
    assert list(stated(warehouse, ME, now=NOW).items()) == [("a", "1"), ("c", "1"), ("b", "2")]


def test_of_two_statements_of_one_instant_the_one_received_later_counts() -> None:
    warehouse = told(
        described(1, ME, NOW, {"a": "late"}, received_late=60), described(2, ME, NOW, {"a": "early"}, received_late=1)
    )
    assert stated(warehouse, ME, now=NOW) == {"a": "late"}


def test_favourites_are_bought_in_many_orders_rather_than_many_at_once() -> None:
    lines = [
        order_line(1, ME, NOW, 1, order_no="A", product_id="bulk", quantity=Decimal(100)),
        order_line(2, ME, NOW, 1, order_no="A", product_id="tea", quantity=Decimal(1)),
        order_line(3, ME, NOW, 1, order_no="B", product_id="tea", quantity=Decimal(1)),
        order_line(4, ME, NOW, 1, order_no="B", product_id="cup", quantity=Decimal(2)),
        order_line(5, ME, NOW, 1, order_no="B", product_id="bag", quantity=Decimal(2)),
    ]
    found = goods_of(told(lines=lines), ME, now=NOW)
    assert [one["product_id"] for one in found] == ["tea", "bulk", "bag", "cup"]
    assert found[0] == {"product_id": "tea", "name": None, "orders": 2, "quantity": 2.0, "last_at": NOW}


def test_no_more_favourites_than_the_card_has_room_for() -> None:
    lines = [order_line(n, ME, NOW, 1, order_no=str(n), product_id=f"p{n}") for n in range(20)]
    assert len(goods_of(told(lines=lines), ME, now=NOW)) == MOST_GOODS


def test_who_has_only_told_something_has_bought_nothing() -> None:
    assert ranked(told(described(1, ME, NOW, {"a": "1"})), ME, None, now=NOW) is None


@pytest.fixture(scope="module")
def born() -> Warehouse:
    """Return a warehouse of people who have stated these birthdays, each numbered by its place."""
    warehouse = shop([], merged={number: number for number in range(len(BIRTHDAYS))})
    facts = [described(100 + number, number, NOW, {"birthday": day}) for number, day in enumerate(BIRTHDAYS)]
    warehouse.append("facts", pl.DataFrame(facts, infer_schema_length=None))
    return warehouse


@pytest.mark.parametrize(
    ("day", "whose"),
    [
        (date(2026, 6, 4), ["1985-06-04", "1985-06-04T12:00:00+09:00"]),
        (date(2026, 4, 6), []),
        (date(2026, 2, 28), ["2000-02-29", "2001-02-28"]),
        (date(2026, 3, 1), []),
        (date(2024, 2, 28), ["2001-02-28"]),
        (date(2024, 2, 29), ["2000-02-29"]),
        (date(2100, 2, 28), ["2000-02-29", "2001-02-28"]),
        (date(2026, 12, 31), ["1900-12-31"]),
        (date(2026, 1, 1), []),
    ],
)
def test_a_day_of_the_year_is_that_of_a_whole_date(born: Warehouse, day: date, whose: list[str]) -> None:
    found = celebrating(born, "birthday", day, now=NOW)
    assert sorted(BIRTHDAYS[number] for number in found) == whose


def test_only_those_who_are_asked_about_celebrate_and_only_what_was_known_counts() -> None:
    warehouse = told(
        described(1, ME, NOW - timedelta(days=1), {"birthday": "1990-01-01"}),
        described(2, OTHER, NOW, {"birthday": "1990-06-04"}),
        described(3, 7, NOW, {"birthday": "1990-06-04"}),
    )
    day = date(2026, 6, 4)
    assert sorted(celebrating(warehouse, "birthday", day, now=NOW)) == [ME, OTHER], "a correction counts"
    assert celebrating(warehouse, "birthday", day, now=NOW - timedelta(hours=1)).to_list() == []
    assert celebrating(warehouse, "birthday", day, now=NOW, customers=pl.Series([OTHER])).to_list() == [OTHER]
    assert celebrating(warehouse, "wedding", day, now=NOW).to_list() == []
