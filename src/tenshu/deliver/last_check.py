"""The last check: whoever said no a moment ago, has left, is over a cap or asleep by now is not sent to."""

from datetime import datetime
from typing import Final

import polars as pl

from tenshu.decide.cap import over_cap
from tenshu.decide.policy import Policy
from tenshu.decide.quiet_hours import allowed_at
from tenshu.decide.reasons import Reason
from tenshu.deliver.contacts import REACHED, read_contacts
from tenshu.deliver.tables import KEY, outbox
from tenshu.identify.tables import node_map
from tenshu.journey.strangers import UNKNOWN
from tenshu.privacy.consent import read_effective
from tenshu.privacy.suppression import EVERY_PURPOSE, read_suppressed
from tenshu.store.ledger import Transaction

#: The purpose that a customer waits for: it needs no recorded consent, and no hour is too late for it.
SERVICE: Final = "service"


def stopped(tx: Transaction, due: pl.DataFrame, policy: Policy, *, now: datetime, zone: str) -> pl.DataFrame:
    """Return those of the due rows that may not go, with the reason.

    Args:
        tx: the transaction of the claim.
        due: rows of the outbox, with `walk_outcome` (how their walk ended; who has reached the goal needs no reminder).
        policy: caps.
        now: business time.
        zone: the shop's.

    Returns:
        `journey`, `step`, `enrolment`, `visit`, `customer`, `reason`.
    """
    consents = read_effective(tx, due["customer"].unique(), node_map, now=now).select(
        "customer", "channel", "purpose", consent="status"
    )
    suppressed = read_suppressed(tx, due["address_digest"].unique(), channel="email")
    by_purpose = suppressed.filter(pl.col("purpose") != EVERY_PURPOSE).rename({"reason": "why"})
    always = suppressed.filter(pl.col("purpose") == EVERY_PURPOSE).select("address_digest", why_always="reason")
    checked = (
        due.join(consents, on=["customer", "channel", "purpose"], how="left", maintain_order="left")
        .join(by_purpose, on=["address_digest", "purpose"], how="left", maintain_order="left")
        .join(always, on="address_digest", how="left", maintain_order="left")
    )
    contacts = read_contacts(tx, due["customer"].unique(), since=policy.earliest(now), states=REACHED)
    capped = over_cap(checked, contacts, policy, now=now, zone=zone)
    reason = (
        pl.when(pl.col("expires_at") < now)
        .then(pl.lit(Reason.EXPIRED.value))
        .when(pl.coalesce("why_always", "why").is_not_null())
        .then(pl.coalesce("why_always", "why"))
        .when(pl.col("consent").is_in(["denied", "revoked"]))
        .then(pl.lit(Reason.REFUSED.value))
        .when((pl.col("purpose") != SERVICE) & pl.col("consent").is_null())
        .then(pl.lit(Reason.NO_BASIS.value))
        .when(pl.col("walk_outcome") == "merged")
        .then(pl.lit(Reason.MERGED.value))
        .when(pl.col("walk_outcome").is_in(["goal", "exit", UNKNOWN]))
        .then(pl.lit(Reason.LEFT.value))
        .when(capped)
        .then(pl.lit(Reason.CAPPED.value))
    )
    return checked.select("journey", "step", *KEY, "customer", reason=reason).filter(pl.col("reason").is_not_null())


def awake(tx: Transaction, due: pl.DataFrame, policy: Policy, *, now: datetime, zone: str) -> pl.DataFrame:
    """Return who may be reached at this hour; the others' messages wait for the end of their quiet hours."""
    allowed = due.select(
        *KEY, "purpose", due_at=allowed_at(due["zone"], policy.quiet_hours, now=now, zone=zone)
    ).filter((pl.col("due_at") > now) & (pl.col("purpose") != SERVICE))
    tx.update(outbox, allowed.select("due_at", *KEY), keys=KEY)
    return due.join(allowed, on=KEY, how="anti", maintain_order="left")
