"""What a probe keeps between two questions never outlives what it was read from."""

from datetime import timedelta

import polars as pl
import pytest

from tenshu.condition import Condition, parse
from tenshu.know import publish_ranks
from tenshu.measure.reach import ASKED, reach_of
from tenshu.segment.probe import Probe
from tenshu.store.warehouse import Warehouse
from tests.unit.know.shop import NOW, ZONE, described, order_line, shop

BOUGHT = parse({"kind": "did", "event": "order_completed"})
QUIET = parse({"kind": "did_not", "event": "order_completed", "within": {"days": 30}})
MEMBER = parse({"kind": "trait", "trait": "member", "cmp": "is", "value": "yes"})
RANKED = parse(
    {"kind": "rank", "by": "rank", "cmp": "one_of", "value": ["best", "loyal", "regular", "trial", "dormant"]}
)


def filled() -> Warehouse:
    """Return a shop of three: one bought lately, one long ago, of one only words are known."""
    warehouse = shop([(1, 5, 500), (2, 300, 900)], merged={3: 3})
    facts = [described(50, 3, NOW - timedelta(days=9), {"member": "yes"}), described(51, 1, NOW, {"member": "no"})]
    warehouse.append("facts", pl.DataFrame(facts, infer_schema_length=None))
    return warehouse


def tell(warehouse: Warehouse, number: int, node: int) -> None:
    """Have somebody become a member, in a batch of its own."""
    fact = described(number, node, NOW - timedelta(hours=1), {"member": "yes"}) | {"batch": number}
    warehouse.append("facts", pl.DataFrame([fact], infer_schema_length=None))


def met(probe: Probe, condition: Condition) -> list[int]:
    """Return who meets the condition now."""
    return probe.met(condition, now=NOW, zone=ZONE)[0].to_list()


@pytest.fixture(scope="module")
def still() -> Warehouse:
    """Return a shop that is only looked at."""
    return filled()


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        (BOUGHT, [1, 2]),
        (QUIET, [2, 3]),
        (MEMBER, [3]),
        (RANKED, []),
        (parse({"kind": "not", "of": {"kind": "did", "event": "order_completed"}}), [3]),
        (parse({"kind": "trait", "trait": "member", "cmp": "exists", "value": False}), [2]),
        (
            parse({"kind": "did", "event": "order_completed", "sum": {"field": "amount", "cmp": "gte", "value": 600}}),
            [2],
        ),
    ],
)
def test_who_has_done_nothing_counts_as_having_done_it_no_time(
    still: Warehouse, condition: Condition, who: list[int]
) -> None:
    one = Probe(still)
    assert met(one, condition) == who
    assert met(one, condition) == who, "asked again it is the same"


def test_questions_in_any_order_have_the_same_answers(still: Warehouse) -> None:
    asked = [BOUGHT, QUIET, MEMBER]
    there, back = Probe(still), Probe(still)
    assert [met(there, one) for one in asked] == [met(back, one) for one in reversed(asked)][::-1]


def test_ranks_that_are_published_count_at_once() -> None:
    warehouse = filled()
    one = Probe(warehouse)
    assert met(one, RANKED) == []
    publish_ranks(warehouse, now=NOW, zone=ZONE)
    assert met(one, RANKED) == [1, 2]


def test_facts_that_are_taken_away_no_longer_count() -> None:
    warehouse = filled()
    one = Probe(warehouse)
    assert met(one, MEMBER) == [3]
    warehouse.execute("DELETE FROM facts WHERE node = 3")
    assert met(one, MEMBER) == []


def test_orders_of_a_new_batch_count_at_once() -> None:
    warehouse = filled()
    one = Probe(warehouse)
    assert met(one, BOUGHT) == [1, 2]
    line = order_line(90, 3, NOW - timedelta(days=1), 100) | {"batch": 9}
    warehouse.append("order_lines", pl.DataFrame([line], infer_schema_length=None))
    tell(warehouse, 91, 3)
    assert met(one, BOUGHT) == [1, 2, 3]


def test_a_window_of_hours_moves_on_with_the_clock() -> None:
    """Who bought twelve hours ago to the second is quiet a second later."""
    quiet = parse({"kind": "did_not", "event": "order_completed", "within": {"hours": 12}})
    one = Probe(shop([(1, 0.5 - 1 / 86_400, 500)]))
    assert met(one, quiet) == []
    assert one.met(quiet, now=NOW + timedelta(seconds=2), zone=ZONE)[0].to_list() == [1]


def test_another_zone_is_another_question(still: Warehouse) -> None:
    """Days begin elsewhere at other instants, so nothing that was counted by days may stay."""
    days = parse({"kind": "did", "event": "order_completed", "between": {"from": "2026-03-05", "to": "2026-03-05"}})
    one = Probe(still)
    for zone, who in (("Asia/Tokyo", [1]), ("Pacific/Honolulu", []), ("Asia/Tokyo", [1])):
        assert one.met(days, now=NOW, zone=zone)[0].to_list() == who


def answers(*rows: tuple[int, bool, bool, bool, bool]) -> pl.DataFrame:
    """Return what stands between people and one more mail."""
    return pl.DataFrame(rows, schema={"customer": pl.Int64, **dict.fromkeys(ASKED, pl.Boolean)}, orient="row")


@pytest.mark.parametrize(
    ("flags", "counts"),
    [
        ((True, True, True, True), [1, 1, 1, 1, 1]),
        ((True, True, True, False), [1, 1, 1, 1, 0]),
        ((True, True, False, True), [1, 1, 1, 0, 0]),
        ((True, False, True, True), [1, 1, 0, 0, 0]),
        ((False, True, True, True), [1, 0, 0, 0, 0]),
    ],
)
def test_who_is_lost_is_lost_at_the_first_question_that_stops_them(
    flags: tuple[bool, bool, bool, bool], counts: list[int]
) -> None:
    reach = reach_of(pl.Series([7]), answers((7, *flags)))
    assert [people for _code, _words, people in reach.steps] == counts


def test_members_count_once_and_nobody_is_no_member() -> None:
    reach = reach_of(pl.Series([7, 7, None, 8], dtype=pl.Int32), answers((7, True, True, True, True)))
    assert [people for _code, _words, people in reach.steps] == [2, 1, 1, 1, 1]
    empty = reach_of(pl.Series([], dtype=pl.Int64), answers())
    assert [people for _code, _words, people in empty.steps] == [0] * 5
