"""Never reach a person more often than the shop's caps allow (配信頻度の上限).

A cap counts what has been sent, what is promised, and what is granted in the same call: messages are granted in the
order of the rows, the k-th of every person together, so the number of operations depends on how many messages one
person can have in a call and never on how many people there are. A message counts in every window that it lies in, so
the order in which messages come up cannot break a cap.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from tenshu.decide.policy import EACH, EXEMPT_PURPOSES, Cap, Policy
from tenshu.journey.local_time import is_zone, local, local_days

#: A row of the outbox, or a contact, by column.
Message = Mapping[str, Any]
_SCOPE: Final = ("customer", "channel", "purpose", "journey")


def over_cap(
    rows: Sequence[Message], contacts: Iterable[Message], policy: Policy, *, now: datetime, zone: str
) -> list[bool]:
    """Say of the few messages of one claim, about to be handed over now, which would break a cap.

    They are looked at one by one, and judged as `capped` judges whole frames.

    Args:
        rows: enrolment, visit, customer, channel, purpose, journey and zone of each; granted in this order.
        contacts: what has reached these customers: enrolment, visit, customer, channel, journey, purpose, at; a
            message is no contact before itself.
        policy: the caps.
        now: the business instant of the hand-over.
        zone: the shop's.
    """
    mine = {(row["enrolment"], row["visit"]) for row in rows}
    zones: dict[int, str] = {}
    for row in rows:
        zones.setdefault(row["customer"], _zone_of(row, zone))
    before: dict[int, list[_Counted]] = {customer: [] for customer in zones}
    for contact in contacts:
        if (contact["enrolment"], contact["visit"]) not in mine:
            customer, at = contact["customer"], contact["at"]
            before[customer].append(_Counted(contact, at, local(at, zones[customer]).date()))
    said = []
    for row in rows:
        theirs = before[row["customer"]]
        this = _Counted(row, now, local(now, _zone_of(row, zone)).date())
        is_full = row["purpose"] not in EXEMPT_PURPOSES and any(_is_full(cap, this, theirs) for cap in policy.caps)
        said.append(is_full)
        if not is_full:
            theirs.append(this)
    return said


class _Counted(NamedTuple):
    """A message, when it goes or went, and on which day of its customer's."""

    row: Message
    at: datetime
    day: date


def _is_full(cap: Cap, this: _Counted, theirs: list[_Counted]) -> bool:
    if not _is_about_one(cap, this.row):
        return False
    counted = [one for one in theirs if _is_about_one(cap, one.row) and _is_near(cap, this, one)]
    return len(counted) >= cap.limit


def _is_about_one(cap: Cap, row: Message) -> bool:
    wanted = ((row["channel"], cap.channel), (row["purpose"], cap.purpose), (row["journey"], cap.journey))
    return all(said is None or said in (EACH, found) for found, said in wanted)


def _is_near(cap: Cap, this: _Counted, other: _Counted) -> bool:
    """Say whether two messages lie in one window of the cap."""
    if cap.journey == EACH and this.row["journey"] != other.row["journey"]:
        return False
    if cap.days is not None:
        return abs(this.day - other.day) < timedelta(days=cap.days)
    return abs(this.at - other.at) < timedelta(hours=cap.hours or 0)


def _zone_of(row: Message, default: str) -> str:
    name: str | None = row["zone"]
    return name if name is not None and is_zone(name) else default


