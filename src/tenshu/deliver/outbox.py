"""The outbox: claim what is due, record what became of it.

A row goes `queued -> sending -> sent | failed | in_doubt`, or to `suppressed` at the last check. The
claim is one transaction: whoever said no a moment ago, whoever is over a cap by now, is not sent to. A
lease runs on the database's own clock, so that a dispatcher with a wrong clock takes nothing from others.

1. An expired lease means that a dispatcher died with messages in its hands: marketing goes to
   *in doubt* and is listed (nobody gets the same mail twice), service mail is queued again.
2. What may no longer be sent is suppressed with its reason; what comes up in somebody's quiet hours waits.
3. The rest is leased to the caller.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import and_, case, func, select

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import EMAIL_FAILED, EMAIL_IN_DOUBT, EMAIL_SENT, MESSAGE_SUPPRESSED
from tenshu.decide.cap import over_cap
from tenshu.decide.policy import Policy
from tenshu.decide.quiet_hours import allowed_at
from tenshu.decide.reasons import Reason
from tenshu.deliver.bounce import is_dead_address
from tenshu.deliver.channel import Outcome, Receipt
from tenshu.deliver.tables import outbox
from tenshu.identify.tables import node_map
from tenshu.journey.tables import enrolments, journeys
from tenshu.privacy.consent import read_effective
from tenshu.privacy.suppression import EVERY_PURPOSE, read_suppressed, suppress
from tenshu.store.ledger import INSTANT, Ledger, Transaction
from tenshu.store.tables import to_micros

LEASE_FOR: Final = timedelta(minutes=5)
#: W of the account: messages in flight per dispatcher, so at most this many in doubt per kill.
IN_FLIGHT: Final = 64
ATTEMPTS: Final = 5
FIRST_RETRY_AFTER: Final = timedelta(minutes=15)
SERVICE: Final = "service"
KEY: Final = ("enrolment", "visit")
#: States that count for caps: the last check counts what was handed over, a decision also what is queued.
REACHED: Final = ("sending", "sent", "in_doubt")
PROMISED: Final = ("queued", *REACHED)
_OF_JOURNEY: Final = and_(journeys.c.journey == outbox.c.journey, journeys.c.version == outbox.c.version)
_TOLD: Final = ("journey", "step", "enrolment", "visit")


def claim(
    ledger: Ledger, *, now: datetime, worker: str, policy: Policy, zone: str, limit: int = IN_FLIGHT
) -> pl.DataFrame:
    """Lease the next due messages to this worker; see the module for what happens on the way.

    Args:
        ledger: the ledger.
        now: business time.
        worker: who claims.
        policy: caps for the last check.
        zone: the shop's.
        limit: at most so many.

    Returns:
        Rows of the outbox, now in state `sending`.
    """
    while True:
        with ledger.writing() as tx:
            _release_expired_leases(tx, now)
            due = _due(tx, now, limit)
            if due.is_empty():
                return due
            stopped = _stopped(tx, due, policy, now=now, zone=zone)
            _suppress_rows(tx, stopped, now)
            awake = due.join(stopped, on=KEY, how="anti", maintain_order="left")
            going = _awake(tx, awake, policy, now=now, zone=zone).with_columns(
                worker=pl.lit(worker), attempt=pl.col("attempt") + 1, claimed_at=pl.lit(now, INSTANT)
            )
            lease = going.select("worker", "attempt", "claimed_at", *KEY, state=pl.lit("sending"), lease_at=_lease(tx))
            tx.update(outbox, lease, keys=KEY)
        if len(going) or len(due) < limit:
            return going


def renew(ledger: Ledger, worker: str) -> None:
    """Hold on to everything that this worker has in its hands: handing over takes longer than a lease."""
    with ledger.writing() as tx:
        mine = tx.frame(
            select(outbox.c.enrolment, outbox.c.visit).where(outbox.c.state == "sending", outbox.c.worker == worker)
        )
        tx.update(outbox, mine.select(*KEY, lease_at=_lease(tx)), keys=KEY)


def put_back(ledger: Ledger, claimed: pl.DataFrame) -> None:
    """Queue claimed messages again of which not one has been handed over."""
    with ledger.writing() as tx:
        back = _still_mine(tx, claimed).select(*KEY, state=pl.lit("queued"), attempt=pl.col("attempt") - 1)
        tx.update(outbox, back, keys=KEY)


def settle(ledger: Ledger, claimed: pl.DataFrame, receipts: list[Receipt], *, now: datetime) -> None:
    """Record what became of claimed messages; one without a receipt is in doubt.

    What was taken from this worker in the meantime, because its lease ran out, is no longer its to settle.
    An address that its own server calls dead is suppressed for every purpose.
    """
    told = pl.DataFrame(
        [msgspec.to_builtins(receipt) for receipt in receipts],
        schema={"enrolment": pl.Int64, "visit": pl.Int64, "outcome": pl.String, "code": pl.String, "text": pl.String},
    )
    rows = claimed.join(told, on=KEY, how="left", maintain_order="left").with_columns(
        pl.col("outcome").fill_null(Outcome.UNKNOWN)
    )
    settled = rows.with_columns(state=_next_state(), ended_at=pl.lit(now, INSTANT), reason=_reason())
    with ledger.writing() as tx:
        ended = _still_mine(tx, settled)
        _write_states(tx, ended, now)
        for state, event in (("sent", EMAIL_SENT), ("failed", EMAIL_FAILED), ("in_doubt", EMAIL_IN_DOUBT)):
            tell(tx, event, ended.filter(pl.col("state") == state), [*_TOLD, "template", "reason"], at=now)
        dead = {(one.enrolment, one.visit) for one in receipts if is_dead_address(one)}
        gone = ended.filter(pl.Series([key in dead for key in ended.select(KEY).rows()], dtype=pl.Boolean))
        suppress(tx, gone, channel="email", purpose=EVERY_PURPOSE, reason="hard_bounce", at=now)


def next_due(ledger: Ledger) -> datetime | None:
    """Return when the next queued message of a running scenario is due, or None."""
    with ledger.reading() as tx:
        query = select(func.min(outbox.c.due_at).label("due_at")).join(journeys, _OF_JOURNEY)
        found = tx.frame(query.where(outbox.c.state == "queued", journeys.c.status == "active"))
    due: datetime | None = found["due_at"][0]
    return due


def read_contacts(tx: Transaction, customers: pl.Series, *, since: datetime, states: tuple[str, ...]) -> pl.DataFrame:
    """Return these customers' contacts in those states since then.

    Returns:
        `enrolment`, `visit`, `customer`, `channel`, `journey`, `purpose`, `at` (handed over, else due).
    """
    at = case((outbox.c.state == "queued", outbox.c.due_at), else_=func.coalesce(outbox.c.claimed_at, outbox.c.due_at))
    query = select(
        outbox.c.enrolment,
        outbox.c.visit,
        outbox.c.customer,
        outbox.c.channel,
        outbox.c.journey,
        outbox.c.purpose,
        at.label("contacted_at"),
    ).where(outbox.c.state.in_(states), at >= to_micros(since), tx.among(outbox.c.customer, customers))
    return tx.frame(query).rename({"contacted_at": "at"})


def join_customers(tx: Transaction, joined: pl.DataFrame) -> None:
    """Let messages follow their customers after a merge: `former`, `customer`. Caps then count them together."""
    mine = tx.frame(
        select(outbox.c.enrolment, outbox.c.visit, outbox.c.customer).where(
            tx.among(outbox.c.customer, joined["former"])
        )
    )
    moved = mine.join(joined, left_on="customer", right_on="former").select(*KEY, customer="customer_right")
    tx.update(outbox, moved, keys=KEY)


def _lease(tx: Transaction) -> pl.Expr:
    """Return until when a claim of now holds, by the database's own clock."""
    clock = int(tx.value(select(tx.dialect.lease_clock())))
    return pl.lit(clock + LEASE_FOR // timedelta(microseconds=1))


def _still_mine(tx: Transaction, claimed: pl.DataFrame) -> pl.DataFrame:
    """Return those of the claimed rows that are still leased to the same worker at the same attempt."""
    query = select(outbox.c.enrolment, outbox.c.visit, outbox.c.worker, outbox.c.attempt)
    held = tx.frame(query.where(outbox.c.state == "sending", tx.among(outbox.c.enrolment, claimed["enrolment"])))
    return claimed.join(held, on=[*KEY, "worker", "attempt"], how="semi", maintain_order="left")


def _release_expired_leases(tx: Transaction, now: datetime) -> None:
    over = tx.frame(select(outbox).where(outbox.c.state == "sending", outbox.c.lease_at < tx.dialect.lease_clock()))
    if over.is_empty():
        return
    is_service = (pl.col("purpose") == SERVICE) & (pl.col("attempt") < ATTEMPTS)
    ended = over.with_columns(
        state=pl.when(is_service).then(pl.lit("queued")).otherwise(pl.lit("in_doubt")),
        reason=pl.lit("dispatcher_died"),
        ended_at=pl.when(is_service).then(None).otherwise(pl.lit(now, INSTANT)),
    )
    tx.update(outbox, ended.select("state", "reason", "ended_at", *KEY), keys=KEY)
    tell(tx, EMAIL_IN_DOUBT, ended.filter(~is_service), [*_TOLD, "template", "reason"], at=now)


def _due(tx: Transaction, now: datetime, limit: int) -> pl.DataFrame:
    query = (
        select(outbox)
        .join(journeys, _OF_JOURNEY)
        .where(outbox.c.state == "queued", outbox.c.due_at <= to_micros(now), journeys.c.status == "active")
        .order_by(outbox.c.due_at, outbox.c.enrolment, outbox.c.visit)
    )
    return tx.frame(query.limit(limit))


def _stopped(tx: Transaction, due: pl.DataFrame, policy: Policy, *, now: datetime, zone: str) -> pl.DataFrame:
    """Return those of the due rows that may not go, with the reason."""
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
        .join(_walks(tx, due), on="enrolment", how="left", maintain_order="left")
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
        .when(pl.col("walk_outcome").is_in(["goal", "exit"]))
        .then(pl.lit(Reason.LEFT.value))
        .when(capped)
        .then(pl.lit(Reason.CAPPED.value))
    )
    return checked.select(*_TOLD, "customer", reason=reason).filter(pl.col("reason").is_not_null())


