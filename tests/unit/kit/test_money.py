"""Money: whole minor units, rounded half up, written as people read it."""

from decimal import Decimal

import pytest

from tenshu.kit.money import format_money, minor_digits, to_minor

CASES = [
    # amount, currency, minor units
    ("2.555", "GBP", 256),  # half up, not half even
    ("2.545", "GBP", 255),  # half even would say 254
    ("0.001", "GBP", 0),  # counts as positive before it is rounded, and is nothing after
    ("1234.5", "JPY", 1235),  # the yen has no minor unit
    ("-2.555", "GBP", -256),  # away from nought, so that a return mirrors its purchase
    ("1.2345", "KWD", 1235),  # three digits
]


@pytest.mark.parametrize(("amount", "currency", "expected"), CASES)
def test_amounts_are_rounded_half_up_to_minor_units(amount: str, currency: str, expected: int) -> None:
    assert to_minor(Decimal(amount), currency) == expected


def test_currencies_know_their_minor_digits() -> None:
    assert [minor_digits(code) for code in ("JPY", "gbp", "USD", "KWD")] == [0, 2, 2, 3]


def test_money_is_written_in_the_readers_language() -> None:
    assert format_money(123456, "GBP", "en") == "£1,234.56"
    assert format_money(48200, "JPY", "ja") == "￥48,200"
    assert format_money(12.4, "JPY", "en") == "JP¥12"
