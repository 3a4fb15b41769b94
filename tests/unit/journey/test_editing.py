"""Any change of any scenario gives one that can run, or is refused; taking it back gives the very one from before."""

from datetime import date
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tenshu.journey.changes import (
    AddWay,
    Change,
    InsertBefore,
    InsertOnWay,
    LeadWay,
    RemoveStep,
    RemoveWay,
    SetEntry,
    SetExitRule,
    SetFrame,
    SetStep,
)
from tenshu.journey.definition import Journey, parse_journey, to_json
from tenshu.journey.differences import marks
from tenshu.journey.editing import (
    MOST_CHANGES,
    ChangeUnfit,
    ExitNeeded,
    StepNotThere,
    TooManyChanges,
    apply,
    edited,
    equal_shares,
    fresh_name,
    lost,
)
from tenshu.journey.errors import EndlessCircle, JourneyInvalid, SharesNotWhole, WaitOfNothing
from tenshu.journey.grammar import Always, Arm, Branch, Case, Exit, Send, Split, Step, Wait
from tenshu.journey.graph import exits_of
from tests.unit.journey.drawn import journeys
from tests.unit.journey.examples import IN_OSAKA, IN_TOKYO, definition, journey, on_event

NEW: Final[tuple[Step, ...]] = (
    Send(channel="email", template="other", next=""),
    Wait(days=2, next=""),
    Wait(next=""),  # of nothing
    Branch(cases=(Case(when=IN_TOKYO, next=""),), otherwise=""),
    Branch(cases=(Case(when={"kind": "no such question"}, next=""),), otherwise=""),
    Split(arms=(Arm(name="a", share=0.5, next=""), Arm(name="b", share=0.5, next=""))),
    Split(arms=(Arm(name="a", share=0.5, next=""), Arm(name="b", share=0.4, next=""))),
    Exit(outcome="other"),
    Exit(outcome="goal"),  # a word of tenshu's own
)
SOUND: Final = (NEW[0], NEW[1], NEW[3], NEW[5], NEW[7])


@st.composite
def changes(draw: st.DrawFn, scenario: Journey) -> Change:
    """Draw a change of the scenario; some cannot be."""
    is_sound = draw(st.integers(0, 9)) > 0
    step = draw(st.sampled_from(list(scenario.steps))) if is_sound else "nowhere"
    ways = len(exits_of(scenario.steps[step])) if is_sound else 0
    way = draw(st.integers(0, max(ways - 1, 0))) if is_sound else -1
    new = draw(st.sampled_from(SOUND if is_sound else NEW))
    name = fresh_name(scenario.steps, "new") if is_sound else next(iter(scenario.steps))
    at_an_end: list[Change] = [
        SetStep(step=step, to=Exit(outcome="x")),
        InsertBefore(before=step, name=name, step=NEW[1]),
    ]
    if is_sound and not ways:
        return draw(st.sampled_from(at_an_end))
    every: list[Change] = [
        SetStep(step=step, to=new),
        SetStep(step=step, to=scenario.steps.get(step, new)),
        InsertOnWay(after=step, way=way, name=name, step=new),
        InsertOnWay(after="", name=name, step=new),
        InsertBefore(before=step, name=name, step=new),
        RemoveStep(step=step, stays=way),
        AddWay(step=step, when=IN_TOKYO if isinstance(scenario.steps.get(step), Branch) else None),
        RemoveWay(step=step, way=way),
        LeadWay(after=step, way=way, to=draw(st.sampled_from(list(scenario.steps)))),
        LeadWay(after="", to=step),
        SetEntry(at="09:00" if is_sound else draw(st.sampled_from([None, "25:00"])), condition=IN_TOKYO),
        SetExitRule(when=IN_TOKYO if is_sound else {}),
        SetFrame(
            title={"ja": "夏" if is_sound else ""},
            goal=scenario.goal,
            review_on=date(2026, 9, 1),
            holdout_rate=draw(st.sampled_from([0.0, 0.2] if is_sound else [1.0, -0.1])),
            priority=draw(st.sampled_from([0, 100])),
            reentry=Always(),
        ),
    ]
    return draw(st.sampled_from(every))


def applied(scenario: Journey, change: Change) -> Journey | None:
    """Return the changed scenario, or None when it is refused with its place and a sentence in both languages."""
    try:
        return apply(scenario, change)
    except JourneyInvalid as refusal:
        if not (refusal.text("ja") and refusal.text("en") and refusal.given["path"]):
            raise
        return None


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(st.data())
def test_any_changes_give_a_scenario_that_can_run_or_are_refused_and_the_last_can_be_taken_back(
    data: st.DataObject,
) -> None:
    base = data.draw(journeys(most=8))
    now, made = base, list[Change]()
    for _ in range(data.draw(st.integers(1, 5))):
        change = data.draw(changes(now))
        after = applied(now, change)
        if after is None:
            continue
        assert parse_journey(to_json(after)) == after
        assert edited(base, [*made, change]) == after
        assert edited(base, made) == now
        assert set(marks(now, after)) <= {*now.steps, *after.steps}
        made.append(change)
        now = after


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_what_is_put_in_and_taken_out_again_leaves_everything_as_it_was(data: st.DataObject) -> None:
    base = data.draw(journeys(most=8))
    step = data.draw(st.sampled_from(list(base.steps)))
    ways = len(exits_of(base.steps[step]))
    on_way = InsertOnWay(after=step, way=data.draw(st.integers(0, max(ways - 1, 0))), name="new", step=NEW[1])
    before = InsertBefore(before=step, name="new", step=data.draw(st.sampled_from([NEW[0], NEW[1], NEW[3], NEW[5]])))
    either: list[Change] = [before, on_way] if ways else [before]
    put_in = data.draw(st.sampled_from(either))
    there = apply(base, put_in)
    assert lost(base, there) == []
    assert apply(there, RemoveStep(step="new")) == base


