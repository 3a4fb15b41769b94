"""Addresses that must not be written to (配信除外), and the one way out that always works.

An address is kept as a keyed digest, so that a refusal outlives the erasure of the person and an old
list imported again wakes nobody. A suppression has a scope: a purpose, or `*` for every purpose.
"""

import hashlib
import hmac
import threading
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
#: A list is short that has fewer rows than this share of those who are asked for: one in so many.
SHORT: Final = 4
_BLOCK: Final = hashlib.sha256().block_size


def digest_address(address: str, key: bytes) -> bytes:
    """Return the keyed digest of a normalised address (HMAC-SHA256)."""
    return hmac.new(key, address.encode(), hashlib.sha256).digest()


def digest_addresses(addresses: Iterable[str | None], key: bytes) -> list[bytes | None]:
    """Return the keyed digests of many addresses, as `digest_address` gives them; None stays None.

    What HMAC (RFC 2104) makes of the key alone is worked out once, which takes less than half the time.
    """
    block = hashlib.sha256(key).digest() if len(key) > _BLOCK else key
    block = block.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
    return [None if address is None else _digest(inner, outer, address) for address in addresses]


class Digests:
    """The digests of many addresses, each worked out once: an address has the same for ever.

    Args:
        key: of the digests.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._lock = threading.Lock()
        self._known = pl.DataFrame(schema={"address": pl.String, "digest": pl.Binary})

    def of(self, addresses: pl.Series) -> pl.Series:
        """Return the digests in the order of the addresses, null for null; those of the last crowd are remembered."""
        with self._lock:
            known = self._known
        if not addresses.equals(known["address"], null_equal=True):
            asked = addresses.alias("address").to_frame()
            former = known.drop_nulls().unique("address", keep="any")
            found = asked.join(former, on="address", how="left", maintain_order="left")
            fresh = found.filter(pl.col("address").is_not_null() & pl.col("digest").is_null())["address"].unique()
            new = pl.Series("digest", digest_addresses(fresh, self._key), dtype=pl.Binary)
            told = asked.join(pl.DataFrame([fresh, new]), on="address", how="left", maintain_order="left")
            known = found.select("address", digest=pl.coalesce("digest", told["digest"]))
            with self._lock:
                if len(known) * 2 > len(self._known):
                    self._known = known
        return known["digest"]


def _digest(inner: "hashlib._Hash", outer: "hashlib._Hash", address: str) -> bytes:
    inside, outside = inner.copy(), outer.copy()
    inside.update(address.encode())
    outside.update(inside.digest())
    return outside.digest()


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
    """Return `address_digest`, `purpose`, `reason` of those addresses (None = all) that are suppressed.

    Where very many are asked for, the list is read whole while it is short: looking each of them up costs more.
    """
    query = select(suppressions.c.address_digest, suppressions.c.purpose, suppressions.c.reason)
    query = query.where(suppressions.c.channel == channel)
    if digests is None:
        return tx.frame(query)
    short = len(digests) // SHORT
    if short:
        found = tx.frame(query.limit(short))
        if len(found) < short:
            return found.filter(pl.col("address_digest").is_in(digests.implode()))
    return tx.frame(query.where(tx.among(suppressions.c.address_digest, digests)))


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
