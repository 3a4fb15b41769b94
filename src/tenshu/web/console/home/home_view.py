"""Turn how the shop stands into the first page of the morning."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from tenshu.kit.i18n import N_, _, _n
from tenshu.measure.account import Account
from tenshu.measure.days import Day
from tenshu.measure.state import ScenarioState, Standing
from tenshu.web.console import figures
from tenshu.web.console.account_bar import AccountView, account_view
from tenshu.web.console.home.needs import Need, Situation, needs
from tenshu.web.console.home.situation import LIVING, title_of

#: Height of the columns of a chart, in its own units.
HEIGHT: Final = 100.0
STANDINGS: Final = {
    Standing.WAITING: N_("not begun"),
    Standing.RUNNING: N_("running"),
    Standing.PAUSING: N_("pausing"),
    Standing.PAUSED: N_("paused"),
    Standing.FINISHING: N_("finishing"),
    Standing.FINISHED: N_("finished"),
    Standing.ENDED: N_("ended"),
}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One day of a chart; heights are per cent of the chart, one on the other.

    Attributes:
        label: the day, short.
        words: what the column says, for a pointer and a screen reader.
        heights: of each part, from the bottom.
    """

    label: str
    words: str
    heights: tuple[float, ...]


class NextView(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario that is alive: what is next in it."""

    name: str
    title: str
    standing: str
    is_calm: bool
    when: str
    open: str


class HomeView(msgspec.Struct, frozen=True, kw_only=True):
    """The first page.

    Attributes:
        day: today in words.
        is_new: nobody is known yet, so the page shows the way instead.
        sentence: yesterday and today in a sentence.
        needs: what waits for a person.
        next: living scenarios, the soonest first.
        mails: messages by day: sent, not sent, held out.
        mails_most: what the highest column stands for.
        orders: orders by day.
        orders_most: what the highest column stands for.
        account: all messages that were ever planned.
        is_rehearsed: the shop is a rehearsal, so its visitor is shown the way to one of their own.
    """

    day: str
    is_new: bool
    sentence: str
    needs: tuple[Need, ...]
    next: tuple[NextView, ...]
    mails: tuple[Column, ...]
    mails_most: str
    orders: tuple[Column, ...]
    orders_most: str
    account: AccountView
    is_rehearsed: bool


def home_view(
    situation: Situation,
    states: Sequence[ScenarioState],
    soon: Mapping[str, datetime],
    *,
    days: Sequence[Day],
    whole: Account,
    now: datetime,
    zone: str,
) -> HomeView:
    """Return the page in the language that is spoken now."""
    mails, mails_most = mail_columns(days)
    orders, orders_most = order_columns(days)
    return HomeView(
        day=figures.moment(now, zone),
        is_new=not situation.customers,
        sentence=_sentence(days),
        needs=needs(situation),
        next=next_views(states, soon, now=now, zone=zone),
        mails=mails,
        mails_most=mails_most,
        orders=orders,
        orders_most=orders_most,
        account=account_view(whole),
        is_rehearsed=situation.is_rehearsed,
    )


def next_views(
    states: Sequence[ScenarioState], soon: Mapping[str, datetime], *, now: datetime, zone: str
) -> tuple[NextView, ...]:
    """Return the living scenarios, the one that is due first first."""
    living = [state for state in states if state.standing in LIVING]
    ordered = sorted(living, key=lambda state: (soon.get(state.name, now + timedelta(days=36_600)), state.name))
    return tuple(_next(state, soon.get(state.name), now=now, zone=zone) for state in ordered)


def mail_columns(days: Sequence[Day]) -> tuple[tuple[Column, ...], str]:
    """Return sent, not sent and held out by day, and what the highest column stands for."""
    most = max((day.sent + day.silent + day.held_out for day in days), default=0)
    columns = tuple(
        Column(
            label=_day_label(day),
            words=_(
                "{day}: {sent} sent, {silent} not sent, {held} held out",
                day=figures.date_on(day.on),
                sent=figures.count(day.sent),
                silent=figures.count(day.silent),
                held=figures.count(day.held_out),
            ),
            heights=tuple(_height(part, most) for part in (day.sent, day.silent, day.held_out)),
        )
        for day in days
    )
    return columns, figures.count(most)


def order_columns(days: Sequence[Day]) -> tuple[tuple[Column, ...], str]:
    """Return orders by day, and what the highest column stands for."""
    most = max((day.orders for day in days), default=0)
    columns = tuple(
        Column(
            label=_day_label(day),
            words=_n(
                "{day}: {count} order", "{day}: {count} orders", figures.count(day.orders), day=figures.date_on(day.on)
            ),
            heights=(_height(day.orders, most),),
        )
        for day in days
    )
    return columns, figures.count(most)


def _next(state: ScenarioState, at: datetime | None, *, now: datetime, zone: str) -> NextView:
    words = {"walking": figures.count(state.walking), "queued": figures.count(state.queued + state.sending)}
    return NextView(
        name=state.name,
        title=title_of(state),
        standing=_(STANDINGS[state.standing]),
        is_calm=state.standing in {Standing.RUNNING, Standing.WAITING} and state.tripped is None,
        when=_when(at, now=now, zone=zone),
        open=_("{walking} people under way, {queued} messages waiting", **words),
    )


def _when(at: datetime | None, *, now: datetime, zone: str) -> str:
    if at is None:
        return _("when it happens")
    if at <= now:
        return _("now")
    days = (at.astimezone(ZoneInfo(zone)).date() - now.astimezone(ZoneInfo(zone)).date()).days
    hour = f"{at.astimezone(ZoneInfo(zone)):%H:%M}"
    if days == 0:
        return _("today at {hour}", hour=hour)
    return _("tomorrow at {hour}", hour=hour) if days == 1 else figures.moment(at, zone)


def _sentence(days: Sequence[Day]) -> str:
    week = days[-7:]
    sent, silent = sum(day.sent for day in week), sum(day.silent for day in week)
    orders = sum(day.orders for day in week)
    told = {"sent": figures.count(sent), "silent": figures.count(silent), "orders": figures.count(orders)}
    if not sent and not silent:
        return _n(
            "In the last seven days nothing was sent. There was {orders} order.",
            "In the last seven days nothing was sent. There were {orders} orders.",
            told["orders"],
            orders=told["orders"],
        )
    return _(
        "In the last seven days {sent} messages went out, {silent} did not, for a reason. {orders} orders.", **told
    )


def _day_label(day: Day) -> str:
    return f"{day.on.month}/{day.on.day}"


def _height(part: int, most: int) -> float:
    return round(HEIGHT * part / most, 2) if most else 0.0
