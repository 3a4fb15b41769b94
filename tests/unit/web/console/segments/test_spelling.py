"""Values stand in controls so that they come back as they were."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.web.console.segments.spelling import read_number, read_text, write_number, write_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15, allow_nan=False)


@settings(deadline=None)
@given(TEXTS)
def test_any_text_comes_back(text: str) -> None:
    assert read_text(write_text(text)) == text


@settings(deadline=None)
@given(TEXTS)
def test_what_stands_in_a_control_is_one_line_and_never_empty(text: str) -> None:
    """Controls drop line breaks, and an empty one means that nothing was written."""
    written = write_text(text)
    assert written
    assert not {"\n", "\r"} & set(written)


@settings(deadline=None)
@given(NUMBERS, st.sampled_from([None, "JPY", "GBP", "BHD"]))
def test_any_number_comes_back_with_its_type(number: float, currency: str | None) -> None:
    again = read_number(write_number(number, currency), currency)
    assert again == number
    assert type(again) is type(number)


@pytest.mark.parametrize(
    ("written", "number"),
    [("3", 3), ("３", 3), ("1,000", 1000), ("１，０００", 1000), (" 2.5 ", 2.5), ("-7", -7), ("1e3", 1000), ("0", 0)],
)
def test_numbers_are_read_as_people_write_them(written: str, number: float) -> None:
    assert read_number(written) == number


@pytest.mark.parametrize(
    "written", ["", " ", "x", "1.2.3", "--1", "NaN", "Infinity", "1e999999", "9" * 500, "3; DROP", "0x10", "１万"]
)
def test_what_is_no_number_is_none(written: str) -> None:
    assert read_number(written) is None


@pytest.mark.parametrize(
    ("written", "minor"), [("12.5", 1250), ("12.50", 1250), ("12", 1200), ("0.01", 1), ("1,234.56", 123456)]
)
def test_money_is_written_as_an_amount_and_kept_in_minor_units(written: str, minor: int) -> None:
    found = read_number(written, "GBP")
    assert found == minor
    assert isinstance(found, int)


def test_parts_of_a_minor_unit_stay() -> None:
    found = read_number("12.345", "GBP")
    assert found is not None
    assert math.isclose(found, 1234.5)
