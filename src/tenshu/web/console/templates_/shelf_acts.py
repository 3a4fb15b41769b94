"""What is done with a whole message: copied, taken out of use, taken into use again."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import or_, select
from starlette.responses import Response

from tenshu.content.retired import retire, take_up
from tenshu.content.shelf import free_name, keep, newest
from tenshu.deliver.tables import IS_QUEUED, IS_SENDING, outbox
from tenshu.journey.grammar import OnEvent
from tenshu.journey.records import Running, read_running
from tenshu.journey.tables import enrolments
from tenshu.kit.i18n import _
from tenshu.store.ledger import Transaction
from tenshu.web.console.templates_.desk import Desk, sit_down
from tenshu.web.console.visit import Visit

_LONGEST_TITLE: Final = 80


def ask_copy(visit: Visit) -> Response:
    """Ask what the copy is called."""
    desk = sit_down(visit)
    return visit.lost() if desk is None else _copy_page(visit, desk, title=_copy_title(desk))


def copy(visit: Visit) -> Response:
    """Make a message of its own of what was saved last, in all its languages."""
    desk = sit_down(visit)
    if desk is None:
        return visit.lost()
    title = visit.said("title")
    if not title or len(title) > _LONGEST_TITLE or any(not letter.isprintable() for letter in title):
        problem = _("Give it a name of at most {most} letters on one line.", most=_LONGEST_TITLE)
        return _copy_page(visit, desk, title=title, problem=problem, status=422)
    with visit.shop.ledger.writing() as tx:
        name = free_name([one.source.name for one in newest(tx)], desk.name)
        keep(tx, msgspec.structs.replace(desk.kept[0].source, name=name, title=title), now=visit.now)
    return visit.go(f"/templates/{name}", said=_("Copied. Change the words as you like."))


def put_away(visit: Visit) -> Response:
    """Take a message out of use, unless a scenario sends it."""
    desk = sit_down(visit)
    if desk is None:
        return visit.lost()
    with visit.shop.ledger.writing() as tx:
        users = sending(tx, desk.name, visit.language)
        if not users:
            retire(tx, desk.name)
    if users:
        titles = _(", ").join(users.values())
        return visit.go(
            desk.address,
            said=_("It stays in use: {scenarios} sends it. End that first, or change it.", scenarios=titles),
        )
    undo = (f"{desk.address}/take-up", _("Undo"))
    return visit.go("/templates", said=_("“{title}” is out of use.", title=desk.source.title or desk.name), undo=undo)


def take_into_use(visit: Visit) -> Response:
    """Take a message into use again."""
    desk = sit_down(visit)
    if desk is None:
        return visit.lost()
    with visit.shop.ledger.writing() as tx:
        take_up(tx, desk.name)
    return visit.go(desk.address, said=_("It is in use again."))


def sending(tx: Transaction, template: str, language: str) -> dict[str, str]:
    """Return the scenarios that send this message: name -> title.

    A version counts as long as people can enter it, somebody walks in it, or a message of it waits.
    """
    found: dict[str, str] = {}
    for one in read_running(tx, "active", "paused"):
        if template in one.journey.templates() and (_takes_entries(one) or _has_work(tx, one, template)):
            titles: Mapping[Any, str] = one.journey.title
            found[one.journey.name] = titles.get(language) or next(iter(titles.values()))
    return found


def _takes_entries(running: Running) -> bool:
    is_open = isinstance(running.journey.entry, OnEvent) or running.due_at is not None
    return running.version == running.newest and is_open


def _has_work(tx: Transaction, running: Running, template: str) -> bool:
    name, version = running.journey.name, running.version
    walk = select(enrolments.c.enrolment).where(
        enrolments.c.journey == name, enrolments.c.version == version, enrolments.c.due_at.is_not(None)
    )
    mail = select(outbox.c.enrolment).where(
        or_(IS_QUEUED, IS_SENDING), outbox.c.journey == name, outbox.c.template == template
    )
    return any(tx.value(query.limit(1)) is not None for query in (walk, mail))


def _copy_title(desk: Desk) -> str:
    return _("Copy of {title}", title=desk.source.title or desk.name)[:_LONGEST_TITLE]


def _copy_page(visit: Visit, desk: Desk, *, title: str, problem: str = "", status: int = 200) -> Response:
    return visit.page("templates_/copy.html", status=status, desk=desk, title=title, problem=problem)
