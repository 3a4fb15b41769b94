"""Say who works here: rows and sentences, without asking any store."""

from datetime import datetime
from typing import Final

import msgspec

from tenshu.kit.i18n import N_, _
from tenshu.staff.people import Member
from tenshu.staff.person import ROLES, Role
from tenshu.web.console import figures

_TITLES: Final[dict[Role, str]] = {
    "owner": N_("Owner"),
    "marketer": N_("Marketer"),
    "staff": N_("Shop staff"),
    "viewer": N_("Reader"),
}
_HINTS: Final[dict[Role, str]] = {
    "owner": N_("May do everything: settings, people, keys, backups and taking back an import."),
    "marketer": N_("May import files, write messages, and change segments and scenarios."),
    "staff": N_("May look up single customers with their personal data, and change nothing."),
    "viewer": N_("Sees figures and reports only, and no customer's personal data."),
}


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person in the list.

    Attributes:
        state: when the person was last here, or that the invitation is open.
        is_me: whether it is who looks.
        link_label: what a new link would be for.
    """

    id: int
    name: str
    email: str
    role: Role
    role_title: str
    status: str
    state: str
    is_me: bool
    link_label: str


def role_title(role: str) -> str:
    """Return what a role is called."""
    return next((_(title) for known, title in _TITLES.items() if known == role), role)


def role_choices() -> list[tuple[Role, str, str]]:
    """Return the roles with title and hint, the one that may most last."""
    return [(role, _(_TITLES[role]), _(_HINTS[role])) for role in ROLES]


def person_row(member: Member, *, me: int, now: datetime, zone: str) -> PersonRow:
    """Return one person as the list shows it."""
    return PersonRow(
        id=member.id,
        name=member.name,
        email=member.email,
        role=member.role,
        role_title=role_title(member.role),
        status=member.status,
        state=_state(member, now, zone),
        is_me=member.id == me,
        link_label=_("New invitation link") if member.status == "invited" else _("New password link"),
    )


def _state(member: Member, now: datetime, zone: str) -> str:
    since = figures.day(member.since_at, zone)
    if member.status == "invited":
        return _("Invited on {date}, has not come yet", date=since)
    if member.status == "ended":
        return _("Can no longer sign in")
    if member.seen_at is None:
        return _("Here since {date}, not signed in now", date=since)
    minutes = int((now - member.seen_at).total_seconds() // 60)
    if minutes < 10:
        return _("Signed in now")
    return _("Signed in, last seen {minutes} min ago", minutes=figures.count(minutes))
