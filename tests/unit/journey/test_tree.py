"""The drawing of any scenario can be read: nothing overlaps, what follows stands below, all is inside the frame."""

import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings

from tenshu.journey.definition import Journey, parse_journey
from tenshu.journey.graph import exits_of
from tenshu.journey.tree import BESIDE, ENTRY, HEIGHT, MARGIN, NAME_HEIGHT, WIDTH, Node, Tree, tree
from tenshu.rehearse.demo.definitions import demo_journeys
from tests.unit.journey.drawn import journeys
from tests.unit.journey.examples import definition


def by_key(drawn: Tree) -> dict[str, Node]:
    return {node.key: node for node in drawn.nodes}


@settings(max_examples=40)
@given(journeys())
def test_no_two_boxes_overlap(scenario: Journey) -> None:
    rows: dict[float, list[float]] = {}
    for node in tree(scenario).nodes:
        rows.setdefault(node.y, []).append(node.x)
    for places in rows.values():
        for left, right in pairwise(sorted(places)):
            assert left + WIDTH + BESIDE <= right + 1e-6
    for above, below in pairwise(sorted(rows)):
        assert above + HEIGHT < below


@settings(max_examples=40)
@given(journeys())
def test_what_follows_stands_below_and_its_parent_above_its_middle(scenario: Journey) -> None:
    drawn = tree(scenario)
    boxes = by_key(drawn)
    children: dict[str, list[Node]] = {}
    for node in drawn.nodes:
        if node.parent is not None:
            assert boxes[node.parent].y + HEIGHT < node.y
            assert node.depth == boxes[node.parent].depth + 1
            children.setdefault(node.parent, []).append(node)
    for parent, below in children.items():
        assert [node.way for node in below] == sorted(node.way for node in below)
        assert [node.x for node in below] == sorted(node.x for node in below)
        assert boxes[parent].x == pytest.approx((below[0].x + below[-1].x) / 2)


@settings(max_examples=40)
@given(journeys())
def test_all_of_it_is_inside_the_frame(scenario: Journey) -> None:
    drawn = tree(scenario)
    for node in drawn.nodes:
        assert node.x >= MARGIN
        assert node.x + WIDTH <= drawn.width - MARGIN + 1e-6
        assert node.y >= MARGIN
        assert node.y + HEIGHT <= drawn.height - MARGIN + 1e-6
    for edge in drawn.edges:
        numbers = [float(number) for number in re.findall(r"-?[0-9.]+(?:e[+-]?[0-9]+)?", edge.path)]
        assert all(0 <= number <= max(drawn.width, drawn.height) for number in numbers)


@settings(max_examples=40)
@given(journeys())
def test_each_step_stands_once_and_each_way_is_a_line(scenario: Journey) -> None:
    drawn = tree(scenario)
    standing = Counter(node.step for node in drawn.nodes if node.kind != "again")
    assert standing == Counter([None, *scenario.steps])
    ways = {(name, number) for name, step in scenario.steps.items() for number, _ in enumerate(exits_of(step))}
    assert {(edge.source, edge.way) for edge in drawn.edges} == ways | {(ENTRY, 0)}
    assert len(drawn.edges) == len(drawn.nodes) - 1
    targets = {(node.parent, node.way): node.step for node in drawn.nodes}
    for name, step in scenario.steps.items():
        for number, (_, target) in enumerate(exits_of(step)):
            assert targets[name, number] == target


@settings(max_examples=30)
@given(journeys())
def test_a_line_begins_below_its_box_and_ends_on_top_of_the_next(scenario: Journey) -> None:
    drawn = tree(scenario)
    boxes = by_key(drawn)
    for edge in drawn.edges:
        source, target = boxes[edge.source], boxes[edge.target]
        assert (edge.x1, edge.y1) == (source.x + WIDTH / 2, source.y + HEIGHT)
        assert (edge.x2, edge.y2) == (target.x + WIDTH / 2, target.y)
        if edge.is_named:  # its name has room between the two
            assert edge.y2 - NAME_HEIGHT > edge.y1


@settings(max_examples=30)
@given(journeys())
def test_boxes_come_in_the_order_in_which_the_sentence_tells_them(scenario: Journey) -> None:
    order = [node.step for node in tree(scenario).nodes if node.kind != "again"]
    assert order[0] is None
    assert order[1] == scenario.first_step
    places = {node.key: place for place, node in enumerate(tree(scenario).nodes)}
    assert all(places[node.parent] < places[node.key] for node in tree(scenario).nodes if node.parent is not None)


def test_a_step_that_two_ways_lead_to_stands_where_it_is_met_first() -> None:
    scenario = parse_journey(definition())
    drawn = tree(scenario)
    again = [node for node in drawn.nodes if node.kind == "again"]
    assert {(node.parent, node.step) for node in again} == {("asked", "end"), ("draw", "again"), ("later", "end")}
    assert all(not [edge for edge in drawn.edges if edge.source == node.key] for node in again)


def test_a_scenario_of_two_hundred_steps_is_drawn() -> None:
    steps = {f"s{n}": {"kind": "send", "channel": "email", "template": "t", "next": f"s{n + 1}"} for n in range(199)}
    scenario = parse_journey(definition(first_step="s0", steps={**steps, "s199": {"kind": "exit"}}))
    drawn = tree(scenario)
    assert len(drawn.nodes) == 201
    assert drawn.width == WIDTH + 2 * MARGIN


def test_straight_lines_have_no_bend() -> None:
    for scenario in demo_journeys():
        for edge in tree(scenario).edges:
            assert ("C" in edge.path) == (edge.x1 != edge.x2)
