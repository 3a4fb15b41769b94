"""What goes out next, as a chart by the hour, and what is held up, with why and what to do about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from tenshu.deliver.breaker import OVERDUE, Tripped
from tenshu.deliver.limits import Pace
from tenshu.deliver.standstill import Standstill
from tenshu.kit.i18n import _, _n
from tenshu.measure.outgoing import HOUR
from tenshu.web.console import figures
from tenshu.web.console.scenarios.words import tripped_sentence

#: Hours that are drawn; what comes later is one bar behind them.
HOURS: Final = 24
#: Scenarios with a colour of their own; the others share the last one.
COLOURS: Final = 4
_HIGH: Final = 150.0
_LEAST: Final = 3.0
_EVERY: Final = 3


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario's part of a bar."""

    colour: int
    y: float
    height: float
    is_held: bool
    said: str


class HourBar(msgspec.Struct, frozen=True, kw_only=True):
    """One hour; places are per cent of the width."""

    x: float
    width: float
    label: str
    count: str
    pieces: tuple[Piece, ...]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario of the queue.

    Attributes:
        name: in addresses.
        title: what people call it.
        colour: in the chart.
        count: messages that wait.
        next_at: when the next goes, in words.
        held: why they wait for a person, in a sentence; empty when they do not.
        is_tripped: whether its sending has stopped itself.
        may_skip: whether what is overdue may be skipped.
    """

    name: str
    title: str
    colour: int
    count: str
    next_at: str
    held: str = ""
    is_tripped: bool = False
    may_skip: bool = False


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """The page without the doubtful.

    Attributes:
        total: messages that wait, in words; empty when none.
        bars: by hour.
        height: of the chart.
        lines: by scenario.
        in_hands: messages at this moment with a dispatcher, in words; empty when none.
        standing_still: why nothing at all goes out; empty when it does.
        pace: where the shop stands with its provider's limits; empty when there are none.
        is_at_limit: whether nothing may go out just now for that.
    """

    total: str
    bars: tuple[HourBar, ...]
    height: float
    lines: tuple[Line, ...]
    in_hands: str
    standing_still: str
    pace: str
    is_at_limit: bool


def queue_view(
    waiting: pl.DataFrame,
    *,
    titles: dict[str, str],
    tripped: dict[str, Tripped],
    standing_still: Standstill | None,
    pace: Pace,
    in_hands: int,
    now: datetime,
    zone: str,
) -> Queue:
    """Return the page in the language that is spoken now.

    Args:
        waiting: `measure.outgoing.queued_by_hour`.
        titles: of the scenarios, by name.
        tripped: breakers that hold a scenario's sending.
        standing_still: why nothing at all goes out, or None.
        pace: the provider's limits.
        in_hands: messages with a dispatcher.
        now: business time.
        zone: the shop's.
    """
    by_name = waiting.group_by("journey").agg(
        pl.col("messages").sum(), pl.col("hour_at").min(), pl.col("status").first()
    )
    ordered = by_name.sort("messages", "journey", descending=[True, False])
    colours = {name: min(place, COLOURS) for place, name in enumerate(ordered["journey"], start=1)}
    held = {
        row["journey"]
        for row in ordered.iter_rows(named=True)
        if row["journey"] in tripped or row["status"] == "paused"
    }
    total = int(waiting["messages"].sum())
    return Queue(
        total=_n("{count} message waits to be sent.", "{count} messages wait to be sent.", figures.count(total))
        if total
        else "",
        bars=_bars(waiting, colours, titles, held, now=now, zone=zone),
        height=_HIGH,
        lines=tuple(_line(row, colours, titles, tripped, now=now, zone=zone) for row in ordered.iter_rows(named=True)),
        in_hands=_n(
            "{count} message is being handed over at this moment.",
            "{count} messages are being handed over at this moment.",
            figures.count(in_hands),
        )
        if in_hands
        else "",
        standing_still="" if standing_still is None else standing_still.text(),
        pace=_pace(pace, zone),
        is_at_limit=pace.next_at is not None,
    )


def _line(
    row: dict[str, object],
    colours: dict[str, int],
    titles: dict[str, str],
    tripped: dict[str, Tripped],
    *,
    now: datetime,
    zone: str,
) -> Line:
    name, due_at = str(row["journey"]), row["hour_at"]
    stop = tripped.get(name)
    held = _("It is paused.") if row["status"] == "paused" else ""
    if stop is not None:
        held = _("Sending has stopped itself: {reason}", reason=tripped_sentence(stop))
    assert isinstance(due_at, datetime)  # noqa: S101 - a column of instants
    is_due = due_at <= now
    return Line(
        name=name,
        title=titles.get(name, name),
        colour=colours[name],
        count=figures.count(int(str(row["messages"]))),
        next_at=_("due now") if is_due else _("from {when} on", when=figures.moment(due_at, zone)),
        held=held,
        is_tripped=stop is not None,
        may_skip=stop is not None and stop.reason == OVERDUE,
    )


def _bars(
    waiting: pl.DataFrame, colours: dict[str, int], titles: dict[str, str], held: set[str], *, now: datetime, zone: str
) -> tuple[HourBar, ...]:
    """Return a bar an hour from now on; what is due already stands in the first one."""
    if waiting.is_empty():
        return ()
    first = now.replace(minute=0, second=0, microsecond=0)
    place = (pl.col("hour_at") - first).dt.total_hours().clip(0, HOURS)
    counted = (
        waiting.with_columns(place=place)
        .group_by("place", "journey")
        .agg(pl.col("messages").sum())
        .sort("place", "journey")
    )
    most = int(counted.group_by("place").agg(pl.col("messages").sum())["messages"].max() or 1)  # type: ignore[arg-type]
    width = 100 / (HOURS + 1)
    bars = []
    for index in range(HOURS + 1):
        rows = counted.filter(pl.col("place") == index).select("journey", "messages").rows()
        bars.append(
            HourBar(
                x=round(index * width, 3),
                width=round(width * 0.72, 3),
                label=_label(index, first, zone),
                count=figures.count(sum(count for _name, count in rows)) if rows else "",
                pieces=tuple(_pieces(rows, most, colours, titles, held)),
            )
        )
    return tuple(bars)


def _pieces(
    rows: Sequence[tuple[str, int]], most: int, colours: dict[str, int], titles: dict[str, str], held: set[str]
) -> list[Piece]:
    pieces, y = [], _HIGH
    for name, count in sorted(rows, key=lambda row: (colours[row[0]], row[0])):
        height = max(_LEAST, count / most * (_HIGH - 20))
        y -= height
        said = f"{titles.get(name, name)}: {figures.count(count)}"
        pieces.append(
            Piece(colour=colours[name], y=round(y, 2), height=round(height, 2), is_held=name in held, said=said)
        )
    return pieces


def _label(index: int, first: datetime, zone: str) -> str:
    if index == HOURS:
        return _("later")
    if index == 0:
        return _("now")
    shown = (first + index * HOUR).astimezone(ZoneInfo(zone))
    return f"{shown:%H:%M}".removeprefix("0") if index % _EVERY == 0 else ""


def _pace(pace: Pace, zone: str) -> str:
    told = []
    for most, sent, words in (
        (pace.limits.per_hour, pace.last_hour, _("{sent} of {most} in the last hour")),
        (pace.limits.per_day, pace.last_day, _("{sent} of {most} in the last 24 hours")),
    ):
        if most is not None:
            told.append(words.format(sent=figures.count(sent), most=figures.count(most)))
    if not told:
        return ""
    said = _("Your mail provider's limit: {sums}.", sums=_(", ").join(told))
    if pace.next_at is None:
        return said
    return figures.joined(said, _("It is reached; sending goes on at {when}.", when=figures.moment(pace.next_at, zone)))