@pytest.mark.parametrize(
    ("step", "to"),
    [
        ("hello", Send(channel="email", template="spring", next="nowhere", expires_after_hours=5)),
        ("wait", Wait(hours=1, next="")),
        ("end", Exit(outcome="bought")),
    ],
)
def test_a_step_that_does_something_else_leads_where_it_led(step: str, to: Step) -> None:
    before = journey()
    after = apply(before, SetStep(step=step, to=to))
    assert exits_of(after.steps[step]) == exits_of(before.steps[step])
    assert marks(before, after) == {step: "changed"}


def test_an_end_put_on_a_way_cuts_off_what_only_that_way_led_to() -> None:
    after = apply(journey(), InsertOnWay(after="asked", way=2, name="stop", step=Exit(outcome="stopped")))
    assert lost(journey(), after) == ["draw", "later"]
    assert exits_of(after.steps["asked"])[-1] == ("otherwise", "stop")


def test_a_way_that_goes_on_at_another_step_loses_what_only_it_led_to_and_may_lead_back_over_a_wait() -> None:
    on = apply(journey(), LeadWay(after="asked", way=2, to="end"))
    assert lost(journey(), on) == ["draw", "later"]
    back = apply(journey(), LeadWay(after="later", to="asked"))
    assert exits_of(back.steps["later"]) == [("next", "asked")]
    assert list(apply(journey(), LeadWay(after="", to="later")).steps) == ["later", "end"]


def test_of_a_branch_taken_out_one_way_stays_and_the_others_are_lost_with_what_only_they_led_to() -> None:
    kept = {stays: lost(journey(), apply(journey(), RemoveStep(step="asked", stays=stays))) for stays in range(3)}
    assert kept == {0: ["asked", "draw", "later"], 1: ["asked", "again", "draw", "later"], 2: ["asked"]}


def test_a_way_more_leads_where_the_last_one_leads_and_a_way_less_gives_its_share_away() -> None:
    more = apply(apply(journey(), AddWay(step="asked", when=IN_TOKYO)), AddWay(step="draw"))
    assert exits_of(more.steps["asked"])[2] == ("cases[2].next", "draw")
    assert arms(more) == [("a", 0.34), ("b", 0.33), ("c", 0.33)]
    less = apply(more, RemoveWay(step="draw", way=1))
    assert arms(less) == [("a", 0.67), ("c", 0.33)]


def arms(scenario: Journey) -> list[tuple[str, float]]:
    split = scenario.steps["draw"]
    assert isinstance(split, Split)
    return [(arm.name, arm.share) for arm in split.arms]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (RemoveStep(step="end"), ExitNeeded),
        (RemoveStep(step="gone"), StepNotThere),
        (RemoveWay(step="asked", way=2), ChangeUnfit),
        (RemoveWay(step="draw", way=0), ChangeUnfit),
        (AddWay(step="asked"), ChangeUnfit),
        (AddWay(step="hello"), ChangeUnfit),
        (InsertBefore(before="end", name="x", step=Exit()), ChangeUnfit),
        (InsertBefore(before="end", name="hello", step=NEW[1]), ChangeUnfit),
        (SetStep(step="hello", to=NEW[1]), ChangeUnfit),
        (LeadWay(after="hello", to="gone"), StepNotThere),
        (LeadWay(after="end", to="hello"), ChangeUnfit),
        (LeadWay(after="again", to="asked"), EndlessCircle),
        (SetStep(step="wait", to=NEW[2]), WaitOfNothing),
        (InsertOnWay(after="", name="draw-2", step=NEW[6]), SharesNotWhole),
        (SetEntry(condition=IN_OSAKA), ChangeUnfit),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(change: Change, refusal: type[JourneyInvalid]) -> None:
    with pytest.raises(refusal, match=r"\$\."):
        apply(journey(), change)


def test_an_event_opens_at_no_hour_and_may_ask_nothing() -> None:
    scenario = on_event(condition=IN_OSAKA)
    assert apply(scenario, SetEntry()).entry.condition is None
    with pytest.raises(ChangeUnfit):
        apply(scenario, SetEntry(at="10:00"))


def test_a_wait_that_breaks_a_circle_stays() -> None:
    steps: dict[str, Any] = {
        "hello": {"kind": "send", "channel": "email", "template": "t", "next": "w"},
        "w": {"kind": "wait", "hours": 24, "next": "hello"},
    }
    round_and_round = parse_journey(definition(steps=steps))
    with pytest.raises(ChangeUnfit):
        apply(parse_journey(definition(steps={"hello": {**steps["w"], "next": "hello"}})), RemoveStep(step="hello"))
    with pytest.raises(EndlessCircle):
        apply(round_and_round, RemoveStep(step="w"))


def test_a_draft_keeps_so_many_changes_and_no_more() -> None:
    same = SetExitRule(when=None)
    assert edited(journey(), [same] * MOST_CHANGES) == journey()
    with pytest.raises(TooManyChanges, match=str(MOST_CHANGES)):
        edited(journey(), [same] * (MOST_CHANGES + 1))


@given(st.integers(2, 100))
def test_equal_shares_are_the_whole_and_differ_by_a_hundredth_at_most(many: int) -> None:
    shares = equal_shares(many)
    split = Split(arms=tuple(Arm(name=f"a{n}", share=share, next="end") for n, share in enumerate(shares)))
    assert max(shares) - min(shares) < 0.0101
    apply(journey(), InsertOnWay(after="", name="x", step=replace(split)))
