"""The breaker: a scenario whose sending looks like a mistake stops by itself, until a person has looked.

It asks about the messages at hand and about sums that are kept, never about history, and it trips

* at once, when a message comes up that its receiver has already, or that nobody decided;
* before `limit` people get a message that somebody with their number or address had already;
* when more is due than anybody would mean to send, or when what is due has been due for long: after a long stop, from a
  restored backup, by a clock that jumped. Then it asks: send, or skip?

What it holds stays queued: walks go on, only the sending of that scenario waits.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import polars as pl
from sqlalchemy import and_, func, select

from tenshu.collect.facts_out import tell
from tenshu.collect.vocabulary import EMAIL_IN_DOUBT, MESSAGE_SUPPRESSED
from tenshu.deliver.due import Row, framed, key_of
from tenshu.deliver.limits import is_holding_back
from tenshu.deliver.queue import heads
from tenshu.deliver.tables import IS_QUEUED, KEY, breakers, outbox, tallies
from tenshu.deliver.witness import REPEATED, SAME_ADDRESS, add, may_repeat, repeats
from tenshu.identify.tables import node_map
from tenshu.kit.i18n import N_
from tenshu.store.ledger import INSTANT, Ledger, Transaction
from tenshu.store.tables import to_micros

ALREADY_SENT: Final = "already_sent"
UNPLANNED: Final = "unplanned"
FLOOD: Final = "flood"
OVERDUE: Final = "overdue"
SKIPPED: Final = "skipped"
#: Why a breaker trips, in words; each says how many.
REASONS: Final = {
    ALREADY_SENT: N_("{count} messages came up to be sent that their receivers have already. They are held in doubt."),
    UNPLANNED: N_("{count} messages came up to be sent that nobody decided. They were not sent."),
    REPEATED: N_("{count} messages would reach somebody who has had the same message from this scenario."),
    FLOOD: N_("{count} messages are due at once, for {people} people."),
    OVERDUE: N_("{count} messages have been due for more than {hours} hours. Send or skip?"),
}
#: Repeats that are too few to be a mistake of the whole: so many, or this share of what was handed over.
FEW: Final = 10
SHARE: Final = 0.001
#: More at once than this many, and than so many for each person of the shop, is a flood.
FLOOD_FROM: Final = 1_000
FLOOD_A_PERSON: Final = 3
#: What has been due for longer is asked about when it is more than a few.
OVERDUE_AFTER: Final = timedelta(hours=24)
_STEP: Final = ("journey", "step")


class Tripped(msgspec.Struct, frozen=True, kw_only=True):
    """A breaker that has tripped and was not cleared.

    Attributes:
        journey: the scenario whose sending waits.
        tripped_at: business time.
        reason: a key of `REASONS`.
        found: what its sentence names.
    """

    journey: str
    tripped_at: datetime
    reason: str
    found: dict[str, Any]


def limit(handed: int) -> int:
    """Return how many repeats trip the breaker of a step, after so many hand-overs.

    >>> limit(100), limit(1_000_000)
    (10, 1000)
    """
    return max(FEW, int(handed * SHARE))


def inspect(tx: Transaction, rows: list[Row], *, now: datetime) -> list[Row]:
    """Return those of the messages that may go, and stop the scenarios that look like a mistake.

    Args:
        tx: the transaction of the claim.
        rows: what `due_rows` gave, in the order in which they are to go.
        now: business time.
    """
    sent = [row for row in rows if row["is_accepted"]]
    unplanned = [row for row in rows if not row["is_accepted"] and row["decided"] != "send"]
    going = [row for row in rows if not row["is_accepted"] and row["decided"] == "send"]
    tripped: set[str] = set()
    if sent:
        _end(tx, framed(sent), state="in_doubt", reason=ALREADY_SENT, now=now)
        tripped |= _trip_each(tx, sent, ALREADY_SENT, now)
    if unplanned:
        _end(tx, framed(unplanned), state="suppressed", reason=UNPLANNED, now=now)
        tripped |= _trip_each(tx, unplanned, UNPLANNED, now)
    if may_repeat(going):
        going = _without_repeats(tx, going, tripped, now=now)
    return [row for row in going if row["journey"] not in tripped]


def _without_repeats(tx: Transaction, rows: list[Row], tripped: set[str], *, now: datetime) -> list[Row]:
    """Suppress what its receiver has had, count the rest of the repeats, and note whose scenarios these stop."""
    frame = framed(rows)
    found = repeats(tx, frame)
    if found.is_empty():
        return rows
    tripped |= set(_over_limit(tx, found, now))
    repeated = found.filter(pl.col("suspicion") == REPEATED)
    kept_back = frame.join(repeated, on=KEY, how="semi", maintain_order="left")
    _end(tx, kept_back, state="suppressed", reason=REPEATED, now=now)
    is_going = (pl.col("suspicion") == SAME_ADDRESS) & ~pl.col("journey").is_in(list(tripped))
    add(tx, pl.concat([kept_back.select(_STEP), found.filter(is_going).select(_STEP)]), "repeated")
    kept = set(kept_back.select(KEY).rows())
    return [row for row in rows if key_of(row) not in kept]


def count_twice(tx: Transaction, rows: pl.DataFrame, *, now: datetime) -> None:
    """Count messages that turned out to be at their receiver twice; too many stop their scenario.

    Args:
        tx: the transaction that settles.
        rows: rows of the outbox.
        now: business time.
    """
    if len(rows):
        _over_limit(tx, rows, now)
        add(tx, rows, "repeated")


def watch(ledger: Ledger, *, now: datetime, overdue_after: timedelta = OVERDUE_AFTER) -> list[str]:
    """Stop scenarios of which far too much is due, or was due long ago; return their names.

    What a person has confirmed once is not asked about again, and what the provider's limits stretch over days is not
    overdue.

    Args:
        ledger: the ledger.
        now: business time.
        overdue_after: what has been due for longer needs a person's word, when it is more than a few messages.
    """
    with ledger.reading() as tx:
        due = _due(tx, now, now - overdue_after)
        people = _people(tx) if due["due"].sum() > FLOOD_FROM else 0
        is_held_back = due["overdue"].sum() > FEW and is_holding_back(tx, now=now)
    hours = int(overdue_after.total_seconds() // 3600)
    found = [
        (name, OVERDUE, {"count": overdue, "hours": hours})
        for name, overdue in due.select("journey", "overdue").rows()
        if overdue > FEW and not is_held_back
    ]
    left = int(due["due"].sum())
    for name, count in due.sort("due", "journey", descending=[True, False]).select("journey", "due").rows():
        if left > max(FLOOD_FROM, FLOOD_A_PERSON * people):
            found.append((name, FLOOD, {"count": count, "people": people}))
            left -= count
    if found:
        with ledger.writing() as tx:
            for name, reason, figures in found:
                trip(tx, name, reason, figures, now=now)
    return sorted({name for name, _, _ in found})


def trip(tx: Transaction, journey: str, reason: str, found: dict[str, Any], *, now: datetime) -> None:
    """Stop a scenario's sending; one that is stopped already keeps its first reason."""
    if tx.value(select(breakers.c.reason).where(breakers.c.journey == journey, breakers.c.cleared_at.is_(None))):
        return
    row = {
        "journey": journey,
        "tripped_at": now,
        "reason": reason,
        "found": msgspec.json.encode(found).decode(),
        "cleared_at": None,
        "cleared_by": None,
    }
    kinds: dict[str, Any] = {"tripped_at": INSTANT, "cleared_at": INSTANT, "cleared_by": pl.String}
    tx.insert(breakers, pl.DataFrame([row], schema_overrides=kinds), conflict="replace")


