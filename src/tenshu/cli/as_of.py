"""What the commands that ask about customers share: the instant they ask about, tables, JSON."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tenshu.condition.window import local_midnight
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

HOME = click.option("--home", type=click.Path(path_type=Path), required=True, help="The shop's folder.")
AS_OF = click.option("--as-of", metavar="DATE", help="As it was at the end of that day, or at that local time.")
JSON = click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here."
)
DAYS = click.option("--days", type=click.IntRange(min=0), help="Count only purchases of so many days (default: all).")


class DateUnclear(TenshuError):
    """A day was given that cannot be read."""

    template = N_('"{given}" is no date. Write a day like 2011-12-09 or a local time like 2011-12-09T10:00.')


def instant(as_of: str | None, *, now: datetime, zone: str) -> datetime:
    """Return the instant that a command asks about: `now`, a local time, or the last microsecond of a local day.

    Raises:
        DateUnclear: it is neither.

    >>> from datetime import UTC
    >>> instant("2011-12-09", now=datetime(2026, 1, 1, tzinfo=UTC), zone="Asia/Tokyo").isoformat()
    '2011-12-09T14:59:59.999999+00:00'
    """
    if as_of is None:
        return now
    try:
        read = datetime.fromisoformat(as_of)
        if "T" not in as_of and " " not in as_of:
            return local_midnight(read.date() + timedelta(days=1), zone) - timedelta(microseconds=1)
        aware = read if read.tzinfo is not None else read.replace(tzinfo=ZoneInfo(zone))
        return aware.astimezone(now.tzinfo)
    except (ValueError, OverflowError) as problem:  # the calendar ends with the year 9999
        raise DateUnclear(given=as_of) from problem


def table(title: str, left: list[str], right: list[str]) -> Table:
    """Return an empty table: columns of words on the left, columns of numbers on the right."""
    made = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    for name in left:
        made.add_column(name, no_wrap=True)
    for name in right:
        # Heads break at every word, so that no figure has to be cut short in a narrow terminal.
        made.add_column(name.replace(" ", "\n"), justify="right", no_wrap=True)
    return made


def show(*parts: Table | str) -> None:
    """Print tables and sentences to where the command writes; wide characters count twice."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 100, highlight=False)
    for part in parts:
        console.print(part, markup=False) if isinstance(part, str) else console.print(part)


def write_json(file: Path | None, figures: object) -> None:
    """Write figures as JSON when a file was named."""
    if file is not None:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n")
