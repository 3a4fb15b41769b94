"""The people of these tests, and what they are let in with."""

from datetime import UTC, datetime
from typing import Final

from tenshu.staff import people
from tenshu.staff.audit import Actor
from tenshu.staff.links import make_link
from tenshu.staff.password import password_digest
from tenshu.staff.person import Role
from tenshu.store.ledger import Ledger

NOW: Final = datetime(2026, 6, 1, 3, tzinfo=UTC)
#: 佐藤's password, which nobody would guess.
PASSWORD: Final = "mizuumi no soko ni aru"
OWNER: Final = "sato@example.com"
NOBODY: Final = Actor(0, "", "203.0.113.5")
SATO: Final = Actor(1, "佐藤", "203.0.113.5")


def hire_owner(ledger: Ledger, digest: str | None = None) -> int:
    """Set the shop up with 佐藤 as its owner; return the number."""
    with ledger.writing() as tx:
        token = make_link(tx, "set_up", now=NOW)
        return people.set_up(
            tx, token, name="佐藤", email=OWNER, digest=digest or password_digest(PASSWORD), by=NOBODY, now=NOW
        )


def hire(ledger: Ledger, email: str, role: Role, *, digest: str = "-", name: str = "鈴木") -> int:
    """Invite somebody who takes the invitation; return the number."""
    with ledger.writing() as tx:
        token = people.invite(tx, email=email, name=name, role=role, by=SATO, now=NOW)
        return people.take_invitation(tx, token, name=name, digest=digest, by=NOBODY, now=NOW)
