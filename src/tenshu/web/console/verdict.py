"""Say what may be said about an outreach, in sentences: it helped, it hurt, it does not matter, not known yet."""

from typing import Final

from tenshu.kit.i18n import N_, _, _n
from tenshu.measure.lift import Lift, Verdict
from tenshu.measure.report import ArmReport, Goal, OutreachReport
from tenshu.web.console import figures
from tenshu.web.console.interval import contains

#: Orders are told for so many people, because nobody can picture 0.031 orders.
PER_PEOPLE: Final = 100

_SHORT: Final = {
    Verdict.HELPED: N_("It helped"),
    Verdict.HURT: N_("It did harm"),
    Verdict.NO_DIFFERENCE: N_("No difference worth acting on"),
    Verdict.CANNOT_KNOW_YET: N_("Cannot know yet"),
}


def short_verdict(verdict: Verdict) -> str:
    """Return the verdict in a few words."""
    return _(_SHORT[verdict])


def headline(lift: Lift) -> str:
    """Return the verdict as the first sentence of a card."""
    if lift.verdict != Verdict.CANNOT_KNOW_YET:
        return short_verdict(lift.verdict)
    if lift.more_people is None:
        return short_verdict(lift.verdict)
    return _n(
        "Cannot know yet. About {count} more person.",
        "Cannot know yet. About {count} more people.",
        figures.count(lift.more_people),
    )


def orders_sentence(outreach: OutreachReport) -> str:
    """Tell what the two arms bought, and the difference with its interval."""
    lift = outreach.lift_orders
    if lift.estimate is None:
        return why_unknown(outreach.treated, outreach.held_out)
    return _(
        "Per 100 people, those the outreach was for ordered {treated} times, those held out {held_out} times: "
        "a difference of {estimate} (95% interval {low} to {high}).",
        treated=_orders(outreach.treated.orders_per_person),
        held_out=_orders(outreach.held_out.orders_per_person),
        estimate=figures.signed(lift.estimate * PER_PEOPLE),
        low=_signed_orders(lift.low),
        high=_signed_orders(lift.high),
    )


def revenue_sentence(outreach: OutreachReport, currency: str) -> str | None:
    """Tell the same in money for one person; None when there is no estimate."""
    lift = outreach.lift_revenue
    if lift.estimate is None:
        return None
    return _(
        "Per person, {treated} against {held_out}: a difference of {estimate} (95% interval {low} to {high}).",
        treated=figures.money(outreach.treated.revenue_per_person, currency),
        held_out=figures.money(outreach.held_out.revenue_per_person, currency),
        estimate=figures.signed_money(lift.estimate, currency),
        low=figures.signed_money(lift.low, currency),
        high=figures.signed_money(lift.high, currency),
    )


def truth_sentence(lift: Lift, truth: str) -> str | None:
    """Set the estimate beside the truth of a rehearsal; None where the truth is not known."""
    holds = contains(lift)
    if lift.truth is None:
        return None
    if holds is None:
        return _("It really changed {truth}.", truth=truth)
    if holds:
        return _("It really changed {truth}: inside the interval.", truth=truth)
    return _("It really changed {truth}: outside the interval, as happens one time in twenty.", truth=truth)


def why_unknown(treated: ArmReport, held_out: ArmReport) -> str:
    """Say why there is no estimate at all."""
    if treated.people == 0 and held_out.people == 0:
        return _("Nobody has entered this outreach yet. Once people do, they are compared with those held out.")
    if held_out.people == 0:
        return _("Nobody was held out, so there is nobody to compare with. Give the outreach a hold-out.")
    if treated.people == 0:
        return _("Everybody who entered was held out so far, so there is nothing to compare.")
    return _("Too few people have entered to draw an interval. Let it run.")


def goal_sentence(goal: Goal) -> str:
    """Tell what the outreach is judged by."""
    wanted = _("an order") if goal.event == "order_completed" else goal.event
    days = figures.count(goal.within_days)
    if goal.target_rate is None:
        told = _("Goal: {event} within {days} days.", event=wanted, days=days)
    else:
        target = figures.whole_percent(goal.target_rate)
        told = _("Goal: {event} within {days} days by {target} of the people.", event=wanted, days=days, target=target)
    if goal.review_on is None:
        return told
    return figures.joined(told, _("To be judged on {date}.", date=figures.date_on(goal.review_on)))


def window_sentence(outreach: OutreachReport) -> str | None:
    """Say how many people's window is still open; None when all are over."""
    rate = outreach.complete_rate
    if rate is None or rate >= 1:
        return None
    days = figures.count(outreach.goal.within_days)
    return _(
        "For {rate} of the people the {days} days are over; the others count as far as they have come, in both arms.",
        rate=figures.percent(rate, 0),
        days=days,
    )


def _orders(per_person: float | None) -> str:
    return figures.number(None if per_person is None else per_person * PER_PEOPLE)


def _signed_orders(per_person: float | None) -> str:
    return figures.signed(None if per_person is None else per_person * PER_PEOPLE)
