"""The card of an outreach shows silence as clearly as sends, and every rate with its base."""

import pytest

from tenshu.decide.reasons import Reason
from tenshu.kit.i18n import speaking
from tenshu.measure.account import Account
from tenshu.measure.lift import Lift, Verdict
from tenshu.measure.report import OutreachReport
from tenshu.web.console.outreach_view import OutreachView, outreach_view, reasons, waiting
from tests.unit.web.cast import empty_outreach, even_outreach, helped_outreach, hurt_outreach, unknown_outreach


def card(outreach: OutreachReport, language: str = "en") -> OutreachView:
    """Return the card in a language."""
    with speaking(language):
        return outreach_view(outreach, number=1, currency="GBP", zone="Asia/Tokyo")


def test_the_title_is_in_the_language_of_the_page() -> None:
    assert card(unknown_outreach(), "ja").title == "お久しぶりのお客様へ"
    assert card(unknown_outreach(), "en").title == "Welcome back"


def test_an_outreach_without_a_title_goes_by_its_name() -> None:
    assert card(even_outreach(), "ja").title == "birthday"


@pytest.mark.parametrize(
    ("status", "said"), [("active", "実施中"), ("paused", "一時停止中"), ("ended", "終了"), ("odd", "odd")]
)
def test_the_status_is_in_words(status: str, said: str) -> None:
    assert card(OutreachReport(name="a", status=status), "ja").status == said


def test_reasons_stand_with_the_most_frequent_first() -> None:
    told = reasons(Account(planned=9, suppressed={"capped": 2, "unsubscribed": 6, "expired": 1}))
    assert [reason.count for reason in told] == ["6", "2", "1"]
    assert [reason.width for reason in told] == [100.0, 33.33, 16.67]


@pytest.mark.parametrize("code", list(Reason))
def test_every_reason_is_a_sentence_and_no_code(code: Reason) -> None:
    (told,) = reasons(Account(planned=1, suppressed={code: 1}))
    assert told.sentence != code
    assert told.sentence.endswith(".")


def test_a_reason_that_nobody_knows_speaks_for_itself() -> None:
    (told,) = reasons(Account(planned=1, suppressed={"<b>new</b>": 1}))
    assert told.sentence == "<b>new</b>"


def test_equal_reasons_stand_in_a_steady_order() -> None:
    one = reasons(Account(planned=2, suppressed={"b": 1, "a": 1}))
    other = reasons(Account(planned=2, suppressed={"a": 1, "b": 1}))
    assert one == other


@pytest.mark.parametrize(
    ("lift", "people", "share"),
    [
        (Lift(more_people=300), 100, 25.0),  # 100 of 400
        (Lift(more_people=0), 100, 100.0),
        (Lift(more_people=10), 0, 0.0),
        (Lift(more_people=0), 0, 0.0),
        (Lift(), 100, None),  # nobody can say how many
        (Lift(verdict=Verdict.HELPED, more_people=5), 100, None),  # it is known already
    ],
)
def test_the_way_to_an_answer_is_drawn_while_there_is_none(lift: Lift, people: int, share: float | None) -> None:
    found = waiting(lift, people)
    assert (found.share if found else None) == share


def test_waiting_counts_both_arms() -> None:
    found = card(unknown_outreach()).waiting
    assert found is not None
    assert found.so_far == "1,210"  # 1090 + 120
    assert found.missing == "5,200"


def test_orders_and_revenue_are_two_drawings() -> None:
    effects = card(unknown_outreach()).effects
    assert [effect.title for effect in effects] == ["Orders per 100 people", "Revenue per person"]
    assert all(effect.drawing is not None for effect in effects)


def test_what_is_drawn_is_also_said() -> None:
    for effect in card(helped_outreach()).effects:
        assert "95% interval" in effect.label


def test_no_drawing_stands_where_nothing_is_known() -> None:
    assert card(empty_outreach()).effects == ()


def test_the_truth_is_told_in_the_unit_of_its_drawing() -> None:
    orders, revenue = card(unknown_outreach()).effects
    assert "+1.1 orders per 100 people" in str(orders.truth)
    assert "£1.60" in str(revenue.truth)


def test_without_a_rehearsal_there_is_no_truth() -> None:
    assert [effect.truth for effect in card(even_outreach()).effects] == [None, None]


def test_arms_of_the_wrong_size_are_a_warning() -> None:
    assert card(unknown_outreach()).warning is None
    told = card(hurt_outreach()).warning
    assert told is not None
    assert "10.0%" in told


def test_opens_and_clicks_are_told_apart_by_who_made_them() -> None:
    opened, clicked = card(unknown_outreach()).answered
    assert [kind.rate for kind in opened.kinds] == ["25.6%", "6.0%", "18.7%"]
    assert [kind.base for kind in clicked.kinds] == ["88 of 1,608", "7 of 1,608", "166 of 1,608"]
    assert opened.places == (25.62, 5.97, 18.72)


def test_every_rate_has_its_base() -> None:
    for rate in card(unknown_outreach()).rates:
        assert " of " in rate.base


def test_purchases_of_both_arms_stand_beside_each_other() -> None:
    treated, held_out, *_others = card(unknown_outreach()).rates
    assert (treated.base, held_out.base) == ("52 of 1,090", "5 of 120")
    assert treated.note == "Goal: 5%"


def test_no_rates_are_shown_before_anything_was_sent() -> None:
    assert card(empty_outreach()).answered == ()
    assert not card(empty_outreach()).has_plan


def test_the_account_is_told_step_by_step() -> None:
    first, second = card(unknown_outreach()).steps
    assert (first.name, first.planned, first.counts) == ("hello", "1,210", ("930", "120", "160", "0", "0", "0"))
    assert second.counts == ("678", "83", "121", "9", "3", "30")


def test_two_cards_have_two_anchors() -> None:
    views = [outreach_view(even_outreach(), number=number, currency="GBP", zone="UTC") for number in (1, 2)]
    assert views[0].anchor != views[1].anchor


def test_an_anchor_is_never_made_of_a_name() -> None:
    assert card(OutreachReport(name='"><script>')).anchor == "outreach-1"
