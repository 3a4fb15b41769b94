"""Slow down whoever tries passwords: by account and address together, by address, and by account.

A try is counted before the password is looked at, so that a hundred at the same moment are a hundred. Accounts that do
not exist are counted like those that do. Whoever knows the password waits at most a minute for the tries of others
elsewhere; whoever guesses from one place waits longer each time, up to a quarter of an hour.
"""

import hashlib
import ipaddress
import math
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import delete, select, update

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.staff.tables import attempts
from tenshu.store.ledger import Transaction

FORGOTTEN_AFTER: Final = timedelta(hours=24)
_FIRST_WAIT: Final = timedelta(seconds=30)


class TooManyTries(TenshuError):
    """Somebody tried too often."""

    template = N_(
        "Too many tries. Please wait {minutes} min and try again. "
        "If you have forgotten your password, you can choose a new one."
    )
    status = 429


class Limit(msgspec.Struct, frozen=True):
    """How often something may be tried before it takes longer.

    Attributes:
        free: tries without a wait.
        longest: the longest wait between two tries.
    """

    free: int
    longest: timedelta


BY_BOTH: Final = Limit(5, timedelta(minutes=15))
BY_ADDRESS: Final = Limit(30, timedelta(minutes=15))
BY_ACCOUNT: Final = Limit(50, timedelta(minutes=1))


def count_try(tx: Transaction, what: str, account: str, ip: str, now: datetime) -> None:
    """Count a try, before it is known whether it succeeds.

    Args:
        tx: a transaction that takes turns with other writers.
        what: what is tried, such as `sign_in`.
        account: as `account_of` writes it.
        ip: from where.
        now: when.

    Raises:
        TooManyTries: it came too soon after the ones before; it is not counted.
    """
    tx.execute(delete(attempts).where(attempts.c.last_at <= now - FORGOTTEN_AFTER))
    limits = _limits(what, account, ip)
    so_far = tx.frame(select(attempts).where(tx.among(attempts.c.counted_digest, list(limits)))).to_dicts()
    wait = max((_left(limits[row["counted_digest"]], row, now) for row in so_far), default=timedelta())
    if wait > timedelta():
        raise TooManyTries(minutes=math.ceil(wait / timedelta(minutes=1)))
    failures = {row["counted_digest"]: row["failures"] for row in so_far}
    counted = pl.DataFrame(
        {
            "counted_digest": list(limits),
            "failures": [failures.get(digest, 0) + 1 for digest in limits],
            "last_at": [now] * len(limits),
        }
    )
    tx.insert(attempts, counted, conflict="replace")


def forgive(tx: Transaction, what: str, account: str, ip: str) -> None:
    """Forget a try that has succeeded, and the ones of this account from this address before it."""
    both, *wider = _limits(what, account, ip)
    tx.execute(delete(attempts).where(attempts.c.counted_digest == both))
    counted = tx.among(attempts.c.counted_digest, wider)
    tx.execute(update(attempts).where(counted, attempts.c.failures > 0).values(failures=attempts.c.failures - 1))


def _limits(what: str, account: str, ip: str) -> dict[bytes, Limit]:
    """Return what is counted, the account and address together first."""
    place = _place(ip)
    limits = {_digest(what, account, place): BY_BOTH, _digest(what, account, "*"): BY_ACCOUNT}
    if place:
        limits[_digest(what, "*", place)] = BY_ADDRESS
    return limits


def _left(limit: Limit, row: dict[str, Any], now: datetime) -> timedelta:
    """Return how long the next try must still wait."""
    failures: int = row["failures"]
    last_at: datetime = row["last_at"]
    if failures < limit.free:
        return timedelta()
    doubled: int = 2 ** min(failures - limit.free, 10)
    return min(_FIRST_WAIT * doubled, limit.longest) - (now - last_at)


def _digest(what: str, account: str, ip: str) -> bytes:
    return hashlib.sha256("\n".join((what, account, ip)).encode("utf-8", "surrogatepass")).digest()


def _place(ip: str) -> str:
    """Return what stands for an address: one line's 2^64 addresses of IPv6 are one.

    This machine is no place: behind a proxy that is not believed everybody would be there.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address  # an IPv4 address as a socket of both kinds writes it
    if address.is_loopback:
        return ""
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False))
