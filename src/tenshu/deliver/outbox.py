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
from typing import Any, Final

import polars as pl
from sqlalchemy import and_, or_, select

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import EMAIL_FAILED, EMAIL_IN_DOUBT, EMAIL_SENT, MESSAGE_SUPPRESSED
from tenshu.decide.policy import Policy
from tenshu.deliver import breaker, limits
from tenshu.deliver.bounce import is_dead_address
from tenshu.deliver.channel import Outcome, Receipt
from tenshu.deliver.contacts import PROMISED, REACHED, read_contacts
from tenshu.deliver.due import Row, due_rows, framed, key_of
from tenshu.deliver.last_check import SERVICE, awake, stopped
from tenshu.deliver.queue import coming, next_due
from tenshu.deliver.standstill import standstill
from tenshu.deliver.tables import IS_SENDING, KEY, handovers, outbox
from tenshu.deliver.witness import record_accepted
from tenshu.kit.failpoint import reach
from tenshu.privacy.suppression import EVERY_PURPOSE, suppress
from tenshu.store.ledger import INSTANT, Ledger, Transaction

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
#: Claimed rows, and what became of them.
Done = tuple[pl.DataFrame, list[Receipt]]
_SCHEMA: Final = framed([]).columns
_LEASED: Final[dict[str, Any]] = {
    "enrolment": pl.Int64,
    "visit": pl.Int64,
    "worker": pl.String,
    "attempt": pl.Int64,
    "claimed_at": INSTANT,
    "lease_at": pl.Int64,
}
_TOLD: Final = ("journey", "step", "enrolment", "visit")


def claim(
    ledger: Ledger,
    *,
    now: datetime,
    worker: str,
    policy: Policy,
    zone: str,
    limit: int = IN_FLIGHT,
    done: Done | None = None,
) -> pl.DataFrame:
    """Lease the next due messages to this worker; see the module for what happens on the way.

    Args:
        ledger: the ledger.
        now: business time.
        worker: who claims.
        policy: caps for the last check.
        zone: the shop's.
        limit: at most so many.
        done: what the worker has in hand until now: settled in the same transaction, as by `settle`.

    Returns:
        Rows of the outbox, now in state `sending`.
    """
    while True:
        with ledger.writing() as tx:
            if done is not None:
                _settle(tx, *done, now)
            _release_expired_leases(tx, now)
            allowed = limits.room(tx, limits.read_limits(tx), now=now) if standstill(tx) is None else 0
            most = limit if allowed is None else min(limit, allowed)
            due = due_rows(tx, now, most, since=policy.earliest(now), is_service_first=allowed is not None)
            going = _checked(tx, due, policy, now=now, zone=zone) if due else []
            if going:
                _lease_out(tx, going, worker, now)
                limits.took(tx, len(going), now=now)
            reach("outbox.claiming")
        if done is not None:
            reach("outbox.settled")
        reach("outbox.claimed")
        done = None
        if going or len(due) < most or not due:
            return framed([{**row, **_held_by(row, worker, now)} for row in going]).select(_SCHEMA)


def _lease_out(tx: Transaction, going: list[Row], worker: str, now: datetime) -> None:
    span = LEASE_FOR // timedelta(microseconds=1)
    leased = [
        {**dict(zip(KEY, key_of(row), strict=True)), **_held_by(row, worker, now), "lease_at": row["clock"] + span}
        for row in going
    ]
    rows = pl.DataFrame(leased, schema=_LEASED)
    tx.update(outbox, rows.with_columns(state=pl.lit("sending"), reason=pl.lit(None, pl.String)), keys=KEY)


def _held_by(row: Row, worker: str, now: datetime) -> Row:
    return {"worker": worker, "attempt": row["attempt"] + 1, "claimed_at": now}


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
    with ledger.writing() as tx:
        _settle(tx, claimed, receipts, now)
    reach("outbox.settled")


def _settle(tx: Transaction, claimed: pl.DataFrame, receipts: list[Receipt], now: datetime) -> None:
    settled = _judged(claimed, receipts, now)
    ended = _still_mine(tx, settled)
    _write_states(tx, ended)
    _tell_ends(tx, ended, now)
    accepted = _of(settled, "sent")
    record_accepted(tx, accepted, now=now)
    if len(ended) < len(settled):  # another had them too
        breaker.count_twice(tx, _sent_before(tx, accepted.join(ended, on=KEY, how="anti")), now=now)
    dead = {(one.enrolment, one.visit) for one in receipts if is_dead_address(one)}
    if dead:
        gone = ended.filter(pl.Series([key in dead for key in ended.select(KEY).rows()], dtype=pl.Boolean))
        suppress(tx, gone, channel="email", purpose=EVERY_PURPOSE, reason="hard_bounce", at=now)
    reach("outbox.settling")


