"""Leases: who may do what only one may do, for how long, by the database's own clock.

A lease is one row. Whoever takes it when it is free or has run out gets a token that is larger than every token
before it, so that a holder who slept too long can be told from the one who took over (`require`).
The clocks of the processes play no part.
"""

from datetime import timedelta
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import Column, ColumnElement, Integer, String, Table, and_, case, or_, select, update

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.tables import Instant, ledger_metadata

leases: Final = Table(
    "leases",
    ledger_metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until_at", Instant, nullable=False),  # by the lease clock
    Column("token", Integer, nullable=False),  # grows with each new holder
)
_MICROSECOND: Final = timedelta(microseconds=1)


class LeaseLost(TenshuError):
    """Something was to be written under a lease that another process holds by now."""

    template = N_(
        "{holder} does not hold the lease {name} any more: another process took over while it was not heard of. "
        "It stops; nothing was written."
    )


class Lease(msgspec.Struct, frozen=True):
    """A lease as it was given.

    Attributes:
        name: of what.
        holder: to whom; different for each process.
        token: larger than that of every holder before.
    """

    name: str
    holder: str
    token: int


def take(ledger: Ledger, name: str, holder: str, *, for_: timedelta) -> Lease | None:
    """Take a lease that is free, or has run out, or is one's own already; None when another holds it.

    Args:
        ledger: where it is kept.
        name: of what.
        holder: for whom; a name that no other process has.
        for_: how long from now, unless it is renewed.
    """
    clock = ledger.dialect.lease_clock()
    has_run_out = leases.c.until_at <= clock
    free = pl.DataFrame({"name": [name], "holder": [""], "until_at": [0], "token": [0]})
    with ledger.writing(shared=True) as tx:
        tx.insert(leases, free, conflict="ignore")
        # The row's lock is held from here on; the condition is looked at again once it is ours.
        taken = tx.execute(
            update(leases)
            .where(leases.c.name == name, or_(has_run_out, leases.c.holder == holder))
            .values(
                holder=holder,
                until_at=clock + for_ // _MICROSECOND,
                token=leases.c.token + case((and_(leases.c.holder == holder, ~has_run_out), 0), else_=1),
            )
        )
        if not taken:
            return None
        return Lease(name, holder, int(tx.value(select(leases.c.token).where(leases.c.name == name))))


def renew(ledger: Ledger, lease: Lease, *, for_: timedelta) -> bool:
    """Hold on to a lease for so long from now; False when it has run out or another has it: then stop at once."""
    clock = ledger.dialect.lease_clock()
    with ledger.writing(shared=True) as tx:
        held = and_(_same(lease), leases.c.until_at > clock)
        return tx.execute(update(leases).where(held).values(until_at=clock + for_ // _MICROSECOND)) == 1


def release(ledger: Ledger, lease: Lease) -> None:
    """Let go of a lease at once; one that another holds by now is left alone."""
    with ledger.writing(shared=True) as tx:
        tx.execute(update(leases).where(_same(lease)).values(until_at=0))


def holder_of(ledger: Ledger, name: str) -> str | None:
    """Return who holds the lease at this moment, or None."""
    with ledger.reading() as tx:
        held = and_(leases.c.name == name, leases.c.until_at > ledger.dialect.lease_clock())
        found: str | None = tx.value(select(leases.c.holder).where(held))
    return found


def require(tx: Transaction, lease: Lease) -> None:
    """Make sure, in a transaction that writes, that nobody has taken over.

    In a transaction that is not shared, nobody takes over before it ends either: who was paused for too long writes
    nothing, whatever it believes.

    Raises:
        LeaseLost: the lease was taken by another, or let go of.
    """
    still = tx.value(select(leases.c.token).where(_same(lease), leases.c.until_at > 0).with_for_update())
    if still is None:
        raise LeaseLost(name=lease.name, holder=lease.holder)


def _same(lease: Lease) -> ColumnElement[bool]:
    return and_(leases.c.name == lease.name, leases.c.holder == lease.holder, leases.c.token == lease.token)
