"""Figures are written as a person reads them, in both languages, and what is unknown is never a number."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.i18n import speaking
from tenshu.web.console import figures
from tenshu.web.console.figures import MINUS

JOINER = "\u2060"


@pytest.mark.parametrize(
    ("number", "written"), [(0, "0"), (999, "999"), (1000, "1,000"), (541909, "541,909"), (-1200, "-1,200")]
)
def test_thousands_stand_apart(number: int, written: str) -> None:
    for language in ("ja", "en"):
        with speaking(language):
            assert figures.count(number) == written


@pytest.mark.parametrize(
    ("rate", "digits", "written"),
    [
        (0.61375, 1, "61.4%"),
        (0.61375, 3, "61.375%"),
        (0.0, 1, "0.0%"),
        (1.0, 0, "100%"),
        (0.0004, 1, "0.0%"),
        (None, 1, "–"),
    ],
)
def test_a_rate_is_per_cent(rate: float | None, digits: int, written: str) -> None:
    assert figures.percent(rate, digits) == written


@pytest.mark.parametrize(
    ("rate", "written"), [(0.05, "5%"), (0.125, "12.5%"), (1.0, "100%"), (0.07, "7%"), (0.29, "29%")]
)
def test_a_chosen_rate_gains_no_digits(rate: float, written: str) -> None:
    assert figures.whole_percent(rate) == written


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (3.14, 1, "+3.1"),
        (-0.5, 1, f"{MINUS}0.5"),
        (0.04, 1, "0.0"),  # rounds to zero: no sign
        (-0.04, 1, "0.0"),
        (0.0, 0, "0"),
        (1234.5, 1, "+1,234.5"),
        (-1234.5, 0, f"{MINUS}1,234"),  # half to even, as Python's format rounds
        (None, 1, "–"),
    ],
)
def test_a_difference_has_its_sign(value: float | None, digits: int, written: str) -> None:
    assert figures.signed(value, digits) == written


@given(st.floats(-1e9, 1e9, allow_nan=False))
def test_a_written_difference_never_has_the_wrong_sign(value: float) -> None:
    written = figures.signed(value, 2)
    assert not (written.startswith("+") and value <= 0)
    assert not (written.startswith(MINUS) and value >= 0)
    assert "-" not in written


@pytest.mark.parametrize(
    ("language", "currency", "minor", "written"),
    [
        ("en", "GBP", 123456, "£1,234.56"),
        ("ja", "GBP", 123456, "£1,234.56"),
        ("ja", "JPY", 48200, "￥48,200"),
        ("en", "JPY", 48200, "JP¥48,200"),
        ("en", "GBP", 0, "£0.00"),
    ],
)
def test_an_amount_is_in_its_currency(language: str, currency: str, minor: int, written: str) -> None:
    with speaking(language):
        assert figures.money(minor, currency) == written


@pytest.mark.parametrize(
    ("minor", "written"),
    [(121.0, f"+{JOINER}£1.21"), (-1890.4, f"{MINUS}{JOINER}£18.90"), (0.2, "£0.00"), (None, "–")],
)
def test_a_difference_of_amounts_keeps_sign_and_currency_together(minor: float | None, written: str) -> None:
    assert figures.signed_money(minor, "GBP") == written


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [(0, "GBP", "0"), (1000, "GBP", "+£10"), (-50, "GBP", f"{MINUS}£0.50"), (-5000, "JPY", f"{MINUS}JP¥5,000")],
)
def test_amounts_below_an_axis_are_short(minor: float, currency: str, written: str) -> None:
    assert figures.tick_money(minor, currency) == written


@pytest.mark.parametrize(("value", "digits", "written"), [(0.0, 2, "0"), (0.5, 1, "+0.5"), (-20.0, 0, f"{MINUS}20")])
def test_numbers_below_an_axis_are_short(value: float, digits: int, written: str) -> None:
    assert figures.tick_number(value, digits) == written


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [(123456, "GBP", "£1,235"), (891140790, "GBP", "£8,911,408"), (48200, "JPY", "JP¥48,200"), (0, "GBP", "£0")],
)
def test_a_column_of_amounts_has_no_fractions(minor: int, currency: str, written: str) -> None:
    assert figures.whole_money(minor, currency) == written


@pytest.mark.parametrize(
    ("language", "zone", "written"),
    [
        ("en", "UTC", "9 December 2011"),
        ("en", "Asia/Tokyo", "10 December 2011"),  # 20:00 UTC is 5:00 of the next day in Tokyo
        ("ja", "Asia/Tokyo", "2011年12月10日"),
    ],
)
def test_a_day_is_the_one_in_the_shops_zone(language: str, zone: str, written: str) -> None:
    with speaking(language):
        assert figures.day(datetime(2011, 12, 9, 20, tzinfo=UTC), zone) == written


@pytest.mark.parametrize(("language", "written"), [("en", "20 January 2012, 12:00"), ("ja", "2012年1月20日 12:00")])
def test_a_moment_has_its_time_of_day(language: str, written: str) -> None:
    with speaking(language):
        assert figures.moment(datetime(2012, 1, 20, 3, tzinfo=UTC), "Asia/Tokyo") == written


@pytest.mark.parametrize(("language", "written"), [("en", "1 February 2012"), ("ja", "2012年2月1日")])
def test_a_date_is_written_out(language: str, written: str) -> None:
    with speaking(language):
        assert figures.date_on(date(2012, 2, 1)) == written


@pytest.mark.parametrize(("language", "written"), [("en", "One. Two."), ("ja", "One.Two.")])
def test_sentences_are_put_together_as_the_language_does(language: str, written: str) -> None:
    with speaking(language):
        assert figures.joined("One.", "Two.") == written


@pytest.mark.parametrize("write", [figures.percent, figures.number, figures.signed])
def test_what_is_unknown_is_a_dash(write: Callable[[Any], str]) -> None:
    assert write(None) == "–"


def test_an_unknown_amount_is_a_dash() -> None:
    assert figures.money(None, "GBP") == "–"


@pytest.mark.parametrize(
    ("size", "written"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (2_500_000_000, "2.5 GB")],
)
def test_sizes_have_units(size: int, written: str) -> None:
    assert figures.size(size) == written
