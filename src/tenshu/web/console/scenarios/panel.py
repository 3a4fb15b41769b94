"""The side panel of one step: its sentence, its account, who is there."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, select

from tenshu.journey.grammar import Branch, Exit, Journey, Send, Split, Wait
from tenshu.journey.sentence import entry_sentence, goal_sentence, step_sentence, way_names
from tenshu.journey.tables import enrolments
from tenshu.kit.i18n import _, current_language
from tenshu.know.profile import profiles
from tenshu.measure.where_they_stand import WhereTheyStand, kept_at
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse
from tenshu.web.console import figures
from tenshu.web.console.account_bar import AccountView, account_view
from tenshu.web.console.outreach_view import Reason, reasons
from tenshu.web.console.scenarios.words import outcome_words

#: So many people of a step are named.
NAMED: Final = 12


class Told(msgspec.Struct, frozen=True):
    """A figure with its words."""

    words: str
    count: str


class Somebody(msgspec.Struct, frozen=True, kw_only=True):
    """One who is at the step.

    Attributes:
        customer: number.
        name: as far as is known.
        when: when it goes on.
        is_held_out: whether as a ghost.
    """

    customer: int
    name: str
    when: str
    is_held_out: bool


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """What the panel shows.

    Attributes:
        key: of the step; `entry` for who enters.
        title: the step in a sentence.
        kind: its kind.
        sentences: what else there is to say about it.
        figures: counts with their words.
        account: of a sending step.
        reasons: why some got nothing.
        template: of a sending step, the name of what is sent.
        people: some of those who are here now, the ones who go on first.
        more: how many more there are, in words; empty when none.
    """

    key: str
    title: str
    kind: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Told, ...] = ()
    account: AccountView | None = None
    reasons: tuple[Reason, ...] = ()
    template: str = ""
    people: tuple[Somebody, ...] = ()
    more: str = ""


def panel(journey: Journey, key: str, where: WhereTheyStand | None, *, currency: str) -> Panel | None:
    """Return the panel of a step without its people; None when there is no such step.

    Args:
        journey: the scenario.
        key: the step, or `entry`.
        where: where everybody stands; None for one that was never started.
        currency: for amounts in conditions.
    """
    language = current_language()
    if key == "entry":
        told = () if where is None else _entered(where)
        goal = goal_sentence(journey, language)
        return Panel(
            key=key, title=entry_sentence(journey, language, currency), kind="entry", sentences=(goal,), figures=told
        )
    if key not in journey.steps:
        return None
    step = journey.steps[key]
    made = Panel(
        key=key,
        title=step_sentence(step, language),
        kind=type(step).__name__.lower(),
        sentences=_sentences(journey, key, currency),
        template=step.template if isinstance(step, Send) else "",
    )
    return made if where is None else _counted(made, journey, key, where, currency)


def _sentences(journey: Journey, key: str, currency: str) -> tuple[str, ...]:
    step = journey.steps[key]
    if isinstance(step, Branch):
        names = way_names(step, current_language(), currency)
        return tuple(_("If {condition}", condition=name) for name in names[:-1])
    if isinstance(step, Split):
        return (_("Chance decides, and always the same for one customer."),)
    return ()


def _entered(where: WhereTheyStand) -> tuple[Told, ...]:
    told = [
        Told(_("Entered"), figures.count(where.entered)),
        Told(_("Held out"), figures.count(where.held_out)),
        Told(_("In it now"), figures.count(where.walking)),
    ]
    return (*told, *(Told(outcome_words(outcome), figures.count(count)) for outcome, count in where.outcomes.items()))


def _counted(made: Panel, journey: Journey, key: str, where: WhereTheyStand, currency: str) -> Panel:
    at, step = where.steps[key], journey.steps[key]
    told = []
    if at.passed is not None:
        told.append(Told(_("Came by"), figures.count(at.passed)))
    if isinstance(step, Wait) or at.waiting + at.waiting_held_out:
        told.append(Told(_("Wait here now"), figures.count(at.waiting)))
        told.append(Told(_("Wait here as held out"), figures.count(at.waiting_held_out)))
    if at.stopped:
        words = _("Ended here") if isinstance(step, Exit) else _("Left while waiting here")
        told.append(Told(words, figures.count(at.stopped)))
    if isinstance(step, Branch | Split):
        for way, name in enumerate(way_names(step, current_language(), currency)):
            if (key, way) in where.ways:
                told.append(Told(_("Went: {way}", way=name), figures.count(where.ways[key, way])))
    account = at.account
    return msgspec.structs.replace(
        made,
        figures=tuple(told),
        account=None if account is None else account_view(account),
        reasons=() if account is None else reasons(account),
    )


def with_people(
    made: Panel, ledger: Ledger, warehouse: Warehouse, journey: Journey, version: int, *, now: datetime, zone: str
) -> Panel:
    """Return the panel with some of the people who are at the step now.

    Args:
        made: the panel.
        ledger: who walks.
        warehouse: what they are called.
        journey: the scenario.
        version: of it.
        now: business time.
        zone: the shop's.
    """
    steps = kept_at(journey, made.key)
    if not steps:
        return made
    with ledger.reading() as tx:
        rows = tx.frame(_here(journey.name, version, steps).limit(NAMED))
        total = int(tx.value(_count(journey.name, version, steps)) or 0)
    known = profiles(warehouse, now=now, customers=rows["customer"])
    names = {row["customer"]: called(row) for row in known.iter_rows(named=True)}
    people = tuple(
        Somebody(
            customer=row["customer"],
            name=names.get(row["customer"]) or _("Customer {number}", number=row["customer"]),
            when="" if row["due_at"] is None else figures.moment(row["due_at"], zone),
            is_held_out=row["arm"] == "held_out",
        )
        for row in rows.iter_rows(named=True)
    )
    left = total - len(people)
    return msgspec.structs.replace(
        made, people=people, more=_("and {count} more", count=figures.count(left)) if left > 0 else ""
    )


def called(row: dict[str, str | None]) -> str:
    """Return what a person is called, of the traits of one row."""
    full = row.get("full_name") or " ".join(part for part in (row.get("last_name"), row.get("first_name")) if part)
    return full or row.get("company") or row.get("email") or ""


def _here(journey: str, version: int, steps: list[str]) -> Select[Any]:
    columns = (enrolments.c.customer, enrolments.c.arm, enrolments.c.due_at)
    query: Select[Any] = select(*columns)
    return query.where(_mine(journey, version, steps)).order_by(enrolments.c.due_at, enrolments.c.enrolment)


def _count(journey: str, version: int, steps: list[str]) -> Select[Any]:
    return select(func.count()).select_from(enrolments).where(_mine(journey, version, steps))


def _mine(journey: str, version: int, steps: list[str]) -> ColumnElement[bool]:
    mine = (enrolments.c.journey == journey, enrolments.c.version == version, enrolments.c.due_at.is_not(None))
    return and_(*mine, enrolments.c.step.in_(steps))
