"""What changes an answer, what does not, and what is told of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tenshu.condition import Condition, parse
from tenshu.segment.hot import Cursor, Hot
from tenshu.store.warehouse import Warehouse
from tests.unit.segment.hot.story import Story, members, told
from tests.unit.segment.oracle import Fact, Line

TOKYO = "Asia/Tokyo"
NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    store = Warehouse(threads=1)
    yield store
    store.close()


@pytest.fixture
def story(warehouse: Warehouse) -> Story:
    return Story(warehouse, TOKYO, NOW, {1: 1, 2: 2, 3: 3})


class Ids:
    number = 0


def fact(node: int | None, at: datetime, event: str = "page_viewed", **properties: Any) -> Fact:
    Ids.number += 1
    return Fact(Ids.number.to_bytes(16, "big"), node, event, at, at, properties)


def line(node: int, at: datetime, order_no: str = "1", amount: int = 100, quantity: str = "1.000") -> Line:
    Ids.number += 1
    key = Ids.number.to_bytes(16, "big")
    given = ("web", order_no, "a", None, Decimal(quantity), Decimal("1.2500"), amount, True, at)
    return Line(key, node, "product_purchased", *given)


def did(event: str = "page_viewed", **more: Any) -> Condition:
    return parse({"kind": "did", "event": event, **more})


def changes(hot: Hot) -> list[tuple[int, str, bool]]:
    return hot.settle().rows()


def take(hot: Hot, story: Story, *rows: Fact | Line) -> None:
    facts, cursor = story.tell(rows)
    hot.take(facts, batch=cursor.batch)


def test_the_first_fill_tells_no_change(story: Story) -> None:
    story.tell([fact(1, NOW)])
    hot = story.filled({"came": did()})
    assert changes(hot) == []
    assert hot.members("came").to_list() == [1]


def test_a_fact_tells_its_customer_and_nobody_else(story: Story) -> None:
    hot = story.filled({"came": did(), "stayed_away": parse({"kind": "did_not", "event": "page_viewed"})})
    take(hot, story, fact(2, NOW), fact(None, NOW))
    assert changes(hot) == [(2, "came", True), (2, "stayed_away", False)]
    assert changes(hot) == []


def test_a_fact_of_the_future_counts_when_its_time_has_come(story: Story) -> None:
    hot = story.filled({"came": did(within={"hours": 2})})
    take(hot, story, fact(1, NOW + HOUR))
    hot.move_to(NOW + HOUR - TICK)
    assert changes(hot) == []
    hot.move_to(NOW + HOUR)
    assert changes(hot) == [(1, "came", True)]
    hot.move_to(NOW + 3 * HOUR)
    assert changes(hot) == []
    hot.move_to(NOW + 3 * HOUR + TICK)
    assert changes(hot) == [(1, "came", False)]


def test_time_never_goes_back(story: Story) -> None:
    hot = story.filled({"came": did(within={"hours": 1})})
    hot.move_to(NOW - HOUR)
    assert hot.cursor.at == NOW


def test_a_window_of_days_closes_at_midnight_in_the_shop(story: Story) -> None:
    story.tell([fact(1, NOW)])
    hot = story.filled({"came": did(within={"days": 0})})
    midnight = datetime(2026, 3, 10, 15, tzinfo=UTC)
    hot.move_to(midnight - TICK)
    assert changes(hot) == []
    hot.move_to(midnight)
    assert changes(hot) == [(1, "came", False)]


def test_days_that_clocks_open_again_bring_their_facts_back(warehouse: Warehouse) -> None:
    # On 7 November 2010 St. John's went from 00:01 back to 23:01 of the day before.
    story = Story(warehouse, "America/St_Johns", datetime(2010, 11, 6, 12, tzinfo=UTC), {1: 1})
    story.tell([fact(1, datetime(2010, 11, 6, 11, tzinfo=UTC))])
    watched = {"came": did(within={"days": 0})}
    hot = story.filled(watched)
    for minute in (29, 30, 31, 40, 89, 90, 95):
        story.wait_until(datetime(2010, 11, 7, 2, tzinfo=UTC) + timedelta(minutes=minute))
        hot.move_to(story.cursor.at)
        hot.settle()
        assert members(hot, watched) == story.answers(watched), minute


def test_a_merge_adds_up_what_both_did_and_its_undoing_takes_it_apart(story: Story) -> None:
    twice = {
        "twice": did(count={"cmp": "gte", "value": 2}),
        "lately": did(within={"days": 7}, count={"cmp": "is", "value": 2}),
    }
    story.tell([fact(1, NOW), fact(2, NOW)])
    hot = story.filled(twice)
    hot.remap(story.give({2: 1}))
    assert changes(hot) == [(1, "lately", True), (1, "twice", True)]
    hot.remap(story.give({2: 2}))
    assert changes(hot) == [(1, "lately", False), (1, "twice", False)]


def test_who_has_no_node_left_meets_nothing(story: Story) -> None:
    watched = {"stayed_away": parse({"kind": "did_not", "event": "page_viewed"})}
    hot = story.filled(watched)
    hot.remap(story.give({3: None}))
    assert changes(hot) == [(3, "stayed_away", False)]
    hot.remap(story.give({3: 3, 9: 9}))
    assert changes(hot) == [(3, "stayed_away", True), (9, "stayed_away", True)]


def test_facts_may_come_before_their_node_is_known(story: Story) -> None:
    hot = story.filled({"came": did()})
    take(hot, story, fact(77, NOW))
    assert changes(hot) == []
    hot.remap(story.give({77: 2}))
    assert changes(hot) == [(2, "came", True)]


def test_lines_of_one_order_that_came_by_two_identifiers_are_one_order(story: Story) -> None:
    whole = [{"field": "amount", "cmp": "is", "value": 300}, {"field": "lines", "cmp": "is", "value": 2}]
    hot = story.filled({"order": did("order_completed", where=whole), "any": did("order_completed")})
    take(hot, story, line(1, NOW, amount=100), line(2, NOW - HOUR, amount=200), line(2, NOW, "2", amount=1))
    assert changes(hot) == [(1, "any", True), (2, "any", True)]
    hot.remap(story.give({2: 1}))
    assert changes(hot) == [(1, "order", True), (2, "any", False)]


def test_an_order_leaves_a_window_with_its_earliest_line(story: Story) -> None:
    hot = story.filled({"bought": did("order_completed", within={"hours": 24})})
    take(hot, story, line(1, NOW))
    assert changes(hot) == [(1, "bought", True)]
    take(hot, story, line(1, NOW - 30 * HOUR))  # another line of the same order, told late
    assert changes(hot) == [(1, "bought", False)]


def test_the_latest_statement_wins_whatever_came_first(story: Story) -> None:
    lives = {"osaka": parse({"kind": "trait", "trait": "prefecture", "cmp": "is", "value": "大阪府"})}
    hot = story.filled(lives)
    take(hot, story, fact(1, NOW, "customer_described", traits={"prefecture": "大阪府"}))
    take(hot, story, fact(1, NOW - HOUR, "customer_described", traits={"prefecture": "東京都"}))
    take(hot, story, fact(1, NOW, "customer_described", traits={"age": 30}))
    assert changes(hot) == [(1, "osaka", True)]
    take(hot, story, fact(1, NOW, "customer_described", traits={"prefecture": "東京都"}))  # same instant, larger key
    assert changes(hot) == [(1, "osaka", False)]


def test_who_says_the_same_every_day_takes_no_more_room(story: Story) -> None:
    lives = {"known": parse({"kind": "trait", "trait": "age", "cmp": "exists", "value": True})}
    hot = story.filled(lives)
    sizes = []
    for day in range(40):
        hot.move_to(NOW + timedelta(days=day))
        take(
            hot,
            story,
            *(fact(node, NOW + timedelta(days=day), "customer_described", traits={"age": day}) for node in (1, 2)),
        )
        hot.settle()
        sizes.append(hot.nbytes)
    assert sizes[-1] == sizes[5]
    assert hot.members("known").to_list() == [1, 2]


@pytest.mark.parametrize("node", [1, 50], ids=["of somebody", "of nobody"])
def test_facts_that_no_window_can_hold_are_forgotten(story: Story, node: int) -> None:
    hot = story.filled({"came": did(within={"hours": 24})})
    sizes = []
    for day in range(40):
        hot.move_to(NOW + timedelta(days=day))
        take(hot, story, *(fact(node, NOW + timedelta(days=day)) for _ in range(5)))
        hot.settle()
        sizes.append(hot.nbytes)
    assert sizes[-1] == sizes[10]


@pytest.mark.parametrize(
    ("values", "total"),
    [
        (["0.1"] * 3, 0.3),
        ([0.1, 0.2], 0.3),
        (["1e2", -100.5, "x", None, True, "0.25"], -0.25),
        (["999999999999999", "0.000000001"], 999999999999999.0),
        (["1e15", "1e99", 7], 7.0),
        (["-1.5", "0.7"], -0.8),
    ],
    ids=str,
)
def test_properties_add_up_as_decimals_in_every_order(story: Story, values: list[Any], total: float) -> None:
    summed = {"kind": "did", "event": "page_viewed", "sum": {"field": "worth", "cmp": "is", "value": total}}
    watched = {"ever": parse(summed), "lately": parse({**summed, "within": {"days": 3}})}
    hot = story.filled(watched)
    facts = [fact(node, NOW, worth=value) for node, some in ((1, values), (2, values[::-1])) for value in some]
    take(hot, story, *facts[: len(facts) // 2])
    take(hot, story, *facts[len(facts) // 2 :])
    hot.settle()
    assert members(hot, watched) == story.answers(watched) == {"ever": [1, 2], "lately": [1, 2]}
    assert members(story.filled(watched), watched) == {"ever": [1, 2], "lately": [1, 2]}


def test_quantities_add_up_exactly(story: Story) -> None:
    watched = {"third": did("product_purchased", sum={"field": "quantity", "cmp": "is", "value": 0.3})}
    hot = story.filled(watched)
    take(hot, story, *(line(1, NOW, quantity="0.100") for _ in range(3)))
    assert changes(hot) == [(1, "third", True)]


def test_a_publication_moves_those_who_bought(story: Story) -> None:
    best = {"first": parse({"kind": "rank", "by": "decile", "cmp": "is", "value": 1}), "came": did()}
    story.tell([line(1, NOW, "1", 500), line(2, NOW, "2", 900)])
    hot = story.filled(best)
    assert hot.members("first").to_list() == []
    hot.publish(story.publish())
    assert changes(hot) == [(2, "first", True)]
    assert hot.cursor.cuts_version == story.cursor.cuts_version
    take(hot, story, line(3, NOW, "3", 901))
    assert changes(hot) == [(3, "first", True)]


def test_what_is_held_counts_everything_taken_before_it_is_settled(story: Story) -> None:
    hot = story.filled({"came": did(), "stayed_away": parse({"kind": "did_not", "event": "page_viewed"})})
    take(hot, story, fact(2, NOW))
    asked = pl.Series([3, 2, 2, 999, 1])
    found = hot.holds(["stayed_away", "came"], asked)
    assert found.columns == ["customer", "stayed_away", "came"]
    assert found["customer"].to_list() == asked.to_list()
    assert found["came"].to_list() == [False, True, True, False, False]
    assert found["stayed_away"].to_list() == [True, False, False, True, True]  # a stranger has done nothing
    assert hot.members("came").to_list() == []
    assert changes(hot) == [(2, "came", True), (2, "stayed_away", False)]


def test_nobody_and_nothing_can_be_asked(story: Story) -> None:
    hot = story.filled({"came": did()})
    assert hot.holds([], pl.Series([1, 2]))["customer"].to_list() == [1, 2]
    assert hot.holds(["came"], pl.Series([], dtype=pl.Int64)).height == 0
    hot.watch(story.warehouse, {})
    take(hot, story, fact(1, NOW))
    assert changes(hot) == []


def test_a_new_condition_is_filled_without_a_word_and_an_old_one_goes_on(story: Story) -> None:
    story.tell([fact(1, NOW, path="/a"), fact(2, NOW - 20 * HOUR, path="/b")])
    hot = story.filled({"came": did()})
    take(hot, story, fact(3, NOW))
    path = [{"field": "path", "cmp": "is", "value": "/b"}]
    hot.watch(story.warehouse, {"b": did(where=path, within={"hours": 24}), "came": did()})
    assert hot.members("b").to_list() == [2]
    assert changes(hot) == [(3, "came", True)]
    hot.move_to(NOW + 5 * HOUR)
    assert changes(hot) == [(2, "b", False)]


def test_a_name_that_means_something_else_now_is_a_new_condition(story: Story) -> None:
    story.tell([fact(1, NOW, link=1)])
    one = {"field": "link", "cmp": "is", "value": 1}
    hot = story.filled({"x": did(where=[one])})
    hot.watch(story.warehouse, {"x": did(where=[{**one, "value": True}])})  # 1 and true are the same to Python only
    assert hot.members("x").to_list() == []


def test_what_nobody_asks_for_is_given_up(story: Story) -> None:
    story.tell([*(fact(node, NOW) for node in (1, 2, 3)), line(1, NOW)])
    hot = story.filled({"came": did(within={"days": 7}), "bought": did("order_completed"), "ever": did()})
    before = hot.nbytes
    hot.watch(story.warehouse, {"ever": did()})
    assert hot.nbytes < before
    assert hot.members("ever").to_list() == [1, 2, 3]
    assert hot.count("ever") == 3


def test_facts_beyond_the_cursor_are_not_read(story: Story) -> None:
    story.tell([fact(1, NOW)])
    story.tell([fact(1, NOW)], drained=True)
    seen = story.cursor
    story.tell([fact(2, NOW), line(2, NOW)])
    story.tell([fact(3, NOW)], drained=True)
    story.cursor = seen
    hot = story.filled({"came": did(), "twice": did(count={"cmp": "is", "value": 2}), "bought": did("order_completed")})
    assert [hot.count(name) for name in ("came", "twice", "bought")] == [1, 1, 0]


def test_the_cursor_moves_with_what_is_taken(story: Story) -> None:
    hot = story.filled({"came": did()})
    hot.take(told([]), batch=4)
    hot.take(told([fact(1, NOW)]), position=9)
    assert hot.cursor == Cursor(4, 9, NOW, None)


def test_a_snapshot_catches_up_with_what_happened_since(story: Story, tmp_path: Path) -> None:
    watched = {"came": did(within={"hours": 24}), "bought": did("order_completed")}
    story.tell([fact(1, NOW), line(1, NOW + HOUR)])
    story.filled(watched).save(tmp_path / "hot")
    facts, cursor = story.tell([fact(2, NOW), line(3, NOW)])
    changed = story.give({2: 1, 7: 7})
    story.wait_until(NOW + 2 * HOUR)
    hot = Hot.load(tmp_path / "hot", story.warehouse, watched, zone=TOKYO)
    assert hot is not None
    hot.remap(changed)
    hot.take(facts, batch=cursor.batch)
    hot.move_to(story.cursor.at)
    hot.settle()
    assert members(hot, watched) == story.answers(watched)
    assert hot.cursor == story.cursor


def test_a_snapshot_of_something_else_is_none(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "hot"
    story.filled({"came": did()}).save(path)
    assert Hot.load(path, story.warehouse, {"came": did()}, zone=TOKYO) is not None
    assert Hot.load(path, story.warehouse, {"came": did()}, zone="Europe/London") is None
    assert Hot.load(path, story.warehouse, {"came": did("email_opened")}, zone=TOKYO) is None
    assert Hot.load(path, story.warehouse, {"other": did()}, zone=TOKYO) is None
    assert Hot.load(tmp_path / "none", story.warehouse, {"came": did()}, zone=TOKYO) is None
