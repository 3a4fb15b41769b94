"""Say whom one more message could reach now, asked as `decide` asks: of everybody, or of some.

The funnel of a segment (`segment.reach`) needs to know of each of its people whether there is an address, a legal
basis, a suppression, a cap. Here that is asked of the stores; with the answer for everybody at hand, the reach of any
condition is a matter of counting.
"""

from datetime import datetime
from typing import Final

import polars as pl

from tenshu.decide.cap import capped
from tenshu.decide.decision import gather
from tenshu.decide.policy import read_policy
from tenshu.deliver.outbox import PROMISED, read_contacts
from tenshu.identify.tables import node_map
from tenshu.know.trait import read_traits
from tenshu.privacy.consent import read_effective
from tenshu.privacy.suppression import digest_addresses, read_suppressed
from tenshu.segment.reach import STEPS, Reach
from tenshu.store.home import Stores
from tenshu.store.ledger import INSTANT

CHANNEL: Final = "email"
#: What is said of each customer, in the order in which it is asked.
ASKED: Final = ("has_address", "has_consent", "not_suppressed", "not_capped")
_SERVICE: Final = "service"


def read_reached(
    stores: Stores, customers: pl.Series | None, *, now: datetime, purpose: str, zone: str, address_key: bytes
) -> pl.DataFrame:
    """Return of each customer what stands between them and one more mail for this purpose.

    Args:
        stores: the shop's.
        customers: who is asked about; None = everybody.
        now: business time.
        purpose: marketing, service ...
        zone: the shop's, for caps that count days.
        address_key: the key of the addresses' digests.

    Returns:
        `customer` and the Booleans `ASKED`, each asked by itself; one row a customer, by number.
    """
    wanted = _everybody(stores) if customers is None else customers.cast(pl.Int64).drop_nulls().unique()
    wanted = wanted.alias("customer").sort()
    told = read_traits(stores.warehouse, ["email", "zone"], now=now, customers=customers)
    known = wanted.to_frame().join(told.rename({"email": "address"}), on="customer", how="left", maintain_order="left")
    policy = read_policy(stores.ledger)
    with stores.ledger.reading() as tx:
        consents = read_effective(tx, customers, node_map, now=now)
        suppressed = read_suppressed(tx, None, channel=CHANNEL)
        contacts = read_contacts(tx, customers, since=policy.earliest(now), states=PROMISED)
    digests = [] if suppressed.is_empty() else digest_addresses(known["address"], address_key)
    addresses = known.with_columns(
        address_digest=pl.Series(digests or [None] * len(known), dtype=pl.Binary),
    )
    asked_for = wanted.to_frame().with_columns(channel=pl.lit(CHANNEL), purpose=pl.lit(purpose))
    people = gather(asked_for, addresses, consents, suppressed)
    asked = people.with_columns(
        journey=pl.lit(""), at=pl.lit(now, INSTANT), may_go=pl.lit(value=True), is_counted=pl.lit(value=False)
    )
    return people.select(
        "customer",
        has_address=(pl.col("address") != "").fill_null(value=False),
        has_consent=_has_basis(purpose),
        not_suppressed=pl.col("suppressed_reason").is_null(),
        not_capped=~capped(asked, contacts, policy, zone=zone),
    )


def reach_of(members: pl.Series, reached: pl.DataFrame) -> Reach:
    """Return how many of the members are left after each question.

    Args:
        members: who meets a condition.
        reached: a frame of `read_reached`; whom it does not hold has no address.
    """
    left = members.cast(pl.Int64).drop_nulls().unique().alias("customer").to_frame()
    counts = [left.height]
    left = left.join(reached, on="customer", how="inner")
    for asked in ASKED:
        left = left.filter(asked)
        counts.append(left.height)
    return Reach(**dict(zip(STEPS, counts, strict=True)))


def _has_basis(purpose: str) -> pl.Expr:
    consent = pl.col("consent")
    is_refused = consent.is_not_null() & ~consent.str.starts_with("granted")
    return ~is_refused & (consent.is_not_null() | pl.lit(purpose == _SERVICE))


def _everybody(stores: Stores) -> pl.Series:
    return stores.warehouse.frame("SELECT DISTINCT customer::BIGINT AS customer FROM node_map")["customer"]
