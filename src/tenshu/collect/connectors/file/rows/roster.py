"""Rows of a customer list become facts: what is stated about each person, and what they consented to.

A description without a date of its own was true when the file came. A consent without one dates from the day
of joining, else from then; told again by a later export it stays the same fact, so that an old list cannot
overrule a refusal in between.
"""

from collections.abc import Callable
from typing import Any, Final

import polars as pl

from tenshu.collect.connectors.file.plans.plan import EXTRA, Plan
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.collect.connectors.file.rows.consents import NO_DAY, as_json, read_consents, read_instant
from tenshu.collect.connectors.file.rows.meaning import language, sex
from tenshu.collect.connectors.file.rows.names import read_names
from tenshu.collect.connectors.file.rows.people import SOURCE, identifiers
from tenshu.collect.connectors.file.rows.reading import Reading, converted
from tenshu.collect.event import FACT_SCHEMA
from tenshu.collect.reject import Reason
from tenshu.collect.vocabulary import CONSENT_RECORDED, CUSTOMER_DESCRIBED
from tenshu.kit.dates import parse_date, parse_month_day
from tenshu.kit.ids import content_keys
from tenshu.kit.japanese import is_old_mobile, normalise_postal_code, prefecture_of
from tenshu.store.ledger import INSTANT

AS_WRITTEN: Final = ("consent", "opt_out")
#: Fields in which the marks and kanji that somebody chose stay as they are.
KEPT: Final = ("full_name", "last_name", "first_name", "company", "address")
#: The trait `email_form` of an address that mobile carriers handed out against the standard.
OLD_MOBILE: Final = "old_mobile"
#: A value of a column of the owner's own is cut there, in characters.
LONGEST_EXTRA: Final = 500
_LINE: Final[dict[str, pl.DataType]] = {name: FACT_SCHEMA[name] for name in list(FACT_SCHEMA)[7:]}


