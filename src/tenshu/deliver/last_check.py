"""The last check: whoever said no a moment ago, has left, is over a cap or asleep by now is not sent to.

It looks at the rows of one claim, at most as many as a dispatcher holds, one by one. What a row says of itself
(`due`) is enough for most; of the others their consents, or their contacts, are read.
"""

from datetime import datetime
from typing import Any, Final

import polars as pl

from tenshu.decide.cap import over_cap
from tenshu.decide.policy import Policy
from tenshu.decide.quiet_hours import next_allowed
from tenshu.decide.reasons import Reason
from tenshu.deliver.contacts import REACHED, contacts_of
from tenshu.deliver.due import Row, key_of
from tenshu.deliver.tables import KEY, outbox
from tenshu.identify.tables import node_map
from tenshu.journey.local_time import is_zone
from tenshu.journey.strangers import UNKNOWN
from tenshu.privacy.consent import read_effective
from tenshu.store.ledger import INSTANT, Transaction

#: The purpose that a customer waits for: it needs no recorded consent, and no hour is too late for it.
SERVICE: Final = "service"
_Word = tuple[int, str, str]


def stopped(tx: Transaction, due: list[Row], policy: Policy, *, now: datetime, zone: str) -> list[str | None]:
    """Say of each row why it may not go; None when it may.

    Args:
        tx: the transaction of the claim.
        due: what `due_rows` gave (who has reached the goal needs no reminder).
        policy: caps.
        now: business time.
        zone: the shop's.
    """
    words = _words(tx, due, now)
    capped = _capped(tx, due, policy, now=now, zone=zone)
    return [
        _reason(row, words.get(_word(row)), now) or (Reason.CAPPED.value if is_capped else None)
        for row, is_capped in zip(due, capped, strict=True)
    ]


def awake(tx: Transaction, due: list[Row], policy: Policy, *, now: datetime, zone: str) -> list[Row]:
    """Return who may be reached at this hour; the others' messages wait for the end of their quiet hours."""
    allowed: dict[str, datetime] = {}
    for row in due:
        name = _zone(row, zone)
        if name not in allowed:
            allowed[name] = next_allowed(now, policy.quiet_hours, name)
    asleep = {
        key_of(row): allowed[_zone(row, zone)]
        for row in due
        if row["purpose"] != SERVICE and allowed[_zone(row, zone)] > now
    }
    if asleep:
        waiting = [(until, *key) for key, until in asleep.items()]
        kinds: dict[str, Any] = {"due_at": INSTANT, "enrolment": pl.Int64, "visit": pl.Int64}
        tx.update(outbox, pl.DataFrame(waiting, schema=kinds, orient="row"), keys=KEY)
    return [row for row in due if key_of(row) not in asleep]


def _reason(row: Row, consent: str | None, now: datetime) -> str | None:
    """Return the first reason that keeps a message back, caps apart."""
    expires_at, suppressed = row["expires_at"], row["why_always"] or row["why"]
    if expires_at is not None and expires_at < now:
        return Reason.EXPIRED.value
    if suppressed is not None:
        return str(suppressed)
    if consent in {"denied", "revoked"}:
        return Reason.REFUSED.value
    if consent is None and row["purpose"] != SERVICE:
        return Reason.NO_BASIS.value
    if row["walk_outcome"] == "merged":
        return Reason.MERGED.value
    return Reason.LEFT.value if row["walk_outcome"] in {"goal", "exit", UNKNOWN} else None


def _words(tx: Transaction, due: list[Row], now: datetime) -> dict[_Word, str]:
    """Return what each customer has said; consents are read of those of whom more than a plain yes is known."""
    said = {_word(row): "granted" for row in due if row["is_granted"] and not row["is_disputed"]}
    unclear = sorted({row["customer"] for row in due if row["is_disputed"]})
    if unclear:
        read = read_effective(tx, pl.Series(unclear, dtype=pl.Int64), node_map, now=now)
        said |= {(row[0], row[1], row[2]): row[3] for row in read.rows()}
    return said


def _capped(tx: Transaction, due: list[Row], policy: Policy, *, now: datetime, zone: str) -> list[bool]:
    reached = sorted({row["customer"] for row in due if row["is_reached"]})
    contacts = contacts_of(tx, reached, since=policy.earliest(now), states=REACHED) if reached else []
    return over_cap(due, contacts, policy, now=now, zone=zone)


def _word(row: Row) -> _Word:
    return row["customer"], row["channel"], row["purpose"]


def _zone(row: Row, default: str) -> str:
    name = row["zone"]
    return name if name is not None and is_zone(name) else default
