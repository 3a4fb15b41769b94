"""Whom a row is about: the identifiers it carries, in one form and in order of strength."""

import re
from typing import Final

import polars as pl

from tenshu.collect.connectors.file.rows.contacts import read_email, read_phone
from tenshu.collect.connectors.file.rows.reading import Reading, converted
from tenshu.collect.event import IDENTIFIER
from tenshu.collect.reject import Reason
from tenshu.kit.japanese import name_key, normalise_postal_code

#: Facts of every file have one source, so that an order is the same order in whatever export it stands.
SOURCE: Final = "file"
#: A spreadsheet or a program that took a code for a number wrote .0 behind it.
CODE: Final = r"^(\d+)\.0+$"
#: What tills write where nobody is known, and what people type to get past a form.
_NOBODY: Final = re.compile(r"0+|9{5,}|x+|\*+", re.IGNORECASE)
_SHARED_EMAILS: Final = frozenset({"test@test.com", "test@example.com", "none@none.com", "a@a.com", "aaa@aaa.com"})

#: Somebody without a number, an address and a telephone is known by name and postal code together.
NAME_AND_PLACE: Final = "name_postal"
_BETWEEN: Final = "\x1e"


def identifiers(reading: Reading) -> pl.DataFrame:
    """Return for each row `identifiers`, the strongest first and empty when nobody is known, and each kind's value.

    The column `who` writes the same as one text, for keys.
    """
    values = {
        "customer_no": reading.read("customer_no", customer_number, pl.String(), None),
        "member_no": reading.read("member_no", customer_number, pl.String(), None),
        "email": reading.read("email", _email, pl.String(), Reason.BAD_EMAIL),
        "phone": reading.read("phone", read_phone, pl.String(), Reason.BAD_PHONE),
    }
    frame = pl.DataFrame([series.replace("", None).alias(kind) for kind, series in values.items()])
    unknown = frame.select(pl.all_horizontal(pl.all().is_null()))[:, 0]
    frame = frame.with_columns(_name_and_place(reading, unknown).alias(NAME_AND_PLACE))
    kinds = (*values, NAME_AND_PLACE)
    pairs = [pl.lit(f"{kind}:") + pl.col(kind) for kind in kinds]
    who = frame.select(pl.concat_str(pairs, separator=_BETWEEN, ignore_nulls=True).alias("who"))["who"]
    told = pl.concat_list([_identifier(kind) for kind in kinds]).list.drop_nulls()
    return frame.with_columns(who, told.cast(pl.List(IDENTIFIER)).alias("identifiers"))


def _name_and_place(reading: Reading, wanted: pl.Series) -> pl.Series:
    """Return name and postal code together for the rows that are wanted; null where either is not there."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(wanted))
    has_name = reading.has("full_name") or reading.has("last_name")
    if not (reading.has("postal_code") and has_name and wanted.any()):
        return nothing
    parts = (reading.text("last_name").fill_null("") + " " + reading.text("first_name").fill_null("")).str.strip_chars()
    names = converted(reading.text("full_name").fill_null(parts), name_key, pl.String()).replace("", None)
    places = converted(reading.text("postal_code"), normalise_postal_code, pl.String())
    both = names + "|" + places
    return pl.select(pl.when(wanted).then(both)).to_series()


def _identifier(kind: str) -> pl.Expr:
    """Return the identifier of that kind, null where the row has none."""
    return pl.when(pl.col(kind).is_not_null()).then(pl.struct(kind=pl.lit(kind), value=kind))


def customer_number(text: str) -> str | None:
    """Return the number as it is compared, or None where it means nobody.

    >>> customer_number("17850.0"), customer_number("00012"), customer_number("0000")
    ('17850', '00012', None)
    """
    plain = re.sub(CODE, r"\1", text)
    return None if _NOBODY.fullmatch(plain) else plain


def _email(text: str) -> str | None:
    """Return the address; an address that anybody might have typed is blank, for it names nobody."""
    address = read_email(text)
    return "" if address in _SHARED_EMAILS else address
