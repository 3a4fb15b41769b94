"""Links that let somebody choose a password: once, and not for long.

To set a home up (printed where it is served), to take an invitation, to come back after a password was forgotten.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
import polars as pl
from sqlalchemy import ColumnElement, delete, select, update

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.staff.tables import staff_links
from tenshu.staff.token import digest_of, new_token
from tenshu.store.ledger import Transaction

Kind = Literal["set_up", "invitation", "reset"]
#: How long each kind can be used.
LASTS: Final[dict[Kind, timedelta]] = {
    "set_up": timedelta(hours=24),
    "invitation": timedelta(days=7),
    "reset": timedelta(hours=1),
}
_KEPT: Final = timedelta(days=30)


class LinkSpent(TenshuError):
    """A link that cannot be used: it was, it is too old, or it never was one."""

    template = N_(
        "This link cannot be used: it has been used already, or its time is over. "
        'Ask for another one, or sign in. On the machine of the shop, "tenshu staff link" makes one.'
    )
    status = 410


class Link(msgspec.Struct, frozen=True):
    """A link that can be used.

    Attributes:
        kind: what for.
        person: whose; None to set a home up.
        expires_at: until when.
    """

    kind: Kind
    person: int | None
    expires_at: datetime


def make_link(tx: Transaction, kind: Kind, *, now: datetime, person: int | None = None) -> str:
    """Return the token of a new link; older ones of the same kind and person can no longer be used."""
    end_links(tx, kind, person=person)
    tx.execute(delete(staff_links).where(staff_links.c.expires_at < now - _KEPT))
    token = new_token()
    row = {
        "token_digest": digest_of(token),
        "kind": kind,
        "person": person,
        "made_at": now,
        "expires_at": now + LASTS[kind],
    }
    tx.insert(staff_links, pl.DataFrame([row], schema_overrides={"person": pl.Int64}))
    return token


def read_link(tx: Transaction, token: str, kind: Kind, now: datetime) -> Link:
    """Return the link of a token, without using it.

    Raises:
        LinkSpent: it cannot be used.
    """
    query = select(staff_links.c.kind, staff_links.c.person, staff_links.c.expires_at)
    rows = tx.frame(query.where(*_usable(token, kind, now))).rows()
    if not rows:
        raise LinkSpent
    return Link(*rows[0])


def use_link(tx: Transaction, token: str, kind: Kind, now: datetime) -> Link:
    """Use the link of a token up, in the transaction of what it is for.

    Raises:
        LinkSpent: it cannot be used.
    """
    link = read_link(tx, token, kind, now)
    if tx.execute(update(staff_links).where(*_usable(token, kind, now)).values(used_at=now)) != 1:
        raise LinkSpent
    return link


def end_links(tx: Transaction, *kinds: Kind, person: int | None) -> None:
    """Let no link of a person, or to set up, be used any more."""
    whose = staff_links.c.person.is_(None) if person is None else staff_links.c.person == person
    tx.execute(delete(staff_links).where(staff_links.c.kind.in_(kinds), whose, staff_links.c.used_at.is_(None)))


def end_everybodys(tx: Transaction) -> None:
    """Let no link of anybody be used any more."""
    tx.execute(delete(staff_links))


def _usable(token: str, kind: Kind, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        staff_links.c.token_digest == digest_of(token),
        staff_links.c.kind == kind,
        staff_links.c.used_at.is_(None),
        staff_links.c.expires_at > now,
    )
