"""Never reach a person more often than the shop's caps allow (配信頻度の上限).

A cap counts what has been sent, what is promised, and what is granted in the same call: messages are granted in the
order of the rows, the k-th of every person together, so the number of operations depends on how many messages one
person can have in a call and never on how many people there are. A message counts in every window that it lies in, so
the order in which messages come up cannot break a cap.
"""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from tenshu.decide.policy import EACH, EXEMPT_PURPOSES, Cap, Policy
from tenshu.journey.local_time import local_days
from tenshu.store.ledger import INSTANT

_KEY: Final = ("enrolment", "visit")
_SCOPE: Final = ("customer", "channel", "purpose", "journey")


def over_cap(rows: pl.DataFrame, contacts: pl.DataFrame, policy: Policy, *, now: datetime, zone: str) -> pl.Series:
    """Say of messages that are about to be handed over now which would break a cap.

    Args:
        rows: enrolment, visit, customer, channel, purpose, journey, and if known zone; granted in this order.
        contacts: what has reached these customers: customer, channel, journey, purpose, at (and enrolment, visit: a
            message is no contact before itself).
        policy: the caps.
        now: the business instant of the hand-over.
        zone: the shop's.
    """
    others = contacts
    if set(_KEY) <= set(contacts.columns):
        others = contacts.join(rows.select(_KEY), on=_KEY, how="anti")
    wanted = rows.with_columns(at=pl.lit(now, INSTANT), may_go=pl.lit(value=True), is_counted=pl.lit(value=True))
    return capped(wanted, others, policy, zone=zone)


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
            turn=pl.int_range(pl.len()).over("customer"),
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


def _placed(contacts: pl.DataFrame, rows: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Give contacts the local day of their customer."""
    zones = rows.select("customer", "zone").unique("customer", keep="first")
    near = contacts.select(*_SCOPE, "at").join(zones, on="customer", maintain_order="left")
    return near.with_columns(day=local_days(near["at"], near["zone"], zone))


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
