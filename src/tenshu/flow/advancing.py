"""Let those whose time has come go on, and decide on what their scenarios want."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import MESSAGE_DECIDED
from tenshu.condition import Condition
from tenshu.content.shop import ShopSettings
from tenshu.decide.decision import DECIDED, decide, gather
from tenshu.decide.policy import Policy
from tenshu.decide.tables import decisions
from tenshu.deliver.outbox import PROMISED, read_contacts
from tenshu.deliver.tables import outbox
from tenshu.flow.ticked import Ticked
from tenshu.identify.tables import node_map
from tenshu.journey import records
from tenshu.journey.advance import Holds, advance
from tenshu.know.profile import profiles
from tenshu.privacy.consent import read_effective
from tenshu.privacy.suppression import digest_addresses, read_suppressed
from tenshu.segment import evaluate
from tenshu.store.home import Stores
from tenshu.store.ledger import Transaction


def advance_due(
    stores: Stores, shop: ShopSettings, policy: Policy, *, now: datetime, address_key: bytes
) -> Ticked | None:
    """Let up to 50,000 people whose time has come go on, and decide on what their scenarios want.

    Returns:
        What was done, or None when nobody is due.
    """
    with stores.ledger.reading() as tx:
        standing = records.due(tx, now=now)
        running = {(one.journey.name, one.version): one for one in records.read_running(tx)}
    if standing.is_empty():
        return None
    moved: list[pl.DataFrame] = []
    wanted: list[pl.DataFrame] = []
    for (name, version), some in standing.group_by("journey", "version", maintain_order=True):
        journey = running[name, version].journey
        result = advance(some, journey, holds=_holds(stores, shop, now), now=now, zone=shop.zone)
        moved.append(result.moved.join(some.select("enrolment", "journey", "customer"), on="enrolment"))
        wanted.append(result.proposals)
    proposals = pl.concat(wanted)
    decided = _decide(stores, shop, policy, proposals, now=now, address_key=address_key)
    with stores.ledger.writing() as tx:
        records.keep_moves(tx, pl.concat(moved))
        _keep_decisions(tx, decided)
    return Ticked(moved=len(standing), decided=len(decided))


def _holds(stores: Stores, shop: ShopSettings, now: datetime) -> Holds:
    def holds(conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        return evaluate(stores.warehouse, conditions, now=now, zone=shop.zone, customers=customers)

    return holds


def _decide(
    stores: Stores, shop: ShopSettings, policy: Policy, proposals: pl.DataFrame, *, now: datetime, address_key: bytes
) -> pl.DataFrame:
    """Gather what the decision needs to know of these people, and decide."""
    if proposals.is_empty():
        return pl.DataFrame(schema=DECIDED)
    customers = proposals["customer"].unique().sort()
    known = profiles(stores.warehouse, now=now, customers=customers).select("customer", address="email", zone="zone")
    addresses = known.with_columns(
        address_digest=pl.Series(digest_addresses(known["address"], address_key), dtype=pl.Binary)
    )
    with stores.ledger.reading() as tx:
        consents = read_effective(tx, customers, node_map, now=now)
        suppressed = read_suppressed(tx, addresses["address_digest"].drop_nulls(), channel="email")
        contacts = read_contacts(tx, customers, since=policy.earliest(now), states=PROMISED)
    people = gather(proposals, addresses, consents, suppressed)
    return decide(proposals, people, contacts, policy, now=now, zone=shop.zone)


def _keep_decisions(tx: Transaction, decided: pl.DataFrame) -> None:
    key = ["enrolment", "visit"]
    said = [*key, "journey", "step", "customer", "outcome", "reason", "is_ghost", "decided_at"]
    tx.insert(decisions, decided.select(said))
    tell(tx, MESSAGE_DECIDED, decided, ["journey", "step", *key, "outcome", "reason", "is_ghost"], at="decided_at")
    going = decided.filter(pl.col("outcome") == "send")
    promise = [*key, "journey", "version", "step", "customer", "channel", "purpose", "template"]
    where = ["address", "address_digest", "zone", "due_at", "expires_at"]
    tx.insert(outbox, going.select(*promise, *where, state=pl.lit("queued"), attempt=pl.lit(0)))
