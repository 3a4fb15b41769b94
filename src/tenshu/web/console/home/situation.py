"""Read how the shop stands from its stores."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import func, select

from tenshu.bootstrap import Shop
from tenshu.collect.importing import list_imports
from tenshu.content.shop import ShopSettings
from tenshu.deliver.standstill import standstill
from tenshu.deliver.tables import IS_QUEUED, outbox
from tenshu.journey import records
from tenshu.journey.tables import enrolments
from tenshu.kit.i18n import current_language
from tenshu.know.members import known_customers
from tenshu.measure.account import Account, account, as_account
from tenshu.measure.state import ScenarioState, Standing, scenario_states
from tenshu.web.console.home.needs import Situation
from tenshu.web.console.settings.kept import read_kept
from tenshu.web.console.settings.state import is_missing

#: Standings in which something can still go out.
LIVING: Final = (Standing.WAITING, Standing.RUNNING, Standing.PAUSING, Standing.PAUSED, Standing.FINISHING)


def read_account(shop: Shop, *, now: datetime) -> Account:
    """Return the account of all scenarios together."""
    return as_account(account(shop.ledger, now=now))


def read_situation(
    shop: Shop, settings: ShopSettings, states: list[ScenarioState], whole: Account, *, now: datetime
) -> Situation:
    """Return how the shop stands."""
    titles = {state.name: title_of(state) for state in states}
    kept = read_kept(shop.ledger)
    with shop.ledger.reading() as tx:
        paused = standstill(tx)
    return Situation(
        customers=known_customers(shop.warehouse),
        is_postal=not is_missing("shop", kept),
        is_sender=not is_missing("sender", kept),
        is_smtp=not is_missing("mail-server", kept),
        standstill="" if paused is None else paused.text(),
        in_doubt={one.name: (titles[one.name], one.in_doubt) for one in states if one.in_doubt},
        tripped={one.name: titles[one.name] for one in states if one.tripped is not None},
        resting=_resting(shop),
        reviews=_reviews(shop, titles, today=now.astimezone(ZoneInfo(settings.zone)).date()),
        faults=0 if whole.closes else max(whole.strays, 1),
        refused=_refused(shop),
        is_rehearsed=shop.is_rehearsed,
    )


def title_of(state: ScenarioState) -> str:
    """Return what people call the scenario, in the language that is spoken now."""
    return state.title.get(current_language()) or next(iter(state.title.values()), state.name)


def read_states(shop: Shop, *, now: datetime) -> list[ScenarioState]:
    """Return where every scenario stands."""
    return scenario_states(shop.ledger, now=now)


def next_by_scenario(shop: Shop, *, now: datetime) -> dict[str, datetime]:
    """Return when something of each scenario is due next: a message, somebody's next step, or its entry."""
    waiting = select(outbox.c.journey, func.min(outbox.c.due_at, type_=outbox.c.due_at.type).label("at"))
    walking = select(enrolments.c.journey, func.min(enrolments.c.due_at, type_=enrolments.c.due_at.type).label("at"))
    with shop.ledger.reading() as tx:
        entries = {one.journey.name: one.due_at for one in records.read_running(tx, "active") if one.due_at is not None}
        due = pl.concat(
            [
                tx.frame(waiting.where(IS_QUEUED).group_by(outbox.c.journey)),
                tx.frame(walking.where(enrolments.c.due_at.is_not(None)).group_by(enrolments.c.journey)),
            ]
        )
    found = dict(entries)
    for name, at in due.iter_rows():
        found[name] = min(at, found.get(name, at))
    return {name: max(at, now) for name, at in found.items()}


def _resting(shop: Shop) -> tuple[str, ...]:
    with shop.ledger.reading() as tx:
        return tuple(one.journey for one in records.resting(tx))


def _reviews(shop: Shop, titles: dict[str, str], *, today: date) -> dict[str, tuple[str, date]]:
    with shop.ledger.reading() as tx:
        running = [one.journey for one in records.read_running(tx, "active", "paused")]
    due = {one.name: one.review_on for one in running if one.review_on <= today}
    return {name: (titles.get(name, name), on) for name, on in due.items()}


def _refused(shop: Shop) -> tuple[str, int] | None:
    """Return name and refused rows of the newest import, when it refused any."""
    imported = list_imports(shop.ledger)
    if not imported:
        return None
    summary = imported[-1][1]
    rows = sum(summary.rejects.values())
    return (summary.name, rows) if rows else None
