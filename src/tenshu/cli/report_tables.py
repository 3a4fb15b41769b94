"""Draw a report in the terminal, in the terminal's language; every number with its base or its range.

One block a scenario, narrow enough for 80 columns: the account as a sum that closes, the reasons of silence, the
answers with their bases, and the effect as a range, beside the truth where a rehearsal knows it.
"""

from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tenshu.decide.reasons import sentence
from tenshu.kit.i18n import N_, _, current_language
from tenshu.kit.money import format_money, minor_digits
from tenshu.measure.account import Account
from tenshu.measure.lift import Lift, Verdict
from tenshu.measure.rates import Rate
from tenshu.measure.report import OutreachReport, ShopReport
from tenshu.measure.why import local_text

_VERDICTS: Final = {
    Verdict.HELPED: N_("It helped."),
    Verdict.HURT: N_("It did harm."),
    Verdict.NO_DIFFERENCE: N_("No difference that matters."),
    Verdict.CANNOT_KNOW_YET: N_("Cannot know yet."),
}
_SHOP: Final = N_("{shop}, {at}: {customers} customers with {orders} orders, {revenue}; {known} people known.")
_MORE: Final = N_("Cannot know yet: about {count} more people.")
_SUSPECT: Final = N_(
    "{observed} of the entered are held out instead of {expected}. Chance does not do that; do not trust the effect."
)
_FAULT: Final = N_("The account does not close. This is a fault; please report it.")
_PARTIAL: Final = N_("The goal's window is over for {share} of the entered; the rest count with what they did so far.")
_ENTERED: Final = N_("{treated} treated and {held_out} held out, within {days} days of entering")
_ACCOUNT: Final = N_(
    "{planned} planned = {sent} sent + {held_out} held out + {suppressed} suppressed + {failed} failed "
    "+ {in_doubt} in doubt + {pending} pending"
)
_NO_SCENARIO: Final = N_("No scenario has been started yet. Start one with: tenshu scenario start FILE")


def print_report(report: ShopReport, console: Console) -> None:
    """Print the report: the shop in one line, then a block for every scenario."""
    numbers = {
        "customers": f"{report.customers:,}",
        "orders": f"{report.orders:,}",
        "revenue": format_money(report.revenue, report.currency, current_language()),
        "known": f"{report.known_customers:,}",
    }
    console.print(Text(_(_SHOP, shop=report.shop, at=local_text(report.as_of, report.zone), **numbers)))
    if not report.outreaches:
        console.print(Text(_(_NO_SCENARIO)))
    for one in report.outreaches:
        console.print()
        console.print(Text(_title(one), style="bold"))
        console.print(_lines(one))
        console.print(_effects(one, report.currency))


def account_line(part: Account) -> str:
    """Say one account as a sum that closes."""
    counts = {
        name: f"{getattr(part, name):,}" for name in ("planned", "sent", "held_out", "failed", "in_doubt", "pending")
    }
    return _(_ACCOUNT, suppressed=f"{part.suppressed_total:,}", **counts)


def verdict_line(lift: Lift) -> str:
    """Say what may be said about a difference."""
    if lift.verdict is Verdict.CANNOT_KNOW_YET and lift.more_people is not None:
        return _(_MORE, count=f"{lift.more_people:,}")
    return _(_VERDICTS[lift.verdict])


def _lines(one: OutreachReport) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    rows = [(_("Account"), account_line(one.account))]
    rows += [("", f"{count:,}  {sentence(reason)}") for reason, count in one.account.suppressed.items()]
    rows += [("" if index else _("Answers"), text) for index, text in enumerate(_answers(one))]
    entered = {"treated": f"{one.treated.people:,}", "held_out": f"{one.held_out.people:,}"}
    rows.append((_("Effect"), _(_ENTERED, days=one.goal.within_days, **entered)))
    for label, text in rows:
        grid.add_row(Text(label), Text(text))
    if one.complete_rate is not None and one.complete_rate < 1:
        grid.add_row("", Text(_(_PARTIAL, share=f"{one.complete_rate:.0%}")))
    for text in _warnings(one):
        grid.add_row("", Text(text, style="red"))
    return grid


def _answers(one: OutreachReport) -> list[str]:
    rates = one.rates
    told = (
        (_("opened"), rates.opened),
        (_("clicked"), rates.clicked),
        (_("clicked by machines"), rates.clicked_by_machine),
        (_("unsubscribed"), rates.unsubscribed),
        (_("bought (treated)"), rates.converted),
        (_("bought (held out)"), rates.converted_held_out),
    )
    return [f"{name} {_rate(rate)}" for name, rate in told]


def _warnings(one: OutreachReport) -> list[str]:
    found = [] if one.account.closes else [_(_FAULT)]
    ratio = one.sample_ratio
    if ratio.is_suspect and ratio.observed_rate is not None:
        found.append(_(_SUSPECT, observed=f"{ratio.observed_rate:.1%}", expected=f"{ratio.expected_rate:.1%}"))
    return found


def _effects(one: OutreachReport, currency: str) -> Table:
    has_truth = one.lift_orders.truth is not None or one.lift_revenue.truth is not None
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column(_("Per person"), no_wrap=True)
    names = [_("Treated"), _("Held out"), _("Difference"), _("95 % range"), *([_("Truth")] if has_truth else [])]
    for name in names:
        table.add_column(name, justify="right")
    here, there = one.treated, one.held_out
    measures = (
        (_("Orders"), here.orders_per_person, there.orders_per_person, one.lift_orders, None),
        (
            _("Revenue ({currency})", currency=currency),
            here.revenue_per_person,
            there.revenue_per_person,
            one.lift_revenue,
            currency,
        ),
    )
    for name, treated, held_out, lift, unit in measures:
        truth = [_number(lift.truth, unit, sign="+")] if has_truth else []
        arms = (_number(treated, unit), _number(held_out, unit), _number(lift.estimate, unit, sign="+"))
        table.add_row(name, *arms, _range(lift, unit), *truth)
    table.caption = "\n".join(f"{name}: {verdict_line(lift)}" for name, _here, _there, lift, _unit in measures)
    table.caption_justify = "left"
    table.caption_style = ""
    return table


def _title(one: OutreachReport) -> str:
    return one.title.get(current_language()) or next(iter(one.title.values()), one.name)


def _range(lift: Lift, currency: str | None) -> str:
    if lift.low is None or lift.high is None:
        return "-"
    return f"{_number(lift.low, currency, sign='+')} … {_number(lift.high, currency, sign='+')}"


def _number(value: float | None, currency: str | None = None, *, sign: str = "") -> str:
    """Write a number per person: orders with three decimals, money with those of its currency."""
    if value is None:
        return "-"
    if currency is None:
        return f"{value:{sign},.3f}"
    digits = minor_digits(currency)
    return f"{value / 10**digits:{sign},.{digits}f}"


def _rate(rate: Rate) -> str:
    if rate.rate is None:
        return "-"
    return f"{rate.rate:.1%} ({rate.count:,} / {rate.base:,})"