def read_tripped(tx: Transaction) -> dict[str, Tripped]:
    """Return the scenarios whose sending waits for a person, by name."""
    rows = tx.frame(select(breakers).where(breakers.c.cleared_at.is_(None)).order_by(breakers.c.journey))
    return {
        row["journey"]: Tripped(
            journey=row["journey"],
            tripped_at=row["tripped_at"],
            reason=row["reason"],
            found=msgspec.json.decode(row["found"]),
        )
        for row in rows.iter_rows(named=True)
    }


def clear(tx: Transaction, journey: str, *, by: str, now: datetime) -> bool:
    """Let a scenario send again, on a person's word; say whether anything was stopped."""
    mine = and_(breakers.c.journey == journey, breakers.c.cleared_at.is_(None))
    return tx.execute(breakers.update().where(mine).values(cleared_at=to_micros(now), cleared_by=by)) > 0


def skip_overdue(
    ledger: Ledger, journey: str, *, now: datetime, overdue_after: timedelta = OVERDUE_AFTER, part: int = 10_000
) -> int:
    """Suppress what has been due for too long, on a person's word; return how many messages.

    Args:
        ledger: the ledger.
        journey: the scenario.
        now: business time.
        overdue_after: what has been due for longer.
        part: messages a transaction.
    """
    skipped = 0
    late = and_(IS_QUEUED, outbox.c.journey == journey, outbox.c.due_at < to_micros(now - overdue_after))
    while True:
        with ledger.writing() as tx:
            rows = tx.frame(select(outbox).where(late).order_by(outbox.c.due_at).limit(part))
            _end(tx, rows, state="suppressed", reason=SKIPPED, now=now)
        skipped += len(rows)
        if len(rows) < part:
            return skipped


