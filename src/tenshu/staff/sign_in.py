"""Sign in by address and password. Whoever guesses learns nothing: not whether an account exists, not by time."""

from datetime import datetime

import msgspec
from sqlalchemy import select, update

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.kit.japanese import normalise_email
from tenshu.staff import sign_ins
from tenshu.staff.audit import Actor, record
from tenshu.staff.password import is_outdated, is_password, password_digest
from tenshu.staff.tables import people
from tenshu.staff.text import account_of
from tenshu.staff.throttle import count_try, forgive
from tenshu.store.ledger import Ledger, Transaction

_WHAT = "sign_in"


class SignInRefused(TenshuError):
    """Address and password do not belong together, or there is no such account: the same words for both."""

    template = N_("The e-mail address or the password is not right. Please check both and try again.")
    status = 403


class Visitor(msgspec.Struct, frozen=True):
    """From where somebody comes.

    Attributes:
        ip: the address that is counted.
        agent: what the browser calls itself.
    """

    ip: str = ""
    agent: str = ""


def sign_in(ledger: Ledger, email: str, password: str, *, visitor: Visitor, now: datetime) -> str:
    """Return the token of a new sign-in.

    Raises:
        SignInRefused: address and password do not belong together.
        TooManyTries: it was tried too often.
        TooManySignIns: more people want to sign in than passwords can be checked.
    """
    account = account_of(email)
    with ledger.writing() as tx:
        count_try(tx, _WHAT, account, visitor.ip, now)
    with ledger.reading() as tx:
        digest = _digest(tx, account)
    is_right = is_password(digest, password)
    if not is_right or digest is None:
        with ledger.writing() as tx:
            about = account if normalise_email(account) else ""  # people type passwords into the wrong field
            record(tx, "sign_in_failed", by=Actor(0, "", visitor.ip), about=about, now=now)
        raise SignInRefused
    renewed = password_digest(password) if is_outdated(digest) else digest
    with ledger.writing() as tx:
        return _begin(tx, account, digest, renewed, visitor=visitor, now=now)


def check_own_password(ledger: Ledger, email: str, password: str, *, visitor: Visitor, now: datetime) -> None:
    """Make sure that whoever is signed in knows the password, before something that matters.

    Raises:
        SignInRefused: it is another one.
        TooManyTries: it was tried too often.
    """
    account = account_of(email)
    with ledger.writing() as tx:
        count_try(tx, _WHAT, account, visitor.ip, now)
    with ledger.reading() as tx:
        digest = _digest(tx, account)
    if not is_password(digest, password):
        raise SignInRefused
    with ledger.writing() as tx:
        forgive(tx, _WHAT, account, visitor.ip)


def _digest(tx: Transaction, account: str) -> str | None:
    query = select(people.c.password).where(people.c.email == account, people.c.status == "active")
    found: str | None = tx.value(query)
    return found


def _begin(tx: Transaction, account: str, digest: str, renewed: str, *, visitor: Visitor, now: datetime) -> str:
    """Begin the sign-in, unless the account has changed since its password was looked at."""
    same = (people.c.email == account, people.c.status == "active", people.c.password == digest)
    rows = tx.frame(select(people.c.person, people.c.name).where(*same)).rows()
    if not rows:
        raise SignInRefused
    person, name = rows[0]
    if renewed != digest:
        tx.execute(update(people).where(people.c.person == person).values(password=renewed))
    forgive(tx, _WHAT, account, visitor.ip)
    record(tx, "signed_in", by=Actor(person, name, visitor.ip), about=account, now=now)
    return sign_ins.begin(tx, person, now=now, ip=visitor.ip, agent=visitor.agent)
