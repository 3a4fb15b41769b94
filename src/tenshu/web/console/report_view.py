"""Turn the shop's report into one page: the answer first, then each outreach, then the customers."""

from typing import Final

import msgspec

from tenshu.kit.i18n import _
from tenshu.measure.lift import Verdict
from tenshu.measure.report import ShopReport
from tenshu.web.console import figures, verdict
from tenshu.web.console.customers_view import CustomersView, customers_view
from tenshu.web.console.outreach_view import OutreachView, outreach_view

#: In the order in which a shopkeeper wants to hear them.
_TOLD: Final = (Verdict.HURT, Verdict.HELPED, Verdict.NO_DIFFERENCE, Verdict.CANNOT_KNOW_YET)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of the shop with what it counts."""

    label: str
    value: str
    note: str


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many outreaches got one verdict."""

    verdict: str
    label: str
    count: str


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """The whole page, said in one language.

    Attributes:
        shop: the shop's name.
        as_of: the instant the page is of.
        answer: the answer to the page's question, in one sentence.
        tallies: verdicts with how many outreaches got each.
        figures: the shop in four figures.
        outreaches: one card each.
        customers: ranks, heat map, decile curve.
        is_rehearsal: whether the truth is known because the customers are simulated.
    """

    shop: str
    as_of: str
    answer: str
    tallies: tuple[Tally, ...]
    figures: tuple[Figure, ...]
    outreaches: tuple[OutreachView, ...]
    customers: CustomersView
    is_rehearsal: bool


def report_view(report: ShopReport) -> ReportView:
    """Return the page in the language that is spoken now."""
    outreaches = tuple(
        outreach_view(outreach, number=number, currency=report.currency, zone=report.zone)
        for number, outreach in enumerate(report.outreaches, start=1)
    )
    return ReportView(
        shop=report.shop,
        as_of=figures.moment(report.as_of, report.zone),
        answer=_answer(report),
        tallies=_tallies(report),
        figures=_figures(report),
        outreaches=outreaches,
        customers=customers_view(report),
        is_rehearsal=any(outreach.lift_orders.truth is not None for outreach in report.outreaches),
    )


def _answer(report: ShopReport) -> str:
    total = len(report.outreaches)
    verdicts = [outreach.lift_orders.verdict for outreach in report.outreaches]
    if total == 0:
        return _("No outreach has started yet. Once one runs, this page says what it changed and what it did not.")
    helped, hurt = verdicts.count(Verdict.HELPED), verdicts.count(Verdict.HURT)
    if hurt:
        return _(
            "Of {total} outreaches {hurt} did harm and {helped} helped.",
            total=figures.count(total),
            hurt=figures.count(hurt),
            helped=figures.count(helped),
        )
    if helped:
        return _("Of {total} outreaches {helped} helped.", total=figures.count(total), helped=figures.count(helped))
    if verdicts == [Verdict.CANNOT_KNOW_YET]:
        return _("It is too early to say of the one outreach.")
    if verdicts.count(Verdict.CANNOT_KNOW_YET) == total:
        return _("It is too early to say of any of the {total} outreaches.", total=figures.count(total))
    return _("None of the {total} outreaches has been shown to help.", total=figures.count(total))


def _tallies(report: ShopReport) -> tuple[Tally, ...]:
    verdicts = [outreach.lift_orders.verdict for outreach in report.outreaches]
    return tuple(
        Tally(verdict=kind.value, label=verdict.short_verdict(kind), count=figures.count(verdicts.count(kind)))
        for kind in _TOLD
        if kind in verdicts
    )


def _figures(report: ShopReport) -> tuple[Figure, ...]:
    average = report.revenue / report.orders if report.orders else None
    repeat = report.orders / report.customers if report.customers else None
    known = figures.count(report.known_customers)
    return (
        Figure(label=_("Customers"), value=figures.count(report.customers), note=_("of {known} known", known=known)),
        Figure(
            label=_("Orders"),
            value=figures.count(report.orders),
            note=_("{rate} per customer", rate=figures.number(repeat)),
        ),
        Figure(
            label=_("Revenue"),
            value=figures.money(report.revenue, report.currency),
            note=_("of known customers"),
        ),
        Figure(
            label=_("Average order"),
            value=figures.money(average, report.currency),
            note=_("revenue / orders"),
        ),
    )