def _end(tx: Transaction, rows: pl.DataFrame, *, state: str, reason: str, now: datetime) -> None:
    if rows.is_empty():
        return
    ended = rows.with_columns(state=pl.lit(state), reason=pl.lit(reason), ended_at=pl.lit(now, INSTANT))
    tx.update(outbox, ended.select("state", "reason", "ended_at", *KEY), keys=KEY)
    event = EMAIL_IN_DOUBT if state == "in_doubt" else MESSAGE_SUPPRESSED
    tell(tx, event, ended, [*_STEP, *KEY, "template", "reason"], at=now)


def _trip_each(tx: Transaction, rows: list[Row], reason: str, now: datetime) -> set[str]:
    counted = Counter(row["journey"] for row in rows)
    for name in sorted(counted):
        trip(tx, name, reason, {"count": counted[name]}, now=now)
    return set(counted)


def _over_limit(tx: Transaction, found: pl.DataFrame, now: datetime) -> list[str]:
    """Stop the scenarios in which these repeats make too many; return their names."""
    names = found["journey"].unique()
    known = tx.frame(select(tallies).where(tx.among(tallies.c.journey, names)))
    fresh = found.group_by(_STEP).agg(fresh=pl.len().cast(pl.Int64))
    sums = fresh.join(known, on=_STEP, how="left").with_columns(pl.col("handed", "repeated").fill_null(0))
    tripped = []
    for row in sums.sort(_STEP).iter_rows(named=True):
        count = row["repeated"] + row["fresh"]
        if count >= limit(row["handed"]):
            trip(tx, row["journey"], REPEATED, {"count": count, "step": row["step"]}, now=now)
            tripped.append(row["journey"])
    return tripped


def _due(tx: Transaction, now: datetime, late: datetime) -> pl.DataFrame:
    """Return `journey`, `due`, `overdue` of scenarios that send; what a person has confirmed does not count."""
    cleared = select(breakers.c.journey, func.max(breakers.c.cleared_at).label("confirmed_at"))
    confirmed = dict(tx.frame(cleared.group_by(breakers.c.journey)).drop_nulls().rows())
    counted = []
    for journey, version in heads(tx).filter(pl.col("due_at") <= now).select("journey", "version").rows():
        waiting = [IS_QUEUED, outbox.c.journey == journey, outbox.c.version == version]
        if journey in confirmed:
            waiting.append(outbox.c.due_at > to_micros(confirmed[journey]))
        count = select(func.count()).select_from(outbox).where(*waiting)
        due = tx.value(count.where(outbox.c.due_at <= to_micros(now)))
        overdue = tx.value(count.where(outbox.c.due_at < to_micros(late)))
        counted.append((journey, int(due), int(overdue)))
    kinds = {"journey": pl.String, "due": pl.Int64, "overdue": pl.Int64}
    return pl.DataFrame(counted, schema=kinds, orient="row").group_by("journey").sum()


def _people(tx: Transaction) -> int:
    return int(tx.value(select(func.count(node_map.c.customer.distinct())).where(node_map.c.is_shared.is_(False))))
