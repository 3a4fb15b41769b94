"""The people of the shop: who there is, and how that changes.

Every change is one transaction with its row in the audit log, and takes effect at once: another role, a farewell and
a new password end all sign-ins of the person. There is always one owner who can sign in.
"""

from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import func, insert, select, update

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import LANGUAGES, N_
from tenshu.staff import sign_ins
from tenshu.staff.audit import Actor, record
from tenshu.staff.links import end_links, make_link, use_link
from tenshu.staff.person import ROLES, Role
from tenshu.staff.tables import people
from tenshu.staff.tables import sign_ins as sign_in_table
from tenshu.staff.text import checked_account, checked_name
from tenshu.store.ledger import Transaction

Status = Literal["invited", "active", "ended"]


class KnownAlready(TenshuError):
    """Somebody was to be invited who is here."""

    template = N_("{email} works here already. Change the role in the list instead.")
    status = 409


class NoSuchPerson(TenshuError):
    """A person was named who is not here."""

    template = N_("There is nobody of that kind here any more. Go back to the list and look again.")
    status = 404


class NoSuchRole(TenshuError):
    """A role was named that does not exist."""

    template = N_('There is no role "{given}". Choose one of: owner, marketer, staff, viewer.')
    status = 422


class LastOwner(TenshuError):
    """Nobody would be left who may change the settings."""

    template = N_("{name} is the only owner. Make somebody else an owner first, then try again.")
    status = 409


