"""Money: whole minor units and a currency; unit prices stay decimals until an amount is made."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency, get_currency_precision


def minor_digits(currency: str) -> int:
    """Return how many digits of a minor unit the currency has (JPY 0, GBP 2)."""
    return get_currency_precision(currency.upper())


def to_minor(amount: Decimal, currency: str) -> int:
    """Round an amount half up to whole minor units.

    >>> to_minor(Decimal("2.555"), "GBP"), to_minor(Decimal("1234"), "JPY")
    (256, 1234)
    """
    scaled = amount.scaleb(minor_digits(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def format_money(minor: float, currency: str, language: str) -> str:
    """Write minor units as a person reads them.

    >>> format_money(123456, "GBP", "en")
    '£1,234.56'
    """
    digits = minor_digits(currency)
    amount = (Decimal(str(minor)).scaleb(-digits)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return format_currency(amount, currency, locale="ja_JP" if language == "ja" else "en_GB")
