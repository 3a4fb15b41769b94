"""`tenshu segment`: say a condition in words, and count who meets it and who can be reached (対象母数)."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
import polars as pl

from tenshu.cli.as_of import AS_OF, HOME, JSON, instant, show, table, write_json
from tenshu.condition import Condition, ConditionUnreadable, parse, sentence
from tenshu.condition import schema as condition_schema
from tenshu.kit.i18n import _, current_language
from tenshu.segment.reach import Reach

if TYPE_CHECKING:
    from tenshu.bootstrap import Shop

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def segment() -> None:
    """Say conditions in words and count who meets them."""


@segment.command()
@click.option("--condition", "file", type=FILE, required=True, help="A condition as JSON.")
@HOME
@AS_OF
@click.option(
    "--purpose",
    type=click.Choice(["marketing", "service"]),
    default="marketing",
    show_default=True,
    help="Whose consent and caps are asked for.",
)
@JSON
def count(file: Path, home: Path, as_of: str | None, purpose: str, json_file: Path | None) -> None:
    """Count who meets a condition, and how many of them a mail can reach."""
    from tenshu.bootstrap import open_shop

    condition = read_condition(file)
    shop = open_shop(home)
    at = instant(as_of, now=shop.clock.now(), zone=shop.settings.zone)
    members = read_members(shop, condition, now=at, is_past=as_of is not None)
    reach = read_reach(shop, members, now=at, purpose=purpose)
    currency = shop.settings.currency
    shop.close()
    made = table(_("Who can be reached"), [""], [_("number of customers")])
    for _code, words, people in reach.steps:
        made.add_row(_(words), f"{people:,}")
    show(sentence(condition, current_language(), currency=currency), made)
    write_json(json_file, {"as_of": at, "purpose": purpose, **msgspec.to_builtins(reach)})


@segment.command()
@click.option("--condition", "file", type=FILE, required=True, help="A condition as JSON.")
def say(file: Path) -> None:
    """Say a condition in words."""
    show(sentence(read_condition(file), current_language()))


@segment.command()
def schema() -> None:
    """Print the JSON Schema of conditions."""
    click.echo(msgspec.json.format(msgspec.json.encode(condition_schema()), indent=2).decode())


def read_condition(file: Path) -> Condition:
    """Return the condition that a JSON file holds.

    Raises:
        ConditionUnreadable: the file is no JSON, or what it says is no condition.
    """
    try:
        data = msgspec.json.decode(file.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise ConditionUnreadable(path=file.name, reason=str(problem)) from problem
    return parse(data)


def read_members(shop: "Shop", condition: Condition, *, now: datetime, is_past: bool) -> pl.Series:
    """Return the customers who meet the condition.

    Ranks are those that the scenarios use, published last; for a past day, or where none were ever published, they
    are computed as they would have been published then.
    """
    from tenshu.know.publish import compute_cuts, published_cuts
    from tenshu.know.rank import read_borders
    from tenshu.segment.evaluate import evaluate

    zone = shop.settings.zone
    cuts = None if is_past else published_cuts(shop.warehouse, now=now)
    if cuts is None:
        cuts = compute_cuts(shop.warehouse, as_of=now, zone=zone, borders=read_borders(shop.ledger))
    found = evaluate(shop.warehouse, {"met": condition}, now=now, zone=zone, cuts=cuts)
    return found.filter("met")["customer"]


def read_reach(shop: "Shop", members: pl.Series, *, now: datetime, purpose: str) -> Reach:
    """Return how many of the members one more mail for this purpose could reach now, asked as `decide` asks."""
    from tenshu.measure.reach import reach_of, read_reached

    reached = read_reached(
        shop, members, now=now, purpose=purpose, zone=shop.settings.zone, address_key=shop.address_key
    )
    return reach_of(members, reached)