def _awake(tx: Transaction, due: pl.DataFrame, policy: Policy, *, now: datetime, zone: str) -> pl.DataFrame:
    """Return who may be reached at this hour; the others' messages wait for the end of their quiet hours."""
    allowed = due.select(
        *KEY, "purpose", due_at=allowed_at(due["zone"], policy.quiet_hours, now=now, zone=zone)
    ).filter((pl.col("due_at") > now) & (pl.col("purpose") != SERVICE))
    tx.update(outbox, allowed.select("due_at", *KEY), keys=KEY)
    return due.join(allowed, on=KEY, how="anti", maintain_order="left")


def _walks(tx: Transaction, due: pl.DataFrame) -> pl.DataFrame:
    """Return how the walks ended that these messages belong to; who has reached the goal needs no reminder."""
    query = select(enrolments.c.enrolment, enrolments.c.outcome.label("walk_outcome"))
    return tx.frame(query.where(tx.among(enrolments.c.enrolment, due["enrolment"].unique())))


def _suppress_rows(tx: Transaction, stopped: pl.DataFrame, now: datetime) -> None:
    ended = stopped.select(
        state=pl.lit("suppressed"), reason="reason", ended_at=pl.lit(now, INSTANT), enrolment="enrolment", visit="visit"
    )
    tx.update(outbox, ended, keys=KEY)
    tell(tx, MESSAGE_SUPPRESSED, stopped, [*_TOLD, "reason"], at=now)


