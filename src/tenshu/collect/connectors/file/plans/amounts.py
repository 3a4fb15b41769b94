"""Tell how the amount of a line hangs together with its quantity and unit price, and in which unit both are told.

After a discount the amount is less than quantity times price, and counts; with tax it is more, and the unit price
lacks it. An amount that goes for a whole order is neither (see `spread`).
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from tenshu.collect.connectors.file.plans.spread import says_of_order
from tenshu.kit.japanese import normalise, parse_decimal

Columns = Mapping[str, Sequence[int]]
Cells = Sequence[Sequence[str | None]]

#: 金額（千円） and the like: how many of the currency's units one of the cell's is.
_UNITS: Final = ((re.compile("百万円"), 1_000_000), (re.compile("千円"), 1_000), (re.compile("万円"), 10_000))
#: Of the lines so many must be what the rest is judged by.
_SOME: Final = 0.3
_MOST: Final = 0.8
_RATES: Final = (Decimal("0.10"), Decimal("0.08"))


def unit_of(header: str) -> int:
    """Return in units of how many yen a column is told.

    >>> unit_of("金額（千円）"), unit_of("売上(万円)"), unit_of("金額（円）")
    (1000, 10000, 1)
    """
    plain = normalise(header)
    return next((unit for word, unit in _UNITS if word.search(plain)), 1)


def lacks_tax(columns: Columns, cells: Cells) -> bool:
    """Say whether quantity times unit price is the amount of most lines without its tax."""
    told = _told(columns, cells)
    taxes = _numbers(columns, cells, "tax")
    telling = [
        (product, amount, tax)
        for (product, amount), tax in zip(told, taxes, strict=True)
        if product and amount is not None
    ]
    with_tax = sum(_is_with_tax(product, amount, tax) for product, amount, tax in telling)
    return with_tax >= 2 and with_tax >= _MOST * len(telling)


def _is_with_tax(product: Decimal, amount: Decimal, tax: Decimal | None) -> bool:
    if tax:
        return abs(product + tax - amount) <= 1
    # Below this a tax of 10 % and one of 8 % are one and the same, or none.
    return abs(product) >= 100 and any(abs(product * (1 + rate) - amount) <= 1 for rate in _RATES)


def amount_counts(columns: Columns, cells: Cells, names: Sequence[str]) -> tuple[bool, bool]:
    """Return whether the amounts are those of the lines, to be taken where they are less, and whether any is.

    Args:
        columns: which columns (from 0) mean a field.
        cells: some cells of each column.
        names: the header.
    """
    if "amount" not in columns or "unit_price" not in columns or says_of_order(names[columns["amount"][0]]):
        return False, False
    told = [(product, amount) for product, amount in _told(columns, cells) if product and amount is not None]
    equal = sum(abs(product - amount) < 1 for product, amount in told)
    less = sum(_is_less(product, amount) for product, amount in told)
    are_lines = bool(equal) and equal >= _SOME * len(told) and equal + less == len(told)
    return are_lines, are_lines and less > 0


def _is_less(product: Decimal, amount: Decimal) -> bool:
    return abs(amount) <= abs(product) - 1 and product * amount >= 0


def _told(columns: Columns, cells: Cells) -> list[tuple[Decimal | None, Decimal | None]]:
    """Return quantity times unit price and the amount of each line."""
    prices, amounts = (_numbers(columns, cells, field) for field in ("unit_price", "amount"))
    counts = _numbers(columns, cells, "quantity") if "quantity" in columns else [Decimal(1)] * len(prices)
    return [
        (price * count if price is not None and count is not None else None, amount)
        for price, count, amount in zip(prices, counts, amounts, strict=True)
    ]


def _numbers(columns: Columns, cells: Cells, field: str) -> list[Decimal | None]:
    if field not in columns or not cells:
        return [None] * (len(cells[0]) if cells else 0)
    return [parse_decimal(cell) if cell else None for cell in cells[columns[field][0]]]
