"""Who is signed in: found by the digest of a token that only the browser has.

A sign-in ends 12 hours after it began and 2 hours after it was last used, and at once with a sign-out, a new password,
another role or a farewell. When it was last used is kept to five minutes, so that reading pages writes next to nothing.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import ColumnElement, delete, or_, select, update

from tenshu.staff.person import Person
from tenshu.staff.tables import people, sign_ins
from tenshu.staff.text import visible
from tenshu.staff.token import digest_of, new_token
from tenshu.store.ledger import Transaction

LASTS: Final = timedelta(hours=12)
LASTS_UNUSED: Final = timedelta(hours=2)
NOTED_EVERY: Final = timedelta(minutes=5)
_MOST_LETTERS: Final = 200


class SignIn(msgspec.Struct, frozen=True):
    """Somebody who is signed in.

    Attributes:
        person: as the person is now.
        seen_at: when this sign-in was last noted as used.
    """

    person: Person
    seen_at: datetime


def begin(tx: Transaction, person: int, *, now: datetime, ip: str, agent: str) -> str:
    """Sign somebody in; return the new token."""
    tx.execute(delete(sign_ins).where(or_(*_over(now))))
    token = new_token()
    row = {
        "token_digest": digest_of(token),
        "person": person,
        "began_at": now,
        "seen_at": now,
        "ip": visible(ip)[:_MOST_LETTERS],
        "agent": visible(agent)[:_MOST_LETTERS],
    }
    tx.insert(sign_ins, pl.DataFrame([row]))
    return token


def find(tx: Transaction, token: str, now: datetime) -> SignIn | None:
    """Return who is signed in with the token, or None."""
    over_began, over_seen = _over(now)
    query = (
        select(people.c.person, people.c.name, people.c.email, people.c.role, people.c.language, sign_ins.c.seen_at)
        .join(people, people.c.person == sign_ins.c.person)
        .where(sign_ins.c.token_digest == digest_of(token), people.c.status == "active", ~over_began, ~over_seen)
    )
    rows = tx.frame(query).to_dicts()
    if not rows:
        return None
    row = rows[0]
    person = Person(id=row["person"], name=row["name"], email=row["email"], role=row["role"], language=row["language"])
    return SignIn(person, row["seen_at"])


def note_seen(tx: Transaction, token: str, now: datetime) -> None:
    """Keep that the sign-in was used."""
    tx.execute(update(sign_ins).where(sign_ins.c.token_digest == digest_of(token)).values(seen_at=now))


def end(tx: Transaction, token: str) -> bool:
    """Sign out; say whether anybody was signed in."""
    return tx.execute(delete(sign_ins).where(sign_ins.c.token_digest == digest_of(token))) > 0


def end_all(tx: Transaction, person: int) -> int:
    """Sign a person out everywhere; return from how many places."""
    return tx.execute(delete(sign_ins).where(sign_ins.c.person == person))


def end_everybodys(tx: Transaction) -> int:
    """Sign everybody out; return from how many places."""
    return tx.execute(delete(sign_ins))


def _over(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return sign_ins.c.began_at <= now - LASTS, sign_ins.c.seen_at <= now - LASTS_UNUSED
