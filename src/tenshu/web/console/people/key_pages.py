"""Settings: keys for programs. Made, shown once, ended."""

from datetime import datetime
from typing import Final

import msgspec
from starlette.responses import Response

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _
from tenshu.staff.api_keys import DAYS, SCOPES, ApiKey, KeyRefused, Wish, end_key, make_key, read_keys
from tenshu.staff.audit import BROUGHT_BACK, newest
from tenshu.staff.people import read_people
from tenshu.staff.text import NameRefused
from tenshu.web.console import figures
from tenshu.web.console.entry.arrival import actor_of
from tenshu.web.console.gate import real_now
from tenshu.web.console.visit import Visit

_HOME: Final = "/settings/keys"
_KINDS: Final = {
    "write": (
        N_("For web pages"),
        N_("Stands in pages that anybody can read, so it may add what visitors do and nothing else."),
    ),
    "secret": (N_("For servers"), N_("Stays on a server of yours. Give it no more than it needs.")),
}
_SCOPES: Final = {
    "events:write": N_("add what customers do"),
    "customers:read": N_("read customers"),
    "customers:write": N_("change customers"),
    "reports:read": N_("read reports"),
}


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One key in the list.

    Attributes:
        was_in_backup: whether it lasts because a backup was brought back that held it; it may have been ended since.
    """

    prefix: str
    title: str
    kind: str
    scope: str
    state: str
    lasts: bool
    was_in_backup: bool


def show(visit: Visit) -> Response:
    """Show all keys, and how to make one."""
    return _list(visit)


def make(visit: Visit) -> Response:
    """Make a key, and show it this once."""
    kind = visit.said("kind")
    boxes = tuple(value for value in visit.form.getlist("scope") if isinstance(value, str))
    days = visit.said("days")
    wish = Wish(
        kind=kind,
        title=visit.said("title"),
        scope=SCOPES["write"] if kind == "write" else boxes,
        days=int(days) if days.isascii() and days.isdecimal() else -1,
    )
    try:
        with visit.shop.ledger.writing() as tx:
            key = make_key(tx, wish, by=actor_of(visit), now=real_now(visit.shop))
    except (KeyRefused, NameRefused) as problem:
        return _list(visit, problem=problem)
    return visit.page("people/key.html", key=key, title_of_key=wish.title)


def end(visit: Visit) -> Response:
    """End a key at once."""
    with visit.shop.ledger.writing() as tx:
        end_key(tx, visit.path["prefix"], by=actor_of(visit), now=real_now(visit.shop))
    return visit.go(_HOME, said=_("The key {prefix} opens nothing any more.", prefix=visit.path["prefix"]))


def _list(visit: Visit, *, problem: TenshuError | None = None) -> Response:
    with visit.shop.ledger.reading() as tx:
        keys = read_keys(tx)
        restored = newest(tx, BROUGHT_BACK)
        names = {member.id: member.name for member in read_people(tx)}
    now = real_now(visit.shop)
    back = restored.done_at if restored else None
    rows = [_row(key, names.get(key.made_by, ""), now=now, zone=visit.settings.zone, back=back) for key in keys]
    return visit.page(
        "people/keys.html",
        status=problem.status if problem else 200,
        rows=rows,
        kinds=[(kind, _(title), _(hint)) for kind, (title, hint) in _KINDS.items()],
        scopes=[(scope, _(words)) for scope, words in _SCOPES.items()],
        ends=[(str(days), _("{days} days", days=days) if days else _("until somebody ends it")) for days in DAYS],
        problem=problem.text() if problem else "",
        given={"title": visit.said("title")[:100], "kind": visit.said("kind") or "secret"},
    )


def _row(key: ApiKey, maker: str, *, now: datetime, zone: str, back: datetime | None = None) -> KeyRow:
    if key.ended_at is not None:
        state = _("Ended on {date}", date=figures.day(key.ended_at, zone))
    elif key.expires_at is not None and not key.lasts(now):
        state = _("Over since {date}", date=figures.day(key.expires_at, zone))
    elif key.expires_at is not None:
        state = _("Until {date}, made by {name}", date=figures.day(key.expires_at, zone), name=maker or "–")
    else:
        state = _("Since {date} without an end, made by {name}", date=figures.day(key.made_at, zone), name=maker or "–")
    return KeyRow(
        prefix=key.prefix,
        title=key.title,
        kind=_(_KINDS[key.kind][0]),
        scope=_(", ").join(_(_SCOPES[scope]) for scope in key.scope if scope in _SCOPES),
        state=state,
        lasts=key.lasts(now),
        was_in_backup=back is not None and key.lasts(now) and key.made_at <= back,
    )
