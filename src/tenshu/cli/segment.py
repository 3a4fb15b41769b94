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
from tenshu.segment.reach import Reach, funnel

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
@click.option("--purpose", type=click.Choice(["marketing", "service"]), default="marketing", show_default=True)
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
    from tenshu.decide.cap import capped
    from tenshu.decide.decision import gather
    from tenshu.decide.policy import read_policy
    from tenshu.deliver.outbox import PROMISED, read_contacts
    from tenshu.identify.tables import node_map
    from tenshu.know.profile import profiles
    from tenshu.privacy.consent import read_effective
    from tenshu.privacy.suppression import digest_addresses, read_suppressed

    known = profiles(shop.warehouse, now=now, customers=members).select("customer", address="email", zone="zone")
    digests = pl.Series(digest_addresses(known["address"], shop.address_key), dtype=pl.Binary)
    addresses = known.with_columns(address_digest=digests)
    policy = read_policy(shop.ledger)
    with shop.ledger.reading() as tx:
        consents = read_effective(tx, members, node_map, now=now)
        suppressed = read_suppressed(tx, digests.drop_nulls(), channel="email")
        contacts = read_contacts(tx, members, since=policy.earliest(now), states=PROMISED)
    wanted = members.alias("customer").to_frame().with_columns(channel=pl.lit("email"), purpose=pl.lit(purpose))
    people = gather(wanted, addresses, consents, suppressed)
    asked = people.with_columns(
        journey=pl.lit(""),
        at=pl.lit(now).cast(pl.Datetime("us", "UTC")),
        may_go=pl.lit(value=True),
        is_counted=pl.lit(value=False),
    )
    is_capped = capped(asked, contacts, policy, zone=shop.settings.zone)
    is_refused = pl.col("consent").is_not_null() & ~pl.col("consent").str.starts_with("granted")
    has_basis = ~is_refused & (pl.col("consent").is_not_null() | pl.lit(purpose == "service"))
    return funnel(
        members,
        addressed=people.filter(pl.col("address").is_not_null() & (pl.col("address") != ""))["customer"],
        consenting=people.filter(has_basis)["customer"],
        suppressed=people.filter(pl.col("suppressed_reason").is_not_null())["customer"],
        capped=people.filter(is_capped)["customer"],
    )
