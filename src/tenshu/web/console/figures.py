"""Write figures the way a person reads them, in the language that is spoken now.

A minus is a real minus, a difference always carries its sign, and what is not known is a dash with
no number behind it.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from tenshu.kit.i18n import current_language
from tenshu.kit.money import format_money, minor_digits

UNKNOWN: Final = "–"
MINUS: Final = "\u2212"
#: Keeps the sign and the currency on one line.
_JOINER: Final = "\u2060"
_WHOLE: Final = "¤#,##0"
_UNITS: Final = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def count(number: int) -> str:
    """Write a whole number with its thousands apart.

    >>> count(1234567)
    '1,234,567'
    """
    return format_decimal(number, locale=_locale())


def percent(rate: float | None, digits: int = 1) -> str:
    """Write a rate 0..1 as per cent.

    >>> percent(0.61375), percent(None)
    ('61.4%', '–')
    """
    return UNKNOWN if rate is None else f"{_fixed(rate * 100, digits)}%"


def whole_percent(rate: float) -> str:
    """Write a rate that somebody has chosen, with no digits that they have not.

    >>> whole_percent(0.05), whole_percent(0.125)
    ('5%', '12.5%')
    """
    return f"{rate * 100:.10g}%"


def number(value: float | None, digits: int = 1) -> str:
    """Write a number with so many digits behind the point."""
    return UNKNOWN if value is None else _fixed(value, digits)


def signed(value: float | None, digits: int = 1) -> str:
    """Write a difference with its sign; a zero after rounding has none.

    >>> signed(3.14), signed(-0.5), signed(0.01)
    ('+3.1', '−0.5', '0.0')
    """
    return UNKNOWN if value is None else _with_sign(value, _fixed(abs(value), digits))


def money(minor: float | None, currency: str) -> str:
    """Write minor units as an amount."""
    return UNKNOWN if minor is None else format_money(minor, currency, current_language())


def whole_money(minor: int, currency: str) -> str:
    """Write an amount without its fraction, where many stand below each other and the fraction tells nothing.

    >>> whole_money(123456, "GBP")
    '£1,235'
    """
    whole = round(Decimal(minor).scaleb(-minor_digits(currency)))
    return format_currency(whole, currency, locale=_locale(), currency_digits=False, format=_WHOLE)


def signed_money(minor: float | None, currency: str) -> str:
    """Write a difference of amounts with its sign."""
    if minor is None:
        return UNKNOWN
    return _with_sign(minor, _JOINER + format_money(abs(minor), currency, current_language()))


def tick_number(value: float, digits: int) -> str:
    """Write a round number below an axis.

    >>> tick_number(0.0, 1), tick_number(-0.2, 1)
    ('0', '−0.2')
    """
    return signed(value, digits) if value else "0"


def tick_money(minor: float, currency: str) -> str:
    """Write a round amount below an axis, as short as it can be.

    >>> tick_money(0, "GBP"), tick_money(1000, "GBP")
    ('0', '+£10')
    """
    return signed_money(minor, currency).replace(_JOINER, "").removesuffix(".00") if minor else "0"


def joined(*sentences: str) -> str:
    """Put sentences one behind the other, as the language does."""
    return ("" if current_language() == "ja" else " ").join(sentences)


def size(count: int) -> str:
    """Return a size in bytes with its unit.

    >>> size(1_234_567), size(12)
    ('1.2 MB', '12 B')
    """
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:,.1f} {name}"
    return f"{count} B"


def day(instant: datetime, zone: str) -> str:
    """Write the day that an instant falls on in the zone.

    >>> from datetime import UTC
    >>> day(datetime(2011, 12, 9, 20, tzinfo=UTC), "Asia/Tokyo")
    '10 December 2011'
    """
    return date_on(instant.astimezone(ZoneInfo(zone)).date())


def date_on(when: date) -> str:
    """Write a date."""
    return format_date(when, "long", locale=_locale())


def moment(instant: datetime, zone: str) -> str:
    """Write an instant with its time of day in the zone."""
    local = instant.astimezone(ZoneInfo(zone))
    pattern = "y年M月d日 H:mm" if current_language() == "ja" else "d MMMM y, HH:mm"
    return format_datetime(local, pattern, locale=_locale())


def _fixed(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace("-", MINUS)


def _with_sign(value: float, written: str) -> str:
    if not any(letter in "123456789" for letter in written):
        return written.removeprefix(_JOINER)
    return ("+" if value > 0 else MINUS) + written


def _locale() -> str:
    return "ja_JP" if current_language() == "ja" else "en_GB"
