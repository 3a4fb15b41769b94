"""The page answers its question first, and the answer follows from the verdicts alone."""

import msgspec
import pytest

from tenshu.kit.i18n import speaking
from tenshu.measure.lift import Lift, Verdict
from tenshu.measure.report import OutreachReport, ShopReport
from tenshu.web.console.report_view import report_view
from tests.unit.web.cast import sample_report

YET, NONE, HELPED, HURT = Verdict.CANNOT_KNOW_YET, Verdict.NO_DIFFERENCE, Verdict.HELPED, Verdict.HURT


def judged(*verdicts: Verdict) -> ShopReport:
    """Return a report with one outreach for each verdict."""
    outreaches = tuple(
        OutreachReport(name=f"o{number}", lift_orders=Lift(verdict=verdict)) for number, verdict in enumerate(verdicts)
    )
    return msgspec.structs.replace(sample_report(), outreaches=outreaches)


@pytest.mark.parametrize(
    ("verdicts", "answer"),
    [
        ((), "No outreach has started yet."),
        ((YET, YET, YET), "It is too early to say of any of the 3 outreaches."),
        ((YET, HELPED, YET), "Of 3 outreaches 1 helped."),
        ((HELPED, HURT), "Of 2 outreaches 1 did harm and 1 helped."),
        ((HURT,), "Of 1 outreaches 1 did harm and 0 helped."),
        ((NONE, YET), "None of the 2 outreaches has been shown to help."),
        ((NONE,), "None of the 1 outreaches has been shown to help."),
    ],
)
def test_the_answer_follows_from_the_verdicts(verdicts: tuple[Verdict, ...], answer: str) -> None:
    assert report_view(judged(*verdicts)).answer.startswith(answer)


def test_an_unknown_effect_is_never_counted_as_help() -> None:
    promising = OutreachReport(name="a", lift_orders=Lift(estimate=5.0, low=-0.1, high=10.1))
    view = report_view(msgspec.structs.replace(sample_report(), outreaches=(promising,)))
    assert "helped" not in view.answer


def test_the_tally_counts_each_verdict_once_and_skips_what_did_not_happen() -> None:
    tallies = report_view(judged(YET, HELPED, YET)).tallies
    assert [(tally.verdict, tally.count) for tally in tallies] == [("helped", "1"), ("cannot_know_yet", "2")]


def test_harm_is_told_first() -> None:
    assert report_view(judged(YET, NONE, HELPED, HURT)).tallies[0].verdict == "hurt"


def test_the_shop_stands_in_four_figures() -> None:
    view = report_view(sample_report())
    assert [figure.value for figure in view.figures] == ["4,338", "18,532", "£8,911,407.90", "£480.87"]
    assert view.figures[1].note == "4.3 per customer"  # 18532 / 4338


def test_a_shop_without_orders_divides_by_nothing() -> None:
    view = report_view(msgspec.structs.replace(sample_report(), orders=0, customers=0, revenue=0))
    assert view.figures[3].value == "–"


def test_a_rehearsal_is_known_by_its_truths() -> None:
    assert report_view(sample_report()).is_rehearsal
    assert not report_view(judged(YET)).is_rehearsal


@pytest.mark.parametrize(("language", "as_of"), [("ja", "2012年1月20日 12:00"), ("en", "20 January 2012, 12:00")])
def test_the_page_says_which_instant_it_is_of(language: str, as_of: str) -> None:
    with speaking(language):
        assert report_view(sample_report()).as_of == as_of


def test_every_outreach_has_a_card_in_its_order() -> None:
    view = report_view(sample_report())
    assert [card.anchor for card in view.outreaches] == [f"outreach-{number}" for number in range(1, 6)]
