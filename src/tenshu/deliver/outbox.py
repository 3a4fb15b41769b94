"""The outbox: claim what is due, record what became of it.

A row goes `queued -> sending -> sent | failed | in_doubt`, or to `suppressed` at the last check. The
claim is one transaction: whoever said no a moment ago, whoever is over a cap by now, is not sent to. A
lease runs on the database's own clock, so that a dispatcher with a wrong clock takes nothing from others.

1. A lease that expired and that nobody renewed for a while means that a dispatcher died with messages in its hands:
   marketing goes to *in doubt* and is listed (nobody gets the same mail twice), service mail is queued again.
2. While the shop stands still (`standstill`) nothing goes on from here; of what the provider's limits leave room for
   (`limits`), what customers wait for comes first.
3. What may no longer be sent is suppressed with its reason; what comes up in somebody's quiet hours waits.
4. What looks like a mistake is held, and stops its scenario (`breaker`).
5. The rest is leased to the caller.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import and_, or_, select

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import EMAIL_FAILED, EMAIL_IN_DOUBT, EMAIL_SENT, MESSAGE_SUPPRESSED
from tenshu.decide.policy import Policy
from tenshu.decide.tables import decisions
from tenshu.deliver import breaker, limits
from tenshu.deliver.bounce import is_dead_address
from tenshu.deliver.channel import Outcome, Receipt
from tenshu.deliver.contacts import PROMISED, REACHED, read_contacts
from tenshu.deliver.last_check import SERVICE, awake, stopped
from tenshu.deliver.queue import coming, due_heads, next_due, service_first
from tenshu.deliver.standstill import standstill
from tenshu.deliver.tables import IS_QUEUED, IS_SENDING, KEY, handovers, outbox
from tenshu.deliver.witness import record_accepted
from tenshu.journey.tables import enrolments
from tenshu.kit.failpoint import reach
from tenshu.privacy.suppression import EVERY_PURPOSE, suppress
from tenshu.store.ledger import INSTANT, Ledger, Transaction
from tenshu.store.tables import to_micros

__all__ = [
    "PROMISED",
    "REACHED",
    "SERVICE",
    "claim",
    "coming",
    "next_due",
    "put_back",
    "read_contacts",
    "renew",
    "settle",
]

LEASE_FOR: Final = timedelta(minutes=5)
#: How long an expired lease is looked at before its holder counts as dead; longer than a living one takes to renew.
GRACE: Final = timedelta(minutes=2)
LEASE_OVER: Final = "lease_over"
#: W of the account: messages in flight per dispatcher, so at most this many in doubt per kill.
IN_FLIGHT: Final = 64
ATTEMPTS: Final = 5
FIRST_RETRY_AFTER: Final = timedelta(minutes=15)
#: Why a message is in doubt whose lease ran out.
DIED: Final = "dispatcher_died"
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
            allowed = limits.room(tx, limits.read_limits(tx), now=now) if standstill(tx) is None else 0
            most = limit if allowed is None else min(limit, allowed)
            due = _due(tx, now, most, is_service_first=allowed is not None)
            if due.is_empty():
                return due.select(outbox.columns.keys())
            going = _checked(tx, due, policy, now=now, zone=zone).with_columns(
                worker=pl.lit(worker), attempt=pl.col("attempt") + 1, claimed_at=pl.lit(now, INSTANT)
            )
            lease = going.select(*KEY, "worker", "attempt", "claimed_at", state=pl.lit("sending"), lease_at=_lease(tx))
            tx.update(outbox, lease.with_columns(reason=pl.lit(None, pl.String)), keys=KEY)
            limits.took(tx, len(going), now=now)
            reach("outbox.claiming")
        reach("outbox.claimed")
        if len(going) or len(due) < most:
            return going


def renew(ledger: Ledger, worker: str) -> None:
    """Hold on to everything that this worker has in its hands: handing over takes longer than a lease."""
    with ledger.writing() as tx:
        mine = tx.frame(select(outbox.c.enrolment, outbox.c.visit).where(IS_SENDING, outbox.c.worker == worker))
        tx.update(outbox, mine.select(*KEY, lease_at=_lease(tx), reason=pl.lit(None, pl.String)), keys=KEY)
        reach("outbox.renewing")


def put_back(ledger: Ledger, claimed: pl.DataFrame) -> None:
    """Queue claimed messages again of which not one has been handed over."""
    with ledger.writing() as tx:
        mine = _still_mine(tx, claimed)
        tx.update(outbox, mine.select(*KEY, state=pl.lit("queued"), attempt=pl.col("attempt") - 1), keys=KEY)
        limits.gave_back(tx, mine)
        reach("outbox.putting_back")


def settle(ledger: Ledger, claimed: pl.DataFrame, receipts: list[Receipt], *, now: datetime) -> None:
    """Record what became of claimed messages; one without a receipt is in doubt.

    What was taken from this worker in the meantime, because its lease ran out, is no longer its to settle; what is
    only in doubt since then is, for this worker knows. An address that its own server calls dead is suppressed for
    every purpose.
    """
    told = pl.DataFrame(
        [msgspec.to_builtins(receipt) for receipt in receipts],
        schema={"enrolment": pl.Int64, "visit": pl.Int64, "outcome": pl.String, "code": pl.String, "text": pl.String},
    )
    rows = claimed.join(told, on=KEY, how="left", maintain_order="left").with_columns(
        pl.col("outcome").fill_null(Outcome.UNKNOWN)
    )
    settled = rows.with_columns(state=_next_state(), ended_at=pl.lit(now, INSTANT), reason=_reason())
    accepted = settled.filter(pl.col("state") == "sent")
    with ledger.writing() as tx:
        ended = _still_mine(tx, settled)
        _write_states(tx, ended, now)
        limits.gave_back(tx, ended.filter(pl.col("outcome").is_in([Outcome.DEFERRED, Outcome.REFUSED])))
        for state, event in (("sent", EMAIL_SENT), ("failed", EMAIL_FAILED), ("in_doubt", EMAIL_IN_DOUBT)):
            tell(tx, event, ended.filter(pl.col("state") == state), [*_TOLD, "template", "reason"], at=now)
        record_accepted(tx, accepted, now=now)
        if len(ended) < len(settled):  # another had them too
            breaker.count_twice(tx, _sent_before(tx, accepted.join(ended, on=KEY, how="anti")), now=now)
        dead = {(one.enrolment, one.visit) for one in receipts if is_dead_address(one)}
        if dead:
            gone = ended.filter(pl.Series([key in dead for key in ended.select(KEY).rows()], dtype=pl.Boolean))
            suppress(tx, gone, channel="email", purpose=EVERY_PURPOSE, reason="hard_bounce", at=now)
        reach("outbox.settling")
    reach("outbox.settled")


def join_customers(tx: Transaction, joined: pl.DataFrame) -> None:
    """Let messages follow their customers after a merge: `former`, `customer`. Caps then count them together."""
    mine = tx.frame(
        select(outbox.c.enrolment, outbox.c.visit, outbox.c.customer).where(
            tx.among(outbox.c.customer, joined["former"])
        )
    )
    moved = mine.join(joined, left_on="customer", right_on="former").select(*KEY, customer="customer_right")
    tx.update(outbox, moved, keys=KEY)


def _lease(tx: Transaction, span: timedelta | None = None) -> pl.Expr:
    """Return until when a claim of now holds, by the database's own clock."""
    clock = int(tx.value(select(tx.dialect.lease_clock())))
    return pl.lit(clock + (span or LEASE_FOR) // timedelta(microseconds=1))


def _still_mine(tx: Transaction, claimed: pl.DataFrame) -> pl.DataFrame:
    """Return those of the claimed rows that nobody else has had in hands since, at the same attempt."""
    query = select(outbox.c.enrolment, outbox.c.visit, outbox.c.worker, outbox.c.attempt)
    is_held = outbox.c.state == "sending"
    is_let_go = and_(outbox.c.state.in_(("in_doubt", "queued")), outbox.c.reason == DIED)
    held = tx.frame(query.where(or_(is_held, is_let_go), tx.among(outbox.c.enrolment, claimed["enrolment"])))
    return claimed.join(held, on=[*KEY, "worker", "attempt"], how="semi", maintain_order="left")


def _sent_before(tx: Transaction, rows: pl.DataFrame) -> pl.DataFrame:
    """Return those of the accepted rows that a receiver has had from another attempt as well."""
    query = select(handovers.c.enrolment, handovers.c.visit, handovers.c.attempt)
    others = tx.frame(query.where(tx.among(handovers.c.enrolment, rows["enrolment"])))
    again = rows.join(others, on=KEY, suffix="_then").filter(pl.col("attempt_then") != pl.col("attempt"))
    return rows.join(again, on=KEY, how="semi")


def _release_expired_leases(tx: Transaction, now: datetime) -> None:
    """Let go of what dead dispatchers held. An expired lease is only noted at first: a living one renews it in time.

    So nobody's clock, however wrong, takes a message out of living hands.
    """
    over = tx.frame(select(outbox).where(IS_SENDING, outbox.c.lease_at < tx.dialect.lease_clock()))
    if over.is_empty():
        return
    noted = over.filter(pl.col("reason").ne_missing(LEASE_OVER)).select(*KEY, reason=pl.lit(LEASE_OVER))
    if len(noted):
        tx.update(outbox, noted.with_columns(lease_at=_lease(tx, GRACE)), keys=KEY)
    is_service = (pl.col("purpose") == SERVICE) & (pl.col("attempt") < ATTEMPTS)
    ended = over.filter(pl.col("reason").eq_missing(LEASE_OVER)).with_columns(
        state=pl.when(is_service).then(pl.lit("queued")).otherwise(pl.lit("in_doubt")),
        reason=pl.lit(DIED),
        ended_at=pl.when(is_service).then(None).otherwise(pl.lit(now, INSTANT)),
    )
    tx.update(outbox, ended.select("state", "reason", "ended_at", *KEY), keys=KEY)
    tell(tx, EMAIL_IN_DOUBT, ended.filter(~is_service), [*_TOLD, "template", "reason"], at=now)


def _due(tx: Transaction, now: datetime, limit: int, *, is_service_first: bool) -> pl.DataFrame:
    """Return what is due, the longest waiting first, with what its decision, its walk and the witness say."""
    first = due_heads(tx, now) if limit else pl.DataFrame(schema={"journey": pl.String, "version": pl.Int64})
    is_accepted = (
        select(handovers.c.attempt)
        .where(handovers.c.enrolment == outbox.c.enrolment, handovers.c.visit == outbox.c.visit)
        .exists()
    )
    of_decision = and_(decisions.c.enrolment == outbox.c.enrolment, decisions.c.visit == outbox.c.visit)
    query = (
        select(
            outbox,
            decisions.c.outcome.label("decided"),
            enrolments.c.outcome.label("walk_outcome"),
            is_accepted.label("is_accepted"),
        )
        .outerjoin(decisions, of_decision)
        .outerjoin(enrolments, enrolments.c.enrolment == outbox.c.enrolment)
        .where(IS_QUEUED, outbox.c.due_at <= to_micros(now))
        .order_by(outbox.c.due_at, outbox.c.enrolment, outbox.c.visit)
        .limit(limit)
    )
    parts = [
        tx.frame(query.where(outbox.c.journey == journey, outbox.c.version == version))
        for journey, version in first.select("journey", "version").iter_rows()
    ]
    if not parts:
        return tx.frame(query.limit(0))
    due = pl.concat(parts).sort("due_at", *KEY).head(limit) if len(parts) > 1 else parts[0]
    if is_service_first:
        awaited = service_first(tx, query, now)
        due = pl.concat([awaited, due]).unique(KEY, keep="first", maintain_order=True).head(limit)
    return due


def _checked(tx: Transaction, due: pl.DataFrame, policy: Policy, *, now: datetime, zone: str) -> pl.DataFrame:
    """Return what may go now, as rows of the outbox; what may not is suppressed, held or left for later."""
    refused = stopped(tx, due, policy, now=now, zone=zone)
    _suppress_rows(tx, refused, now)
    left = due.join(refused, on=KEY, how="anti", maintain_order="left") if len(refused) else due
    going = breaker.inspect(tx, awake(tx, left, policy, now=now, zone=zone), now=now)
    return going.select(outbox.columns.keys())


def _suppress_rows(tx: Transaction, refused: pl.DataFrame, now: datetime) -> None:
    ended = refused.select(
        state=pl.lit("suppressed"), reason="reason", ended_at=pl.lit(now, INSTANT), enrolment="enrolment", visit="visit"
    )
    tx.update(outbox, ended, keys=KEY)
    tell(tx, MESSAGE_SUPPRESSED, refused, [*_TOLD, "reason"], at=now)


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
