"""One report of a shop: its customers, and for every outreach the account, the answers and the lift.

The page, the terminal and the demo's JSON all draw these structs and compute nothing of their own.
Amounts are whole minor units of the shop's currency, rates 0..1, instants aware in UTC.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import func, select

from tenshu.content.shop import ShopSettings
from tenshu.journey.definition import Journey
from tenshu.journey.tables import journeys
from tenshu.know.cuts import RankBorders
from tenshu.know.publish import SETTING
from tenshu.measure.account import Account, account
from tenshu.measure.customers import CustomerSheet, DecileRow, RankRow, RfmCell, customer_sheet
from tenshu.measure.lift import Lift, SampleRatio
from tenshu.measure.outcome import Truth, outcomes
from tenshu.measure.outreach import ArmReport, Goal, OutreachReport, Started, StepReport, outreach
from tenshu.measure.rates import answers
from tenshu.measure.state import scenario_states
from tenshu.store.ledger import Ledger
from tenshu.store.settings import read_setting
from tenshu.store.warehouse import Warehouse

__all__ = [
    "ArmReport",
    "DecileRow",
    "Goal",
    "OutreachReport",
    "RankRow",
    "RfmCell",
    "SampleRatio",
    "ShopReport",
    "StepReport",
    "build_report",
    "figures",
    "started_journeys",
]

#: Figures are rounded to so many decimals, far below anything that matters, so that files compare byte for byte.
_DECIMALS = 6
#: The setting in which a rehearsal leaves what each scenario really changed.
TRUTHS = "truths"


class ShopReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the report page shows.

    Attributes:
        as_of: the instant it is of.
        shop: the shop's name.
        currency: ISO 4217.
        zone: IANA zone in which dates are read.
        customers: known customers with a counted order.
        known_customers: everybody known, buyers or not.
        orders, revenue: counted orders of known customers and their minor units.
        rfm: the heat map's cells that have somebody in them.
        deciles: ten rows, best first; empty when nobody has bought.
        ranks: one row for each rank, best first.
        outreaches: in order of their start.
    """

    as_of: datetime
    shop: str
    currency: str
    zone: str
    customers: int
    known_customers: int
    orders: int
    revenue: int
    rfm: tuple[RfmCell, ...] = ()
    deciles: tuple[DecileRow, ...] = ()
    ranks: tuple[RankRow, ...] = ()
    outreaches: tuple[OutreachReport, ...] = ()


def build_report(
    ledger: Ledger,
    warehouse: Warehouse,
    settings: ShopSettings,
    *,
    now: datetime,
    truths: Mapping[str, Truth] | None = None,
    complete_only: bool = False,
) -> ShopReport:
    """Read everything and put the report together.

    Args:
        ledger: scenarios, decisions and outbox.
        warehouse: facts and orders; it must have drained the ledger's facts.
        settings: the shop.
        now: nothing later counts.
        truths: what each scenario really changed, by its name; None = what a rehearsal has left in the ledger.
        complete_only: judge only people whose window is over.
    """
    if truths is None:
        truths = msgspec.convert(read_setting(ledger, TRUTHS, {}), dict[str, Truth])
    borders = msgspec.convert(read_setting(ledger, SETTING, {}), RankBorders)
    sheet = customer_sheet(warehouse, now=now, zone=settings.zone, borders=borders)
    counted, told = account(ledger, now=now), answers(warehouse, now=now)
    standings = {one.name: one.standing.value for one in scenario_states(ledger, now=now)}
    reports = []
    for started in started_journeys(ledger):
        name, days = started.journey.name, started.journey.goal.within_days
        people = outcomes(warehouse, name, now=now, window_days=days, complete_only=complete_only)
        truth = truths.get(name)
        one = outreach(started, accounts=counted, answers=told, people=people, truth=truth)
        reports.append(msgspec.structs.replace(one, standing=standings.get(name, "")))
    return _shop_report(settings, sheet, tuple(reports), now)


def started_journeys(ledger: Ledger) -> list[Started]:
    """Return every scenario that was ever started, newest version, in order of its first start."""
    newest = (
        select(
            journeys.c.journey,
            func.max(journeys.c.version).label("version"),
            func.min(journeys.c.started_at, type_=journeys.c.started_at.type).label("first_at"),
        )
        .group_by(journeys.c.journey)
        .subquery()
    )
    query = (
        select(journeys.c.body, journeys.c.status, newest.c.first_at)
        .join(newest, (journeys.c.journey == newest.c.journey) & (journeys.c.version == newest.c.version))
        .order_by(newest.c.first_at, journeys.c.journey)
    )
    with ledger.reading() as tx:
        rows: pl.DataFrame = tx.frame(query)
    return [
        Started(journey=msgspec.json.decode(body, type=Journey), status=status, started_at=first_at)
        for body, status, first_at in rows.iter_rows()
    ]


def figures(report: ShopReport) -> dict[str, Any]:
    """Return the report's figures as plain JSON data, the same bytes for the same report."""
    return {
        "customers": report.customers,
        "orders": report.orders,
        "revenue": report.revenue,
        "outreaches": [_outreach_figures(one) for one in report.outreaches],
    }


def _outreach_figures(one: OutreachReport) -> dict[str, Any]:
    steps = [{"name": step.name} | _account_figures(step.account) for step in one.steps]
    entered = {"treated": one.treated.people, "held_out": one.held_out.people}
    return (
        {"name": one.name}
        | _account_figures(one.account)
        | {"lift": _lift_figures(one.lift_orders), "lift_revenue": _lift_figures(one.lift_revenue)}
        | {"entered": entered, "complete_rate": _rounded(one.complete_rate), "steps": steps}
    )


def _account_figures(part: Account) -> dict[str, Any]:
    return {
        "planned": part.planned,
        "sent": part.sent,
        "held_out": part.held_out,
        "suppressed": dict(sorted(part.suppressed.items())),
        "failed": part.failed,
        "in_doubt": part.in_doubt,
        "pending": part.pending,
    }


def _lift_figures(found: Lift) -> dict[str, Any]:
    return {
        "estimate": _rounded(found.estimate),
        "low": _rounded(found.low),
        "high": _rounded(found.high),
        "truth": _rounded(found.truth),
        "verdict": found.verdict.value,
        "more_people": found.more_people,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)


def _shop_report(
    settings: ShopSettings, sheet: CustomerSheet, outreaches: tuple[OutreachReport, ...], now: datetime
) -> ShopReport:
    totals = sheet.totals
    return ShopReport(
        as_of=now,
        shop=settings.name,
        currency=settings.currency,
        zone=settings.zone,
        customers=totals.customers,
        known_customers=totals.known_customers,
        orders=totals.orders,
        revenue=totals.revenue,
        rfm=sheet.rfm,
        deciles=sheet.deciles,
        ranks=sheet.ranks,
        outreaches=outreaches,
    )
