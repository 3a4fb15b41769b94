"""Bring prices to one form, with tax: what a file says about tax in its headers or in a column, and nothing else.

Where a file says nothing, prices are taken as they are. The rate of a line is that of its column (10 %, 軽減 8 %,
非課税), else the one taken for granted.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal

import msgspec
import polars as pl

from tenshu.collect.connectors.file.note import Note, note
from tenshu.kit.japanese import normalise, parse_decimal

#: The rate in per cent where nothing says another one.
STANDARD: Final = 10
_INCLUDED: Final = re.compile("税込|内税|tax.?incl|incl.*tax|gross")
_EXCLUDED: Final = re.compile("税抜|税別|外税|本体|tax.?excl|excl.*tax|(?<![a-z])net(?![a-z])")
_INSIDE_WORD: Final = re.compile("内消費税|内税|うち|税込")
_REDUCED: Final = re.compile("軽減|reduced|^※$|^[*]$")
_FREE: Final = re.compile("非課税|不課税|免税|対象外|exempt|none")
_RATE: Final = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*%?")
#: No country's tax is higher, in per cent.
_HIGHEST: Final = 50
_RATES: Final = (0, 3, 5, 8, 10)
#: Which part of a price its tax is, in per cent, how far off a rounded one may be, and how many must be so.
_ON_TOP: Final = (Decimal(10), Decimal(8))
_INSIDE: Final = (Decimal(100) / 11, Decimal(800) / 108)
_OFF: Final = 1
_LEAST: Final = 0.8


class Tax(msgspec.Struct, frozen=True):
    """How a table's prices become prices with tax.

    Attributes:
        way: as_written; rate: tax is added to all; by_row: a column says to which and at which rate; added: a column of
            amounts of tax is added.
        is_excluded: for by_row, whether prices are without tax where the column does not say.
        rate: per cent where nothing says another one.
    """

    way: Literal["as_written", "rate", "by_row", "added"] = "as_written"
    is_excluded: bool = False
    rate: int = STANDARD


def says_included(text: str) -> bool | None:
    """Return whether the text says that prices include tax; None where it says neither.

    >>> says_included("単価（税込）"), says_included("本体価格"), says_included("金額")
    (True, False, None)
    """
    plain = normalise(text).casefold()
    if _INCLUDED.search(plain):
        return True
    return False if _EXCLUDED.search(plain) else None


def rate_of(text: str) -> int | None:
    """Return the rate in per cent that a cell names, or None.

    >>> rate_of("10%"), rate_of("0.08"), rate_of("軽減税率"), rate_of("非課税"), rate_of("外税")
    (10, 8, 8, 0, None)
    """
    plain = normalise(text).casefold()
    if _FREE.search(plain):
        return 0
    if _REDUCED.search(plain):
        return 8
    number = parse_decimal(plain)
    if number is not None and 0 < number < 1:
        number *= 100
    if number is None:
        found = _RATE.search(plain)
        number = parse_decimal(found.group(1)) if found else None
    if number is None:
        return STANDARD if "標準" in plain else None
    return int(number) if number in _RATES else None


def find_tax(
    names: Sequence[str],
    columns: Mapping[str, Sequence[int]],
    cells: Sequence[Sequence[str | None]],
    *,
    above: Sequence[str] = (),
    options: Mapping[str, str] | None = None,
    currency: str = "JPY",
) -> tuple[Tax, Note | None]:
    """Return how prices become prices with tax, and the assumption made.

    Args:
        names: the header.
        columns: which columns (from 0) mean a field.
        cells: some cells of each column.
        above: texts above the header.
        options: `tax` and `tax_rate`, where the owner of the file named them.
        currency: ISO 4217 code of the prices; only of yen the usual rate is known.
    """
    told = options or {}
    named = told.get("tax_rate", "")
    rate = int(named) if named.isdecimal() and int(named) <= _HIGHEST else STANDARD
    price = next((columns[field][0] for field in ("unit_price", "amount") if field in columns), None)
    if told.get("tax") == "as_written" or price is None:
        return Tax(), None
    included = {"included": True, "excluded": False}.get(told.get("tax", ""))
    if included is None:
        beside = [names[columns["amount"][0]]] if "amount" in columns else []
        said = [says_included(text) for text in (names[price], *beside, *above)]
        included = next((each for each in said if each is not None), None)
    by_row = columns.get("tax_rate")
    if by_row and (included is False or any(says_included(cell or "") is not None for cell in cells[by_row[0]])):
        way = note("tax_by_row" if included is None else "tax_by_column", column=names[by_row[0]], rate=rate)
        return (Tax("by_row", included is False, rate), way) if included is not True else (Tax(), note("tax_included"))
    if included is None and "tax" in columns:
        included = _tells_by_size(columns, cells, names)
    if included is not False:
        return Tax(), note("tax_included" if included else "tax_unknown")
    if "tax" in columns:
        return Tax("added"), note("tax_added", column=names[columns["tax"][0]])
    if currency.upper() != "JPY" and not named:
        return Tax(), note("tax_unknown_rate")
    return Tax("rate", rate=rate), note("tax_excluded", rate=rate)


def _tells_by_size(
    columns: Mapping[str, Sequence[int]], cells: Sequence[Sequence[str | None]], names: Sequence[str]
) -> bool | None:
    """Return whether the amounts include the tax in a column beside them: 10 of 100, or of 110."""
    if _INSIDE_WORD.search(normalise(names[columns["tax"][0]])):
        return True
    taxes, amounts = (
        [parse_decimal(cell) if cell else None for cell in cells[columns[each][0]]] for each in ("tax", _base(columns))
    )
    told = [(abs(tax), abs(amount)) for tax, amount in zip(taxes, amounts, strict=True) if tax and amount]
    on_top, inside = (
        sum(any(abs(tax - amount * share / 100) <= _OFF for share in shares) for tax, amount in told)
        for shares in (_ON_TOP, _INSIDE)
    )
    if max(on_top, inside) < _LEAST * len(told) or on_top == inside:
        return None
    return inside > on_top


def _base(columns: Mapping[str, Sequence[int]]) -> str:
    return "amount" if "amount" in columns else "unit_price"


def factors(said: pl.Series, tax: Tax) -> pl.Series:
    """Return for each row by how many hundredths its price is to be multiplied.

    Args:
        said: what a column says about tax in that row; blank or null where it says nothing.
        tax: what goes for the table.
    """
    if tax.way == "rate":
        return pl.Series([100 + tax.rate], dtype=pl.Int64).new_from_index(0, len(said))
    texts = said.unique().to_list()
    known = {text: _factor(text or "", tax) for text in texts}
    table = pl.DataFrame(
        {"said": texts, "factor": list(known.values())}, schema={"said": pl.String, "factor": pl.Int64}
    )
    return said.to_frame("said").join(table, on="said", how="left", nulls_equal=True, maintain_order="left")["factor"]


def _factor(text: str, tax: Tax) -> int:
    included = says_included(text)
    is_excluded = tax.is_excluded if included is None else not included
    if not is_excluded:
        return 100
    rate = rate_of(text)
    return 100 + (tax.rate if rate is None else rate)
