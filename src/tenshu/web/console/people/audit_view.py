"""Tell what was done, in sentences, day by day. Everything that came from outside is shown as text."""

from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from tenshu.kit.i18n import _
from tenshu.staff.audit import TERMINAL, Entry
from tenshu.web.console import figures
from tenshu.web.console.people.audit_acts import ACTS, PAGES
from tenshu.web.console.people.people_view import role_title

_ROLES: Final = frozenset({"role", "before"})
#: What sentences may name of an act's detail.
_NAMES: Final = ("role", "before", "title", "fields", "at", "bytes")


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        time: of day, in the shop's zone.
        who: the person as called then.
        what: the sentence without its subject.
        ip: from where; empty for the terminal.
    """

    number: int
    time: str
    who: str
    what: str
    ip: str


class AuditDay(msgspec.Struct, frozen=True):
    """The rows of one day, newest first."""

    date: str
    rows: tuple[AuditRow, ...]


def audit_days(entries: list[Entry], *, zone: str) -> list[AuditDay]:
    """Return the rows by the shop's days, in the order in which they come."""
    place = ZoneInfo(zone)
    days = groupby(entries, key=lambda entry: entry.done_at.astimezone(place).date())
    return [AuditDay(figures.date_on(day), tuple(_row(entry, place) for entry in found)) for day, found in days]


def what_was_done(entry: Entry) -> str:
    """Return the sentence of a row, without its subject."""
    if entry.act in ACTS:
        words = {name: _word(name, said) for name, said in entry.detail.items()}
        given = dict.fromkeys(_NAMES, "–") | {"about": entry.about or "–"} | words
        return _(ACTS[entry.act], **given)
    path = entry.act.removeprefix("POST ")
    if path in PAGES:
        return _(PAGES[path], about=entry.about or "–")
    if entry.about:
        return _("did something at {page} ({about})", page=path, about=entry.about)
    return _("did something at {page}", page=path)


def _word(name: str, said: object) -> str:
    if name in _ROLES:
        return role_title(str(said))
    if name == "bytes" and isinstance(said, int):
        return figures.size(said)
    return _(", ").join(map(str, said)) if isinstance(said, list) else str(said)


def _row(entry: Entry, place: ZoneInfo) -> AuditRow:
    return AuditRow(
        number=entry.number,
        time=f"{entry.done_at.astimezone(place):%H:%M}",
        who=_who(entry),
        what=what_was_done(entry),
        ip=entry.ip,
    )


def _who(entry: Entry) -> str:
    if entry.person:
        return entry.name
    if entry.name == TERMINAL.name:
        return _("The terminal")
    return _("Somebody")