class SetUpAlready(TenshuError):
    """A home that has people was to be set up."""

    template = N_("This shop is set up already. Please sign in, or ask an owner to invite you.")
    status = 409


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One of the people.

    Attributes:
        id: number.
        status: invited (has no password yet), active, or ended.
        since_at: when the person was invited first.
        seen_at: last noted use of a sign-in that still lasts; None when the person is not signed in.
    """

    id: int
    email: str
    name: str
    role: Role
    language: str | None
    status: Status
    since_at: datetime
    seen_at: datetime | None = None


def read_people(tx: Transaction) -> list[Member]:
    """Return everybody, owners first, with when they were last seen."""
    seen = select(sign_in_table.c.person, func.max(sign_in_table.c.seen_at).label("seen_at")).group_by(
        sign_in_table.c.person
    )
    found = tx.frame(select(*_MEMBER)).join(tx.frame(seen), left_on="id", right_on="person", how="left")
    members = [Member(**row) for row in found.to_dicts()]
    return sorted(members, key=lambda one: (one.status == "ended", -ROLES.index(one.role), one.since_at))


def read_member(tx: Transaction, person: int) -> Member:
    """Return one person.

    Raises:
        NoSuchPerson: there is none of that number.
    """
    rows = tx.frame(select(*_MEMBER).where(people.c.person == person)).to_dicts()
    if not rows:
        raise NoSuchPerson
    return Member(**rows[0])


def find_member(tx: Transaction, email: str) -> Member | None:
    """Return the person who signs in with an address (as `account_of` writes it), or None."""
    rows = tx.frame(select(*_MEMBER).where(people.c.email == email)).to_dicts()
    return Member(**rows[0]) if rows else None


def has_people(tx: Transaction) -> bool:
    """Say whether anybody can sign in."""
    return tx.value(select(people.c.person).where(people.c.status == "active").limit(1)) is not None


def set_up(tx: Transaction, token: str, *, name: str, email: str, digest: str, by: Actor, now: datetime) -> int:
    """Make the first owner with the link that the terminal shows; return the person's number.

    Raises:
        LinkSpent: the link cannot be used.
        SetUpAlready: there is somebody already.
        NameRefused, AddressUnusable: what was typed cannot be kept.
    """
    use_link(tx, token, "set_up", now)
    if has_people(tx):
        raise SetUpAlready
    account, called = checked_account(email), checked_name(name)
    row = {"email": account, "name": called, "role": "owner", "password": digest, "status": "active", "since_at": now}
    known = find_member(tx, account)  # invited by a command, before anybody was here
    if known is None:
        person = int(tx.connection.execute(insert(people).values(row).returning(people.c.person)).scalar_one())
    else:
        person = known.id
        tx.execute(update(people).where(people.c.person == person).values(row))
    record(tx, "set_up", by=Actor(person, called, by.ip), about=account, now=now)
    return person


def invite(tx: Transaction, *, email: str, name: str, role: str, by: Actor, now: datetime) -> str:
    """Invite somebody; return the token of the link. Inviting again makes a new link and ends the old one.

    Raises:
        KnownAlready: the person can sign in already.
        NameRefused, AddressUnusable, NoSuchRole: what was typed cannot be kept.
    """
    account, called, wanted = checked_account(email), checked_name(name), _role(role)
    known = find_member(tx, account)
    if known is not None and known.status == "active":
        raise KnownAlready(email=account)
    row = {"email": account, "name": called, "role": wanted, "status": "invited", "since_at": now, "password": None}
    if known is None:
        person = int(tx.connection.execute(insert(people).values(row).returning(people.c.person)).scalar_one())
    else:
        person = known.id
        tx.execute(update(people).where(people.c.person == person).values(row))
    record(tx, "invited", by=by, about=account, detail={"role": wanted}, now=now)
    return make_link(tx, "invitation", person=person, now=now)


def take_invitation(tx: Transaction, token: str, *, name: str, digest: str, by: Actor, now: datetime) -> int:
    """Let somebody in who was invited, with a password of their own; return the number.

    Raises:
        LinkSpent: the link cannot be used.
        NameRefused: the name cannot be kept.
    """
    link = use_link(tx, token, "invitation", now)
    member = read_member(tx, link.person or 0)
    called = checked_name(name)
    values = {"name": called, "password": digest, "status": "active"}
    tx.execute(update(people).where(people.c.person == member.id, people.c.status == "invited").values(values))
    record(tx, "joined", by=Actor(member.id, called, by.ip), about=member.email, detail={"role": member.role}, now=now)
    return member.id


def set_password(tx: Transaction, person: int, digest: str, *, how: str, by: Actor, now: datetime) -> None:
    """Give somebody a new password; every sign-in and every open link of the person ends.

    Args:
        tx: a transaction that writes.
        person: whose.
        digest: of the new password.
        how: `changed` by the person, or `reset` by a link.
        by: who does it.
        now: when.
    """
    member = read_member(tx, person)
    tx.execute(update(people).where(people.c.person == person).values(password=digest))
    sign_ins.end_all(tx, person)
    end_links(tx, "reset", person=person)
    record(tx, f"password_{how}", by=by, about=member.email, now=now)


def change_role(tx: Transaction, person: int, role: str, *, by: Actor, now: datetime) -> None:
    """Give somebody another role; the person signs in again to work with it.

    Raises:
        NoSuchPerson, NoSuchRole: there is no such one.
        LastOwner: nobody would be left to change the settings.
    """
    wanted = _role(role)
    member = read_member(tx, person)
    if member.status == "ended":
        raise NoSuchPerson
    if wanted == member.role:
        return
    _keep_an_owner(tx, member)
    tx.execute(update(people).where(people.c.person == person).values(role=wanted))
    sign_ins.end_all(tx, person)
    detail = {"before": member.role, "role": wanted}
    record(tx, "role_changed", by=by, about=member.email, detail=detail, now=now)


def say_farewell(tx: Transaction, person: int, *, by: Actor, now: datetime) -> None:
    """Let somebody in no more: the sign-ins and the open links end; what the person did stays in the log.

    Raises:
        NoSuchPerson: there is none of that number.
        LastOwner: nobody would be left to change the settings.
    """
    member = read_member(tx, person)
    if member.status == "ended":
        return
    _keep_an_owner(tx, member)
    tx.execute(update(people).where(people.c.person == person).values(status="ended"))
    sign_ins.end_all(tx, person)
    end_links(tx, "invitation", "reset", person=person)
    record(tx, "farewell", by=by, about=member.email, detail={"role": member.role}, now=now)


def bring_back(tx: Transaction, person: int, *, by: Actor, now: datetime) -> None:
    """Let somebody in again, with the role and the password of before; who never had one needs a new invitation.

    Raises:
        NoSuchPerson: there is none of that number.
    """
    member = read_member(tx, person)
    if member.status != "ended":
        return
    had = tx.value(select(people.c.password).where(people.c.person == person)) is not None
    status = "active" if had else "invited"
    tx.execute(update(people).where(people.c.person == person).values(status=status))
    record(tx, "brought_back", by=by, about=member.email, detail={"role": member.role}, now=now)


def describe(tx: Transaction, person: int, *, name: str, language: str, by: Actor, now: datetime) -> None:
    """Keep what somebody is called and in which language the pages speak; nothing else of a person can be set so.

    Raises:
        NameRefused: the name cannot be kept.
    """
    member = read_member(tx, person)
    values: dict[str, Any] = {"name": checked_name(name), "language": language if language in LANGUAGES else None}
    if values == {"name": member.name, "language": member.language}:
        return
    tx.execute(update(people).where(people.c.person == person).values(values))
    record(tx, "described", by=by, about=member.email, now=now)


def _keep_an_owner(tx: Transaction, member: Member) -> None:
    """Make sure that an owner is left when this one no longer is: whoever changes people takes turns."""
    others = select(func.count()).where(
        people.c.role == "owner", people.c.status == "active", people.c.person != member.id
    )
    if member.role == "owner" and member.status == "active" and tx.value(others) == 0:
        raise LastOwner(name=member.name)


def _role(given: str) -> Role:
    for role in ROLES:
        if role == given:
            return role
    raise NoSuchRole(given=given[:40])


_MEMBER: Final = (
    people.c.person.label("id"),
    people.c.email,
    people.c.name,
    people.c.role,
    people.c.language,
    people.c.status,
    people.c.since_at,
)
