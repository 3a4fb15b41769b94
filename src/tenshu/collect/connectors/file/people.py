"""Whom a row is about: the identifiers it carries, in one form and in order of strength."""

import re
from typing import Final

import polars as pl

from tenshu.collect.connectors.file.reading import Reading
from tenshu.collect.event import IDENTIFIER
from tenshu.collect.reject import Reason
from tenshu.kit.japanese import normalise_email, normalise_phone

#: Facts of every file have one source, so that an order is the same order in whatever export it stands.
SOURCE: Final = "file"
#: A spreadsheet or a program that took a code for a number wrote .0 behind it.
CODE: Final = r"^(\d+)\.0+$"
#: What tills write where nobody is known, and what people type to get past a form.
_NOBODY: Final = re.compile(r"0+|9{5,}|x+|\*+", re.IGNORECASE)
_SHARED_EMAILS: Final = frozenset({"test@test.com", "test@example.com", "none@none.com", "a@a.com", "aaa@aaa.com"})

_BETWEEN: Final = "\x1e"


def identifiers(reading: Reading) -> pl.DataFrame:
    """Return for each row `identifiers`, the strongest first and empty when nobody is known, and each kind's value.

    The column `who` writes the same as one text, for keys.
    """
    values = {
        "customer_no": reading.read("customer_no", customer_number, pl.String(), None),
        "member_no": reading.read("member_no", customer_number, pl.String(), None),
        "email": reading.read("email", _email, pl.String(), Reason.BAD_EMAIL),
        "phone": reading.read("phone", normalise_phone, pl.String(), Reason.BAD_PHONE),
    }
    frame = pl.DataFrame([series.replace("", None).alias(kind) for kind, series in values.items()])
    pairs = [pl.lit(f"{kind}:") + pl.col(kind) for kind in values]
    who = frame.select(pl.concat_str(pairs, separator=_BETWEEN, ignore_nulls=True).alias("who"))["who"]
    told = pl.concat_list([_identifier(kind) for kind in values]).list.drop_nulls()
    return frame.with_columns(who, told.cast(pl.List(IDENTIFIER)).alias("identifiers"))


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
    address = normalise_email(text)
    return "" if address in _SHARED_EMAILS else address
