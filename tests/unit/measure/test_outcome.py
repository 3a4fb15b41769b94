"""What people did after they entered: once each, in the arm they were drawn into, only what came after."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.measure.outcome import entries, mean_outcome, outcomes, true_lift
from tenshu.store.warehouse import Warehouse
from tests.unit.measure.books import buy, day, enter, know

LATER = day(100)


def made(*customers: int) -> Warehouse:
    """Return a warehouse in which these people are known."""
    warehouse = Warehouse()
    know(warehouse, {number: number for number in customers})
    return warehouse


def orders_of(warehouse: Warehouse, *, now: datetime = LATER, days: int = 14) -> list[tuple[int, int]]:
    """Return (customer, orders) of everybody who entered."""
    return outcomes(warehouse, "hello", now=now, window_days=days).select("customer", "orders").rows()


WINDOW = [
    # order's distance from the entry -> orders that count, for a window of 14 days
    (timedelta(days=-1), 0),
    (timedelta(0), 0),  # the order that let somebody in
    (timedelta(microseconds=1), 1),
    (timedelta(days=14), 1),  # the last instant of the window
    (timedelta(days=14, microseconds=1), 0),
]


@pytest.mark.parametrize(("distance", "orders"), WINDOW)
def test_order_counts_after_the_entry_and_inside_the_window(distance: timedelta, orders: int) -> None:
    warehouse = made(1)
    enter(warehouse, 1, day(5))
    buy(warehouse, 1, day(5) + distance)
    assert orders_of(warehouse) == [(1, orders)]


def test_lines_of_one_order_are_one_order_and_all_its_money() -> None:
    warehouse = made(1)
    enter(warehouse, 1, day(0))
    buy(warehouse, 1, day(1), 500, products=("tea", "cup", "pot"))  # 500 + 100 + 100
    row = outcomes(warehouse, "hello", now=LATER, window_days=14).row(0, named=True)
    assert (row["orders"], row["revenue"]) == (1, 700)


@pytest.mark.parametrize("event", ["product_returned", "product_given", "order_adjusted"])
def test_only_purchases_are_orders(event: str) -> None:
    warehouse = made(1)
    enter(warehouse, 1, day(0))
    buy(warehouse, 1, day(1), event=event)
    assert orders_of(warehouse) == [(1, 0)]


def test_person_without_orders_is_a_row_of_zeros() -> None:
    warehouse = made(1)
    enter(warehouse, 1, day(0), arm="held_out")
    row = outcomes(warehouse, "hello", now=LATER, window_days=14).row(0, named=True)
    assert row == {
        "customer": 1,
        "arm": "held_out",
        "entered_at": day(0),
        "is_mixed": False,
        "orders": 0,
        "revenue": 0,
        "is_complete": True,
    }


def test_person_who_entered_three_times_counts_once_from_the_first() -> None:
    warehouse = made(1)
    for entered in (30, 0, 60):
        enter(warehouse, 1, day(entered))
    buy(warehouse, 1, day(31))  # after the second entry, long after the first window
    assert entries(warehouse, "hello", now=LATER).select("customer", "entered_at").rows() == [(1, day(0))]
    assert orders_of(warehouse) == [(1, 0)]


def test_merged_customer_stays_in_the_arm_of_the_earlier_entry() -> None:
    warehouse = Warehouse()
    know(warehouse, {1: 1, 2: 1, 3: 3})  # node 2 turned out to be customer 1
    enter(warehouse, 2, day(0), arm="held_out")
    enter(warehouse, 1, day(3), arm="treated")
    enter(warehouse, 3, day(3), arm="treated")
    buy(warehouse, 1, day(2))
    found = outcomes(warehouse, "hello", now=LATER, window_days=14)
    assert found.select("customer", "arm", "entered_at", "is_mixed", "orders").rows() == [
        (1, "held_out", day(0), True, 1),
        (3, "treated", day(3), False, 0),
    ]


def test_entries_at_the_same_instant_take_the_arm_of_the_older_number() -> None:
    warehouse = Warehouse()
    know(warehouse, {1: 1, 2: 1})
    enter(warehouse, 2, day(0), arm="held_out")
    enter(warehouse, 1, day(0), arm="treated")
    assert entries(warehouse, "hello", now=LATER)["arm"].to_list() == ["treated"]


def test_person_who_entered_in_one_arm_twice_is_not_mixed() -> None:
    warehouse = Warehouse()
    know(warehouse, {1: 1, 2: 1})
    enter(warehouse, 2, day(0))
    enter(warehouse, 1, day(1))
    assert entries(warehouse, "hello", now=LATER)["is_mixed"].to_list() == [False]


def test_other_scenarios_are_other_people() -> None:
    warehouse = made(1, 2)
    enter(warehouse, 1, day(0), journey="hello")
    enter(warehouse, 2, day(0), journey="thanks")
    assert entries(warehouse, "hello", now=LATER)["customer"].to_list() == [1]


def test_entry_of_tomorrow_has_not_happened_yet() -> None:
    warehouse = made(1, 2)
    enter(warehouse, 1, day(0))
    enter(warehouse, 2, day(10))
    assert entries(warehouse, "hello", now=day(9))["customer"].to_list() == [1]


def test_open_window_counts_with_what_has_happened_so_far() -> None:
    warehouse = made(1, 2)
    enter(warehouse, 1, day(0))
    enter(warehouse, 2, day(8))
    for customer, at in ((1, 1), (2, 9), (2, 12)):
        buy(warehouse, customer, day(at))
    found = outcomes(warehouse, "hello", now=day(10), window_days=9)
    # customer 1: window over on day 9; customer 2: until day 17, the order of day 12 is still to come
    assert found.select("customer", "orders", "is_complete").rows() == [(1, 1, True), (2, 1, False)]


def test_window_is_complete_at_its_last_instant() -> None:
    warehouse = made(1)
    enter(warehouse, 1, day(0))
    for now, is_complete in ((day(14) - timedelta(microseconds=1), False), (day(14), True)):
        assert outcomes(warehouse, "hello", now=now, window_days=14)["is_complete"].to_list() == [is_complete]


def test_only_complete_windows_may_be_asked_for() -> None:
    warehouse = made(1, 2)
    enter(warehouse, 1, day(0))
    enter(warehouse, 2, day(8))
    found = outcomes(warehouse, "hello", now=day(10), window_days=9, complete_only=True)
    assert found["customer"].to_list() == [1]


def test_nobody_entered_gives_an_empty_frame_with_all_columns() -> None:
    found = outcomes(Warehouse(), "hello", now=LATER, window_days=14)
    assert found.is_empty()
    assert found.columns == ["customer", "arm", "entered_at", "is_mixed", "orders", "revenue", "is_complete"]


def test_orders_of_nobody_known_are_in_no_arm() -> None:
    warehouse = made(1)
    enter(warehouse, 1, day(0))
    buy(warehouse, None, day(1))
    assert orders_of(warehouse) == [(1, 0)]


def people(*rows: tuple[int, datetime]) -> pl.DataFrame:
    """Return a frame of who entered when."""
    return pl.DataFrame(rows, schema=["customer", "entered_at"], orient="row")


def test_mean_of_given_people_is_read_from_any_warehouse() -> None:
    warehouse = made(1, 2, 3)
    buy(warehouse, 1, day(1), 300)
    buy(warehouse, 1, day(2), 300)
    buy(warehouse, 3, day(1), 5_000)  # not asked for
    found = mean_outcome(warehouse, people((1, day(0)), (2, day(0))), 14)
    # two people, two orders, 600 in all
    assert (found.people, found.orders, found.revenue) == (2, 1.0, 300.0)


def test_mean_stops_at_now() -> None:
    warehouse = made(1)
    buy(warehouse, 1, day(1))
    buy(warehouse, 1, day(5))
    assert mean_outcome(warehouse, people((1, day(0))), 14, now=day(3)).orders == 1.0
    assert mean_outcome(warehouse, people((1, day(0))), 14).orders == 2.0


def test_mean_of_nobody_is_zero() -> None:
    assert mean_outcome(Warehouse(), people().cast({"entered_at": pl.Datetime("us", "UTC")}), 14).people == 0


def test_truth_is_the_same_people_with_and_without_the_scenario() -> None:
    here, twin = made(1, 2, 3), made(1, 2, 3)
    for customer, arm in ((1, "treated"), (2, "treated"), (3, "held_out")):
        enter(here, customer, day(0), arm=arm)
    buy(here, 1, day(1), 1_000)
    buy(twin, 1, day(1), 1_000)  # would have bought anyway
    buy(here, 2, day(2), 3_000)  # because of the scenario
    buy(here, 3, day(2), 9_000)  # held out: no part of the truth
    found = true_lift(here, twin, "hello", now=LATER, window_days=14)
    assert found is not None
    assert (found.orders, found.revenue) == (0.5, 1_500.0)


def test_scenario_that_treated_nobody_has_no_truth() -> None:
    warehouse = made(1)
    enter(warehouse, 1, day(0), arm="held_out")
    assert true_lift(warehouse, made(1), "hello", now=LATER, window_days=14) is None


EVENTS = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.integers(0, 40),
        st.sampled_from(["enter", "buy"]),
        st.sampled_from(["treated", "held_out"]),
    ),
    max_size=25,
    unique_by=lambda event: event[:3],
)
MERGES = st.fixed_dictionaries({node: st.integers(1, node) for node in range(1, 7)})


@settings(max_examples=40, deadline=None)
@given(events=EVENTS, merges=MERGES, now=st.integers(0, 50), days=st.integers(1, 20))
def test_slow_reading_row_by_row_agrees(
    events: list[tuple[int, int, str, str]], merges: dict[int, int], now: int, days: int
) -> None:
    warehouse = Warehouse()
    know(warehouse, merges)
    for node, at, kind, arm in events:
        if kind == "enter":
            enter(warehouse, node, day(at), arm=arm)
        else:
            buy(warehouse, node, day(at) + timedelta(hours=1), 10 + node)
    found = outcomes(warehouse, "hello", now=day(now), window_days=days)
    assert found.select("customer", "arm", "orders", "revenue").rows() == slowly(events, merges, now, days)
    warehouse.close()


def slowly(
    events: list[tuple[int, int, str, str]], merges: dict[int, int], now: int, days: int
) -> list[tuple[int, str, int, int]]:
    """Read the same events one by one: the definition in plain words."""
    rows = []
    for customer in sorted(set(merges.values())):
        nodes = [node for node, owner in merges.items() if owner == customer]
        entered = sorted(
            (at, node, arm) for node, at, kind, arm in events if kind == "enter" and node in nodes and at <= now
        )
        if not entered:
            continue
        first, _node, arm = entered[0]
        bought = [
            10 + node
            for node, at, kind, _arm in events
            # the orders of these events are placed one hour into their day
            if kind == "buy" and node in nodes and first <= at < first + days and at < now
        ]
        rows.append((customer, arm, len(bought), sum(bought)))
    return rows
