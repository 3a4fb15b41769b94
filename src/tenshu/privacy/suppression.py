"""Addresses that must not be written to (配信除外), and the one way out that always works.

An address is kept as a keyed digest, so that a refusal outlives the erasure of the person and an old
list imported again wakes nobody. A suppression has a scope: a purpose, or `*` for every purpose.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import select

from tenshu.kit.ids import fact_id
from tenshu.privacy.tables import consents, suppressions
from tenshu.store.ledger import INSTANT, Transaction

EVERY_PURPOSE: Final = "*"
#: Where a consent comes from that an unsubscription took back.
SOURCE: Final = "unsubscribe"


def digest_address(address: str, key: bytes) -> bytes:
    """Return the keyed digest of a normalised address (HMAC-SHA256)."""
    return hmac.new(key, address.encode(), hashlib.sha256).digest()


def digest_addresses(addresses: Iterable[str | None], key: bytes) -> list[bytes | None]:
    """Return the keyed digests of many addresses; None stays None."""
    return [None if address is None else digest_address(address, key) for address in addresses]


def suppress(tx: Transaction, digests: pl.DataFrame, *, channel: str, purpose: str, reason: str, at: datetime) -> None:
    """Stop writing to these addresses from now on; the first reason stays.

    Args:
        tx: a transaction of the ledger.
        digests: `address_digest`.
        channel: e.g. email.
        purpose: a purpose, or `*`.
        reason: unsubscribed | hard_bounce | soft_bounces | complaint | erased | manual.
        at: business time.
    """
    rows = digests.select(
        channel=pl.lit(channel),
        address_digest="address_digest",
        purpose=pl.lit(purpose),
        reason=pl.lit(reason),
        since_at=pl.lit(at, INSTANT),
    )
    tx.insert(suppressions, rows, conflict="ignore")


def read_suppressed(tx: Transaction, digests: pl.Series | None, *, channel: str) -> pl.DataFrame:
    """Return `address_digest`, `purpose`, `reason` of those addresses (None = all) that are suppressed."""
    query = select(suppressions.c.address_digest, suppressions.c.purpose, suppressions.c.reason)
    found = tx.frame(query.where(suppressions.c.channel == channel))
    return found if digests is None else found.filter(pl.col("address_digest").is_in(digests.implode()))


def unsubscribe(
    tx: Transaction,
    *,
    node: int,
    channel: str,
    purpose: str,
    address_digest: bytes,
    at: datetime,
    proof: dict[str, object],
) -> bool:
    """Take the consent back and suppress the address, in one transaction; doing it twice changes nothing.

    Returns:
        Whether anything changed.
    """
    known = select(suppressions.c.reason).where(
        suppressions.c.channel == channel,
        suppressions.c.address_digest == address_digest,
        suppressions.c.purpose == purpose,
    )
    # Where the first reason was another one, such as a complaint, the consent that was taken back tells it.
    taken = select(consents.c.fact_id).where(
        consents.c.node == node,
        consents.c.channel == channel,
        consents.c.purpose == purpose,
        consents.c.source == SOURCE,
    )
    reason = tx.value(known)
    if reason == "unsubscribed" or (reason is not None and tx.value(taken) is not None):
        return False
    digests = pl.DataFrame({"address_digest": [address_digest]}, schema={"address_digest": pl.Binary})
    suppress(tx, digests, channel=channel, purpose=purpose, reason="unsubscribed", at=at)
    taken_back = pl.DataFrame(
        {
            "fact_id": [fact_id("unsubscribed", node, channel, purpose, at.isoformat())],
            "node": [node],
            "channel": [channel],
            "purpose": [purpose],
            "status": ["revoked"],
            "recorded_at": [at],
            "source": [SOURCE],
            "proof": [msgspec.json.encode(proof).decode()],
        }
    )
    tx.insert(consents, taken_back, conflict="ignore")
    return True
