"""Lines are as thick as the share that went along them, and boxes count as the ledger counts."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.journey.definition import Journey
from tenshu.kit.i18n import speaking
from tenshu.measure.account import Account
from tenshu.measure.where_they_stand import DOOR, AtStep, WhereTheyStand
from tenshu.web.console.scenarios.tree_view import THICKEST, THINNEST, Box, TreeView, tree_view
from tests.unit.journey.examples import IN_OSAKA, journey

STEPS: dict[str, Any] = {
    "ask": {"kind": "branch", "cases": [{"when": IN_OSAKA, "next": "mail"}], "otherwise": "rest"},
    "mail": {"kind": "send", "channel": "email", "template": "hello", "next": "end"},
    "rest": {"kind": "wait", "days": 2, "next": "out"},
    "out": {"kind": "exit", "outcome": "silent"},
    "end": {"kind": "exit"},
}


def scenario() -> Journey:
    return journey(first_step="ask", steps=STEPS)


def where(entered: int, ways: dict[Any, int] | None = None, **steps: AtStep) -> WhereTheyStand:
    known = {name: steps.get(name, AtStep(account=Account() if name == "mail" else None)) for name in STEPS}
    return WhereTheyStand(entered=entered, ways={DOOR: entered, **(ways or {})}, steps=known)


def view(counts: WhereTheyStand | None, language: str = "en", opened: str = "") -> TreeView:
    with speaking(language):
        return tree_view(scenario(), counts, currency="JPY", opened=opened)


def box(counts: WhereTheyStand | None, key: str, language: str = "en") -> Box:
    (one,) = (one for one in view(counts, language).boxes if one.key == key)
    return one


@pytest.mark.parametrize(
    ("went", "thickness"),
    [(0, THINNEST), (1, 1.55), (25, 2.88), (50, 4.25), (100, THICKEST), (250, THICKEST)],
)
def test_a_line_is_as_thick_as_the_share_of_who_entered(went: int, thickness: float) -> None:
    drawn = view(where(100, {("ask", 0): went}))
    line = drawn.lines[1]
    assert line.thickness == pytest.approx(thickness, abs=0.01)
    assert line.is_used is (went > 0)
    assert drawn.lines[0].thickness == THICKEST


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10**6), st.data())
def test_whoever_went_more_often_is_drawn_no_thinner(entered: int, data: st.DataObject) -> None:
    one, two = sorted(data.draw(st.tuples(st.integers(0, entered), st.integers(0, entered))))
    less, more = (view(where(entered, {("ask", 0): went})).lines[1].thickness for went in (one, two))
    assert THINNEST <= less <= more <= THICKEST


@pytest.mark.parametrize(
    ("ways", "names"),
    [
        ({}, ["prefecture is “大阪府”", "otherwise"]),
        ({("ask", 0): 1_200}, ["prefecture is “大阪府” (1,200)", "otherwise"]),
        ({("ask", 0): 0, ("ask", 1): 7}, ["prefecture is “大阪府” (0)", "otherwise (7)"]),
    ],
)
def test_a_named_way_says_how_many_went_it_where_that_is_known(ways: dict[Any, int], names: list[str]) -> None:
    assert [line.name for line in view(where(2_000, ways)).lines if line.name] == names


@pytest.mark.parametrize(
    ("at", "count", "ghost"),
    [
        (AtStep(passed=9), "0 wait now · 9 came by", ""),
        (AtStep(waiting=5, passed=9), "5 wait now · 9 came by", ""),
        (AtStep(waiting=5, waiting_held_out=2, passed=9), "7 wait now · 9 came by", "2 held out"),
        (AtStep(waiting=1_500), "1,500 wait now", ""),
    ],
)
def test_a_wait_counts_who_waits_ghosts_among_them(at: AtStep, count: str, ghost: str) -> None:
    found = box(where(9, rest=at), "rest")
    assert (found.count, found.ghost) == (count, ghost)


@pytest.mark.parametrize(
    ("account", "count", "ghost"),
    [
        (Account(), "0 sent", ""),
        (Account(planned=9, sent=9), "9 sent", ""),
        (Account(planned=9, sent=4, failed=2, suppressed={"capped": 3}), "4 sent · 5 not", ""),
        (Account(planned=9, sent=4, pending=3, in_doubt=2), "4 sent · 5 open", ""),
        (Account(planned=9, held_out=9), "0 sent", "9 held out"),
    ],
)
def test_a_mail_counts_what_became_of_it(account: Account, count: str, ghost: str) -> None:
    found = box(where(9, mail=AtStep(account=account)), "mail")
    assert (found.count, found.ghost) == (count, ghost)
    assert found.is_urgent is (account.in_doubt > 0)


@pytest.mark.parametrize(
    ("key", "at", "count"),
    [
        ("end", AtStep(stopped=3, passed=9), "3 ended here"),
        ("out", AtStep(), "0 ended here"),
        ("ask", AtStep(passed=9), "9 came by"),
        ("ask", AtStep(), ""),
        ("ask", AtStep(waiting=2, passed=9), "2 wait now · 9 came by"),
    ],
)
def test_ends_and_branches_count_who_came(key: str, at: AtStep, count: str) -> None:
    assert box(where(9, {}, **{key: at}), key).count == count


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_draft_has_words_and_no_counts(language: str) -> None:
    for one in view(None, language).boxes:
        assert one.title
        assert one.note
        assert (one.count, one.ghost, one.parts) == ("", "", ())


def test_an_outcome_of_the_scenarios_own_is_shown_as_it_is() -> None:
    assert (box(None, "out").title, box(None, "out").note) == ("The end", "silent")
    assert box(None, "end").note == "came to the end"
    assert box(None, "end", "ja").note != "came to the end"


def test_the_list_is_read_in_the_order_of_the_tree_with_the_names_of_the_ways() -> None:
    drawn = view(None)
    assert [(one.key, one.depth, one.way) for one in drawn.boxes] == [
        ("entry", 0, ""),
        ("ask", 1, ""),
        ("mail", 2, "prefecture is “大阪府”"),
        ("end", 3, ""),
        ("rest", 2, "otherwise"),
        ("out", 3, ""),
    ]


@pytest.mark.parametrize("key", ["entry", *STEPS])
def test_one_box_at_most_is_open(key: str) -> None:
    assert [one.key for one in view(None, opened=key).boxes if one.is_open] == [key]
    assert not any(one.is_open for one in view(None, opened="gone").boxes)
