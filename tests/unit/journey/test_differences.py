"""What differs between two versions is said step by step, in both languages."""

import pytest

from tenshu.journey.changes import Change, InsertOnWay, RemoveStep, SetEntry, SetExitRule, SetStep
from tenshu.journey.differences import ADDED, CHANGED, REMOVED, differences, marks
from tenshu.journey.editing import edited
from tenshu.journey.grammar import Send, Wait
from tests.unit.journey.examples import IN_OSAKA, IN_TOKYO, journey

CHANGES: tuple[Change, ...] = (
    InsertOnWay(after="", name="pause", step=Wait(days=1, next="")),
    SetStep(step="again", to=Send(channel="email", template="better", next="")),
    RemoveStep(step="draw", stays=1),
)


def test_steps_that_came_went_and_changed_are_marked_and_their_neighbours_are_not() -> None:
    assert marks(journey(), edited(journey(), CHANGES)) == {"pause": ADDED, "again": CHANGED, "draw": REMOVED}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["Wait 1 day(s)", "Send welcome-back-2 by email → Send better by email", "Split by chance: a 25 % / b"]),
        (
            "ja",
            ["待つ: 1 日", "メールで「welcome-back-2」を送る → メールで「better」を送る", "無作為に振り分け: a 25 %"],
        ),
    ],
)
def test_each_difference_is_a_sentence(language: str, told: list[str]) -> None:
    found = differences(journey(), edited(journey(), CHANGES), language)
    said = [" → ".join(part for part in (one.before, one.after) if part) for one in found]
    assert [one.mark for one in found] == [ADDED, CHANGED, REMOVED]
    for sentence, beginning in zip(said, told, strict=True):
        assert sentence.startswith(beginning)


def test_what_holds_for_the_whole_is_told_first() -> None:
    after = edited(journey(), (SetEntry(at="09:00", condition=IN_OSAKA), SetExitRule(when=IN_TOKYO), CHANGES[0]))
    found = differences(journey(), after, "en")
    assert [(one.step, one.mark) for one in found] == [("", CHANGED), ("", CHANGED), ("pause", ADDED)]
    assert ("10:00" in found[0].before, "09:00" in found[0].after) == (True, True)
    assert (found[1].before, found[1].after.startswith("Leaves as soon as")) == ("", True)


def test_nothing_differs_from_itself() -> None:
    assert differences(journey(), journey(), "ja") == []