def capped(wanted: pl.DataFrame, contacts: pl.DataFrame, policy: Policy, *, zone: str) -> pl.Series:
    """Say of each row whether a cap keeps it back, given the contacts and the rows before it.

    Args:
        wanted: customer, channel, purpose, journey, at (when it would go), may_go (nothing else keeps it back),
            is_counted (it uses up caps; ghosts do not), and if known zone; in the order of who goes first.
        contacts: customer, channel, journey, purpose, at.
        policy: the caps; purposes that are exempt are never kept back.
        zone: the shop's, for customers without one.
    """
    if "zone" not in wanted.columns:
        wanted = wanted.with_columns(zone=pl.lit(None, pl.String))
    rows = (
        wanted.select(*_SCOPE, "at", "zone", "may_go", "is_counted")
        .with_columns(
            day=local_days(wanted["at"], wanted["zone"], zone),
            turn=_turns(wanted["customer"]),
            is_exempt=pl.col("purpose").is_in(EXEMPT_PURPOSES),
        )
        .with_row_index("row")
    )
    placed = _placed(contacts, rows, zone)
    used = [_count(rows, placed, cap) for cap in policy.caps]
    kept_back = pl.Series("capped", [False]).new_from_index(0, len(rows))
    for turn in range(rows["turn"].n_unique()):
        now_asked = rows.filter((pl.col("turn") == turn) & ~pl.col("is_exempt"))
        granted = rows.filter((pl.col("turn") < turn) & pl.col("may_go") & pl.col("is_counted") & ~kept_back)
        full = pl.Series([False]).new_from_index(0, len(now_asked))
        for cap, before in zip(policy.caps, used, strict=True):
            count = before.gather(now_asked["row"]) + _count(now_asked, granted, cap)
            full |= _is_about(now_asked, cap) & (count >= cap.limit)
        kept_back = kept_back.scatter(now_asked["row"], full)
    return kept_back


def _turns(customers: pl.Series) -> pl.Series:
    """Return of each row the how manieth of its customer it is, from 0."""
    order = np.argsort(customers.to_numpy(), kind="stable")  # those of one customer stay in their order
    place, sorted_ones = np.arange(len(order)), customers.to_numpy()[order]
    is_first = np.append(True, sorted_ones[1:] != sorted_ones[:-1])[: len(order)]
    turns = np.empty(len(order), dtype=np.int64)
    turns[order] = place - np.maximum.accumulate(np.where(is_first, place, 0))
    return pl.Series("turn", turns)


def _placed(contacts: pl.DataFrame, rows: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Give contacts the local day of their customer."""
    if rows["zone"].null_count() == len(rows):
        return contacts.select(*_SCOPE, "at").with_columns(day=local_days(contacts["at"], _nowhere(contacts), zone))
    zones = rows.select("customer", "zone").unique("customer", keep="first")
    near = contacts.select(*_SCOPE, "at").join(zones, on="customer", maintain_order="left")
    return near.with_columns(day=local_days(near["at"], near["zone"], zone))


def _nowhere(rows: pl.DataFrame) -> pl.Series:
    return pl.Series("zone", [None], dtype=pl.String).new_from_index(0, len(rows))


def _count(rows: pl.DataFrame, contacts: pl.DataFrame, cap: Cap) -> pl.Series:
    """Return per row how many of the contacts lie in one window of the cap with it."""
    if contacts.is_empty():
        return pl.Series([0], dtype=pl.Int64).new_from_index(0, len(rows))
    on = ["customer", "journey"] if cap.journey == EACH else ["customer"]
    theirs = contacts.filter(_is_about(contacts, cap)).select(*on, their_at="at", their_day="day")
    pairs = rows.select("row", *on, "at", "day").join(theirs, on=on)
    if cap.days is not None:
        is_near = (pl.col("day") - pl.col("their_day")).abs() < cap.days
    else:
        is_near = (pl.col("at") - pl.col("their_at")).abs() < timedelta(hours=cap.hours or 0)
    counts = pairs.filter(is_near).group_by("row").agg(pl.len().cast(pl.Int64).alias("count"))
    return rows.select("row").join(counts, on="row", how="left", maintain_order="left")["count"].fill_null(0)


def _is_about(rows: pl.DataFrame, cap: Cap) -> pl.Series:
    """Say which rows the cap is about."""
    is_about = pl.lit(value=True)
    for column, wanted in (("channel", cap.channel), ("purpose", cap.purpose), ("journey", cap.journey)):
        if wanted is not None and wanted != EACH:
            is_about &= pl.col(column) == wanted
    return rows.select(pl.repeat(value=True, n=pl.len()).alias("about") & is_about).to_series()
