"""Write values into a form's controls and read them back: text, numbers, money, lists.

A control drops line breaks and cannot tell an empty text from none, so what a control cannot hold is written with a
backslash and a letter: n and r for the line breaks, e for the empty text, and a backslash for itself.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from tenshu.kit.japanese import normalise
from tenshu.kit.money import minor_digits

_WRITTEN: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_READ: Final = {"\\": "\\", "n": "\n", "r": "\r", "e": ""}
_ESCAPED: Final = re.compile(r"\\(.?)", re.DOTALL)


def write_text(text: str) -> str:
    r"""Return a text as it stands in a control.

    >>> write_text("a\nb"), write_text("")
    ('a\\nb', '\\e')
    """
    return "".join(_WRITTEN.get(mark, mark) for mark in text) or "\\e"


def read_text(written: str) -> str:
    r"""Return the text that stands in a control.

    >>> read_text("a\\nb"), read_text("\\e"), read_text("C:\\dir")
    ('a\nb', '', 'C:\\dir')
    """
    return _ESCAPED.sub(lambda found: _READ.get(found[1], found[0]), written)


def write_number(value: float, currency: str | None = None) -> str:
    """Return a number as it stands in a control; with a currency minor units are written as the amount.

    >>> write_number(1250, "GBP"), write_number(1250, "JPY"), write_number(0.5)
    ('12.50', '1250', '0.5')
    """
    exact = Decimal(value) if isinstance(value, int) else Decimal(repr(value))
    return str(exact.scaleb(-minor_digits(currency)) if currency else exact)


def read_number(written: str, currency: str | None = None) -> int | float | None:
    """Return the number that stands in a control, or None; full-width digits and thousands commas are fine.

    >>> read_number("１，２５０", "JPY"), read_number("12.5", "GBP"), read_number("dozen")
    (1250, 1250, None)
    """
    plain = normalise(written).replace(",", "").replace(" ", "")
    try:
        exact = Decimal(plain) if 0 < len(plain) <= 400 else None
    except InvalidOperation:
        return None
    if exact is None or not exact.is_finite() or exact.adjusted() > 20:
        return None
    if currency:
        exact = exact.scaleb(minor_digits(currency))
        if exact == exact.to_integral_value() and "e" not in plain.lower() and not _is_float(plain, currency):
            return int(exact)
    exponent = exact.as_tuple().exponent
    return int(exact) if isinstance(exponent, int) and exponent >= 0 else float(exact)


def _is_float(plain: str, currency: str) -> bool:
    """Whether there are more digits behind the point than the currency has: so a float is written, even a whole one."""
    return len(plain.partition(".")[2]) > minor_digits(currency)
