"""What the pages on keeping say: rows and sentences, from what lies in the home."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from tenshu.flow.backing import Kept, Nightly
from tenshu.flow.restoring import Gap
from tenshu.kit.i18n import _, _n
from tenshu.web.console.figures import size

#: A backup that is older than this is said to be old.
OLD: Final = timedelta(days=8)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One backup or export in a list.

    Attributes:
        name: the file's.
        when: the local time of its state; says so when it is no whole file.
        age: how long ago that is.
        size: with its unit.
        kind: how it came about.
        is_whole: whether it can be used.
    """

    name: str
    when: str
    age: str
    size: str
    kind: str
    is_whole: bool


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a restored shop says until a person lets it go on.

    Attributes:
        since: from when on it does not know what it did, in local time.
        until: until when.
        messages: how many messages are due.
        witnessed: a sentence on what the old home told; empty without one.
        keys: how many keys for programs open again.
    """

    since: str
    until: str
    messages: int
    witnessed: str
    keys: int


def rows_of(kept: Sequence[Kept], *, now: datetime, zone: str) -> list[Row]:
    """Return the rows of the list, in the order given."""
    return [
        Row(
            name=one.name,
            when=_("not a whole backup") if one.made_at is None else moment(one.made_at, zone),
            age="" if one.made_at is None else age(now - one.made_at),
            size=size(one.size),
            kind=_("at night") if one.is_nightly else _("by hand"),
            is_whole=one.made_at is not None,
        )
        for one in kept
    ]


def answer(kept: Sequence[Kept], *, now: datetime) -> str:
    """Return the one sentence that says whether the shop is safe."""
    whole = [one.made_at for one in kept if one.made_at is not None]
    if not whole:
        return _("There is no backup yet. If this machine breaks today, everything is gone.")
    newest = max(whole)
    if now - newest > OLD:
        return _("The last backup is {age} old. What happened since would be lost.", age=span(now - newest))
    return _("The last backup was made {age}.", age=age(now - newest))


def is_worrying(kept: Sequence[Kept], *, now: datetime) -> bool:
    """Say whether there is no recent backup."""
    whole = [one.made_at for one in kept if one.made_at is not None]
    return not whole or now - max(whole) > OLD


def nightly_sentence(wanted: Nightly) -> str:
    """Return what happens every night."""
    if not wanted.is_on:
        return _("No backup is made by itself.")
    return _(
        "Every night after {hour}:00 one is made, and the newest {keep} of these are kept.",
        hour=wanted.hour,
        keep=wanted.keep,
    )


def held(gap: Gap, messages: int, zone: str) -> Held:
    """Return what a restored shop has to say."""
    witnessed = ""
    if gap.witnessed is not None:
        witnessed = _(
            "The old folder told of {sent} mails that went out and {refused} refusals: "
            "none of these is written to twice.",
            sent=f"{gap.witnessed:,}",
            refused=f"{gap.refused:,}",
        )
    return Held(
        since=moment(gap.since, zone),
        until=moment(gap.until, zone),
        messages=messages,
        witnessed=witnessed,
        keys=gap.keys,
    )


def moment(instant: datetime, zone: str) -> str:
    """Return the local time, to the minute."""
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def age(since: timedelta) -> str:
    """Return how long ago something was."""
    if since < timedelta(minutes=1):
        return _("just now")
    return _("{span} ago", span=span(since))


def span(time: timedelta) -> str:
    """Return a length of time in its largest unit."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return _n("{count} minute", "{count} minutes", minutes)
    if minutes < 48 * 60:
        return _n("{count} hour", "{count} hours", minutes // 60)
    return _n("{count} day", "{count} days", minutes // (24 * 60))
