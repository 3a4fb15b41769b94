"""Where each kind of step stands in the drawing, to the pixel: rows, columns, room for names, lines and their bends."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from tenshu.journey.definition import Journey
from tenshu.journey.grammar import Branch, Split
from tenshu.journey.graph import exits_of
from tenshu.journey.tree import BELOW, BELOW_NAMED, BESIDE, ENTRY, HEIGHT, MARGIN, WIDTH, Edge, Node, Tree, tree
from tests.unit.journey.drawn import journeys
from tests.unit.journey.examples import IN_OSAKA, journey

END: dict[str, Any] = {"kind": "exit"}
ROW = HEIGHT + BELOW
NAMED_ROW = HEIGHT + BELOW_NAMED
COLUMN = WIDTH + BESIDE


def drawn(**steps: dict[str, Any]) -> Tree:
    """Return the drawing of these steps, from the first on."""
    return tree(journey(first_step=next(iter(steps)), steps=steps))


def mail(following: str) -> dict[str, Any]:
    return {"kind": "send", "channel": "email", "template": "t", "next": following}


def wait(following: str) -> dict[str, Any]:
    return {"kind": "wait", "days": 1, "next": following}


def branch(*following: str) -> dict[str, Any]:
    *cases, otherwise = following
    return {"kind": "branch", "cases": [{"when": IN_OSAKA, "next": one} for one in cases], "otherwise": otherwise}


def split(*following: str) -> dict[str, Any]:
    share = 1 / len(following)
    return {
        "kind": "split",
        "arms": [{"name": f"a{n}", "share": share, "next": one} for n, one in enumerate(following)],
    }


def place(found: Tree) -> dict[str, tuple[float, float]]:
    """Return column and row of each box, in whole steps beyond the margin."""
    return {node.key: ((node.x - MARGIN) / COLUMN, node.y - MARGIN) for node in found.nodes}


def test_one_step_stands_below_who_enters() -> None:
    found = drawn(end=END)
    assert place(found) == {ENTRY: (0, 0), "end": (0, ROW)}
    assert (found.width, found.height) == (WIDTH + 2 * MARGIN, ROW + HEIGHT + 2 * MARGIN)


@pytest.mark.parametrize(("step", "kind"), [(mail("end"), "send"), (wait("end"), "wait")])
def test_a_step_with_one_way_stands_above_the_next(step: dict[str, Any], kind: str) -> None:
    found = drawn(one=step, end=END)
    assert place(found) == {ENTRY: (0, 0), "one": (0, ROW), "end": (0, 2 * ROW)}
    assert [node.kind for node in found.nodes] == ["entry", kind, "exit"]
    assert [edge.is_named for edge in found.edges] == [False, False]


@pytest.mark.parametrize("count", [2, 3, 5, 9])
@pytest.mark.parametrize("parting", [branch, split])
def test_ways_that_part_stand_side_by_side_with_room_for_their_names(parting: Any, count: int) -> None:
    names = [f"e{number}" for number in range(count)]
    found = drawn(one=parting(*names), **dict.fromkeys(names, END))
    places = place(found)
    assert places["one"] == ((count - 1) / 2, ROW)
    assert [places[name] for name in names] == [(number, ROW + NAMED_ROW) for number in range(count)]
    assert found.width == count * COLUMN - BESIDE + 2 * MARGIN
    assert [edge.is_named for edge in found.edges] == [False] + [True] * count


def test_a_row_below_named_ways_is_lower_for_all_that_stand_in_it() -> None:
    found = drawn(one=branch("left", "right"), left=branch("a", "b"), right=mail("c"), a=END, b=END, c=END)
    places = place(found)
    assert places["c"][1] == places["a"][1] == ROW + 2 * NAMED_ROW
    assert (places["left"][0], places["right"][0], places["one"][0]) == (0.5, 2, 1.25)


def test_what_is_below_one_way_never_gets_between_what_is_below_another() -> None:
    found = drawn(one=split("left", "right"), left=split("a", "b"), right=split("c", "d"), a=END, b=END, c=END, d=END)
    places = place(found)
    assert [places[name][0] for name in "abcd"] == [0, 1, 2, 3]
    assert [places[name][0] for name in ("left", "right", "one", ENTRY)] == [0.5, 2.5, 1.5, 1.5]


def test_a_circle_through_a_wait_ends_in_a_mark_that_names_its_step() -> None:
    found = drawn(ask=branch("rest", "end"), rest=wait("ask"), end=END)
    (mark,) = (node for node in found.nodes if node.kind == "again")
    assert (mark.key, mark.step, mark.parent, mark.way, mark.depth) == ("rest(0)", "ask", "rest", 0, 3)


def test_two_ways_to_one_step_are_a_box_and_a_mark() -> None:
    found = drawn(one=branch("end", "end"), end=END)
    assert [(node.key, node.kind, node.way) for node in found.nodes[2:]] == [("end", "exit", 0), ("one(1)", "again", 1)]
    assert place(found)["one(1)"] == (1, ROW + NAMED_ROW)


def test_boxes_are_read_way_after_way_down_to_its_end() -> None:
    found = drawn(one=branch("left", "right"), left=wait("a"), right=mail("b"), a=END, b=END)
    assert [node.key for node in found.nodes] == [ENTRY, "one", "left", "a", "right", "b"]
    assert [node.depth for node in found.nodes] == [0, 1, 2, 3, 2, 3]


@pytest.mark.parametrize(
    ("x1", "x2", "path"),
    [
        (10.0, 10.0, "M10 20V90"),
        (10.0, 254.0, f"M10 20C10 {20 + BELOW} 254 24 254 {20 + BELOW}V90"),
        (10.5, 0.25, f"M10.5 20C10.5 {20 + BELOW} 0.25 24 0.25 {20 + BELOW}V90"),
    ],
)
def test_a_line_goes_straight_down_or_bends_once(x1: float, x2: float, path: str) -> None:
    line = Edge(source="a", target="b", way=0, is_named=False, x1=x1, y1=20.0, x2=x2, y2=90.0)
    assert line.path == path


@settings(max_examples=40, deadline=None)
@given(journeys())
def test_the_frame_is_as_wide_as_its_leaves_and_as_high_as_its_depth(scenario: Journey) -> None:
    found = tree(scenario)
    parents = {node.parent for node in found.nodes}
    leaves = [node for node in found.nodes if node.key not in parents]
    assert found.width == len(leaves) * COLUMN - BESIDE + 2 * MARGIN
    assert [node.x for node in leaves] == [MARGIN + number * COLUMN for number in range(len(leaves))]
    assert found.height == max(node.y for node in found.nodes) + HEIGHT + MARGIN
    assert len(leaves) == 1 + sum(
        len(exits_of(step)) - 1 for step in scenario.steps.values() if isinstance(step, Branch | Split)
    )


@settings(max_examples=40, deadline=None)
@given(journeys())
def test_boxes_of_one_depth_stand_in_one_row_and_deeper_rows_are_lower(scenario: Journey) -> None:
    rows: dict[int, set[float]] = {}
    for node in tree(scenario).nodes:
        rows.setdefault(node.depth, set()).add(node.y)
    assert all(len(tops) == 1 for tops in rows.values())
    tops = [rows[depth].pop() for depth in sorted(rows)]
    assert all(low - high in (ROW, NAMED_ROW) for high, low in pairwise(tops))


@settings(max_examples=30, deadline=None)
@given(journeys())
def test_a_drawing_of_the_same_scenario_is_the_same(scenario: Journey) -> None:
    first = tree(scenario)
    assert tree(scenario) == first
    keys = [node.key for node in first.nodes]
    assert len(keys) == len(set(keys))
    assert all(isinstance(node, Node) for node in first.nodes)
