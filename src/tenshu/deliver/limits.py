"""The provider's limits: a mail host takes only so many messages an hour and a day (500 a day is common).

Every claim writes down how many messages it took into its hands, minute by minute, in its own transaction; what the
receiver did not take is given back. So the sum over the last hour or day never says less than the receiver got,
whatever dispatchers and restarts there were, and a claim reads a few rows instead of counting history.
"""

import unicodedata
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

import msgspec
import polars as pl
from msgspec import Meta
from sqlalchemy import ColumnElement, func, select

from tenshu.deliver.tables import handed_by_minute
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.ledger import Transaction
from tenshu.store.settings import setting, write_setting
from tenshu.store.tables import to_micros

#: The name of the setting.
LIMITS: Final = "limits"
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
#: How much longer a minute counts than the window is: until the last message claimed in it has left, and a while for
#: the handing over itself.
LINGERS: Final = timedelta(minutes=2)
#: No provider's limit is larger; more is no limit.
MOST: Final = 100_000_000
_KEPT_FOR: Final = timedelta(days=3)


class LimitRefused(TenshuError):
    """A limit that cannot be kept."""

    template: ClassVar[str] = N_(
        "{name} cannot be {value}. It takes a whole number from 1, or nothing at all for no limit."
    )


class ProviderFull(TenshuError):
    """A mail that somebody waits for would be more than the provider takes."""

    template: ClassVar[str] = N_(
        "The mail provider takes no more just now: the limit that is set under Settings is reached. "
        "Nothing was sent; the next mail may go at {when}."
    )
    status = 429


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much the provider takes.

    Attributes:
        per_hour, per_day: messages in any hour and any 24 hours; None = as many as there are.
    """

    per_hour: Annotated[int, Meta(ge=1, le=MOST)] | None = None
    per_day: Annotated[int, Meta(ge=1, le=MOST)] | None = None

    def windows(self) -> list[tuple[timedelta, int]]:
        """Return each limit that is set: its window and how many."""
        both = ((HOUR, self.per_hour), (DAY, self.per_day))
        return [(window, most) for window, most in both if most is not None]


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Where the shop stands with its provider's limits.

    Attributes:
        limits: what they are.
        last_hour, last_day: messages that went, or are in somebody's hands.
        room: how many may go now; None = as many as there are.
        next_at: when the next may go, when none may now.
    """

    limits: Limits
    last_hour: int
    last_day: int
    room: int | None
    next_at: datetime | None


def parse_limit(name: str, text: str) -> int | None:
    """Read a limit as a person writes it: 500, 1,000, in wide digits, or nothing.

    Raises:
        LimitRefused: it is none.

    >>> parse_limit("per_day", "1,000"), parse_limit("per_day", " ")
    (1000, None)
    """
    written = unicodedata.normalize("NFKC", text).strip()
    if not written:
        return None
    digits = written.replace(",", "")
    if not digits.isdecimal() or len(digits) > 12 or not 1 <= int(digits) <= MOST:
        raise LimitRefused(name=name, value=text.strip()[:40])
    return int(digits)


def read_limits(tx: Transaction) -> Limits:
    """Return the provider's limits; none in a fresh home."""
    return msgspec.convert(setting(tx, LIMITS, {}), Limits)


def write_limits(tx: Transaction, limits: Limits) -> None:
    """Save the provider's limits."""
    write_setting(tx, LIMITS, msgspec.to_builtins(limits))


def room(tx: Transaction, limits: Limits, *, now: datetime) -> int | None:
    """Return how many messages may be taken in hand now; None = as many as there are."""
    left = [most - _within(tx, now, window) for window, most in limits.windows()]
    return max(0, min(left)) if left else None


def pace(tx: Transaction, *, now: datetime) -> Pace:
    """Return where the shop stands with its provider's limits."""
    limits = read_limits(tx)
    left = room(tx, limits, now=now)
    return Pace(
        limits=limits,
        last_hour=_within(tx, now, HOUR),
        last_day=_within(tx, now, DAY),
        room=left,
        next_at=max(_free_at(tx, now, window, most) for window, most in limits.windows()) if left == 0 else None,
    )


def is_holding_back(tx: Transaction, *, now: datetime) -> bool:
    """Say whether what waits may have waited for long because of the limits, and not because nobody dispatched.

    It may when the last two days took at least a quarter of what the limits allow in one: quiet hours take some of a
    day, and what went in one go leaves the window in one go.
    """
    limits = read_limits(tx)
    allowed = min((most * (DAY // window) for window, most in limits.windows()), default=None)
    return allowed is not None and 4 * _within(tx, now, 2 * DAY) >= allowed


def took(tx: Transaction, messages: int, *, now: datetime) -> None:
    """Write down, in the transaction of a claim, that so many messages are in somebody's hands."""
    if messages == 0:
        return
    minute = _minute(now)
    mine = handed_by_minute.c.minute_at == to_micros(minute)
    more = handed_by_minute.update().where(mine).values(messages=handed_by_minute.c.messages + messages)
    if tx.execute(more) == 0:
        tx.insert(handed_by_minute, pl.DataFrame({"minute_at": [minute], "messages": [messages]}))
        tx.execute(handed_by_minute.delete().where(handed_by_minute.c.minute_at < to_micros(now - _KEPT_FOR)))


def take_one(tx: Transaction, *, now: datetime, zone: str) -> None:
    """Take a mail in hand that comes from no outbox, such as a test.

    Args:
        tx: of its own, before the mail is handed over.
        now: business time.
        zone: in which a refusal says when there is room again.

    Raises:
        ProviderFull: the provider takes no more now.
    """
    free_at = pace(tx, now=now).next_at
    if free_at is not None:
        raise ProviderFull(when=f"{free_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}")
    took(tx, 1, now=now)


def gave_one_back(tx: Transaction, *, taken_at: datetime) -> None:
    """Write down that a mail which `take_one` took did not reach the receiver."""
    gave_back(tx, pl.DataFrame({"claimed_at": [taken_at]}))


def gave_back(tx: Transaction, claimed: pl.DataFrame) -> None:
    """Write down that these claimed messages did not reach the receiver: rows of the outbox with `claimed_at`."""
    if claimed.is_empty():
        return
    by_minute = claimed.group_by(pl.col("claimed_at").dt.truncate("1m").alias("minute_at")).agg(back=pl.len())
    for minute, back in by_minute.drop_nulls().rows():
        mine = handed_by_minute.c.minute_at == to_micros(minute)
        tx.execute(handed_by_minute.update().where(mine).values(messages=handed_by_minute.c.messages - back))


def _counts(now: datetime, window: timedelta) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Say of minutes that they count in a window that ends now.

    Other processes' clocks may be ahead of ours; what is ahead by more than the window is of a clock that was wrong.
    """
    minute = handed_by_minute.c.minute_at
    return minute > to_micros(now - window - LINGERS), minute <= to_micros(now + window)


def _within(tx: Transaction, now: datetime, window: timedelta) -> int:
    return int(tx.value(select(func.sum(handed_by_minute.c.messages)).where(*_counts(now, window))) or 0)


def _free_at(tx: Transaction, now: datetime, window: timedelta, most: int) -> datetime:
    """Return when the window has room for one more: when enough of its oldest minutes have left it."""
    counts = handed_by_minute.c
    query = select(counts.minute_at, counts.messages).where(*_counts(now, window)).order_by(counts.minute_at)
    left, free_at = _within(tx, now, window), now
    for minute, messages in tx.frame(query).rows():
        if left < most:
            break
        left -= messages
        free_at = minute + window + LINGERS
    return free_at


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