def have_messages(tx: Transaction, customers: pl.Series) -> bool:
    """Say whether any of these customers was ever promised a message."""
    mine = select(outbox.c.visit).where(tx.among(outbox.c.customer, customers))
    return tx.value(mine.limit(1)) is not None


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
    found = tx.rows(query.where(or_(is_held, is_let_go), tx.among(outbox.c.enrolment, claimed["enrolment"])))
    held = {tuple(row.values()) for row in found}
    is_mine = [row in held for row in claimed.select(*KEY, "worker", "attempt").rows()]
    return claimed if all(is_mine) else claimed.filter(pl.Series(is_mine, dtype=pl.Boolean))


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
    is_over = and_(IS_SENDING, outbox.c.lease_at < tx.dialect.lease_clock())
    if tx.value(select(outbox.c.visit).where(is_over).limit(1)) is None:
        return
    over = tx.frame(select(outbox).where(is_over))
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


def _checked(tx: Transaction, due: list[Row], policy: Policy, *, now: datetime, zone: str) -> list[Row]:
    """Return what may go now; what may not is suppressed, held or left for later."""
    reasons = stopped(tx, due, policy, now=now, zone=zone)
    refused = [{**row, "reason": reason} for row, reason in zip(due, reasons, strict=True) if reason is not None]
    if refused:
        _suppress_rows(tx, framed(refused), now)
    left = [row for row, reason in zip(due, reasons, strict=True) if reason is None]
    return breaker.inspect(tx, awake(tx, left, policy, now=now, zone=zone), now=now)


def _suppress_rows(tx: Transaction, refused: pl.DataFrame, now: datetime) -> None:
    ended = refused.select(
        state=pl.lit("suppressed"), reason="reason", ended_at=pl.lit(now, INSTANT), enrolment="enrolment", visit="visit"
    )
    tx.update(outbox, ended, keys=KEY)
    tell(tx, MESSAGE_SUPPRESSED, refused, [*_TOLD, "reason"], at=now)


def _judged(claimed: pl.DataFrame, receipts: list[Receipt], now: datetime) -> pl.DataFrame:
    """Return the claimed rows with `outcome` and with the `state`, `reason`, `ended_at` and `due_at` that follow."""
    said = {(receipt.enrolment, receipt.visit): receipt for receipt in receipts}
    asked = claimed.select(*KEY, "attempt", "purpose", "due_at").rows()
    found = [said.get((enrolment, visit)) or _unknown(enrolment, visit) for enrolment, visit, *_ in asked]
    states = [
        _next_state(receipt.outcome, attempt, purpose)
        for receipt, (_, _, attempt, purpose, _) in zip(found, asked, strict=True)
    ]
    due_at = [
        now + FIRST_RETRY_AFTER * 2 ** (attempt - 1) if state == "queued" else due
        for state, (_, _, attempt, _, due) in zip(states, asked, strict=True)
    ]
    return claimed.with_columns(
        pl.Series("outcome", [str(receipt.outcome) for receipt in found], pl.String),
        pl.Series("state", states, pl.String),
        pl.Series("reason", [_reason(receipt) for receipt in found], pl.String),
        pl.Series("ended_at", [None if state == "queued" else now for state in states], INSTANT),
        pl.Series("due_at", due_at, INSTANT),
    )


def _unknown(enrolment: int, visit: int) -> Receipt:
    return Receipt(enrolment=enrolment, visit=visit, outcome=Outcome.UNKNOWN)


def _next_state(outcome: Outcome, attempt: int, purpose: str) -> str:
    if outcome == Outcome.ACCEPTED:
        return "sent"
    is_last = attempt >= ATTEMPTS
    if outcome == Outcome.REFUSED or (outcome == Outcome.DEFERRED and is_last):
        return "failed"
    is_tried_again = outcome == Outcome.DEFERRED or (purpose == SERVICE and not is_last)
    return "queued" if is_tried_again else "in_doubt"


def _reason(receipt: Receipt) -> str | None:
    return None if receipt.outcome == Outcome.ACCEPTED else f"{receipt.code} {receipt.text}".strip()[:300]


def _of(settled: pl.DataFrame, state: str) -> pl.DataFrame:
    is_in_it = settled["state"] == state
    return settled if is_in_it.all() else settled.filter(is_in_it)


def _write_states(tx: Transaction, ended: pl.DataFrame) -> None:
    columns = ["state", "reason", "ended_at", *KEY]
    is_over = (ended["state"] != "queued").all()
    tx.update(outbox, ended.select(columns if is_over else [*columns, "due_at"]), keys=KEY)


def _tell_ends(tx: Transaction, ended: pl.DataFrame, now: datetime) -> None:
    """Tell what became of the messages, and give the provider's limits back what its server did not take."""
    for state, event in (("sent", EMAIL_SENT), ("failed", EMAIL_FAILED), ("in_doubt", EMAIL_IN_DOUBT)):
        tell(tx, event, _of(ended, state), [*_TOLD, "template", "reason"], at=now)
    not_taken = ended["outcome"].is_in([Outcome.DEFERRED.value, Outcome.REFUSED.value])
    if not_taken.any():
        limits.gave_back(tx, ended.filter(not_taken))
