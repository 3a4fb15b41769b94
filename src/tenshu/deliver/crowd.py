"""What the ledger says of a whole crowd before a message: consents, suppressions, contacts, each read at once.

The same words and the same caps as for a few; where a large part of everybody is asked about, the engine packs what it
has into texts of numbers, which costs a fraction of rows.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import func, select

from tenshu.decide.decision import gather
from tenshu.decide.policy import EACH, Policy
from tenshu.deliver.contacts import PROMISED, read_contacts, read_contacts_by
from tenshu.identify.tables import node_map
from tenshu.privacy.consent import read_allowed, read_effective
from tenshu.privacy.suppression import read_suppressed
from tenshu.store.ledger import Transaction

#: Fewer than this share of everybody are looked up one by one: one in so many.
FEW: Final = 8
#: Gives the digests of addresses, null for null.
Digested = Callable[[pl.Series], pl.Series]


def ask_crowd(
    tx: Transaction,
    people: pl.DataFrame,
    policy: Policy,
    *,
    channel: str,
    purpose: str,
    digested: Digested,
    now: datetime,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what `decide` asks about these people, one row each, and their contacts (`decide.decision.decide`).

    Args:
        tx: a transaction of the ledger.
        people: customer, address and zone.
        policy: the shop's rules.
        channel: by which they would be written to.
        purpose: for which.
        digested: gives the digests of addresses; only asked where anything is suppressed.
        now: business time.
    """
    whom = people["customer"]
    if len(whom) * FEW > int(tx.value(select(func.count()).select_from(node_map)) or 0):
        consents = read_allowed(tx, node_map, channel=channel, purpose=purpose, now=now)
        contacts = _contacts(tx, policy, channel=channel, purpose=purpose, now=now)
        suppressed = read_suppressed(tx, None, channel=channel)
        digests = digested(people["address"]) if len(suppressed) else _unknown(len(people))
    else:
        consents = read_effective(tx, whom, node_map, now=now)
        contacts = read_contacts(tx, whom, since=policy.earliest(now), states=PROMISED)
        digests = digested(people["address"])
        suppressed = read_suppressed(tx, digests.drop_nulls(), channel=channel)
    asked = people.select("customer", channel=pl.lit(channel), purpose=pl.lit(purpose))
    return gather(asked, people.with_columns(address_digest=digests), consents, suppressed), contacts


def _unknown(people: int) -> pl.Series:
    return pl.Series([None], dtype=pl.Binary).new_from_index(0, people)


def _contacts(tx: Transaction, policy: Policy, *, channel: str, purpose: str, now: datetime) -> pl.DataFrame:
    """Return everybody's contacts: only when and whom, where no cap that matters asks for more."""
    since = policy.earliest(now)
    mine = ((None, EACH, channel), (None, EACH, purpose))
    asking = [cap for cap in policy.caps if cap.channel in mine[0] and cap.purpose in mine[1]]
    if all((cap.channel, cap.purpose, cap.journey) == (channel, purpose, None) for cap in asking):
        return read_contacts_by(tx, channel=channel, purpose=purpose, since=since, states=PROMISED)
    return read_contacts(tx, None, since=since, states=PROMISED)
