"""Let those whose time has come go on, and decide on what their scenarios want."""

from datetime import datetime

import polars as pl

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import MESSAGE_DECIDED
from tenshu.content.shop import ShopSettings
from tenshu.decide.decision import DECIDED, decide, gather
from tenshu.decide.policy import Policy
from tenshu.decide.tables import decisions
from tenshu.deliver.outbox import PROMISED, read_contacts
from tenshu.deliver.tables import outbox
from tenshu.flow.known import Known
from tenshu.flow.ticked import Ticked
from tenshu.identify.tables import node_map
from tenshu.journey import records
from tenshu.journey.advance import Holds, advance
from tenshu.kit.failpoint import reach
from tenshu.privacy.consent import read_effective
from tenshu.privacy.suppression import digest_addresses, read_suppressed
from tenshu.store.home import Stores
from tenshu.store.ledger import Transaction


def advance_all(
    stores: Stores,
    shop: ShopSettings,
    policy: Policy,
    *,
    now: datetime,
    address_key: bytes,
    holds: Holds | None = None,
) -> Ticked:
    """Let everybody whose time has come go on, and decide on what their scenarios want.

    They go on in parts, each a transaction of its own that leaves no trace when it is killed.

    Args:
        stores: the home's stores.
        shop: its settings.
        policy: caps and quiet hours.
        now: business time.
        address_key: the key of address digests.
        holds: asks conditions (`journey.advance.Holds`); None = the warehouse is asked.
    """
    done = Ticked()
    with stores.ledger.reading() as tx:
        people = records.due_customers(tx, now=now)
    if people.is_empty():
        return done
    known = Known(stores, shop, now=now, people=people, holds=holds)
    while (some := advance_due(stores, shop, policy, now=now, address_key=address_key, known=known)) is not None:
        done.moved += some.moved
        done.decided += some.decided
    return done


def advance_due(
    stores: Stores,
    shop: ShopSettings,
    policy: Policy,
    *,
    now: datetime,
    address_key: bytes,
    known: Known | None = None,
) -> Ticked | None:
    """Let up to 50,000 people whose time has come go on, and decide on what their scenarios want.

    Args:
        stores: the home's stores.
        shop: its settings.
        policy: caps and quiet hours.
        now: business time.
        address_key: the key of address digests.
        known: what the warehouse says of everybody who is due; None = it is asked about these people.

    Returns:
        What was done, or None when nobody is due.
    """
    with stores.ledger.reading() as tx:
        standing = records.due(tx, now=now)
        if standing.is_empty():
            return None
        running = {(one.journey.name, one.version): one for one in records.read_running(tx)}
    known = known or Known(stores, shop, now=now, people=standing["customer"])
    moved: list[pl.DataFrame] = []
    wanted: list[pl.DataFrame] = []
    for (name, version), some in standing.group_by("journey", "version", maintain_order=True):
        result = advance(some, running[name, version].journey, holds=known.holds, now=now, zone=shop.zone)
        moved.append(result.moved.join(some.select("enrolment", "journey", "customer"), on="enrolment"))
        wanted.append(result.proposals)
    decided = decide_on(stores, shop, policy, pl.concat(wanted), now=now, address_key=address_key, known=known)
    reach("advance.decided")
    with stores.ledger.writing() as tx:
        records.keep_moves(tx, pl.concat(moved))
        _keep_decisions(tx, decided)
        reach("advance.keeping")
    reach("advance.kept")
    return Ticked(moved=len(standing), decided=len(decided))


def decide_on(
    stores: Stores,
    shop: ShopSettings,
    policy: Policy,
    proposals: pl.DataFrame,
    *,
    now: datetime,
    address_key: bytes,
    known: Known,
) -> pl.DataFrame:
    """Gather what the decision needs to know of these people, and decide."""
    if proposals.is_empty():
        return pl.DataFrame(schema=DECIDED)
    customers = proposals["customer"].unique().sort()
    reached = known.reached_at(customers)
    addresses = reached.with_columns(
        address_digest=pl.Series(digest_addresses(reached["address"], address_key), dtype=pl.Binary)
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
