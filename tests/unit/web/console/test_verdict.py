"""What may be said about an outreach is said in whole sentences, and "cannot know yet" is one of them."""

from datetime import date

import pytest

from tenshu.kit.i18n import speaking
from tenshu.measure.lift import Lift, Verdict
from tenshu.measure.report import ArmReport, Goal, OutreachReport
from tenshu.web.console import verdict
from tests.unit.web.cast import helped_outreach, unknown_outreach


@pytest.mark.parametrize(
    ("lift", "english", "japanese"),
    [
        (Lift(), "Cannot know yet", "まだ分かりません"),
        (Lift(more_people=1200), "Cannot know yet. About 1,200 more people.", "まだ分かりません。あと約1,200人。"),
        (Lift(verdict=Verdict.HELPED), "It helped", "効果がありました"),
        (Lift(verdict=Verdict.HURT), "It did harm", "逆効果でした"),
        (Lift(verdict=Verdict.NO_DIFFERENCE), "No difference worth acting on", "意味のある差はありません"),
        (Lift(verdict=Verdict.HELPED, more_people=5), "It helped", "効果がありました"),
    ],
)
def test_the_headline_is_the_verdict(lift: Lift, english: str, japanese: str) -> None:
    with speaking("en"):
        assert verdict.headline(lift) == english
    with speaking("ja"):
        assert verdict.headline(lift) == japanese


@pytest.mark.parametrize("kind", list(Verdict))
def test_every_verdict_has_words_in_both_languages(kind: Verdict) -> None:
    said = set()
    for language in ("ja", "en"):
        with speaking(language):
            said.add(verdict.short_verdict(kind))
    assert len(said) == 2


def test_an_estimate_is_told_with_both_arms_and_its_interval() -> None:
    assert verdict.orders_sentence(unknown_outreach()) == (
        "Per 100 people, those the outreach was for ordered 5.6 times, those held out 5.0 times: "
        "a difference of +0.6 (95% interval −3.9 to +5.1)."
    )
    with speaking("ja"):
        assert verdict.orders_sentence(unknown_outreach()) == (
            "100人あたりの注文は、配信群が5.6件、非配信群が5.0件。差は+0.6件です(95%信頼区間 −3.9〜+5.1件)。"
        )


def test_revenue_is_told_for_one_person() -> None:
    told = verdict.revenue_sentence(helped_outreach(), "GBP")
    assert told is not None
    assert "£181.23 against £98.22" in told
    assert "£83.01" in told


def test_revenue_without_an_estimate_is_not_told() -> None:
    assert verdict.revenue_sentence(OutreachReport(name="a"), "GBP") is None


@pytest.mark.parametrize(
    ("treated", "held_out", "said"),
    [
        (0, 0, "Nobody has entered"),
        (50, 0, "Nobody was held out"),
        (0, 5, "Everybody who entered was held out"),
        (1, 1, "Too few people"),
    ],
)
def test_no_estimate_comes_with_the_reason(treated: int, held_out: int, said: str) -> None:
    outreach = OutreachReport(name="a", treated=ArmReport(people=treated), held_out=ArmReport(people=held_out))
    assert said in verdict.orders_sentence(outreach)


@pytest.mark.parametrize(
    ("lift", "said"),
    [
        (Lift(estimate=0.0, low=-1.0, high=1.0), None),
        (Lift(estimate=0.0, low=-1.0, high=1.0, truth=0.5), "inside the interval"),
        (Lift(estimate=0.0, low=-1.0, high=1.0, truth=1.5), "outside the interval"),
        (Lift(truth=1.5), "It really changed X."),
    ],
)
def test_the_truth_is_set_beside_the_estimate_where_it_is_known(lift: Lift, said: str | None) -> None:
    told = verdict.truth_sentence(lift, "X")
    assert (told is None) == (said is None)
    assert said is None or said in str(told)


@pytest.mark.parametrize(
    ("goal", "english", "japanese"),
    [
        (Goal(), "Goal: an order within 14 days.", "目標: 14日以内の注文。"),
        (
            Goal(within_days=30, target_rate=0.05),
            "Goal: an order within 30 days by 5% of the people.",
            "目標: 30日以内に5%の方が注文。",
        ),
        (
            Goal(target_rate=0.125, review_on=date(2012, 2, 1)),
            "Goal: an order within 14 days by 12.5% of the people. To be judged on 1 February 2012.",
            "目標: 14日以内に12.5%の方が注文。判定日は2012年2月1日。",
        ),
        (
            Goal(event="seminar_attended"),
            "Goal: seminar_attended within 14 days.",
            "目標: 14日以内のseminar_attended。",
        ),
    ],
)
def test_the_goal_is_a_sentence(goal: Goal, english: str, japanese: str) -> None:
    with speaking("en"):
        assert verdict.goal_sentence(goal) == english
    with speaking("ja"):
        assert verdict.goal_sentence(goal) == japanese


@pytest.mark.parametrize(("rate", "said"), [(None, False), (1.0, False), (0.86, True), (0.0, True)])
def test_open_windows_are_owned_up_to(rate: float | None, *, said: bool) -> None:
    told = verdict.window_sentence(OutreachReport(name="a", complete_rate=rate))
    assert (told is not None) == said