def read_people(chunk: pl.DataFrame, plan: Plan, terms: ShopTerms) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (descriptions and consents as facts, refused cells) of some rows.

    The facts have FACT_SCHEMA's columns and `row`.
    """
    own = {f"{EXTRA}{trait}": numbers for trait, numbers in plan.extras.items()}
    reading = Reading(chunk, plan.columns | own, plan.names, as_written=AS_WRITTEN, kept=(*KEPT, *own))
    who = identifiers(reading)
    reading.refuse(_first_identifier(reading), who["who"].fill_null("") == "", Reason.NOBODY)
    traits = _traits(reading, plan, who)
    updated, joined = read_instant(reading, "updated_on", plan, terms), read_instant(reading, "joined_on", plan, terms)
    consent = read_consents(reading, chunk, plan, terms)
    received = pl.lit(terms.received_at, dtype=INSTANT)
    known = [reading.rows, who["who"], who["identifiers"], updated.alias("updated"), joined.alias("joined")]
    people = pl.DataFrame(known).with_columns(received.alias("received_at"), traits=traits)
    good = reading.accepted()
    described = _descriptions(people.filter(good), terms)
    # A no counts even where the rest of its row cannot be read: nobody may be written to by mistake.
    is_no = (consent["status"] != "granted").fill_null(value=False) & (people["who"] != "")
    consents = _consent_facts(pl.concat([people, consent], how="horizontal").filter(good | is_no))
    return pl.concat([described, consents]), reading.rejects()


def _first_identifier(reading: Reading) -> str:
    named = ("customer_no", "member_no", "email", "phone", "full_name", "last_name")
    return next(field for field in named if reading.has(field))


def _traits(reading: Reading, plan: Plan, who: pl.DataFrame) -> pl.Series:
    """Return the stated traits of each row as the inside of a JSON object, without those that are blank."""
    order = plan.date_order
    reading.blank("birthday", NO_DAY)
    reading.blank("postal_code", r"^0+$")

    def text(field: str, convert: Callable[[str], str | None], reason: Reason | None = None) -> pl.Series:
        return reading.read(field, convert, pl.String(), reason)

    def day(written: str) -> str | None:
        found = parse_date(written, order)
        return found.isoformat() if found else None

    def anniversary(written: str) -> str | None:
        without_year = parse_month_day(written)
        return f"--{without_year[0]:02}-{without_year[1]:02}" if without_year else day(written)

    frame = pl.DataFrame(
        [
            *read_names(reading),
            _postal_code(reading, text("postal_code", normalise_postal_code, Reason.BAD_POSTAL_CODE)),
            *_address(reading),
            reading.text("country").alias("country"),
            text("birthday", anniversary, Reason.BAD_DATE).alias("birthday"),
            text("sex", sex).alias("sex"),
            text("language", language).alias("language"),
            reading.text("zone").alias("zone"),
            text("joined_on", day).alias("joined_on"),
        ]
    )
    known = who.select("customer_no", "email", _email_form(who["email"]), "phone")
    own = [reading.text(f"{EXTRA}{trait}").str.slice(0, LONGEST_EXTRA).alias(trait) for trait in plan.extras]
    return as_json(known.hstack(frame).with_columns(own)).alias("traits")


def _email_form(emails: pl.Series) -> pl.Series:
    """Return what is odd about an address, null for all usual ones."""
    odd = pl.DataFrame({"email": emails}).select(pl.col("email").str.contains(r"\.\.|\.@|^\."))["email"]
    if not odd.any():
        return pl.Series("email_form", [None], dtype=pl.String).new_from_index(0, len(emails))
    return converted(emails, lambda address: OLD_MOBILE if is_old_mobile(address) else None, pl.String()).alias(
        "email_form"
    )


def _postal_code(reading: Reading, told: pl.Series) -> pl.Series:
    """Return the postal code, which may stand before the address: 〒150-0001 東京都..."""
    found = reading.text("address").str.extract(r"^〒?\s*(\d{3}-\d{4})(?:\s|\D)").alias("found")
    return pl.DataFrame([told.alias("told"), found]).select(pl.coalesce("told", "found").alias("postal_code"))[:, 0]


def _address(reading: Reading) -> list[pl.Series]:
    address, told = reading.text("address"), reading.text("prefecture")
    found = converted(address, prefecture_of, pl.String())
    both = pl.DataFrame({"told": told, "found": found}).select(pl.coalesce("told", "found"))["told"]
    return [both.alias("prefecture"), address.alias("address")]


def _descriptions(people: pl.DataFrame, terms: ShopTerms) -> pl.DataFrame:
    facts = people.with_columns(
        pl.lit(CUSTOMER_DESCRIBED).alias("event"),
        pl.coalesce("updated", "joined", "received_at").alias("occurred_at"),
        ('{"traits":{' + pl.col("traits") + "}}").alias("properties"),
    )
    # Without a date of change, the day on which the file came tells a new statement from an old one.
    day = terms.received_at.astimezone(terms.zone_info).date().isoformat()
    dated = pl.coalesce(pl.col("updated").dt.epoch("us").cast(pl.String), pl.lit(day))
    return _keyed(facts, dated)


def _consent_facts(people: pl.DataFrame) -> pl.DataFrame:
    # Without a date of its own a word is as old as nobody knows: it never stands against a later revocation.
    said = pl.when(pl.col("since").is_null()).then(pl.lit('"dated":false')).otherwise(pl.lit('"dated":true'))
    is_dated = pl.when(pl.col("proof") == "").then(said).otherwise(pl.lit(",") + said)
    # Who is told to be stopped is so today: the day of joining would leave every later yes standing.
    begun = pl.when(~pl.col("is_stopped")).then("joined")
    facts = people.filter(pl.col("status").is_not_null()).with_columns(
        pl.lit(CONSENT_RECORDED).alias("event"),
        pl.coalesce("since", begun, "received_at").alias("occurred_at"),
        pl.concat_str(
            pl.lit('{"channel":"email","purpose":"marketing",'),
            "stated",
            pl.lit(',"proof":{'),
            "proof",
            is_dated,
            pl.lit("}}"),
        ).alias("properties"),
    )
    dated = pl.coalesce("since", begun).dt.epoch("us").cast(pl.String).fill_null("undated")
    return _keyed(facts, dated)


def _keyed(facts: pl.DataFrame, dated: pl.Expr) -> pl.DataFrame:
    """Give each fact the key of its content, and the columns of a fact."""
    content = facts.select(
        pl.concat_str(pl.lit("person"), "event", "who", "properties", dated, separator="\x1f").alias("content")
    )
    blank: list[Any] = [pl.lit(None, dtype=kind).alias(name) for name, kind in _LINE.items()]
    return facts.with_columns(
        pl.Series("fact_id", content_keys(content["content"]), dtype=pl.Binary), pl.lit(SOURCE).alias("source"), *blank
    ).select("row", *FACT_SCHEMA)
