"""Turn one outreach of the report into what its card shows: sentences, drawings, tables with bases."""

from typing import Final

import msgspec

from tenshu.decide.reasons import sentence as reason_sentence
from tenshu.kit.i18n import N_, _, current_language
from tenshu.measure.account import Account
from tenshu.measure.lift import Lift, Verdict
from tenshu.measure.rates import Rate, Rates
from tenshu.measure.report import OutreachReport, StepReport
from tenshu.web.console import figures, verdict
from tenshu.web.console.account_bar import AccountView, account_view, part_counts
from tenshu.web.console.interval import IntervalView, interval_view

STATUS: Final = {"active": N_("running"), "paused": N_("paused"), "ended": N_("ended")}


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One estimate: its drawing, and the sentences that say the same."""

    title: str
    verdict: str
    sentence: str | None
    truth: str | None
    drawing: IntervalView | None
    label: str


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How far an outreach has come on the way to an answer: people so far, people still missing."""

    so_far: str
    missing: str
    share: float


class RateView(msgspec.Struct, frozen=True, kw_only=True):
    """A rate with its base."""

    label: str
    rate: str
    base: str
    note: str | None = None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """Opens or clicks, told apart by who made them."""

    label: str
    kinds: tuple[RateView, ...]
    places: tuple[float, ...]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody got nothing, and how many such there are."""

    sentence: str
    count: str
    width: float


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the account by step."""

    name: str
    planned: str
    counts: tuple[str, ...]


class OutreachView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the card of an outreach shows, said in one language."""

    anchor: str
    title: str
    status: str
    began: str | None
    goal: str
    verdict: str
    headline: str
    sentence: str
    window: str | None
    warning: str | None
    waiting: Waiting | None
    effects: tuple[Effect, ...]
    account: AccountView
    reasons: tuple[Reason, ...]
    steps: tuple[StepView, ...]
    has_plan: bool
    answered: tuple[Answered, ...]
    rates: tuple[RateView, ...]


def outreach_view(outreach: OutreachReport, *, number: int, currency: str, zone: str) -> OutreachView:
    """Return the card of one outreach in the language that is spoken now."""
    lift = outreach.lift_orders
    return OutreachView(
        anchor=f"outreach-{number}",
        title=outreach.title.get(current_language()) or outreach.name,
        status=_(STATUS[outreach.status]) if outreach.status in STATUS else outreach.status,
        began=None if outreach.started_at is None else figures.day(outreach.started_at, zone),
        goal=verdict.goal_sentence(outreach.goal),
        verdict=lift.verdict.value,
        headline=verdict.headline(lift),
        sentence=verdict.orders_sentence(outreach),
        window=verdict.window_sentence(outreach),
        warning=_warning(outreach),
        waiting=waiting(lift, outreach.treated.people + outreach.held_out.people),
        effects=_effects(outreach, currency),
        account=account_view(outreach.account),
        reasons=reasons(outreach.account),
        steps=tuple(_step(step) for step in outreach.steps),
        has_plan=outreach.account.planned > 0,
        answered=_answered(outreach.rates),
        rates=_rates(outreach),
    )


def waiting(lift: Lift, people: int) -> Waiting | None:
    """Return how far it is to an answer; None when it is there or nobody can say."""
    if lift.verdict != Verdict.CANNOT_KNOW_YET or lift.more_people is None:
        return None
    share = people / max(people + lift.more_people, 1) * 100.0
    return Waiting(so_far=figures.count(people), missing=figures.count(lift.more_people), share=round(share, 2))


def reasons(account: Account) -> tuple[Reason, ...]:
    """Return why people got nothing, the most frequent reason first."""
    told = sorted(account.suppressed.items(), key=lambda item: (-item[1], item[0]))
    most = max(account.suppressed.values(), default=0)
    return tuple(
        Reason(
            sentence=reason_sentence(code, current_language()),
            count=figures.count(people),
            width=round(people / most * 100.0, 2) if most else 0.0,
        )
        for code, people in told
    )


def _effects(outreach: OutreachReport, currency: str) -> tuple[Effect, ...]:
    orders, revenue = outreach.lift_orders, outreach.lift_revenue
    per = verdict.PER_PEOPLE
    of_orders = Effect(
        title=_("Orders per 100 people"),
        verdict=verdict.short_verdict(orders.verdict),
        sentence=None,
        truth=verdict.truth_sentence(orders, _orders(orders.truth)),
        drawing=interval_view(orders, figures.tick_number, factor=per),
        label=verdict.orders_sentence(outreach),
    )
    of_revenue = Effect(
        title=_("Revenue per person"),
        verdict=verdict.short_verdict(revenue.verdict),
        sentence=verdict.revenue_sentence(outreach, currency),
        truth=verdict.truth_sentence(revenue, figures.signed_money(revenue.truth, currency)),
        drawing=interval_view(revenue, lambda value, _digits: figures.tick_money(value, currency), most=4),
        label=verdict.revenue_sentence(outreach, currency) or "",
    )
    return tuple(effect for effect in (of_orders, of_revenue) if effect.drawing is not None)


def _orders(per_person: float | None) -> str:
    value = None if per_person is None else per_person * verdict.PER_PEOPLE
    return _("{count} orders per 100 people", count=figures.signed(value))


def _warning(outreach: OutreachReport) -> str | None:
    ratio = outreach.sample_ratio
    if not ratio.is_suspect:
        return None
    return _(
        "{observed} were held out where {expected} were asked for: something sorted people between the arms. "
        "Do not trust the effect before this is explained.",
        observed=figures.percent(ratio.observed_rate),
        expected=figures.percent(ratio.expected_rate),
    )


def _step(step: StepReport) -> StepView:
    counts = tuple(figures.count(people) for people in part_counts(step.account).values())
    return StepView(name=step.name, planned=figures.count(step.account.planned), counts=counts)


def _answered(rates: Rates) -> tuple[Answered, ...]:
    if rates.opened.base == 0:
        return ()
    opened = (rates.opened, rates.opened_unknown, rates.opened_by_machine)
    clicked = (rates.clicked, rates.clicked_unknown, rates.clicked_by_machine)
    return (_by_kind(_("Opened"), opened), _by_kind(_("Clicked"), clicked))


def _by_kind(label: str, rates: tuple[Rate, Rate, Rate]) -> Answered:
    kinds = (_("by a person"), _("unknown"), _("by a machine"))
    return Answered(
        label=label,
        kinds=tuple(_rate(kind, rate) for kind, rate in zip(kinds, rates, strict=True)),
        places=tuple(round((rate.rate or 0.0) * 100.0, 2) for rate in rates),
    )


def _rates(outreach: OutreachReport) -> tuple[RateView, ...]:
    rates, goal = outreach.rates, outreach.goal
    target = None if goal.target_rate is None else _("Goal: {target}", target=figures.whole_percent(goal.target_rate))
    return (
        _rate(_("Bought, of those it was for"), rates.converted, note=target),
        _rate(_("Bought, of those held out"), rates.converted_held_out),
        _rate(_("Unsubscribed"), rates.unsubscribed),
        _rate(_("Complained"), rates.complained),
        _rate(_("Bounced"), rates.bounced),
    )


def _rate(label: str, rate: Rate, note: str | None = None) -> RateView:
    base = _("{count} of {base}", count=figures.count(rate.count), base=figures.count(rate.base))
    return RateView(label=label, rate=figures.percent(rate.rate), base=base, note=note)