def _next_state() -> pl.Expr:
    is_last = pl.col("attempt") >= ATTEMPTS
    is_service = pl.col("purpose") == SERVICE
    outcome = pl.col("outcome")
    return (
        pl.when(outcome == Outcome.ACCEPTED)
        .then(pl.lit("sent"))
        .when((outcome == Outcome.REFUSED) | ((outcome == Outcome.DEFERRED) & is_last))
        .then(pl.lit("failed"))
        .when((outcome == Outcome.DEFERRED) | ((outcome == Outcome.UNKNOWN) & is_service & ~is_last))
        .then(pl.lit("queued"))
        .otherwise(pl.lit("in_doubt"))
    )


def _reason() -> pl.Expr:
    said = pl.concat_str(pl.col("code").fill_null(""), pl.lit(" "), pl.col("text").fill_null("")).str.strip_chars()
    return pl.when(pl.col("outcome") == Outcome.ACCEPTED).then(None).otherwise(said.str.slice(0, 300))


def _write_states(tx: Transaction, ended: pl.DataFrame, now: datetime) -> None:
    is_over = pl.col("state") != "queued"
    wait = FIRST_RETRY_AFTER * (2 ** (pl.col("attempt") - 1))
    retry = pl.lit(now, INSTANT) + wait
    rows = ended.select(
        state="state",
        reason="reason",
        ended_at=pl.when(is_over).then("ended_at"),
        due_at=pl.when(is_over).then("due_at").otherwise(retry),
        enrolment="enrolment",
        visit="visit",
    )
    tx.update(outbox, rows, keys=KEY)
