"""What is drawn says what is: boxes have words, lines are as thick as their flow, names stand where there is room."""

import pytest
from hypothesis import given, settings

from tenshu.journey.definition import Journey, parse_journey
from tenshu.journey.graph import exits_of
from tenshu.journey.tree import HEIGHT, WIDTH
from tenshu.kit.i18n import speaking
from tenshu.measure.account import Account
from tenshu.measure.where_they_stand import DOOR, AtStep, WhereTheyStand
from tenshu.rehearse.demo.definitions import demo_journeys
from tenshu.web.console.scenarios.panel import panel
from tenshu.web.console.scenarios.tree_view import BESIDE_PANEL, SMALLEST, THICKEST, THINNEST, WHOLE, tree_view
from tests.unit.journey.drawn import journeys
from tests.unit.journey.examples import definition


def everybody_everywhere(journey: Journey, people: int) -> WhereTheyStand:
    """Return counts as if everybody had gone every way."""
    steps = {
        name: AtStep(waiting=3, waiting_held_out=1, stopped=2, passed=people, account=Account(planned=1, in_doubt=1))
        for name in journey.steps
    }
    ways = {(name, way): people for name, step in journey.steps.items() for way, _ in enumerate(exits_of(step))}
    return WhereTheyStand(entered=people, held_out=1, walking=4, steps=steps, ways={**ways, DOOR: people})


@settings(max_examples=25, deadline=None)
@given(journeys(most=10))
def test_every_box_has_words_in_both_languages_and_names_have_room(journey: Journey) -> None:
    for language in ("ja", "en"):
        with speaking(language):
            drawn = tree_view(journey, everybody_everywhere(journey, 1_000))
        assert all(box.title and box.note for box in drawn.boxes)
        for line in drawn.lines:
            assert THINNEST <= line.thickness <= THICKEST
            if line.name:
                assert 0 <= line.name_x <= drawn.width - drawn.name_width
                inside = [
                    box
                    for box in drawn.boxes
                    if box.x < line.name_x + drawn.name_width
                    and line.name_x < box.x + WIDTH
                    and box.y < line.name_y + drawn.name_height
                    and line.name_y < box.y + HEIGHT
                ]
                assert inside == []


def test_nobody_yet_is_drawn_thin_and_a_draft_without_counts() -> None:
    journey = parse_journey(definition())
    with speaking("en"):
        none = tree_view(journey, None)
        nobody = tree_view(journey, WhereTheyStand(steps={name: AtStep(passed=0) for name in journey.steps}))
    assert {box.count for box in none.boxes} == {""}
    assert {line.thickness for line in (*none.lines, *nobody.lines)} == {THINNEST}
    assert not any(line.is_used for line in nobody.lines)
    assert nobody.boxes[0].count == "0 entered"


def test_only_what_needs_a_person_is_urgent() -> None:
    journey = demo_journeys()[1]
    failed = AtStep(passed=9, account=Account(planned=9, sent=8, failed=1))
    doubtful = AtStep(passed=9, account=Account(planned=9, sent=8, in_doubt=1))
    for at, expected in ((failed, False), (doubtful, True)):
        where = WhereTheyStand(entered=9, steps={"thanks": at, "end": AtStep()})
        assert [box.is_urgent for box in tree_view(journey, where).boxes] == [False, expected, False]


def test_the_bar_of_a_mail_is_its_account() -> None:
    journey = demo_journeys()[1]
    account = Account(planned=100, sent=70, held_out=10, suppressed={"capped": 15}, pending=5)
    where = WhereTheyStand(entered=100, held_out=10, steps={"thanks": AtStep(account=account), "end": AtStep()})
    with speaking("en"):
        box = tree_view(journey, where).boxes[1]
    assert [part.key for part in box.parts] == ["sent", "held_out", "suppressed", "pending"]
    assert sum(part.width for part in box.parts) == pytest.approx(100, abs=0.01)
    assert (box.count, box.ghost) == ("70 sent · 15 not · 5 open", "10 held out")


def test_the_open_box_is_marked_and_only_it() -> None:
    journey = parse_journey(definition())
    for key in ("entry", "wait", "again"):
        assert [box.key for box in tree_view(journey, None, opened=key).boxes if box.is_open] == [key]


@settings(max_examples=20, deadline=None)
@given(journeys(most=8))
def test_every_step_has_a_panel(journey: Journey) -> None:
    where = everybody_everywhere(journey, 12)
    for key in ("entry", *journey.steps):
        for given_where in (None, where):
            made = panel(journey, key, given_where, currency="JPY")
            assert made is not None
            assert made.title
    assert panel(journey, "nothing", where, currency="JPY") is None


@settings(max_examples=25, deadline=None)
@given(journeys(most=12))
def test_a_drawing_keeps_its_shape_and_is_never_smaller_than_can_be_read(journey: Journey) -> None:
    drawn = tree_view(journey, None)
    scale = drawn.drawn_width / drawn.width
    assert drawn.drawn_height / drawn.height == pytest.approx(scale, rel=0.01)
    assert scale in (pytest.approx(1.0), pytest.approx(SMALLEST, rel=0.01))
    if scale == pytest.approx(1.0):  # the page may shrink it to its own width, and the letters stay large enough
        assert drawn.width * SMALLEST <= WHOLE + 1
    assert drawn.is_wide == (drawn.width > BESIDE_PANEL)


def test_a_small_scenario_stands_beside_its_panel() -> None:
    for journey in demo_journeys():
        assert not tree_view(journey, None).is_wide
    assert tree_view(parse_journey(definition()), None).is_wide
